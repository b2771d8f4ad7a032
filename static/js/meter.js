// How far the report has come: it encourages, and blocks nothing. All its texts are there; one is shown.

const meter = document.getElementById("meter");
const sections = document.getElementById("manuscript").dataset.sections.split(" ");

function draw() {
  const filled = sections.filter((name) => document.querySelector(`textarea[name="${name}"]`)?.value.trim()).length;
  meter.querySelector("progress").value = filled;
  for (const text of meter.querySelectorAll("[data-filled]")) text.hidden = Number(text.dataset.filled) !== filled;
}

for (const type of ["input", "shown"]) document.addEventListener(type, ({ target }) => target.matches("textarea") && draw());
draw();
