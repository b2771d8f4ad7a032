// The people of the board, as options for the convener of a topic that a facilitator adds.

import { all, byId } from "../dom.js";
import { on } from "../events.js";

const board = byId("board", HTMLElement);
const convener = /** @type {HTMLSelectElement | null} */ (document.getElementById("topic_convener"));

function listPeople() {
  if (!convener || document.activeElement === convener) return;
  const chosen = convener.value;
  const people = all("[data-person]", board).map(({ dataset }) => new Option(dataset.name, dataset.person));
  convener.replaceChildren(convener.options[0], ...people);
  convener.value = chosen;
  if (convener.selectedIndex < 0) convener.selectedIndex = 0;
}

on("board:applied", listPeople);
convener?.addEventListener("blur", listPeople);
