import assert from "node:assert/strict";
import { test } from "node:test";
import { ANSWER_TIMEOUT, QUESTION_INTERVAL, Sync } from "../../js/live/sync.js";

const VALIDITY = QUESTION_INTERVAL + ANSWER_TIMEOUT;

function page(shown = 5) {
  const clock = { now: 0 };
  return { clock, sync: new Sync(shown, "first", () => clock.now) };
}

const change = (from, to, more = {}) => ({ from, to, html: "", epoch: "first", ...more });

test("a page that has just come is up to date for as long as an answer counts", () => {
  const { clock, sync } = page();
  assert.equal(sync.state, "current");
  clock.now = VALIDITY;
  assert.equal(sync.state, "off");
});

test("an answer counts from the moment of its question, not from that at which it comes", () => {
  const { clock, sync } = page();
  clock.now = 10_000;
  const question = sync.ask();
  clock.now = 21_000;
  sync.receive({ beat: 5 }, question, VALIDITY);
  clock.now = 21_999;
  assert.equal(sync.state, "current");
  clock.now = 22_000;
  assert.equal(sync.state, "off");
});

test("what the server says unasked proves nothing", () => {
  const { clock, sync } = page();
  clock.now = VALIDITY;
  sync.receive(change(5, 6), null, VALIDITY);
  assert.equal(sync.state, "off");
});

test("the answer to a question of before the connection was lost proves nothing", () => {
  const { sync } = page();
  const question = sync.ask();
  sync.loseConnection();
  sync.receive({ beat: 5 }, question, VALIDITY);
  assert.equal(sync.state, "off");
  sync.receive({ beat: 5 }, sync.ask(), VALIDITY);
  assert.equal(sync.state, "current");
});

test("a page that heard of something newer says that it is catching up", () => {
  const { sync } = page();
  sync.receive({ beat: 7 }, sync.ask(), VALIDITY);
  assert.equal(sync.state, "late");
  sync.show(change(5, 7));
  assert.equal(sync.state, "current");
  sync.receive({ beat: 6 }, sync.ask(), VALIDITY); // it comes late
  assert.equal(sync.state, "current");
});

test("a change is shown when it starts from what is shown or before, and leads further", () => {
  const { sync } = page(5);
  assert.equal(sync.compare(change(5, 6)), "next");
  assert.equal(sync.compare(change(3, 6)), "next");
  assert.equal(sync.compare(change(5, 5)), "old");
  assert.equal(sync.compare(change(2, 4)), "old");
  assert.equal(sync.compare(change(6, 7)), "gap");
  assert.equal(sync.compare(change(-1, 7)), "next");
});

test("a page that fetches its facts anew needs no change in between", () => {
  assert.equal(page(5).sync.compare(change(6, 7, { moved: ["topic-1"] })), "next");
});

test("after a backup is restored only the whole board is shown, even at a lower revision", () => {
  const { sync } = page(5);
  sync.receive({ beat: 3, epoch: "second" }, sync.ask(), VALIDITY);
  assert.equal(sync.state, "late");
  assert.equal(sync.compare(change(5, 6, { epoch: "second" })), "gap");
  const whole = change(-1, 3, { epoch: "second" });
  assert.equal(sync.compare(whole), "next");
  assert.equal(sync.show(whole), true);
  assert.deepEqual([sync.shown, sync.newest, sync.epoch, sync.state], [3, 3, "second", "current"]);
});
