// The agenda on a phone: the participant's own topics come first, and can be shown alone.
//
// The order is set when the page opens, when it is shown again, and when the phase changes: a card must not move while
// somebody presses it.

import { all, byId, closest, one } from "../dom.js";
import { on } from "../events.js";
import { showFirst } from "./fragments.js";

const OWN = "article:is(.is-mine, .is-going, .is-here)";
const ONLY = "only-mine";

const board = byId("board", HTMLElement);

/** @type {string | undefined} */
let phase;

const sort = () => showFirst(new Set(all(OWN, board).map(({ id }) => id)));

function draw() {
  const filter = one(".filter", board);
  if (filter?.dataset.forPhase !== phase) {
    phase = filter?.dataset.forPhase;
    sort();
  }
  if (!filter) return board.classList.remove(ONLY);
  filter.hidden = false;
  const shown = board.classList.contains(ONLY) ? "mine" : "all";
  for (const button of all("[data-show]", filter)) {
    button.setAttribute("aria-pressed", String(button.dataset.show === shown));
  }
}

board.addEventListener("click", (event) => {
  const button = closest(event, "[data-show]");
  if (!button) return;
  board.classList.toggle(ONLY, button.dataset.show === "mine");
  draw();
});
on("board:applied", draw);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && sort());
draw();
