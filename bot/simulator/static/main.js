// Starts the page: connects the store to the phones and the buttons around them.

import { startContentNotice } from "./content.js";
import { toast } from "./dialogs.js";
import { Patients } from "./patients.js";
import { startPreferences } from "./preferences.js";
import { Store } from "./store.js";
import { WORDS } from "./words.js";

const { base, mark } = document.body.dataset;
const store = new Store(base, (kind, update) => HANDLERS[kind](update));
const patients = new Patients(store, mark);
let askedForFirst = false;

const HANDLERS = {
  state(state) {
    patients.showState(state);
    if (state.users.length || askedForFirst) return;
    askedForFirst = true;
    patients.add().catch(() => toast(WORDS.notSent));
  },
  user: ({ user }) => patients.showUser(user),
  entries: ({ userId, entries }) => patients.showEntries(userId, entries),
  read: ({ userId, entryIds }) => patients.phones.get(userId)?.log.markRead(entryIds),
  richMenus: ({ richMenus }) => patients.showRichMenus(richMenus),
  removed: ({ userId, entryId }) => patients.phones.get(userId)?.remove(entryId),
  webhook({ status }) {
    if (status < 200 || status > 299) toast(WORDS.failed(status));
  },
  refused({ endpoint, status, body }) {
    const details = (body.details ?? []).map(({ property, message }) => `${property}: ${message}`);
    toast(WORDS.refused(endpoint, status), details.length ? details : [body.message]);
  },
  offline: () => toast(WORDS.offline),
};

function startGuide() {
  const guide = document.getElementById("guide");
  const toggle = document.getElementById("guide-button");
  const set = (open) => {
    guide.classList.toggle("is-open", open);
    toggle.setAttribute("aria-expanded", String(open));
  };
  toggle.addEventListener("click", () => set(!guide.classList.contains("is-open")));
  guide.addEventListener("click", (event) => {
    const word = event.target.closest("[data-word]")?.dataset.word;
    if (!word) return;
    set(false);
    patients.current?.composer.type(word);
  });
}

startPreferences();
startGuide();
startContentNotice(base);
store.start();
