// The meter of filled sections of a report. The page has all its texts; one of them is shown.

import { all, byId, one } from "../dom.js";
import { on } from "../events.js";

const meter = byId("meter", HTMLElement);
const sections = (byId("manuscript", HTMLElement).dataset.sections ?? "").split(" ");

/** @param {string} name */
function isFilled(name) {
  /** @type {HTMLTextAreaElement | null} */
  const area = one(`textarea[name="${name}"]`);
  return Boolean(area?.value.trim());
}

function draw() {
  const filled = sections.filter(isFilled).length;
  /** @type {HTMLProgressElement | null} */
  const bar = one("progress", meter);
  if (bar) bar.value = filled;
  for (const text of all("[data-filled]", meter)) text.hidden = Number(text.dataset.filled) !== filled;
}

document.addEventListener("input", ({ target }) => target instanceof HTMLTextAreaElement && draw());
on("text:shown", draw);
draw();
