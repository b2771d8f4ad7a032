// Switches of the conductor's page: as this browser last left them.

import { byId } from "../dom.js";
import { load, save } from "../storage.js";

/**
 * A switch that this browser remembers.
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
