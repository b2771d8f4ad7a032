// A form that is saved automatically. Each field is sent with its base (`b_` and its name), the hash of the text before
// the edit: the server saves it if nobody else changed it, else it returns both texts. This browser stores unsaved text.

import { make, one } from "../dom.js";
import { Backoff } from "../retry.js";
import { load, remove, save } from "../storage.js";
import { REPORT } from "../unsaved.js";
import { conflictOf, showConflict } from "./conflict.js";
import { setState } from "./status.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */
/** @typedef {{ value: string, base: string }} Version - text of a field, and its base */

/**
 * The server's answer to a form, by the names of its fields.
 *
 * @typedef {object} Answer
 * @property {Record<string, Version>} fields
 * @property {string[]} conflicts
 * @property {Record<string, string[]>} errors
 * @property {number} version - of the report
 */

const PAUSE = 1_000; // ms without typing before saving
const FIRST_WAIT = 2_000; // ms before the first new attempt; doubles up to LAST_WAIT
const LAST_WAIT = 15_000;

export class Saver {
  /**
   * @param {HTMLFormElement} form
   * @param {(version: number) => void} learn - called with the version of the report in each answer
   */
  constructor(form, learn) {
    this.form = form;
    this.learn = learn;
    this.key = `${REPORT}${form.action}:${form.id}`;
    /** @type {Set<string>} */
    this.dirty = new Set(); // typed, and not saved
    /** @type {Set<string>} */
    this.refused = new Set(); // refused by the server (too long…) until corrected
    this.backoff = new Backoff(FIRST_WAIT, LAST_WAIT);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Promise<void> | null} */
    this.sending = null;
    form.addEventListener("submit", (event) => {
      if (event.submitter?.hasAttribute("hx-post")) return;
      event.preventDefault();
      this.save();
    });
    this.restore();
  }

  /** @param {string} name */
  field(name) {
    return /** @type {Field} */ (this.form.elements.namedItem(name));
  }

  /**
   * Return the hidden field with the base of a field; null for a section, which is a shared text.
   *
   * @param {string} name
   */
  base(name) {
    return /** @type {HTMLInputElement | null} */ (this.form.elements.namedItem(`b_${name}`));
  }

  /**
   * Store and save a field in which something was typed.
   *
   * @param {string} name
   */
  touch(name) {
    if (!name || !this.base(name)) return;
    this.dirty.add(name);
    this.refused.delete(name);
    this.store();
    this.saveLater(PAUSE);
  }

  /** @param {number} wait - in milliseconds */
  saveLater(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** Store the unsaved fields, with their bases. */
  store() {
    /** @type {[string, Version][]} */
    const draft = [];
    for (const name of [...this.dirty, ...this.refused]) {
      const base = this.base(name);
      if (base) draft.push([name, { value: this.field(name).value, base: base.value }]);
    }
    if (draft.length) save(this.key, Object.fromEntries(draft));
    else remove(this.key);
  }

  restore() {
    /** @type {Record<string, Version>} */
    const draft = load(this.key) ?? {};
    const lacking = Object.entries(draft).filter(([name, { value }]) => this.field(name)?.value !== value);
    if (!lacking.length) remove(this.key); // it was saved when the page was left
    for (const [name, { value, base }] of lacking) {
      const [field, hidden] = [this.field(name), this.base(name)];
      if (!field || !hidden) continue;
      field.value = value;
      hidden.value = base;
      this.dirty.add(name);
    }
    if (this.dirty.size) this.saveLater(0);
  }

  /**
   * Send the unsaved fields, one request at a time. Resolves when none is left, or when the network is down.
   *
   * @returns {Promise<void>}
   */
  async save() {
    clearTimeout(this.timer);
    for (const name of this.dirty) if (!this.base(name)) this.dirty.delete(name); // it became a shared text
    if (this.sending) return this.sending.then(() => (this.dirty.size ? this.save() : undefined));
    if (!this.dirty.size) return;
    this.sending = this.send().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  async send() {
    const values = new Map([...this.dirty].map((name) => [name, this.field(name).value]));
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.field("csrfmiddlewaretoken").value);
    for (const [name, value] of values) {
      body.set(name, value);
      body.set(`b_${name}`, this.base(name)?.value ?? "");
    }
    setState(this, "saving");
    /** @type {Response} */
    let answer;
    try {
      const headers = { Accept: "application/json" };
      answer = await fetch(this.form.action, { method: "POST", body, headers, keepalive: true });
    } catch {
      return this.retry();
    }
    if (answer.status >= 500 || answer.status === 429) return this.retry();
    if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) return setState(this, "refused");
    this.backoff.reset();
    this.take(await answer.json(), values);
  }

  retry() {
    setState(this, "waiting");
    this.saveLater(this.backoff.fail());
  }

  /**
   * @param {Answer} answer
   * @param {Map<string, string>} values - that were sent
   */
  take({ fields, conflicts, errors, version }, values) {
    this.learn(version);
    for (const [name, value] of values) {
      const field = this.field(name);
      showError(field, (errors[name] ?? []).join(" "));
      if (errors[name]) {
        this.dirty.delete(name);
        this.refused.add(name);
      } else if (conflicts.includes(name)) this.ask(name, fields[name]);
      else {
        this.setBase(name, fields[name].base);
        if (field.value === value) this.dirty.delete(name);
      }
    }
    this.store();
    const left = [...this.dirty].filter((name) => !conflictOf(this.field(name)));
    if (left.length) this.saveLater(PAUSE);
    else setState(this, this.refused.size || this.dirty.size ? "asking" : "saved");
  }

  /**
   * Let the writer choose, when somebody else changed a field meanwhile.
   *
   * @param {string} name
   * @param {Version} theirs
   */
  ask(name, theirs) {
    const field = this.field(name);
    showConflict(field, theirs.value, (chosen) => {
      field.value = chosen;
      this.setBase(name, theirs.base);
      this.dirty.add(name);
      this.save();
      field.focus();
    });
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  setBase(name, value) {
    const base = this.base(name);
    if (base) base.value = value;
  }

  /**
   * Show what others wrote, in the fields in which nothing is unsaved here.
   *
   * @param {Record<string, Version>} fields
   */
  refresh(fields) {
    for (const [name, { value, base }] of Object.entries(fields)) {
      const field = this.field(name);
      const isOwn = this.dirty.has(name) || this.refused.has(name);
      if (!field || !this.base(name) || isOwn || field.value === value) continue;
      const { selectionStart, selectionEnd } = field;
      field.value = value;
      this.setBase(name, base);
      if (field === document.activeElement && selectionStart != null) {
        field.setSelectionRange(selectionStart, selectionEnd);
      }
    }
  }
}

/**
 * @param {Field} field
 * @param {string} text - empty to remove the error
 */
function showError(field, text) {
  const { parentElement: place } = field;
  if (!place) return;
  const shown = one(".errorlist.by-script", place);
  if (!text) return shown?.remove();
  const line = shown ?? make("p", { class: "errorlist by-script", role: "alert" });
  if (!shown) field.before(line);
  line.textContent = text;
}
