// The operator's page, where topics are typed as they are announced: lines are queued, and sent one by one.
//
// A line holds what its operator wants and what the server has; sending goes on until both are the same. What is not
// the same yet stays in the browser's storage, one item for each line, and survives the page.

import { lookAtPeople, showMeaning } from "./convener_field.js";
import { restoreDraft } from "./entry.js";
import "./line_keys.js";
import { addLine, lines, showLine, showNetwork } from "./lines.js";
import { entry, list, title } from "./page.js";
import { sendLines } from "./sending.js";
import { storedLines } from "./stored.js";

/** Show the lines that the server has. */
function takeLinesOfPage() {
  for (const old of /** @type {HTMLElement[]} */ (Array.from(list.children))) {
    const { number, title = "", name = "", convener = "", colour, url, gone } = old.dataset;
    old.remove();
    const want = { title, name, convener, gone: gone !== undefined };
    addLine({ id: `n${number}`, at: 0, want, kept: { ...want }, number: Number(number), colour, url });
  }
}

/** Show those that it does not have yet, as this browser stored them. */
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
entry.noValidate = true; // an empty title is said in words, without a bubble in the way
showNetwork();
showMeaning();
lookAtPeople();
title.focus();
list.lastElementChild?.scrollIntoView({ block: "nearest" });
sendLines();
