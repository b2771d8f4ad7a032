// Short sentences about the last event, shown for six seconds at the edge of the page, and read out.

import { byId, one } from "./dom.js";

const SHOWN = 6_000; // ms
const toast = byId("toast", HTMLElement);

/** @type {ReturnType<typeof setTimeout>} */
let timer;

/**
 * Show a sentence and have it read out.
 *
 * @param {string | undefined} text
 * @param {boolean} [isSeen] - the page shows it elsewhere: only read it out
 */
export function say(text = "", isSeen = false) {
  const place = one("dialog[open]") ?? document.body; // screen readers ignore the page outside of an open dialog
  if (toast.parentNode !== place) place.append(toast);
  toast.textContent = text;
  toast.classList.toggle("is-shown", !isSeen);
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("is-shown"), SHOWN);
}

document.addEventListener("say", ({ detail }) => say(detail.text, detail.isSeen)); // from the server (HX-Trigger)
document.addEventListener("close", () => document.body.append(toast), true);
document.addEventListener("htmx:sendError", () => say(document.body.dataset.textOffline));
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.xhr.getResponseHeader("HX-Trigger")) say(document.body.dataset.textFailed);
});
