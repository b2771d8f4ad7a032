// Polls over HTTP while sockets fail.

import { jittered } from "../retry.js";

export const POLL_INTERVAL = 4_000; // ms between two polls, 75 to 125 % of it
export const RETRY_INTERVAL = 2_000; // the same after a poll that got no answer, so that the page soon notices that the server is back

export class Polling {
  /** @param {() => Promise<boolean>} poll - returns whether the server answered */
  constructor(poll) {
    this.poll = poll;
    this.isOn = false;
    this.isUnderWay = false;
    this.isDueAgain = false; // something happened since the poll that is under way began
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  start() {
    if (this.isOn) return;
    this.isOn = true;
    this.now();
  }

  stop() {
    this.isOn = false;
    clearTimeout(this.timer);
  }

  /** Poll at once, or once more after the poll that is under way. */
  async now() {
    this.isDueAgain = this.isUnderWay;
    if (this.isUnderWay) return;
    clearTimeout(this.timer);
    this.isUnderWay = true;
    let isAnswered = false;
    do {
      this.isDueAgain = false;
      isAnswered = await this.poll();
    } while (this.isDueAgain);
    this.isUnderWay = false;
    const interval = isAnswered ? POLL_INTERVAL : RETRY_INTERVAL;
    if (this.isOn) this.timer = setTimeout(() => this.now(), jittered(interval, 0.25));
  }
}
