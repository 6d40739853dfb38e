// The page's dialog and its passing notes.

import { button, el } from "./dom.js";
import { WORDS } from "./words.js";

const dialog = document.getElementById("dialog");
const toasts = document.getElementById("toasts");
const TOAST_MS = 9000;

/** Show a dialog with a text and one button to close it. */
export function tell(title, ...paragraphs) {
  fill(title, paragraphs.map((text) => el("p", { text })), [closeButton(WORDS.close, "")]);
}

/**
 * Ask for a date or a time.
 * @param {"date"|"time"|"datetime"} mode
 * @returns {Promise<string|null>} as LINE sends it, or null
 */
export function pickMoment(mode, { initial, min, max }) {
  const type = mode === "datetime" ? "datetime-local" : mode;
  const clean = (value) => value?.replace("t", "T");
  const input = el("input", { type, min: clean(min), max: clean(max), "aria-label": WORDS.pickDate });
  input.value = clean(initial) ?? "";
  return ask(WORDS.pickDate, [input], WORDS.ok).then((agreed) => (agreed && input.value ? input.value : null));
}

/**
 * Show a form in a dialog.
 * @param {string} title
 * @param {Node[]} content with the form's fields
 * @param {string} yes what the button says that agrees
 * @returns {Promise<boolean>} whether it was agreed to, with fields that are filled in well
 */
export function ask(title, content, yes) {
  const agree = el("button", { type: "submit", value: "ok", text: yes, data: { testid: "dialog-ok" } });
  fill(title, content, [closeButton(WORDS.cancel, ""), agree]);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok"), { once: true });
  });
}

function fill(title, content, buttons) {
  if (dialog.open) dialog.close("");
  dialog.returnValue = "";
  const heading = el("h2", { id: "dialog-title", text: title });
  dialog.replaceChildren(el("form", { method: "dialog" }, heading, ...content, el("div", { class: "dialog-buttons" }, ...buttons)));
  dialog.showModal();
}

function closeButton(label, value) {
  return button(label, { on: { click: () => dialog.close(value) } });
}

/** A note in the corner that goes away by itself. `details` are shown in small letters below it. */
export function toast(text, details = []) {
  const note = el("div", { class: "toast", data: { testid: "toast" } }, el("p", { text }));
  for (const detail of details.slice(0, 4)) note.append(el("code", { text: detail }));
  note.append(button("×", { class: "toast-close", "aria-label": WORDS.close, on: { click: () => note.remove() } }));
  toasts.append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}
