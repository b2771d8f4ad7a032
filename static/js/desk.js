// The facilitator's pages: forms that are ready again at once, and a topic in a panel.
// Without this module everything still works, by plain links and forms.

import "./moves.js";

const board = document.getElementById("board");
const act = document.getElementById("act");
const panel = document.getElementById("panel");
const panelBody = document.getElementById("panel-body");
const panelPage = document.getElementById("panel-page");

const say = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { text } }));

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Send a form the way htmx does; say what the server says. True when it worked. */
async function post(path, data) {
  try {
    const answer = await fetch(path, { method: "POST", body: data, headers: { "HX-Request": "true" } });
    const told = JSON.parse(answer.headers.get("HX-Trigger") ?? "{}").say?.text;
    if (told || !answer.ok) say(told ?? document.body.dataset.textFailed);
    return answer.ok;
  } catch {
    say(document.body.dataset.textOffline);
    return false;
  }
}

// ---- forms that are ready again once the server has kept what they sent -----------------------------------

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (form.matches?.("form[data-again]") && event.detail.successful) makeReady(form);
});

/** What was typed goes, unless the form says `data-again="keep"`: then it only becomes another submission. */
function makeReady(form) {
  form.elements.key.value = newKey();
  if (form.dataset.again === "keep") return;
  for (const trace of form.querySelectorAll(".problem, .errorlist")) trace.remove();
  for (const field of form.elements) {
    if (field.name === "same_name" || field.matches("textarea, select, input:not([type=hidden],[type=radio])")) field.value = "";
    field.removeAttribute("aria-invalid");
  }
  for (const choice of form.querySelectorAll("input[type=radio]")) choice.checked = choice === form.elements[choice.name][0];
  form.querySelector("input:not([type=hidden])").focus();
  document.getElementById("alike")?.replaceChildren();
}

// ---- the people who can convene: those of the board, as they come -----------------------------------------

const convener = document.getElementById("topic_convener");

function listPeople() {
  if (!convener || document.activeElement === convener) return;
  const chosen = convener.value;
  const people = [...board.querySelectorAll("[data-person]")].map(({ dataset }) => new Option(dataset.name, dataset.person));
  convener.replaceChildren(convener.options[0], ...people);
  convener.value = chosen;
  if (convener.selectedIndex < 0) convener.selectedIndex = 0;
}

document.addEventListener("board:applied", listPeople);
convener?.addEventListener("blur", listPeople);

// ---- one topic, in a panel over the board -----------------------------------------------------------------

let opener; // where the focus goes back

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-panel]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  opener = link.closest("[data-topic]")?.id ?? link;
  panelPage.href = link.href;
  fillPanel();
});

async function fillPanel() {
  try {
    const answer = await fetch(panelPage.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
    for (const other of page.querySelectorAll("#board, #act, .foot, .notice, .way-back, script")) other.remove();
    document.getElementById("panel-title").textContent = page.querySelector("h2")?.textContent;
    panelBody.replaceChildren(...page.childNodes);
    document.dispatchEvent(new CustomEvent("forms:shown", { detail: panelBody }));
    if (!panel.open) panel.showModal();
    // A link to one part of the page means that part: its first field is ready.
    const part = new URL(panelPage.href).hash;
    if (part) panelBody.querySelector(`${part} :is(select, input:not([type=hidden]), button)`)?.focus();
  } catch {
    location.assign(panelPage.href);
  }
}

panel.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.submitter;
  const data = new FormData(event.target);
  if (button?.name) data.set(button.name, button.value);
  const path = button?.getAttribute("formaction") ?? event.target.getAttribute("action");
  if (!(await post(path, data))) return;
  if (event.target.hasAttribute("data-closes")) panel.close();
  else fillPanel();
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === act && event.detail.successful && panel.open) fillPanel();
});
document.getElementById("panel-close").addEventListener("click", () => panel.close());
panel.addEventListener("click", (event) => event.target === panel && panel.close());
panel.addEventListener("close", () => {
  panelBody.replaceChildren();
  (opener instanceof Element ? opener : document.getElementById(opener)?.querySelector("a"))?.focus({ preventScroll: true });
});

// ---- what the agenda sends (static/js/agenda.js): nothing else on the page waits for it ----------------------

document.addEventListener("desk:send", ({ detail }) => {
  const data = new FormData(act);
  data.set("key", newKey());
  for (const [name, value] of Object.entries(detail.fields)) data.set(name, value);
  detail.answer = post(detail.path, data);
});
