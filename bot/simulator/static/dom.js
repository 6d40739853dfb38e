// Small helpers to build elements. Styles are set through the CSSOM only: the page forbids style attributes.

/**
 * A new element.
 * @param {string} tag
 * @param {Object} [properties] class, text, data: {…}, on: {event: handler}, attributes by name
 * @param {...(Node|string|null)} children null is left out
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "class") element.className = value;
    else if (name === "text") element.textContent = value;
    else if (name === "data") setData(element, value);
    else if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function setData(element, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined && value !== null) element.dataset[key] = value;
  }
}

/** Set several CSS properties; null and undefined are left alone. */
export function css(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value !== null && value !== undefined) element.style.setProperty(name, value);
  }
}

/** Whether the page shows LINE for PC, which has neither quick replies nor rich menus. */
export function isDesktop() {
  return document.documentElement.classList.contains("is-desktop");
}

/** A real button that cannot submit a form. */
export function button(label, properties = {}, ...children) {
  return el("button", { type: "button", ...properties }, ...(children.length ? children : [label]));
}

const SVG = "http://www.w3.org/2000/svg";

/** A line icon of 24 by 24 units drawn with one path, hidden from screen readers. */
export function icon(path, filled = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", filled ? "icon icon-filled" : "icon");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

export const ICONS = {
  send: "M3.5 11.5 20.5 4l-5 16-4-6.5zM11.5 13.5l9-9.5",
  plus: "M12 5v14M5 12h14",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  play: "M8 5.5v13l11-6.5z",
  pin: "M12 21s-6.5-6-6.5-11a6.5 6.5 0 0 1 13 0c0 5-6.5 11-6.5 11zM12 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  photo: "M4 6h16v12H4zM4 15.5l4.5-4.5 4 4 2.5-2.5 5 5M15.5 10a1 1 0 1 0 0-2 1 1 0 0 0 0 2z",
  file: "M7 3.5h7l4 4v13H7zM14 3.5v4h4",
  smile: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM8.5 14c.8 1.3 2 2 3.5 2s2.7-.7 3.5-2M9 10h.01M15 10h.01",
  voice: "M12 15a3 3 0 0 0 3-3V7a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3zM6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3.5",
  down: "M12 5v14M6 13l6 6 6-6",
  unfold: "M7 14.5l5-5 5 5",
  left: "M14.5 6l-6 6 6 6",
  right: "M9.5 6l6 6-6 6",
};

/** Open or close a small menu next to its button; it closes on a choice, Escape, or a click elsewhere. */
export function menuButton(trigger, menu) {
  const set = (open) => {
    menu.hidden = !open;
    trigger.setAttribute("aria-expanded", String(open));
  };
  set(false);
  trigger.addEventListener("click", () => {
    set(menu.hidden);
    if (!menu.hidden) menu.querySelector("button, input")?.focus({ preventScroll: true });
  });
  menu.addEventListener("click", (event) => {
    if (event.target.closest("button")) set(false);
  });
  document.addEventListener("click", (event) => {
    if (!menu.hidden && !menu.contains(event.target) && !trigger.contains(event.target)) set(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || menu.hidden) return;
    set(false);
    trigger.focus();
  });
}
