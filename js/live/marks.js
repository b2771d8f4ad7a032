// Marks of the participant's own topics on the board: the server sends the same cards to everyone.

import { all } from "../dom.js";
import { emit } from "../events.js";

/**
 * The topics that the participant goes to, is at, and convenes, whether they move between groups, and who acts for them.
 *
 * @typedef {object} Marks
 * @property {number[]} [going]
 * @property {number[]} [here]
 * @property {number[]} [mine]
 * @property {boolean} [bumblebee]
 * @property {boolean} [butterfly]
 * @property {number[]} [waiting] - something that they sent waits for the facilitators
 * @property {number[]} [access] - a facilitator gave a code for a device of theirs
 * @property {number[]} [accessed] - a device came with it
 */

const KINDS = /** @type {const} */ (["going", "here", "mine"]);

/**
 * Mark the participant's own cards and messages on the board.
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
  for (const notice of all("[data-notice]")) notice.hidden = !marks[/** @type {keyof Marks} */ (notice.dataset.notice)];
  emit("board:marked");
}

/**
 * Show a button as pressed or not, and set the value that it sends to the opposite.
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
