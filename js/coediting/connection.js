// The connection of a report's shared texts: a socket, opened again whenever it closes; over HTTP meanwhile.

import { socketUrl, within } from "../http.js";
import { Backoff, jittered } from "../retry.js";

/** @import { Answer, Exchange, Message } from "./exchange.js" */
/** @typedef {ReturnType<typeof setTimeout> | undefined} Timer */

const PATIENCE = 6_000; // ms to wait for an answer before the socket counts as dead
const HTTP_PATIENCE = 3 * PATIENCE;
const BEAT = 15_000; // ms between two signs of life
const MOVE_PAUSE = 50; // ms: from one field to another is one move
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 8_000;
const POLL = 3_000; // ms between two looks over HTTP while sockets fail, 75 to 125 % of it
const LONGEST_FRAME = 12_000; // characters; what is longer goes over HTTP
const NOT_ALLOWED = 4403;

export class Connection {
  /**
   * @param {string} path
   * @param {string} token - Django's proof that a form is ours
   * @param {Exchange} exchange
   * @param {() => string} here - the section in which this writer is; empty: none
   */
  constructor(path, token, exchange, here) {
    this.path = path;
    this.token = token;
    this.exchange = exchange;
    this.here = here;
    /** @type {WebSocket | null} */
    this.opening = null; // the socket, as soon as it is asked for
    /** @type {WebSocket | null} */
    this.socket = null; // the socket, once the server has spoken
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    /** @type {Record<string, Timer>} */
    this.timers = {};
  }

  /** @param {"patience" | "beat" | "retry" | "poll" | "move"} name - of a timer */
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
    mine.onmessage = ({ data }) => mine === this.opening && this.hear(mine, JSON.parse(data));
    mine.onclose = ({ code }) => {
      if (mine !== this.opening) return;
      if (code === NOT_ALLOWED) this.exchange.end();
      else this.retry();
    };
    this.waitForAnswer();
  }

  waitForAnswer() {
    this.timers.patience ??= setTimeout(() => this.retry(), PATIENCE);
  }

  /**
   * @param {WebSocket} socket
   * @param {Answer} answer
   */
  hear(socket, answer) {
    if (!this.socket) {
      this.socket = socket;
      this.backoff.reset();
      this.moveSoon();
    }
    this.take(answer);
  }

  /** @param {Answer} answer */
  take(answer) {
    this.stop("patience");
    this.exchange.take(answer);
  }

  /** The socket is on its way out: what waits goes with the next one. */
  get isClosing() {
    return this.socket && this.socket.readyState !== WebSocket.OPEN;
  }

  /**
   * Send a message by the way that is open. Returns false when it must wait for the next socket.
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
    this.stop("patience");
    this.stop("beat");
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

  /** This writer came to a section, or left it. */
  moveSoon() {
    this.timers.move ??= setTimeout(() => this.move(), MOVE_PAUSE);
  }

  /** Say where this writer is; the answer says where the others are, and that the connection lives. */
  move() {
    this.stop("beat");
    this.stop("move");
    if (!this.socket || this.isClosing) return;
    this.socket.send(JSON.stringify({ in: this.here() }));
    this.waitForAnswer();
    this.timers.beat = setTimeout(() => this.move(), BEAT);
  }

  // ---- over HTTP ----------------------------------------------------------------------------------------------

  get mayPoll() {
    return !this.socket && !this.exchange.isOver;
  }

  async poll() {
    this.stop("poll");
    if (!this.mayPoll) return;
    await this.ask(null);
    if (this.mayPoll) this.timers.poll = setTimeout(() => this.poll(), jittered(POLL, 0.25));
  }

  /**
   * Send a message, or only ask what is new.
   *
   * @param {Message | null} message
   */
  async ask(message) {
    try {
      const answer = await within(HTTP_PATIENCE, (signal) => this.fetch(message, signal));
      if (answer) this.take(answer);
      else this.exchange.end();
    } catch {
      if (message) this.retry();
      this.exchange.isAway = true;
      this.exchange.say();
    }
  }

  /**
   * The server's answer. Null: it takes nothing more from here. Throws when it must be tried again.
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
