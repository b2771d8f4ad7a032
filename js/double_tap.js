// Toggles: a second tap right after the first sends what the first sent. In between, the answer to the first may have
// turned the button over, and who taps twice does not want to take back what the first tap said.

const DOUBLE_TAP = 700; // ms

/** @type {{ toggle: string, value: string, at: number } | undefined} */
let first;

/**
 * Return the value that this tap on a button sends.
 *
 * @param {HTMLButtonElement} button
 * @param {string} path address to which it is sent
 * @param {number} now ms
 */
export function valueOfTap(button, path, now = Date.now()) {
  if (!button.hasAttribute("aria-pressed")) return button.value;
  const toggle = `${path} ${button.textContent}`; // the element itself may have been replaced meanwhile
  if (first?.toggle === toggle && now - first.at < DOUBLE_TAP) return first.value;
  first = { toggle, value: button.value, at: now };
  return button.value;
}
