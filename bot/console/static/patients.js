// What the patient pages do beyond their forms: the number in the queue, news in a conversation. All works without.

const EVERY_MS = 30_000;
const NEWS_EVERY_MS = 10_000;

watchQueue();
watchConversation();
countLetters();
chooseTime();

/** The number of those who wait, and a link when it has changed. */
function watchQueue() {
  const shown = document.querySelector("[data-queue-count]");
  if (!shown) return;
  const title = document.title;
  every(EVERY_MS, shown.dataset.queueCount, ({ waiting }) => {
    document.title = waiting ? `(${waiting}) ${title}` : title;
    if (String(waiting) === shown.textContent.trim()) return;
    shown.textContent = waiting;
    document.querySelector("[data-queue-changed]").hidden = false;
  });
}

/** A link when something was said since the page was opened. What is being typed is kept for the next page. */
function watchConversation() {
  const notice = document.querySelector("[data-newest]");
  if (!notice) return;
  const form = document.querySelector("[data-draft]");
  const key = form && `draft-${form.dataset.draft}`;
  if (form && sessionStorage.getItem(key)) {
    form.elements.text.value ||= sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
  }
  notice.querySelector("a").addEventListener("click", () => {
    if (form?.elements.text.value) sessionStorage.setItem(key, form.elements.text.value);
  });
  every(NEWS_EVERY_MS, notice.dataset.newest, ({ id }) => {
    notice.hidden = id <= Number(notice.dataset.newestId);
  });
}

/** Ask again and again while the page is seen; stop when the session has ended. */
function every(milliseconds, address, take) {
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.ok) take(await answer.json());
      else clearInterval(timer);
    } catch {
      // No network just now, or logged out: the page stays as it is.
    }
  }, milliseconds);
}

function countLetters() {
  const shown = document.querySelector("[data-count-of]");
  const text = shown && document.getElementById(shown.dataset.countOf);
  if (!text) return;
  const show = () => (shown.textContent = `${[...text.value].length} / ${text.maxLength}`);
  text.addEventListener("input", show);
  show();
}

/** Entering a time chooses the option that it belongs to. */
function chooseTime() {
  const time = document.querySelector("[data-chooses]");
  time?.addEventListener("input", () => (document.getElementById(time.dataset.chooses).checked = true));
}
