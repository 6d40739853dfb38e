// What happens when something with a LINE action is tapped.

import { button, el, isDesktop } from "./dom.js";
import { pickMoment, tell, toast } from "./dialogs.js";
import { pickPlace } from "./places.js";
import { WORDS } from "./words.js";

/**
 * Carry out an action object on behalf of a patient.
 * @param {Object} action LINE action object
 * @param {{post: (action: string, body?: Object) => Promise, type: (text: string) => void,
 *   openMenu?: (isOpen: boolean) => void}} phone
 */
export async function perform(action, phone) {
  const act = ACTIONS[action?.type];
  if (act) await act(action, phone);
}

const ACTIONS = {
  postback: async (action, phone) => {
    await phone.post("postback", { data: action.data, displayText: action.displayText ?? null });
    if (action.text) await phone.post("text", { text: action.text });
    INPUT_OPTIONS[action.inputOption]?.(phone, action);
  },
  richmenuswitch: (action, phone) => phone.post("switch", { alias: action.richMenuAliasId, data: action.data }),
  message: (action, phone) => phone.post("text", { text: action.text }),
  uri: ({ uri, altUri }) => openUri((isDesktop() && altUri?.desktop) || uri),
  datetimepicker: async (action, phone) => {
    const moment = await pickMoment(action.mode, action);
    if (moment) await phone.post("postback", { data: action.data, params: { [action.mode]: moment } });
  },
  clipboard: async (action) => {
    await navigator.clipboard?.writeText(action.clipboardText);
    toast(WORDS.copied);
  },
  camera: (_, phone) => phone.post("image"),
  cameraRoll: (_, phone) => phone.post("image"),
  location: (_, phone) => sendPlace(phone),
};

// Source: LINE reference, #postback-action.
const INPUT_OPTIONS = {
  openKeyboard: (phone, { fillInText }) => phone.type(fillInText ?? ""),
  openRichMenu: (phone) => phone.openMenu?.(true),
  closeRichMenu: (phone) => phone.openMenu?.(false),
  openVoice: (phone) => phone.post("audio"),
};

/** Ask for a place and send it. */
export async function sendPlace(phone) {
  const place = await pickPlace();
  if (place) await phone.post("location", place);
}

/** Open a link as LINE would; telephone numbers and LINE's own links only say what would happen. */
export function openUri(uri) {
  const scheme = uri.split(":", 1)[0].toLowerCase();
  if (scheme === "tel") return tell(WORDS.callTitle, WORDS.call(decodeURIComponent(uri.slice(4))), WORDS.callNote);
  if (scheme === "line" || uri.startsWith("https://line.me/R/")) return tell(WORDS.lineLinkTitle, WORDS.lineLink, uri);
  if (scheme === "http" || scheme === "https") window.open(uri, "_blank", "noopener,noreferrer");
}

/** Attributes by which tests find what can be tapped. */
export function actionData(action) {
  return {
    action: action.type,
    postback: action.type === "postback" || action.type === "datetimepicker" ? action.data : undefined,
    uri: action.type === "uri" ? action.uri : undefined,
  };
}

/**
 * Make something tappable. A real button unless it contains further buttons, which may not be nested.
 * @param {Object} action LINE action object
 * @param {Object} phone see perform
 * @param {string} className
 * @param {Node[]} children
 */
export function tappable(action, phone, className, children) {
  const name = action.label || undefined;
  const on = { click: (event) => tapped(event, action, phone) };
  const nested = children.some((child) => child.nodeType === Node.ELEMENT_NODE && holdsButton(child));
  if (!nested) {
    const attributes = { class: `${className} tappable`, data: actionData(action), on };
    if (!hasText(children)) attributes["aria-label"] = name ?? WORDS.image;
    return button("", attributes, ...children);
  }
  on.keydown = (event) => {
    if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    tapped(event, action, phone);
  };
  const attributes = { role: "button", tabindex: "0", "aria-label": name, data: actionData(action), on };
  return el("div", { class: `${className} tappable`, ...attributes }, ...children);
}

function tapped(event, action, phone) {
  event.stopPropagation(); // the innermost action wins, as in LINE
  perform(action, phone).catch(() => toast(WORDS.notSent));
}

function holdsButton(element) {
  return element.matches("button, [role=button]") || element.querySelector("button, [role=button]") !== null;
}

function hasText(nodes) {
  return nodes.some((node) => node.textContent.trim() !== "");
}
