// Looking again and again over HTTP while sockets fail.

import { jittered } from "../retry.js";

export const POLL = 4_000; // ms between two looks, 75 to 125 % of it

export class Polling {
  /** @param {() => Promise<void>} look */
  constructor(look) {
    this.look = look;
    this.isOn = false;
    this.isLooking = false;
    this.looksAgain = false; // something happened since the look that is under way began
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

  /** Look at once, or once more after the look that is under way. */
  async now() {
    this.looksAgain = this.isLooking;
    if (this.isLooking) return;
    clearTimeout(this.timer);
    this.isLooking = true;
    do {
      this.looksAgain = false;
      await this.look();
    } while (this.looksAgain);
    this.isLooking = false;
    if (this.isOn) this.timer = setTimeout(() => this.now(), jittered(POLL, 0.25));
  }
}
