import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { emit, on } from "../../js/events.js";

test("everyone who listens is told what happened", () => {
  const received = [];
  on("clock:set", (time) => received.push(["one", time]));
  on("clock:set", (time) => received.push(["other", time]));
  emit("clock:set", { now: 5, at: 1 });
  assert.deepEqual(received, [
    ["one", { now: 5, at: 1 }],
    ["other", { now: 5, at: 1 }],
  ]);
});

test("one listener can wait for several events", () => {
  let count = 0;
  on(["board:applied", "facts:applied"], () => {
    count += 1;
  });
  emit("board:applied");
  emit("facts:applied");
  emit("board:marked");
  assert.equal(count, 2);
});
