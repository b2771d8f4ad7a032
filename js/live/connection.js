// The connection of a board: a socket, opened again whenever it closes; meanwhile the same changes over HTTP.
//
// Simulated phones follow the same rules and waits: forum/rehearsal/live_page.py and screen.py.

import { emit } from "../events.js";
import { fetchText, socketUrl } from "../http.js";
import { Backoff } from "../retry.js";
import { POLL_INTERVAL, Polling } from "./polling.js";
import { ANSWER_TIMEOUT, QUESTION_INTERVAL } from "./sync.js";

/** @import { Message, Question, Sync } from "./sync.js" */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

export const DEAD_AFTER = 5_000; // ms to wait for an answer before the socket counts as dead
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 15_000;
const NOT_ALLOWED = 4403;
const TOO_MANY = 4429; // sockets of this person

/**
 * The board, as the connection uses it.
 *
 * @typedef {object} Board
 * @property {string} path - of the changes, for the socket and over HTTP
 * @property {Sync} sync
 * @property {() => Record<string, string>} query - parameters that name the part of the board to send
 * @property {boolean} showsFragments - false: it fetches its facts instead
 * @property {boolean} areMarksDue - a socket was lost, perhaps with marks for this page
 * @property {(message: Message, question: Question | null | undefined, validity: number) => void} receive
 * @property {() => void} drawState
 */

export class BoardConnection {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    /** @type {WebSocket | null} */
    this.socket = null;
    /** @type {Question[]} */
    this.questions = []; // asked on this socket, without an answer so far
    this.timesBehind = 0; // number of questions in a row at which the page was behind
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    this.polling = new Polling(() => this.poll());
    this.receivedAt = Date.now(); // performance.now() may stop while the phone sleeps
    this.timeAskedAt = 0;
    /** @type {Timer} */
    this.questionTimer = undefined;
    /** @type {Timer} */
    this.answerTimer = undefined;
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
      return this.retry(); // this browser opens no sockets
    }
    this.socket = mine;
    mine.onopen = () => mine === this.socket && this.ask();
    mine.onmessage = ({ data }) => mine === this.socket && this.receiveFromSocket(JSON.parse(data));
    mine.onclose = ({ code }) => {
      if (mine !== this.socket) return;
      if (code === NOT_ALLOWED) return location.reload();
      if (code === TOO_MANY) this.polling.start();
      this.retry();
    };
    this.waitForAnswer();
  }

  /** @param {Message} message */
  receiveFromSocket(message) {
    clearTimeout(this.answerTimer);
    this.backoff.reset();
    this.polling.stop();
    if (message.now) return this.setTime(message.now);
    const question = message.beat === undefined ? null : this.questions.shift();
    this.receive(message, question, QUESTION_INTERVAL + ANSWER_TIMEOUT);
  }

  /**
   * @param {Message} message
   * @param {Question | null | undefined} question
   * @param {number} validity - ms from the question on for which the answer is valid
   */
  receive(message, question, validity) {
    this.receivedAt = Date.now();
    this.board.receive(message, question, validity);
  }

  hangUp() {
    clearTimeout(this.questionTimer);
    clearTimeout(this.answerTimer);
    const old = this.socket;
    this.socket = null;
    this.questions = [];
    if (old) this.board.areMarksDue = true;
    this.timesBehind = 0;
    old?.close();
  }

  /** Ask whether anything is newer than what is shown. */
  ask() {
    clearTimeout(this.questionTimer);
    if (!this.socket || !this.isOpen) return;
    const { sync, showsFragments } = this.board;
    this.timesBehind = sync.isBehind && showsFragments ? this.timesBehind + 1 : 0;
    if (this.timesBehind > 1) return this.retry(); // a change that was announced does not come
    this.socket.send("?");
    this.questions.push(sync.ask());
    this.waitForAnswer();
    this.questionTimer = setTimeout(() => this.ask(), QUESTION_INTERVAL);
  }

  waitForAnswer() {
    clearTimeout(this.answerTimer);
    this.answerTimer = setTimeout(() => this.retry(), DEAD_AFTER);
  }

  /** Open another socket a moment later. Its first message starts from what is shown, which fills gaps too. */
  retry() {
    this.hangUp();
    if (!this.polling.isOn) this.loseConnection();
    const wait = this.backoff.fail();
    if (this.backoff.failures > 1) this.polling.start();
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait);
  }

  loseConnection() {
    this.board.sync.loseConnection();
    this.board.drawState();
  }

  /**
   * Check the connection when the phone wakes up, or its network comes or goes: the last answer may be hours old.
   *
   * @param {Event} event
   */
  check({ type }) {
    if (document.visibilityState === "hidden") return;
    const isRecent = type !== "online" && Date.now() - this.receivedAt < QUESTION_INTERVAL + ANSWER_TIMEOUT;
    this.loseConnection();
    if (isRecent && this.isOpen) return this.ask();
    this.backoff.reset();
    this.connect();
  }

  /** Close the connection when the page is left, so that the browser may keep the page for a return. */
  leave() {
    this.hangUp();
    this.polling.stop();
    clearTimeout(this.retryTimer);
  }

  /** Request over HTTP what the socket would have sent. Returns whether the server answered. */
  async poll() {
    const { sync } = this.board;
    let isAnswered = false;
    const [question, epoch, address] = [sync.ask(), sync.epoch, this.address];
    if (this.board.areMarksDue) address.searchParams.set("me", "1");
    try {
      const answer = await fetchText(address, "application/json", DEAD_AFTER);
      if (answer.redirected || answer.status === 404) location.reload();
      isAnswered = answer.ok || answer.redirected;
      const date = Date.parse(answer.date ?? "");
      if (date) emit("clock:glimpsed", { now: date + 500, at: performance.now() });
      const message =
        answer.status === 204 ? { beat: sync.shown } : answer.ok && !answer.redirected ? JSON.parse(answer.text) : null;
      // The answer is about another database when a backup was restored while it was under way.
      if (message && epoch === sync.epoch) this.receive(message, question, 1.25 * POLL_INTERVAL + ANSWER_TIMEOUT);
    } catch {
      // without a network the page shows that it is not connected
    }
    this.board.drawState();
    return isAnswered;
  }

  /** Ask for the server's time, for countdowns. */
  async askTime() {
    this.timeAskedAt = performance.now();
    if (this.socket && this.isOpen) return this.socket.send("now?");
    const answer = await fetchText(this.address, "application/json", DEAD_AFTER).catch(() => null);
    const date = Date.parse(answer?.date ?? "");
    if (date) this.setTime(date + 500); // the header counts whole seconds
  }

  /**
   * Set the clock: the server's time was read halfway between question and answer, or just now if it was not asked.
   *
   * @param {number} now - ms since 1970
   */
  setTime(now) {
    const at = performance.now();
    emit("clock:set", { now, at: ((this.timeAskedAt || at) + at) / 2 });
    this.timeAskedAt = 0;
  }
}
