// The conductor's page: one key for each thing to do, and the wall seen small. Its buttons do the same without this
// module, and by touch.
//
// Single keys can be switched off, and never act while somebody types (WCAG 2.1.4). A key that is held down acts once.
// What moves everyone to another phase takes two presses: see moves.js.

import { useKeys } from "./moves.js";

const STORED = { keys: "conductor-keys", remote: "conductor-remote" };
const WALL = { width: 1920, height: 1080 };

const act = document.getElementById("act");
const help = document.getElementById("help");
const message = document.getElementById("message-text");
const say = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { text } }));

// ---- keys ---------------------------------------------------------------------------------------------------

const NEXT = ["ArrowRight"]; // up, down and Space scroll, as everywhere
const PREVIOUS = ["ArrowLeft", "Backspace"];
const PAGES = { PageDown: "next", PageUp: "previous" }; // what a presenter's remote sends, and what scrolls

/** What a key is for: a button of the page, by its `data-key`, or something else to do. */
function meaning(event) {
  const key = event.key;
  if (key.toLowerCase() === "n") return event.shiftKey ? "previous" : "next";
  if (NEXT.includes(key)) return "next";
  if (PREVIOUS.includes(key)) return "previous";
  if (key in PAGES) return scrolls() ? sayThatItScrolls : PAGES[key];
  if (/^Digit[0-5]$/.test(event.code)) return event.code.at(-1); // French keyboards write & é " ' ( without Shift
  if (/^[0-5]$/.test(key)) return key;
  return { u: "undo", p: "pitch", l: placeIt, m: writeMessage, "?": openHelp }[key.toLowerCase()];
}

/** Whether a page key scrolls: no browser tells a remote from a keyboard, so the facilitator does. */
const scrolls = () => !remoteOn.checked && document.documentElement.scrollHeight > innerHeight;

let hasSaid = false;

function sayThatItScrolls() {
  if (!hasSaid) say(remoteOn.dataset.textScrolls);
  hasSaid = true;
}

function writeMessage() {
  message.focus();
}

function placeIt() {
  document.querySelector(".is-on-wall a[href$='#placing']")?.click();
}

function openHelp() {
  if (!help.open) help.showModal();
}

const types = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");

addEventListener("keydown", (event) => {
  if (!keysOn.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (types(event.target) || document.querySelector("dialog[open]")) return;
  const what = meaning(event);
  if (what === undefined) return;
  if (what !== sayThatItScrolls) event.preventDefault();
  if (event.repeat) return;
  if (typeof what === "function") what();
  else press(what);
});

let isSending = false; // one thing at a time

const buttonOf = (what) => (typeof what === "string" ? document.querySelector(`[data-key="${what}"]`) : null);
useKeys((event) => buttonOf(meaning(event)));

function press(key) {
  const button = buttonOf(key);
  if (!button || button.disabled || isSending) return;
  button.click();
}

// Each button says where it leads, so that one pressed again before the page has followed changes nothing.
document.addEventListener("htmx:beforeRequest", ({ target }) => target === act && (isSending = true));
document.addEventListener("htmx:afterRequest", ({ target }) => target === act && (isSending = false));

message.addEventListener("keydown", (event) => event.key === "Escape" && message.blur());
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.id === "message" && detail.successful) message.blur(); // its keys drive the wall again
});

// ---- keys on or off, as this browser last said ----------------------------------------------------------------

const keysOn = remember("keys-on", STORED.keys);
const remoteOn = remember("remote-on", STORED.remote);
document.querySelector(".keys-switch").hidden = false;

/** A switch as this browser last left it; as the page has it, where nothing is kept. */
function remember(id, stored) {
  const box = document.getElementById(id);
  try { box.checked = (localStorage.getItem(stored) ?? (box.checked ? "on" : "off")) === "on"; } catch { /* storage is off */ }
  box.addEventListener("change", () => {
    try { localStorage.setItem(stored, box.checked ? "on" : "off"); } catch { /* until the page is left */ }
    sayKeys();
  });
  return box;
}

function sayKeys() {
  document.body.classList.toggle("keys-off", !keysOn.checked);
  remoteOn.disabled = !keysOn.checked;
}
sayKeys();

const helpButton = document.getElementById("help-open");
helpButton.hidden = false;
helpButton.addEventListener("click", openHelp);
document.getElementById("help-close").addEventListener("click", () => help.close());
help.addEventListener("click", (event) => event.target === help && help.close());

// ---- the projector's window: a separate one, which a change of look uses again --------------------------------

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-window]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.dataset.look) return changeLook(link);
  window.open(link.href, link.target, "popup,width=1280,height=720")?.focus();
});

/** This browser keeps the look that an address of the wall asks for; walls that are open already load again. */
async function changeLook(link) {
  try {
    await fetch(link.href);
  } catch {
    return say(document.body.dataset.textOffline);
  }
  walls?.postMessage("look");
  const links = document.querySelectorAll("a[data-look]");
  for (const other of links) other.hidden = other === link;
  [...links].find((other) => other !== link).focus();
}

let walls;
try { walls = new BroadcastChannel("wall"); } catch { /* then a wall keeps its look until it is loaded again */ }

// ---- the wall, small: a whole wall of 1920 × 1080, shrunk ------------------------------------------------------

function fit(frame) {
  const shown = frame.querySelector("iframe");
  if (!shown) return;
  const scale = frame.clientWidth / WALL.width;
  shown.style.width = `${WALL.width}px`;
  shown.style.height = `${WALL.height}px`;
  shown.style.transform = `scale(${scale})`;
}

function fitAll() {
  for (const frame of document.querySelectorAll("[data-frame]")) {
    const { src, title } = frame.dataset;
    const shown = frame.querySelector("iframe");
    if (src && shown?.getAttribute("src") !== src) frame.replaceChildren(preview(src, title));
    fit(frame);
  }
}

function preview(src, title) {
  return Object.assign(document.createElement("iframe"), { src, title, tabIndex: -1 });
}

addEventListener("resize", fitAll);
document.addEventListener("facts:applied", fitAll);
fitAll();
