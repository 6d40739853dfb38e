// A row of cards to swipe through; arrows for those who have no finger on the screen.

import { ICONS, button, el, icon } from "./dom.js";
import { WORDS } from "./words.js";

/**
 * @param {HTMLElement[]} cards
 * @param {string} name read out by screen readers
 */
export function carousel(cards, name) {
  cards.forEach((card, index) => {
    card.setAttribute("role", card.getAttribute("role") ?? "group");
    if (!card.hasAttribute("aria-label")) card.setAttribute("aria-label", WORDS.cardOf(index + 1, cards.length));
  });
  const track = el("div", { class: "carousel-track", tabindex: "0", role: "group", "aria-label": name || WORDS.carousel }, ...cards);
  const previous = arrow("previous", ICONS.left, track, -1);
  const next = arrow("next", ICONS.right, track, 1);
  const refresh = () => {
    previous.hidden = track.scrollLeft < 8;
    next.hidden = track.scrollLeft + track.clientWidth > track.scrollWidth - 8;
  };
  track.addEventListener("scroll", refresh, { passive: true });
  new ResizeObserver(refresh).observe(track);
  return el("div", { class: "carousel" }, track, previous, next);
}

function arrow(side, path, track, direction) {
  const scroll = () => {
    const card = track.firstElementChild;
    const step = card ? card.offsetWidth + 10 : track.clientWidth;
    track.scrollBy({ left: direction * step, behavior: "smooth" });
  };
  const label = direction < 0 ? WORDS.previous : WORDS.next;
  // Out of the tab order: the track itself scrolls with the arrow keys.
  return button("", { class: `carousel-arrow is-${side}`, "aria-label": label, tabindex: "-1", on: { click: scroll } }, icon(path));
}
