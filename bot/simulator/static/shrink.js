// Letters that become smaller until they fit (`adjustMode` shrink-to-fit), which LINE, too, calls best effort.

const SMALLEST = 0.6;

// Room and letters change: by another text size, a wider window, or once a hidden phone is shown.
const sizes = new ResizeObserver((changes) => changes.forEach(({ target }) => fit(target)));

/** Keep the letters of a line that does not wrap as small as they must be, but never illegible. */
export function shrinkToFit(line) {
  sizes.observe(line);
}

function fit(line) {
  line.style.removeProperty("font-size");
  const { clientWidth, scrollWidth } = line;
  if (!clientWidth || scrollWidth <= clientWidth) return;
  const full = parseFloat(getComputedStyle(line).fontSize);
  const fitting = Math.floor((10 * full * clientWidth) / scrollWidth) / 10;
  line.style.setProperty("font-size", `${Math.max(full * SMALLEST, fitting)}px`);
}
