// What every page does: short sentences, one key per submission, and drafts (drafts.js).

const toast = document.getElementById("toast");
let toastTimer;

/** Say it to the eye and the ear; to the ear alone, what is seen elsewhere. */
function say(text, isSeen = false) {
  const over = document.querySelector("dialog[open]") ?? document.body; // whatever is outside of a dialog is dim and silent
  if (toast.parentNode !== over) over.append(toast);
  toast.textContent = text;
  toast.classList.toggle("is-shown", !isSeen);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => toast.classList.remove("is-shown"), 6000);
}

/** A key that no other submission has; works without https, where crypto.randomUUID is missing. */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

document.addEventListener("say", (event) => say(event.detail.text, event.detail.isSeen));
document.addEventListener("close", () => document.body.append(toast), true);
document.addEventListener("htmx:sendError", () => say(document.body.dataset.textOffline));
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Trigger")) say(document.body.dataset.textFailed);
});

// A form pressed twice is sent once; the page that answers, or four seconds, make it ready again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.sentAt && Date.now() - form.dataset.sentAt < 4_000) return event.preventDefault();
  form.dataset.sentAt = Date.now();
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent-at]").forEach((form) => delete form.dataset.sentAt));

// Enter that is held down presses a button once: what it would press next may be another button by then.
document.addEventListener("keydown", (event) => event.repeat && event.key === "Enter" && event.target.closest?.("button") && event.preventDefault());

// The buttons of a live page share one form: each press is a submission of its own, to the button's own address.
document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  const button = detail.triggeringEvent?.submitter;
  if (!button) return;
  if (button.name) detail.parameters[button.name] = button.value; // htmx knows only those inside of the form
  if (target.id !== "act") return;
  detail.path = button.getAttribute("formaction");
  detail.parameters.key = newKey();
});

// A button that is gone with what it did leaves the focus to the title above it.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (document.activeElement === document.body) target.querySelector?.("h2[tabindex='-1']")?.focus({ preventScroll: true });
});

// Drafts: only pages that have one, that come after one, or that forget them all, need them.
const hasDrafts = () => document.querySelector("form:is([data-draft], [data-asks], [data-forgets])") || /(^|; )kept=/.test(document.cookie);
if (hasDrafts()) import("./drafts.js").catch(console.warn); // the network is down, or one goes on already

// A document that was waited for comes by itself.
document.addEventListener("htmx:load", ({ detail }) => detail.elt.querySelector?.("[data-at-once]")?.click());

// The waiting room looks again by itself.
const waiting = document.querySelector("[data-reload-every]");
if (waiting) setTimeout(() => location.reload(), (Number(waiting.dataset.reloadEvery) + Math.random() * 4) * 1000);
