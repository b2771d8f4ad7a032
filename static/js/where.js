// Where I am: what "Now" shows of my groups, copied from the cards that are marked as mine. And messages that I have read.

const board = document.getElementById("board");
const KEPT = 100; // messages that this browser knows to be read

// ---- my groups, now and next ----------------------------------------------------------------------------------

const cardsIn = (slot, ...marks) =>
  [...board.querySelectorAll("article[data-topic]")].filter(
    (card) => (slot === undefined || card.dataset.slot === slot) && marks.some((mark) => card.classList.contains(mark)),
  );

function line(card, isHere) {
  const group = document.createElement("div");
  const name = document.createElement("p");
  const title = card.querySelector("h3");
  const spot = Object.assign(document.createElement("span"), { textContent: card.querySelector("[data-spot]")?.textContent ?? "" });
  group.className = [...card.classList].find((name) => /^c\d$/.test(name)) ?? "";
  name.append(...[...title.children].map((part) => part.cloneNode(true)));
  if (!isHere) name.querySelector("a").href = `#${card.id}`;
  group.append(name, spot);
  const report = isHere && card.querySelector(".only-here a");
  if (report) group.append(report.cloneNode(true));
  return group;
}

function fill(place, cards, isHere = false) {
  if (!place) return; // no group meets at that moment
  place.hidden = !cards.length;
  const lines = place.querySelector("[data-lines]");
  const wanted = document.createElement("div");
  wanted.append(...cards.map((card) => line(card, isHere)));
  if (lines.innerHTML !== wanted.innerHTML) lines.replaceChildren(...wanted.childNodes); // else what has the focus keeps it
}

function showMine() {
  const now = document.getElementById("now");
  if (!now) return;
  const on = now.dataset.on || undefined; // no clock runs: wherever I said that I am
  const here = cardsIn(on, "is-here");
  const roams = now.querySelector('[data-roam][aria-pressed="true"]');
  fill(now.querySelector("[data-here]"), here, Boolean(on));
  now.querySelector("[data-nowhere]").hidden = Boolean(here.length || roams || !on);
  now.classList.toggle("is-in", here.length > 0);
  for (const moment of now.querySelectorAll("[data-from]")) {
    const comes = moment.dataset.time === "next" || (moment.dataset.time === "now" && !here.length);
    fill(moment.querySelector("[data-plans]"), comes ? cardsIn(moment.dataset.slot, "is-going", "is-mine", "is-here") : []);
  }
}

// ---- messages that I have read ----------------------------------------------------------------------------------

const key = `read:${board.dataset.live}`;
let read = [];
try { read = JSON.parse(localStorage.getItem(key)) ?? []; } catch { /* storage is off: they come back with the page */ }

function hideRead() {
  for (const button of board.querySelectorAll("[data-dismiss]")) {
    button.hidden = false;
    button.closest(".message").classList.toggle("is-read", read.includes(button.closest(".message").id));
  }
}

board.addEventListener("click", (event) => {
  const button = event.target.closest("[data-dismiss]");
  if (!button) return;
  read = [...read, button.closest(".message").id].slice(-KEPT);
  try { localStorage.setItem(key, JSON.stringify(read)); } catch { /* see above */ }
  hideRead();
  button.closest(".messages").focus({ preventScroll: true });
});

function show() {
  showMine();
  hideRead();
}

for (const kind of ["board:marked", "clock:turned"]) document.addEventListener(kind, show);
show();
