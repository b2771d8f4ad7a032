// What is this participant's own on the board. The cards are the same for everyone, and marked here.

import { all } from "../dom.js";
import { emit } from "../events.js";

/**
 * The topics to which the participant goes, where they are, that they convene, and how they roam between groups.
 *
 * @typedef {object} Marks
 * @property {number[]} [going]
 * @property {number[]} [here]
 * @property {number[]} [mine]
 * @property {boolean} [bumblebee]
 * @property {boolean} [butterfly]
 */

const KINDS = /** @type {const} */ (["going", "here", "mine"]);

/**
 * Show on the cards and the messages of the board what is the participant's own.
 *
 * @param {HTMLElement} board
 * @param {Marks} marks
 */
export function showMarks(board, marks) {
  /** @type {Set<string | undefined>} */
  const slots = new Set();
  for (const card of all("[data-topic]", board)) {
    const topic = Number(card.dataset.topic);
    for (const kind of KINDS) {
      const isMarked = Boolean(marks[kind]?.includes(topic));
      card.classList.toggle(`is-${kind}`, isMarked);
      if (isMarked) slots.add(card.dataset.slot);
    }
    /** @type {HTMLButtonElement[]} */
    const buttons = all("[data-mark]", card);
    for (const button of buttons) press(button, card.classList.contains(`is-${button.dataset.mark}`), "yes", "no");
  }
  for (const message of all("[data-for-slot]", board)) {
    message.classList.toggle("is-mine", slots.has(message.dataset.forSlot));
  }
  /** @type {HTMLButtonElement[]} */
  const roaming = all("[data-roam]", board);
  for (const button of roaming) {
    const kind = /** @type {"bumblebee" | "butterfly"} */ (button.dataset.roam);
    press(button, Boolean(marks[kind]), kind, "");
  }
  emit("board:marked");
}

/**
 * Show a button as pressed or not; what it sends is what it would change.
 *
 * @param {HTMLButtonElement} button
 * @param {boolean} isOn
 * @param {string} value
 * @param {string} otherwise
 */
function press(button, isOn, value, otherwise) {
  button.setAttribute("aria-pressed", String(isOn));
  button.value = isOn ? otherwise : value;
}
