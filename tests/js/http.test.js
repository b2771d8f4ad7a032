import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { newKey, sentenceOf, socketUrl, within } from "../../js/http.js";
import { fill, twoDigits } from "../../js/text.js";

test("no two submissions have the same key", () => {
  const keys = new Set(Array.from({ length: 100 }, () => newKey()));
  assert.equal(keys.size, 100);
  for (const key of keys) assert.match(key, /^[0-9a-f]{24}$/);
  assert.match(newKey(16), /^[0-9a-f]{32}$/);
});

test("a socket goes to the host of the page, as safely as the page came", (t) => {
  assert.equal(String(socketUrl("/abcdefg/live/")), "ws://192.168.1.5:8000/abcdefg/live/");
  const { location } = globalThis;
  t.after(() => {
    globalThis.location = location;
  });
  globalThis.location = new URL("https://forum.example/abcdefg/");
  assert.equal(String(socketUrl("/abcdefg/live/")), "wss://forum.example/abcdefg/live/");
});

test("a request that gets no answer in time is given up", async () => {
  const forever = (signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("given up"))));
  await assert.rejects(within(10, forever), /given up/);
  assert.equal(await within(1_000, async () => "answer"), "answer");
});

test("what the server wants to be said is read from its answer", () => {
  const answer = (trigger) => ({ headers: new Map(trigger ? [["HX-Trigger", trigger]] : []) });
  assert.equal(sentenceOf(answer('{"say": {"text": "C’est noté."}}')), "C’est noté.");
  assert.equal(sentenceOf(answer('{"other": {}}')), undefined);
  assert.equal(sentenceOf(answer(null)), undefined);
});

test("a text takes values in the place of their names", () => {
  assert.equal(fill("Page {page} sur {pages}", { page: 2, pages: 5 }), "Page 2 sur 5");
  assert.equal(fill("{n} et {n}, sans {other}", { n: 1 }), "1 et 1, sans ");
  assert.equal(fill(undefined, { n: 1 }), "");
  assert.equal(fill("{name}", { name: "{n} $& $1", n: 1 }), "{n} $& $1");
  assert.equal(twoDigits(7), "07");
});
