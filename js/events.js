// The events between the modules of the pages.

/**
 * Details of each event, by its name.
 *
 * - `board:applied`: a newer revision of the board is shown.
 * - `board:marked`: the participant's own topics are marked on the board.
 * - `facts:applied`: a page about one thing shows newer facts.
 * - `clock:asked`: a countdown needs the server's time.
 * - `clock:glimpsed`: the same as `clock:set`, in whole seconds.
 * - `clock:set`: the server's time (ms since 1970), and performance.now() at that time.
 * - `moment:changed`: another moment of the day began.
 * - `forms:shown`: forms came with a part of the page.
 * - `text:shown`: a text area shows what others wrote.
 * - `album:changed`: the version of a report's photos on the server.
 *
 * @typedef {{
 *   "board:applied": undefined,
 *   "board:marked": undefined,
 *   "facts:applied": undefined,
 *   "clock:asked": undefined,
 *   "clock:glimpsed": { now: number, at: number },
 *   "clock:set": { now: number, at: number },
 *   "moment:changed": undefined,
 *   "forms:shown": HTMLElement,
 *   "text:shown": HTMLTextAreaElement,
 *   "album:changed": string,
 * }} Events
 */

/**
 * Dispatch an event.
 *
 * @template {keyof Events} Name
 * @param {Name} name
 * @param {Events[Name] extends undefined ? [] : [Events[Name]]} detail
 */
export function emit(name, ...detail) {
  document.dispatchEvent(new CustomEvent(name, { detail: detail[0] }));
}

/**
 * Call the listener at each of these events.
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
