// The typing box of one phone, its "+" menu, and the chips above it.

import { sendPlace } from "./actions.js";
import { ICONS, button, el, icon, isDesktop, menuButton } from "./dom.js";
import { WORDS } from "./words.js";

const ATTACHMENTS = [
  ["sticker", WORDS.sticker, ICONS.smile],
  ["image", WORDS.photo, ICONS.photo],
  ["audio", WORDS.voice, ICONS.voice],
  ["location", WORDS.place, ICONS.pin],
  ["file", WORDS.file, ICONS.file],
];

/** @param {{post: (action: string, body?: Object) => Promise}} phone whose messages are written here */
export class Composer {
  constructor(phone) {
    this.phone = phone;
    this.input = el("textarea", {
      class: "composer-input",
      rows: "1",
      placeholder: WORDS.messagePlaceholder,
      "aria-label": WORDS.message,
      data: { testid: "composer-input" },
      on: { input: () => this.#changed(), keydown: (event) => this.#key(event) },
    });
    this.sendButton = el("button", { type: "submit", class: "composer-send", "aria-label": WORDS.send, disabled: true, data: { testid: "composer-send" } }, icon(ICONS.send));
    this.element = el("form", { class: "composer", on: { submit: (event) => this.#submit(event) } }, this.#attachMenu(), this.input, this.sendButton);
  }

  /** Put words into the box, ready to be sent. */
  type(text) {
    this.input.value = text;
    this.#changed();
    this.input.focus();
  }

  #attachMenu() {
    const trigger = button("", { class: "composer-plus", "aria-label": WORDS.attach, data: { testid: "composer-plus" } }, icon(ICONS.plus));
    const items = ATTACHMENTS.map(([action, label, path]) => {
      const click = () => (action === "location" ? sendPlace(this.phone) : this.phone.post(action));
      return button("", { data: { testid: `send-${action}` }, on: { click } }, icon(path), el("span", { text: label }));
    });
    const menu = el("div", { class: "attach-menu" }, ...items);
    menuButton(trigger, menu);
    return el("div", { class: "composer-attach" }, trigger, menu);
  }

  #key(event) {
    // While an IME is composing, Enter belongs to the IME; some browsers say so only by key code 229.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    // On the glass of a phone Enter begins a new line; with a keyboard it sends, as in LINE for PC.
    if (!isDesktop() && matchMedia("(pointer: coarse)").matches) return;
    event.preventDefault();
    this.element.requestSubmit();
  }

  async #submit(event) {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#changed();
    this.input.focus();
    const sent = await this.phone.post("text", { text });
    if (!sent && !this.input.value) this.type(text);
  }

  #changed() {
    this.sendButton.disabled = this.input.value.trim() === "";
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight + 2}px`;
  }
}
