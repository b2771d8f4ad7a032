import assert from "node:assert/strict";
import { test } from "node:test";
import { toBase64, toBytes } from "../../js/coediting/base64.js";
import { difference, endOf, movedBy } from "../../js/coediting/changes.js";
import { Exchange } from "../../js/coediting/exchange.js";
import { Outbox } from "../../js/coediting/outbox.js";
import { Unsaved } from "../../js/coediting/unsaved_text.js";
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector } from "../../js/coediting/yjs.js";
import { stopTime, storage } from "./browser.js";

const apply = (text, { at, removed, inserted }) => text.slice(0, at) + inserted + text.slice(at + removed);

test("what was typed is one change, where the caret is", () => {
  assert.deepEqual(difference("Bon soir", "Bonsoir", 3), { at: 3, removed: 1, inserted: "" });
  assert.deepEqual(difference("aa", "aaa", 1), { at: 0, removed: 0, inserted: "a" });
  assert.deepEqual(difference("aa", "aaa", 3), { at: 2, removed: 0, inserted: "a" });
  assert.deepEqual(difference("le vélo", "la voiture", 10), { at: 1, removed: 6, inserted: "a voiture" });
  assert.deepEqual(difference("même", "même", 4), { at: 4, removed: 0, inserted: "" });
});

test("an emoji is never parted", () => {
  const change = difference("🌱", "🌳", 2); // they differ in their second unit alone
  assert.deepEqual(change, { at: 0, removed: 2, inserted: "🌳" });
});

test("any change leads from the old text to the new one", () => {
  const signs = ["a", "b", " ", "é", "🌱", "🌳"];
  const random = (most) => Math.floor(Math.random() * most);
  const text = () => Array.from({ length: random(7) }, () => signs[random(signs.length)]).join("");
  for (let n = 0; n < 2_000; n += 1) {
    const [before, after] = [text(), text()];
    const caret = random(after.length + 1);
    assert.equal(apply(before, difference(before, after, caret)), after, JSON.stringify([before, after, caret]));
  }
});

test("a caret stays between the same words when others write", () => {
  assert.equal(movedBy([{ insert: "abc" }], 5), 8);
  assert.equal(movedBy([{ retain: 5 }, { insert: "abc" }], 5), 5);
  assert.equal(movedBy([{ retain: 6 }, { insert: "abc" }], 5), 5);
  assert.equal(movedBy([{ retain: 1 }, { delete: 2 }], 5), 3);
  assert.equal(movedBy([{ retain: 3 }, { delete: 9 }], 5), 3);
  assert.equal(movedBy([{ delete: 2 }, { insert: "xyz" }], 5), 6);
});

test("after an undo the caret is where it happened", () => {
  assert.equal(endOf([{ retain: 3 }, { insert: "abc" }]), 6);
  assert.equal(endOf([{ retain: 3 }, { delete: 2 }]), 3);
  assert.equal(endOf([]), 0);
});

test("bytes survive as text, however many", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, n) => n % 256);
  assert.deepEqual(toBytes(toBase64(bytes)), bytes);
});

/** Make a document whose changes go to an outbox. */
function writer() {
  const doc = new Doc();
  const outbox = new Outbox();
  doc.on("update", (update, origin) => origin !== "server" && outbox.add(update));
  const type = (text) => doc.getText("findings").insert(doc.getText("findings").length, text);
  return { doc, outbox, type, text: () => doc.getText("findings").toString() };
}

function received(...updates) {
  const doc = new Doc();
  for (const update of updates) applyUpdate(doc, update);
  return doc.getText("findings").toString();
}

test("one message is under way at a time, and what is typed meanwhile waits", () => {
  const { outbox, type } = writer();
  type("un");
  const first = outbox.take();
  type(" deux");
  type(" trois");
  assert.equal(outbox.take(), null);
  outbox.confirm();
  assert.equal(received(first, outbox.take()), "un deux trois");
});

test("what was under way when the connection was cut is sent again, with what was typed since", () => {
  const { outbox, type } = writer();
  type("un");
  outbox.take();
  type(" deux");
  outbox.takeBack();
  assert.equal(received(outbox.take()), "un deux");
});

/** Make an exchange that records its messages and the states that it shows. */
function exchange() {
  const { doc, outbox, type, text } = writer();
  const [posted, states] = [[], []];
  const page = {
    doc,
    outbox,
    post: (message) => posted.push(message) > 0,
    receive: (update) => applyUpdate(doc, update, "server"),
    say: (state) => states.push(state),
    showWriters: () => {},
    saved: () => states.push("nothing stored"),
    ended: () => states.push("stored"),
  };
  return { exchange: new Exchange(page), doc, posted, states, text, type, outbox };
}

const vectorOf = (doc) => toBase64(encodeStateVector(doc));

test("nothing is sent before both sides have said what they have; then all that lacks", () => {
  const page = exchange();
  page.type("Bonjour");
  page.exchange.send();
  assert.equal(page.posted.length, 0);
  page.exchange.take({ vector: vectorOf(new Doc()) });
  assert.equal(page.posted.length, 1);
  assert.equal(received(toBytes(page.posted[0].update)), "Bonjour");
});

test("text counts as saved when the server says so, and not before", () => {
  const page = exchange();
  page.exchange.take({ vector: vectorOf(new Doc()) });
  page.type("Bonjour");
  page.exchange.say();
  page.exchange.send();
  assert.ok(!page.states.includes("saved"));
  page.exchange.take({ kept: true });
  assert.deepEqual(page.states.slice(-2), ["saved", "nothing stored"]);
  assert.equal(page.outbox.isDirty, false);
});

test("words of two writers are all there, whoever was first", () => {
  const [hers, his] = [exchange(), exchange()];
  hers.type("Elle. ");
  his.type("Lui. ");
  for (const [one, other] of [
    [hers, his],
    [his, hers],
  ]) {
    one.exchange.take({ update: toBase64(encodeStateAsUpdate(other.doc)), vector: vectorOf(other.doc) });
  }
  assert.equal(hers.text(), his.text());
  assert.match(hers.text(), /Elle\./);
  assert.match(hers.text(), /Lui\./);
});

test("waiting for everything to be saved ends when it is, or when the network goes", async () => {
  const page = exchange();
  page.exchange.take({ vector: vectorOf(new Doc()) });
  await page.exchange.save();
  page.type("Bonjour");
  const saved = page.exchange.save();
  page.exchange.take({ kept: true });
  await saved;
  page.type(" encore");
  const waiting = page.exchange.save();
  page.exchange.setAway();
  await waiting;
  assert.equal(page.states[page.states.length - 1], "waiting");
});

test("a report that takes nothing more stops, and what was typed stays in this browser", () => {
  const page = exchange();
  page.type("Trop tard");
  page.exchange.take({ refused: true });
  assert.deepEqual(page.states, ["stored", "refused"]);
  page.exchange.send();
  assert.equal(page.posted.length, 0);
});

test("without IndexedDB, what is typed is in localStorage at once and gone once it is saved", async (t) => {
  stopTime(t);
  globalThis.localStorage = storage();
  const { doc, outbox, type } = writer();
  const unsaved = new Unsaved(doc, outbox, "writing:1");
  doc.on("update", (update) => unsaved.add(update));
  type("Gardé");
  const other = new Unsaved(new Doc(), new Outbox(), "writing:1");
  assert.equal(received(...(await other.read())), "Gardé");
  assert.deepEqual(await new Unsaved(new Doc(), new Outbox(), "writing:2").read(), []);
  await unsaved.clear();
  assert.deepEqual(Object.keys(localStorage), []);
});
