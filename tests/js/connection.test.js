import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { BoardConnection } from "../../js/live/connection.js";
import { Polling } from "../../js/live/polling.js";
import { Sync } from "../../js/live/sync.js";
import { Socket, stopTime } from "./browser.js";

beforeEach(() => {
  Socket.all = [];
});

/** Connect a board that stores the messages it receives; the test moves its clock. */
function follow(t) {
  const wait = stopTime(t);
  t.mock.method(Math, "random", () => 0.5);
  const requests = [];
  t.mock.method(globalThis, "fetch", async (url) => {
    requests.push(url);
    return { ok: true, status: 204, redirected: false, headers: new Map(), text: async () => "" };
  });
  const received = [];
  const board = {
    path: "/abcdefg/live/",
    sync: new Sync(5, "first", () => 0),
    showsFragments: true,
    areMarksDue: false,
    query: () => ({ as: "phone", watch: "" }),
    receive: (message, question, validity) => {
      received.push(message);
      board.sync.receive(message, question, validity);
    },
    drawState: () => {},
  };
  const connection = new BoardConnection(board);
  connection.connect();
  return { requests, board, connection, received, wait };
}

test("a page asks for what comes after the revision that it shows", (t) => {
  follow(t);
  assert.equal(Socket.last.url, "ws://192.168.1.5:8000/abcdefg/live/?as=phone&since=5&epoch=first&watch=");
});

test("a page asks every ten seconds whether anything is newer", (t) => {
  const { wait } = follow(t);
  Socket.last.open();
  assert.deepEqual(Socket.last.sent, ["?"]);
  Socket.last.say({ beat: 5 });
  wait(10_000);
  assert.deepEqual(Socket.last.sent, ["?", "?"]);
});

test("a socket that does not answer in five seconds validity as dead, and another is opened", (t) => {
  const { board, wait } = follow(t);
  Socket.last.open();
  wait(5_000);
  assert.equal(Socket.all[0].readyState, Socket.CLOSED);
  assert.equal(board.sync.state, "off");
  wait(500);
  assert.equal(Socket.all.length, 2);
});

test("the pauses between sockets grow up to fifteen seconds, and begin anew when one speaks", (t) => {
  const { connection, wait } = follow(t);
  const pauses = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000];
  for (const [n, pause] of pauses.entries()) {
    Socket.last.close();
    wait(pause - 1);
    assert.equal(Socket.all.length, n + 1);
    wait(1);
    assert.equal(Socket.all.length, n + 2);
  }
  Socket.last.open();
  Socket.last.say({ beat: 5 });
  assert.equal(connection.backoff.failures, 0);
});

test("from the second failure on the same is asked over HTTP, until a socket speaks", async (t) => {
  const { requests, board, connection, wait } = follow(t);
  Socket.last.close();
  wait(500);
  assert.equal(requests.length, 0);
  Socket.last.close();
  assert.equal(requests.length, 1);
  assert.equal(requests[0].search, "?as=phone&since=5&epoch=first&watch=&me=1");
  await new Promise(setImmediate);
  assert.equal(board.sync.state, "current");
  wait(1_000);
  Socket.last.open();
  Socket.last.say({ beat: 5 });
  assert.equal(connection.polling.isOn, false);
});

test("a page that is told twice of something that does not come opens another socket", (t) => {
  const { wait } = follow(t);
  Socket.last.open();
  Socket.last.say({ beat: 9 });
  wait(10_000);
  assert.equal(Socket.all.length, 1);
  Socket.last.say({ beat: 9 });
  wait(10_000);
  wait(500);
  assert.equal(Socket.all.length, 2);
});

test("what an old socket says late is not listened to", (t) => {
  const { connection, received } = follow(t);
  const [old] = Socket.all;
  old.open();
  connection.connect();
  old.say({ beat: 9 });
  assert.deepEqual(received, []);
});

test("a page that gets no answer asks again in half the time", async (t) => {
  const waits = [];
  t.mock.method(globalThis, "setTimeout", (_call, wait) => waits.push(wait));
  t.mock.method(Math, "random", () => 0.5);
  const answers = [false, true];
  const polling = new Polling(async () => answers.shift() ?? true);
  polling.isOn = true;
  await polling.now();
  await polling.now();
  assert.deepEqual(waits, [2000, 4000]);
});

test("a poll that is asked for while another is under way follows it, once", async () => {
  const polls = [];
  const polling = new Polling(() => new Promise((resolve) => polls.push(resolve)));
  polling.now();
  polling.now();
  polling.now();
  assert.equal(polls.length, 1);
  polls[0]();
  await new Promise(setImmediate);
  assert.equal(polls.length, 2);
  polls[1]();
  await new Promise(setImmediate);
  assert.equal(polls.length, 2);
});

test("a page that did not ask for the time takes what it is told as the time now", (t) => {
  follow(t);
  const told = [];
  t.mock.method(document, "dispatchEvent", ({ type, detail }) => type === "clock:set" && told.push(detail));
  const at = performance.now();
  Socket.last.open();
  Socket.last.say({ now: 1_000 });
  assert.equal(told.length, 1);
  assert.equal(told[0].now, 1_000);
  assert.ok(told[0].at >= at);
});
