// Reduction of photos in the browser, before they are sent.

const LONGEST = 2_000; // pixels of the longer side
const QUALITY = 0.85;
const SMALL = 72; // pixels of a preview

/**
 * Return the photo as a JPEG of at most 2,000 pixels, and its canvas; the file itself if this browser cannot read it.
 *
 * @param {File} file
 * @returns {Promise<{ blob: Blob, canvas?: HTMLCanvasElement }>}
 */
export async function shrink(file) {
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(bitmap.width * scale));
    canvas.height = Math.max(1, Math.round(bitmap.height * scale));
    const context = contextOf(canvas);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    /** @type {Blob | null} */
    const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
    return blob ? { blob, canvas } : { blob: file };
  } catch {
    return { blob: file };
  }
}

/**
 * Show a square of the photo, from its middle.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLCanvasElement} preview
 */
export function draw(canvas, preview) {
  preview.width = SMALL;
  preview.height = SMALL;
  const scale = Math.max(SMALL / canvas.width, SMALL / canvas.height);
  const [width, height] = [canvas.width * scale, canvas.height * scale];
  contextOf(preview).drawImage(canvas, (SMALL - width) / 2, (SMALL - height) / 2, width, height);
  preview.hidden = false;
}

/** @param {HTMLCanvasElement} canvas */
const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
