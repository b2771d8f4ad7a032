// What was typed here and is not saved on the server: one part of it is under way, the rest waits.

import { mergeUpdates } from "./yjs.js";

export class Outbox {
  constructor() {
    /** @type {Uint8Array | null} */
    this.waiting = null; // not sent yet
    /** @type {Uint8Array | null} */
    this.flight = null; // sent, and not answered yet
    this.isDirty = false; // something typed here is not on the server's disk
  }

  /**
   * Something was typed.
   *
   * @param {Uint8Array} update
   */
  add(update) {
    this.waiting = this.waiting ? mergeUpdates([this.waiting, update]) : update;
    this.isDirty = true;
  }

  /**
   * This is all that the server lacks.
   *
   * @param {Uint8Array} update
   */
  replace(update) {
    this.waiting = update;
    this.isDirty = true;
  }

  /** Take what waits, to send it. Null: there is nothing, or something is under way. */
  take() {
    if (this.flight || !this.waiting) return null;
    [this.flight, this.waiting] = [this.waiting, null];
    return this.flight;
  }

  /** The server saved what was under way. */
  confirm() {
    this.flight = null;
  }

  /** What was under way is not known to have arrived: it waits again. */
  takeBack() {
    if (this.flight) this.waiting = this.waiting ? mergeUpdates([this.flight, this.waiting]) : this.flight;
    this.flight = null;
  }
}
