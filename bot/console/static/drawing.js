// Draws messages as they look in LINE, in the place of the plain text. Without it, the plain text stays.

const STYLES = ["chat.css", "flex.css"];
const nobody = { post: async () => true, type: () => {} };

drawAll(document.querySelectorAll("[data-messages]"));

/** The folder of the renderer stands at a place or around it, as data-draw. */
async function drawAll(places) {
  if (!places.length) return;
  const folder = places[0].closest("[data-draw]").dataset.draw;
  let drawMessage;
  try {
    ({ drawMessage } = await import(new URL(`${folder}messages.js`, location.href)));
    await Promise.all(STYLES.map((file) => style(folder + file)));
  } catch {
    return;
  }
  for (const place of places) draw(place, drawMessage);
}

/** A drawing is looked at: nothing in it can be tapped but the arrows of a carousel. */
function draw(place, drawMessage) {
  const drawn = JSON.parse(place.dataset.messages).map((message) => {
    const room = document.createElement("div");
    room.className = "drawn";
    room.append(drawMessage(message, nobody));
    return room;
  });
  place.replaceChildren(...drawn);
  place.dataset.drawn = "yes";
  place.addEventListener("click", (event) => {
    if (event.target.closest(".carousel-arrow")) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  for (const control of place.querySelectorAll(":is(button, a, [tabindex='0']):not(.carousel-arrow, .carousel-track)")) {
    control.tabIndex = -1;
    control.setAttribute("aria-disabled", "true");
  }
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
