// Which revision the page shows, and whether it is known to be the newest.
//
// The page is up to date when the server answered, to a question of a moment ago, that nothing is newer than what is
// shown. Once that moment is over, or the connection is lost, nothing is known. What the server says unasked may have
// been held up on its way, so it proves nothing.

export const BEAT = 10_000; // ms between two questions "anything newer?"
export const DOUBT = 2_000; // ms that an answer may take before the page no longer says that it is up to date

/**
 * What the server says: that it has nothing newer than a revision (`beat`), or what leads from one revision to another.
 *
 * @typedef {object} Message
 * @property {number} [beat]
 * @property {string} [epoch] - of the database: another one after a backup was restored
 * @property {number} [from] - below 0: it leads there from any revision
 * @property {number} [to]
 * @property {string} [html]
 * @property {boolean} [whole] - `html` is the whole board
 * @property {string[]} [moved]
 * @property {import("./marks.js").Marks} [me]
 * @property {number} [at] - the revision of `me`
 * @property {number} [now] - the server's time, in ms since 1970
 */

/** @typedef {Message & { from: number, to: number, html: string, epoch: string }} Change */
/** @typedef {{ at: number, era: number }} Question */

export class Sync {
  /**
   * @param {number} shown - the revision of the page as it came
   * @param {string} epoch
   * @param {() => number} [clock] - ms since the page was asked for
   */
  constructor(shown, epoch, clock = () => performance.now()) {
    this.shown = shown;
    this.epoch = epoch;
    this.newest = shown; // the newest revision that we heard of
    this.clock = clock;
    this.knownUntil = BEAT + DOUBT; // until when the last answer counts
    this.era = 0; // grows when the connection is lost: answers to questions of another era say nothing of now
  }

  /** @returns {Question} */
  ask() {
    return { at: this.clock(), era: this.era };
  }

  /**
   * Take note of a message. As the answer to a question it counts for a while from the moment of the question.
   *
   * @param {Message} message
   * @param {Question | null | undefined} question
   * @param {number} counts - in milliseconds
   */
  hear(message, question, counts) {
    if (question?.era === this.era) this.knownUntil = Math.max(this.knownUntil, question.at + counts);
    if (message.beat === undefined) return;
    const isSameEpoch = !message.epoch || message.epoch === this.epoch;
    this.newest = isSameEpoch ? Math.max(this.newest, message.beat) : Number.POSITIVE_INFINITY;
  }

  /** Forget what was known: the connection is lost, or the phone slept. */
  forget() {
    this.era += 1;
    this.knownUntil = 0;
  }

  /**
   * How a change continues what is shown: "old" (nothing new), "gap" (something between is missing) or "next".
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
   * The page shows a change. Returns whether it is of a restored backup.
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
