// The present and the next moment of the day.

import { MINUTE } from "./durations.js";

/** @typedef {{ from: number, to: number }} Moment - both in ms since 1970 */

const JUST_OVER = 15 * MINUTE; // ms for which a moment is still shown after its end
const AHEAD = 12 * 60 * MINUTE; // ms; a later moment belongs to another day (forum/models/moment.py)

/** @type {[number, string][]} */
const STATES = [
  [0, "over"],
  [1, "last"],
  [5, "soon"],
  [10, "write"],
]; // by the minutes before the end from which they hold

/**
 * Find the present moment (of several, the last begun; else one that has just ended) and the next.
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
 * Return the state of a moment: "calm", "write", "soon", "last", or "over".
 *
 * @param {number} minutes - that are left
 */
export const stateWith = (minutes) => STATES.find(([from]) => minutes <= from)?.[1] ?? "calm";

/**
 * Return the milliseconds until a moment begins or ends, at most a minute.
 *
 * @param {Moment[]} moments
 * @param {number} at - ms since 1970
 */
export function untilChange(moments, at) {
  const changes = moments.flatMap(({ from, to }) => [from - at, to - at]);
  return Math.min(MINUTE, ...changes.filter((left) => left > 0));
}
