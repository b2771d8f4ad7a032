// Buttons that add rows to a table of a form; without this module, each save offers one more row.

import { all, one } from "./dom.js";

for (const button of all("[data-add]")) {
  const name = button.dataset.add;
  const rows = one(`[data-rows="${name}"] tbody`);
  /** @type {HTMLInputElement | null} */
  const count = one(`[name="${name}-TOTAL_FORMS"]`);
  const blank = one(`template[data-row="${name}"]`)?.innerHTML ?? "";
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!rows || !count) return;
    rows.insertAdjacentHTML("beforeend", blank.split("__prefix__").join(count.value));
    count.value = String(Number(count.value) + 1);
    const added = rows.lastElementChild;
    if (added) one("input", added)?.focus();
  });
}
