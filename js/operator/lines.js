// The lines on the page, each with its state.

import { make, one } from "../dom.js";
import { fill } from "../text.js";
import { due, isSettled } from "./line.js";
import { blankLine, list, network, texts, title } from "./page.js";
import { storeLine } from "./stored.js";

/** @import { Line } from "./line.js" */

/** @type {Line[]} */
export const lines = []; // in the order of the page

export const state = {
  /** @type {Line | null} */
  edited: null, // the line that is being corrected
  isAway: false, // the last attempt got no answer
  isStranger: false, // the last answer said that this browser may not add topics
};

/** @param {Line} line */
export function addLine(line) {
  lines.push(line);
  line.element = /** @type {HTMLElement} */ (blankLine.cloneNode(true));
  line.element.dataset.line = line.id;
  list.append(line.element);
  showLine(line);
}

/**
 * Show a line, and store it unless the server has it.
 *
 * @param {Line} line
 */
export function keepLine(line) {
  storeLine(line);
  showLine(line);
}

/**
 * Give the focus to a line; below the last line, to the field for a new one.
 *
 * @param {number} index
 */
export function focusLine(index) {
  (lines[index]?.element ?? title).focus();
}

/** @param {Line} line */
export function stateOf(line) {
  if (line.reason) return "refused";
  if (line.isSending) return state.isAway ? "away" : "sending";
  if (due(line)) return state.isAway ? "away" : "waits";
  return line.want.gone ? "gone" : "kept";
}

/** @param {Line} line */
export const sentenceOf = (line) => fill(texts[stateOf(line)], { n: line.number, reason: line.reason });

/** @param {Line} line */
export function showLine(line) {
  const { element, want } = line;
  if (!element) return;
  element.dataset.state = stateOf(line);
  element.className = `line${line.colour ? ` c${line.colour}` : ""}`;
  element.classList.toggle("is-gone", want.gone);
  element.classList.toggle("is-edited", line === state.edited);
  const parts = {
    number: line.number ?? "",
    title: want.title,
    who: want.name || texts.request,
    state: sentenceOf(line),
  };
  for (const [name, text] of Object.entries(parts)) {
    const part = one(`[data-part="${name}"]`, element);
    if (part) part.textContent = String(text);
  }
  showAlike(line, one('[data-part="alike"]', element));
  showNetwork();
}

/**
 * Name a topic that resembles the line.
 *
 * @param {Line} line
 * @param {HTMLElement | null} place
 */
function showAlike({ alike: [other] = [], want }, place) {
  if (!place) return;
  place.hidden = !other || want.gone;
  if (place.hidden) return;
  const tab = make("span", { class: "unseen" }, ` ${texts.tab}`);
  const link = make("a", { href: other.url, target: "_blank", rel: "noopener" }, other.title, tab);
  place.replaceChildren(`${fill(texts.alike, { n: other.number })} `, link);
}

/** Show whether the server has everything. */
export function showNetwork() {
  const { all = "", one: single = "", many, stranger = "" } = network.dataset;
  const left = lines.filter((line) => !isSettled(line)).length;
  const count = !left ? all : left === 1 ? single : fill(many, { n: left });
  const text = state.isStranger ? stranger : count;
  const isLate = left && (state.isAway || state.isStranger || lines.some(({ reason }) => reason));
  network.dataset.state = isLate ? "late" : "";
  if (network.textContent !== text) network.textContent = text;
}
