// The agenda on the facilitator's page. A topic is dragged into a cell by mouse, finger or pen; the button on its card
// opens a menu that does the same by keyboard, and more. Without this module the topic's own page does all of it.

const board = document.getElementById("board");
const menu = document.getElementById("menu");
const words = menu.dataset;

const pathOf = (card) => card.querySelector("a[data-panel]").getAttribute("href");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name]);

/** Send what a button would; true once the server has kept it. */
function send(card, verb, fields = {}) {
  const asked = new CustomEvent("desk:send", { detail: { path: card ? `${pathOf(card)}${verb}/` : verb, fields } });
  document.dispatchEvent(asked);
  return asked.detail.answer;
}

// ---- what putting a card somewhere means: one meaning for the drag and for the menu -----------------------

/** Who must give way: nobody elsewhere, where any number of groups meet. */
function occupant(cell, card) {
  if (cell.id.endsWith("-elsewhere")) return null;
  return [...cell.children].find((other) => other !== card);
}

function meaning(cell, card) {
  if (cell.id === "unplaced") return words.textPark;
  const other = occupant(cell, card);
  if (!other) return words.textHere;
  return fill(card.closest(".bench") ? words.textTake : words.textSwap, { number: other.dataset.number });
}

async function put(card, cell, elsewhere = card.dataset.elsewhere ?? "") {
  if (cell.id === "unplaced") return cell.contains(card) || sendMarked(card, "unplace");
  const other = occupant(cell, card);
  if (other) return sendMarked(card, "swap", { with: other.dataset.number });
  return sendMarked(card, "place", { cell: cell.id.replace("list-cell-", ""), elsewhere });
}

async function sendMarked(card, verb, fields) {
  card.classList.add("is-busy");
  const kept = await send(card, verb, fields);
  document.getElementById(card.id)?.classList.remove("is-busy");
  return kept;
}

// ---- dragging -------------------------------------------------------------------------------------------

const SLACK = 6; // px that a mouse may tremble before it drags
const HOLD = 350; // ms that a finger rests on a card before it drags; sooner, it scrolls
const EDGE = 56; // px near the edges, a fifth of what is small, where the agenda scrolls by itself
const FAST = 18; // px a frame, at most

let drag; // the card that is held: its id, the pointer, and once it is lifted its ghost and its target
let isOver = false; // a drag has just ended: the click that comes with its end opens nothing

const heldCard = () => document.getElementById(drag.card);

board.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("#agenda [data-topic]");
  if (drag || event.button || !event.isPrimary || !card?.querySelector("[data-menu]") || event.target.closest("button")) return;
  drag = { card: card.id, pointer: event.pointerId, touch: event.pointerType === "touch", from: event, x: event.clientX, y: event.clientY };
  if (drag.touch) drag.timer = setTimeout(lift, HOLD);
});

document.addEventListener("pointermove", (event) => {
  if (drag?.pointer !== event.pointerId) return;
  [drag.x, drag.y] = [event.clientX, event.clientY];
  if (drag.ghost || Math.hypot(drag.x - drag.from.clientX, drag.y - drag.from.clientY) < SLACK) return;
  if (drag.touch) release();
  else lift();
});

function lift() {
  const card = heldCard();
  if (!card) return release();
  const box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  for (const part of [ghost, ...ghost.querySelectorAll("[id]")]) part.removeAttribute("id");
  ghost.classList.add("ghost");
  ghost.inert = true;
  ghost.style.inlineSize = `${box.width}px`;
  Object.assign(drag, { ghost, dx: drag.from.clientX - box.left, dy: Math.min(drag.from.clientY - box.top, 60) });
  document.body.append(ghost);
  document.body.classList.add("is-dragging");
  board.setPointerCapture(drag.pointer); // the card itself may be moved by somebody else meanwhile
  requestAnimationFrame(follow);
}

/** Frame after frame: a card and its cells may be drawn anew under the pointer. */
function follow() {
  if (!drag?.ghost) return;
  const { ghost, x, y, dx, dy } = drag;
  ghost.style.transform = `translate(${x - dx}px, ${y - dy}px)`;
  heldCard()?.classList.add("is-dragged");
  scrollNear(x, y);
  aim(document.elementFromPoint(x, y)?.closest("#agenda .cell, #unplaced"));
  requestAnimationFrame(follow);
}

function aim(cell) {
  const card = heldCard();
  const target = card && cell && !cell.contains(card) ? cell : null;
  for (const other of board.querySelectorAll(".is-target")) if (other !== target) other.classList.remove("is-target");
  drag.target = target;
  if (!target) return drag.ghost.removeAttribute("data-hint");
  drag.ghost.dataset.hint = meaning(target, card);
  target.classList.add("is-target");
}

