// Countdowns, and other elements that depend on the time of day, on every page with a board.
//
// An element with `data-until` (its end: ms since 1970, or a date as ISO 8601) shows the time left as m:ss; with
// `data-in="minutes"` as hours and minutes. Its `data-state` becomes "soon" when `data-soon` seconds are left (60
// otherwise), and "over" at the end; `data-over` is then shown in place of 0:00. An element with `data-hides-at` goes
// at that time. For the moments of the day, see day.js.

import { all } from "../dom.js";
import { on } from "../events.js";
import { momentsOf, showDay } from "./day.js";
import { inMinutes, inSeconds, MINUTE } from "./durations.js";
import { untilChange } from "./moments.js";
import { askTime, expireTime, now } from "./server_time.js";

/** @type {ReturnType<typeof setTimeout>} */
let timer;

/** Update everything that depends on the time, then wait until the next change. */
function tick() {
  clearTimeout(timer);
  const [days, passing] = [all("[data-moments]"), all("[data-hides-at]")];
  for (const element of passing) element.hidden = Number(element.dataset.hidesAt) <= now();
  for (const day of days) showDay(day, now());
  const countdowns = all("[data-until]").filter((element) => element.getClientRects().length);
  if (!countdowns.length && !days.length && !passing.length) return;
  askTime();
  timer = setTimeout(tick, Math.min(...countdowns.map(showCountdown), untilNext(countdowns, days)) + 5);
}

/**
 * Return the longest wait, in ms: a second beside a countdown of seconds; else to the end of the minute or the moment.
 *
 * @param {HTMLElement[]} countdowns
 * @param {HTMLElement[]} days
 */
const untilNext = (countdowns, days) =>
  countdowns.every(isInMinutes) ? untilChange(days.flatMap(momentsOf), now()) : 1000;

/** @param {HTMLElement} element */
const isInMinutes = ({ dataset }) => dataset.in === "minutes";

/**
 * Show the time left. Returns the milliseconds after which it changes.
 *
 * @param {HTMLElement} element
 */
function showCountdown(element) {
  const { until = "", soon = 60, over } = element.dataset;
  const left = (Number(until) || Date.parse(until)) - now();
  const state = left <= 0 ? "over" : left <= Number(soon) * 1000 ? "soon" : "";
  const text = state === "over" && over ? over : isInMinutes(element) ? inMinutes(left) : inSeconds(left);
  if (element.textContent !== text) element.textContent = text;
  element.dataset.state = state;
  const unit = isInMinutes(element) ? MINUTE : 1000;
  return left > 0 ? left % unit || 1000 : MINUTE;
}

on(["board:applied", "facts:applied", "clock:set"], tick);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return;
  expireTime(); // the device may have slept for an hour
  tick();
});
tick();
