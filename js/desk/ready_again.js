// Forms for several entries in a row (`data-again`): ready again once the server has saved the last one.

import { all, one } from "../dom.js";
import { newKey } from "../http.js";

const EMPTIED = "[name=same_name], textarea, select, input:not([type=hidden], [type=radio])";

document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target instanceof HTMLFormElement && target.matches("[data-again]") && detail.successful) makeReady(target);
});

/**
 * Empty the form; with `data-again="keep"`, only give it the key of another submission.
 *
 * @param {HTMLFormElement} form
 */
function makeReady(form) {
  const key = form.elements.namedItem("key");
  if (key instanceof HTMLInputElement) key.value = newKey();
  if (form.dataset.again === "keep") return;
  for (const trace of all(".problem, .errorlist", form)) trace.remove();
  for (const field of /** @type {HTMLInputElement[]} */ (Array.from(form.elements))) {
    if (field.matches(EMPTIED)) field.value = "";
    field.removeAttribute("aria-invalid");
  }
  /** @type {HTMLInputElement[]} */
  const choices = all("input[type=radio]", form);
  for (const choice of choices) choice.checked = choice === choices.find(({ name }) => name === choice.name);
  one("input:not([type=hidden])", form)?.focus();
  document.getElementById("alike")?.replaceChildren();
}
