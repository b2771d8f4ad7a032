// The projector's window, which a change of look uses again, and the small wall on the page itself.

import { all, closest, make, one } from "../dom.js";
import { on } from "../events.js";
import { say } from "../toast.js";

const WALL = { width: 1920, height: 1080 }; // pixels of a wall before it is scaled down

/** @type {BroadcastChannel | undefined} */
let walls;
try {
  walls = new BroadcastChannel("wall");
} catch {
  // in an old browser, a wall keeps its look until it is loaded again
}

document.addEventListener("click", (event) => {
  /** @type {HTMLAnchorElement | null} */
  const link = closest(event, "a[data-window]");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (link.hasAttribute("data-look")) changeLook(link);
  else window.open(link.href, link.target, "popup,width=1280,height=720")?.focus();
});

/**
 * Store the look that is named in an address of the wall; open walls load again.
 *
 * @param {HTMLAnchorElement} link
 */
async function changeLook(link) {
  try {
    await fetch(link.href);
  } catch {
    return say(document.body.dataset.textOffline);
  }
  walls?.postMessage("look");
  const links = all("a[data-look]");
  for (const other of links) other.hidden = other === link;
  links.find((other) => other !== link)?.focus();
}

/** @param {HTMLElement} frame */
function fit(frame) {
  const { src, title = "" } = frame.dataset;
  if (src && one("iframe", frame)?.getAttribute("src") !== src) {
    frame.replaceChildren(make("iframe", { src, title, tabindex: "-1" }));
  }
  const wall = one("iframe", frame);
  if (!wall) return;
  wall.style.width = `${WALL.width}px`;
  wall.style.height = `${WALL.height}px`;
  wall.style.transform = `scale(${frame.clientWidth / WALL.width})`;
}

const fitAll = () => all("[data-wall-preview]").forEach(fit);

addEventListener("resize", fitAll);
on("facts:applied", fitAll);
fitAll();
