// Imagemap messages. Source: LINE reference, #imagemap-message.

import { tapAreas } from "./areas.js";
import { css, el } from "./dom.js";

const WIDTHS = [240, 300, 460, 700, 1040];
const SHOWN_WIDTH = 300;

/**
 * @param {Object} message imagemap message object
 * @param {Object} phone see actions.js perform
 */
export function imagemap({ baseUrl, baseSize, altText, actions }, phone) {
  const wanted = SHOWN_WIDTH * devicePixelRatio;
  const width = WIDTHS.find((each) => each >= wanted) ?? WIDTHS.at(-1);
  const picture = el("img", { class: "imagemap-picture", src: `${baseUrl}/${width}`, alt: altText });
  const areas = actions.map((action) => ({ bounds: action.area, action: asAction(action) }));
  const element = el("div", { class: "imagemap", data: { testid: "imagemap" } }, picture, ...tapAreas(areas, baseSize, phone));
  picture.addEventListener("error", () => element.classList.add("is-missing"));
  css(element, { "aspect-ratio": `${baseSize.width} / ${baseSize.height}` });
  return element;
}

function asAction(action) {
  return action.type === "uri" ? { ...action, uri: action.linkUri } : action;
}
