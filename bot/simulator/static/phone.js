// One patient's phone: the account's name on top, the chat, quick replies, the typing box.

import { Composer } from "./composer.js";
import { toast } from "./dialogs.js";
import { ICONS, button, el, icon, menuButton } from "./dom.js";
import { Log } from "./log.js";
import { quickReplies } from "./messages.js";
import { RichMenu } from "./rich-menu.js";
import { WORDS } from "./words.js";

const DOTS_MOST_MS = 60_000;

export class Phone {
  /**
   * @param {Object} user as the server tells it: id, name, status, loadingUntil, richMenuId
   * @param {Object} account of the clinic: name
   * @param {import("./store.js").Store} store
   * @param {string} mark URL of the account's picture
   */
  constructor(user, account, store, mark) {
    this.user = user;
    this.store = store;
    this.dismissed = null;
    const actions = {
      post: (action, body) => this.post(action, body),
      type: (text) => this.composer.type(text),
      openMenu: (isOpen) => this.richMenu.open(isOpen),
    };
    this.actions = actions;
    this.log = new Log(actions, account, mark);
    this.composer = new Composer(actions);
    this.richMenu = new RichMenu(actions, store.base);
    this.chips = el("div", { class: "chips", role: "group", "aria-label": WORDS.quickReplies, hidden: true });
    this.chips.addEventListener("wheel", (event) => scrollSideways(event, this.chips), { passive: false });
    const news = el("span", { text: WORDS.newMessages });
    this.newer = button("", { class: "newer", hidden: true, "aria-label": WORDS.readOn, on: { click: () => this.#readOn() } }, news, icon(ICONS.down));
    this.log.onMove = () => this.#showNewer();
    this.friendCard = this.#friendCard(account, mark);
    this.blockedBar = this.#blockedBar();
    this.owner = el("span", { class: "owner-name", text: user.name });
    this.element = el(
      "section",
      { class: "phone-column", "aria-label": WORDS.phoneOf(user.name), data: { testid: "phone", userId: user.id } },
      el("p", { class: "owner" }, this.owner),
      el("div", { class: "phone" }, this.#head(account, mark), this.friendCard, this.log.element, el("div", { class: "below" }, this.newer), this.chips, this.blockedBar, this.composer.element, this.richMenu.element),
    );
    this.composer.input.addEventListener("focus", () => this.richMenu.open(false));
  }

  /** Do something on this phone. Resolves to true if the simulator took it. */
  async post(action, body = {}) {
    try {
      await this.store.post(`users/${this.user.id}/${action}`, body);
      return true;
    } catch {
      toast(WORDS.notSent);
      return false;
    }
  }

  /**
   * Take over a new state of the user.
   * @param {Object} user see the constructor
   * @param {{menus: Object, default: string|null}} richMenus all of them by id, and the one that everybody sees
   */
  update(user, richMenus) {
    this.user = user;
    this.element.dataset.status = user.status;
    this.#showStatus();
    const menu = richMenus.menus[user.richMenuId ?? richMenus.default];
    this.richMenu.show(user.status === "friend" ? menu : undefined);
    const loading = Boolean(user.loadingUntil);
    this.log.setDots(loading);
    clearTimeout(this.dotsTimer);
    if (loading) this.dotsTimer = setTimeout(() => this.log.setDots(false), dotsFor(user.loadingUntil));
  }

  reset(entries) {
    this.log.reset(entries);
    this.#showStatus();
    this.#showChips();
  }

  append(entries) {
    if (entries.some((entry) => entry.from === "bot")) this.log.setDots(false);
    this.#showChips([...this.log.entries, ...entries]);
    const followed = this.log.append(entries);
    this.newer.classList.toggle("has-news", !followed);
    this.#showStatus();
    this.#showNewer();
  }

  remove(entryId) {
    this.log.remove(entryId);
    this.#showChips();
  }

  #head(account, mark) {
    const trigger = button("", { class: "head-menu", "aria-label": WORDS.menu, data: { testid: "phone-menu" } }, icon(ICONS.more));
    this.blockItem = button(WORDS.block, { data: { testid: "block" }, on: { click: () => this.post("block") } });
    const again = button(WORDS.redeliver, { data: { testid: "redeliver" }, on: { click: () => this.post("redeliver") } });
    const menu = el("div", { class: "popover head-popover" }, this.blockItem, again);
    menuButton(trigger, menu);
    const title = el("div", { class: "head-title" }, el("strong", { text: account.name }), el("span", { text: WORDS.official }));
    return el("header", { class: "head" }, el("img", { class: "head-avatar", src: mark, alt: "" }), title, trigger, menu);
  }

  #friendCard(account, mark) {
    const add = button(WORDS.addFriend, { class: "primary", data: { testid: "add-friend" }, on: { click: () => this.post("follow") } });
    const lead = el("p", { text: WORDS.addFriendLead });
    return el("div", { class: "friend-card" }, el("img", { src: mark, alt: "", width: "72", height: "72" }), el("h2", { text: account.name }), lead, add);
  }

  #blockedBar() {
    const unblock = button(WORDS.unblock, { class: "primary", data: { testid: "unblock" }, on: { click: () => this.post("unblock") } });
    return el("div", { class: "blocked-bar" }, el("p", { text: WORDS.blocked }), unblock);
  }

  #showStatus() {
    const { status } = this.user;
    this.friendCard.hidden = status !== "stranger";
    this.friendCard.classList.toggle("is-small", this.log.entries.length > 0);
    this.log.element.hidden = status === "stranger" && this.log.entries.length === 0;
    this.blockedBar.hidden = status !== "blocked";
    this.composer.element.hidden = status === "blocked";
    this.blockItem.disabled = status !== "friend";
    if (status === "blocked") this.chips.hidden = true;
  }

  // LINE shows only the newest message's quick replies, until a tap or any newer message.
  #showChips(entries = this.log.entries) {
    const newest = entries.at(-1);
    const items = newest?.from === "bot" && newest.id !== this.dismissed ? newest.message.quickReply?.items : null;
    const dismiss = () => {
      this.dismissed = newest.id;
      this.chips.hidden = true;
    };
    this.chips.replaceChildren(...(items ? quickReplies(items, this.actions, dismiss) : []));
    this.chips.hidden = !items || this.user.status === "blocked";
    this.chips.scrollLeft = 0;
  }

  #showNewer() {
    this.newer.hidden = this.log.atEnd;
    if (this.log.atEnd) this.newer.classList.remove("has-news");
  }

  // To what has come since, or one screen further in a long answer.
  #readOn() {
    if (this.newer.classList.contains("has-news")) this.log.showNewest();
    else this.log.readOn();
    this.newer.classList.remove("has-news");
  }
}

// A mouse wheel has no sideways: turn it into one where there is nothing to scroll up or down.
function scrollSideways(event, row) {
  if (row.scrollWidth <= row.clientWidth || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
  event.preventDefault();
  row.scrollLeft += event.deltaY;
}

// The simulator's clock may be a made-up one; then the dots stay for their longest time, not for ever.
function dotsFor(until) {
  const left = Date.parse(until) - Date.now();
  return left > 0 && left < DOTS_MOST_MS ? left : DOTS_MOST_MS;
}
