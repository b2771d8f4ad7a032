// Buttons that move everyone to another phase (`data-moves-phase`). By keyboard they take two presses: the first says
// what the second does.
//
// The second press must follow within twenty seconds. Any other key or click cancels the first one, as does a page that
// no longer has the button. A key that is held down presses once, as does a double click. Without this module, or by
// mouse or finger, one press is enough, except on buttons with `data-moves-phase="twice"`, which are pressed many times
// to conduct the day.

import { all, closest, one } from "../dom.js";
import { on } from "../events.js";
import { say } from "../toast.js";

const DISARM_AFTER = 20_000; // ms; enough for those who press keys slowly
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock"];

/** @type {string | null} */
let armed = null; // the name of the button that was pressed once
/** @type {ReturnType<typeof setTimeout>} */
let timer;

/** @type {(event: KeyboardEvent) => HTMLButtonElement | null} */
let buttonOfKey = () => null;

/**
 * Set the function that maps a key of the page to its button.
 *
 * @param {typeof buttonOfKey} buttonOf
 */
export function useKeys(buttonOf) {
  buttonOfKey = buttonOf;
}

/** @param {HTMLButtonElement | null} button */
const nameOf = (button) => button && `${button.getAttribute("formaction")} ${button.value}`;

/** @returns {HTMLButtonElement[]} */
const phaseButtons = () => all("[data-moves-phase]");

/** @param {HTMLButtonElement} button */
function arm(button) {
  armed = nameOf(button);
  clearTimeout(timer);
  timer = setTimeout(disarm, DISARM_AFTER);
  draw();
  say(one(".again", button)?.textContent?.trim(), isInSight(button));
}

/**
 * Return whether a button is in sight: a key presses it at any scroll position.
 *
 * @param {HTMLButtonElement} button
 */
function isInSight(button) {
  const { top, right, bottom, left } = button.getBoundingClientRect();
  return top >= 0 && left >= 0 && bottom <= innerHeight && right <= document.documentElement.clientWidth;
}

function disarm() {
  armed = null;
  clearTimeout(timer);
  draw();
}

function draw() {
  const buttons = phaseButtons();
  if (armed && !buttons.some((button) => nameOf(button) === armed)) return disarm();
  for (const button of buttons) button.classList.toggle("is-armed", nameOf(button) === armed);
}

addEventListener(
  "click",
  (event) => {
    /** @type {HTMLButtonElement | null} */
    const button = closest(event, "[data-moves-phase]");
    if (!button) return disarm();
    const isSecond = nameOf(button) === armed;
    const isEnough = isSecond || (event.detail === 1 && button.dataset.movesPhase !== "twice");
    if (isEnough && event.detail < 2) return disarm();
    event.preventDefault();
    event.stopPropagation();
    if (!isSecond && event.detail < 2) arm(button);
  },
  true,
);

addEventListener(
  "keydown",
  (event) => {
    if (!armed || event.repeat || MODIFIERS.includes(event.key)) return;
    /** @type {HTMLButtonElement | null} */
    const focused = [" ", "Enter"].includes(event.key) ? closest(event, "[data-moves-phase]") : null;
    if (nameOf(focused ?? buttonOfKey(event)) !== armed) disarm();
  },
  true,
);

on(["board:applied", "facts:applied"], draw);
