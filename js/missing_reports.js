// The minutes since each group wrote, updated by the clock: the server sends no change for them.

import { MINUTE } from "./clock/durations.js";
import { now } from "./clock/server_time.js";
import { all } from "./dom.js";
import { on } from "./events.js";
import { fill } from "./text.js";

function draw() {
  for (const place of all("[data-since-ms]")) {
    const minutes = Math.max(0, Math.floor((now() - Number(place.dataset.sinceMs)) / MINUTE));
    place.textContent = fill(place.dataset.text, { n: minutes });
  }
}

on(["facts:applied", "clock:set"], draw);
setInterval(draw, MINUTE / 2);
draw();
