// The rich menu below a chat: its bar, and the picture with areas to tap. Source: LINE developers, "Rich menus overview".

import { tapAreas } from "./areas.js";
import { ICONS, button, css, el, icon } from "./dom.js";
import { WORDS } from "./words.js";

export class RichMenu {
  /**
   * @param {Object} phone see actions.js perform
   * @param {string} base the page's own path, where the pictures stand
   */
  constructor(phone, base) {
    this.phone = phone;
    this.base = base;
    this.label = el("span", {});
    this.bar = button("", { class: "menu-bar", "aria-expanded": "false", data: { testid: "rich-menu-bar" }, on: { click: () => this.open(this.panel.hidden) } }, this.label, icon(ICONS.unfold));
    this.panel = el("div", { class: "menu-panel", role: "group", "aria-label": WORDS.richMenu, hidden: true, data: { testid: "rich-menu" } });
    this.element = el("div", { class: "rich-menu", hidden: true }, this.bar, this.panel);
  }

  /** Show another menu, or none. The first one opens by itself if it says so; later ones leave it as it is. */
  show(menu) {
    if (menu?.richMenuId === this.shown?.richMenuId) return;
    const isFirst = !this.shown;
    this.shown = menu;
    this.element.hidden = !menu;
    if (!menu) return this.panel.replaceChildren();
    this.label.textContent = menu.chatBarText;
    this.panel.dataset.menu = menu.richMenuId;
    const picture = el("img", { class: "menu-picture", src: `${this.base}/rich-menus/${menu.richMenuId}/picture`, alt: "" });
    this.panel.replaceChildren(picture, ...tapAreas(menu.areas, menu.size, this.phone));
    css(this.panel, { "aspect-ratio": `${menu.size.width} / ${menu.size.height}` });
    if (isFirst) this.open(menu.selected);
  }

  open(isOpen) {
    this.panel.hidden = !isOpen;
    this.bar.setAttribute("aria-expanded", String(isOpen));
  }
}
