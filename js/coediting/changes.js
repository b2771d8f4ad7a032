// Changes of a text: what was typed, and where a place is after somebody else's change.

/** @typedef {{ retain?: number, insert?: string, delete?: number }[]} Delta - a change, as Yjs tells it */

/**
 * The one change that leads from a text to another.
 *
 * @param {string} before
 * @param {string} after
 * @param {number} caret - where the caret is after the change
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
  // An emoji is two UTF-16 units, which are never parted.
  if (isHigh(before, head - 1) || isHigh(after, head - 1)) head -= 1;
  if (isLow(before, before.length - tail) || isLow(after, after.length - tail)) tail -= 1;
  return { at: head, removed: before.length - tail - head, inserted: after.slice(head, after.length - tail) };
}

/** @type {(text: string, at: number) => boolean} */
const isHigh = (text, at) => text.charCodeAt(at) >>> 10 === 0x36;
/** @type {(text: string, at: number) => boolean} */
const isLow = (text, at) => text.charCodeAt(at) >>> 10 === 0x37;

/**
 * Where a place in a text is after a change.
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
 * Where a change ends.
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
