// Drafts: the values of a form (`data-draft`) are stored in this browser until the server says that it saved them.
//
// Meanwhile the form says that it is not saved; with `data-asks-before-leaving`, leaving the page takes a confirmation.
//
// The server answers with the key of the submission that it saved: the cookie `kept`, of forum/auth/idempotency.py. A
// draft survives error pages and a lost network.

import { all } from "../dom.js";
import { on } from "../events.js";
import { keysOf, load, remove } from "../storage.js";
import { DRAFT } from "../unsaved.js";
import { Draft } from "./draft.js";
import "./signing_out.js";

/** @type {Map<EventTarget | null, Draft>} */
const drafts = new Map(); // by their forms

/** @param {ParentNode} root */
function findForms(root) {
  /** @type {HTMLFormElement[]} */
  const forms = all("form:is([data-draft], [data-asks-before-leaving])", root);
  for (const form of forms) if (!drafts.has(form)) drafts.set(form, new Draft(form));
}

/** Forget the draft that the server has saved. */
function forgetSaved() {
  const [, key] = document.cookie.match(/(?:^|; )kept=([^;]*)/) ?? [];
  if (!key) return;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is for https alone
  document.cookie = "kept=; Max-Age=0; Path=/; SameSite=Lax";
  for (const place of keysOf(DRAFT)) if (load(place)?.sent === key) remove(place);
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, ({ target }) => {
    const draft = target instanceof Element && "form" in target && drafts.get(/** @type {EventTarget} */ (target.form));
    if (!draft) return;
    draft.store();
    draft.show();
  });
}

document.addEventListener("submit", (event) => {
  const draft = drafts.get(event.target);
  if (!draft) return;
  const { form } = draft;
  if (event.defaultPrevented && !form.hasAttribute("hx-post") && !form.closest("dialog")) return;
  const key = form.elements.namedItem("key");
  draft.isSent = true;
  draft.store(key instanceof HTMLInputElement ? key.value : undefined);
});

// Forms that are sent without leaving the page.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  const draft = drafts.get(target);
  if (!draft) return;
  draft.isSent = false;
  if (!detail.successful) {
    draft.hasRestored = true; // its values are only in this browser
    return draft.show();
  }
  forgetSaved();
  setTimeout(() => draft.settle()); // after js/desk/ready_again.js
});
document.addEventListener("htmx:load", ({ detail }) => findForms(detail.elt.parentNode ?? document));
on("forms:shown", (part) => {
  forgetSaved();
  findForms(part);
});

addEventListener("beforeunload", (event) => {
  if (Array.from(drafts.values()).some(({ form, isLostOnLeaving }) => form.isConnected && isLostOnLeaving)) {
    event.preventDefault();
  }
});

// A page that is shown again by the back button may have been saved meanwhile.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  forgetSaved();
  for (const draft of drafts.values()) {
    if (draft.isSent && draft.key && !Object.keys(draft.load().typed).length) draft.settle();
    draft.isSent = false;
  }
});

forgetSaved();
findForms(document);
