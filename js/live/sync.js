// The revision that a page shows, and the state that follows from the server's answers.
//
// The page is up to date when the server answered, to a question of a moment ago, that nothing is newer than what is
// shown. A message that is no answer may be late, so it makes nothing valid.

export const QUESTION_INTERVAL = 10_000; // ms between two questions "anything newer?"
export const ANSWER_TIMEOUT = 2_000; // ms to wait for an answer before the page stops saying that it is up to date

/**
 * A message of the server: its newest revision (`beat`), or a change from one revision to another.
 *
 * @typedef {object} Message
 * @property {number} [beat]
 * @property {string} [epoch] - of the database: another one after a backup was restored
 * @property {number} [from] - below 0: the change replaces everything
 * @property {number} [to]
 * @property {string} [html]
 * @property {boolean} [whole] - `html` is the whole board
 * @property {string[]} [moved]
 * @property {import("./marks.js").Marks} [me]
 * @property {number} [at] - the revision of `me`
 * @property {number} [now] - the server's time, in ms since 1970
 */

/** @typedef {Message & { from: number, to: number, html: string, epoch: string }} Change */
/** @typedef {{ at: number, connectionNumber: number }} Question */

export class Sync {
  /**
   * @param {number} shown - the revision at which the page was served
   * @param {string} epoch
   * @param {() => number} [clock] - ms since the page was asked for
   */
  constructor(shown, epoch, clock = () => performance.now()) {
    this.shown = shown;
    this.epoch = epoch;
    this.newest = shown; // the newest revision that the server named
    this.clock = clock;
    this.knownUntil = QUESTION_INTERVAL + ANSWER_TIMEOUT; // end of the validity of the last answer
    this.connectionNumber = 0; // grows when the connection is lost: answers to earlier questions are not valid
  }

  /** @returns {Question} */
  ask() {
    return { at: this.clock(), connectionNumber: this.connectionNumber };
  }

  /**
   * Receive a message; as the answer to a question it is valid for a while from the moment of the question.
   *
   * @param {Message} message
   * @param {Question | null | undefined} question
   * @param {number} validity - in milliseconds
   */
  receive(message, question, validity) {
    if (question?.connectionNumber === this.connectionNumber)
      this.knownUntil = Math.max(this.knownUntil, question.at + validity);
    if (message.beat === undefined) return;
    const isSameEpoch = !message.epoch || message.epoch === this.epoch;
    this.newest = isSameEpoch ? Math.max(this.newest, message.beat) : Number.POSITIVE_INFINITY;
  }

  /** Note that the connection is lost, or that the phone slept: earlier answers are no longer valid. */
  loseConnection() {
    this.connectionNumber += 1;
    this.knownUntil = 0;
  }

  /**
   * Compare a change with what is shown: "old" (nothing new), "gap" (something between is missing) or "next".
   *
   * @param {Change} change
   */
  compare({ from, to, epoch, moved }) {
    const isRestored = epoch !== this.epoch;
    if (!isRestored && to <= this.shown) return "old";
    if (from >= 0 && (isRestored || (from > this.shown && !moved))) return "gap";
    return "next";
  }

  /**
   * Note that the page shows a change. Returns whether it is of a restored backup.
   *
   * @param {Change} change
   */
  show({ to, epoch }) {
    const isRestored = epoch !== this.epoch;
    this.shown = to;
    this.epoch = epoch;
    this.newest = isRestored ? to : Math.max(this.newest, to);
    return isRestored;
  }

  get isBehind() {
    return this.newest > this.shown;
  }

  get state() {
    if (this.clock() >= this.knownUntil) return "off";
    return this.isBehind ? "late" : "current";
  }
}
