// Draws LINE flex messages: bubbles and carousels, component by component.

import { perform, tappable, actionData } from "./actions.js";
import { carousel } from "./carousel.js";
import { toast } from "./dialogs.js";
import { ICONS, button, css, el, icon } from "./dom.js";
import { align, dressBox, dressSpan, dressText, fontSize, imageWidth, place, ratio } from "./flex-style.js";
import { shrinkToFit } from "./shrink.js";
import { WORDS } from "./words.js";

const BLOCKS = ["header", "hero", "body", "footer"];

/**
 * The element for the contents of a flex message.
 * @param {Object} container bubble or carousel
 * @param {string} altText names the whole for screen readers
 * @param {Object} phone see actions.js perform
 */
export function flexMessage(container, altText, phone) {
  if (container.type === "carousel") {
    return carousel(container.contents.map((bubble) => flexBubble(bubble, null, phone)), altText);
  }
  return flexBubble(container, altText, phone);
}

function flexBubble(bubble, altText, phone) {
  const blocks = BLOCKS.filter((name) => bubble[name]);
  const parts = blocks.map((name, index) => block(name, bubble, index === 0, phone));
  const className = `flex-bubble size-${bubble.size ?? "mega"}`;
  const element = bubble.action ? tappable(bubble.action, phone, className, parts) : el("div", { class: className }, ...parts);
  element.dataset.testid = "flex-bubble";
  element.dir = bubble.direction ?? "ltr";
  if (!bubble.action && altText) {
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", altText);
  }
  return element;
}

function block(name, bubble, isFirst, phone) {
  const root = { layout: "vertical" };
  const content = component(bubble[name], root, 0, phone);
  // The root box fills its block; only inside boxes does "flex" share out room.
  content.style.flex = "1 0 auto";
  const className = `flex-block flex-${name}${name === "body" && bubble.footer ? " has-footer" : ""}`;
  const element = el("div", { class: className }, content);
  const style = bubble.styles?.[name] ?? {};
  css(element, { "background-color": style.backgroundColor });
  if (style.separator && !isFirst) css(element, { "border-top": `1px solid ${style.separatorColor ?? "#d4d6da"}` });
  return element;
}

function component(json, parent, index, phone) {
  const draw = COMPONENTS[json.type];
  const element = draw ? draw(json, phone, parent) : el("div");
  place(element, json, parent, index);
  return element;
}

const COMPONENTS = {
  box(json, phone) {
    const children = json.contents.map((child, index) => component(child, json, index, phone));
    const className = `fx-box fx-${json.layout}`;
    const element = json.action ? tappable(json.action, phone, className, children) : el("div", { class: className }, ...children);
    dressBox(element, json);
    return element;
  },

  text(json, phone) {
    const line = el("span", { class: "fx-line" }, ...letters(json));
    if (json.wrap) line.classList.add("fx-wrap");
    if (json.maxLines > 0 && json.wrap) css(line, { "-webkit-line-clamp": String(json.maxLines) });
    if (json.maxLines > 0 && json.wrap) line.classList.add("fx-clamped");
    if (json.lineSpacing) css(line, { "line-height": `calc(1.5em + ${json.lineSpacing})`, "margin-block": `calc(${json.lineSpacing} / -2)` });
    css(line, { "text-align": json.align });
    const element = json.action ? tappable(json.action, phone, "fx-text", [line]) : el("div", { class: "fx-text" }, line);
    dressText(element, json);
    align(element, { gravity: json.gravity });
    if (json.adjustMode === "shrink-to-fit") shrinkToFit(line);
    return element;
  },

  button(json, phone) {
    const { action, style = "link", height = "md", color } = json;
    const label = el("span", { class: "fx-button-label", text: action.label ?? "" });
    const on = { click: (event) => tap(event, action, phone) };
    const inner = button("", { class: `fx-button fx-${style} fx-height-${height}`, data: actionData(action), on }, label);
    css(inner, { [style === "link" ? "color" : "background-color"]: color, "font-size": fontSize("md", json.scaling) });
    const element = el("div", { class: "fx-button-room" }, inner);
    align(element, { gravity: json.gravity });
    if (json.adjustMode === "shrink-to-fit") shrinkToFit(label);
    return element;
  },

  image(json, phone) {
    const picture = el("img", { class: "fx-picture", src: json.url, alt: json.action?.label ?? "", loading: "eager" });
    css(picture, { "object-fit": json.aspectMode === "cover" ? "cover" : "contain" });
    const frame = el("div", { class: "fx-frame" }, picture);
    css(frame, { width: imageWidth(json.size), "aspect-ratio": ratio(json.aspectRatio), "background-color": json.backgroundColor });
    picture.addEventListener("error", () => frame.classList.add("is-missing"));
    const element = json.action ? tappable(json.action, phone, "fx-image", [frame]) : el("div", { class: "fx-image" }, frame);
    align(element, json);
    return element;
  },

  icon(json) {
    const picture = el("img", { class: "fx-icon", src: json.url, alt: "" });
    css(picture, { height: fontSize(json.size, json.scaling), "aspect-ratio": ratio(json.aspectRatio) });
    return picture;
  },

  video(json) {
    const poster = el("img", { class: "fx-picture fx-cover", src: json.previewUrl, alt: "" });
    const open = () => window.open(json.url, "_blank", "noopener,noreferrer");
    const play = button("", { class: "fx-play", "aria-label": WORDS.playVideo, on: { click: open } }, icon(ICONS.play, true));
    const frame = el("div", { class: "fx-frame" }, poster, play);
    css(frame, { width: "100%", "aspect-ratio": ratio(json.aspectRatio) });
    return el("div", { class: "fx-image" }, frame);
  },

  separator(json, _phone, parent) {
    const line = el("div", { class: `fx-separator ${parent.layout === "vertical" ? "is-flat" : "is-upright"}`, role: "presentation" });
    css(line, { "background-color": json.color });
    return line;
  },

  filler: () => el("div", { class: "fx-filler" }),
};

function letters(json) {
  if (!json.contents?.length) return [json.text ?? ""];
  return json.contents.map((span) => {
    const element = el("span", { text: span.text ?? "" });
    dressSpan(element, span, json);
    return element;
  });
}

function tap(event, action, phone) {
  event.stopPropagation();
  perform(action, phone).catch(() => toast(WORDS.notSent));
}
