// The wall turns its pages by itself: as many tiles as fit, then the next ones. All walls of a room show the same page,
// since they turn by the hour; a topic that has just been proposed is shown at once.

import { now } from "./clock.js";

const PAGE_SECONDS = 10;
const CALM_SECONDS = 20; // while the groups talk
const FRESH_SECONDS = 8; // how long the page of a new topic stays
const MANY_PAGES = 12; // too many for dots

let shownPage;
let freshUntil = 0;
let known = ids();

function ids() {
  return new Set([...document.querySelectorAll("[data-phase=marketplace] .tile")].map(({ id }) => id));
}

/** The lists that have their turn. While groups meet: of the rounds, those of today that are not over; all, at the end. */
function lists(root) {
  const all = [...root.querySelectorAll("[data-list]")];
  const coming = [...document.querySelectorAll("[data-moments] [data-slot]")].filter(
    ({ dataset }) => Number(dataset.to) > now() && document.getElementById(`list-slot-${dataset.slot}`),
  );
  const today = coming.filter(({ dataset }) => dataset.day === coming[0].dataset.day);
  const wanted = new Set(today.map(({ dataset }) => `list-slot-${dataset.slot}`));
  return all.filter(({ id }) => !wanted.size || wanted.has(id) || !id.startsWith("list-slot-"));
}

/** All pages, in order: each is the tiles of one list that are shown together, as many as the wall is high. */
function pages(root) {
  const most = Number(root.dataset.pages);
  const shown = root.querySelectorAll(".round, [data-list] > *");
  for (const element of shown) element.hidden = false;
  const height = root.clientHeight;
  const found = [];
  for (const list of lists(root)) {
    const above = list.offsetTop - (list.closest(".round") ?? list).offsetTop;
    let page = [];
    for (const tile of list.children) {
      if (!tile.getClientRects().length) continue; // of finished reports, only the newest are shown
      const bottom = tile.offsetTop + tile.offsetHeight - (page[0] ?? tile).offsetTop;
      if (page.length && (page.length === most || (bottom + above > height && tile.offsetTop > page.at(-1).offsetTop))) {
        found.push(page);
        page = [];
      }
      page.push(tile);
    }
    if (page.length) found.push(page);
  }
  return found;
}

const seconds = (root) => (root.closest("[data-phase=groups]") ? CALM_SECONDS : PAGE_SECONDS);

function turn() {
  const root = document.querySelector("[data-pages]");
  const mark = document.querySelector("[data-turn]");
  if (!root) return mark?.replaceChildren();
  const all = pages(root);
  const due = Date.now() < freshUntil ? 0 : Math.floor(Date.now() / 1000 / seconds(root));
  const page = all.length ? due % all.length : 0;
  const shown = new Set(all[page] ?? []);
  for (const tile of all.flat()) tile.hidden = !shown.has(tile);
  for (const round of root.querySelectorAll(".round")) {
    round.hidden = all.length > 0 && !round.contains([...shown][0] ?? null);
  }
  if (mark) tell(mark, page, all.length);
  if (page !== shownPage && shownPage !== undefined) fade(root);
  shownPage = page;
}

function tell(mark, page, count) {
  const dots = document.createElement("span");
  dots.setAttribute("aria-hidden", "true");
  if (count <= MANY_PAGES) dots.textContent = Array.from({ length: count }, (_, index) => (index === page ? "●" : "○")).join("");
  const text = mark.dataset.text.replace("{page}", page + 1).replace("{pages}", count);
  mark.replaceChildren(...(count > 1 ? [dots, text] : []));
}

function fade(root) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  root.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 500, easing: "ease-out" });
}

// ---- a long question, or a message below: texts are made smaller until all of them is seen --------------------

const SMALLEST = 0.5;

function fit() {
  for (const told of document.querySelectorAll('.show[data-shows]:not([data-shows="queue"]), .view:not(:has(.pages))')) {
    let size = 1;
    told.style.setProperty("--fit", size);
    while (told.scrollHeight > told.clientHeight + 1 && size > SMALLEST) told.style.setProperty("--fit", (size -= 0.04));
  }
}

function arrange() {
  fit();
  turn();
}

document.addEventListener("board:applied", () => {
  const here = ids();
  if (known.size && [...here].some((id) => !known.has(id))) freshUntil = Date.now() + FRESH_SECONDS * 1000;
  known = here;
  arrange();
});
addEventListener("resize", arrange);
document.fonts?.ready.then(arrange);

/** Every page turns at the same second everywhere. */
function wait() {
  setTimeout(() => {
    turn();
    wait();
  }, 1000 * PAGE_SECONDS - (Date.now() % (1000 * PAGE_SECONDS)) + 20);
}

arrange();
wait();

// The look was changed on the conductor's page, in the same browser.
try {
  new BroadcastChannel("wall").addEventListener("message", () => {
    const here = new URL(location.href);
    here.searchParams.delete("look");
    location.replace(here);
  });
} catch { /* an old browser: the look changes when the page is loaded again */ }
