// Buttons that move everyone to another phase (`data-moves-phase`) never do so by one key: the first press says what
// the second does.
//
// The second press has twenty seconds. Any other key or click takes the first one back, and so does a page that follows
// the forum elsewhere; a key that is held down presses once, and so does a double click. Without this module, and with
// a mouse or a finger, one press is enough, where the words of the button were just read; where the same button is
// pressed again and again to conduct the day (`data-moves-phase="twice"`), never.

import { all, closest, one } from "../dom.js";
import { on } from "../events.js";
import { say } from "../toast.js";

const PATIENCE = 20_000; // ms: those who press keys slowly must have the time
const MODIFIERS = ["Shift", "Control", "Alt", "Meta", "AltGraph", "CapsLock", "NumLock"];

/** @type {string | null} */
let armed = null; // the name of the button that the first press was on
/** @type {ReturnType<typeof setTimeout>} */
let timer;

/** @type {(event: KeyboardEvent) => HTMLButtonElement | null} */
let buttonOfKey = () => null;

/**
 * Let a page with keys of its own say which button a key presses.
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
  timer = setTimeout(disarm, PATIENCE);
  draw();
  say(one(".again", button)?.textContent?.trim(), isInSight(button));
}

/**
 * Whether a button is in sight: a key presses it wherever the page is scrolled.
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
