// One line of the operator's page: what its operator wants, and what the server has.

/** @typedef {{ title: string, name: string, convener: string }} Fields - the convener is the id of a person, or "" */
/** @typedef {"create" | "edit" | "withdraw" | "back"} Verb */

/**
 * @typedef {object} Line
 * @property {string} id - on this page
 * @property {number} at - ms since 1970, when it was typed; 0 for what came with the page
 * @property {Fields & { gone: boolean }} want
 * @property {Fields & { gone: boolean } | null} kept - what the server has
 * @property {number | null} number - of the topic, once the server has it
 * @property {string} [colour]
 * @property {string} [url]
 * @property {{ number: number, title: string, url: string }[]} [alike]
 * @property {string | null} [reason] - why the server refused it
 * @property {Fields & { what: Verb, key: string, broken?: number } | null} [step] - what is being sent
 * @property {boolean} [isSending]
 * @property {HTMLElement} [element]
 */

const FIELDS = /** @type {const} */ (["title", "name", "convener"]);

/**
 * The fields of a line, as text.
 *
 * @param {Partial<Record<keyof Fields, unknown>> | null} from
 */
export const fieldsOf = (from) =>
  /** @type {Fields} */ (Object.fromEntries(FIELDS.map((field) => [field, String(from?.[field] ?? "")])));

/**
 * @param {Fields} one
 * @param {Fields | null} other
 */
export const areSame = (one, other) => FIELDS.every((field) => one[field] === other?.[field]);

/**
 * What is left to do for a line. Null: the server has what is wanted, or it refused the line.
 *
 * @param {Line} line
 * @returns {Verb | null}
 */
export function due({ reason, step, number, want, kept }) {
  if (reason) return null;
  if (step) return step.what; // tried, and perhaps done: nothing else before its answer
  if (!number) return want.gone ? null : "create";
  if (want.gone !== kept?.gone) return want.gone ? "withdraw" : "back";
  return want.gone || areSame(want, kept) ? null : "edit";
}

/** @param {Line} line */
export const isSettled = (line) => !line.reason && !due(line);

/**
 * A text on one line, with single spaces.
 *
 * @param {string} text
 */
export const clean = (text) => text.split(/\s+/).filter(Boolean).join(" ");

/**
 * The lines in a pasted list, where a tab or a semicolon ends the title.
 *
 * @param {string} text
 * @returns {Fields[]}
 */
export function pastedLines(text) {
  const rows = text.split(/\r?\n/).map((row) => row.split(/[\t;]/));
  const lines = rows.map(([title, ...rest]) => ({ title: clean(title), name: clean(rest.join(" ")), convener: "" }));
  return lines.filter(({ title }) => title);
}
