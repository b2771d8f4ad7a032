import assert from "node:assert/strict";
import { test } from "node:test";
import { valueOfTap } from "../../js/double_tap.js";

const GOING = "/H7KQ4MT/topics/1/interest/";
let now = 0;

function toggle(value, textContent = "I am going") {
  return { value, textContent, hasAttribute: (name) => name === "aria-pressed" };
}

/** Tap after a pause. Returns the value that is sent. */
function tap(button, path, pause) {
  now += pause;
  return valueOfTap(button, path, now);
}

test("a double tap says twice the same, even when the first has turned the button over", () => {
  assert.equal(tap(toggle("yes"), GOING, 10_000), "yes");
  assert.equal(tap(toggle("no"), GOING, 300), "yes");
  assert.equal(tap(toggle("no"), GOING, 300), "yes");
});

test("a tap after a moment takes back what the first said", () => {
  assert.equal(tap(toggle("yes"), GOING, 10_000), "yes");
  assert.equal(tap(toggle("no"), GOING, 800), "no");
});

test("another button that is tapped right after says what it says", () => {
  assert.equal(tap(toggle("yes"), GOING, 10_000), "yes");
  assert.equal(tap(toggle("no"), "/H7KQ4MT/topics/2/interest/", 100), "no");
  assert.equal(tap(toggle("bumblebee", "Bumblebee"), "/H7KQ4MT/roaming/", 100), "bumblebee");
  assert.equal(tap(toggle("butterfly", "Butterfly"), "/H7KQ4MT/roaming/", 100), "butterfly");
});

test("a button that is no toggle sends its own value", () => {
  const button = (value) => ({ value, textContent: "Move", hasAttribute: () => false });
  assert.equal(tap(button("groups"), "/H7KQ4MT/desk/phase/", 10_000), "groups");
  assert.equal(tap(button("closing"), "/H7KQ4MT/desk/phase/", 100), "closing");
});
