import assert from "node:assert/strict";
import { test } from "node:test";
import { meaningOf } from "../../js/conductor/keys.js";

const key = (key, more = {}) => meaningOf({ key, code: "", shiftKey: false, ...more }, more.scrolls ?? false);

test("the day goes on with the right arrow and N, and back with the left arrow, Backspace and Shift+N", () => {
  for (const name of ["ArrowRight", "n"]) assert.deepEqual(key(name), { press: "next" });
  for (const name of ["ArrowLeft", "Backspace"]) assert.deepEqual(key(name), { press: "previous" });
  assert.deepEqual(key("N", { shiftKey: true }), { press: "previous" });
});

test("a digit is read from where it stands on a French keyboard, too", () => {
  assert.deepEqual(key("&", { code: "Digit1" }), { press: "1" });
  assert.deepEqual(key("3", { code: "Numpad3" }), { press: "3" });
  assert.equal(key("ç", { code: "Digit9" }), undefined);
});

test("page keys conduct the day only where they do not scroll", () => {
  assert.deepEqual(key("PageDown"), { press: "next" });
  assert.deepEqual(key("PageUp"), { press: "previous" });
  assert.deepEqual(key("PageDown", { scrolls: true }), { do: "scroll" });
});

test("other keys have their meaning whatever their case, and the rest have none", () => {
  assert.deepEqual([key("U"), key("p")], [{ press: "undo" }, { press: "pitch" }]);
  assert.deepEqual([key("l"), key("M"), key("?")], [{ do: "place" }, { do: "write" }, { do: "help" }]);
  for (const name of [" ", "ArrowDown", "Tab", "x", "Enter"]) assert.equal(key(name), undefined);
});
