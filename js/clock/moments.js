// Which moment of the day is on, and which comes next.

import { MINUTE } from "./durations.js";

/** @typedef {{ from: number, to: number }} Moment - both in ms since 1970 */

const JUST_OVER = 15 * MINUTE; // after which what ended is no longer told of
const AHEAD = 12 * 60 * MINUTE; // what begins later than that is for another day (sessions/models/moment.py)

/** @type {[number, string][]} */
const STATES = [
  [0, "over"],
  [1, "last"],
  [5, "soon"],
  [10, "write"],
]; // from so many minutes before the end on

/**
 * Of moments that overlap, the one that began last is on; for a while after its end it still is, if nothing else is.
 *
 * @template {Moment} Type
 * @param {Type[]} moments
 * @param {number} at - ms since 1970
 */
export function onAndNext(moments, at) {
  const inOrder = [...moments].sort((one, other) => one.from - other.from);
  const lastFirst = inOrder.filter(({ from }) => from <= at).reverse();
  const on = lastFirst.find(({ to }) => at < to) ?? lastFirst.find(({ to }) => at < to + JUST_OVER);
  const next = inOrder.find(({ from }) => at < from && from <= at + AHEAD);
  return { on, next };
}

/**
 * What a moment asks of those who are in it: "calm", "write", "soon", "last", or "over".
 *
 * @param {number} minutes - that are left
 */
export const stateWith = (minutes) => STATES.find(([from]) => minutes <= from)?.[1] ?? "calm";

/**
 * Milliseconds until a moment begins or ends, at most a minute.
 *
 * @param {Moment[]} moments
 * @param {number} at - ms since 1970
 */
export function untilChange(moments, at) {
  const changes = moments.flatMap(({ from, to }) => [from - at, to - at]);
  return Math.min(MINUTE, ...changes.filter((left) => left > 0));
}
