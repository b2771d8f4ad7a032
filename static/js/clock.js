// Countdowns that agree on every screen of the room, whatever the clocks of phones and laptops say.
//
// An element with `data-until` (the moment of its end: milliseconds since 1970, or a date as ISO 8601) shows what is
// left as m:ss. `data-state` becomes "soon" when `data-soon` seconds are left (60 otherwise), and "over" at the end;
// `data-over` is then shown in place of 0:00. A change of state is told by a bubbling event, "clock:state". With
// `data-in="minutes"` it shows hours and minutes, as people say them.
//
// An element with `data-moments` holds the moments of the day, each with `data-from` and `data-to`: `data-time` says
// which one is "now", "over" (just ended, and nothing else is on) or "next". `data-state` of the one that is on is
// "calm", "write" (ten minutes), "soon" (five), "last" (one) or "over"; a <progress> in it follows. Of the texts with
// `data-at-minutes`, inside it or once for all moments that have `data-calls`, the last that is due is shown, and read
// out once by screen readers when it comes.
//
// An element with `data-hides-at` goes at that time.
//
// The time is the server's. A page with a countdown in sight asks for it over its socket (static/js/live.js).

const ASK_AGAIN = 300_000; // ms after which the server is asked anew: clocks drift, and laptops sleep
const RETRY = 5_000; // ms between two questions that get no answer

let told; // the server's time, and when it held by performance.now()
let askedAt = -Infinity;
let timer;

/** The server's time, in milliseconds since 1970; as long as nothing is known of it, this browser's. */
export function now() {
  return told ? told.now + performance.now() - told.at : Date.now();
}

document.addEventListener("clock:told", ({ detail }) => {
  told = detail;
  tick();
});
for (const kind of ["board:applied", "facts:applied"]) document.addEventListener(kind, () => tick());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") return;
  askedAt = -Infinity; // it may have slept for an hour
  tick();
});

const endOf = (element) => Number(element.dataset.until) || Date.parse(element.dataset.until);

function said(milliseconds) {
  const left = Math.max(0, Math.ceil(milliseconds / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

const MINUTE = 60_000;

function inMinutes(milliseconds) {
  const minutes = Math.max(0, Math.ceil(milliseconds / MINUTE));
  return minutes < 60 ? `${minutes}\u00a0min` : `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
}

function show(element, left) {
  const state = left <= 0 ? "over" : left <= Number(element.dataset.soon ?? 60) * 1000 ? "soon" : "";
  const text = state === "over" && element.dataset.over ? element.dataset.over : element.dataset.in === "minutes" ? inMinutes(left) : said(left);
  if (element.textContent !== text) element.textContent = text;
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.dispatchEvent(new CustomEvent("clock:state", { bubbles: true, detail: { state } }));
}

/** Bring every countdown of the page up to date, then wait until the next one changes. */
export function tick() {
  clearTimeout(timer);
  const [days, passing] = ["[data-moments]", "[data-hides-at]"].map((those) => document.querySelectorAll(those));
  for (const element of passing) element.hidden = Number(element.dataset.hidesAt) <= now();
  for (const day of days) turn(day);
  const clocks = [...document.querySelectorAll("[data-until]")].filter((element) => element.getClientRects().length);
  if (!clocks.length && !days.length && !passing.length) return;
  askTheTime();
  let wait = clocks.every((element) => element.dataset.in === "minutes") ? toTheMinute(days) : 1000;
  for (const element of clocks) {
    const left = endOf(element) - now();
    show(element, left);
    if (left > 0) wait = Math.min(wait, left % (element.dataset.in === "minutes" ? MINUTE : 1000) || 1000);
  }
  timer = setTimeout(tick, wait + 5);
}

// ---- the moments of the day ------------------------------------------------------------------------------------

const JUST_OVER = 15 * MINUTE; // after which what ended is no longer told of
const AHEAD = 12 * 60 * MINUTE; // what begins later than that is for another day (sessions/models/moment.py)
const STATES = [[0, "over"], [1, "last"], [5, "soon"], [10, "write"]];

const momentsOf = (day) =>
  [...day.querySelectorAll("[data-from]")]
    .map((element) => ({ element, from: Number(element.dataset.from), to: Number(element.dataset.to) }))
    .sort((one, other) => one.from - other.from);

function turn(day) {
  const at = now();
  const moments = momentsOf(day);
  const lastFirst = moments.filter(({ from }) => from <= at).reverse();
  const on = lastFirst.find(({ to }) => at < to) ?? lastFirst.find(({ to }) => at < to + JUST_OVER);
  const next = moments.find(({ from }) => at < from && from <= at + AHEAD);
  for (const moment of moments) {
    moment.element.dataset.time = moment === next ? "next" : moment !== on ? "" : at < on.to ? "now" : "over";
  }
  follow(day, on, at);
  const is = on?.element.dataset.slot ?? "";
  if (day.dataset.on === is) return;
  day.dataset.on = is;
  day.dispatchEvent(new CustomEvent("clock:turned", { bubbles: true }));
}

const dueBefore = new Map(); // by the end of a moment: the minutes of the text that was due when we last looked

function follow(day, on, at) {
  const texts = [...day.querySelectorAll("[data-at-minutes]")];
  if (!on) return texts.forEach((text) => (text.hidden = true));
  const { element, from, to } = on;
  const left = (to - at) / MINUTE;
  element.dataset.state = STATES.find(([minutes]) => left <= minutes)?.[1] ?? "calm";
  for (const bar of element.querySelectorAll("progress")) bar.value = (at - from) / (to - from);
  const its = texts.filter((text) => (text.closest("[data-from]") ?? ("calls" in element.dataset && element)) === element);
  const due = Math.min(...its.map((text) => Number(text.dataset.atMinutes)).filter((minutes) => left <= minutes));
  for (const text of texts) text.hidden = !its.includes(text) || Number(text.dataset.atMinutes) !== due;
  const key = `${element.dataset.slot}-${to}`;
  if (dueBefore.has(key) && dueBefore.get(key) !== due) {
    for (const text of its) if (text.getClientRects().length) readOut(text.textContent);
  }
  dueBefore.set(key, due);
}

const log = document.createElement("div"); // outside of what is replaced, and there before anything is read out
log.className = "unseen";
log.setAttribute("role", "log");
document.body.append(log);

function readOut(textContent) {
  log.append(Object.assign(document.createElement("p"), { textContent }));
  if (log.childElementCount > 3) log.firstChild.remove();
}

/** Milliseconds until a moment begins or ends, at most a minute. */
function toTheMinute(days) {
  const at = now();
  const turns = [...days].flatMap((day) => momentsOf(day).flatMap(({ from, to }) => [from - at, to - at]));
  return Math.min(MINUTE, ...turns.filter((left) => left > 0));
}

function askTheTime() {
  const at = performance.now();
  if (at - askedAt < RETRY || (told && at - told.at < ASK_AGAIN && askedAt > -Infinity)) return;
  askedAt = at;
  document.dispatchEvent(new CustomEvent("clock:ask"));
}

tick();
