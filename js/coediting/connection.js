// The connection of a report's shared texts: a socket, opened again whenever it closes; meanwhile over HTTP.

import { socketUrl, within } from "../http.js";
import { Backoff, jittered } from "../retry.js";

/** @import { Answer, Exchange, Message } from "./exchange.js" */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

const DEAD_AFTER = 6_000; // ms to wait for an answer before the socket counts as dead
const HTTP_TIMEOUT = 3 * DEAD_AFTER;
const MOVE_INTERVAL = 15_000; // ms between two messages that say where this writer is
const MOVE_PAUSE = 50; // ms within which leaving a field and entering another count as one move
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 8_000;
const POLL_INTERVAL = 3_000; // ms between two polls while sockets fail, 75 to 125 % of it
const LONGEST_FRAME = 12_000; // characters; a longer message goes over HTTP
const NOT_ALLOWED = 4403;

export class WritingConnection {
  /**
   * @param {string} path
   * @param {string} token - Django's CSRF token
   * @param {Exchange} exchange
   * @param {() => string} here - returns the section in which this writer is, or ""
   */
  constructor(path, token, exchange, here) {
    this.path = path;
    this.token = token;
    this.exchange = exchange;
    this.here = here;
    /** @type {WebSocket | null} */
    this.opening = null; // the socket, from its creation on
    /** @type {WebSocket | null} */
    this.socket = null; // the socket, from the server's first message on
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    /** @type {Record<string, Timer>} */
    this.timers = {};
  }

  /** @param {"answer" | "retry" | "poll" | "move" | "nextMove"} name - of a timer */
  stop(name) {
    clearTimeout(this.timers[name]);
    this.timers[name] = undefined;
  }

  // ---- the socket ---------------------------------------------------------------------------------------------

  connect() {
    this.stop("retry");
    this.hangUp();
    this.exchange.isOver = false;
    /** @type {WebSocket} */
    let mine;
    try {
      mine = new WebSocket(socketUrl(this.path));
    } catch {
      return this.retry();
    }
    this.opening = mine;
    mine.onopen = () => mine === this.opening && mine.send(JSON.stringify({ have: this.exchange.have }));
    mine.onmessage = ({ data }) => mine === this.opening && this.receive(mine, JSON.parse(data));
    mine.onclose = ({ code }) => {
      if (mine !== this.opening) return;
      if (code === NOT_ALLOWED) this.exchange.end();
      else this.retry();
    };
    this.waitForAnswer();
  }

  waitForAnswer() {
    this.timers.answer ??= setTimeout(() => this.retry(), DEAD_AFTER);
  }

  /**
   * @param {WebSocket} socket
   * @param {Answer} answer
   */
  receive(socket, answer) {
    if (!this.socket) {
      this.socket = socket;
      this.backoff.reset();
      this.moveSoon();
    }
    this.take(answer);
  }

  /** @param {Answer} answer */
  take(answer) {
    this.stop("answer");
    this.exchange.take(answer);
  }

  /** True while the socket closes: unsent messages wait for the next one. */
  get isClosing() {
    return this.socket && this.socket.readyState !== WebSocket.OPEN;
  }

  /**
   * Send a message on the socket or over HTTP. Returns false when it must wait for the next socket.
   *
   * @param {Message} message
   */
  post(message) {
    if (this.isClosing) return false;
    const text = JSON.stringify(message);
    if (this.socket && text.length < LONGEST_FRAME) {
      this.socket.send(text);
      this.waitForAnswer();
    } else this.ask(message);
    return true;
  }

  hangUp() {
    const old = this.opening;
    this.opening = null;
    this.socket = null;
    this.stop("answer");
    this.stop("nextMove");
    old?.close();
    this.exchange.interrupt();
  }

  retry() {
    this.hangUp();
    this.exchange.setAway();
    this.stop("retry");
    this.timers.retry = setTimeout(() => this.connect(), this.backoff.fail());
    if (this.backoff.failures > 1) this.poll();
  }

  /** Note that this writer entered or left a section. */
  moveSoon() {
    this.timers.move ??= setTimeout(() => this.move(), MOVE_PAUSE);
  }

  /** Send where this writer is; the answer names the others' sections, and shows that the connection works. */
  move() {
    this.stop("nextMove");
    this.stop("move");
    if (!this.socket || this.isClosing) return;
    this.socket.send(JSON.stringify({ in: this.here() }));
    this.waitForAnswer();
    this.timers.nextMove = setTimeout(() => this.move(), MOVE_INTERVAL);
  }

  // ---- over HTTP ----------------------------------------------------------------------------------------------

  get mayPoll() {
    return !this.socket && !this.exchange.isOver;
  }

  async poll() {
    this.stop("poll");
    if (!this.mayPoll) return;
    await this.ask(null);
    if (this.mayPoll) this.timers.poll = setTimeout(() => this.poll(), jittered(POLL_INTERVAL, 0.25));
  }

  /**
   * Send a message over HTTP; null: only request news.
   *
   * @param {Message | null} message
   */
  async ask(message) {
    try {
      const answer = await within(HTTP_TIMEOUT, (signal) => this.fetch(message, signal));
      if (answer) this.take(answer);
      else this.exchange.end();
    } catch {
      if (message) this.retry();
      this.exchange.isAway = true;
      this.exchange.say();
    }
  }

  /**
   * Fetch the server's answer; null when it accepts nothing more from here. Throws when it must be tried again.
   *
   * @param {Message | null} message
   * @param {AbortSignal} signal
   * @returns {Promise<Answer | null>}
   */
  async fetch(message, signal) {
    const { have } = this.exchange;
    const query = new URLSearchParams({ have: have.replace(/\+/g, "-").replace(/\//g, "_") });
    const headers = { "X-CSRFToken": this.token };
    const answer = message
      ? await fetch(this.path, { method: "POST", headers, body: JSON.stringify({ ...message, have }), signal })
      : await fetch(`${this.path}?${query}`, { signal });
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    return answer.redirected || !answer.ok ? null : answer.json();
  }
}
