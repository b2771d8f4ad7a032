// The live board in the browser: shows revision after revision, asks for what it missed, never guesses.
//
// What the page says ("up to date", "reconnecting…") comes from revisions: it is current when the server said
// within the last beats that there is nothing newer than what is shown.

const board = document.getElementById("board");
const { live: path, as: audience, watch = "", refresh: refreshed } = board.dataset;
const BEAT = 20_000; // ms between two questions "anything newer?"
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
let socket;
let failures = 0;
let heardAt = performance.now();
let beatTimer, patienceTimer, retryTimer, pollTimer;

function address(protocol) {
  const url = new URL(path, location.href);
  if (protocol) url.protocol = protocol;
  url.search = new URLSearchParams({ as: audience, since, epoch, watch });
  return url;
}

// ---- applying -------------------------------------------------------------------------------------------

function apply(message) {
  heardAt = performance.now();
  if (message.beat !== undefined) newest = Math.max(newest, message.beat);
  if (message.me && message.at >= marksAt) [marks, marksAt] = [message.me, message.at];
  if (message.to !== undefined) show(message);
  markMine(board);
  saySync();
}

function show(message) {
  const restored = message.epoch !== epoch;
  if (!message.whole && !message.moved && (restored || message.from > since)) return askAgain();
  if (!restored && message.to <= since && !message.whole) return;
  if (audience === "page") refresh();
  else if (message.whole) Idiomorph.morph(board, message.html, { morphStyle: "innerHTML" });
  else for (const fragment of parse(message.html)) place(fragment);
  [since, epoch] = [message.to, message.epoch];
  newest = restored ? since : Math.max(newest, since);
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
  const order = shown.dataset.order;
  const others = [...list.children].filter((other) => other !== shown);
  const next = others.find((other) => other.dataset.order > order) ?? null;
  if (shown.parentNode === list && shown.nextElementSibling === next) return;
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  list.insertBefore(shown, next);
  focused?.focus({ preventScroll: true });
}

/** A page that shows one topic or one report fetches its facts anew; its forms are left alone. */
async function refresh() {
  if (!refreshed) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [now, then] = [document.querySelector(refreshed), page.querySelector(refreshed)];
    if (now && then) Idiomorph.morph(now, then, { morphStyle: "outerHTML" });
  } catch { /* the next change refreshes again */ }
}

/** Mark what is mine: the cards are the same for everyone. */
function markMine(root) {
  for (const card of root.querySelectorAll("[data-topic]")) {
    const topic = Number(card.dataset.topic);
    for (const mark of ["going", "here", "mine"]) card.classList.toggle(`is-${mark}`, Boolean(marks[mark]?.includes(topic)));
    const button = card.querySelector("[data-mark]");
    if (!button) continue;
    const on = card.classList.contains(`is-${button.dataset.mark}`);
    button.setAttribute("aria-pressed", String(on));
    button.value = on ? "no" : "yes";
  }
}

function saySync() {
  const fresh = performance.now() - heardAt < BEAT + PATIENCE;
  const state = !fresh ? "off" : newest > since ? "late" : failures > 1 && !polling() ? "off" : "current";
  const text = board.dataset[`text${state[0].toUpperCase()}${state.slice(1)}`];
  for (const place of document.querySelectorAll("[data-sync]")) {
    if (place.textContent !== text) place.textContent = text;
    place.dataset.state = state;
  }
}

// ---- the socket -----------------------------------------------------------------------------------------

function connect() {
  clearTimeout(retryTimer);
  hangUp();
  const mine = (socket = new WebSocket(address(location.protocol === "https:" ? "wss:" : "ws:")));
  mine.onopen = () => beat();
  mine.onmessage = (event) => {
    clearTimeout(patienceTimer);
    failures = 0;
    stopPolling();
    apply(JSON.parse(event.data));
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
  old?.close();
}

function beat() {
  clearTimeout(beatTimer);
  if (socket?.readyState !== WebSocket.OPEN) return;
  socket.send("?");
  waitForAnswer();
  beatTimer = setTimeout(beat, BEAT);
}

function waitForAnswer() {
  clearTimeout(patienceTimer);
  patienceTimer = setTimeout(retry, PATIENCE);
}

function retry() {
  hangUp();
  failures += 1;
  if (failures > 1) startPolling();
  saySync();
  const wait = Math.min(LAST_WAIT, FIRST_WAIT * 2 ** (failures - 1));
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, wait * (0.5 + Math.random()));
}

/** There is a gap: the socket's next message starts from what we show. */
function askAgain() {
  connect();
}

/** The phone woke up, or the network is back. */
function check() {
  if (document.visibilityState === "hidden") return;
  if (socket?.readyState === WebSocket.OPEN) beat();
  else {
    failures = 0;
    connect();
  }
}

// ---- when sockets fail: the same changes over HTTP ------------------------------------------------------

const polling = () => pollTimer !== undefined;

function startPolling() {
  if (!polling()) pollTimer = setTimeout(poll, 0);
}

function stopPolling() {
  clearTimeout(pollTimer);
  pollTimer = undefined;
}

async function poll() {
  try {
    const answer = await fetch(address(), { headers: { Accept: "application/json" } });
    if (answer.redirected || answer.status === 404) return location.reload();
    if (answer.status === 204) apply({ beat: since });
    else if (answer.ok) apply(await answer.json());
  } catch { /* no network at all: the status says so */ }
  saySync();
  if (polling()) pollTimer = setTimeout(poll, POLL * (0.75 + Math.random() / 2));
}

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "act" && event.detail.successful && socket?.readyState !== WebSocket.OPEN) poll();
});
document.addEventListener("visibilitychange", check);
addEventListener("pageshow", (event) => event.persisted && check());
addEventListener("online", check);
addEventListener("offline", saySync);
setInterval(saySync, 2_000);

markMine(board);
saySync();
connect();
