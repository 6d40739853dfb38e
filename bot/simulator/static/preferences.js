// Text size, theme and device, kept in this browser.

import { menuButton } from "./dom.js";
import { WORDS } from "./words.js";

const root = document.documentElement;

// Percent for each of LINE's own sizes (its steps are not published), and for a phone set to twice the normal size.
const TEXT_SIZES = [85, 100, 120, 140, 200];
const NORMAL = 100;

export function startPreferences() {
  menuButton(document.getElementById("settings-button"), document.getElementById("settings"));
  startTextSize();
  startTheme();
  startDevice();
}

function startTextSize() {
  const slider = document.getElementById("text-size");
  const shown = document.getElementById("text-size-shown");
  const apply = () => {
    root.style.setProperty("--text-scale", String(TEXT_SIZES[slider.value] / 100));
    shown.textContent = WORDS.textSizes[slider.value];
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  slider.value = TEXT_SIZES.findLastIndex((size) => size <= Number(read("textSize") ?? NORMAL));
  slider.addEventListener("input", () => {
    apply();
    write("textSize", TEXT_SIZES[slider.value]);
  });
  apply();
}

function startTheme() {
  const radios = document.querySelectorAll("input[name=theme]");
  const kept = read("theme") ?? "auto";
  for (const radio of radios) {
    radio.checked = radio.value === kept;
    radio.addEventListener("change", () => {
      if (radio.value === "auto") delete root.dataset.theme;
      else root.dataset.theme = radio.value;
      write("theme", radio.value);
    });
  }
}

function startDevice() {
  const radios = document.querySelectorAll("input[name=device]");
  const apply = (device) => root.classList.toggle("is-desktop", device === "desktop");
  const kept = read("device") ?? "phone";
  apply(kept);
  for (const radio of radios) {
    radio.checked = radio.value === kept;
    radio.addEventListener("change", () => {
      apply(radio.value);
      write("device", radio.value);
    });
  }
}

/** A kept choice, or null. Storage may be switched off; then nothing is kept. */
export function read(name) {
  try {
    return localStorage.getItem(`simulator.${name}`);
  } catch {
    return null;
  }
}

export function write(name, value) {
  try {
    localStorage.setItem(`simulator.${name}`, value);
  } catch {
    // Nothing to do: the choice lasts until the page is left.
  }
}
