// Pictures with areas to tap: imagemaps and rich menus.

import { actionData, perform } from "./actions.js";
import { toast } from "./dialogs.js";
import { button, css } from "./dom.js";
import { WORDS } from "./words.js";

/**
 * Invisible buttons to lay over a picture.
 * @param {{bounds: {x, y, width, height}, action: Object}[]} areas in the units of `size`
 * @param {{width: number, height: number}} size of the picture
 * @param {Object} phone see actions.js perform
 */
export function tapAreas(areas, size, phone) {
  return areas.map(({ bounds, action }, index) => {
    const name = action.label || action.displayText || action.text || action.uri || WORDS.areaOf(index + 1, areas.length);
    const click = () => perform(action, phone).catch(() => toast(WORDS.notSent));
    const area = button("", { class: "tap-area", "aria-label": name, data: { testid: "tap-area", ...actionData(action) }, on: { click } });
    css(area, {
      left: share(bounds.x, size.width),
      top: share(bounds.y, size.height),
      width: share(bounds.width, size.width),
      height: share(bounds.height, size.height),
    });
    return area;
  });
}

function share(part, whole) {
  return `${(100 * part) / whole}%`;
}
