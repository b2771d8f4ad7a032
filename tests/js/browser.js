// The parts of a browser that the tested modules need, also on Node 18. Imported before them.

import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
globalThis.CustomEvent ??= class extends Event {
  constructor(name, { detail } = {}) {
    super(name);
    this.detail = detail;
  }
};
globalThis.document ??= Object.assign(new EventTarget(), { visibilityState: "visible" });
globalThis.location ??= new URL("http://192.168.1.5:8000/abcdefg/");

/** Make a storage, or one that refuses everything. */
export function storage({ refuses = false } = {}) {
  if (!refuses) {
    const items = {};
    const hidden = { enumerable: false };
    return Object.defineProperties(items, {
      getItem: { ...hidden, value: (key) => items[key] ?? null },
      setItem: { ...hidden, value: (key, value) => Object.assign(items, { [key]: String(value) }) },
      removeItem: { ...hidden, value: (key) => delete items[key] },
    });
  }
  const refuse = () => {
    throw new Error("refused");
  };
  return new Proxy({}, { get: () => refuse, ownKeys: refuse });
}

/** A WebSocket that a test controls. */
export class Socket {
  static CONNECTING = 0;
  static OPEN = 1;
  static CLOSED = 3;
  /** @type {Socket[]} */
  static all = [];

  constructor(url) {
    this.url = String(url);
    this.readyState = Socket.CONNECTING;
    this.sent = [];
    Socket.all.push(this);
  }

  static get last() {
    return Socket.all[Socket.all.length - 1];
  }

  open() {
    this.readyState = Socket.OPEN;
    this.onopen?.();
  }

  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(text) {
    this.sent.push(text);
  }

  close(code = 1006) {
    if (this.readyState === Socket.CLOSED) return;
    this.readyState = Socket.CLOSED;
    this.onclose?.({ code });
  }
}

globalThis.WebSocket = Socket;

/**
 * Replace setTimeout until the end of a test. Returns a function that moves the clock on by some milliseconds.
 *
 * @param {import("node:test").TestContext} t
 */
export function stopTime(t) {
  let now = 0;
  const due = new Map();
  t.mock.method(globalThis, "setTimeout", (work, pause = 0, ...words) => {
    const timer = Symbol("timer");
    due.set(timer, { at: now + pause, work: () => work(...words) });
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer) => due.delete(timer));
  return (pause) => {
    const end = now + pause;
    for (;;) {
      const [timer, { at, work }] = [...due].sort(([, one], [, other]) => one.at - other.at)[0] ?? [null, {}];
      if (timer === null || at > end) break;
      due.delete(timer);
      now = at;
      work();
    }
    now = end;
  };
}
