// Several sheets at once: each picture goes on a line of its own, lighter and seen; the QR code on it chooses its group.
import { codeOn } from "./qr.js";
import { draw, shrink } from "./shrink.js";

const many = document.querySelector("[data-many]");
const { textRoom } = many.dataset;
const codes = JSON.parse(many.dataset.codes);

document.documentElement.classList.add("has-script");

async function place(file, line) {
  const input = line.querySelector("input");
  const { blob, canvas } = await shrink(file);
  const files = new DataTransfer();
  files.items.add(new File([blob], file.name, { type: blob.type }));
  input.files = files.files;
  if (!canvas) return;
  draw(canvas, line.querySelector("canvas"));
  const number = codeOn(canvas, codes);
  if (number) line.querySelector("select").value = number;
}

many.addEventListener("change", async () => {
  const files = [...many.files];
  many.value = "";
  const free = [...document.querySelectorAll(".sheet-line")].filter((line) => !line.querySelector("input").files.length);
  if (files.length > free.length) document.dispatchEvent(new CustomEvent("say", { detail: { text: textRoom } }));
  for (const [at, file] of files.slice(0, free.length).entries()) await place(file, free[at]);
});
