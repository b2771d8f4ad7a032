// The operator's page: lines are typed, queued, and sent one by one. Nothing here waits for the network.
//
// A line holds what its operator wants (`want`) and what the server has (`kept`); sending goes on until both are the
// same. What is not the same yet stays in the browser's storage, one item for each line, and survives the page.

const entry = document.getElementById("entry");
const texts = entry.dataset;
const { title, name, convener } = entry.elements;
const list = document.getElementById("lines");
const options = document.getElementById("people");
const blank = document.getElementById("line").content.firstElementChild;
const network = document.getElementById("network");
const told = document.getElementById("told");
const means = document.getElementById("means");
const doing = document.getElementById("doing");

const PATIENCE = 10_000; // ms to wait for an answer
const FIRST_WAIT = 500; // ms before the first new attempt; doubles up to LAST_WAIT
const LAST_WAIT = 8_000;
const MOST_BROKEN = 3; // times that the server may fail at one line before it lets the others pass
const PEOPLE_EVERY = 5_000; // ms between two looks at who has come
const MOST_OPTIONS = 6;
const FIELDS = ["title", "name", "convener"];

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
const pick = (from) => Object.fromEntries(FIELDS.map((field) => [field, String(from?.[field] ?? "")]));
const same = (one, other) => FIELDS.every((field) => one[field] === other[field]);

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// ---- what is kept in the browser ---------------------------------------------------------------------------

const place = (what) => `operator:${texts.code}:${what}`;

function store(what, value) {
  try {
    if (value === null) localStorage.removeItem(place(what));
    else localStorage.setItem(place(what), JSON.stringify(value));
  } catch { /* private mode: the page itself still holds it */ }
}

function stored(what) {
  try { return JSON.parse(localStorage.getItem(place(what))); } catch { return null; }
}

function storedLines() {
  try {
    const keys = Object.keys(localStorage).filter((key) => key.startsWith(place("line:")));
    return keys.map((key) => JSON.parse(localStorage.getItem(key))).sort((one, other) => one.at - other.at);
  } catch {
    return [];
  }
}

// ---- lines -------------------------------------------------------------------------------------------------

const lines = []; // as they are shown

function add(line) {
  lines.push(line);
  line.element = blank.cloneNode(true);
  line.element.dataset.line = line.id;
  list.append(line.element);
  show(line);
}

/** What is left to do for a line: create, edit, withdraw or bring back; nothing when the server has what is wanted. */
function due(line) {
  if (line.reason) return null;
  if (line.step) return line.step.what; // tried, and perhaps done: nothing else before its answer
  if (!line.number) return line.want.gone ? null : "create";
  if (line.want.gone !== line.kept.gone) return line.want.gone ? "withdraw" : "back";
  return line.want.gone || same(line.want, line.kept) ? null : "edit";
}

const isSettled = (line) => !line.reason && !due(line);

function remember(line) {
  const { element, sending, ...facts } = line;
  store(`line:${line.id}`, isSettled(line) ? null : facts);
}

function keep(line) {
  remember(line);
  show(line);
}

function stateOf(line) {
  if (line.reason) return "refused";
  if (line.sending) return away ? "away" : "sending";
  if (due(line)) return away ? "away" : "waits";
  return line.want.gone ? "gone" : "kept";
}

function show(line) {
  const { element, want } = line;
  const part = (of) => element.querySelector(`[data-of="${of}"]`);
  const state = stateOf(line);
  element.dataset.state = state;
  element.className = `line${line.colour ? ` c${line.colour}` : ""}`;
  element.classList.toggle("is-gone", want.gone);
  element.classList.toggle("is-edited", line === edited);
  part("number").textContent = line.number ?? "";
  part("title").textContent = want.title;
  part("who").textContent = want.name || texts.request;
  part("state").textContent = fill(texts[state], { n: line.number, reason: line.reason });
  const alike = part("alike");
  alike.hidden = !line.alike?.length || want.gone;
  if (!alike.hidden) showAlike(alike, line.alike[0]);
  sayNetwork();
}

function showAlike(where, { number, title, url }) {
  const link = Object.assign(document.createElement("a"), { href: url, target: "_blank", rel: "noopener", textContent: title });
  const tab = Object.assign(document.createElement("span"), { className: "unseen", textContent: ` ${texts.tab}` });
  link.append(tab);
  where.replaceChildren(`${fill(texts.alike, { n: number })} `, link);
}

function sayNetwork() {
  const left = lines.filter((line) => !isSettled(line)).length;
  const text = stranger ? network.dataset.stranger : !left ? network.dataset.all : left === 1 ? network.dataset.one : fill(network.dataset.many, { n: left });
  network.dataset.state = left && (away || stranger || lines.some((line) => line.reason)) ? "late" : "";
  if (network.textContent !== text) network.textContent = text;
}

