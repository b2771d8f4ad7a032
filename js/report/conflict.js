// Conflicts: of two texts for one field, the writer keeps one, or both.

import { make, one } from "../dom.js";
import { texts } from "./status.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/**
 * Return the open question about a field, if any.
 *
 * @param {Field} field
 */
export const conflictOf = ({ name, parentElement }) => parentElement && one(`[data-conflict="${name}"]`, parentElement);

/**
 * Show somebody else's text, and let the writer choose.
 *
 * @param {Field} field
 * @param {string} theirs
 * @param {(text: string) => void} choose
 */
export function showConflict(field, theirs, choose) {
  conflictOf(field)?.remove();
  const separator = field instanceof HTMLTextAreaElement ? "\n" : " ";
  const choices = [
    { text: texts.textKeep, chosen: () => field.value },
    { text: texts.textTake, chosen: () => theirs },
    { text: texts.textBoth, chosen: () => [theirs, field.value].join(separator) },
  ];
  const buttons = choices.map(({ text = "", chosen }) => {
    const button = make("button", { type: "button", class: "button small quiet" }, text);
    button.addEventListener("click", () => {
      const value = chosen();
      box.remove();
      choose(value);
    });
    return button;
  });
  const box = make(
    "div",
    { class: "alike stack tight", "data-conflict": field.name, role: "alert" },
    make("p", {}, make("b", {}, texts.textTheirs ?? "")),
    make("p", { class: "prose" }, theirs),
    make("div", { class: "row" }, ...buttons),
  );
  field.after(box);
}
