// Which finished reports this phone has not opened yet: a mark of its own, kept here and nowhere else. A report that is
// finished anew is new again, since its mark (number and moment) is another one.

const board = document.getElementById("board");
const key = `seen:${board.dataset.live}`;
const KEPT = 300; // reports that this browser knows to be read

let seen = [];

function recall() {
  try { seen = JSON.parse(localStorage.getItem(key)) ?? seen; } catch { /* storage is off: all is new again with the next page */ }
}

/** The page of a report is open: it is read. */
function note() {
  const read = document.querySelector("[data-read]")?.dataset.read;
  if (!read || seen.includes(read)) return;
  seen = [...seen, read].slice(-KEPT);
  try { localStorage.setItem(key, JSON.stringify(seen)); } catch { /* see above */ }
}

function draw() {
  const list = document.getElementById("news");
  const cards = [...board.querySelectorAll("[data-news]")];
  const unread = cards.filter((card) => !seen.includes(card.dataset.news));
  for (const card of cards) mark(card, unread.includes(card), list?.dataset.textNew);
  const line = board.querySelector("[data-fresh]");
  if (!line) return;
  line.hidden = !unread.length;
  const { textOne, textMany } = line.firstElementChild.dataset;
  line.firstElementChild.textContent = unread.length === 1 ? textOne : textMany.replace("{n}", unread.length);
}

function mark(card, isNew, text) {
  const shown = card.querySelector(".is-unread");
  if (!isNew) return shown?.remove();
  if (!shown) card.querySelector(".extract")?.prepend(Object.assign(document.createElement("span"), { className: "chip is-unread", textContent: text }));
}

function all() {
  recall();
  note();
  draw();
}

for (const kind of ["board:applied", "facts:applied"]) document.addEventListener(kind, all);
addEventListener("pageshow", (event) => event.persisted && all());
addEventListener("storage", (event) => event.key === key && all()); // it was opened in another tab
all();