function scrollNear(x, y) {
  const near = (at, low, high) => {
    const edge = Math.min(EDGE, (high - low) / 5);
    const inside = Math.min(at - low, high - at);
    return inside < edge ? Math.min(FAST, (edge - inside) / 3) * (at - low < high - at ? -1 : 1) : 0;
  };
  for (const box of board.querySelectorAll("#agenda > .scroll, #unplaced > .deck")) {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    if (x < left || x > right || y < top || y > bottom) continue;
    const [head, side] = [box.querySelector("thead")?.offsetHeight ?? 0, box.querySelector("tbody th")?.offsetWidth ?? 0];
    box.scrollBy({ left: near(x, left + side, right), top: near(y, top + head, Math.min(bottom, innerHeight)), behavior: "instant" });
  }
  const page = document.body.classList.contains("is-whole") ? document.getElementById("agenda") : window;
  page.scrollBy({ top: near(y, 0, innerHeight), behavior: "instant" });
}

function release() {
  clearTimeout(drag?.timer);
  drag?.ghost?.remove();
  document.body.classList.remove("is-dragging");
  for (const trace of board.querySelectorAll(".is-target, .is-dragged")) trace.classList.remove("is-target", "is-dragged");
  drag = null;
}

document.addEventListener("pointerup", (event) => {
  if (drag?.pointer !== event.pointerId) return;
  const [card, target] = [heldCard(), drag.target];
  isOver = Boolean(drag.ghost);
  release();
  if (card && target) put(card, target);
});
document.addEventListener("pointercancel", (event) => drag?.pointer === event.pointerId && release());
addEventListener("blur", release);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !drag) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  isOver = true;
  release();
}, true);
addEventListener("pointerdown", () => (isOver = false), true);
board.addEventListener("click", (event) => {
  if (!isOver || !event.detail) return; // pressed by keyboard
  isOver = false;
  event.preventDefault();
  event.stopPropagation();
}, true);
board.addEventListener("dragstart", (event) => event.target.closest?.("[data-topic]") && event.preventDefault());
board.addEventListener("contextmenu", (event) => drag?.touch && event.preventDefault());
board.addEventListener("touchmove", (event) => drag?.ghost && event.cancelable && event.preventDefault(), { passive: false });

// ---- the menu "place in…" --------------------------------------------------------------------------------

const choices = menu.querySelector(".choices");
const forms = { elsewhere: document.getElementById("menu-elsewhere"), new: document.getElementById("menu-new") };

let placed; // the id of the card that the menu is about
let focused = [0, 0]; // row and column
let chosenRow; // the slot for which a place is being named

const menuCard = () => document.getElementById(placed);
const rowsOfBoard = () => [...board.querySelectorAll(".matrix tr[data-slot]")];

function element(name, values = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(values)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function openMenu(card) {
  placed = card.id;
  for (const form of Object.values(forms)) close(form);
  draw();
  const rows = [...choices.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("button")]);
  const first = (wanted) => rows.flatMap((row, r) => row.flatMap((cell, c) => (cell.matches(wanted) ? [[r, c]] : [])))[0];
  focused = first("[aria-current]") ?? first("[data-kind=free]") ?? [0, 0];
  menu.showModal();
  focusCell();
}

function close(form) {
  form.hidden = true;
  form.reset();
}

/** The agenda in small, as the board shows it now. */
function draw() {
  const card = menuCard();
  if (!card) return menu.close();
  menu.querySelector(".number").textContent = card.dataset.number;
  document.getElementById("menu-topic").textContent = card.querySelector("h3 a").textContent;
  const places = [...board.querySelectorAll(".matrix thead th")].map((head) => head.firstChild.textContent.trim());
  const heads = [...places, words.textNew].map((name) => element("th", { scope: "col", title: name }, element("span", {}, name)));
  const body = rowsOfBoard().map((row) => {
    const hour = row.dataset.when;
    const cells = [...row.querySelectorAll(".cell")].map((cell, c) => element("td", {}, choice(cell, card, `${hour}, ${places[c]}`)));
    const added = element("button", { type: "button", tabindex: -1, "data-kind": "new", "aria-label": `${hour}, ${words.textNew}` }, "+");
    const frozen = row.classList.contains("is-frozen") ? [element("small", {}, words.textFrozen)] : [];
    return element("tr", {}, element("th", { scope: "row" }, hour, ...frozen), ...cells, element("td", {}, added));
  });
  choices.replaceChildren(element("thead", {}, element("tr", {}, element("td"), ...heads)), element("tbody", {}, ...body));
  const isPlaced = !card.closest(".bench");
  for (const button of menu.querySelectorAll("[data-do=unplace], [data-do=freeze]")) button.hidden = !isPlaced;
  menu.querySelector("[data-do=freeze]").textContent = card.classList.contains("is-frozen") ? words.textUnfreeze : words.textFreeze;
}

