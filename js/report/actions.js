// The actions of a report, one row each, kept up to date with rows that others add and remove.

import { all, byId, one, parsePage } from "../dom.js";

export const actions = byId("actions", HTMLElement);

let version = Number(actions.dataset.version); // the newest version of the report that this page received

/**
 * Note a version of the report. Returns false when the page received a newer one.
 *
 * @param {number} other
 */
export function learnVersion(other) {
  const isNews = other >= version;
  version = Math.max(version, other);
  return isNews;
}

/**
 * Move the focus out of a row before it is removed, else it goes to the top of the page.
 *
 * @param {Element} row
 */
export function leaveRow(row) {
  if (row.contains(document.activeElement)) one("form[hx-target='#actions'] button")?.focus({ preventScroll: true });
}

/** Fetch the rows that others added. An answer of an older version is ignored. */
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

// A row that is added here may be on the page already, like one of somebody else: it is shown once.
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
