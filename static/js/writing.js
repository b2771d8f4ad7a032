// The sections of a report as shared texts: several people write in them at once, and nothing typed is lost.
//
// Every section is a plain textarea bound to a text of one Yjs document. What is typed goes into the document, then to
// the server, one message at a time; it counts as saved when the server says that it is on its disk, and until then
// this browser keeps it, also when the page is closed. On every new beginning both sides say what they have.

import { Shelf } from "./shelf.js";

const { Doc, UndoManager, applyUpdate, encodeStateAsUpdate, encodeStateVector, getState, mergeUpdates } = globalThis.Y;
const manuscript = document.getElementById("manuscript");
const { writing: path, store: storeName, state: stateOfPage, csrf, sections } = manuscript.dataset;
const texts = manuscript.dataset;
const SEND_PAUSE = 150; // ms of typing that share a message
const PATIENCE = 6_000; // ms to wait for an answer before the socket counts as dead
const BEAT = 15_000; // ms between two signs of life
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 8_000;
const POLL = 3_000; // ms between two looks over HTTP while sockets fail
const KEEP_PAUSE = 250; // ms between two times that this browser keeps what is not saved
const COMPOSING = 2_000; // ms without a key after which half a word no longer keeps the others' words waiting
const LONGEST_FRAME = 12_000; // characters; what is longer goes over HTTP
const NOT_ALLOWED = 4403;

const doc = new Doc();
applyUpdate(doc, bytes(stateOfPage), "server");

function bytes(text) { return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)); }

function base64(data) {
  let signs = "";
  for (let at = 0; at < data.length; at += 8192) signs += String.fromCharCode(...data.subarray(at, at + 8192));
  return btoa(signs);
}

/** Whether an update brings words: it begins with the number of documents in which they were written. */
const hasWords = (update) => update[0] > 0;

// ---- one section ------------------------------------------------------------------------------------------

