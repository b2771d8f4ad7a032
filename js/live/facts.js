// The facts of a page about one thing (a topic, a report, a place), fetched again when something changed.
//
// Only what `data-refresh` selects is replaced: the page's forms are left as they are.

import { byId, one, parsePage } from "../dom.js";
import { emit } from "../events.js";
import { fetchText } from "../http.js";
import { jittered, sleep } from "../retry.js";
import { DEAD_AFTER } from "./connection.js";

const RETRY = 1_250; // ms between two attempts, 40 to 160 % of it

const board = byId("board", HTMLElement);
const { refresh: selector } = board.dataset;

let isDue = false;
let isFetching = false;

/**
 * Fetch the facts until they are shown, once more when something changed meanwhile.
 *
 * @param {() => void} reconnect - called when the page depends on other things than before
 */
export async function refreshFacts(reconnect) {
  isDue = true;
  if (isFetching || !selector) return;
  isFetching = true;
  while (isDue) {
    isDue = false;
    if (await fetchFacts(selector, reconnect)) continue;
    isDue = true;
    await sleep(jittered(RETRY, 0.6));
  }
  isFetching = false;
}

/**
 * Fetch the facts once. Returns false when it must be tried again.
 *
 * @param {string} selector
 * @param {() => void} reconnect
 */
async function fetchFacts(selector, reconnect) {
  try {
    const answer = await fetchText(location.href, "text/html", DEAD_AFTER);
    if (answer.redirected) location.reload(); // this person may no longer read the page
    if (!answer.ok) return answer.status < 500;
    const page = parsePage(answer.text);
    const [shown, fresh] = [one(selector), one(selector, page)];
    if (shown && fresh) Idiomorph.morph(shown, fresh, { morphStyle: "outerHTML" });
    const watch = page.getElementById(board.id)?.dataset.watch;
    if (watch !== undefined && watch !== board.dataset.watch) {
      board.dataset.watch = watch;
      reconnect();
    }
    emit("facts:applied");
    return true;
  } catch {
    return false;
  }
}
