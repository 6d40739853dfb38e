// What the patient pages do beyond their forms: the number in the queue, news in a conversation, messages drawn as LINE
// shows them. Everything works without.

const EVERY_MS = 30_000;
const NEWS_EVERY_MS = 10_000;

watchQueue();
watchConversation();
drawMessages();
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

/** Put what LINE shows in the place of the plain text. Nothing in it can be tapped. */
async function drawMessages() {
  const talk = document.querySelector("[data-draw]");
  if (!talk) return;
  let drawMessage;
  try {
    ({ drawMessage } = await import(new URL(`${talk.dataset.draw}messages.js`, location.href)));
    await Promise.all(["chat.css", "flex.css"].map((file) => style(talk.dataset.draw + file)));
  } catch {
    return;
  }
  const nobody = { post: async () => true, type: () => {} };
  for (const place of talk.querySelectorAll("[data-messages]")) {
    const drawn = JSON.parse(place.dataset.messages).map((message) => {
      const room = document.createElement("div");
      room.className = "drawn";
      room.append(drawMessage(message, nobody));
      return room;
    });
    place.replaceChildren(...drawn);
  }
  const inDrawing = (event) => event.target.closest("[data-messages]") && !event.target.closest(".carousel-arrow");
  const stop = (event) => {
    if (!inDrawing(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  talk.addEventListener("click", stop, true);
  talk.querySelectorAll("[data-messages] :is(button, a, [tabindex='0']):not(.carousel-arrow, .carousel-track)").forEach((each) => {
    each.tabIndex = -1;
    each.setAttribute("aria-disabled", "true");
  });
}

function style(address) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = address;
  const loaded = new Promise((resolve, reject) => {
    link.addEventListener("load", resolve);
    link.addEventListener("error", reject);
  });
  document.head.append(link);
  return loaded;
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
