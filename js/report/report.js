// The page on which a group writes its report: short fields and actions are saved automatically; sections are shared
// texts (js/coediting).

import { all, byId } from "../dom.js";
import { emit, on } from "../events.js";
import { fetchNewRows, learnVersion, leaveRow } from "./actions.js";
import { saveBeforeFinishing } from "./finishing.js";
import "./growing.js";
import { Saver } from "./saver.js";
import { forgetState } from "./status.js";

document.documentElement.classList.add("has-script");

/** @type {Map<HTMLFormElement, Saver>} */
const savers = new Map();

/** Begin to save the forms that are new on the page, and forget those that are gone. */
function adoptForms() {
  /** @type {HTMLFormElement[]} */
  const forms = all("form[data-save]");
  for (const form of forms) if (!savers.has(form)) savers.set(form, new Saver(form, learnVersion));
  for (const [form, saver] of savers) {
    if (form.isConnected) continue;
    savers.delete(form);
    forgetState(saver);
  }
}

const saveAll = () => Promise.all(Array.from(savers.values(), (saver) => saver.save()));

/** Fetch and show what others wrote in this report. */
async function fetchChanges() {
  const { action } = byId("report", HTMLFormElement);
  const answer = await fetch(action, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || !answer.headers.get("Content-Type")?.includes("json")) return;
  const report = await answer.json();
  if (!learnVersion(report.version)) return; // the page received a newer one
  for (const [form, saver] of savers) refresh(form, saver, report);
  emit("album:changed", report.album);
  if (Object.keys(report.actions).some((pk) => !document.getElementById(`action-${pk}`))) await fetchNewRows();
  adoptForms();
}

/**
 * @param {HTMLFormElement} form
 * @param {Saver} saver
 * @param {any} report - as the server has it
 */
function refresh(form, saver, report) {
  /** @type {HTMLElement | null} */
  const row = form.closest("[data-action], [data-photo]");
  const { action = "", photo = "" } = row?.dataset ?? {};
  const fields = row ? (report.actions[action] ?? report.photos[photo]) : report.fields;
  if (fields) return saver.refresh(fields);
  if (!row || !action || saver.dirty.size) return; // the album takes care of its photos
  leaveRow(row);
  row.remove();
}

adoptForms();
document.addEventListener(
  "input",
  ({ target }) => {
    adoptForms(); // somebody may type in a row as soon as it is shown
    const field = /** @type {HTMLInputElement} */ (target);
    if (field.form) savers.get(field.form)?.touch(field.name);
  },
  true,
);
document.addEventListener("htmx:afterSettle", adoptForms);
on("board:applied", fetchChanges);
saveBeforeFinishing(async () => {
  await saveAll();
});
addEventListener("pagehide", saveAll);
addEventListener("online", saveAll);
