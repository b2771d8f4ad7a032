// The requests that send the lines, one by one, until the server has the wanted state.

import { one, parsePage } from "../dom.js";
import { on } from "../events.js";
import { newKey, sentenceOf as refusalOf, within } from "../http.js";
import { Backoff } from "../retry.js";
import { areSame, due, fieldsOf } from "./line.js";
import { keepLine, lines, sentenceOf, showLine, state } from "./lines.js";
import { entry, readOut, token } from "./page.js";
import { storeLine } from "./stored.js";

/** @import { Fields, Line } from "./line.js" */

const TIMEOUT = 10_000; // ms to wait for an answer
const MOST_BROKEN = 3; // failures of the server at one line, after which the other lines are sent
const BROKEN = [400, 413, 500];

/** @typedef {{ topic: any } | { refusal: string } | "broken" | null} Answer - null: there was none */

const backoff = new Backoff(500, 8_000);
let isSending = false;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let retryTimer;

/** Send all lines for which something is left to do. */
export async function sendLines() {
  if (isSending) return;
  isSending = true;
  clearTimeout(retryTimer);
  for (let line = lines.find(due); line; line = lines.find(due)) {
    line.isSending = true;
    showLine(line);
    const isAnswered = await sendStep(line);
    line.isSending = false;
    setAway(!isAnswered);
    keepLine(line);
    if (!isAnswered) {
      retryTimer = setTimeout(sendLines, backoff.fail());
      break;
    }
    backoff.reset();
    readOut(sentenceOf(line));
  }
  isSending = false;
}

/** @param {boolean} isAway */
function setAway(isAway) {
  if (state.isAway === isAway) return;
  state.isAway = isAway;
  for (const line of lines) if (due(line)) showLine(line);
}

/**
 * Send one verb about a line. Returns false when the same request, with the same key, must be tried again.
 *
 * @param {Line} line
 */
async function sendStep(line) {
  const what = due(line);
  if (!what) return true;
  const step = line.step ?? { what, key: newKey(), ...fieldsOf(line.want) };
  line.step = step;
  storeLine(line);
  const answer = await post(addressOf(what, line), hasFields(what) ? fieldsOf(step) : {}, step.key);
  if (answer === "broken") step.broken = (step.broken ?? 0) + 1;
  if (!answer || (answer === "broken" && Number(step.broken) < MOST_BROKEN)) return false;
  line.step = null;
  if (answer === "broken") line.reason = document.body.dataset.textFailed;
  else if ("refusal" in answer) line.reason = answer.refusal;
  else if (hasFields(what)) take(line, step, answer.topic);
  else if (line.kept) line.kept.gone = what === "withdraw";
  return true;
}

/** @param {import("./line.js").Verb} what */
const hasFields = (what) => what === "create" || what === "edit";

/**
 * @param {import("./line.js").Verb} what
 * @param {Line} line
 */
function addressOf(what, { number, url }) {
  const { action } = entry;
  return { create: action, edit: `${action}${number}/`, withdraw: `${url}withdraw/`, back: `${url}back/` }[what];
}

/**
 * Take the state of a line from the server's answer, unless the line was changed here meanwhile.
 *
 * @param {Line} line
 * @param {Fields} sent
 * @param {any} topic
 */
function take(line, sent, topic) {
  line.kept = { ...fieldsOf(topic), gone: false };
  const { number, colour, url, alike } = topic;
  Object.assign(line, { number, colour, url, alike });
  if (areSame(line.want, sent)) Object.assign(line.want, fieldsOf(topic));
  const twice = lines.findIndex((other) => other !== line && other.number === line.number);
  if (twice >= 0) lines.splice(twice, 1)[0].element?.remove(); // the page had it already, if an earlier answer was lost
}

/**
 * @param {string} path
 * @param {Partial<Fields>} fields
 * @param {string} key
 * @returns {Promise<Answer>}
 */
async function post(path, fields, key) {
  const body = new URLSearchParams({ csrfmiddlewaretoken: token.value, key, ...fields });
  const headers = { "HX-Request": "true" };
  try {
    return await within(TIMEOUT, async (signal) => read(await fetch(path, { method: "POST", body, headers, signal })));
  } catch {
    return null;
  }
}

/**
 * @param {Response} answer
 * @returns {Promise<Answer>}
 */
async function read(answer) {
  const refusal = refusalOf(answer);
  state.isStranger = answer.status === 404;
  if (answer.ok) return { topic: answer.status === 204 ? null : await answer.json() };
  if (refusal) return { refusal };
  if (BROKEN.includes(answer.status)) return "broken";
  if (answer.status === 403) await renewToken();
  return null;
}

/** Take Django's CSRF token from a new page: that of this page has expired. */
async function renewToken() {
  const page = parsePage(await (await fetch(location.href)).text());
  /** @type {HTMLInputElement | null} */
  const fresh = one("#entry [name=csrfmiddlewaretoken]", page);
  token.value = fresh?.value ?? token.value;
}

function sendAgain() {
  backoff.reset();
  sendLines();
}

addEventListener("online", sendAgain);
addEventListener("pageshow", sendAgain);
on("board:applied", () => {
  if (state.isAway) sendAgain();
});
