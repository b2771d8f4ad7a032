// The upload of one photo, in parts, so that it goes on after a cut; and its line on the page.

import { make } from "../dom.js";
import { newKey } from "../http.js";
import { Backoff, jittered, sleep } from "../retry.js";
import { draw, shrink } from "./shrink.js";
import { dropPhoto, storePhoto } from "./stored.js";

const PART = 128 * 1024; // bytes sent at once
const LARGEST = 12 * 1024 * 1024; // bytes that the server takes
const FIRST_WAIT = 1_000; // ms before the first new attempt; doubles up to LAST_WAIT
const LAST_WAIT = 15_000;
const TURN_WAIT = 1_500; // ms, while the server is busy with others' photos
const FULL_WAIT = 30_000; // ms, while its disk is full

/**
 * The form that takes a photo: its texts, and where its photos go.
 *
 * @typedef {object} Album
 * @property {DOMStringMap} texts
 * @property {HTMLElement} lines
 * @property {string} name - under which its photos are stored
 * @property {string} upload - the address of a photo, with ID in the place of its key
 * @property {string} token - Django's CSRF token
 */

/** @typedef {{ status: number, body?: any, pause?: number }} Answer - the body, if it is JSON; ms that it asks to wait */

export class Sending {
  /**
   * @param {Album} album
   * @param {string} name - of the photo
   * @param {{ id: string, bytes: ArrayBuffer }} [stored] - as an earlier page left it
   */
  constructor(album, name, stored) {
    this.album = album;
    this.name = name;
    this.id = stored?.id ?? newKey(16);
    this.bytes = stored?.bytes ?? new ArrayBuffer(0);
    this.isStored = Boolean(stored);
    this.isOver = false;
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    /** @type {number | null} */
    this.offset = null; // bytes that the server has; null: it must be asked
    const { texts } = album;
    this.preview = make("canvas", { hidden: "" });
    this.bar = make("progress", { "aria-label": texts.textProgress ?? "" });
    this.state = make("p");
    this.button = make("button", { type: "button", class: "button small quiet" }, texts.textCancel ?? "");
    this.button.addEventListener("click", () => this.end());
    this.line = make("li", {}, this.preview, make("div", {}, make("b", {}, name), this.bar, this.state), this.button);
    album.lines.append(this.line);
    this.say(texts.textTurn);
  }

  get address() {
    return this.album.upload.replace("ID", this.id);
  }

  /**
   * @param {string | undefined} text
   * @param {boolean} [isProblem]
   */
  say(text = "", isProblem = false) {
    this.state.textContent = text;
    this.state.classList.toggle("problem", isProblem);
  }

  /**
   * Make the photo lighter, and store it.
   *
   * @param {File} file
   */
  async prepare(file) {
    const { texts, name } = this.album;
    this.say(texts.textShrinking);
    const { blob, canvas } = await shrink(file);
    if (canvas) draw(canvas, this.preview);
    if (blob.size > LARGEST) return this.refuse(texts.textLarge);
    // Bytes, not the file: a chosen file may be gone when the tab is opened again.
    this.bytes = await blob.arrayBuffer();
    this.isStored = await storePhoto(name, { id: this.id, name: this.name, bytes: this.bytes });
  }

  /** Remove the photo here, once it is sent or no longer wanted. */
  async end() {
    this.isOver = true;
    this.line.remove();
    await dropPhoto(this.album.name, this.id);
  }

  /**
   * Show why the server refuses the photo, until somebody closes the sentence.
   *
   * @param {string | undefined} text
   */
  async refuse(text) {
    this.hold(text);
    await dropPhoto(this.album.name, this.id);
  }

  /**
   * Show why the server does not take the photo now. This browser keeps it, for the next time the page is opened, until
   * somebody closes the sentence.
   *
   * @param {string | undefined} text
   */
  hold(text) {
    this.isOver = true;
    this.bar.remove();
    this.say(text, true);
    this.button.textContent = this.album.texts.textClose ?? "";
  }

  /** Send all of it, with new attempts after each loss of the network. Returns whether the server has it. */
  async send() {
    while (!this.isOver) {
      const answer = await this.exchange();
      if (answer.body?.done) {
        await this.end();
        return true;
      }
      await this.take(answer);
    }
    return false;
  }

  /**
   * Do what the server's answer says, or wait as long as it asks for.
   *
   * @param {Answer} answer
   */
  async take({ status, body, pause = 0 }) {
    const { texts } = this.album;
    if (status === 200 && body.problem) return this.refuse(body.problem);
    if (status === 200 || status === 409) return this.goOnFrom(body.offset);
    if (status === 429) {
      this.say(body?.problem ?? texts.textTurn, Boolean(body?.problem));
      return sleep(Math.max(pause, jittered(TURN_WAIT, 1 / 3)));
    }
    if (status === 507) {
      this.say(body.problem, true);
      return rest(FULL_WAIT);
    }
    if (status === 403 && body?.problem) return this.hold(body.problem);
    if (status >= 400 && status < 500) return this.refuse(body?.problem ?? document.body.dataset.textFailed);
    this.offset = null;
    this.say(this.isStored ? texts.textWaiting : texts.textOpen, true);
    return rest(this.backoff.fail());
  }

  /** @param {number} offset - bytes that the server has */
  goOnFrom(offset) {
    this.offset = offset;
    this.backoff.reset();
    this.bar.max = this.bytes.byteLength;
    this.bar.value = offset;
    this.say(this.album.texts.textSending);
  }

  /**
   * Ask how many bytes have arrived, or send the next part. Status 0: there was no answer.
   *
   * @returns {Promise<Answer>}
   */
  async exchange() {
    try {
      const answer = await (this.offset === null ? fetch(this.address) : this.sendPiece(this.offset));
      const isJson = answer.headers.get("Content-Type")?.includes("json");
      if (answer.ok && !isJson) return { status: 403 }; // redirected: this browser may not send photos
      const pause = 1000 * Number(answer.headers.get("Retry-After") ?? 0);
      return { status: answer.status, body: isJson ? await answer.json() : null, pause };
    } catch {
      return { status: 0 };
    }
  }

  /** @param {number} offset */
  sendPiece(offset) {
    return fetch(`${this.address}?offset=${offset}&size=${this.bytes.byteLength}`, {
      method: "POST",
      body: this.bytes.slice(offset, offset + PART),
      headers: { "X-CSRFToken": this.album.token, "Content-Type": "application/octet-stream" },
    });
  }
}

/**
 * Wait for a time, or until the network is back.
 *
 * @param {number} pause - in milliseconds
 */
const rest = (pause) =>
  Promise.race([sleep(pause), new Promise((resolve) => addEventListener("online", resolve, { once: true }))]);
