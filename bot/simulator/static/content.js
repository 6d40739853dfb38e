// Tells authors that files they have just saved have faults and are not in use.

import { el } from "./dom.js";
import { WORDS } from "./words.js";

const EVERY_MS = 3_000;
const MOST_SHOWN = 5;

async function look(url, notice) {
  const response = await fetch(url).catch(() => null);
  // Another application than the demo may show this page without that address.
  if (!response?.ok) return;
  const { refused, faults } = await response.json();
  notice.hidden = !refused;
  if (!refused) return;
  const items = faults.slice(0, MOST_SHOWN).map((fault) => el("li", {}, fault));
  const more = faults.length - items.length;
  notice.replaceChildren(
    el("strong", {}, WORDS.contentRefused),
    el("ul", {}, ...items, ...(more > 0 ? [el("li", {}, WORDS.moreFaults(more))] : [])),
  );
}

export function startContentNotice(base) {
  const notice = document.getElementById("content-notice");
  setInterval(() => look(`${base}/content`, notice), EVERY_MS);
}
