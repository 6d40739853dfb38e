// LINE's flex keywords in pixels, and how a component's properties become CSS.
// Rules: LINE developers, "Flex Message layout" and "Flex Message elements"; the pixel values are those of
// LINE's own Flex Message Simulator, as far as public renderers of it agree.

import { css } from "./dom.js";

const SPACE = { none: 0, xs: 2, sm: 4, md: 8, lg: 12, xl: 16, xxl: 20 };
const FONT = { xxs: 11, xs: 13, sm: 14, md: 16, lg: 19, xl: 22, xxl: 29, "3xl": 35, "4xl": 48, "5xl": 74 };
const IMAGE = { xxs: 40, xs: 60, sm: 80, md: 100, lg: 120, xl: 140, xxl: 160, "3xl": 180, "4xl": 200, "5xl": 220 };
const BORDER = { none: 0, light: 0.5, normal: 1, medium: 2, "semi-bold": 3, bold: 4 };
const ALIGN = { start: "flex-start", center: "center", end: "flex-end" };
const GRAVITY = { top: "flex-start", center: "center", bottom: "flex-end" };

/** A space, padding or offset: a keyword, pixels or a percentage, as CSS; null if not given. */
export function space(value) {
  if (value === undefined || value === null) return null;
  return value in SPACE ? `${SPACE[value]}px` : value;
}

/** A font size; with `scaling` it follows the reader's own text size. Source: reference, #f-text. */
export function fontSize(value = "md", scaling = false) {
  const size = value in FONT ? `${FONT[value]}px` : value;
  return scaling ? `calc(${size} * var(--text-scale))` : size;
}

/** An image width: a keyword, pixels, a percentage, or the full width. */
export function imageWidth(value = "md") {
  if (value === "full") return "100%";
  return value in IMAGE ? `${IMAGE[value]}px` : value;
}

/** "20:13" as CSS aspect-ratio. */
export function ratio(value = "1:1") {
  return value.replace(":", " / ");
}

/** How a component stands in its parent box: flex, margin, spacing, offsets. */
export function place(element, component, parent, index) {
  const row = parent.layout !== "vertical";
  css(element, { flex: flexOf(component, row), [row ? "margin-inline-start" : "margin-top"]: gapBefore(component, parent, index) });
  css(element, {
    top: space(component.offsetTop),
    bottom: space(component.offsetBottom),
    "inset-inline-start": space(component.offsetStart),
    "inset-inline-end": space(component.offsetEnd),
  });
  if (component.position === "absolute") placeFreely(element, component);
}

// Without an offset it stands in the corner at the top and the start of its box, wherever others are aligned to.
function placeFreely(element, { offsetTop, offsetBottom, offsetStart, offsetEnd }) {
  css(element, { position: "absolute", margin: "0" });
  if (!offsetTop && !offsetBottom) css(element, { top: "0" });
  if (!offsetStart && !offsetEnd) css(element, { "inset-inline-start": "0" });
}

function flexOf(component, row) {
  const fixed = component.type === "separator" || component.type === "icon";
  const sized = row && component.type === "box" && (component.width || component.height);
  if (fixed || sized) return "0 0 auto";
  const share = component.flex ?? (row || component.type === "filler" ? 1 : 0);
  if (share === 0) return "0 0 auto";
  return row ? `${share} 0 0` : `${share} 0 auto`;
}

function gapBefore(component, parent, index) {
  if (component.margin) return space(component.margin);
  if (index === 0 || component.type === "filler") return null;
  return space(parent.spacing);
}

/** The box's own looks: size, padding, border, background, alignment of its children. */
export function dressBox(element, box) {
  css(element, {
    width: box.width,
    "max-width": box.maxWidth,
    height: box.height,
    "max-height": box.maxHeight,
    padding: space(box.paddingAll),
    "padding-top": space(box.paddingTop),
    "padding-bottom": space(box.paddingBottom),
    "padding-inline-start": space(box.paddingStart),
    "padding-inline-end": space(box.paddingEnd),
    "background-color": box.backgroundColor,
    "border-radius": space(box.cornerRadius),
    "justify-content": box.justifyContent,
    "align-items": box.alignItems,
  });
  if (box.borderWidth) {
    const width = box.borderWidth in BORDER ? `${BORDER[box.borderWidth]}px` : box.borderWidth;
    css(element, { border: `${width} solid ${box.borderColor ?? "#d4d6da"}` });
  }
  if (box.background?.type === "linearGradient") css(element, { background: gradient(box.background) });
}

function gradient({ angle, startColor, endColor, centerColor, centerPosition = "50%" }) {
  const middle = centerColor ? `${centerColor} ${centerPosition}, ` : "";
  return `linear-gradient(${angle}, ${startColor} 0%, ${middle}${endColor} 100%)`;
}

/** Letters of a text. */
export function dressText(element, text) {
  css(element, { "font-size": fontSize(text.size, text.scaling) });
  dressLetters(element, text);
}

/** Letters of a span, which inherits what it does not set, and scales as its text does. */
export function dressSpan(element, span, text) {
  if (span.size) css(element, { "font-size": fontSize(span.size, text.scaling) });
  dressLetters(element, span);
}

function dressLetters(element, letters) {
  css(element, {
    color: letters.color,
    "font-weight": letters.weight === "bold" ? "700" : letters.weight === "regular" ? "400" : null,
    "font-style": letters.style === "italic" ? "italic" : letters.style === "normal" ? "normal" : null,
    "text-decoration": letters.decoration,
  });
}

/** Where a text, image or button stands inside the room that its parent gives it. */
export function align(element, { align: across, gravity }) {
  css(element, { "justify-content": GRAVITY[gravity], "align-items": ALIGN[across] });
}
