import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { paginate } from "../../js/wall/pages.js";

/** Make tiles of the same height, in rows. */
const tiles = (count, height, columns) =>
  Array.from({ length: count }, (_, n) => {
    const top = Math.floor(n / columns) * height;
    return { top, bottom: top + height };
  });

const sizes = (pages) => pages.map((page) => page.length);

test("a page has as many rows as the wall is high", () => {
  assert.deepEqual(sizes(paginate(tiles(10, 100, 2), 250, 50)), [4, 4, 2]);
});

test("a page has no more tiles than people can read", () => {
  assert.deepEqual(sizes(paginate(tiles(7, 10, 1), 1_000, 3)), [3, 3, 1]);
});

test("a row is never parted, even one that is too high", () => {
  assert.deepEqual(sizes(paginate(tiles(4, 500, 2), 300, 50)), [2, 2]);
});

test("a list without tiles has no page", () => {
  assert.deepEqual(paginate([], 300, 50), []);
});
