// The form in which lines are typed and corrected.

import { newKey } from "../http.js";
import { fill } from "../text.js";
import { closeOptions, fetchPeople, meantPerson, onChoice, showMeaning } from "./convener_field.js";
import { clean, pastedLines } from "./line.js";
import { addLine, focusLine, keepLine, lines, showLine, state } from "./lines.js";
import { convener, entry, name, progress, readOut, texts, title } from "./page.js";
import { sendLines } from "./sending.js";
import { storeDraft, storedDraft } from "./stored.js";

/** @import { Fields, Line } from "./line.js" */

/** @type {Fields | null} */
let aside = null; // the fields that were half typed when a correction began

/** @returns {Fields} */
const typed = () => ({ title: title.value, name: name.value, convener: convener.value });

/** @param {Fields | null} fields */
function setTyped(fields) {
  [title.value, name.value, convener.value] = [fields?.title ?? "", fields?.name ?? "", fields?.convener ?? ""];
  closeOptions();
  showMeaning();
}

const keepDraft = () => storeDraft({ typed: typed(), edited: state.edited?.id ?? null, aside });

/** Show the fields that were half typed when the page was left. */
export function restoreDraft() {
  const draft = storedDraft();
  if (!draft) return;
  state.edited = lines.find(({ id }) => id === draft.edited) ?? null;
  aside = state.edited ? draft.aside : null;
  if (state.edited) progress.textContent = fill(texts.edit, state.edited.want);
  if (!title.value) setTyped(state.edited || draft.edited === null ? draft.typed : draft.aside);
  if (state.edited) showLine(state.edited);
}

// ---- new lines ----------------------------------------------------------------------------------------------

entry.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = { title: clean(title.value), name: clean(name.value), convener: meantPerson() };
  if (fields.title) return commit(fields);
  readOut(texts.untitled);
  title.focus();
});

/**
 * Add a new line, or correct the edited one, and send it.
 *
 * @param {Fields} fields
 */
function commit(fields) {
  if (state.edited) correct(state.edited, fields);
  else add(fields);
  keepDraft();
  title.focus();
  sendLines();
}

/** @param {Fields} fields */
function add(fields) {
  const at = Date.now() + lines.length / 1e6; // lines of one millisecond keep their order
  /** @type {Line} */
  const line = { id: newKey(), at, want: { ...fields, gone: false }, kept: null, number: null };
  setTyped(null);
  addLine(line);
  keepLine(line);
  line.element?.scrollIntoView({ block: "nearest" });
}

/**
 * @param {Line} line
 * @param {Fields} fields
 */
function correct(line, fields) {
  Object.assign(line.want, fields);
  line.reason = null;
  stopEditing();
  keepLine(line);
}

// ---- corrections --------------------------------------------------------------------------------------------

/** @param {Line} line */
export function edit(line) {
  const before = state.edited;
  if (!before) aside = typed();
  state.edited = line;
  progress.textContent = fill(texts.edit, line.want);
  setTyped(line.want);
  if (before) showLine(before);
  showLine(line);
  keepDraft();
  title.focus();
  title.setSelectionRange(title.value.length, title.value.length);
}

function stopEditing() {
  const line = state.edited;
  state.edited = null;
  progress.textContent = texts.new ?? "";
  setTyped(aside);
  aside = null;
  if (line) showLine(line);
  keepDraft();
}

/**
 * Withdraw a line, or take its withdrawal back.
 *
 * @param {Line} line
 */
export function toggleGone(line) {
  line.want.gone = !line.want.gone;
  line.reason = null;
  if (line === state.edited) stopEditing();
  keepLine(line);
  readOut(line.want.gone ? texts.gone : "");
  sendLines();
}

// ---- the keys of the two fields: a semicolon ends the title; two give one in the title -------------------------

title.addEventListener("input", () => {
  keepDraft();
  fetchPeople();
  showMeaning();
});
title.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === ";") {
    event.preventDefault();
    if (title.value.trim()) name.focus();
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    focusLine(lines.length - 1);
  } else if (event.key === "Escape" && state.edited) stopEditing();
});
title.addEventListener("paste", (event) => {
  const pasted = event.clipboardData?.getData("text/plain") ?? "";
  const rows = pasted.split(/\r?\n/).filter((row) => row.trim());
  if (rows.length < 2 || state.edited) return;
  event.preventDefault();
  for (const fields of pastedLines(pasted)) commit(fields);
});

name.addEventListener("input", keepDraft);
onChoice(keepDraft);
name.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return; // the list has used the key
  if (event.key === "ArrowUp") {
    event.preventDefault();
    focusLine(lines.length - 1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (name.value) clearName();
    else if (state.edited) stopEditing();
    else title.focus();
  } else if (event.key === ";" && !name.value) {
    event.preventDefault();
    title.focus();
    title.setRangeText(";", title.value.length, title.value.length, "end");
    keepDraft();
  }
});

function clearName() {
  [name.value, convener.value] = ["", ""];
  showMeaning();
  keepDraft();
}
