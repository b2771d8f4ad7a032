// The test page of a phone: it tries a socket, compares the clocks, and reports to the server every few seconds.

import { byId, one } from "./dom.js";
import { socketUrl } from "./http.js";
import { fill } from "./text.js";

const TIMEOUT = 5_000; // ms to wait for an answer on the socket
const TOLERANCE = 5_000; // ms by which the clocks may differ
const MINUTE = 60_000;

const results = byId("results", HTMLElement);
const form = byId("beat", HTMLFormElement);
const { beat, socket: path = "" } = results.dataset;

/** @type {boolean | undefined} */
let passesSockets; // undefined: not tried so far
/** @type {number | undefined} */
let drift; // ms by which this clock is ahead

/**
 * @param {string} name - of a row
 * @param {"good" | "warning" | "bad"} state
 * @param {Record<string, unknown>} [values] - of its text
 */
function show(name, state, values = {}) {
  const row = one(`[data-result="${name}"]`, results);
  const text = row && one("[data-result-text]", row);
  if (!text) return;
  row.dataset.state = state;
  text.textContent = fill(row.dataset[state], values);
}

/** Try a socket. Resolves to whether the server answers on it. */
function trySocket() {
  const socket = new WebSocket(socketUrl(path));
  const answer = new Promise((resolve) => {
    setTimeout(resolve, TIMEOUT, false);
    socket.onopen = () => socket.send("hello");
    socket.onmessage = () => resolve(true);
    socket.onclose = socket.onerror = () => resolve(false);
  });
  return answer.finally(() => {
    socket.onclose = socket.onerror = null;
    socket.close();
  });
}

/** Send the results so far; the answer is the server's time. */
async function report() {
  const body = new FormData(form);
  if (passesSockets !== undefined) body.set("sockets", passesSockets ? "yes" : "no");
  if (drift !== undefined) body.set("drift", String(drift));
  const askedAt = Date.now();
  try {
    const answer = await fetch(location.pathname, { method: "POST", body });
    if (!answer.ok) throw new Error(String(answer.status));
    const { now } = await answer.json();
    drift = Math.round((askedAt + Date.now()) / 2 - now);
    show("pages", "good");
    showClock(Math.abs(drift));
  } catch {
    show("pages", "bad");
  }
}

/** @param {number} difference - in milliseconds */
function showClock(difference) {
  const minutes = Math.round(difference / MINUTE);
  show("clock", difference < TOLERANCE || minutes < 1 ? "good" : "warning", { minutes });
}

async function start() {
  await report();
  passesSockets = await trySocket();
  show("sockets", passesSockets ? "good" : "bad");
  await report();
  setInterval(report, Number(beat) * 1000);
}

start();
