// The sections of a report as shared texts: several people write in them at once, and nothing typed is lost.
//
// Every section is a plain textarea bound to a text of one Yjs document. Typed text goes into the document, then to the
// server; until it is saved there this browser stores it, also when the page is closed.

import { byId, one } from "../dom.js";
import { on } from "../events.js";
import { saveBeforeFinishing } from "../report/finishing.js";
import { setState } from "../report/status.js";
import { WRITING } from "../unsaved.js";
import { toBytes } from "./base64.js";
import { WritingConnection } from "./connection.js";
import { Exchange } from "./exchange.js";
import { Outbox } from "./outbox.js";
import { Section } from "./section.js";
import { Unsaved } from "./unsaved_text.js";
import { applyUpdate, Doc, mergeUpdates } from "./yjs.js";

/** @import { State, Writer } from "./exchange.js" */

const SERVER = "server"; // origin of the changes that the server sent

const texts = byId("manuscript", HTMLElement).dataset;
const doc = new Doc();
applyUpdate(doc, toBytes(texts.state ?? ""), SERVER);
const outbox = new Outbox();
const unsaved = new Unsaved(doc, outbox, WRITING + texts.store);

/** @type {Map<string, Section>} */
const sections = new Map(); // by their names

const exchange = new Exchange({
  doc,
  outbox,
  post: (message) => connection.post(message),
  receive,
  say,
  showWriters,
  saved: () => unsaved.clear(),
  ended: () => {
    connection.hangUp();
    unsaved.store();
  },
});
const connection = new WritingConnection(texts.writing ?? "", texts.csrf ?? "", exchange, here);

/** Return the section in which this writer is, or "" while the page is hidden. */
function here() {
  const field = document.visibilityState === "visible" ? document.activeElement : null;
  return field instanceof HTMLTextAreaElement && sections.has(field.name) ? field.name : "";
}

/** @param {State} state */
function say(state) {
  setState("sections", state === "waiting" && !unsaved.works ? "open" : state);
}

/**
 * @param {Writer[]} writers
 * @param {string} me
 */
function showWriters(writers, me) {
  for (const [name, section] of sections) {
    const others = writers.filter((writer) => writer.in === name && writer.who !== me);
    section.showWriters([...new Set(others.map((writer) => writer.name))]);
  }
}

/** @type {Uint8Array[]} */
const held = []; // changes of others, received while a word was being composed here

/** @param {Uint8Array} update */
function receive(update) {
  held.push(update);
  takeHeld();
}

function takeHeld() {
  if ([...sections.values()].some(({ isComposing }) => isComposing)) return;
  if (held.length) applyUpdate(doc, mergeUpdates(held.splice(0)), SERVER);
}

doc.on("update", (update, origin) => {
  if (origin === SERVER) return;
  outbox.add(update);
  unsaved.add(update);
  exchange.sendSoon();
});

for (const name of (texts.sections ?? "").split(" ")) {
  /** @type {HTMLTextAreaElement | null} */
  const field = one(`textarea[name=${name}]`);
  // After a conflict of plain forms, the writer resolves it in the plain form.
  if (!field || field.closest(".field")?.querySelector(".errorlist")) continue;
  const listeners = { moved: () => connection.moveSoon(), composed: takeHeld };
  sections.set(name, new Section(field, doc, texts, listeners));
}

// Unsaved text of other pages counts as typed here.
unsaved.read().then((states) => {
  for (const state of states) applyUpdate(doc, state, "store");
});
connection.connect();

saveBeforeFinishing(() => exchange.save());
on("board:applied", () => {
  if (exchange.isOver) connection.connect();
});
document.addEventListener("visibilitychange", () => {
  const isVisible = document.visibilityState === "visible";
  if (isVisible && !connection.socket) return connection.connect();
  if (!isVisible) exchange.send(); // the phone may sleep for long
  connection.move();
});
addEventListener("pagehide", () => {
  exchange.send();
  connection.hangUp();
});
addEventListener("pageshow", (event) => event.persisted && connection.connect());
addEventListener("online", () => connection.connect());
addEventListener("offline", () => connection.retry());
