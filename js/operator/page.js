// The parts of the operator's page.

import { byId, one } from "../dom.js";

export const entry = byId("entry", HTMLFormElement);
export const texts = entry.dataset;
export const list = byId("lines", HTMLElement);
export const options = byId("people", HTMLElement);
export const blankLine = /** @type {HTMLElement} */ (one("li", byId("line", HTMLTemplateElement).content));
export const network = byId("network", HTMLElement);
export const progress = byId("progress", HTMLElement);
export const meaning = byId("convener-meaning", HTMLElement);

const announcement = byId("announcement", HTMLElement);

/** @param {string} name */
const input = (name) => /** @type {HTMLInputElement} */ (entry.elements.namedItem(name));

export const title = input("title");
export const name = input("name");
export const convener = input("convener");
export const token = input("csrfmiddlewaretoken");

/**
 * Have a screen reader read a sentence out.
 *
 * @param {string | null | undefined} text
 */
export function readOut(text) {
  announcement.textContent = text ?? "";
}
