// The dialog that sends a place: some known ones, or any by its coordinates.

import { ask } from "./dialogs.js";
import { el } from "./dom.js";
import { PLACES, WORDS } from "./words.js";

const OTHER = "other";

/** @returns {Promise<Object|null>} what the simulator takes as a location: title, address, latitude, longitude */
export async function pickPlace() {
  const latitude = degrees("latitude", WORDS.latitude, 90);
  const longitude = degrees("longitude", WORDS.longitude, 180);
  const fields = el("div", { class: "degrees" }, latitude, longitude);
  const select = el("select", { "aria-label": WORDS.place, data: { testid: "place" } });
  PLACES.forEach(({ title }, index) => select.append(el("option", { value: String(index), text: title })));
  select.append(el("option", { value: OTHER, text: WORDS.otherPlace }));
  const input = (label) => label.querySelector("input");
  const fill = () => {
    const place = PLACES[select.value];
    if (!place) return;
    input(latitude).value = place.latitude;
    input(longitude).value = place.longitude;
  };
  select.addEventListener("change", fill);
  fields.addEventListener("input", () => (select.value = OTHER));
  fill();
  if (!(await ask(WORDS.sendPlace, [select, fields], WORDS.send))) return null;
  const { title, address } = PLACES[select.value] ?? {};
  return { title, address, latitude: input(latitude).valueAsNumber, longitude: input(longitude).valueAsNumber };
}

function degrees(id, words, most) {
  const input = el("input", { type: "number", required: true, min: -most, max: most, step: "any", inputmode: "decimal", data: { testid: id } });
  return el("label", {}, el("span", { text: words }), input);
}
