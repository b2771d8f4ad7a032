// Recognition of the printed QR codes on a photograph.
//
// All codes are known, so nothing is decoded: the squares of the photograph are compared with those of each code, which
// bears more dirt and slant than decoding would, and works in every browser.

import { cornerMarks, triples } from "./qr_marks.js";

/** @import { Mark, Point } from "./qr_marks.js" */

/**
 * A photograph in black and white.
 *
 * @typedef {object} Picture
 * @property {Uint8Array} dark - row by row: 1 where it is dark
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{ key: string, size: number, squares: string }} Code - its squares as 0 and 1, row by row */

const LONGEST = 1_600; // pixels of the longer side of the picture that is searched
const ALIKE = 0.9; // part of the squares that must be the same; two codes of one forum share up to 0.88
const CLEARLY = 0.03; // part of the squares by which the best code must exceed the next
const DARK = 0.88; // of the mean light around a pixel
const STEPS = 8; // half squares, each way, within which the fourth corner is searched

/**
 * Return the key of the code on a canvas; null when none is certain.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Record<string, string>} codes - by their keys: "size:squares in hexadecimal, row by row"
 */
export function codeOn(canvas, codes) {
  const { data, width, height } = pixels(canvas);
  return codeIn(blackAndWhite(data, width, height), codes);
}

/**
 * Return the key of the code in a picture; null when none is certain.
 *
 * @param {Picture} picture
 * @param {Record<string, string>} codes
 */
export function codeIn(picture, codes) {
  const known = Object.entries(codes).map(([key, text]) => {
    const [size, digits] = text.split(":");
    const count = Number(size) ** 2;
    return { key, size: Number(size), squares: BigInt(`0x${digits}`).toString(2).padStart(count, "0") };
  });
  for (const corners of triples(cornerMarks(picture))) {
    const key = bestMatch(picture, corners, known);
    if (key) return key;
  }
  return null;
}

/** @param {HTMLCanvasElement} canvas */
function pixels(canvas) {
  const scale = Math.min(1, LONGEST / Math.max(canvas.width, canvas.height));
  const small = document.createElement("canvas");
  small.width = Math.round(canvas.width * scale);
  small.height = Math.round(canvas.height * scale);
  const context = /** @type {CanvasRenderingContext2D} */ (small.getContext("2d"));
  context.drawImage(canvas, 0, 0, small.width, small.height);
  return context.getImageData(0, 0, small.width, small.height);
}

/**
 * Find the dark pixels, each compared with the light around it, since a photograph is never lit evenly.
 *
 * @param {ArrayLike<number>} data - RGBA, row by row
 * @param {number} width
 * @param {number} height
 * @returns {Picture}
 */
export function blackAndWhite(data, width, height) {
  const light = (/** @type {number} */ at) => data[4 * at] + 2 * data[4 * at + 1] + data[4 * at + 2];
  const sums = areaSums(light, width, height);
  const reach = Math.ceil(Math.max(width, height) / 40);
  const dark = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(height, y + reach + 1)];
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const around = sums.within(left, top, right, bottom) / ((bottom - top) * (right - left));
      dark[y * width + x] = Number(light(y * width + x) < DARK * around);
    }
  }
  return { dark, width, height };
}

/**
 * Prepare sums of values over any rectangle in constant time.
 *
 * @param {(at: number) => number} value
 * @param {number} width
 * @param {number} height
 */
function areaSums(value, width, height) {
  const line = width + 1;
  const sums = new Float64Array(line * (height + 1));
  for (let y = 0; y < height; y += 1) {
    let row = 0;
    for (let x = 0; x < width; x += 1) {
      row += value(y * width + x);
      sums[(y + 1) * line + x + 1] = sums[y * line + x + 1] + row;
    }
  }
  return {
    /** @type {(left: number, top: number, right: number, bottom: number) => number} */
    within: (left, top, right, bottom) =>
      sums[bottom * line + right] - sums[bottom * line + left] - sums[top * line + right] + sums[top * line + left],
  };
}

/**
 * Return the key of the code between three marks, or null. The fourth corner has no mark: several places are tried,
 * around the one that it would have on a picture taken from right above.
 *
 * @param {Picture} picture
 * @param {[Mark, Mark, Mark]} corners - the one between the two others, then these, clockwise
 * @param {Code[]} known
 */
function bestMatch(picture, [corner, right, below], known) {
  const fourth = { x: right.x + below.x - corner.x, y: right.y + below.y - corner.y };
  const step = corner.square / 2;
  /** @type {{ key: string, alike: number }[]} */
  const matches = [];
  for (let dx = -STEPS; dx <= STEPS; dx += 1) {
    for (let dy = -STEPS; dy <= STEPS; dy += 1) {
      const last = { x: fourth.x + dx * step, y: fourth.y + dy * step };
      matches.push(...compare(picture, [corner, right, last, below], known));
    }
  }
  matches.sort((one, other) => other.alike - one.alike);
  const [first] = matches;
  const next = matches.find(({ key }) => key !== first.key)?.alike ?? 0;
  return first && first.alike > ALIKE && first.alike - next > CLEARLY ? first.key : null;
}

/**
 * Compare the squares between four corners with each code: 0 to 1 is the part that is the same.
 *
 * @param {Picture} picture
 * @param {Point[]} corners
 * @param {Code[]} known
 */
function compare(picture, corners, known) {
  /** @type {Map<number, boolean[]>} */
  const bySize = new Map();
  return known.map(({ key, size, squares }) => {
    const seen = bySize.get(size) ?? squaresOf(picture, corners, size);
    bySize.set(size, seen);
    let same = 0;
    for (let at = 0; at < squares.length; at += 1) same += Number((squares[at] === "1") === seen[at]);
    return { key, alike: same / squares.length };
  });
}

/**
 * Read the squares of a code between four corners: true where they are dark.
 *
 * @param {Picture} picture
 * @param {Point[]} corners - the middles of the marks, clockwise
 * @param {number} size
 */
function squaresOf({ dark, width, height }, [a, b, c, d], size) {
  // The perspective from the unit square to any four corners.
  const [sx, sy] = [a.x - b.x + c.x - d.x, a.y - b.y + c.y - d.y];
  const [bx, by, dx, dy] = [b.x - c.x, b.y - c.y, d.x - c.x, d.y - c.y];
  const whole = bx * dy - dx * by;
  const [g, h] = [(sx * dy - dx * sy) / whole, (bx * sy - sx * by) / whole];
  const squares = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const [u, v] = [(column - 3) / (size - 7), (row - 3) / (size - 7)];
      const depth = g * u + h * v + 1;
      const x = (a.x + (b.x - a.x + g * b.x) * u + (d.x - a.x + h * d.x) * v) / depth;
      const y = (a.y + (b.y - a.y + g * b.y) * u + (d.y - a.y + h * d.y) * v) / depth;
      const isInside = x >= 0 && y >= 0 && x < width && y < height;
      squares.push(isInside && dark[Math.floor(y) * width + Math.floor(x)] === 1);
    }
  }
  return squares;
}
