// The menu "place in…" of a card: a small agenda for the keyboard, with all that dragging does, and more.

import { act } from "../desk/act.js";
import { all, byId, closest, make, one } from "../dom.js";
import { fill } from "../text.js";
import { board, isElsewhere, meaningOf, menu, occupantOf, put, send, texts } from "./cells.js";

const STEPS = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
});

const choices = /** @type {HTMLTableElement} */ (one(".choices", menu));

/** The forms for a place that must be named: elsewhere, or a new one. */
const forms = {
  elsewhere: byId("menu-elsewhere", HTMLFormElement),
  new: byId("menu-new", HTMLFormElement),
};

let cardId = ""; // of the card whose menu is open
let [row, column] = [0, 0]; // of the choice that has the focus

/** @type {DOMStringMap} */
let slot = {}; // of the row for which a place is being named

const card = () => document.getElementById(cardId);
const rowsOfBoard = () => all(".matrix tr[data-slot]", board);

/** @param {HTMLElement} about */
function open(about) {
  cardId = about.id;
  for (const form of Object.values(forms)) {
    form.hidden = true;
    form.reset();
  }
  draw();
  const first = one("[aria-current]", choices) ?? one("[data-kind=free]", choices);
  [row, column] = first ? placeOf(first) : [0, 0];
  menu.showModal();
  focusChoice();
}

/** @param {HTMLElement} button */
function placeOf(button) {
  const cell = /** @type {HTMLTableCellElement} */ (button.closest("td"));
  const line = /** @type {HTMLTableRowElement} */ (cell.parentElement);
  return [line.sectionRowIndex, cell.cellIndex - 1];
}

/** Draw the small agenda from the board. */
function draw() {
  const about = card();
  if (!about) return menu.close();
  const number = one(".number", menu);
  if (number) number.textContent = about.dataset.number ?? "";
  byId("menu-topic", HTMLElement).textContent = titleOf(about);
  const places = all(".matrix thead th", board).map((head) => head.firstChild?.textContent?.trim() ?? "");
  const heads = [...places, texts.textNew ?? ""].map((name) =>
    make("th", { scope: "col", title: name }, make("span", {}, name)),
  );
  const body = rowsOfBoard().map((line) => rowOf(line, about, places));
  const head = make("tr", {}, make("td"), ...heads);
  choices.replaceChildren(make("thead", {}, head), make("tbody", {}, ...body));
  const isPlaced = !about.closest(".unplaced");
  for (const button of all("[data-do=unplace], [data-do=freeze]", menu)) button.hidden = !isPlaced;
  const freeze = one("[data-do=freeze]", menu);
  const text = about.classList.contains("is-frozen") ? texts.textUnfreeze : texts.textFreeze;
  if (freeze) freeze.textContent = text ?? "";
}

/** @param {HTMLElement | null} about */
const titleOf = (about) => (about && one("h3 a", about)?.textContent) ?? "";

/**
 * @param {HTMLElement} line - of the board
 * @param {HTMLElement} about
 * @param {string[]} places
 */
function rowOf(line, about, places) {
  const { when = "" } = line.dataset;
  const cells = all(".cell", line).map((cell, index) =>
    make("td", {}, choiceOf(cell, about, `${when}, ${places[index]}`)),
  );
  const frozen = line.classList.contains("is-frozen") ? [make("small", {}, texts.textFrozen ?? "")] : [];
  const label = { "aria-label": `${when}, ${texts.textNew}` };
  const added = make("button", { type: "button", tabindex: "-1", "data-kind": "new", ...label }, "+");
  return make("tr", {}, make("th", { scope: "row" }, when, ...frozen), ...cells, make("td", {}, added));
}

/**
 * @param {HTMLElement} cell
 * @param {HTMLElement} about
 * @param {string} where
 */
function choiceOf(cell, about, where) {
  const other = occupantOf(cell, about);
  const { kind, sign, text = "" } = describe(cell, about, other);
  const title = titleOf(other);
  const label = kind === "taken" ? `${text}, ${title}` : text;
  const attributes = { "data-kind": kind, "data-cell": cell.id, "aria-label": `${where}, ${label}`, title };
  const button = make("button", { type: "button", tabindex: "-1", ...attributes }, sign);
  if (cell.contains(about)) button.setAttribute("aria-current", "true");
  return button;
}

