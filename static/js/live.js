// The live board in the browser: shows revision after revision, asks for what it missed, never guesses.
//
// What the page says ("up to date", "reconnecting…") comes from revisions: it is current when the server answered,
// to a question of a moment ago, that there is nothing newer than what is shown. As soon as that moment is over, or
// the line is lost, nothing is known, and the page says so. What the server says unasked may have been held up on
// its way, so it proves nothing.

const board = document.getElementById("board");
const { live: path, as: audience, refresh: refreshed, clock } = board.dataset;
const BEAT = 10_000; // ms between two questions "anything newer?"
const DOUBT = 2_000; // ms that an answer may take before the page stops saying that it is up to date
const PATIENCE = 5_000; // ms to wait for an answer before the socket counts as dead
const FIRST_WAIT = 500; // ms before the first reconnection; doubles up to LAST_WAIT
const LAST_WAIT = 15_000;
const POLL = 4_000; // ms between two looks over HTTP while sockets fail
const NOT_ALLOWED = 4403;

let since = Number(board.dataset.since);
let epoch = board.dataset.epoch;
let newest = since; // the newest revision we heard of
let marks = JSON.parse(board.dataset.marks ?? "{}");
let marksAt = since;
let marksDue = false; // a socket was lost, perhaps with the marks that it had for us
let socket;
let failures = 0;
let late = 0; // how many questions in a row found us behind
let knownUntil = BEAT + DOUBT; // until when the server's last answer counts; the page itself was asked for at 0
let era = 0; // answers to what was asked in another era say nothing of now
let heardAt = Date.now(); // by a clock that goes on while the phone sleeps
let questions = []; // asked on this socket, not answered yet
let beatTimer, patienceTimer, retryTimer, pollTimer;

function address(protocol) {
  const url = new URL(path, location.href);
  if (protocol) url.protocol = protocol;
  url.search = new URLSearchParams({ as: audience, since, epoch, watch: board.dataset.watch ?? "" });
  return url;
}

// ---- applying -------------------------------------------------------------------------------------------

const question = () => ({ at: performance.now(), era });

/** Take a word of the server. As an answer to a question, it counts for so many milliseconds from then. */
function apply(message, asked, counts) {
  if (asked?.era === era) knownUntil = Math.max(knownUntil, asked.at + counts);
  heardAt = Date.now();
  const isOfToday = !message.epoch || message.epoch === epoch;
  if (message.beat !== undefined) newest = isOfToday ? Math.max(newest, message.beat) : Infinity;
  if (message.to !== undefined) show(message);
  if (message.me && message.at >= marksAt) [marks, marksAt, marksDue] = [message.me, message.at, false];
  markMine(board);
  saySync();
}

function show(message) {
  const restored = message.epoch !== epoch;
  if (!restored && message.to <= since) return;
  const all = message.from < 0;
  if (!all && (restored || (message.from > since && !message.moved))) return askAgain();
  if (audience === "page") refresh();
  else if (message.whole) {
    Idiomorph.morph(board, message.html, { morphStyle: "innerHTML" });
    sortLists();
  }
  else for (const fragment of parse(message.html)) place(fragment);
  [since, epoch] = [message.to, message.epoch];
  newest = restored ? since : Math.max(newest, since);
  if (restored) marksAt = -1;
  document.dispatchEvent(new CustomEvent("board:applied", { detail: { moved: message.moved ?? [] } }));
}

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

/** Put one fragment where it belongs; what stays keeps its focus and its place. */
function place(fragment) {
  let shown = document.getElementById(fragment.id);
  if (fragment.hasAttribute("data-gone")) return shown?.remove();
  const list = fragment.dataset.in && document.getElementById(`list-${fragment.dataset.in}`);
  if (!list) {
    if (fragment.dataset.in) shown?.remove();
    else if (shown) Idiomorph.morph(shown, fragment, { morphStyle: "outerHTML" });
    return;
  }
  if (shown) {
    Idiomorph.morph(shown, fragment, { morphStyle: "outerHTML" });
    shown = document.getElementById(fragment.id);
  } else {
    shown = fragment;
    shown.classList.add("is-new");
  }
  const order = orderOf(shown);
  const others = [...list.children].filter((other) => other !== shown);
  const next = others.find((other) => orderOf(other) > order) ?? null;
  if (shown.parentNode === list && shown.nextElementSibling === next) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(shown, next);
  focused?.focus({ preventScroll: true });
}

let firsts = new Set(); // ids of the cards that come before the others of their list, on this page alone
const orderOf = (card) => (firsts.has(card.id) ? "" : "~") + card.dataset.order;

document.addEventListener("board:first", ({ detail }) => {
  firsts = detail;
  sortLists();
});

