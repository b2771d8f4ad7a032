// What is exchanged with the server about a report's shared texts, whatever way it goes.
//
// What is typed goes one message at a time, and counts as saved when the server says that it is on its disk. On every
// new beginning both sides say what they have.

import { toBase64, toBytes } from "./base64.js";
import { encodeStateAsUpdate, encodeStateVector, getState } from "./yjs.js";

/** @import { Doc } from "yjs" */
/** @import { Outbox } from "./outbox.js" */

const SEND_PAUSE = 150; // ms of typing that share a message

/** @typedef {"refused" | "waiting" | "saving" | "saved"} State */
/** @typedef {{ in: string, who: string, name: string }} Writer - and the section in which they are */
/** @typedef {{ update: string, client: number, clock: number }} Message */

/**
 * What the server says.
 *
 * @typedef {object} Answer
 * @property {string} [update] - what others wrote
 * @property {string} [vector] - what the server has
 * @property {boolean} [kept] - what was sent is on its disk
 * @property {boolean} [refused] - it takes nothing more from here
 * @property {Writer[]} [people]
 * @property {string} [me] - this writer among them
 */

/**
 * What the exchange needs of the page.
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
    this.isReady = false; // both sides have said what they have
    this.isOver = false; // the server takes nothing more from here
    this.isAway = false; // no way to the server works
    this.me = "";
    /** @type {(() => void) | undefined} */
    this.resolveSave = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** What this browser has, as the server wants to know it. */
  get have() {
    return toBase64(encodeStateVector(this.page.doc));
  }

  /** Something was typed here: send it a moment later. */
  sendSoon() {
    this.say();
    this.timer ??= setTimeout(() => this.send(), SEND_PAUSE);
  }

  /** Say what the page may say while something is not saved. */
  say() {
    if (this.isOver) this.page.say("refused");
    else if (this.page.outbox.isDirty) this.page.say(this.isAway ? "waiting" : "saving");
  }

  /** Send what waits, one message at a time. */
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
   * The server has this much: what it lacks is sent, with all that was taken out.
   *
   * @param {Uint8Array} vector
   */
  catchUp(vector) {
    const { doc, outbox } = this.page;
    const lacking = encodeStateAsUpdate(doc, vector);
    if (hasWords(lacking)) outbox.replace(lacking); // else what waits, if anything, is all there is
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
   * Resolves when all is saved, or when that must wait.
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

  /** The connection is cut: both sides say anew what they have. */
  interrupt() {
    this.isReady = false;
    this.page.outbox.takeBack();
    this.page.showWriters([], "");
  }

  /** No way to the server works at the moment. */
  setAway() {
    this.isAway = true;
    this.say();
    this.resolveSave?.();
  }

  /** Nothing more is taken from here; what was typed stays in this browser. */
  end() {
    this.isOver = true;
    this.page.ended();
    this.page.say("refused");
    this.resolveSave?.();
  }
}

/**
 * Whether an update brings words: it begins with the number of clients that wrote them.
 *
 * @param {Uint8Array} update
 */
const hasWords = (update) => update[0] > 0;
