// One line of the operator's page: its wanted state, and its state on the server.

/** @typedef {{ title: string, name: string, convener: string }} Fields - the convener is the id of a person, or "" */
/** @typedef {"create" | "edit" | "withdraw" | "back"} Verb */

/**
 * @typedef {object} Line
 * @property {string} id - on this page
 * @property {number} at - ms since 1970, when it was typed; 0 for a line that came with the page
 * @property {Fields & { gone: boolean }} want
 * @property {Fields & { gone: boolean } | null} kept - the state on the server
 * @property {number | null} number - of the topic, once the server has it
 * @property {string} [colour]
 * @property {string} [url]
 * @property {{ number: number, title: string, url: string }[]} [alike]
 * @property {string | null} [reason] - of the server's refusal
 * @property {Fields & { what: Verb, key: string, broken?: number } | null} [step] - the verb under way
 * @property {boolean} [isSending]
 * @property {HTMLElement} [element]
 */

const FIELDS = /** @type {const} */ (["title", "name", "convener"]);

/**
 * Return the fields of a line, as text.
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
 * Return the verb that is left to do for a line; null when the server has the wanted state, or refused it.
 *
 * @param {Line} line
 * @returns {Verb | null}
 */
export function due({ reason, step, number, want, kept }) {
  if (reason) return null;
  if (step) return step.what; // it may be done already: its answer comes first
  if (!number) return want.gone ? null : "create";
  if (want.gone !== kept?.gone) return want.gone ? "withdraw" : "back";
  return want.gone || areSame(want, kept) ? null : "edit";
}

/** @param {Line} line */
export const isSettled = (line) => !line.reason && !due(line);

/**
 * Return a text on one line, with single spaces.
 *
 * @param {string} text
 */
export const clean = (text) => text.split(/\s+/).filter(Boolean).join(" ");

/**
 * Parse the lines of a pasted list, where a tab or a semicolon ends the title.
 *
 * @param {string} text
 * @returns {Fields[]}
 */
export function pastedLines(text) {
  const rows = text.split(/\r?\n/).map((row) => row.split(/[\t;]/));
  const lines = rows.map(([title, ...rest]) => ({ title: clean(title), name: clean(rest.join(" ")), convener: "" }));
  return lines.filter(({ title }) => title);
}
