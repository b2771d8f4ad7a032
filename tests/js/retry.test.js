import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff, jittered } from "../../js/retry.js";

test("each pause is twice as long as the one before, up to the longest", (t) => {
  t.mock.method(Math, "random", () => 0.5);
  const backoff = new Backoff(500, 3_000);
  assert.deepEqual(
    Array.from({ length: 5 }, () => backoff.fail()),
    [500, 1_000, 2_000, 3_000, 3_000],
  );
});

test("phones do not come back all at once: a pause is 50 to 150 % of its length", (t) => {
  const chances = [0, 0.999_999];
  t.mock.method(Math, "random", () => chances.shift());
  const backoff = new Backoff(1_000, 15_000);
  assert.equal(Math.round(backoff.fail()), 500);
  assert.equal(Math.round(backoff.fail()), 3_000);
});

test("after a success the first pause comes again", (t) => {
  t.mock.method(Math, "random", () => 0.5);
  const backoff = new Backoff(500, 15_000);
  for (let n = 0; n < 9; n += 1) backoff.fail();
  backoff.reset();
  assert.equal(backoff.fail(), 500);
  assert.equal(backoff.failures, 1);
});

test("a regular pause keeps within its spread", () => {
  for (let n = 0; n < 200; n += 1) {
    const pause = jittered(4_000, 0.25);
    assert.ok(pause >= 3_000 && pause <= 5_000, String(pause));
  }
});
