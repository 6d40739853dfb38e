// What the campaign pages do beyond their forms: the count while the audience is chosen, and the progress of a campaign.
// Everything works without.

const COUNT_AFTER_MS = 300;
const LOOK_EVERY_MS = 2_000;

countAudience();
followProgress();
chooseByTyping();

/** Count again with every choice. The last question counts, whichever answer comes last. */
function countAudience() {
  const form = document.querySelector("form[data-count]");
  if (!form) return;
  const shown = form.querySelector("#count");
  form.querySelector("[data-count-button]").hidden = true;
  let timer;
  let asked = 0;
  form.addEventListener("change", (event) => {
    if (!event.target.name.startsWith("is.")) return;
    clearTimeout(timer);
    shown.classList.add("is-counting");
    timer = setTimeout(ask, COUNT_AFTER_MS);
  });
  // Chosen before this script was there, or put back by the browser when one comes back to the page.
  window.addEventListener("pageshow", () => {
    const options = [...form.querySelectorAll('[name^="is."] option')];
    if (options.some((option) => option.selected !== option.defaultSelected && option.value)) ask();
  });

  async function ask() {
    const number = ++asked;
    const chosen = [...new FormData(form)].filter(([name, mode]) => name.startsWith("is.") && mode);
    try {
      const answer = await fetch(`${form.dataset.count}?${new URLSearchParams(chosen)}`, { redirect: "error" });
      if (!answer.ok) throw new Error(answer.status);
      const counted = await answer.json();
      if (number === asked) show(counted);
    } catch {
      form.querySelector("[data-count-button]").hidden = false;
    }
    if (number === asked) shown.classList.remove("is-counting");
  }

  function show({ reached, text, left_out: leftOut, total_short: total }) {
    for (const place of form.querySelectorAll("[data-reached]")) place.textContent = text;
    shown.querySelector("[data-number]").dataset.number = reached;
    const rows = leftOut.map(({ why, words, number }) => {
      const row = document.createElement("div");
      row.id = `left-${why}`;
      const people = shown.querySelector("[data-left-out]").dataset.people;
      row.append(named("dt", words), named("dd", people.replace("{count}", number)));
      return row;
    });
    shown.querySelector("[data-left-out] dl").replaceChildren(...rows);
    shown.querySelector("[data-left-nobody]").hidden = rows.length > 0;
    const why = form.querySelector("[data-total]");
    why.textContent = total;
    why.hidden = rows.length === 0;
  }
}

function named(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** Numbers as they grow; when the state changes, the page with its buttons is another one. */
function followProgress() {
  const page = document.querySelector("[data-progress]");
  if (!page) return;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(page.dataset.progress, { redirect: "error" });
      if (!answer.ok) return clearInterval(timer);
      show(await answer.json());
    } catch {
      // No network just now, or logged out: the page stays as it is.
    }
  }, LOOK_EVERY_MS);

  function show({ version, settled, total, text, now, numbers }) {
    if (String(version) !== page.dataset.version) return location.reload();
    page.querySelector("[data-text]").textContent = text;
    page.querySelector("[data-now]").textContent = now;
    const bar = page.querySelector("progress");
    bar.max = total || 1;
    bar.value = settled;
    for (const place of page.querySelectorAll("[data-number]")) place.textContent = numbers[place.dataset.number];
  }
}

/** Typing a text or a time chooses the option that it belongs to. */
function chooseByTyping() {
  for (const field of document.querySelectorAll("[data-chooses]")) {
    const choice = document.getElementById(field.dataset.chooses);
    const choose = () => (choice.checked = true);
    field.addEventListener("input", choose);
    // Typed before this script was there.
    if (field.value !== field.defaultValue) choose();
    for (const other of document.getElementsByName(choice.name)) {
      if (other !== choice) other.addEventListener("change", () => (field.value = ""));
    }
  }
}
