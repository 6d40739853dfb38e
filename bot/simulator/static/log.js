// The list of bubbles in one chat: drawing entries, day marks, and where to scroll.

import { el } from "./dom.js";
import { drawMessage } from "./messages.js";
import { WORDS } from "./words.js";

const NEAR_THE_END = 80;
const AIR_ABOVE_GROUP = 10;
const ONE_ANSWER_WITHIN_MS = 5000;
const WIDE = new Set(["flex", "template", "imagemap"]);

/** A chat's log. `mark` is the picture beside the account's bubbles. */
export class Log {
  constructor(phone, account, mark) {
    this.phone = phone;
    this.account = account;
    this.mark = mark;
    this.entries = [];
    this.list = el("div", { class: "log-list" });
    this.dots = el("div", { class: "entry from-bot dots-entry", hidden: true }, el("div", { class: "bubble dots", role: "img", "aria-label": WORDS.typing }, el("i"), el("i"), el("i")));
    this.element = el(
      "div",
      { class: "log", role: "log", "aria-live": "polite", "aria-label": WORDS.chatWith(account.name), tabindex: "0", data: { testid: "chat-log" } },
      this.list,
      this.dots,
    );
    // Pictures and web pages change heights after drawing; the reader's place must not move with them.
    this.onMove = () => {};
    const sizes = new ResizeObserver(() => this.#restore());
    sizes.observe(this.list);
    sizes.observe(this.element);
    this.element.addEventListener("scroll", () => this.#noticeReader(), { passive: true });
  }

  /** Whether the newest message is in sight, more or less. */
  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < NEAR_THE_END;
  }

  /** Replace everything, without announcing it to screen readers. */
  reset(entries) {
    this.element.setAttribute("aria-live", "off");
    this.list.replaceChildren();
    this.entries = [];
    entries.forEach((entry) => this.#draw(entry));
    this.showNewest();
    requestAnimationFrame(() => this.element.setAttribute("aria-live", "polite"));
  }

  /** Add new entries. Returns false if the reader is further up and was left there. */
  append(entries) {
    const follow = this.following || this.atEnd || entries.some((entry) => entry.from === "user");
    entries.forEach((entry) => this.#draw(entry));
    if (follow) this.showNewest();
    return follow;
  }

  remove(entryId) {
    this.entries = this.entries.filter((entry) => entry.id !== entryId);
    this.list.querySelector(`[data-entry-id="${CSS.escape(entryId)}"]`)?.remove();
  }

  /** Show that these messages of the user have been read. */
  markRead(entryIds) {
    for (const id of entryIds) {
      const element = this.list.querySelector(`[data-entry-id="${CSS.escape(id)}"]`);
      if (element) element.querySelector(".read").hidden = false;
    }
  }

  setDots(shown) {
    this.dots.hidden = !shown;
    if (shown) this.#restore();
  }

  /** Scroll to the end; but to the top of the account's last answer if it is longer than the screen. */
  showNewest() {
    this.following = true;
    this.#restore();
  }

  /** One screen down, with a little of the last one left on top. */
  readOn() {
    this.element.scrollBy({ top: this.element.clientHeight * 0.85, behavior: "smooth" });
  }

  #restore() {
    if (this.following) {
      this.ownScroll = this.#topOfNewest();
      this.element.scrollTop = this.ownScroll;
    }
    this.onMove();
  }

  #topOfNewest() {
    const end = this.element.scrollHeight - this.element.clientHeight;
    const first = this.#firstOfLastAnswer();
    return first ? Math.max(0, Math.min(end, first.offsetTop - AIR_ABOVE_GROUP)) : Math.max(0, end);
  }

  #firstOfLastAnswer() {
    const belongs = (entry, next) => entry.from === "bot" && Date.parse(next.at) - Date.parse(entry.at) < ONE_ANSWER_WITHIN_MS;
    let index = this.entries.length - 1;
    if (this.entries[index]?.from !== "bot") return null;
    while (index > 0 && belongs(this.entries[index - 1], this.entries[index])) index -= 1;
    return this.list.querySelector(`[data-entry-id="${CSS.escape(this.entries[index].id)}"]`);
  }

  // A scroll that we did not make is the reader's: from then on the place is theirs until they return.
  #noticeReader() {
    const end = this.element.scrollHeight - this.element.clientHeight;
    if (Math.abs(this.element.scrollTop - Math.min(this.ownScroll ?? 0, end)) > 2) this.following = false;
    this.onMove();
  }

  #draw(entry) {
    const before = this.entries.at(-1);
    if (before?.at.slice(0, 10) !== entry.at.slice(0, 10)) this.list.append(dayMark(entry.at));
    const sameSide = before?.from === entry.from && before.at.slice(0, 16) === entry.at.slice(0, 16);
    if (sameSide) this.list.lastElementChild.classList.add("has-follower");
    this.entries.push(entry);
    this.list.append(this.#entryElement(entry, sameSide));
  }

  #entryElement({ id, from, at, message, read }, follows) {
    const content = el("div", { class: "content" }, drawMessage(message, this.phone));
    const time = el("div", { class: "meta" }, el("span", { class: "read", text: WORDS.read, hidden: !read }), el("time", { datetime: at, text: at.slice(11, 16) }));
    const wide = WIDE.has(message.type) ? " is-wide" : "";
    const element = el("div", { class: `entry from-${from}${follows ? " follows" : ""}${wide}`, data: { entryId: id, from } });
    if (from === "bot") element.append(el("img", { class: "avatar", src: message.sender?.iconUrl ?? this.mark, alt: "" }));
    if (message.sender?.name) content.prepend(el("p", { class: "sender", text: WORDS.fromAccount(message.sender.name, this.account.name) }));
    element.append(content, time);
    return element;
  }
}

// The hour and the day are read from the text, not converted: the clinic's clock counts, not the browser's.
function dayMark(at) {
  const [year, month, day] = at.slice(0, 10).split("-").map(Number);
  const weekday = WORDS.weekdays[new Date(Date.UTC(year, month - 1, day)).getUTCDay()];
  return el("p", { class: "day" }, el("span", { text: WORDS.day(month, day, weekday) }));
}
