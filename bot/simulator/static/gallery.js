// The gallery: draws every message of the content, each when it comes near the screen.

import { toast } from "./dialogs.js";
import { el } from "./dom.js";
import { drawMessage, quickReplies } from "./messages.js";
import { startPreferences } from "./preferences.js";
import { WORDS } from "./words.js";

const NEAR = "900px";
const nobody = { post: async () => true, type: () => {} };

const room = document.getElementById("gallery");
const filter = document.getElementById("filter");
const language = document.getElementById("language");
const shown = document.getElementById("shown");
let cards = [];

const near = new IntersectionObserver(
  (changes) => {
    for (const { isIntersecting, target } of changes) if (isIntersecting) draw(target);
  },
  { rootMargin: NEAR },
);

async function load() {
  const response = await fetch(`${document.body.dataset.messages}?language=${encodeURIComponent(language.value)}`).catch(() => null);
  if (!response?.ok) return toast(WORDS.galleryFailed);
  const entries = await response.json();
  near.disconnect();
  cards = entries.map(card);
  room.replaceChildren(...[...Map.groupBy(cards, (each) => each.file)].map(([file, its]) => section(file, its)));
  room.lang = language.value;
  apply();
}

function card({ file, path, messages }) {
  const place = el("div", { class: "room" });
  const element = el("article", { class: "card", data: { testid: "card" } }, el("h3", { text: path ? `${file}: ${path}` : file }), place);
  const words = `${file} ${path} ${JSON.stringify(messages)}`.toLowerCase();
  const made = { file, messages, place, element, words };
  place.addEventListener("click", lookOnly, true);
  near.observe(place);
  return made;
}

function section(file, its) {
  const grid = el("div", { class: "cards" }, ...its.map((each) => each.element));
  return el("section", { class: "file" }, el("h2", { text: file }), grid);
}

function draw(place) {
  near.unobserve(place);
  const { messages } = cards.find((each) => each.place === place);
  const chips = messages.at(-1).quickReply?.items;
  place.append(...messages.map((message) => drawMessage(message, nobody)));
  if (chips) place.append(el("div", { class: "chips" }, ...quickReplies(chips, nobody, () => {})));
}

// Messages are looked at: nothing in them can be tapped but the arrows of a carousel.
function lookOnly(event) {
  if (event.target.closest(".carousel-arrow")) return;
  event.preventDefault();
  event.stopPropagation();
}

function apply() {
  const wanted = filter.value.trim().toLowerCase();
  for (const each of cards) each.element.hidden = !each.words.includes(wanted);
  for (const file of room.children) file.hidden = !file.querySelector(".card:not([hidden])");
  shown.textContent = WORDS.shown(cards.filter((each) => !each.element.hidden).length, cards.length);
}

startPreferences();
filter.addEventListener("input", apply);
language.addEventListener("change", load);
load();