function say(text) {
  told.textContent = text;
}

// ---- sending -----------------------------------------------------------------------------------------------

let isSending = false;
let away = false; // the last attempt got no answer
let stranger = false; // the last answer was that this browser may not
let failures = 0;
let retryTimer;

async function send() {
  if (isSending) return;
  isSending = true;
  clearTimeout(retryTimer);
  for (let line; (line = lines.find(due)); ) {
    line.sending = true;
    show(line);
    const answered = await step(line);
    line.sending = false;
    setAway(!answered);
    keep(line);
    if (!answered) {
      failures += 1;
      retryTimer = setTimeout(send, Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (failures - 1)) * (0.75 + Math.random() / 2));
      break;
    }
    failures = 0;
    say(line.element.querySelector("[data-of=state]").textContent);
  }
  isSending = false;
}

function setAway(now) {
  if (away === now) return;
  away = now;
  for (const line of lines) if (due(line)) show(line);
}

/** Do one thing for a line. False when it must be tried again: as it was, so that its key stands for one thing only. */
async function step(line) {
  const { what, key, ...sent } = (line.step ??= { what: due(line), key: newKey(), ...pick(line.want) });
  remember(line);
  const path = { create: entry.action, edit: `${entry.action}${line.number}/`, withdraw: `${line.url}withdraw/`, back: `${line.url}back/` }[what];
  const answer = await post(path, what === "create" || what === "edit" ? pick(sent) : {}, key);
  if (answer?.isBroken) line.step.broken = (line.step.broken ?? 0) + 1;
  if (!answer || line.step.broken < MOST_BROKEN) return false;
  line.step = null;
  if (answer.isBroken) line.reason = document.body.dataset.textFailed;
  else if (answer.refused !== undefined) line.reason = answer.refused;
  else if (what === "withdraw" || what === "back") line.kept.gone = what === "withdraw";
  else take(line, sent, answer.found);
  return true;
}

/** The server has the line: show it as it stands there, unless it was changed here meanwhile. */
function take(line, sent, found) {
  line.kept = { ...pick(found), gone: false };
  for (const field of ["number", "colour", "url", "alike"]) line[field] = found[field];
  if (same(line.want, sent)) Object.assign(line.want, pick(found));
  const twice = lines.findIndex((other) => other !== line && other.number === line.number);
  if (twice >= 0) lines.splice(twice, 1)[0].element.remove(); // the page had it already, when its answer was lost
}

/** The answer as `found` (JSON, or nothing), as the reason why it was `refused`, or that it `isBroken`; null: none yet. */
async function post(path, fields, key) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const token = entry.elements.csrfmiddlewaretoken;
  try {
    const body = new URLSearchParams({ csrfmiddlewaretoken: token.value, key, ...fields });
    const answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true" }, signal: stop.signal });
    const reason = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").say?.text;
    stranger = answer.status === 404;
    if (answer.ok) return { found: answer.status === 204 ? null : await answer.json() };
    if (reason) return { refused: reason };
    if ([400, 413, 500].includes(answer.status)) return { isBroken: true };
    if (answer.status === 403) await renew(token);
    return null;
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** The page had grown old: take the proof that a form is ours from a new one. */
async function renew(token) {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  token.value = page.querySelector("#entry [name=csrfmiddlewaretoken]")?.value ?? token.value;
}

function again() {
  failures = 0;
  send();
}
addEventListener("online", again);
addEventListener("pageshow", again);

// ---- typing ------------------------------------------------------------------------------------------------

let edited = null; // the line that is being corrected
let aside = null; // what was half typed when its correction began

const typed = () => ({ title: title.value, name: name.value, convener: convener.value });

function setTyped(fields) {
  [title.value, name.value, convener.value] = [fields?.title ?? "", fields?.name ?? "", fields?.convener ?? ""];
  closeOptions();
  sayMeaning();
}

function keepDraft() {
  store("draft", { typed: typed(), edited: edited?.id ?? null, aside });
}

entry.addEventListener("submit", (event) => {
  event.preventDefault();
  const [who, other] = meant();
  const said = { title: clean(title.value), name: clean(name.value), convener: who && !other ? String(who.id) : "" };
  if (!said.title) {
    say(texts.untitled);
    return title.focus();
  }
  commit(said);
});

const clean = (text) => text.split(/\s+/).filter(Boolean).join(" ");

function commit(said) {
  if (edited) {
    const line = edited;
    Object.assign(line.want, said);
    line.reason = null;
    stopEditing();
    keep(line);
  } else {
    const line = { id: newKey(), at: Date.now() + lines.length / 1e6, want: { ...said, gone: false }, kept: null, number: null };
    setTyped(null);
    add(line);
    keep(line);
    line.element.scrollIntoView({ block: "nearest" });
  }
  keepDraft();
  title.focus();
  send();
}

function edit(line) {
  const before = edited;
  if (!edited) aside = typed();
  edited = line;
  doing.textContent = fill(texts.edit, line.want);
  setTyped(line.want);
  if (before) show(before);
  show(line);
  keepDraft();
  title.focus();
  title.setSelectionRange(title.value.length, title.value.length);
}

function stopEditing() {
  const line = edited;
  edited = null;
  doing.textContent = texts.new;
  setTyped(aside);
  aside = null;
  show(line);
  keepDraft();
}

function toggleGone(line) {
  line.want.gone = !line.want.gone;
  line.reason = null;
  if (line === edited) stopEditing();
  keep(line);
  say(line.want.gone ? texts.gone : "");
  send();
}

title.addEventListener("input", keepDraft);
title.addEventListener("input", lookAtPeople);

// A separator ends the title; twice, it is itself.
title.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if (event.key === ";") {
    event.preventDefault();
    if (title.value.trim()) name.focus();
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    focusLine(lines.length - 1);
  } else if (event.key === "Escape" && edited) stopEditing();
});
title.addEventListener("paste", (event) => {
  const rows = (event.clipboardData?.getData("text/plain") ?? "").split(/\r?\n/).filter((row) => row.trim());
  if (rows.length < 2 || edited) return;
  event.preventDefault();
  for (const row of rows) {
    const [first, ...rest] = row.split(/[\t;]/);
    if (clean(first)) commit({ title: clean(first), name: clean(rest.join(" ")), convener: "" });
  }
});

