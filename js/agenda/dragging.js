// Dragging a topic into a cell of the agenda, by mouse, finger or pen.

import { all, closest } from "../dom.js";
import { board, meaningOf, put } from "./cells.js";
import { scrollNear } from "./edges.js";

const SLACK = 6; // px that a pressed mouse may move before it drags
const HOLD = 350; // ms that a finger rests on a card before it drags; a shorter touch scrolls

/**
 * The pressed card; it has a ghost while it is dragged, and a target while a cell is under the pointer.
 *
 * @typedef {object} Drag
 * @property {string} card - its id: the element may be replaced meanwhile
 * @property {number} pointer
 * @property {boolean} isTouch
 * @property {{ x: number, y: number }} from
 * @property {number} x
 * @property {number} y
 * @property {ReturnType<typeof setTimeout>} [timer]
 * @property {HTMLElement} [ghost]
 * @property {HTMLElement | null} [target]
 */

/** @type {Drag | null} */
let drag = null;
let hasJustEnded = false; // then the click at the end of the drag is ignored

const heldCard = () => drag && document.getElementById(drag.card);

board.addEventListener("pointerdown", (event) => {
  const card = closest(event, "#agenda [data-topic]");
  if (drag || event.button || !event.isPrimary || !card?.querySelector("[data-menu]") || closest(event, "button"))
    return;
  const [x, y, isTouch] = [event.clientX, event.clientY, event.pointerType === "touch"];
  drag = { card: card.id, pointer: event.pointerId, isTouch, from: { x, y }, x, y };
  if (isTouch) drag.timer = setTimeout(lift, HOLD);
});

document.addEventListener("pointermove", (event) => {
  if (drag?.pointer !== event.pointerId) return;
  [drag.x, drag.y] = [event.clientX, event.clientY];
  if (drag.ghost || Math.hypot(drag.x - drag.from.x, drag.y - drag.from.y) < SLACK) return;
  if (drag.isTouch) release();
  else lift();
});

function lift() {
  const card = heldCard();
  if (!drag || !card) return release();
  const { left, top, width } = card.getBoundingClientRect();
  const ghost = ghostOf(card, width);
  const [dx, dy] = [drag.from.x - left, Math.min(drag.from.y - top, 60)];
  drag.ghost = ghost;
  document.body.append(ghost);
  document.body.classList.add("is-dragging");
  board.setPointerCapture(drag.pointer); // somebody else may move the card meanwhile
  requestAnimationFrame(() => follow(ghost, dx, dy));
}

/**
 * @param {HTMLElement} card
 * @param {number} width
 */
function ghostOf(card, width) {
  const ghost = /** @type {HTMLElement} */ (card.cloneNode(true));
  for (const part of [ghost, ...all("[id]", ghost)]) part.removeAttribute("id");
  ghost.classList.add("ghost");
  ghost.inert = true;
  ghost.style.inlineSize = `${width}px`;
  return ghost;
}

/**
 * Follow the pointer at each frame, since a card and its cells may be replaced under it.
 *
 * @param {HTMLElement} ghost
 * @param {number} dx
 * @param {number} dy
 */
function follow(ghost, dx, dy) {
  if (drag?.ghost !== ghost) return;
  const { x, y } = drag;
  ghost.style.transform = `translate(${x - dx}px, ${y - dy}px)`;
  heldCard()?.classList.add("is-dragged");
  scrollNear(x, y);
  aim(ghost, closest({ target: document.elementFromPoint(x, y) }, "#agenda .cell, #unplaced"));
  requestAnimationFrame(() => follow(ghost, dx, dy));
}

/**
 * @param {HTMLElement} ghost
 * @param {HTMLElement | null} cell
 */
function aim(ghost, cell) {
  const card = heldCard();
  const target = card && cell && !cell.contains(card) ? cell : null;
  for (const other of all(".is-target", board)) if (other !== target) other.classList.remove("is-target");
  if (drag) drag.target = target;
  if (!card || !target) return ghost.removeAttribute("data-hint");
  ghost.dataset.hint = meaningOf(target, card);
  target.classList.add("is-target");
}

function release() {
  clearTimeout(drag?.timer);
  drag?.ghost?.remove();
  document.body.classList.remove("is-dragging");
  for (const trace of all(".is-target, .is-dragged", board)) trace.classList.remove("is-target", "is-dragged");
  drag = null;
}

document.addEventListener("pointerup", (event) => {
  if (drag?.pointer !== event.pointerId) return;
  const [card, target] = [heldCard(), drag.target];
  hasJustEnded = Boolean(drag.ghost);
  release();
  if (card && target) put(card, target);
});
document.addEventListener("pointercancel", (event) => drag?.pointer === event.pointerId && release());
addEventListener("blur", release);
addEventListener(
  "keydown",
  (event) => {
    if (event.key !== "Escape" || !drag) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    hasJustEnded = true;
    release();
  },
  true,
);
addEventListener(
  "pointerdown",
  () => {
    hasJustEnded = false;
  },
  true,
);
board.addEventListener(
  "click",
  (event) => {
    if (!hasJustEnded || !event.detail) return; // without detail, the keyboard pressed it
    hasJustEnded = false;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
board.addEventListener("dragstart", (event) => closest(event, "[data-topic]") && event.preventDefault());
board.addEventListener("contextmenu", (event) => drag?.isTouch && event.preventDefault());
board.addEventListener("touchmove", (event) => drag?.ghost && event.cancelable && event.preventDefault(), {
  passive: false,
});
