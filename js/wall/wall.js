// The wall shows its pages in turn, by the clock, so that all walls of a room show the same one. A topic that has just
// been proposed is shown at once.

import { all, make, one } from "../dom.js";
import { on } from "../events.js";
import { fill } from "../text.js";
import { pagesOf } from "./pages.js";

const PAGE_SECONDS = 10;
const CALM_SECONDS = 20; // while the groups meet
const FRESH_SECONDS = 8; // for the page of a new topic
const MANY_PAGES = 12; // too many for dots
const SMALLEST = 0.5; // of the usual size of a text
const SMALLER = 0.04; // of the usual size, by which a text shrinks at a time

/** @type {number | undefined} */
let shownPage;
let freshUntil = 0;
let knownIds = topicIds();

function topicIds() {
  return new Set(all("[data-phase=marketplace] .tile").map(({ id }) => id));
}

/** @param {HTMLElement} root */
const secondsOf = (root) => (root.closest("[data-phase=groups]") ? CALM_SECONDS : PAGE_SECONDS);

/** Show the page that is due. */
function turn() {
  const root = one("[data-pages]");
  const mark = one("[data-page-number]");
  if (!root) return mark?.replaceChildren();
  const pages = pagesOf(root);
  const due = Date.now() < freshUntil ? 0 : Math.floor(Date.now() / 1000 / secondsOf(root));
  const page = pages.length ? due % pages.length : 0;
  const shown = new Set(pages[page] ?? []);
  for (const tile of pages.flat()) tile.hidden = !shown.has(tile);
  for (const round of all(".round", root)) round.hidden = pages.length > 0 && !round.contains([...shown][0] ?? null);
  if (mark) showPageNumber(mark, page, pages.length);
  if (page !== shownPage && shownPage !== undefined) fade(root);
  shownPage = page;
}

/**
 * @param {HTMLElement} mark
 * @param {number} page
 * @param {number} count
 */
function showPageNumber(mark, page, count) {
  const dots = Array.from({ length: count <= MANY_PAGES ? count : 0 }, (_, index) => (index === page ? "●" : "○"));
  const text = fill(mark.dataset.text, { page: page + 1, pages: count });
  mark.replaceChildren(...(count > 1 ? [make("span", { "aria-hidden": "true" }, dots.join("")), text] : []));
}

/** @param {HTMLElement} root */
function fade(root) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  root.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 500, easing: "ease-out" });
}

/** Make texts smaller (a long question, or a message below) until they fit. */
function fit() {
  for (const text of all('.show[data-shows]:not([data-shows="queue"]), .view:not(:has(.pages))')) {
    let size = 1;
    text.style.setProperty("--fit", String(size));
    while (text.scrollHeight > text.clientHeight + 1 && size > SMALLEST) {
      size -= SMALLER;
      text.style.setProperty("--fit", String(size));
    }
  }
}

function arrange() {
  fit();
  turn();
}

on("board:applied", () => {
  const ids = topicIds();
  if (knownIds.size && [...ids].some((id) => !knownIds.has(id))) freshUntil = Date.now() + FRESH_SECONDS * 1000;
  knownIds = ids;
  arrange();
});
addEventListener("resize", arrange);
document.fonts?.ready.then(arrange);

/** Show the next page at the same second as every other wall. */
function wait() {
  const left = 1000 * PAGE_SECONDS - (Date.now() % (1000 * PAGE_SECONDS));
  setTimeout(() => {
    turn();
    wait();
  }, left + 20);
}

arrange();
wait();

// The look was changed on the conductor's page, in the same browser.
try {
  new BroadcastChannel("wall").addEventListener("message", () => {
    const address = new URL(location.href);
    address.searchParams.delete("look");
    location.replace(address);
  });
} catch {
  // in an old browser, the look changes when the page is loaded again
}
