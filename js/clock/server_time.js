// The server's time, so that countdowns agree on every screen of the room.
//
// The live board asks the server for it (js/live/connection.js).

import { emit, on } from "../events.js";

const ASK_AGAIN = 300_000; // ms after which the server is asked again: clocks drift, and laptops sleep
const RETRY = 5_000; // ms between two questions that get no answer
const GLIMPSE = 2_000; // ms by which a rough time may differ from the known one

/** @type {{ now: number, at: number } | undefined} */
let known; // the server's time, and performance.now() at that time
let askedAt = Number.NEGATIVE_INFINITY;

/** Return the server's time, in milliseconds since 1970; this browser's, until the server's is known. */
export const now = () => (known ? known.now + performance.now() - known.at : Date.now());

/** Ask the server for its time, unless it was asked a moment ago. */
export function askTime() {
  const at = performance.now();
  const isFresh = known && at - known.at < ASK_AGAIN && Number.isFinite(askedAt);
  if (at - askedAt < RETRY || isFresh) return;
  askedAt = at;
  emit("clock:asked");
}

/** Make the next `askTime` ask the server. */
export function expireTime() {
  askedAt = Number.NEGATIVE_INFINITY;
}

on("clock:set", (time) => {
  known = time;
});

// Without a socket the page is not told that the server's clock was set: it sees so in the head of any answer.
on("clock:glimpsed", (time) => {
  if (known && Math.abs(time.now - now()) > GLIMPSE) emit("clock:set", time);
});
