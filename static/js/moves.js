// What moves everyone to another phase (`data-moves`) never does so by one key: the first press says what the second does.
//
// the second press has twenty seconds. Any other key or click takes the first one back, and so does a page that follows the
// forum elsewhere; a key that is held down presses once, and so does a double click. Without this module, and with a mouse or
// a finger, one press is enough, where the words of the button were just read; where the same button is pressed again and
// again to tell the day (`data-moves="twice"`), never.

const PATIENCE = 20_000; // ms: who presses keys slowly must have the time
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock"];

let armed = null; // what the first press asked for
let timer;
let pressedBy = () => null;

/** A page with keys of its own says which button a key presses. */
export function useKeys(buttonOf) {
  pressedBy = buttonOf;
}

const nameOf = (button) => button && `${button.getAttribute("formaction")} ${button.value}`;

function arm(button) {
  armed = nameOf(button);
  clearTimeout(timer);
  timer = setTimeout(lapse, PATIENCE);
  show();
  const text = button.querySelector(".again").textContent.trim();
  document.dispatchEvent(new CustomEvent("say", { detail: { text, isSeen: isInSight(button) } }));
}

/** A key presses a button wherever the page is scrolled. */
function isInSight(button) {
  const { top, right, bottom, left } = button.getBoundingClientRect();
  return top >= 0 && left >= 0 && bottom <= innerHeight && right <= document.documentElement.clientWidth;
}

function lapse() {
  armed = null;
  clearTimeout(timer);
  show();
}

function show() {
  const buttons = [...document.querySelectorAll("[data-moves]")];
  if (armed && !buttons.some((button) => nameOf(button) === armed)) return lapse();
  for (const button of buttons) button.classList.toggle("is-armed", nameOf(button) === armed);
}

addEventListener("click", (event) => {
  const button = event.target.closest("[data-moves]");
  if (!button) return lapse();
  const isSecond = nameOf(button) === armed;
  const isEnough = isSecond || (event.detail === 1 && button.dataset.moves !== "twice");
  if (isEnough && event.detail < 2) return lapse();
  event.preventDefault();
  event.stopPropagation();
  if (!isSecond && event.detail < 2) arm(button);
}, true);

addEventListener("keydown", (event) => {
  if (!armed || event.repeat || MODIFIERS.includes(event.key)) return;
  const hasFocus = [" ", "Enter"].includes(event.key) ? event.target.closest?.("[data-moves]") : null;
  if (nameOf(hasFocus ?? pressedBy(event)) !== armed) lapse();
}, true);

for (const kind of ["board:applied", "facts:applied"]) document.addEventListener(kind, show);
