// Durations as texts.

import { twoDigits } from "../text.js";

export const MINUTE = 60_000; // ms

/**
 * Format the time left as 4:05, or 1:04:05; never below zero.
 *
 * @param {number} milliseconds
 */
export function inSeconds(milliseconds) {
  const left = Math.max(0, Math.ceil(milliseconds / 1000));
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours ? `${hours}:${twoDigits(minutes)}:${twoDigits(seconds)}` : `${minutes}:${twoDigits(seconds)}`;
}

/**
 * Format the time left as 12 min, or 1 h 05; never below zero.
 *
 * @param {number} milliseconds
 */
export function inMinutes(milliseconds) {
  const minutes = Math.max(0, Math.ceil(milliseconds / MINUTE));
  return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h\u00a0${twoDigits(minutes % 60)}`;
}