function sortLists() {
  const focused = board.contains(document.activeElement) ? document.activeElement : null;
  for (const list of firsts.size ? board.querySelectorAll("[data-list]") : []) {
    const sorted = [...list.children].sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
    sorted.forEach((card, n) => card !== list.children[n] && list.insertBefore(card, list.children[n]));
  }
  focused?.focus({ preventScroll: true });
}

let refreshDue = false;
let refreshing = false;

/** A page that shows one topic or one report fetches its facts anew; its forms are left alone. */
async function refresh() {
  refreshDue = true;
  if (refreshing || !refreshed) return;
  refreshing = true;
  while (refreshDue) {
    refreshDue = false;
    if (await fetchFacts()) continue;
    refreshDue = true;
    await new Promise((wake) => setTimeout(wake, FIRST_WAIT * (1 + 3 * Math.random())));
  }
  refreshing = false;
}

/** False when it must be tried again. */
async function fetchFacts() {
  try {
    const answer = await ask(location.href, "text/html");
    if (answer.redirected) location.reload(); // what it showed is no longer for us
    if (!answer.ok) return answer.status < 500;
    const page = new DOMParser().parseFromString(answer.text, "text/html");
    const [now, then] = [document.querySelector(refreshed), page.querySelector(refreshed)];
    if (now && then) Idiomorph.morph(now, then, { morphStyle: "outerHTML" });
    watchFor(page.getElementById(board.id)?.dataset.watch);
    document.dispatchEvent(new CustomEvent("facts:applied"));
    return true;
  } catch {
    return false;
  }
}

/** What the page now shows may depend on other things than what it showed before. */
function watchFor(keys = board.dataset.watch) {
  if (keys === board.dataset.watch) return;
  board.dataset.watch = keys;
  connect();
}

/** Ask over HTTP, for PATIENCE at most: a network that swallows the answer must not stop us for ever. */
async function ask(url, type) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    const answer = await fetch(url, { headers: { Accept: type }, signal: stop.signal });
    const { ok, status, redirected, headers } = answer;
    return { ok, status, redirected, date: headers.get("date"), text: await answer.text() };
  } finally {
    clearTimeout(timer);
  }
}

/** Mark what is mine: the cards are the same for everyone. */
function markMine(root) {
  const slots = new Set();
  for (const card of root.querySelectorAll("[data-topic]")) {
    const topic = Number(card.dataset.topic);
    for (const mark of ["going", "here", "mine"]) {
      const on = Boolean(marks[mark]?.includes(topic));
      card.classList.toggle(`is-${mark}`, on);
      if (on) slots.add(card.dataset.slot);
    }
    for (const button of card.querySelectorAll("[data-mark]")) press(button, card.classList.contains(`is-${button.dataset.mark}`), "yes", "no");
  }
  for (const message of root.querySelectorAll("[data-for-slot]")) message.classList.toggle("is-mine", slots.has(message.dataset.forSlot));
  for (const button of root.querySelectorAll("[data-roam]")) press(button, Boolean(marks[button.dataset.roam]), button.dataset.roam, "");
  document.dispatchEvent(new CustomEvent("board:marked"));
}

function press(button, on, value, otherwise) {
  button.setAttribute("aria-pressed", String(on));
  button.value = on ? otherwise : value;
}

function saySync() {
  const known = performance.now() < knownUntil;
  const text = board.dataset[!known ? "textOff" : newest > since ? "textLate" : "textCurrent"];
  for (const place of document.querySelectorAll("[data-sync]")) {
    if (place.textContent !== text) place.textContent = text;
    place.dataset.state = !known ? "off" : newest > since ? "late" : "current";
  }
}

function knowNothing() {
  era += 1;
  knownUntil = 0;
  saySync();
}

// ---- the socket -----------------------------------------------------------------------------------------

let isPolling = false;
let isAsking = false;
let asksAgain = false; // something happened since the question that is under way

function connect() {
  clearTimeout(retryTimer);
  hangUp();
  let mine;
  try {
    mine = new WebSocket(address(location.protocol === "https:" ? "wss:" : "ws:"));
  } catch {
    return retry(); // no sockets here at all
  }
  socket = mine;
  mine.onopen = () => mine === socket && beat();
  mine.onmessage = (event) => {
    if (mine !== socket) return;
    clearTimeout(patienceTimer);
    failures = 0;
    stopPolling();
    const message = JSON.parse(event.data);
    if (message.now) return tellTheTime(message.now, timeAskedAt);
    apply(message, message.beat === undefined ? null : questions.shift(), BEAT + DOUBT);
  };
  mine.onclose = (event) => {
    if (mine !== socket) return;
    if (event.code === NOT_ALLOWED) return location.reload();
    retry();
  };
  waitForAnswer();
}

