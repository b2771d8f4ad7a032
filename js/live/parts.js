// Scripts that only some parts of a board need (`data-module`, and countdowns): loaded when such a part is shown.

import { all, byId, one } from "../dom.js";
import { on } from "../events.js";

const RETRY = 3_000; // ms between two attempts

const board = byId("board", HTMLElement);
const addresses = new Set();

function loadParts() {
  const { clock } = board.dataset;
  if (clock && one("[data-until], [data-hides-at]")) loadOnce(clock);
  for (const { dataset } of all("[data-module]", board)) loadOnce(dataset.module ?? "");
}

/** @param {string} address */
function loadOnce(address) {
  if (!addresses.has(address)) load(address);
  addresses.add(address);
}

/**
 * Load a script, again until it works: each time by another address, because browsers remember failures.
 *
 * @param {string} address
 * @param {number} [failures]
 */
function load(address, failures = 0) {
  import(failures ? `${address}#${failures}` : address).catch((error) => {
    console.warn(error);
    setTimeout(load, RETRY, address, failures + 1);
  });
}

on(["board:applied", "facts:applied"], loadParts);
loadParts();
