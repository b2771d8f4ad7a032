// Messages that this participant has read, hidden on the board of this browser alone.

import { all, byId, closest } from "../dom.js";
import { on } from "../events.js";
import { load, save } from "../storage.js";

const MOST = 100; // messages that this browser remembers

const board = byId("board", HTMLElement);
const key = `read:${board.dataset.live}`;

/** @type {string[]} */
let readIds = load(key) ?? [];

function hideRead() {
  for (const button of all("[data-dismiss]", board)) {
    const message = button.closest(".message");
    button.hidden = false;
    message?.classList.toggle("is-read", readIds.includes(message.id));
  }
}

board.addEventListener("click", (event) => {
  const message = closest(event, "[data-dismiss]")?.closest(".message");
  if (!message) return;
  readIds = [...readIds, message.id].slice(-MOST);
  save(key, readIds);
  hideRead();
  closest({ target: message }, ".messages")?.focus({ preventScroll: true });
});

on("board:marked", hideRead);
hideRead();
