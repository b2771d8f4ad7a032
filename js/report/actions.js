// The actions of a report, one row each: rows that others add come, and those that they remove go.

import { all, byId, one, parsePage } from "../dom.js";

export const actions = byId("actions", HTMLElement);

let version = Number(actions.dataset.version); // of the report, as this page knows it

/**
 * Take note of a version of the report. Returns false when it is older than what the page knows.
 *
 * @param {number} other
 */
export function learnVersion(other) {
  const isNews = other >= version;
  version = Math.max(version, other);
  return isNews;
}

/**
 * A row goes: its writer does not fall back to the top of the page.
 *
 * @param {Element} row
 */
export function leaveRow(row) {
  if (row.contains(document.activeElement)) one("form[hx-target='#actions'] button")?.focus({ preventScroll: true });
}

/** Fetch the rows that others added. An answer that was made before what the page knows is not looked at. */
export async function fetchNewRows() {
  const page = parsePage(await (await fetch(location.href)).text());
  const list = page.getElementById("actions");
  if (!list || Number(list.dataset.version) < version) return;
  for (const row of all("[data-action]", list)) {
    if (document.getElementById(row.id)) continue;
    const added = document.importNode(row, true);
    actions.append(added);
    htmx.process(added);
  }
}

// The row that one adds may have come already, as somebody else's would: it is shown once.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.matches(".action")) leaveRow(detail.target);
  if (detail.target !== actions || !detail.shouldSwap) return;
  const row = one("[data-action]", parsePage(detail.serverResponse));
  if (!row) return;
  learnVersion(Number(row.dataset.version));
  const known = document.getElementById(row.id);
  if (!known) return;
  detail.shouldSwap = false;
  one("[name=what]", known)?.focus();
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.target === actions) one(".action:last-child [name=what]")?.focus();
});
