// The state of saving: one sentence for the whole page, from the part with the worst state.

import { byId } from "../dom.js";
import { fill, twoDigits } from "../text.js";

const WORST_FIRST = /** @type {const} */ (["refused", "open", "waiting", "asking", "saving", "saved"]);
const PROBLEMS = ["refused", "open", "waiting", "asking"];

/** @typedef {typeof WORST_FIRST[number]} State */

const line = byId("saving", HTMLElement);
export const texts = line.dataset;

/** @type {Map<unknown, State>} */
const states = new Map(); // by the parts of the page that are saved automatically

/**
 * Return the worst of several states.
 *
 * @param {State[]} given
 */
const worstOf = (given) => WORST_FIRST.find((state) => given.includes(state));

/**
 * Set the state of a part of the page, and show the worst.
 *
 * @param {unknown} part
 * @param {State} state
 */
export function setState(part, state) {
  states.set(part, state);
  const worst = worstOf([...states.values()]);
  const now = new Date();
  const text = worst && texts[`text${worst[0].toUpperCase()}${worst.slice(1)}`];
  line.textContent = fill(text, { hours: now.getHours(), minutes: twoDigits(now.getMinutes()) });
  line.classList.toggle("problem", PROBLEMS.includes(worst ?? ""));
}

/**
 * Forget a part of the page that is gone.
 *
 * @param {unknown} part
 */
export const forgetState = (part) => states.delete(part);

export const isAllSaved = () => [...states.values()].every((state) => state === "saved");
