// Text typed here and not saved on the server: one part of it is under way, the rest waits.

import { mergeUpdates } from "./yjs.js";

export class Outbox {
  constructor() {
    /** @type {Uint8Array | null} */
    this.waiting = null; // not sent so far
    /** @type {Uint8Array | null} */
    this.flight = null; // sent, without an answer so far
    this.isDirty = false; // something typed here is not on the server's disk
  }

  /**
   * Add what was typed.
   *
   * @param {Uint8Array} update
   */
  add(update) {
    this.waiting = this.waiting ? mergeUpdates([this.waiting, update]) : update;
    this.isDirty = true;
  }

  /**
   * Replace the waiting text by all that the server lacks.
   *
   * @param {Uint8Array} update
   */
  replace(update) {
    this.waiting = update;
    this.isDirty = true;
  }

  /** Return the waiting text, to send it; null when there is none, or when some is under way. */
  take() {
    if (this.flight || !this.waiting) return null;
    [this.flight, this.waiting] = [this.waiting, null];
    return this.flight;
  }

  /** Note that the server saved what was under way. */
  confirm() {
    this.flight = null;
  }

  /** Let what was under way wait again: it may not have arrived. */
  takeBack() {
    if (this.flight) this.waiting = this.waiting ? mergeUpdates([this.flight, this.waiting]) : this.flight;
    this.flight = null;
  }
}
