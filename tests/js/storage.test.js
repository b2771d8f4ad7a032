import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ObjectStore } from "../../js/idb.js";
import { keysOf, load, remove, save } from "../../js/storage.js";
import { storage } from "./browser.js";

afterEach(() => {
  delete globalThis.localStorage;
  delete globalThis.indexedDB;
});

test("what is stored comes back, and nothing else", () => {
  globalThis.localStorage = storage();
  assert.equal(save("draft:1", { typed: { title: "Où ?" } }), true);
  assert.deepEqual(load("draft:1"), { typed: { title: "Où ?" } });
  assert.equal(load("draft:2"), null);
});

test("keys are found by their prefix", () => {
  globalThis.localStorage = storage();
  for (const key of ["draft:1", "draft:2", "operator:1"]) save(key, key);
  assert.deepEqual(keysOf("draft:"), ["draft:1", "draft:2"]);
  remove("draft:1");
  assert.deepEqual(keysOf("draft:"), ["draft:2"]);
});

test("what another program left and is no JSON counts as nothing", () => {
  globalThis.localStorage = storage();
  localStorage.setItem("draft:1", "{");
  assert.equal(load("draft:1"), null);
});

for (const [name, make] of [
  ["a browser that refuses to store", () => storage({ refuses: true })],
  ["a browser without storage", () => undefined],
]) {
  test(`${name} breaks nothing`, () => {
    globalThis.localStorage = make();
    assert.equal(save("draft:1", 1), false);
    assert.equal(load("draft:1"), null);
    assert.equal(remove("draft:1"), false);
    assert.deepEqual(keysOf("draft:"), []);
  });
}

test("where IndexedDB is refused, a transaction answers null", async () => {
  globalThis.indexedDB = {
    open() {
      throw new Error("refused");
    },
  };
  assert.equal(await new ObjectStore("forum", "writing").run("readonly", (store) => store.getAll()), null);
});

test("where IndexedDB fails, a transaction answers null", async () => {
  const request = {};
  globalThis.indexedDB = { open: () => request };
  const answer = new ObjectStore("forum", "writing").run("readonly", (store) => store.getAll());
  request.onerror();
  assert.equal(await answer, null);
});
