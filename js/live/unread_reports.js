// Finished reports that this phone has not opened so far, stored in this browser alone.
//
// A report that is finished again is unread again, since its mark (number and moment) is another one.

import { all, byId, make, one } from "../dom.js";
import { on } from "../events.js";
import { load, save } from "../storage.js";
import { fill } from "../text.js";

const MOST = 300; // reports that this browser remembers

const board = byId("board", HTMLElement);
const key = `seen:${board.dataset.live}`;

/** @type {string[]} */
let readMarks = [];

function recall() {
  readMarks = load(key) ?? readMarks;
}

/** Store the report of this page as read. */
function note() {
  const mark = one("[data-read]")?.dataset.read;
  if (!mark || readMarks.includes(mark)) return;
  readMarks = [...readMarks, mark].slice(-MOST);
  save(key, readMarks);
}

function draw() {
  const cards = all("[data-news]", board);
  const unread = cards.filter((card) => !readMarks.includes(card.dataset.news ?? ""));
  for (const card of cards) mark(card, unread.includes(card));
  const line = one("[data-unread]", board);
  const link = line && one("a", line);
  if (!link) return;
  line.hidden = !unread.length;
  const { textOne = "", textMany } = link.dataset;
  link.textContent = unread.length === 1 ? textOne : fill(textMany, { n: unread.length });
}

/**
 * @param {HTMLElement} card
 * @param {boolean} isUnread
 */
function mark(card, isUnread) {
  const shown = one(".is-unread", card);
  if (!isUnread) return shown?.remove();
  const text = document.getElementById("news")?.dataset.textNew ?? "";
  if (!shown) one(".extract", card)?.prepend(make("span", { class: "chip is-unread" }, text));
}

function update() {
  recall();
  note();
  draw();
}

on(["board:applied", "facts:applied"], update);
addEventListener("pageshow", (event) => event.persisted && update());
addEventListener("storage", (event) => event.key === key && update()); // a report was opened in another tab
update();
