// The conductor's page: one key for each verb, and a small picture of the wall. The buttons work without this module.
//
// Single keys can be switched off, and never act while somebody types (WCAG 2.1.4). A key that is held down acts once.
// A change of phase takes two presses: see phase_buttons.js.

import { byId, closest, one } from "../dom.js";
import { say } from "../toast.js";
import { meaningOf } from "./keys.js";
import { useKeys } from "./phase_buttons.js";
import "./projector.js";
import { rememberedSwitch } from "./switches.js";

const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable]";

const help = byId("help", HTMLDialogElement);
/** Not on the page of an operator, who sends no messages. */
const message = document.getElementById("message-text");
const isAct = (/** @type {EventTarget | null} */ target) => target === document.getElementById("act");

// ---- keys ---------------------------------------------------------------------------------------------------

/** Return whether a page key scrolls. No browser tells a remote from a keyboard, so the facilitator does. */
const scrolls = () => !remoteOn.checked && document.documentElement.scrollHeight > innerHeight;

let hasSaid = false; // that a page key scrolls

const acts = {
  scroll: () => {
    if (!hasSaid) say(remoteOn.dataset.textScrolls);
    hasSaid = true;
  },
  place: () => one(".is-on-wall a[href$='#placing']")?.click(),
  write: () => message?.focus(),
  help: openHelp,
};

addEventListener("keydown", (event) => {
  if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (closest(event, TYPING) || one("dialog[open]")) return;
  const meaning = meaningOf(event, scrolls());
  if (!meaning) return;
  const isScroll = "do" in meaning && meaning.do === "scroll";
  if (!isScroll) event.preventDefault();
  if (event.repeat) return;
  if ("do" in meaning) acts[meaning.do]();
  else press(meaning.press);
});

let isSending = false; // one thing at a time

/**
 * @param {string} key
 * @returns {HTMLButtonElement | null}
 */
const buttonOf = (key) => one(`[data-key="${key}"]`);

useKeys((event) => {
  const meaning = meaningOf(event, scrolls());
  return meaning && "press" in meaning ? buttonOf(meaning.press) : null;
});

/** @param {string} key */
function press(key) {
  const button = buttonOf(key);
  if (button && !button.disabled && !isSending) button.click();
}

// Each button names its target, so that a second press before the page is updated changes nothing.
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (isAct(target)) isSending = true;
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (isAct(target)) isSending = false;
  const isMessage = target === document.getElementById("message");
  if (isMessage && detail.successful) message?.blur(); // then the keys act on the wall again
});
message?.addEventListener("keydown", (event) => event.key === "Escape" && message.blur());

// ---- keys on or off -------------------------------------------------------------------------------------------

const keysOn = rememberedSwitch("keys-on", drawSwitches);
const remoteOn = rememberedSwitch("remote-on", drawSwitches);

function drawSwitches() {
  document.body.classList.toggle("keys-off", !keysOn.checked);
  remoteOn.disabled = !keysOn.checked;
}

one(".keys-switch")?.removeAttribute("hidden");
drawSwitches();

function openHelp() {
  if (!help.open) help.showModal();
}

const helpButton = byId("help-open", HTMLElement);
helpButton.hidden = false;
helpButton.addEventListener("click", openHelp);
byId("help-close", HTMLElement).addEventListener("click", () => help.close());
help.addEventListener("click", (event) => event.target === help && help.close());
