// The button "Finished", which first waits until the server has everything that was typed.

import { all, one } from "../dom.js";
import { isAllSaved } from "./status.js";

/** @type {(() => Promise<void>)[]} */
const waits = [];

/**
 * Add a function whose promise is awaited before a report is finished.
 *
 * @param {() => Promise<void>} save
 */
export const saveBeforeFinishing = (save) => waits.push(save);

/** @type {HTMLFormElement[]} */
const forms = all("form[data-after-saving]");
for (const form of forms) {
  form.addEventListener("submit", async (event) => {
    if (isAllSaved()) return;
    event.preventDefault();
    await Promise.all(waits.map((save) => save()));
    if (isAllSaved()) form.submit();
    else one("[data-conflict], .errorlist")?.scrollIntoView({ block: "center" });
  });
}
