// What every page does: it says what happens, counts each submission once, and keeps drafts.

import { one } from "./dom.js";
import "./submitting.js";
import "./toast.js";

// A button that is gone with what it did leaves the focus to the title above it.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (document.activeElement !== document.body || !(target instanceof Element)) return;
  one("h2[tabindex='-1']", target)?.focus({ preventScroll: true });
});

// Only pages that have a draft, that come after one, or that forget them all, need this.
const hasDrafts = () =>
  one("form:is([data-draft], [data-asks-before-leaving], [data-forgets-drafts])") ||
  /(^|; )kept=/.test(document.cookie);
const { drafts } = document.body.dataset; // the address of js/drafts/drafts.js, whose name changes with its content
if (drafts && hasDrafts()) import(drafts).catch(console.warn); // the network is down, or one leaves the page

// A document that was waited for comes by itself.
document.addEventListener("htmx:load", ({ detail }) => one("[data-click-on-load]", detail.elt)?.click());

// The waiting room looks again by itself.
const waiting = one("[data-reload-every]");
if (waiting) setTimeout(() => location.reload(), (Number(waiting.dataset.reloadEvery) + Math.random() * 4) * 1000);
