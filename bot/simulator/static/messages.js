// One message of a chat as an element, whatever its type.

import { openUri, perform } from "./actions.js";
import { toast } from "./dialogs.js";
import { ICONS, button, el, icon } from "./dom.js";
import { flexMessage } from "./flex.js";
import { imagemap } from "./imagemap.js";
import { templateToFlex } from "./templates.js";
import { WORDS } from "./words.js";

const LINKS = /https?:\/\/[\w!?/+\-~=;.,*&@#$%()'[\]]+|0\d{1,4}-\d{1,4}-\d{3,4}/g;

/**
 * @param {Object} message a LINE message object, or the content of a user's own message
 * @param {Object} phone see actions.js perform
 */
export function drawMessage(message, phone) {
  const draw = MESSAGES[message.type];
  return draw ? draw(message, phone) : bubble(WORDS.unsupported(message.type));
}

/** The quick replies of a message, as a row of chips. */
export function quickReplies(items, phone, onTap) {
  return items.map(({ action, imageUrl }) => {
    const data = { testid: "quick-reply", action: action.type, postback: action.data };
    const click = () => {
      onTap();
      perform(action, phone).catch(() => toast(WORDS.notSent));
    };
    const picture = imageUrl ? el("img", { class: "chip-icon", src: imageUrl, alt: "" }) : null;
    return button("", { class: "chip", data, on: { click } }, picture, el("span", { text: action.label }));
  });
}

const MESSAGES = {
  text: ({ text }) => bubble(...linked(text)),
  textV2: ({ text, substitution = {} }) => bubble(...linked(fillIn(text, substitution))),
  flex: ({ contents, altText }, phone) => flexMessage(contents, altText, phone),
  template: ({ template, altText }, phone) => flexMessage(templateToFlex(template), altText, phone),
  sticker: ({ packageId, stickerId }) =>
    el("div", { class: "sticker" }, icon(ICONS.smile), el("span", { text: `${WORDS.sticker} ${packageId}-${stickerId}` })),
  image: ({ previewImageUrl, originalContentUrl }) =>
    previewImageUrl ? picture(previewImageUrl, originalContentUrl, WORDS.image) : placeholder(ICONS.photo, WORDS.photo),
  video: ({ previewImageUrl, originalContentUrl }) =>
    previewImageUrl ? picture(previewImageUrl, originalContentUrl, WORDS.playVideo) : placeholder(ICONS.play, WORDS.video),
  audio: ({ duration = 0 }) => strip(ICONS.voice, WORDS.voice, WORDS.seconds(duration / 1000)),
  file: ({ fileName, fileSize }) => strip(ICONS.file, fileName, `${Math.ceil(fileSize / 1024)} KB`),
  location: (message) => place(message),
  imagemap,
  coupon: ({ couponId }) => strip(ICONS.file, WORDS.coupon, couponId),
};

function bubble(...children) {
  return el("div", { class: "bubble" }, ...children);
}

/** Text with its links and telephone numbers made tappable, as LINE does. */
function linked(text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(LINKS)) {
    const isUrl = match[0].startsWith("http");
    parts.push(text.slice(end, match.index), isUrl ? link(match[0]) : telephone(match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}

function link(url) {
  return el("a", { href: url, target: "_blank", rel: "noopener noreferrer", text: url });
}

function telephone(number) {
  return button(number, { class: "text-link", on: { click: () => openUri(`tel:${number}`) } });
}

/** textV2: {key} becomes a placeholder for its emoji, doubled braces become single ones. */
function fillIn(text, substitution) {
  return text.replace(/\{\{|\}\}|\{(\w+)\}/g, (found, key) => {
    if (found === "{{") return "{";
    if (found === "}}") return "}";
    return substitution[key] ? "☺" : found;
  });
}

function picture(preview, original, alt) {
  const image = el("img", { class: "picture", src: preview, alt });
  image.addEventListener("error", () => image.replaceWith(placeholder(ICONS.photo, alt)));
  if (!original) return image;
  const open = () => window.open(original, "_blank", "noopener,noreferrer");
  return button("", { class: "picture-button", "aria-label": alt, on: { click: open } }, image);
}

function placeholder(path, words) {
  return el("div", { class: "placeholder" }, icon(path), el("span", { text: words }));
}

function strip(path, title, note) {
  const text = el("div", { class: "strip-text" }, el("strong", { text: title }), el("span", { text: note }));
  return el("div", { class: "bubble strip" }, icon(path), text);
}

function place({ title, address, latitude, longitude }) {
  const text = el("div", { class: "strip-text" });
  text.append(el("strong", { text: title || WORDS.place }), el("span", { text: address || `${latitude}, ${longitude}` }));
  const map = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=17/${latitude}/${longitude}`;
  const open = el("a", { class: "map-link", href: map, target: "_blank", rel: "noopener noreferrer", text: WORDS.openMap });
  return el("div", { class: "bubble place" }, el("div", { class: "map" }, icon(ICONS.pin)), text, open);
}
