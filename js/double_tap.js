// Double taps on toggles: a second tap right after the first sends the same value. The answer to the first may have
// changed the button meanwhile, and a double tap is not meant to undo it.

const DOUBLE_TAP = 700; // ms between the two taps

/** @type {{ toggle: string, value: string, at: number } | undefined} */
let first;

/**
 * Return the value that this tap on a button sends.
 *
 * @param {HTMLButtonElement} button
 * @param {string} path - address to which it is sent
 * @param {number} now - in milliseconds
 */
export function valueOfTap(button, path, now = Date.now()) {
  if (!button.hasAttribute("aria-pressed")) return button.value;
  const toggle = `${path} ${button.textContent}`; // the element itself may have been replaced meanwhile
  if (first?.toggle === toggle && now - first.at < DOUBLE_TAP) return first.value;
  first = { toggle, value: button.value, at: now };
  return button.value;
}
