// The exchange with the server about a report's shared texts, on a socket or over HTTP.
//
// Typed text is sent one message at a time, and counts as saved when the server says that it is on its disk. At the
// start of each connection both sides send their state vectors.

import { toBase64, toBytes } from "./base64.js";
import { encodeStateAsUpdate, encodeStateVector, getState } from "./yjs.js";

/** @import { Doc } from "yjs" */
/** @import { Outbox } from "./outbox.js" */

const SEND_PAUSE = 150; // ms of typing that share a message

/** @typedef {"refused" | "waiting" | "saving" | "saved"} State */
/** @typedef {{ in: string, who: string, name: string }} Writer - and the section in which they are */
/** @typedef {{ update: string, client: number, clock: number }} Message */

/**
 * An answer of the server.
 *
 * @typedef {object} Answer
 * @property {string} [update] - changes of others
 * @property {string} [vector] - the server's state vector
 * @property {boolean} [kept] - the last message is on its disk
 * @property {boolean} [refused] - it accepts nothing more from here
 * @property {Writer[]} [people]
 * @property {string} [me] - this writer among them
 */

/**
 * The page, as the exchange uses it.
 *
 * @typedef {object} Page
 * @property {Doc} doc
 * @property {Outbox} outbox
 * @property {(message: Message) => boolean} post - false: nothing can be sent now
 * @property {(update: Uint8Array) => void} receive
 * @property {(state: State) => void} say
 * @property {(writers: Writer[], me: string) => void} showWriters
 * @property {() => void} saved
 * @property {() => void} ended
 */

export class Exchange {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    this.isReady = false; // both sides know the other's state vector
    this.isOver = false; // the server accepts nothing more from here
    this.isAway = false; // the server cannot be reached
    this.me = "";
    /** @type {(() => void) | undefined} */
    this.resolveSave = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** The state vector of this browser's document, as base64. */
  get have() {
    return toBase64(encodeStateVector(this.page.doc));
  }

  /** Send typed text a moment later. */
  sendSoon() {
    this.say();
    this.timer ??= setTimeout(() => this.send(), SEND_PAUSE);
  }

  /** Show the state of the text that is not saved. */
  say() {
    if (this.isOver) this.page.say("refused");
    else if (this.page.outbox.isDirty) this.page.say(this.isAway ? "waiting" : "saving");
  }

  /** Send the waiting text, one message at a time. */
  send() {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { doc, outbox, post } = this.page;
    const update = this.isReady && !this.isOver && outbox.take();
    if (!update) return;
    const clock = getState(doc.store, doc.clientID);
    if (!post({ update: toBase64(update), client: doc.clientID, clock })) outbox.takeBack();
  }

  /** @param {Answer} answer */
  take({ update, vector, kept, refused, people, me }) {
    const { outbox, receive, showWriters } = this.page;
    if (me) this.me = me;
    if (update) receive(toBytes(update));
    if (kept) outbox.confirm();
    else if (vector) outbox.takeBack();
    if (vector) this.catchUp(toBytes(vector));
    if (people) showWriters(people, this.me);
    if (refused) this.end();
    else if (kept || vector) this.goOn();
  }

  /**
   * Queue all that the server lacks, deletions included.
   *
   * @param {Uint8Array} vector
   */
  catchUp(vector) {
    const { doc, outbox } = this.page;
    const lacking = encodeStateAsUpdate(doc, vector);
    if (hasWords(lacking)) outbox.replace(lacking); // else the server lacks at most what waits
    this.isReady = true;
    this.isAway = false;
    this.say();
  }

  goOn() {
    const { outbox, say, saved } = this.page;
    if (outbox.waiting) return this.send();
    if (outbox.flight) return;
    if (outbox.isDirty) say("saved");
    outbox.isDirty = false;
    saved();
    this.resolveSave?.();
  }

  /**
   * Save all. Resolves when that is done, or when it must wait.
   *
   * @returns {Promise<void>}
   */
  save() {
    if (!this.page.outbox.isDirty || this.isAway || this.isOver) return Promise.resolve();
    this.send();
    return new Promise((resolve) => {
      this.resolveSave = resolve;
    });
  }

  /** Note that the connection is lost: the next one begins with the state vectors. */
  interrupt() {
    this.isReady = false;
    this.page.outbox.takeBack();
    this.page.showWriters([], "");
  }

  /** Note that the server cannot be reached at the moment. */
  setAway() {
    this.isAway = true;
    this.say();
    this.resolveSave?.();
  }

  /** End the exchange: the server accepts nothing more, and unsaved text stays in this browser. */
  end() {
    this.isOver = true;
    this.page.ended();
    this.page.say("refused");
    this.resolveSave?.();
  }
}

/**
 * Return whether an update adds text: it begins with the number of clients that wrote some.
 *
 * @param {Uint8Array} update
 */
const hasWords = (update) => update[0] > 0;