function choice(cell, card, where) {
  const other = occupant(cell, card);
  const isNow = cell.contains(card);
  const isElsewhere = cell.id.endsWith("-elsewhere");
  const shown = isNow ? "●" : isElsewhere ? "…" : other ? `⇄ ${other.dataset.number}` : words.textFree;
  const title = other?.querySelector("h3 a").textContent ?? "";
  const said = isNow ? words.textNow : other ? `${meaning(cell, card)}, ${title}` : words.textFree;
  const kind = isElsewhere ? "elsewhere" : isNow ? "now" : other ? "taken" : "free";
  const about = { "data-kind": kind, "data-cell": cell.id, "aria-label": `${where}, ${said}`, title };
  return element("button", { type: "button", tabindex: -1, ...about, ...(isNow ? { "aria-current": "true" } : {}) }, shown);
}

function focusCell() {
  const rows = choices.querySelectorAll("tbody tr");
  focused[0] = Math.max(0, Math.min(focused[0], rows.length - 1));
  const cells = rows[focused[0]]?.querySelectorAll("button") ?? [];
  focused[1] = Math.max(0, Math.min(focused[1], cells.length - 1));
  const cell = cells[focused[1]];
  for (const other of choices.querySelectorAll("[tabindex='0']")) other.tabIndex = -1;
  if (cell) cell.tabIndex = 0;
  cell?.focus();
}

choices.addEventListener("keydown", (event) => {
  const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -99], End: [0, 99] }[event.key];
  if (!step) return;
  event.preventDefault();
  focused = [focused[0] + step[0], focused[1] + step[1]];
  focusCell();
});

choices.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  focused = [button.closest("tr").sectionRowIndex, button.closest("td").cellIndex - 1];
  const { kind, cell } = button.dataset;
  if (kind === "now") return menu.close();
  if (forms[kind]) return ask(kind, rowsOfBoard()[focused[0]]);
  if (await put(menuCard(), document.getElementById(cell))) menu.close();
});

/** Another place, or a new one, needs a word more. */
function ask(kind, row) {
  chosenRow = row.dataset;
  for (const [name, form] of Object.entries(forms)) {
    form.hidden = name !== kind;
    form.querySelector("button").textContent = fill(words.textAt, { hour: chosenRow.when });
  }
  if (kind === "elsewhere") forms.elsewhere.elements.elsewhere.value = menuCard()?.dataset.elsewhere ?? "";
  forms[kind].querySelector("input").focus();
}

forms.elsewhere.addEventListener("submit", async (event) => {
  event.preventDefault();
  const cell = document.getElementById(`list-cell-${chosenRow.slot}-elsewhere`);
  if (await put(menuCard(), cell, forms.elsewhere.elements.elsewhere.value)) menu.close();
});
forms.new.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = { ...Object.fromEntries(new FormData(forms.new)), topic: menuCard().dataset.number, slot: chosenRow.slot };
  if (await send(null, forms.new.getAttribute("action"), fields)) menu.close();
});

menu.addEventListener("click", async (event) => {
  const verb = event.target === menu ? "close" : event.target.closest("[data-do]")?.dataset.do;
  if (!verb) return;
  if (verb === "close") return menu.close();
  const frozen = menuCard().classList.contains("is-frozen") ? "no" : "yes";
  if (await send(menuCard(), verb, verb === "freeze" ? { frozen } : {})) menu.close();
});
menu.addEventListener("close", () => menuCard()?.querySelector("[data-menu]").focus());
board.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  if (button) openMenu(button.closest("[data-topic]"));
});

// ---- marks that are not the server's business ------------------------------------------------------------

const WHOLE = "is-whole";

/** Cards that clash bear a mark; the list beside the agenda says why. */
function mark() {
  const clashing = new Set([...board.querySelectorAll("#clashes [data-stands-out]")].flatMap((line) => line.dataset.topics.split(" ")));
  for (const card of board.querySelectorAll("#agenda [data-topic]")) card.classList.toggle("has-clash", clashing.has(card.dataset.topic));
  const isWhole = document.body.classList.contains(WHOLE);
  board.querySelector("[data-whole]")?.setAttribute("aria-pressed", String(isWhole));
  if (!menu.open) return;
  const hadFocus = choices.contains(document.activeElement);
  draw();
  if (hadFocus && menu.open) focusCell();
}

document.addEventListener("board:applied", mark);
board.addEventListener("click", (event) => {
  if (event.target.closest("[data-whole]")) {
    document.body.classList.toggle(WHOLE);
    return mark();
  }
  const link = event.target.closest("a[data-card]");
  const card = link && document.getElementById(link.dataset.card);
  if (!card) return;
  event.preventDefault();
  card.scrollIntoView({ block: "center", inline: "center" });
  card.querySelector("a").focus({ preventScroll: true });
});
addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !document.body.classList.contains(WHOLE) || document.querySelector("dialog[open]")) return;
  document.body.classList.remove(WHOLE);
  mark();
});
mark();
