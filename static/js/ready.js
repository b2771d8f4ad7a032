// The readiness page: says the whole in one line, from what each check has found so far.

const verdict = document.getElementById("verdict");

function judge() {
  const checks = [...document.querySelectorAll(".check")];
  const count = (state) => checks.filter((check) => (check.dataset.state ?? "") === state).length;
  const said = ["bad", "warning"].filter(count).map((state) => `${verdict.dataset[state]} ${count(state)}`);
  const waits = document.querySelector(".check[hx-trigger=load]");
  verdict.textContent = said.join(" · ") || (waits ? verdict.dataset.waiting : verdict.dataset.good);
  verdict.dataset.state = count("bad") ? "bad" : count("warning") ? "warning" : waits ? "" : "good";
}

document.addEventListener("htmx:afterSettle", judge);
judge();
