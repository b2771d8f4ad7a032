// The moments of the day on a page (`data-moments`): the present and the next one, their texts, and the announcements.
//
// Inside, each moment has `data-from` and `data-to` (ms since 1970). Its `data-time` becomes "now", "over" (just ended,
// and nothing else is on) or "next"; `data-state` of the one that is on is "calm", "write" (ten minutes left), "soon"
// (five), "last" (one) or "over"; a <progress> in it follows. Of the texts with `data-at-minutes`, inside a moment or
// once for all moments that have `data-calls`, the last that is due is shown, and read out when it comes.

import { all, make } from "../dom.js";
import { emit } from "../events.js";
import { MINUTE } from "./durations.js";
import { onAndNext, stateWith } from "./moments.js";

const MOST_READ_OUT = 3; // texts that stay in the log

/** @param {HTMLElement} day */
export const momentsOf = (day) =>
  all("[data-from]", day).map((element) => {
    return { element, from: Number(element.dataset.from), to: Number(element.dataset.to) };
  });

/**
 * Show the present and the next moment of the day.
 *
 * @param {HTMLElement} day
 * @param {number} at - ms since 1970
 */
export function showDay(day, at) {
  const moments = momentsOf(day);
  const { on, next } = onAndNext(moments, at);
  for (const { element } of moments) element.dataset.time = "";
  if (on) on.element.dataset.time = at < on.to ? "now" : "over";
  if (next) next.element.dataset.time = "next";
  const texts = all("[data-at-minutes]", day);
  if (on) showMoment(on, at, texts);
  else for (const text of texts) text.hidden = true;
  const slot = on?.element.dataset.slot ?? "";
  if (day.dataset.on === slot) return;
  day.dataset.on = slot;
  emit("moment:changed");
}

/** @type {Map<string, number>} */
const lastDue = new Map(); // by the end of a moment: the minutes of the text that was last due

/**
 * @param {ReturnType<typeof momentsOf>[number]} moment
 * @param {number} at
 * @param {HTMLElement[]} texts - of the day
 */
function showMoment({ element, from, to }, at, texts) {
  const left = (to - at) / MINUTE;
  element.dataset.state = stateWith(left);
  /** @type {HTMLProgressElement[]} */
  const bars = all("progress", element);
  for (const bar of bars) bar.value = (at - from) / (to - from);
  const hasCalls = "calls" in element.dataset;
  const own = texts.filter((text) => (text.closest("[data-from]") ?? (hasCalls && element)) === element);
  const due = Math.min(...own.map((text) => Number(text.dataset.atMinutes)).filter((minutes) => left <= minutes));
  for (const text of texts) text.hidden = !own.includes(text) || Number(text.dataset.atMinutes) !== due;
  const key = `${element.dataset.slot}-${to}`;
  if (lastDue.has(key) && lastDue.get(key) !== due) {
    for (const text of own) if (text.getClientRects().length) readOut(text.textContent ?? "");
  }
  lastDue.set(key, due);
}

const log = make("div", { class: "unseen", role: "log" }); // outside of the board, and there before the first text
document.body.append(log);

/** @param {string} text */
function readOut(text) {
  log.append(make("p", {}, text));
  if (log.childElementCount > MOST_READ_OUT) log.firstChild?.remove();
}
