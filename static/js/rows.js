// Rows that can be added to a table of a form; without this module, each save offers one more.

for (const button of document.querySelectorAll("[data-add]")) {
  const name = button.dataset.add;
  const rows = document.querySelector(`[data-rows="${name}"] tbody`);
  const count = document.querySelector(`[name="${name}-TOTAL_FORMS"]`);
  const blank = document.querySelector(`template[data-row="${name}"]`).innerHTML;
  button.hidden = false;
  button.addEventListener("click", () => {
    rows.insertAdjacentHTML("beforeend", blank.replaceAll("__prefix__", count.value));
    count.value = Number(count.value) + 1;
    rows.lastElementChild.querySelector("input").focus();
  });
}
