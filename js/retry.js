// Pauses between attempts. They grow, and are random, so that phones do not all return to a server at once.

/**
 * Return a random pause around this one.
 *
 * @param {number} pause - in milliseconds
 * @param {number} [spread] - 0.5 gives 50 to 150 % of the pause
 */
export const jittered = (pause, spread = 0.5) => pause * (1 - spread + 2 * spread * Math.random());

/** @param {number} pause - in milliseconds */
export const sleep = (pause) => new Promise((resolve) => setTimeout(resolve, pause));

/** Pauses after failures in a row: each twice as long as the last, up to the longest. */
export class Backoff {
  /**
   * @param {number} first - in milliseconds
   * @param {number} longest - in milliseconds
   */
  constructor(first, longest) {
    this.first = first;
    this.longest = longest;
    this.failures = 0;
  }

  /** Count a failure. Returns the milliseconds to wait before the next attempt. */
  fail() {
    this.failures += 1;
    return jittered(Math.min(this.longest, this.first * 2 ** (this.failures - 1)));
  }

  /** Note a success: the next pause is the first again. */
  reset() {
    this.failures = 0;
  }
}
