// The marks in three corners of a QR code: dark, light, dark, light, dark as 1, 1, 3, 1, 1, both ways.

/** @typedef {{ x: number, y: number }} Point - in pixels */
/** @typedef {Point & { square: number, times: number }} Mark - `square`: in pixels; `times`: rows where it was found */
/** @import { Picture } from "./qr.js" */

const MOST = 12; // marks that are tried
const MIDDLE = 2; // of the five runs

/**
 * Find the marks of a picture, the surest first.
 *
 * @param {Picture} picture
 */
export function cornerMarks(picture) {
  const { dark, width, height } = picture;
  /** @type {Mark[]} */
  const marks = [];
  for (let y = 0; y < height; y += 1) {
    const runs = [0, 0, 0, 0, 0];
    for (let x = 0, was = 0; x <= width; x += 1) {
      const is = x < width ? dark[y * width + x] : 0;
      if (is !== was) {
        if (was && looksRight(runs)) addMark(picture, marks, runs, x, y);
        runs.shift();
        runs.push(0);
        was = is;
      }
      runs[4] += 1;
    }
  }
  return marks
    .filter(({ times }) => times > 1)
    .sort((one, other) => other.times - one.times)
    .slice(0, MOST);
}

/** @param {number[]} runs */
const total = (runs) => runs.reduce((sum, run) => sum + run);

/** @param {number[]} runs - of pixels: dark, light, dark, light, dark */
function looksRight(runs) {
  const square = total(runs) / 7;
  return (
    square > 1.5 &&
    runs.every((run, at) => {
      const [squares, slack] = at === MIDDLE ? [3, 1.2] : [1, 0.7];
      return Math.abs(run - squares * square) < slack * square;
    })
  );
}

/**
 * Add the mark of five runs that end at a place, if it looks right from top to bottom too.
 *
 * @param {Picture} picture
 * @param {Mark[]} marks
 * @param {number[]} runs
 * @param {number} x
 * @param {number} y
 */
function addMark(picture, marks, runs, x, y) {
  const square = total(runs) / 7;
  const middle = { x: x - 3.5 * square, y: middleOf(picture, Math.round(x - 3.5 * square), y, square) };
  if (middle.y === null) return;
  const mark = { x: middle.x, y: middle.y, square };
  const near = marks.find((other) => Math.hypot(other.x - mark.x, other.y - mark.y) < 3 * square);
  if (!near) {
    marks.push({ ...mark, times: 1 });
    return;
  }
  near.times += 1;
  near.x += (mark.x - near.x) / near.times;
  near.y += (mark.y - near.y) / near.times;
  near.square += (mark.square - near.square) / near.times;
}

/**
 * Return the middle of a mark from top to bottom; null when there is no mark.
 *
 * @param {Picture} picture
 * @param {number} x
 * @param {number} y
 * @param {number} square
 */
function middleOf({ dark, width, height }, x, y, square) {
  const [up, down] = [-1, 1].map((step) => {
    const runs = [0, 0, 0];
    let at = y;
    for (let n = 0; n < 3; n += 1) {
      while (at >= 0 && at < height && dark[at * width + x] === (n + 1) % 2 && runs[n] < 4 * square) {
        runs[n] += 1;
        at += step;
      }
    }
    return runs;
  });
  const runs = [up[2], up[1], up[0] + down[0] - 1, down[1], down[2]];
  if (!looksRight(runs) || Math.abs(total(runs) / 7 - square) > 0.4 * square) return null;
  return y + (down[0] - up[0]) / 2;
}

/**
 * Yield the marks, three by three, that may be of one code: the corner between the two others, then these, clockwise.
 *
 * @param {Mark[]} marks
 * @returns {Generator<[Mark, Mark, Mark]>}
 */
export function* triples(marks) {
  for (const corner of marks) {
    for (const right of marks) {
      for (const below of marks) if (isOneCode(corner, right, below)) yield [corner, right, below];
    }
  }
}

/**
 * @param {Mark} corner
 * @param {Mark} right
 * @param {Mark} below
 */
function isOneCode(corner, right, below) {
  const [a, b] = [right, below].map(({ x, y }) => ({ x: x - corner.x, y: y - corner.y }));
  const lengths = [a, b].map(({ x, y }) => Math.hypot(x, y));
  const sizes = [corner, right, below].map(({ square }) => square);
  const turn = (a.x * b.y - a.y * b.x) / (lengths[0] * lengths[1]); // 1: a right angle, clockwise
  return isEven(sizes) && isEven(lengths) && turn > 0.8;
}

/**
 * Return whether the longest is less than 1.5 times the shortest.
 *
 * @param {number[]} sizes
 */
const isEven = (sizes) => Math.max(...sizes) < 1.5 * Math.min(...sizes);
