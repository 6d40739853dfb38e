// All phones side by side; on a narrow screen one at a time, with a switcher.

import { Phone } from "./phone.js";
import { read, write } from "./preferences.js";
import { WORDS } from "./words.js";

export class Patients {
  constructor(store, mark) {
    this.store = store;
    this.mark = mark;
    this.phones = new Map();
    this.room = document.getElementById("phones");
    this.addButton = document.getElementById("add-patient");
    this.switcher = document.getElementById("switcher");
    this.switcher.addEventListener("change", () => this.select(this.switcher.value));
    this.room.addEventListener("focusin", (event) => {
      const id = event.target.closest("[data-user-id]")?.dataset.userId;
      if (id) this.select(id);
    });
    for (const id of ["add-patient", "add-patient-small"]) {
      document.getElementById(id).addEventListener("click", () => this.add());
    }
  }

  /** The phone last used, or the first. */
  get current() {
    return this.phones.get(this.selected) ?? this.phones.values().next().value;
  }

  /** A new patient with the next free number; their phone is shown once the server tells of it. */
  async add() {
    const { id } = await this.store.post("users", { name: WORDS.patient(this.phones.size + 1) });
    this.awaited = id;
    if (this.phones.has(id)) this.#show(id);
  }

  /** Show the whole state. Phones that are already here keep their place and what is typed in them. */
  showState({ account, users, richMenus }) {
    this.account = account;
    this.richMenus = richMenus;
    const known = new Set(users.map((user) => user.id));
    for (const [id, phone] of this.phones) {
      if (known.has(id)) continue;
      phone.element.remove();
      this.phones.delete(id);
    }
    const last = this.selected ?? read("patient");
    for (const { entries, ...user } of users) this.#showUser(user, entries);
    this.select(this.phones.has(last) ? last : users[0]?.id);
  }

  /** Another menu for everybody, or other menus to switch to. */
  showRichMenus(richMenus) {
    this.richMenus = richMenus;
    for (const phone of this.phones.values()) phone.update(phone.user, richMenus);
  }

  showUser(user) {
    this.#showUser(user, null);
  }

  showEntries(userId, entries) {
    const phone = this.phones.get(userId);
    phone?.append(entries);
    if (phone && userId !== this.selected && entries.some((entry) => entry.from === "bot")) {
      const option = this.#option(userId);
      if (option) option.textContent = WORDS.justNow(phone.user.name);
    }
  }

  select(id) {
    const phone = this.phones.get(id);
    if (!phone || this.selected === id) return;
    this.selected = id;
    write("patient", id);
    this.switcher.value = id;
    this.#option(id).textContent = phone.user.name;
    for (const [other, { element }] of this.phones) element.classList.toggle("is-selected", other === id);
    phone.log.showNewest();
  }

  #showUser(user, entries) {
    const phone = this.phones.get(user.id);
    if (!phone) return this.#newPhone(user, entries ?? []);
    phone.update(user, this.richMenus);
    if (!entries) return;
    // What is here already is not drawn again: the reader keeps their place and the focus.
    const known = phone.log.entries.length;
    if (!startsWith(entries, phone.log.entries)) phone.reset(entries);
    else if (entries.length > known) this.showEntries(user.id, entries.slice(known));
    phone.log.markRead(entries.filter((entry) => entry.read).map((entry) => entry.id));
  }

  #newPhone(user, entries) {
    const phone = new Phone(user, this.account, this.store, this.mark);
    this.phones.set(user.id, phone);
    this.room.insertBefore(phone.element, this.addButton);
    const option = document.createElement("option");
    option.value = user.id;
    option.textContent = user.name;
    this.switcher.append(option);
    phone.update(user, this.richMenus);
    phone.reset(entries);
    if (this.phones.size === 1) this.select(user.id);
    if (user.id === this.awaited) this.#show(user.id);
  }

  #show(id) {
    this.awaited = null;
    this.select(id);
    this.phones.get(id).element.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
  }

  #option(id) {
    return [...this.switcher.options].find((option) => option.value === id);
  }
}

function startsWith(entries, beginning) {
  return beginning.every((entry, index) => entry.id === entries[index]?.id);
}