// ---- going back to a line ----------------------------------------------------------------------------------

function focusLine(index) {
  (lines[index]?.element ?? title).focus();
}

const LINE_KEYS = {
  arrowup: (line, index) => focusLine(Math.max(0, index - 1)),
  arrowdown: (line, index) => focusLine(index + 1),
  home: () => focusLine(0),
  end: () => focusLine(lines.length - 1),
  escape: () => title.focus(),
  e: edit,
  z: toggleGone,
};

list.addEventListener("keydown", (event) => {
  const index = lines.findIndex((line) => line.element === event.target);
  if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = LINE_KEYS[event.key.toLowerCase()];
  if (act) {
    event.preventDefault();
    act(lines[index], index);
  } else if (event.key.length === 1 && event.key !== " ") title.focus(); // somebody goes on typing: the letter goes there
});
list.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  const line = lines.find(({ element }) => element.contains(event.target));
  if (!button || !line) return;
  if (button.dataset.do === "edit") edit(line);
  else toggleGone(line);
});

// ---- who convenes: a combobox with a list ------------------------------------------------------------------

let people = [];
let lookedAt = 0;
let areStale = true;
let found = []; // the people in the list, in its order
let active = -1;

const LIGATURES = { œ: "oe", æ: "ae" };
const words = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[œæ]/g, (sign) => LIGATURES[sign]).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
const keyOf = (text) => words(text).sort().join(" ");

