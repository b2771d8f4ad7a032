// The operator's page in this browser's storage: lines that the server does not have, and the half-typed fields.

import { keysOf, load, remove, save } from "../storage.js";
import { OPERATOR } from "../unsaved.js";
import { isSettled } from "./line.js";
import { texts } from "./page.js";

/** @import { Fields, Line } from "./line.js" */

const LINE = `${OPERATOR}${texts.code}:line:`;
const DRAFT = `${OPERATOR}${texts.code}:draft`;

/** @typedef {{ typed: Fields, edited: string | null, aside: Fields | null }} Draft */

/** @param {Line} line */
export function storeLine(line) {
  const { element, isSending, ...facts } = line;
  if (isSettled(line)) remove(LINE + line.id);
  else save(LINE + line.id, facts);
}

/**
 * Return the stored lines, in the order in which they were typed.
 *
 * @returns {Line[]}
 */
export const storedLines = () =>
  keysOf(LINE)
    .map(load)
    .filter(Boolean)
    .sort((one, other) => one.at - other.at);

/** @param {Draft} draft */
export const storeDraft = (draft) => save(DRAFT, draft);

/** @returns {Draft | null} */
export const storedDraft = () => load(DRAFT);
