// Runs before the first paint, so that a dark page never flashes white. A classic script on purpose.
(() => {
  try {
    const theme = localStorage.getItem("simulator.theme");
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the device's theme is used.
  }
})();
