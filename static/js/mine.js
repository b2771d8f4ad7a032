// The agenda on a phone: what is mine comes first, and can be shown alone. The cards are the same for everyone; what is
// mine is known here only. A card never jumps away from the finger that presses it: the order is made when the page
// opens, when one comes back to it, and when everyone moves on.

const board = document.getElementById("board");
const MINE = "article:is(.is-mine, .is-going, .is-here)";
let phase;

function sort() {
  const ids = [...board.querySelectorAll(MINE)].map((card) => card.id);
  document.dispatchEvent(new CustomEvent("board:first", { detail: new Set(ids) }));
}

function draw() {
  const filter = board.querySelector(".filter");
  if (filter?.dataset.of !== phase) {
    phase = filter?.dataset.of;
    sort();
  }
  if (!filter) return board.classList.remove("only-mine");
  filter.hidden = false;
  const shown = board.classList.contains("only-mine") ? "mine" : "all";
  for (const button of filter.children) button.setAttribute("aria-pressed", String(button.dataset.show === shown));
}

board.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-show]");
  if (!button) return;
  board.classList.toggle("only-mine", button.dataset.show === "mine");
  draw();
});
document.addEventListener("board:applied", draw);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sort());
draw();