function hangUp() {
  clearTimeout(beatTimer);
  clearTimeout(patienceTimer);
  const old = socket;
  socket = null;
  questions = [];
  if (old) marksDue = true;
  late = 0;
  old?.close();
}

function beat() {
  clearTimeout(beatTimer);
  if (socket?.readyState !== WebSocket.OPEN) return;
  late = newest > since && audience !== "page" ? late + 1 : 0;
  if (late > 1) return askAgain(); // we know of something that does not come
  socket.send("?");
  questions.push(question());
  waitForAnswer();
  beatTimer = setTimeout(beat, BEAT);
}

function waitForAnswer() {
  clearTimeout(patienceTimer);
  patienceTimer = setTimeout(retry, PATIENCE);
}

function retry() {
  hangUp();
  if (!isPolling) knowNothing();
  failures += 1;
  if (failures > 1) startPolling();
  const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, wait * (0.5 + Math.random()));
}

/** There is a gap: the next socket's first message starts from what we show. */
function askAgain() {
  retry();
}

/** The phone woke up, or its network came or went: what was said before may be hours old. */
function check({ type }) {
  if (document.visibilityState === "hidden") return;
  const mayLive = type !== "online" && Date.now() - heardAt < BEAT + DOUBT;
  knowNothing();
  if (mayLive && socket?.readyState === WebSocket.OPEN) return beat();
  failures = 0;
  connect();
}

// ---- what time it is, for countdowns (static/js/clock.js): only pages that show one load it and ask ----------

let timeAskedAt;
const scripts = new Set();

function findClocks() {
  if (clock && document.querySelector("[data-until], [data-hides-at]")) load(clock);
  for (const part of board.querySelectorAll("[data-module]")) load(part.dataset.module); // what only that part needs
}

/** Load a script once; when the network took it away, again, as another address: browsers remember what failed. */
function load(address, lost = 0) {
  if (!lost && scripts.has(address)) return;
  scripts.add(address);
  import(lost ? `${address}#${lost}` : address).catch((error) => {
    console.warn(error);
    setTimeout(load, 3000, address, lost + 1);
  });
}

/** What the server said was true in the middle of its way here and back. */
function tellTheTime(now, askedAt) {
  const at = (askedAt + performance.now()) / 2;
  document.dispatchEvent(new CustomEvent("clock:told", { detail: { now, at } }));
}

document.addEventListener("clock:ask", async () => {
  timeAskedAt = performance.now();
  if (socket?.readyState === WebSocket.OPEN) return socket.send("now?");
  const answer = await ask(address(), "application/json").catch(() => null);
  const date = Date.parse(answer?.date);
  if (date) tellTheTime(date + 500, timeAskedAt); // the header counts whole seconds
});
for (const kind of ["board:applied", "facts:applied"]) document.addEventListener(kind, findClocks);

// ---- when sockets fail: the same changes over HTTP ------------------------------------------------------

function startPolling() {
  if (isPolling) return;
  isPolling = true;
  poll();
}

function stopPolling() {
  isPolling = false;
  clearTimeout(pollTimer);
}

async function poll() {
  if (isAsking) return (asksAgain = true);
  [isAsking, asksAgain] = [true, false];
  clearTimeout(pollTimer);
  const [asked, was] = [question(), epoch];
  const where = address();
  if (marksDue) where.searchParams.set("me", "1");
  try {
    const answer = await ask(where, "application/json");
    if (answer.redirected || answer.status === 404) return location.reload();
    const message = answer.status === 204 ? { beat: since } : answer.ok ? JSON.parse(answer.text) : null;
    // A backup was restored while the answer was under way: it tells of another day.
    if (message && was === epoch) apply(message, asked, 1.25 * POLL + DOUBT);
  } catch { /* no network at all: the status says so */ }
  isAsking = false;
  saySync();
  if (asksAgain) return poll();
  if (isPolling) pollTimer = setTimeout(poll, POLL * (0.75 + Math.random() / 2));
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "act" && event.detail.successful && socket?.readyState !== WebSocket.OPEN) poll();
});
document.addEventListener("visibilitychange", check);
// A page that goes away hangs up, so that the browser may keep it for the way back; there it starts anew.
addEventListener("pagehide", () => {
  hangUp();
  stopPolling();
  clearTimeout(retryTimer);
});
addEventListener("pageshow", (event) => event.persisted && check(event));
addEventListener("online", check);
addEventListener("offline", check);
setInterval(saySync, 1_000);

markMine(board);
saySync();
connect();
findClocks();
