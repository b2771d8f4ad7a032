// Submissions: each press of a button counts once, and goes to the button's own address.

import { all, closest } from "./dom.js";
import { valueOfTap } from "./double_tap.js";
import { newKey, sentenceOf } from "./http.js";
import { say } from "./toast.js";

const AGAIN_AFTER = 4_000; // ms after which a form that got no answer may be sent again

/**
 * Post a form as htmx does, and show the sentence of the answer. Returns whether it worked.
 *
 * @param {string} path
 * @param {FormData} body
 */
export async function post(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body, headers: { "HX-Request": "true" } });
    const sentence = sentenceOf(answer);
    if (sentence || !answer.ok) say(sentence ?? document.body.dataset.textFailed);
    return answer.ok;
  } catch {
    say(document.body.dataset.textOffline);
    return false;
  }
}

// A form whose button is pressed twice is sent once.
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (Date.now() - Number(form.dataset.sentAt ?? 0) < AGAIN_AFTER) event.preventDefault();
  else form.dataset.sentAt = String(Date.now());
});
addEventListener("pageshow", () => {
  for (const form of all("form[data-sent-at]")) delete form.dataset.sentAt;
});

// The server refused a form because its key was sent before with something else (forum/auth/idempotency.py).
document.addEventListener("newKey", ({ target }) => {
  const key = target instanceof HTMLFormElement && target.elements.namedItem("key");
  if (key instanceof HTMLInputElement) key.value = newKey();
});

// Enter that is held down presses a button once: the next press could be on another button.
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter" && closest(event, "button")) event.preventDefault();
});

// The buttons of a live page share one form, #act: each press is a submission of its own.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const button = detail.triggeringEvent?.submitter;
  if (!(button instanceof HTMLButtonElement)) return;
  const isAct = target === document.getElementById("act");
  const path = (isAct && button.getAttribute("formaction")) || detail.path;
  if (button.name) detail.parameters[button.name] = valueOfTap(button, path); // htmx sends only buttons inside the form
  if (!isAct) return;
  detail.path = path;
  detail.parameters.key = newKey();
});
