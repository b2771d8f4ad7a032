// The readiness page: one line that sums up the results of the checks so far.

import { all, byId, one } from "./dom.js";

const verdict = byId("verdict", HTMLElement);

function judge() {
  const states = all(".check").map(({ dataset }) => dataset.state ?? "");
  /** @param {string} state */
  const count = (state) => states.filter((other) => other === state).length;
  const problems = ["bad", "warning"].filter(count).map((state) => `${verdict.dataset[state]} ${count(state)}`);
  const isWaiting = one(".check[hx-trigger=load]");
  const { good, waiting } = verdict.dataset;
  verdict.textContent = problems.join(" · ") || ((isWaiting ? waiting : good) ?? "");
  verdict.dataset.state = count("bad") ? "bad" : count("warning") ? "warning" : isWaiting ? "" : "good";
}

document.addEventListener("htmx:afterSettle", judge);
judge();
