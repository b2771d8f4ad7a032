// The photos of a report: their list follows the server, and their buttons need no new page.

import { all, byId, closest, one, parsePage } from "../dom.js";
import { on } from "../events.js";
import { post } from "../submitting.js";

const list = () => document.getElementById("photo-list");

/**
 * Show the server's list, and keep what is being typed in it.
 *
 * @param {string} address - of the list
 */
export async function refreshAlbum(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return;
  const fresh = parsePage(await answer.text()).getElementById("photo-list");
  const shown = list();
  if (!fresh || !shown) return;
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  const place = all(":scope > *", shown).findIndex((row) => row.contains(focused));
  replaceRows(shown, fresh);
  shown.dataset.album = fresh.dataset.album ?? "";
  if (focused?.isConnected && focused !== document.activeElement) focused.focus();
  else if (place >= 0 && !focused?.isConnected) focusRow(shown, place); // its row is gone
}

/**
 * @param {HTMLElement} shown
 * @param {HTMLElement} fresh
 */
function replaceRows(shown, fresh) {
  for (const row of all(":scope > *", shown)) if (!one(`#${row.id}`, fresh)) row.remove();
  all(":scope > *", fresh).forEach((row, index) => {
    const known = document.getElementById(row.id);
    const here = known ?? document.importNode(row, true);
    if (known) refreshRow(known, row);
    if (shown.children[index] !== here) shown.insertBefore(here, shown.children[index] ?? null);
  });
}

/**
 * Show changes in a row by somebody else's buttons.
 *
 * @param {HTMLElement} shown
 * @param {HTMLElement} fresh
 */
function refreshRow(shown, fresh) {
  const [box, freshBox] = [shown, fresh].map((row) => {
    /** @type {HTMLInputElement | null} */
    const agreed = one(".agreement [name=agreed]", row);
    return agreed;
  });
  const [text, freshText] = [shown, fresh].map((row) => one(".agreement .seen-by", row));
  if (box && freshBox) box.checked = freshBox.checked;
  if (text && freshText) text.textContent = freshText.textContent;
}

/**
 * @param {HTMLElement} shown
 * @param {number} place
 */
function focusRow(shown, place) {
  const row = shown.children[Math.min(place, shown.children.length - 1)];
  (row ? one("a", row) : one("[data-files]"))?.focus({ preventScroll: true });
}

/** Refresh the list of this page, if it has one. */
async function refresh() {
  const address = one("form[data-photo-form]")?.dataset.list;
  if (address) await refreshAlbum(address);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} address
 * @param {HTMLButtonElement | null} [button]
 */
async function send(form, address, button) {
  const body = new FormData(form);
  if (button?.name) body.set(button.name, button.value);
  const isDone = await post(address, body);
  await refresh();
  return isDone;
}

document.addEventListener(
  "submit",
  (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    if (!form.matches("[data-stays-on-page]") || !button) return;
    event.preventDefault();
    const { confirm: question } = button.dataset;
    if (!question || confirm(question)) send(form, button.formAction, button);
  },
  true,
);

document.addEventListener("change", async (event) => {
  /** @type {HTMLFormElement | null} */
  const form = closest(event, "[data-agree]");
  const box = /** @type {HTMLInputElement} */ (event.target);
  if (form && !(await send(form, form.action))) box.checked = !box.checked;
});

on("album:changed", (version) => {
  if (version !== byId("photo-list", HTMLElement).dataset.album) refresh();
});
