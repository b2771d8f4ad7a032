// The meanings of the keys on the conductor's page.
//
// Left and right, N and Shift+N go through the day; up, down and Space scroll, as everywhere. Digits are read by the
// position of the key, because French keyboards write & é " ' ( there without Shift.

/**
 * A press of the button with this `data-key`, or an act of the page itself.
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
// The keys of a presenter's remote.
const PAGES = /** @type {Record<string, string>} */ ({ PageDown: "next", PageUp: "previous" });
const ACTS = /** @type {Record<string, "place" | "write" | "help">} */ ({ l: "place", m: "write", "?": "help" });

/**
 * Return the meaning of a key; undefined when it has none here.
 *
 * @param {{ key: string, code: string, shiftKey: boolean }} event
 * @param {boolean} scrolls - page keys scroll, because the page is longer than the screen and there is no remote
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
