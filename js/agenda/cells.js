// The verbs of putting a card into a cell of the agenda, the same for dragging and for the menu.

import { act } from "../desk/act.js";
import { byId, one } from "../dom.js";
import { fill } from "../text.js";

export const board = byId("board", HTMLElement);
export const menu = byId("menu", HTMLDialogElement);
export const texts = menu.dataset;

/**
 * Return the other group in a cell; null when it is free, or "elsewhere", where any number of groups meet.
 *
 * @param {HTMLElement} cell
 * @param {HTMLElement} card
 */
export function occupantOf(cell, card) {
  if (isElsewhere(cell)) return null;
  return /** @type {HTMLElement[]} */ (Array.from(cell.children)).find((other) => other !== card) ?? null;
}

/** @param {HTMLElement} cell */
export const isElsewhere = (cell) => cell.id.endsWith("-elsewhere");

/**
 * Describe in words what putting a card into a cell would do.
 *
 * @param {HTMLElement} cell
 * @param {HTMLElement} card
 */
export function meaningOf(cell, card) {
  if (cell.id === "unplaced") return texts.textUnplace ?? "";
  const other = occupantOf(cell, card);
  if (!other) return texts.textHere ?? "";
  return fill(card.closest(".unplaced") ? texts.textTake : texts.textSwap, { number: other.dataset.number });
}

/**
 * Put a card into a cell. Returns whether it is there.
 *
 * @param {HTMLElement} card
 * @param {HTMLElement} cell
 * @param {string} [elsewhere] - the place in words, for a cell without a place of the list
 */
export async function put(card, cell, elsewhere = card.dataset.elsewhere ?? "") {
  if (cell.id === "unplaced") return cell.contains(card) || sendBusy(card, "unplace");
  const other = occupantOf(cell, card);
  if (other) return sendBusy(card, "swap", { with: other.dataset.number ?? "" });
  return sendBusy(card, "place", { cell: cell.id.replace("list-cell-", ""), elsewhere });
}

/**
 * Send a verb about a topic to the same address as the button on the topic's own page.
 *
 * @param {HTMLElement} card
 * @param {string} verb
 * @param {Record<string, string>} [fields]
 */
export const send = (card, verb, fields = {}) =>
  act(`${one("a[data-panel]", card)?.getAttribute("href")}${verb}/`, fields);

/**
 * @param {HTMLElement} card
 * @param {string} verb
 * @param {Record<string, string>} [fields]
 */
async function sendBusy(card, verb, fields) {
  card.classList.add("is-busy");
  const isDone = await send(card, verb, fields);
  document.getElementById(card.id)?.classList.remove("is-busy"); // the card may have been replaced
  return isDone;
}
