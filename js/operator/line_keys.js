// The keys and the buttons of the lines.

import { closest } from "../dom.js";
import { edit, toggleGone } from "./entry.js";
import { focusLine, lines } from "./lines.js";
import { list, title } from "./page.js";

/** @import { Line } from "./line.js" */

/** @type {Record<string, (line: Line, index: number) => void>} */
const KEYS = {
  arrowup: (_, index) => focusLine(Math.max(0, index - 1)),
  arrowdown: (_, index) => focusLine(index + 1),
  home: () => focusLine(0),
  end: () => focusLine(lines.length - 1),
  escape: () => title.focus(),
  e: edit,
  z: toggleGone,
};

list.addEventListener("keydown", (event) => {
  const index = lines.findIndex(({ element }) => element === event.target);
  if (index < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = KEYS[event.key.toLowerCase()];
  if (act) {
    event.preventDefault();
    act(lines[index], index);
  } else if (event.key.length === 1 && event.key !== " ") title.focus(); // somebody types the next title
});
list.addEventListener("click", (event) => {
  const button = closest(event, "[data-do]");
  const line = button && lines.find(({ element }) => element?.contains(button));
  if (!line) return;
  if (button.dataset.do === "edit") edit(line);
  else toggleGone(line);
});
