// Unsaved text of a report, stored in this browser.
//
// The whole text goes to IndexedDB a moment later; until then new text is in localStorage, because a browser may end a
// page between two keys without an event. Without IndexedDB, localStorage has all.

import { keysOf, load, remove, save } from "../storage.js";
import { reportTexts } from "../unsaved.js";
import { toBase64, toBytes } from "./base64.js";
import { encodeStateAsUpdate, mergeUpdates } from "./yjs.js";

/** @import { Doc } from "yjs" */
/** @import { Outbox } from "./outbox.js" */

const PAUSE = 250; // ms between two times that the whole text is stored

export class Unsaved {
  /**
   * @param {Doc} doc
   * @param {Outbox} outbox
   * @param {string} name - of the report, for this browser
   */
  constructor(doc, outbox, name) {
    this.doc = doc;
    this.outbox = outbox;
    this.prefix = `${name}:`;
    this.key = this.prefix + toBase64(crypto.getRandomValues(new Uint8Array(9))); // of this page alone
    this.database = reportTexts;
    /** @type {Uint8Array[]} */
    this.recent = []; // typed, and not in the database so far
    /** @type {IDBValidKey[]} */
    this.adopted = []; // keys of the unsaved text of pages that were closed
    this.works = true; // this browser accepts what is to be stored
    this.isEmpty = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** Read the unsaved text of all pages of this report. */
  async read() {
    const requests = await this.database.run("readonly", (store) => {
      const range = IDBKeyRange.bound(this.prefix, `${this.prefix}\uffff`);
      return { keys: store.getAllKeys(range), values: store.getAll(range) };
    });
    const keys = requests?.keys.result ?? [];
    /** @type {Uint8Array[]} */
    const values = requests?.values.result ?? [];
    const localKeys = keysOf(this.prefix);
    this.adopted = [...keys, ...localKeys];
    return [...values, ...localKeys.map((key) => toBytes(load(key) ?? ""))];
  }

  /**
   * Store what was typed.
   *
   * @param {Uint8Array} update
   */
  add(update) {
    this.recent.push(update);
    this.storeRecent();
    this.timer ??= setTimeout(() => this.store(), PAUSE);
  }

  /** Store the whole text in the database. */
  async store() {
    this.stop();
    this.isEmpty = false;
    const [state, known] = [encodeStateAsUpdate(this.doc), new Set(this.recent)];
    const isStored = await this.database.run("readwrite", (store) => store.put(state, this.key));
    if (!this.outbox.isDirty) return this.clear(); // saved in the meantime
    this.recent = this.recent.filter((update) => !known.has(update));
    if (!isStored) this.recent.unshift(state);
    this.works = this.storeRecent() || Boolean(isStored);
  }

  /** Store what is not in the database. Returns whether that worked. */
  storeRecent() {
    const { recent, key } = this;
    const isDone = recent.length ? save(key, toBase64(mergeUpdates(recent))) : remove(key);
    if (isDone) this.isEmpty = false;
    return isDone;
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Remove what is stored here, once all is saved. */
  async clear() {
    this.stop();
    if (this.isEmpty && !this.adopted.length) return;
    this.isEmpty = true;
    this.recent = [];
    const keys = [this.key, ...this.adopted];
    this.adopted = [];
    for (const key of keys) remove(String(key));
    await this.database.run("readwrite", (store) => keys.map((key) => store.delete(key)));
  }
}
