// "Now" on a phone: the participant's groups of this slot and the next, copied from the marked cards.

import { all, byId, make, one } from "../dom.js";
import { on } from "../events.js";

const board = byId("board", HTMLElement);

/**
 * Find the cards of a slot that have one of these marks; of all slots, when none is given.
 *
 * @param {string | undefined} slot
 * @param {string[]} marks
 */
const cardsIn = (slot, ...marks) =>
  all("article[data-topic]", board).filter(
    (card) => (slot === undefined || card.dataset.slot === slot) && marks.some((mark) => card.classList.contains(mark)),
  );

/**
 * Make the line of a group: its number and title, its place, and for those who sit in it a link to its report.
 *
 * @param {HTMLElement} card
 * @param {boolean} isHere
 */
function line(card, isHere) {
  const heading = Array.from(one("h3", card)?.children ?? [], (part) => part.cloneNode(true));
  const title = make("p", {}, ...heading);
  /** @type {HTMLAnchorElement | null} */
  const link = one("a", title);
  if (link && !isHere) link.href = `#${card.id}`;
  const colour = Array.from(card.classList).find((name) => /^c\d$/.test(name)) ?? "";
  const group = make("div", { class: colour }, title, make("span", {}, one("[data-meets]", card)?.textContent ?? ""));
  const report = isHere && one(".only-here a", card);
  if (report) group.append(report.cloneNode(true));
  return group;
}

/**
 * @param {HTMLElement | null} place
 * @param {HTMLElement[]} cards
 * @param {boolean} [isHere]
 */
function fill(place, cards, isHere = false) {
  const lines = place && one("[data-lines]", place);
  if (!lines) return; // no group meets at that moment
  place.hidden = !cards.length;
  const wanted = make("div", {}, ...cards.map((card) => line(card, isHere)));
  if (lines.innerHTML === wanted.innerHTML) return; // an element that has the focus keeps it
  lines.replaceChildren(...wanted.childNodes);
}

function draw() {
  const now = document.getElementById("now");
  if (!now) return;
  const slot = now.dataset.on || undefined; // without a slot: the groups in which the participant is present
  const here = cardsIn(slot, "is-here");
  fill(one("[data-here]", now), here, Boolean(slot));
  const nowhere = one("[data-nowhere]", now);
  const isRoaming = one('[data-roam][aria-pressed="true"]', now);
  if (nowhere) nowhere.hidden = Boolean(here.length || isRoaming || !slot);
  now.classList.toggle("is-in", here.length > 0);
  for (const moment of all("[data-from]", now)) {
    const isToCome = moment.dataset.time === "next" || (moment.dataset.time === "now" && !here.length);
    const plans = isToCome ? cardsIn(moment.dataset.slot, "is-going", "is-mine", "is-here") : [];
    fill(one("[data-plans]", moment), plans);
  }
}

on(["board:marked", "moment:changed"], draw);
draw();
