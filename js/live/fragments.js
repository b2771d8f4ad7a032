// The fragments of a board, put into their lists in order. Elements that stay keep the focus and the scroll position.

import { all, byId } from "../dom.js";

const board = byId("board", HTMLElement);

/** @type {Set<string>} */
let firstIds = new Set(); // of the cards that this page shows before the others of their list

/**
 * Replace the whole board.
 *
 * @param {string} html
 */
export function replaceBoard(html) {
  Idiomorph.morph(board, html, { morphStyle: "innerHTML" });
  sortLists();
}

/**
 * Put fragments on the board.
 *
 * @param {string} html
 */
export function placeFragments(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const fragment of Array.from(template.content.children)) place(/** @type {HTMLElement} */ (fragment));
}

/** @param {HTMLElement} fragment */
function place(fragment) {
  const shown = document.getElementById(fragment.id);
  if (fragment.hasAttribute("data-gone")) return shown?.remove();
  const { in: name } = fragment.dataset;
  const list = name ? document.getElementById(`list-${name}`) : null;
  if (list) return placeIn(list, shown ? morph(shown, fragment) : announce(fragment));
  if (name)
    shown?.remove(); // its list is not on this page
  else if (shown) morph(shown, fragment);
}

/**
 * @param {HTMLElement} shown
 * @param {HTMLElement} fragment
 */
function morph(shown, fragment) {
  Idiomorph.morph(shown, fragment, { morphStyle: "outerHTML" });
  return /** @type {HTMLElement} */ (document.getElementById(fragment.id));
}

/** @param {HTMLElement} fragment */
function announce(fragment) {
  fragment.classList.add("is-new");
  return fragment;
}

/**
 * @param {HTMLElement} list
 * @param {HTMLElement} card
 */
function placeIn(list, card) {
  const order = orderOf(card);
  const others = Array.from(list.children).filter((other) => other !== card);
  const next = others.find((other) => orderOf(other) > order) ?? null;
  if (card.parentNode === list && card.nextElementSibling === next) return;
  const focused = focusWithin(card);
  list.insertBefore(card, next);
  focused?.focus({ preventScroll: true });
}

/** @param {Element} card */
const orderOf = (card) => (firstIds.has(card.id) ? "" : "~") + /** @type {HTMLElement} */ (card).dataset.order;

/**
 * Return the element inside that has the focus, if any.
 *
 * @param {HTMLElement} element
 */
function focusWithin(element) {
  const { activeElement } = document;
  return activeElement instanceof HTMLElement && element.contains(activeElement) ? activeElement : null;
}

/**
 * Show these cards before the others of their lists.
 *
 * @param {Set<string>} ids
 */
export function showFirst(ids) {
  firstIds = ids;
  sortLists();
}

function sortLists() {
  const focused = focusWithin(board);
  for (const list of firstIds.size ? all("[data-list]", board) : []) {
    const sorted = Array.from(list.children).sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
    sorted.forEach((card, index) => {
      if (card !== list.children[index]) list.insertBefore(card, list.children[index]);
    });
  }
  focused?.focus({ preventScroll: true });
}