/**
 * @param {HTMLElement} cell
 * @param {HTMLElement} about
 * @param {HTMLElement | null} other
 */
function describe(cell, about, other) {
  const isNow = cell.contains(about);
  if (isElsewhere(cell)) {
    return { kind: "elsewhere", sign: isNow ? "●" : "…", text: isNow ? texts.textNow : texts.textFree };
  }
  if (isNow) return { kind: "now", sign: "●", text: texts.textNow };
  if (other) return { kind: "taken", sign: `⇄ ${other.dataset.number}`, text: meaningOf(cell, about) };
  return { kind: "free", sign: texts.textFree ?? "", text: texts.textFree };
}

function focusChoice() {
  const rows = all("tbody tr", choices);
  row = Math.max(0, Math.min(row, rows.length - 1));
  /** @type {HTMLButtonElement[]} */
  const buttons = rows[row] ? all("button", rows[row]) : [];
  column = Math.max(0, Math.min(column, buttons.length - 1));
  for (const other of all("[tabindex='0']", choices)) other.tabIndex = -1;
  const button = buttons[column];
  if (button) button.tabIndex = 0;
  button?.focus();
}

choices.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  row += step[0];
  column += step[1];
  focusChoice();
});

choices.addEventListener("click", async (event) => {
  const button = closest(event, "button");
  const about = card();
  if (!button || !about) return;
  [row, column] = placeOf(button);
  const { kind, cell = "" } = button.dataset;
  if (kind === "now") return menu.close();
  if (kind === "elsewhere" || kind === "new") return ask(kind, rowsOfBoard()[row]);
  if (await put(about, byId(cell, HTMLElement))) menu.close();
});

/**
 * Ask for the name of the place.
 *
 * @param {keyof typeof forms} kind
 * @param {HTMLElement} line
 */
function ask(kind, line) {
  slot = line.dataset;
  for (const [name, form] of Object.entries(forms)) {
    const button = one("button", form);
    form.hidden = name !== kind;
    if (button) button.textContent = fill(texts.textAt, { hour: slot.when });
  }
  if (kind === "elsewhere") elsewhere.value = card()?.dataset.elsewhere ?? "";
  one("input", forms[kind])?.focus();
}

const elsewhere = /** @type {HTMLInputElement} */ (forms.elsewhere.elements.namedItem("elsewhere"));

forms.elsewhere.addEventListener("submit", async (event) => {
  event.preventDefault();
  const about = card();
  const cell = byId(`list-cell-${slot.slot}-elsewhere`, HTMLElement);
  if (about && (await put(about, cell, elsewhere.value))) menu.close();
});
forms.new.addEventListener("submit", async (event) => {
  event.preventDefault();
  const names = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(forms.new)));
  const fields = { ...names, topic: card()?.dataset.number ?? "", slot: slot.slot ?? "" };
  if (await act(forms.new.getAttribute("action") ?? "", fields)) menu.close();
});

menu.addEventListener("click", async (event) => {
  const verb = event.target === menu ? "close" : closest(event, "[data-do]")?.dataset.do;
  const about = card();
  if (!verb) return;
  if (verb === "close" || !about) return menu.close();
  const frozen = about.classList.contains("is-frozen") ? "no" : "yes";
  if (await send(about, verb, verb === "freeze" ? { frozen } : {})) menu.close();
});
menu.addEventListener("close", () => {
  const about = card();
  if (about) one("[data-menu]", about)?.focus();
});
board.addEventListener("click", (event) => {
  const about = closest(event, "[data-menu]")?.closest("[data-topic]");
  if (about instanceof HTMLElement) open(about);
});

/** Draw the open menu again, after a change of the board. */
export function refreshMenu() {
  if (!menu.open) return;
  const hadFocus = choices.contains(document.activeElement);
  draw();
  if (hadFocus && menu.open) focusChoice();
}
