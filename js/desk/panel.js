// One topic, in a panel over the board.

import { all, byId, closest, one, parsePage } from "../dom.js";
import { emit } from "../events.js";
import { post } from "../submitting.js";

const panel = byId("panel", HTMLDialogElement);
const body = byId("panel-body", HTMLElement);
const ownPage = byId("panel-page", HTMLAnchorElement);

/** @type {HTMLElement | string | undefined} */
let opener; // the link that gets the focus back, or the id of its card

/** @param {MouseEvent} event */
const opensElsewhere = ({ button, metaKey, ctrlKey, shiftKey, altKey }) =>
  button || metaKey || ctrlKey || shiftKey || altKey;

document.addEventListener("click", (event) => {
  /** @type {HTMLAnchorElement | null} */
  const link = closest(event, "a[data-panel]");
  if (!link || opensElsewhere(event)) return;
  event.preventDefault();
  opener = link.closest("[data-topic]")?.id ?? link;
  ownPage.href = link.href;
  fill();
});

async function fill() {
  try {
    const answer = await fetch(ownPage.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    const page = parsePage(await answer.text()).getElementById("main");
    if (!page) throw new Error("no page");
    for (const other of all("#board, #act, .foot, .notice, .way-back, script", page)) other.remove();
    byId("panel-title", HTMLElement).textContent = one("h2", page)?.textContent ?? "";
    body.replaceChildren(...page.childNodes);
    emit("forms:shown", body);
    if (!panel.open) panel.showModal();
    // After a link to one part of the page, the first field of that part gets the focus.
    const { hash } = new URL(ownPage.href);
    if (hash) one(`${hash} :is(select, input:not([type=hidden]), button)`, body)?.focus();
  } catch {
    location.assign(ownPage.href);
  }
}

panel.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.target);
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const data = new FormData(form);
  if (button?.name) data.set(button.name, button.value);
  const path = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  if (!(await post(path, data))) return;
  if (form.hasAttribute("data-closes")) panel.close();
  else fill();
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target === document.getElementById("act") && detail.successful && panel.open) fill();
});
byId("panel-close", HTMLElement).addEventListener("click", () => panel.close());
panel.addEventListener("click", (event) => event.target === panel && panel.close());
panel.addEventListener("close", () => {
  body.replaceChildren();
  const card = typeof opener === "string" ? document.getElementById(opener) : null;
  const link = typeof opener === "string" ? card && one("a", card) : opener;
  link?.focus({ preventScroll: true });
});
