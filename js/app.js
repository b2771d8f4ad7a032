// The script of every page: messages, submissions that count once, drafts.

import { one } from "./dom.js";
import "./submitting.js";
import "./toast.js";

// When the pressed button is gone, the title above it gets the focus.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (document.activeElement !== document.body || !(target instanceof Element)) return;
  one("h2[tabindex='-1']", target)?.focus({ preventScroll: true });
});

// Only pages with a draft, after one, or with the form that removes them all, need the module.
const hasDrafts = () =>
  one("form:is([data-draft], [data-asks-before-leaving], [data-forgets])") || /(^|; )kept=/.test(document.cookie);
const { drafts } = document.body.dataset; // the address of js/drafts/drafts.js, whose name changes with its content
if (drafts && hasDrafts()) import(drafts).catch(console.warn); // it fails without a network, or when the page is left

// A document that was being made is downloaded as soon as it is ready.
document.addEventListener("htmx:load", ({ detail }) => one("[data-click-on-load]", detail.elt)?.click());

// The waiting room is loaded again at intervals.
const waiting = one("[data-reload-every]");
if (waiting) setTimeout(() => location.reload(), (Number(waiting.dataset.reloadEvery) + Math.random() * 4) * 1000);
