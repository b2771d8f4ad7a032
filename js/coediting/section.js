// One section of a report: a plain textarea, bound to a text in which several people write.

import { make } from "../dom.js";
import { emit } from "../events.js";
import { fill } from "../text.js";
import { difference, endOf, movedBy } from "./changes.js";
import { UndoManager } from "./yjs.js";

/** @import { Doc, YTextEvent } from "yjs" */
/** @import { Delta } from "./changes.js" */

const UNDONE_TOGETHER = 600; // ms of typing that one undo takes back
const COMPOSING = 2_000; // ms without a key after which others' changes no longer wait for a word being composed

export class Section {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {Doc} doc
   * @param {DOMStringMap} texts
   * @param {{ moved: () => void, composed: () => void }} listeners - the caret enters or leaves; a word may be finished
   */
  constructor(field, doc, texts, { moved, composed }) {
    this.field = field;
    this.doc = doc;
    this.texts = texts;
    this.composed = composed;
    this.text = doc.getText(field.name);
    this.undo = new UndoManager(this.text, { trackedOrigins: new Set([this]), captureTimeout: UNDONE_TOGETHER });
    this.composingUntil = 0;
    /** @type {HTMLElement | null} */
    this.full = null; // says that the section is full
    this.writers = make("p", { class: "writers", id: `writers-${field.name}` });
    field.after(this.writers);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${this.writers.id}`.trim());
    // Without its base, the field is not saved by compare-and-set too (js/report/saver.js).
    /** @type {HTMLElement | null} */ (field.form?.elements.namedItem(`b_${field.name}`))?.remove();
    const typedBefore = field.value !== field.defaultValue;
    this.shown = typedBefore ? field.defaultValue : this.text.toString();
    if (typedBefore) this.write();
    this.shown = this.text.toString();
    field.value = this.shown;
    this.listen(moved);
  }

  /** @param {() => void} moved */
  listen(moved) {
    const { field } = this;
    field.addEventListener("input", () => this.write());
    field.addEventListener("beforeinput", (event) => {
      this.undoInstead(event, event.inputType === "historyUndo", event.inputType === "historyRedo");
    });
    field.addEventListener("keydown", (event) => {
      const key = (event.ctrlKey || event.metaKey) && !event.altKey ? event.key.toLowerCase() : "";
      this.undoInstead(event, key === "z" && !event.shiftKey, key === "y" || (key === "z" && event.shiftKey));
    });
    field.addEventListener("compositionstart", () => this.compose(COMPOSING));
    field.addEventListener("compositionupdate", () => this.compose(COMPOSING));
    field.addEventListener("compositionend", () => this.compose(0));
    for (const type of ["focus", "blur"]) field.addEventListener(type, moved);
    this.text.observe((event) => event.transaction.origin !== this && this.show(event));
  }

  /** Write into the shared text what was typed, pasted, dropped, corrected or dictated. */
  write() {
    const value = this.field.value.split("\0").join("");
    const { at, removed, inserted } = difference(this.shown, value, this.field.selectionEnd);
    this.shown = value;
    this.doc.transact(() => {
      if (removed) this.text.delete(at, removed);
      if (inserted) this.text.insert(at, inserted);
    }, this);
    this.showWhetherFull();
  }

  /**
   * Show a change of others, or an undone one. Selection and scroll position stay.
   *
   * @param {YTextEvent} event
   */
  show(event) {
    const delta = /** @type {Delta} */ (event.delta);
    const { field } = this;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
    this.shown = this.text.toString();
    field.value = this.shown;
    if (field === document.activeElement) {
      const isUndone = event.transaction.origin === this.undo;
      const start = isUndone ? endOf(delta) : movedBy(delta, selectionStart);
      const end = isUndone ? start : movedBy(delta, selectionEnd);
      field.setSelectionRange(start, end, selectionDirection);
    }
    field.scrollTop = scrollTop;
    emit("text:shown", field);
    this.showWhetherFull();
  }

  /**
   * Undo or redo one's own changes alone: the browser's undo would undo those of others too.
   *
   * @param {Event} event
   * @param {boolean} isUndo
   * @param {boolean} isRedo
   */
  undoInstead(event, isUndo, isRedo) {
    if (!isUndo && !isRedo) return;
    event.preventDefault();
    if (isUndo) this.undo.undo();
    else this.undo.redo();
  }

  /**
   * Let others' changes wait while a word is composed of several keys: they would break it.
   *
   * @param {number} wait - in milliseconds; 0: the word is finished
   */
  compose(wait) {
    this.composingUntil = wait && performance.now() + wait;
    if (!wait) this.write();
    setTimeout(this.composed, wait);
  }

  get isComposing() {
    return performance.now() < this.composingUntil;
  }

  showWhetherFull() {
    const { field, full } = this;
    const isFull = field.maxLength > 0 && field.value.length >= field.maxLength;
    if (isFull === Boolean(full)) return;
    full?.remove();
    this.full = isFull ? make("p", { class: "errorlist", role: "alert" }, this.texts.textFull ?? "") : null;
    if (this.full) field.before(this.full);
  }

  /**
   * Show who else is writing here.
   *
   * @param {string[]} names
   */
  showWriters(names) {
    const short = names.length > 1 ? names.map((name) => name.split(" ")[0]) : names; // beside the name of the section
    const together = new Intl.ListFormat(document.documentElement.lang).format(short);
    const text = names.length ? fill(this.texts[names.length > 1 ? "textMany" : "textOne"], { names: together }) : "";
    if (this.writers.textContent !== text) this.writers.textContent = text;
  }
}
