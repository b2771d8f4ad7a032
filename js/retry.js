// Pauses between attempts: they grow, and differ between phones, so that a server that comes back is not stormed.

/**
 * A pause that differs each time by at most this part of itself.
 *
 * @param {number} pause - in milliseconds
 * @param {number} [spread] - 0.5 gives 50 to 150 % of the pause
 */
export const jittered = (pause, spread = 0.5) => pause * (1 - spread + 2 * spread * Math.random());

/** @param {number} pause - in milliseconds */
export const sleep = (pause) => new Promise((resolve) => setTimeout(resolve, pause));

/** The pauses after one failure and the next: each twice as long as the one before, up to a longest one. */
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

  /** Something worked: the next failure is the first one again. */
  reset() {
    this.failures = 0;
  }
}
