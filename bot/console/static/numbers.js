// Where there is room, and on paper, the tables stand open beside their charts.

const tables = document.querySelectorAll(".sheet details");

function openAll() {
  for (const table of tables) table.open = true;
}

if (window.matchMedia("(min-width: 60rem)").matches) openAll();
window.addEventListener("beforeprint", openAll);
