// Draws messages as they look in LINE, in the place of the plain text. Without it, the plain text stays.

const STYLES = ["chat.css", "flex.css"];
const nobody = { post: async () => true, type: () => {} };

drawAll(document.querySelectorAll(".line-room"));

async function drawAll(rooms) {
  if (!rooms.length) return;
  const folder = rooms[0].dataset.draw;
  let drawMessage;
  try {
    ({ drawMessage } = await import(new URL(`${folder}messages.js`, location.href)));
    await Promise.all(STYLES.map((file) => style(folder + file)));
  } catch {
    return;
  }
  for (const room of rooms) draw(room, drawMessage);
}

/** A preview is looked at: nothing in it can be tapped but the arrows of a carousel. */
function draw(room, drawMessage) {
  const drawn = JSON.parse(room.dataset.messages).map((message) => {
    const place = document.createElement("div");
    place.className = "drawn";
    place.append(drawMessage(message, nobody));
    return place;
  });
  room.replaceChildren(...drawn);
  room.dataset.drawn = "yes";
  room.addEventListener("click", (event) => {
    if (event.target.closest(".carousel-arrow")) return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  for (const control of room.querySelectorAll(":is(button, a, [tabindex='0']):not(.carousel-arrow, .carousel-track)")) {
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
