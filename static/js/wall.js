// The wall turns its pages by itself: as many tiles as fit, then the next ones.

const PAGE_SECONDS = 10;
let page = 0;

/** All pages, in order: each is the tiles of one list that are shown together, as many as the wall is high. */
function pages(root) {
  const most = Number(root.dataset.pages);
  const shown = root.querySelectorAll(".round, [data-list] > *");
  for (const element of shown) element.hidden = false;
  const height = root.clientHeight;
  const found = [];
  for (const list of root.querySelectorAll("[data-list]")) {
    const above = list.offsetTop - (list.closest(".round") ?? list).offsetTop;
    let page = [];
    for (const tile of list.children) {
      const bottom = tile.offsetTop + tile.offsetHeight - (page[0] ?? tile).offsetTop;
      if (page.length && (page.length === most || (bottom + above > height && tile.offsetTop > page.at(-1).offsetTop))) {
        found.push(page);
        page = [];
      }
      page.push(tile);
    }
    if (page.length) found.push(page);
  }
  return found;
}

function turn(step) {
  const root = document.querySelector("[data-pages]");
  if (!root) return;
  const all = pages(root);
  page = all.length ? (page + step) % all.length : 0;
  const now = new Set(all[page] ?? []);
  for (const tile of all.flat()) tile.hidden = !now.has(tile);
  for (const round of root.querySelectorAll(".round")) {
    round.hidden = all.length > 0 && !round.contains([...now][0] ?? null);
  }
  const mark = document.querySelector("[data-turn]");
  if (mark) mark.textContent = all.length > 1 ? all.map((_, index) => (index === page ? "●" : "○")).join(" ") : "";
}

document.addEventListener("board:applied", () => turn(0));
addEventListener("resize", () => turn(0));
document.fonts?.ready.then(() => turn(0));
setInterval(() => turn(1), PAGE_SECONDS * 1000);
turn(0);
