// The field for the convener: a combobox whose list holds the people of the forum.

import { closest, make } from "../dom.js";
import { on } from "../events.js";
import { fill } from "../text.js";
import { clean } from "./line.js";
import { convener, meaning, name, options, texts, title } from "./page.js";
import { matching, meant } from "./people.js";

/** @import { Person } from "./people.js" */

const PEOPLE_INTERVAL = 5_000; // ms between two requests for the people

/** @type {Person[]} */
let people = [];
let fetchedAt = 0;
let areStale = true;
/** @type {Person[]} */
let listed = []; // in the order of the list
let active = -1; // index of the option that the keyboard selects

// ---- the people ---------------------------------------------------------------------------------------------

export async function fetchPeople() {
  if (!areStale || Date.now() - fetchedAt < PEOPLE_INTERVAL) return;
  [fetchedAt, areStale] = [Date.now(), false];
  try {
    const answer = await fetch(texts.people ?? "", { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const areFirst = !people.length; // a name may have been typed before the first answer
    people = (await answer.json()).people;
    if (!options.hidden || (areFirst && document.activeElement === name)) open();
    showMeaning();
  } catch {
    areStale = true;
  }
}

/** Return the id of the person whose name is typed; empty when there is none, or when there are several. */
export function meantPerson() {
  const [person, other] = meant(people, name.value, convener.value);
  return person && !other ? String(person.id) : "";
}

/** Show what Enter will do with the name. */
export function showMeaning() {
  const text = meaningOf(clean(name.value));
  if (meaning.textContent !== text) meaning.textContent = text;
}

/** @param {string} typed */
function meaningOf(typed) {
  const [person, other] = meant(people, name.value, convener.value);
  if (person && other) return fill(texts.meansSeveral, { name: typed });
  if (person) {
    const full = [person.name, person.from].filter(Boolean).join(", ");
    return fill(person.expected ? texts.meansExpected : texts.meansKnown, { name: full });
  }
  if (typed) return fill(texts.meansNew, { name: typed });
  return (title.value.trim() && texts.meansRequest) || "";
}

// ---- the list -----------------------------------------------------------------------------------------------

function open() {
  listed = matching(people, name.value);
  active = -1;
  options.replaceChildren(...listed.map(optionOf));
  options.hidden = !listed.length;
  name.setAttribute("aria-expanded", String(!options.hidden));
  name.removeAttribute("aria-activedescendant");
}

/**
 * @param {Person} person
 * @param {number} index
 */
function optionOf(person, index) {
  const more = [person.from, person.expected ? texts.expected : ""].filter(Boolean).join(" · ");
  const attributes = { id: `person-${index}`, role: "option", "aria-selected": "false" };
  return make("li", attributes, person.name, ...(more ? [" ", make("span", { class: "soft" }, more)] : []));
}

export function closeOptions() {
  options.hidden = true;
  active = -1;
  name.setAttribute("aria-expanded", "false");
  name.removeAttribute("aria-activedescendant");
}

/** @param {number} index */
function activate(index) {
  options.children[active]?.setAttribute("aria-selected", "false");
  active = index;
  const option = options.children[active];
  option?.setAttribute("aria-selected", "true");
  if (option) name.setAttribute("aria-activedescendant", option.id);
  else name.removeAttribute("aria-activedescendant");
}

/** @type {() => void} */
let chosen = () => {};

/**
 * Set the function to call when somebody is chosen in the list.
 *
 * @param {() => void} listener
 */
export function onChoice(listener) {
  chosen = listener;
}

/** @param {Person} person */
function choose(person) {
  [name.value, convener.value] = [person.name, String(person.id)];
  closeOptions();
  showMeaning();
  chosen();
}

name.setAttribute("role", "combobox");
name.setAttribute("aria-autocomplete", "list");
name.setAttribute("aria-expanded", "false");
name.setAttribute("aria-controls", options.id);

name.addEventListener("focus", fetchPeople);
name.addEventListener("input", () => {
  convener.value = "";
  open();
  showMeaning();
  fetchPeople();
});
name.addEventListener("blur", closeOptions);
name.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const isOpen = !options.hidden;
  if (event.key === "ArrowDown") {
    event.preventDefault();
    if (!isOpen) open();
    if (listed.length) activate((active + 1) % listed.length);
  } else if (!isOpen) return;
  else if (event.key === "ArrowUp") {
    event.preventDefault();
    activate(active <= 0 ? listed.length - 1 : active - 1);
  } else if (event.key === "Escape") {
    event.preventDefault();
    closeOptions();
  } else if ((event.key === "Enter" || event.key === "Tab") && active >= 0) choose(listed[active]); // Enter also saves
});

// A press on the list must not take the focus from the field.
options.addEventListener("pointerdown", (event) => event.preventDefault());
options.addEventListener("click", (event) => {
  const option = closest(event, "li");
  const index = option ? Array.from(options.children).indexOf(option) : -1;
  if (index < 0) return;
  choose(listed[index]);
  name.focus();
});
on("board:applied", () => {
  areStale = true;
});
