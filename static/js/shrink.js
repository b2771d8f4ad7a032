// A photo made lighter in the browser, before it is sent.

const LONGEST = 2_000; // pixels
const QUALITY = 0.85;
const SMALL = 72;

/** The photo as a JPEG of at most 2,000 pixels and a canvas of it; the file itself where this browser cannot read it. */
export async function shrink(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", QUALITY); });
    return blob ? { blob, canvas } : { blob: file };
  } catch { return { blob: file }; }
}

/** Show a corner-to-corner square of the photo. */
export function draw(canvas, preview) {
  [preview.width, preview.height] = [SMALL, SMALL];
  const scale = Math.max(SMALL / canvas.width, SMALL / canvas.height);
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  preview.getContext("2d").drawImage(canvas, (SMALL - width) / 2, (SMALL - height) / 2, width, height);
  preview.hidden = false;
}
