// The draft of one form: unsaved values, stored in this browser and marked on the page.

import { make } from "../dom.js";
import { load, remove, save } from "../storage.js";
import { DRAFT } from "../unsaved.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement} Field */
/** @typedef {string | boolean | number | null | undefined} State - of a field: its text, or whether it is ticked */

/**
 * The stored values of a form, by the names of its fields.
 *
 * @typedef {object} Stored
 * @property {Record<string, State>} saved - on the server
 * @property {Record<string, State>} typed - and not saved
 * @property {Record<string, string>} before - the hidden fields with the bases of the texts that were edited
 * @property {string} [sent] - the key of the submission that is under way
 */

const BEFORE = ["b_", "initial-"]; // prefixes of the hidden fields with the base of the text that is edited
const { textUnsaved = "", textUnsavedHere = "", textDiscard = "" } = document.body.dataset;

let count = 0; // of drafts on this page

/**
 * @param {Element} field
 * @returns {field is Field}
 */
const isTyped = (field) => field.matches("input:not([type=hidden], [type=password]), textarea, select");

/** @param {Field} field */
const isStorable = (field) => field.type !== "file";

/**
 * @param {Field} field
 * @returns {field is HTMLInputElement}
 */
const isTick = (field) => field.type === "checkbox" || field.type === "radio";

/** @param {Field} field */
const nameOf = (field) => field.id || field.name;

/**
 * @param {Field} field
 * @returns {State}
 */
function stateOf(field) {
  if (isTick(field)) return field.checked;
  if (field instanceof HTMLInputElement && field.type === "file") return field.files?.length;
  return field.value;
}

/**
 * Return the state of a field as the page was served.
 *
 * @param {Field} field
 * @returns {State}
 */
function originOf(field) {
  if (isTick(field)) return field.defaultChecked;
  if (field.type === "file") return 0;
  if (!(field instanceof HTMLSelectElement)) return field.defaultValue;
  const options = Array.from(field.options);
  return (options.find((option) => option.defaultSelected) ?? options[0])?.value;
}

/**
 * @param {Field} field
 * @param {State} state
 */
function setState(field, state) {
  if (isTick(field)) field.checked = Boolean(state);
  else field.value = field.type === "file" ? "" : String(state);
}

/**
 * Return the element to mark when a field is not saved: for radio buttons, the whole question.
 *
 * @param {Field} field
 */
const markedOf = (field) => field.closest(field.type === "radio" ? ".field" : ".field, .choice");

export class Draft {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.key = form.dataset.draft ? DRAFT + form.dataset.draft : "";
    this.isStored = Boolean(this.key);
    this.isSent = false;
    this.hasRestored = false; // true: it shows values typed on an earlier page
    const stored = this.load();
    this.isRefused = form.hasAttribute("data-refused"); // then the page shows the typed values, not the saved ones
    this.saved = this.isRefused ? stored.saved : {};
    this.text = make("span");
    this.discardButton = make("button", { type: "button", class: "linkish" }, textDiscard);
    this.note = this.addNote();
    if (!this.isRefused) this.restore(stored);
    if (this.unsaved.length) this.store(); // typed before this module was loaded, or restored by the browser
    this.show();
  }

  get fields() {
    return Array.from(this.form.elements).filter(isTyped);
  }

  get unsaved() {
    return this.fields.filter((field) => stateOf(field) !== this.savedOf(field));
  }

  /** @param {Field} field */
  savedOf(field) {
    return this.saved[nameOf(field)] ?? originOf(field);
  }

  /** @returns {Stored} */
  load() {
    return { saved: {}, typed: {}, before: {}, ...load(this.key) };
  }

  /**
   * Return the hidden field with the base of the text that is edited in a field.
   *
   * @param {Field} field
   */
  before(field) {
    const hidden = BEFORE.map((prefix) => this.form.elements.namedItem(prefix + field.name));
    return hidden.find((other) => other instanceof HTMLInputElement && other.type === "hidden");
  }

  /** @param {Stored} stored */
  restore({ typed, before }) {
    for (const field of this.fields) {
      const name = nameOf(field);
      if (!(name in typed) || typed[name] === originOf(field)) continue;
      setState(field, typed[name]);
      this.hasRestored = true;
      const hidden = this.before(field);
      if (name in before && hidden instanceof HTMLInputElement) hidden.value = before[name];
    }
  }

  /**
   * Store the unsaved values.
   *
   * @param {string} [sent] - the key of the submission that is under way
   */
  store(sent) {
    if (!this.key) return;
    const unsaved = this.unsaved.filter(isStorable);
    /** @type {Stored} */
    const stored = { saved: {}, typed: {}, before: {}, sent };
    for (const field of unsaved) {
      const hidden = this.before(field);
      stored.saved[nameOf(field)] = this.savedOf(field);
      stored.typed[nameOf(field)] = stateOf(field);
      if (hidden instanceof HTMLInputElement) stored.before[nameOf(field)] = hidden.value;
    }
    this.isStored = unsaved.length ? save(this.key, stored) : remove(this.key);
  }

  /** Note that the server has saved the form. */
  settle() {
    this.isSent = this.isRefused = this.hasRestored = false;
    for (const field of this.fields) this.saved[nameOf(field)] = stateOf(field);
    this.show();
  }

  discard() {
    for (const field of this.fields) setState(field, this.savedOf(field));
    this.isRefused = this.hasRestored = false;
    this.store();
    this.show();
    this.fields[0]?.focus();
  }

  get isLostOnLeaving() {
    const isUnsaved = !this.isSent && (this.isRefused || this.unsaved.length > 0);
    return isUnsaved && (this.form.hasAttribute("data-asks-before-leaving") || !this.isStored);
  }

  /** Add the line above the button that says that the form is not saved. */
  addNote() {
    const note = make(
      "p",
      { class: "unsaved", id: `unsaved-${++count}`, hidden: "" },
      this.text,
      " ",
      this.discardButton,
    );
    this.discardButton.addEventListener("click", () => this.discard());
    const button = Array.from(this.form.querySelectorAll("button:not([type=button])")).pop();
    const line = button?.parentElement === this.form ? button : button?.parentElement;
    line?.before(note);
    button?.setAttribute("aria-describedby", note.id);
    return note;
  }

  show() {
    const { unsaved } = this;
    for (const field of this.fields) markedOf(field)?.classList.remove("is-unsaved");
    for (const field of unsaved) markedOf(field)?.classList.add("is-unsaved");
    // In a form for several entries in a row, the line would move the button while somebody types.
    const isQuiet = this.form.hasAttribute("data-again") && !this.hasRestored;
    this.note.hidden = !this.isRefused && (!unsaved.length || isQuiet);
    this.text.textContent = this.isStored && unsaved.every(isStorable) ? textUnsavedHere : textUnsaved;
    this.discardButton.hidden = !this.hasRestored;
  }
}
