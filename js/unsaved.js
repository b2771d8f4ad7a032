// What is not saved on the server and stored in this browser: whoever stores such a thing has a place here, so that the
// person who signs out is asked about it, and leaves none of it in this browser.

import { ObjectStore } from "./idb.js";
import { keysOf, load, remove } from "./storage.js";

/** Prefixes of keys in localStorage: forms, lines of the operator's page, fields and shared texts of reports. */
export const DRAFT = "draft:";
export const OPERATOR = "operator:";
export const REPORT = "report:";
export const WRITING = "writing:";

export const reportTexts = new ObjectStore("forum", "writing"); // of reports
export const photos = new ObjectStore("forum-photos", "photos");

/** @param {string} key */
function hasText(key) {
  const stored = load(key) ?? {};
  return Object.values(stored.typed ?? stored.want ?? stored).some(Boolean);
}

/** Whether this browser stores anything that would be lost. */
export async function isAnythingUnsaved() {
  if ([DRAFT, OPERATOR, REPORT, WRITING].flatMap(keysOf).some(hasText)) return true;
  const counts = await Promise.all([reportTexts, photos].map((store) => store.run("readonly", (rows) => rows.count())));
  return counts.some((count) => count?.result);
}

/** Remove it, and all else that this browser stores of the app, such as which messages were read. */
export async function forgetEverything() {
  keysOf("").forEach(remove);
  await Promise.all([reportTexts, photos].map((store) => store.run("readwrite", (rows) => rows.clear())));
}
