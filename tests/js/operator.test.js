import assert from "node:assert/strict";
import { test } from "node:test";
import { clean, due, fieldsOf, isSettled, pastedLines } from "../../js/operator/line.js";
import { keyOf, matching, meant } from "../../js/operator/people.js";

const fields = { title: "Vélo", name: "", convener: "" };
const line = (more = {}) => ({
  number: 3,
  want: { ...fields, gone: false },
  kept: { ...fields, gone: false },
  ...more,
});

test("a line is sent until the server has what its operator wants", () => {
  assert.equal(due(line({ number: null, kept: null })), "create");
  assert.equal(due(line()), null);
  assert.equal(due(line({ want: { ...fields, title: "Vélos", gone: false } })), "edit");
  assert.equal(due(line({ want: { ...fields, gone: true } })), "withdraw");
  assert.equal(due(line({ kept: { ...fields, gone: true } })), "back");
});

test("a line that was withdrawn before it was sent is never sent", () => {
  assert.equal(due(line({ number: null, kept: null, want: { ...fields, gone: true } })), null);
});

test("what was tried comes first, since it may have been done", () => {
  const step = { ...fields, what: "create", key: "k" };
  assert.equal(due(line({ number: null, kept: null, step, want: { ...fields, gone: true } })), "create");
});

test("a line that the server refused waits for its operator", () => {
  const refused = line({ number: null, kept: null, reason: "Trop long." });
  assert.equal(due(refused), null);
  assert.equal(isSettled(refused), false);
  assert.equal(isSettled(line()), true);
});

test("a pasted list becomes one line for each title", () => {
  const pasted = "Mobilité ; Nadia  Benali\r\n\r\n  Énergie\tThéo Roux\n;Personne\nEau;A;B";
  assert.deepEqual(pastedLines(pasted), [
    { title: "Mobilité", name: "Nadia Benali", convener: "" },
    { title: "Énergie", name: "Théo Roux", convener: "" },
    { title: "Eau", name: "A B", convener: "" },
  ]);
  assert.equal(clean("  deux \n mots "), "deux mots");
  assert.deepEqual(fieldsOf({ title: "Eau", convener: 4 }), { title: "Eau", name: "", convener: "4" });
});

const person = (id, name, more = {}) => ({ id, name, from: "", expected: false, key: keyOf(name), ...more });
const people = [
  person(1, "Zoé Lefèvre", { expected: true }),
  person(2, "Jean-Noël Œuvrard"),
  person(3, "Zoé Martin"),
  person(4, "Lefevre Zoe"),
];
const ids = (some) => some.map(({ id }) => id);

test("a name is found whatever its case, its accents and the order of its words", () => {
  assert.equal(keyOf("ZOÉ  Lefèvre"), keyOf("lefevre, zoe"));
  assert.equal(keyOf("Œuvrard"), "oeuvrard");
  assert.deepEqual(ids(matching(people, "oeu no")), [2]);
  assert.deepEqual(ids(matching(people, "")), []);
  assert.deepEqual(ids(matching(people, "zo zo")), []);
});

test("those who are here come before those who are expected", () => {
  assert.deepEqual(ids(matching(people, "zo")), [3, 4, 1]);
});

test("a name means the person who was chosen, or those who have this very name, here rather than expected", () => {
  assert.deepEqual(ids(meant(people, "Zoé Lefèvre", "1")), [1]);
  assert.deepEqual(ids(meant(people, "Zoé Lefèvre", "")), [4]);
  assert.deepEqual(ids(meant(people, "Zoé", "")), []);
  assert.deepEqual(ids(meant(people, "", "")), []);
});