/** The one change that leads from a text to another, given where the caret is after it. */
function difference(before, after, caret) {
  const longest = Math.min(before.length, after.length);
  let tail = after.length - caret;
  if (tail > longest || before.slice(before.length - tail) !== after.slice(caret)) {
    tail = 0;
    while (tail < longest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  }
  let head = 0;
  while (head < longest - tail && before[head] === after[head]) head += 1;
  // An emoji is two signs, which are never parted.
  if (isHigh(before, head - 1) || isHigh(after, head - 1)) head -= 1;
  if (isLow(before, before.length - tail) || isLow(after, after.length - tail)) tail -= 1;
  return { at: head, gone: before.length - tail - head, words: after.slice(head, after.length - tail) };
}

const isHigh = (text, at) => text.charCodeAt(at) >>> 10 === 0x36;
const isLow = (text, at) => text.charCodeAt(at) >>> 10 === 0x37;

/** Where a place in a text is after somebody's change. */
function through(delta, place) {
  let at = 0;
  for (const { retain, insert, delete: gone } of delta) {
    if (at > place || (at === place && insert)) break;
    if (retain) at += retain;
    else if (insert) [at, place] = [at + insert.length, place + insert.length];
    else place = Math.max(at, place - gone);
  }
  return place;
}

/** Where a change ends. */
function endOf(delta) {
  let [at, end] = [0, 0];
  for (const { retain, insert } of delta) {
    at += retain ?? insert?.length ?? 0;
    if (!retain) end = at;
  }
  return end;
}

class Section {
  constructor(field) {
    this.field = field;
    this.text = doc.getText(field.name);
    this.undo = new UndoManager(this.text, { trackedOrigins: new Set([this]), captureTimeout: 600 });
    this.composingUntil = 0;
    this.hands = document.createElement("p");
    this.hands.className = "hands";
    this.hands.id = `hands-${field.name}`;
    field.after(this.hands);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${this.hands.id}`.trim());
    // Compare-and-set is for fields that only one person writes at a time: without its mark, report.js leaves it alone.
    field.form.elements.namedItem(`b_${field.name}`)?.remove();
    const typedBefore = field.value !== field.defaultValue;
    this.shown = typedBefore ? field.defaultValue : this.text.toString();
    if (typedBefore) this.write();
    field.value = this.shown = this.text.toString();
    field.addEventListener("input", () => this.write());
    field.addEventListener("beforeinput", (event) => this.undoInstead(event, event.inputType === "historyUndo", event.inputType === "historyRedo"));
    field.addEventListener("keydown", (event) => {
      const key = (event.ctrlKey || event.metaKey) && !event.altKey ? event.key.toLowerCase() : "";
      this.undoInstead(event, key === "z" && !event.shiftKey, key === "y" || (key === "z" && event.shiftKey));
    });
    field.addEventListener("compositionstart", () => this.compose(COMPOSING));
    field.addEventListener("compositionupdate", () => this.compose(COMPOSING));
    field.addEventListener("compositionend", () => this.compose(0));
    for (const type of ["focus", "blur"]) field.addEventListener(type, () => line.placeSoon());
    this.text.observe((event) => event.transaction.origin !== this && this.show(event));
  }

  /** Take what was typed, pasted, dropped, corrected or dictated into the shared text. */
  write() {
    const value = this.field.value.replaceAll("\0", "");
    const { at, gone, words } = difference(this.shown, value, this.field.selectionEnd);
    this.shown = value;
    doc.transact(() => {
      if (gone) this.text.delete(at, gone);
      if (words) this.text.insert(at, words);
    }, this);
    this.sayWhetherFull();
  }

  /** Show what others wrote, or what was undone; what is selected stays selected, and the page does not jump. */
  show({ delta, transaction }) {
    const { field } = this;
    const undone = transaction.origin === this.undo;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = field;
    field.value = this.shown = this.text.toString();
    if (field === document.activeElement) {
      const places = undone ? [endOf(delta), endOf(delta)] : [through(delta, selectionStart), through(delta, selectionEnd)];
      field.setSelectionRange(...places, selectionDirection);
    }
    field.scrollTop = scrollTop;
    field.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
    this.sayWhetherFull();
  }

  /** One's own words alone are undone, never those of others: the browser's own undo knows no difference. */
  undoInstead(event, undo, redo) {
    if (!undo && !redo) return;
    event.preventDefault();
    if (undo) this.undo.undo();
    else this.undo.redo();
  }

  /** A word that is being made of several keys must not be disturbed: the others' words wait until it is done. */
  compose(wait) {
    this.composingUntil = wait && performance.now() + wait;
    if (!wait) this.write();
    setTimeout(takeHeld, wait);
  }

  get isComposing() { return performance.now() < this.composingUntil; }

  sayWhetherFull() {
    const isFull = this.field.maxLength > 0 && this.field.value.length >= this.field.maxLength;
    if (isFull === Boolean(this.full)) return;
    if (!isFull) return (this.full = this.full.remove());
    this.full = document.createElement("p");
    this.full.className = "errorlist";
    this.full.setAttribute("role", "alert");
    this.full.textContent = texts.textFull;
    this.field.before(this.full);
  }

  sayWho(names) {
    const short = names.length > 1 ? names.map((name) => name.split(" ")[0]) : names; // beside the name of the section
    const together = new Intl.ListFormat(document.documentElement.lang).format(short);
    const text = names.length ? texts[names.length > 1 ? "textMany" : "textOne"].replace("{names}", together) : "";
    if (this.hands.textContent !== text) this.hands.textContent = text;
  }
}

// ---- what this browser keeps until it is saved --------------------------------------------------------------

/**
 * The whole text in IndexedDB, a moment later; until it is there, at once in localStorage what was just typed, because a
 * browser may end a page between two keys without a word. Where there is no IndexedDB, localStorage has everything.
 */
class Store extends Shelf {
  constructor() {
    super("forum", "writing");
    this.key = `${storeName}:${base64(crypto.getRandomValues(new Uint8Array(9)))}`; // of this page: others keep theirs
    this.recent = []; // typed, and not in the database yet
    this.adopted = []; // left behind by pages that were closed before all was saved
    this.works = true;
    this.isEmpty = true;
  }

  /** All that pages on this report left behind. */
  async read() {
    const asked = await this.ask("readonly", (store) => {
      const range = IDBKeyRange.bound(`${storeName}:`, `${storeName}:\uffff`);
      return [store.getAllKeys(range), store.getAll(range)];
    });
    const [keys, values] = asked ? asked.map(({ result }) => result) : [[], []];
    const found = new Map(keys.map((key, n) => [`${key} in the database`, values[n]]));
    for (const key of localKeys()) found.set(key, bytes(localStorage.getItem(key)));
    this.adopted = [...keys, ...localKeys()];
    return [...found.values()];
  }

  /** Something was typed. */
  add(update) {
    this.recent.push(update);
    this.note();
    this.timer ??= setTimeout(() => this.keep(), KEEP_PAUSE);
  }

  async keep() {
    this.stop();
    this.isEmpty = false;
    const [state, known] = [encodeStateAsUpdate(doc), new Set(this.recent)];
    const kept = await this.ask("readwrite", (store) => store.put(state, this.key));
    if (!line.isDirty) return this.clear(); // saved in the meantime
    this.recent = this.recent.filter((update) => !known.has(update));
    if (!kept) this.recent.unshift(state);
    this.works = this.note() || Boolean(kept);
  }

  /** What is not in the database; whether this browser could take it. */
  note() {
    try {
      if (this.recent.length) localStorage.setItem(this.key, base64(mergeUpdates(this.recent)));
      else localStorage.removeItem(this.key);
      this.isEmpty = false;
      return true;
    } catch { return false; }
  }

  stop() { this.timer = clearTimeout(this.timer); }

  /** All is saved: nothing of it stays on this device. */
  async clear() {
    this.stop();
    if (this.isEmpty && !this.adopted.length) return;
    this.isEmpty = true;
    this.recent = [];
    const keys = [this.key, ...this.adopted];
    this.adopted = [];
    keys.forEach(forget);
    await this.ask("readwrite", (store) => keys.map((key) => store.delete(key)));
  }
}

function localKeys() {
  try { return Object.keys(localStorage).filter((key) => key.startsWith(`${storeName}:`)); } catch { return []; }
}

function forget(key) {
  try { localStorage.removeItem(key); } catch { /* storage is off: nothing was kept there */ }
}

// ---- the line to the server -----------------------------------------------------------------------------------

const SERVER = "server";

class Line {
  constructor() {
    this.waiting = null; // typed, and not sent yet
    this.flight = null; // sent, and not answered yet
    this.isDirty = false; // something typed here is not on the server's disk
    this.isReady = false; // both sides have said what they have
    this.isOver = false; // the server takes nothing more from here
    this.failures = 0; // of the socket, since it last spoke
    this.isAway = false; // no way to the server works
    this.me = "";
  }

  /** Something was typed here. */
  add(update) {
    this.waiting = this.waiting ? mergeUpdates([this.waiting, update]) : update;
    this.isDirty = true;
    this.say();
    store.add(update);
    this.sendTimer ??= setTimeout(() => this.send(), SEND_PAUSE);
  }

  /** What the page may say while something is not saved. */
  say() {
    if (this.isOver) say("refused");
    else if (this.isDirty) say(this.isAway ? "waiting" : "saving");
  }

  /** Nothing passes any more; what waits goes with the next socket. */
  get isClosing() { return this.socket && this.socket.readyState !== WebSocket.OPEN; }

  /** Send what waits, one message at a time. */
  send() {
    this.sendTimer = clearTimeout(this.sendTimer);
    if (!this.isReady || this.flight || !this.waiting || this.isOver || this.isClosing) return;
    [this.flight, this.waiting] = [this.waiting, null];
    const message = { update: base64(this.flight), client: doc.clientID, clock: getState(doc.store, doc.clientID) };
    const text = JSON.stringify(message);
    if (this.socket && text.length < LONGEST_FRAME) {
      this.socket.send(text);
      this.expect();
    } else this.exchange(message);
  }

  expect() {
    this.patience ??= setTimeout(() => this.retry(), PATIENCE);
  }

  /** A word of the server, by whatever way it came. */
  take({ update, vector, kept, refused, people, me }) {
    this.patience = clearTimeout(this.patience);
    if (me) this.me = me;
    if (update) receive(bytes(update));
    if (kept) this.flight = null;
    else if (vector) this.land();
    if (vector) this.catchUp(bytes(vector));
    if (people) sayWho(people, this.me);
    if (refused) this.end();
    else if (kept || vector) this.goOn();
  }

  /** What was sent is not known to have arrived: it waits again. */
  land() {
    if (this.flight) this.waiting = this.waiting ? mergeUpdates([this.flight, this.waiting]) : this.flight;
    this.flight = null;
  }

  /** The server has this much: words that it lacks are sent, with all that was taken out. */
  catchUp(vector) {
    const lacking = encodeStateAsUpdate(doc, vector);
    if (hasWords(lacking)) [this.waiting, this.isDirty] = [lacking, true]; // else what waits, if anything, is all there is
    this.isReady = true;
    this.isAway = false;
    this.say();
  }

  goOn() {
    if (this.waiting) return this.send();
    if (this.flight) return;
    if (this.isDirty) say("saved");
    this.isDirty = false;
    store.clear();
    this.saved?.();
  }

  /** Resolves when all is saved, or when that must wait. */
  save() {
    if (!this.isDirty || this.isAway || this.isOver) return Promise.resolve();
    this.send();
    return new Promise((resolve) => { this.saved = resolve; });
  }

  /** Nothing more is taken from here; what was typed stays in this browser. */
  end() {
    this.isOver = true;
    this.hangUp();
    store.keep();
    say("refused");
    this.saved?.();
  }

  // the socket

  connect() {
    clearTimeout(this.retryTimer);
    this.hangUp();
    this.isOver = false;
    const url = new URL(path, location.href);
    url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    let mine;
    try { mine = new WebSocket(url); } catch { return this.retry(); }
    this.opening = mine;
    mine.onopen = () => mine === this.opening && mine.send(JSON.stringify({ have: base64(encodeStateVector(doc)) }));
    mine.onmessage = (event) => {
      if (mine !== this.opening) return;
      if (!this.socket) {
        this.socket = mine;
        this.failures = 0;
        this.placeSoon();
      }
      this.take(JSON.parse(event.data));
    };
    mine.onclose = ({ code }) => {
      if (mine !== this.opening) return;
      if (code === NOT_ALLOWED) this.end();
      else this.retry();
    };
    this.expect();
  }

  hangUp() {
    const old = this.opening;
    this.opening = this.socket = null;
    this.isReady = false;
    this.patience = clearTimeout(this.patience);
    clearTimeout(this.beat);
    this.land();
    old?.close();
    sayWho([], "");
  }

  retry() {
    this.hangUp();
    this.failures += 1;
    this.isAway = true;
    this.say();
    this.saved?.();
    const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (this.failures - 1));
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.connect(), wait * (0.5 + Math.random()));
    if (this.failures > 1) this.poll();
  }

  placeSoon() { this.placeTimer ??= setTimeout(() => this.place(), 50); } // from one field to another is one move

  /** Say where this writer is; the answer says where the others are, and that the line lives. */
  place() {
    clearTimeout(this.beat);
    this.placeTimer = clearTimeout(this.placeTimer);
    if (!this.socket || this.isClosing) return;
    const here = document.visibilityState === "visible" ? document.activeElement?.name : "";
    this.socket.send(JSON.stringify({ in: bound.has(here) ? here : "" }));
    this.expect();
    this.beat = setTimeout(() => this.place(), BEAT);
  }

  // when sockets fail: the same over HTTP

  async poll() {
    clearTimeout(this.pollTimer);
    if (this.socket || this.isOver) return;
    await this.exchange(null);
    if (!this.socket && !this.isOver) this.pollTimer = setTimeout(() => this.poll(), POLL * (0.75 + Math.random() / 2));
  }

  async exchange(message) {
    const have = base64(encodeStateVector(doc));
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), 3 * PATIENCE);
    try {
      const answer = message
        ? await fetch(path, { method: "POST", headers: { "X-CSRFToken": csrf }, body: JSON.stringify({ ...message, have }), signal: stop.signal })
        : await fetch(`${path}?${new URLSearchParams({ have: have.replaceAll("+", "-").replaceAll("/", "_") })}`, { signal: stop.signal });
      if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
      if (answer.redirected || !answer.ok) return this.end();
      this.take(await answer.json());
    } catch {
      if (message) this.retry();
      this.isAway = true;
      this.say();
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What others wrote, unless a word is being composed here. */
const held = [];
function receive(update) {
  held.push(update);
  takeHeld();
}

function takeHeld() {
  if ([...bound.values()].some((section) => section.isComposing)) return;
  if (held.length) applyUpdate(doc, mergeUpdates(held.splice(0)), SERVER);
}

function sayWho(people, me) {
  for (const [name, section] of bound) {
    section.sayWho([...new Set(people.filter((person) => person.in === name && person.who !== me).map((person) => person.name))]);
  }
}

/** What the page says of all that is typed in it is said in one place, by report.js. */
function say(state) {
  document.dispatchEvent(new CustomEvent("report:state", { detail: state === "waiting" && !store.works ? "open" : state }));
}

// ---- the page --------------------------------------------------------------------------------------------------

const store = new Store();
const line = new Line();
const bound = new Map();
doc.on("update", (update, origin) => origin !== SERVER && line.add(update));
for (const name of sections.split(" ")) {
  const field = document.querySelector(`textarea[name=${name}]`);
  // A text that was sent as a plain form, and met another, is settled as such.
  if (!field.closest(".field").querySelector(".errorlist")) bound.set(name, new Section(field));
}
// What other pages left behind counts as typed here, unless it is known already.
store.read().then((states) => states.forEach((state) => applyUpdate(doc, state, "store")));
line.connect();

document.addEventListener("report:save", ({ detail }) => detail.waits.push(line.save()));
document.addEventListener("board:applied", () => line.isOver && line.connect());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") return line.socket ? line.place() : line.connect();
  line.send(); // the phone may sleep for long
  line.place();
});
addEventListener("pagehide", () => {
  line.send();
  line.hangUp();
});
addEventListener("pageshow", (event) => event.persisted && line.connect());
addEventListener("online", () => line.connect());
addEventListener("offline", () => line.retry());
