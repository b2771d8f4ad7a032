// The operator's page, where topics are typed as they are announced: lines are queued, and sent one by one.
//
// A line has a wanted state and a state on the server; requests are sent until both are the same. Until then the line
// is in the browser's storage, as one item, and survives the page.

import { fetchPeople, showMeaning } from "./convener_field.js";
import { restoreDraft } from "./entry.js";
import "./line_keys.js";
import { addLine, lines, showLine, showNetwork } from "./lines.js";
import { entry, list, title } from "./page.js";
import { sendLines } from "./sending.js";
import { storedLines } from "./stored.js";

/** Show the lines that came with the page. */
function takeLinesOfPage() {
  for (const old of /** @type {HTMLElement[]} */ (Array.from(list.children))) {
    const { number, title = "", name = "", convener = "", colour, url, gone } = old.dataset;
    old.remove();
    const want = { title, name, convener, gone: gone !== undefined };
    addLine({ id: `n${number}`, at: 0, want, kept: { ...want }, number: Number(number), colour, url });
  }
}

/** Show the lines that this browser stored. */
function takeStoredLines() {
  for (const line of storedLines()) {
    const known = lines.findIndex(({ number }) => number && number === line.number);
    if (known < 0) addLine(line);
    else {
      lines[known] = Object.assign(line, { element: lines[known].element });
      showLine(line);
    }
  }
}

takeLinesOfPage();
takeStoredLines();
restoreDraft();
entry.noValidate = true; // the page says itself that a title is missing
showNetwork();
showMeaning();
fetchPeople();
title.focus();
list.lastElementChild?.scrollIntoView({ block: "nearest" });
sendLines();
