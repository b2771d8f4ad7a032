// The connection of a board: a socket, opened again whenever it closes; meanwhile the same changes over HTTP.
//
// tests/chaos/phone.py follows the board by these very rules and waits.

import { emit } from "../events.js";
import { fetchText, socketUrl } from "../http.js";
import { Backoff } from "../retry.js";
import { POLL, Polling } from "./polling.js";
import { BEAT, DOUBT } from "./sync.js";

/** @import { Message, Question, Sync } from "./sync.js" */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

export const PATIENCE = 5_000; // ms to wait for an answer before the socket counts as dead
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 15_000;
const NOT_ALLOWED = 4403;

/**
 * What the connection needs of the board.
 *
 * @typedef {object} Board
 * @property {string} path - of the changes, for the socket and over HTTP
 * @property {Sync} sync
 * @property {() => Record<string, string>} query - what of the board is asked for
 * @property {boolean} showsFragments - it shows what the server sends, rather than fetch it
 * @property {boolean} areMarksDue - a socket was lost, perhaps with the marks that it had for us
 * @property {(message: Message, question: Question | null | undefined, counts: number) => void} receive
 * @property {() => void} drawState
 */

export class Connection {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Question[]} */
    this.questions = []; // asked on this socket, not answered yet
    this.late = 0; // how many questions in a row found us behind
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    this.polling = new Polling(() => this.look());
    this.heardAt = Date.now(); // by a clock that goes on while the phone sleeps
    this.timeAskedAt = 0;
    /** @type {Timer} */
    this.beatTimer = undefined;
    /** @type {Timer} */
    this.patienceTimer = undefined;
    /** @type {Timer} */
    this.retryTimer = undefined;
  }

  get isOpen() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** @param {URL} url */
  withQuery(url) {
    const { sync } = this.board;
    const { as, watch } = this.board.query();
    url.search = String(new URLSearchParams({ as, since: String(sync.shown), epoch: sync.epoch, watch }));
    return url;
  }

  get address() {
    return this.withQuery(new URL(this.board.path, location.href));
  }

  connect() {
    clearTimeout(this.retryTimer);
    this.hangUp();
    /** @type {WebSocket} */
    let mine;
    try {
      mine = new WebSocket(this.withQuery(socketUrl(this.board.path)));
    } catch {
      return this.retry(); // no sockets here at all
    }
    this.socket = mine;
    mine.onopen = () => mine === this.socket && this.beat();
    mine.onmessage = ({ data }) => mine === this.socket && this.hear(JSON.parse(data));
    mine.onclose = ({ code }) => {
      if (mine !== this.socket) return;
      if (code === NOT_ALLOWED) location.reload();
      else this.retry();
    };
    this.waitForAnswer();
  }

  /** @param {Message} message */
  hear(message) {
    clearTimeout(this.patienceTimer);
    this.backoff.reset();
    this.polling.stop();
    if (message.now) return this.setTime(message.now);
    const question = message.beat === undefined ? null : this.questions.shift();
    this.receive(message, question, BEAT + DOUBT);
  }

  /**
   * @param {Message} message
   * @param {Question | null | undefined} question
   * @param {number} counts - ms from the question on, in which the answer counts
   */
  receive(message, question, counts) {
    this.heardAt = Date.now();
    this.board.receive(message, question, counts);
  }

  hangUp() {
    clearTimeout(this.beatTimer);
    clearTimeout(this.patienceTimer);
    const old = this.socket;
    this.socket = null;
    this.questions = [];
    if (old) this.board.areMarksDue = true;
    this.late = 0;
    old?.close();
  }

  /** Ask whether anything is newer than what is shown. */
  beat() {
    clearTimeout(this.beatTimer);
    if (!this.socket || !this.isOpen) return;
    const { sync, showsFragments } = this.board;
    this.late = sync.isBehind && showsFragments ? this.late + 1 : 0;
    if (this.late > 1) return this.retry(); // something that we heard of does not come
    this.socket.send("?");
    this.questions.push(sync.ask());
    this.waitForAnswer();
    this.beatTimer = setTimeout(() => this.beat(), BEAT);
  }

  waitForAnswer() {
    clearTimeout(this.patienceTimer);
    this.patienceTimer = setTimeout(() => this.retry(), PATIENCE);
  }

  /** Open another socket, a moment later. Its first message starts from what is shown, so this fills gaps too. */
  retry() {
    this.hangUp();
    if (!this.polling.isOn) this.forget();
    const wait = this.backoff.fail();
    if (this.backoff.failures > 1) this.polling.start();
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  forget() {
    this.board.sync.forget();
    this.board.drawState();
  }

  /**
   * The phone woke up, or its network came or went: what was heard before may be hours old.
   *
   * @param {Event} event
   */
  check({ type }) {
    if (document.visibilityState === "hidden") return;
    const isRecent = type !== "online" && Date.now() - this.heardAt < BEAT + DOUBT;
    this.forget();
    if (isRecent && this.isOpen) return this.beat();
    this.backoff.reset();
    this.connect();
  }

  /** The page goes away: hang up, so that the browser may keep it for the way back. */
  leave() {
    this.hangUp();
    this.polling.stop();
    clearTimeout(this.retryTimer);
  }

  /** Ask over HTTP what the socket would have told. */
  async look() {
    const { sync } = this.board;
    const [question, epoch, address] = [sync.ask(), sync.epoch, this.address];
    if (this.board.areMarksDue) address.searchParams.set("me", "1");
    try {
      const answer = await fetchText(address, "application/json", PATIENCE);
      if (answer.redirected || answer.status === 404) return location.reload();
      const message = answer.status === 204 ? { beat: sync.shown } : answer.ok ? JSON.parse(answer.text) : null;
      // The answer is about another database when a backup was restored while it was under way.
      if (message && epoch === sync.epoch) this.receive(message, question, 1.25 * POLL + DOUBT);
    } catch {
      // no network at all: the status says so
    }
    this.board.drawState();
  }

  /** Ask for the server's time, for countdowns. */
  async askTime() {
    this.timeAskedAt = performance.now();
    if (this.socket && this.isOpen) return this.socket.send("now?");
    const answer = await fetchText(this.address, "application/json", PATIENCE).catch(() => null);
    const date = Date.parse(answer?.date ?? "");
    if (date) this.setTime(date + 500); // the header counts whole seconds
  }

  /**
   * The server's time was right in the middle of the way of question and answer.
   *
   * @param {number} now - ms since 1970
   */
  setTime(now) {
    emit("clock:set", { now, at: (this.timeAskedAt + performance.now()) / 2 });
  }
}
