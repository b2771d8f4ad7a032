// Scrolling near the edges of the agenda while a card is dragged.

import { all, byId } from "../dom.js";
import { board } from "./cells.js";

const EDGE = 56; // px from the edges within which the agenda scrolls; at most a fifth of its size
const FAST = 18; // px a frame, at most

/**
 * Return the pixels to scroll by for a pointer between two edges: more near an edge, none in the middle.
 *
 * @param {number} at
 * @param {number} low
 * @param {number} high
 */
function speed(at, low, high) {
  const edge = Math.min(EDGE, (high - low) / 5);
  const inside = Math.min(at - low, high - at);
  if (inside >= edge) return 0;
  return Math.min(FAST, (edge - inside) / 3) * (at - low < high - at ? -1 : 1);
}

/**
 * Scroll the agenda or the deck under the pointer, and the page.
 *
 * @param {number} x
 * @param {number} y
 */
export function scrollNear(x, y) {
  for (const box of all("#agenda > .scroll, #unplaced > .cards", board)) {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    if (x < left || x > right || y < top || y > bottom) continue;
    const head = /** @type {HTMLElement | null} */ (box.querySelector("thead"))?.offsetHeight ?? 0;
    const side = /** @type {HTMLElement | null} */ (box.querySelector("tbody th"))?.offsetWidth ?? 0;
    const [across, down] = [speed(x, left + side, right), speed(y, top + head, Math.min(bottom, innerHeight))];
    box.scrollBy({ left: across, top: down, behavior: "instant" });
  }
  const page = document.body.classList.contains("is-whole") ? byId("agenda", HTMLElement) : window;
  page.scrollBy({ top: speed(y, 0, innerHeight), behavior: "instant" });
}
