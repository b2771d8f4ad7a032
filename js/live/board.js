// The live board: it shows each revision in order, and asks again when it missed one.

import { all, byId } from "../dom.js";
import { emit, on } from "../events.js";
import { BoardConnection } from "./connection.js";
import { refreshFacts } from "./facts.js";
import { placeFragments, replaceBoard } from "./fragments.js";
import { showMarks } from "./marks.js";
import "./parts.js";
import { Sync } from "./sync.js";

/** @import { Change, Message, Question } from "./sync.js" */

const element = byId("board", HTMLElement);
const { live: path = "", as = "", epoch = "" } = element.dataset;
const showsFragments = as !== "page"; // else the page fetches its facts again when something changed

/** @type {import("./marks.js").Marks} */
let marks = JSON.parse(element.dataset.marks ?? "{}");
const sync = new Sync(Number(element.dataset.since), epoch);
let marksAt = sync.shown;

const board = {
  path,
  sync,
  showsFragments,
  areMarksDue: false,
  query: () => ({ as, watch: element.dataset.watch ?? "" }),
  receive,
  drawState,
};
const connection = new BoardConnection(board);

/**
 * @param {Message} message
 * @param {Question | null | undefined} question
 * @param {number} validity
 */
function receive(message, question, validity) {
  sync.receive(message, question, validity);
  if (message.to !== undefined) show(/** @type {Change} */ (message));
  if (message.me && Number(message.at) >= marksAt) {
    marks = message.me;
    marksAt = Number(message.at);
    board.areMarksDue = false;
  }
  showMarks(element, marks);
  drawState();
}

/** @param {Change} change */
function show(change) {
  const place = sync.compare(change);
  if (place === "old") return;
  if (place === "gap") return connection.retry();
  if (!showsFragments) refreshFacts(() => connection.connect());
  else if (change.whole) replaceBoard(change.html);
  else placeFragments(change.html);
  if (sync.show(change)) marksAt = -1;
  emit("board:applied");
}

/** Show whether the page is up to date. */
function drawState() {
  const { state } = sync;
  const text = { off: element.dataset.textOff, late: element.dataset.textLate, current: element.dataset.textCurrent }[
    state
  ];
  for (const place of all("[data-sync]")) {
    if (place.textContent !== text) place.textContent = text ?? "";
    place.dataset.state = state;
  }
}

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target === document.getElementById("act") && detail.successful && !connection.isOpen) connection.polling.now();
});
document.addEventListener("visibilitychange", (event) => connection.check(event));
addEventListener("pagehide", () => connection.leave());
addEventListener("pageshow", (event) => event.persisted && connection.check(event));
addEventListener("online", (event) => connection.check(event));
addEventListener("offline", (event) => connection.check(event));
on("clock:asked", () => connection.askTime());
setInterval(drawState, 1_000);

showMarks(element, marks);
drawState();
connection.connect();
