// The agenda on the facilitator's page: topics are dragged into cells, or put there by the menu on each card. Without
// this module the topic's own page does all of it.

import { all, closest, one } from "../dom.js";
import { on } from "../events.js";
import { board } from "./cells.js";
import "./dragging.js";
import { refreshMenu } from "./menu.js";

const WHOLE = "is-whole"; // class of the body while the agenda takes the whole screen

/** Mark the cards that clash (the list beside the agenda gives the reasons), and update the menu. */
function draw() {
  const clashes = all("#clashes [data-stands-out]", board);
  const clashing = new Set(clashes.flatMap((line) => (line.dataset.topics ?? "").split(" ")));
  for (const card of all("#agenda [data-topic]", board)) {
    card.classList.toggle("has-clash", clashing.has(card.dataset.topic ?? ""));
  }
  one("[data-whole]", board)?.setAttribute("aria-pressed", String(document.body.classList.contains(WHOLE)));
  refreshMenu();
}

on("board:applied", draw);
board.addEventListener("click", (event) => {
  if (closest(event, "[data-whole]")) {
    document.body.classList.toggle(WHOLE);
    return draw();
  }
  const link = closest(event, "a[data-card]");
  const card = link && document.getElementById(link.dataset.card ?? "");
  if (!card) return;
  event.preventDefault();
  card.scrollIntoView({ block: "center", inline: "center" });
  one("a", card)?.focus({ preventScroll: true });
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains(WHOLE) || one("dialog[open]")) return;
  document.body.classList.remove(WHOLE);
  draw();
});
draw();
