// Text size and theme, kept in this browser.

import { menuButton } from "./dom.js";

const root = document.documentElement;

export function startPreferences() {
  menuButton(document.getElementById("settings-button"), document.getElementById("settings"));
  startTextSize();
  startTheme();
}

function startTextSize() {
  const slider = document.getElementById("text-size");
  const shown = document.getElementById("text-size-shown");
  const apply = () => {
    root.style.setProperty("--text-scale", String(slider.value / 100));
    root.classList.toggle("has-large-text", Number(slider.value) > 100);
    shown.textContent = `${slider.value}%`;
  };
  slider.value = read("textSize") ?? "100";
  slider.addEventListener("input", () => {
    apply();
    write("textSize", slider.value);
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
