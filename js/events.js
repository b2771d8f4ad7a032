// The events by which our modules tell one another what happened. Their names stand here and nowhere else.

/**
 * What each event carries.
 *
 * - `board:applied`: a newer revision of the board is shown.
 * - `board:marked`: what is this participant's own is marked on the board.
 * - `facts:applied`: a page about one thing shows its facts anew.
 * - `clock:asked`: a countdown needs the server's time.
 * - `clock:set`: the server's time (ms since 1970) and when it held by performance.now().
 * - `moment:changed`: another moment of the day is on.
 * - `forms:shown`: forms came with a part of the page.
 * - `text:shown`: a text area shows what others wrote.
 * - `album:changed`: the version of a report's photos on the server.
 *
 * @typedef {{
 *   "board:applied": undefined,
 *   "board:marked": undefined,
 *   "facts:applied": undefined,
 *   "clock:asked": undefined,
 *   "clock:set": { now: number, at: number },
 *   "moment:changed": undefined,
 *   "forms:shown": HTMLElement,
 *   "text:shown": HTMLTextAreaElement,
 *   "album:changed": string,
 * }} Events
 */

/**
 * Tell everyone who listens that this happened.
 *
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name] extends undefined ? [] : [Events[Name]]} detail
 */
export function emit(name, ...detail) {
  document.dispatchEvent(new CustomEvent(name, { detail: detail[0] }));
}

/**
 * Call the listener each time that one of these events happens.
 *
 * @template {keyof Events} Name
 * @param {Name | Name[]} names
 * @param {(detail: Events[Name]) => void} listener
 */
export function on(names, listener) {
  for (const name of [names].flat()) {
    document.addEventListener(name, (event) => listener(/** @type {CustomEvent<Events[Name]>} */ (event).detail));
  }
}
