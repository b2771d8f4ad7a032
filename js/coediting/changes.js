// Changes of a text: the difference after typing, and positions after somebody else's change.

/** @typedef {{ retain?: number, insert?: string, delete?: number }[]} Delta - a change in the format of Yjs */

/**
 * Find the one change that leads from a text to another.
 *
 * @param {string} before
 * @param {string} after
 * @param {number} caret - its position after the change
 */
export function difference(before, after, caret) {
  const longest = Math.min(before.length, after.length);
  let tail = after.length - caret;
  if (tail > longest || before.slice(before.length - tail) !== after.slice(caret)) {
    tail = 0;
    while (tail < longest && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  }
  let head = 0;
  while (head < longest - tail && before[head] === after[head]) head += 1;
  // An emoji is two UTF-16 units, which must stay together.
  if (isHigh(before, head - 1) || isHigh(after, head - 1)) head -= 1;
  if (isLow(before, before.length - tail) || isLow(after, after.length - tail)) tail -= 1;
  return { at: head, removed: before.length - tail - head, inserted: after.slice(head, after.length - tail) };
}

/** @type {(text: string, at: number) => boolean} */
const isHigh = (text, at) => text.charCodeAt(at) >>> 10 === 0x36;
/** @type {(text: string, at: number) => boolean} */
const isLow = (text, at) => text.charCodeAt(at) >>> 10 === 0x37;

/**
 * Return the position after a change of a place in the text.
 *
 * @param {Delta} delta
 * @param {number} place
 */
export function movedBy(delta, place) {
  let at = 0;
  let moved = place;
  for (const { retain, insert, delete: removed = 0 } of delta) {
    if (at > moved || (at === moved && insert)) break;
    if (retain) at += retain;
    else if (insert) {
      at += insert.length;
      moved += insert.length;
    } else moved = Math.max(at, moved - removed);
  }
  return moved;
}

/**
 * Return the position at which a change ends.
 *
 * @param {Delta} delta
 */
export function endOf(delta) {
  let [at, end] = [0, 0];
  for (const { retain, insert } of delta) {
    at += retain ?? insert?.length ?? 0;
    if (!retain) end = at;
  }
  return end;
}
