// Several photographed sheets at once, each on a line of its own; the QR code on a sheet selects its group.

import { all, one } from "../dom.js";
import { say } from "../toast.js";
import { codeOn } from "./qr.js";
import { draw, shrink } from "./shrink.js";

const picker = /** @type {HTMLInputElement} */ (one("[data-sheet-photos]"));
const codes = JSON.parse(picker.dataset.codes ?? "{}");

document.documentElement.classList.add("has-script");

/** @param {HTMLElement} line */
const inputOf = (line) => /** @type {HTMLInputElement} */ (one("input", line));

/**
 * @param {File} file
 * @param {HTMLElement} line
 */
async function place(file, line) {
  const { blob, canvas } = await shrink(file);
  const files = new DataTransfer();
  files.items.add(new File([blob], file.name, { type: blob.type }));
  inputOf(line).files = files.files;
  /** @type {HTMLCanvasElement | null} */
  const preview = one("canvas", line);
  /** @type {HTMLSelectElement | null} */
  const group = one("select", line);
  if (!canvas || !preview || !group) return;
  draw(canvas, preview);
  const number = codeOn(canvas, codes);
  if (number) group.value = number;
}

picker.addEventListener("change", async () => {
  const files = Array.from(picker.files ?? []);
  picker.value = "";
  const free = all(".sheet-line").filter((line) => !inputOf(line).files?.length);
  if (files.length > free.length) say(picker.dataset.textRoom);
  for (const [index, file] of files.slice(0, free.length).entries()) await place(file, free[index]);
});
