import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { inMinutes, inSeconds, MINUTE } from "../../js/clock/durations.js";
import { onAndNext, stateWith, untilChange } from "../../js/clock/moments.js";
import { now } from "../../js/clock/server_time.js";
import { emit } from "../../js/events.js";

test("a countdown shows minutes and seconds, and hours when there are some", () => {
  assert.equal(inSeconds(65_000), "1:05");
  assert.equal(inSeconds(3_600_000 + 4 * MINUTE + 5_000), "1:04:05");
  assert.equal(inSeconds(1), "0:01");
  assert.equal(inSeconds(-5_000), "0:00");
});

test("a time in minutes is said as people say it", () => {
  assert.equal(inMinutes(12 * MINUTE), "12\u00a0min");
  assert.equal(inMinutes(11 * MINUTE + 1), "12\u00a0min");
  assert.equal(inMinutes(65 * MINUTE), "1\u00a0h\u00a005");
  assert.equal(inMinutes(-MINUTE), "0\u00a0min");
});

const moment = (name, from, to) => ({ name, from: from * MINUTE, to: to * MINUTE });
const names = ({ on, next }) => [on?.name, next?.name];
const day = [moment("plenary", 0, 60), moment("first round", 60, 120), moment("second round", 150, 210)];

test("the moment that began last is on, and the first of those to come is next", () => {
  assert.deepEqual(names(onAndNext(day, -5 * MINUTE)), [undefined, "plenary"]);
  assert.deepEqual(names(onAndNext(day, 0)), ["plenary", "first round"]);
  assert.deepEqual(names(onAndNext(day, 60 * MINUTE)), ["first round", "second round"]);
  const overlapping = [moment("the whole day", 0, 300), ...day];
  assert.deepEqual(names(onAndNext(overlapping, 70 * MINUTE)), ["first round", "second round"]);
  assert.deepEqual(names(onAndNext(overlapping, 130 * MINUTE)), ["the whole day", "second round"]);
});

test("what has just ended is told of for a quarter of an hour", () => {
  assert.deepEqual(names(onAndNext(day, 134 * MINUTE)), ["first round", "second round"]);
  assert.deepEqual(names(onAndNext(day, 135 * MINUTE)), [undefined, "second round"]);
});

test("tomorrow is not announced tonight", () => {
  const tomorrow = [moment("second day", 13 * 60, 14 * 60)];
  assert.deepEqual(names(onAndNext(tomorrow, 0)), [undefined, undefined]);
  assert.deepEqual(names(onAndNext(tomorrow, 60 * MINUTE)), [undefined, "second day"]);
});

test("ten minutes before the end it is time to write", () => {
  assert.deepEqual([11, 10, 5.5, 5, 1, 0, -3].map(stateWith), [
    "calm",
    "write",
    "write",
    "soon",
    "last",
    "over",
    "over",
  ]);
});

test("the page looks again when a moment begins or ends, and every minute", () => {
  assert.equal(untilChange(day, 59.5 * MINUTE), MINUTE / 2);
  assert.equal(untilChange(day, 10 * MINUTE), MINUTE);
  assert.equal(untilChange([], 0), MINUTE);
});

const HOUR = 60 * MINUTE;
const isAbout = (time) => Math.abs(now() - time) < 1_000;

test("a phone whose own clock is wrong by hours counts by the server's", (t) => {
  const truth = Date.now();
  t.mock.method(Date, "now", () => truth - 7 * HOUR);
  emit("clock:set", { now: truth, at: performance.now() });
  assert.ok(isAbout(truth));
});

test("a page without a socket follows the server's clock when it was set, and not its rounding", () => {
  const truth = Date.now();
  emit("clock:set", { now: truth, at: performance.now() });
  emit("clock:glimpsed", { now: truth - 900, at: performance.now() });
  assert.ok(now() >= truth);
  emit("clock:glimpsed", { now: truth - HOUR, at: performance.now() });
  assert.ok(isAbout(truth - HOUR));
});
