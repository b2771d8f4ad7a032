// What each key of the conductor's page is for.
//
// Left and right, N and Shift+N go through the day: up, down and Space scroll, as everywhere. Digits are read from
// where they stand, because French keyboards write & é " ' ( there without Shift.

/**
 * What a key does: press the button with this `data-key`, or something of the page itself.
 *
 * @typedef {{ press: string } | { do: "scroll" | "place" | "write" | "help" }} Meaning
 */

const PRESSES = /** @type {Record<string, string>} */ ({
  ArrowRight: "next",
  ArrowLeft: "previous",
  Backspace: "previous",
  u: "undo",
  p: "pitch",
});
// A presenter's remote sends them.
const PAGES = /** @type {Record<string, string>} */ ({ PageDown: "next", PageUp: "previous" });
const ACTS = /** @type {Record<string, "place" | "write" | "help">} */ ({ l: "place", m: "write", "?": "help" });

/**
 * The meaning of a key. Undefined: it has none here.
 *
 * @param {{ key: string, code: string, shiftKey: boolean }} event
 * @param {boolean} scrolls - page keys scroll, because there is more page than screen and no remote
 * @returns {Meaning | undefined}
 */
export function meaningOf({ key, code, shiftKey }, scrolls) {
  const letter = key.length === 1 ? key.toLowerCase() : key;
  const digit = /^Digit([0-5])$/.exec(code)?.[1] ?? /^[0-5]$/.exec(key)?.[0];
  if (letter === "n") return { press: shiftKey ? "previous" : "next" };
  if (key in PAGES) return scrolls ? { do: "scroll" } : { press: PAGES[key] };
  if (digit) return { press: digit };
  if (letter in PRESSES) return { press: PRESSES[letter] };
  if (letter in ACTS) return { do: ACTS[letter] };
}
