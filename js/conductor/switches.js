// Switches of the conductor's page, whose positions this browser stores.

import { byId } from "../dom.js";
import { load, save } from "../storage.js";

/**
 * Return a switch, set as it was last in this browser.
 *
 * @param {string} id
 * @param {() => void} changed
 */
export function rememberedSwitch(id, changed) {
  const box = byId(id, HTMLInputElement);
  const key = `conductor-${id}`;
  box.checked = load(key) ?? box.checked;
  box.addEventListener("change", () => {
    save(key, box.checked);
    changed();
  });
  return box;
}
