// The pages of a wall: groups of tiles that fit its height.

import { now } from "../clock/server_time.js";
import { all } from "../dom.js";

/**
 * Return the lists to show in turn. While groups meet: of the rounds, today's that are not over, or all at the end.
 *
 * @param {HTMLElement} root
 */
function listsOf(root) {
  const coming = all("[data-moments] [data-slot]").filter(
    ({ dataset }) => Number(dataset.to) > now() && document.getElementById(`list-slot-${dataset.slot}`),
  );
  const today = coming.filter(({ dataset }) => dataset.day === coming[0].dataset.day);
  const wanted = new Set(today.map(({ dataset }) => `list-slot-${dataset.slot}`));
  return all("[data-list]", root).filter(({ id }) => !wanted.size || wanted.has(id) || !id.startsWith("list-slot-"));
}

/**
 * Cut a list into pages.
 *
 * @template {{ top: number, bottom: number }} Tile
 * @param {Tile[]} tiles - in their order, positions in px
 * @param {number} height - of the wall that is left for tiles, in px
 * @param {number} most - tiles on a page
 */
export function paginate(tiles, height, most) {
  /** @type {Tile[][]} */
  const pages = [];
  for (const tile of tiles) {
    const page = pages[pages.length - 1];
    const isTooLow = page && tile.bottom - page[0].top > height && tile.top > page[page.length - 1].top;
    if (!page || page.length === most || isTooLow) pages.push([tile]);
    else page.push(tile);
  }
  return pages;
}

/**
 * Return all pages of all lists, in order.
 *
 * @param {HTMLElement} root
 * @returns {HTMLElement[][]}
 */
export function pagesOf(root) {
  for (const element of all(".round, [data-list] > *", root)) element.hidden = false;
  return listsOf(root).flatMap((list) => {
    const round = /** @type {HTMLElement} */ (list.closest(".round") ?? list);
    const above = list.offsetTop - round.offsetTop;
    const shown = all(":scope > *", list).filter((tile) => tile.getClientRects().length); // of reports, the newest
    const tiles = shown.map((tile) => ({ tile, top: tile.offsetTop, bottom: tile.offsetTop + tile.offsetHeight }));
    const pages = paginate(tiles, root.clientHeight - above, Number(root.dataset.pages));
    return pages.map((page) => page.map(({ tile }) => tile));
  });
}
