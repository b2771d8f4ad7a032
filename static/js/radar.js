// How long ago somebody wrote, minute after minute: no change of the board tells that time has passed.

import { now } from "./clock.js";

const MINUTE = 60_000;

function tell() {
  for (const place of document.querySelectorAll("[data-since-ms]")) {
    const minutes = Math.max(0, Math.floor((now() - Number(place.dataset.sinceMs)) / MINUTE));
    place.textContent = place.dataset.text.replace("{n}", minutes);
  }
}

document.addEventListener("facts:applied", tell);
document.addEventListener("clock:told", tell);
setInterval(tell, MINUTE / 2);
tell();