async function lookAtPeople() {
  if (!areStale || Date.now() - lookedAt < PEOPLE_EVERY) return;
  [lookedAt, areStale] = [Date.now(), false];
  try {
    const answer = await fetch(texts.people, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(answer.status);
    const areFirst = !people.length; // a name may have been typed before anybody was known
    people = (await answer.json()).people.map((person) => ({ ...person, words: person.key.split(" ") }));
    if (!options.hidden || (areFirst && document.activeElement === name)) openOptions();
    sayMeaning();
  } catch {
    areStale = true;
  }
}
document.addEventListener("board:applied", () => {
  areStale = true;
  if (away) again();
});

/** Those whose name has, for each word typed, a word that begins with it. */
function matching(text) {
  const wanted = words(text);
  if (!wanted.length) return [];
  const fits = ({ words }) => {
    const left = [...words];
    return wanted.every((word) => {
      const at = left.findIndex((own) => own.startsWith(word));
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  };
  return people.filter(fits).sort((one, other) => one.expected - other.expected).slice(0, MOST_OPTIONS);
}

function openOptions() {
  found = matching(name.value);
  active = -1;
  options.replaceChildren(...found.map(optionOf));
  options.hidden = !found.length;
  name.setAttribute("aria-expanded", String(!options.hidden));
  name.removeAttribute("aria-activedescendant");
}

function optionOf(person, index) {
  const option = Object.assign(document.createElement("li"), { id: `person-${index}`, role: "option" });
  option.setAttribute("aria-selected", "false");
  const more = [person.from, person.expected ? texts.expected : ""].filter(Boolean).join(" · ");
  option.append(person.name);
  if (more) option.append(" ", Object.assign(document.createElement("span"), { className: "soft", textContent: more }));
  return option;
}

function closeOptions() {
  options.hidden = true;
  active = -1;
  name.setAttribute("aria-expanded", "false");
  name.removeAttribute("aria-activedescendant");
}

function activate(index) {
  options.children[active]?.setAttribute("aria-selected", "false");
  active = index;
  const option = options.children[active];
  option?.setAttribute("aria-selected", "true");
  if (option) name.setAttribute("aria-activedescendant", option.id);
  else name.removeAttribute("aria-activedescendant");
}

function choose(person) {
  [name.value, convener.value] = [person.name, String(person.id)];
  closeOptions();
  sayMeaning();
  keepDraft();
}

/** Who is meant by the name as it is typed: one person, several, or nobody that we know. */
function meant() {
  const key = keyOf(name.value);
  const chosen = people.filter(({ id }) => String(id) === convener.value);
  const named = people.filter((person) => key && person.key === key);
  const here = named.filter(({ expected }) => !expected);
  return [chosen, here, named].find((some) => some.length) ?? [];
}

/** Say what Enter will make of the name. */
function sayMeaning() {
  const said = clean(name.value);
  const [who, other] = meant();
  let text = "";
  if (who && !other) text = fill(who.expected ? texts.meansExpected : texts.meansKnown, { name: [who.name, who.from].filter(Boolean).join(", ") });
  else if (who) text = fill(texts.meansSeveral, { name: said });
  else if (said) text = fill(texts.meansNew, { name: said });
  else if (title.value.trim()) text = texts.meansRequest;
  if (means.textContent !== text) means.textContent = text;
}
title.addEventListener("input", sayMeaning);

name.setAttribute("role", "combobox");
name.setAttribute("aria-autocomplete", "list");
name.setAttribute("aria-expanded", "false");
name.setAttribute("aria-controls", options.id);

name.addEventListener("focus", lookAtPeople);
name.addEventListener("input", () => {
  convener.value = "";
  openOptions();
  sayMeaning();
  keepDraft();
  lookAtPeople();
});
name.addEventListener("blur", closeOptions);
name.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const isOpen = !options.hidden;
  if (event.key === "ArrowDown") {
    event.preventDefault();
    if (!isOpen) openOptions();
    if (found.length) activate((active + 1) % found.length);
  } else if (event.key === "ArrowUp") {
    event.preventDefault();
    if (!isOpen) return focusLine(lines.length - 1);
    activate(active <= 0 ? found.length - 1 : active - 1);
  } else if ((event.key === "Enter" || event.key === "Tab") && isOpen && active >= 0) choose(found[active]); // Enter then saves
  else if (event.key === "Escape") {
    event.preventDefault();
    if (isOpen) closeOptions();
    else if (name.value) setName("");
    else if (edited) stopEditing();
    else title.focus();
  } else if (event.key === ";" && !name.value) {
    event.preventDefault();
    title.focus();
    title.setRangeText(";", title.value.length, title.value.length, "end");
    keepDraft();
  }
});

function setName(text) {
  [name.value, convener.value] = [text, ""];
  sayMeaning();
  keepDraft();
}

// The list must not take the focus from the field, whatever presses on it.
options.addEventListener("pointerdown", (event) => event.preventDefault());
options.addEventListener("click", (event) => {
  const index = [...options.children].indexOf(event.target.closest("li"));
  if (index < 0) return;
  choose(found[index]);
  name.focus();
});

// ---- the page begins with what the server has, then with what it has not yet ---------------------------------

for (const old of [...list.children]) {
  const { number, title, name, convener, colour, url, gone } = old.dataset;
  old.remove();
  const want = { title, name, convener, gone: gone !== undefined };
  add({ id: `n${number}`, at: 0, want, kept: { ...want }, number: Number(number), colour, url });
}
for (const line of storedLines()) {
  const known = lines.findIndex(({ number }) => number && number === line.number);
  if (known < 0) add(line);
  else {
    const { element } = lines[known];
    lines[known] = Object.assign(line, { element });
    show(line);
  }
}
const draft = stored("draft");
if (draft) {
  edited = lines.find(({ id }) => id === draft.edited) ?? null;
  aside = edited ? draft.aside : null;
  if (edited) doing.textContent = fill(texts.edit, edited.want);
  if (!title.value) setTyped(edited || draft.edited === null ? draft.typed : draft.aside);
  if (edited) show(edited);
}
entry.noValidate = true; // an empty title is said in words, without a bubble in the way
sayNetwork();
sayMeaning();
lookAtPeople();
title.focus();
list.lastElementChild?.scrollIntoView({ block: "nearest" });
send();
