// Text areas that grow with their text, for browsers without `field-sizing`.

import { all } from "../dom.js";
import { on } from "../events.js";

const BORDERS = 4; // px

/** @param {HTMLTextAreaElement} area */
function grow(area) {
  area.style.height = "auto";
  area.style.height = `${area.scrollHeight + BORDERS}px`;
}

if (!CSS.supports("field-sizing", "content")) {
  document.addEventListener("input", ({ target }) => target instanceof HTMLTextAreaElement && grow(target));
  on("text:shown", grow);
  /** @type {HTMLTextAreaElement[]} */
  const areas = all("textarea");
  areas.forEach(grow);
}
