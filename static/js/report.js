// The report saves by itself. A field is sent with the mark of what its writer had seen; the server takes it if
// nobody else changed it, and otherwise gives both texts back. Until the server has a text, this browser keeps it.

const saving = document.getElementById("saving");
const texts = saving.dataset;
const PAUSE = 1_000; // ms of silence before saving
const LAST_WAIT = 15_000;
const key = (form) => `report:${form.action}:${form.id}`;

document.documentElement.classList.add("has-script");

class Saver {
  constructor(form) {
    this.form = form;
    this.dirty = new Set(); // typed, and not on the server yet
    this.refused = new Set(); // the server cannot take it (too long…) until it is corrected
    this.failures = 0;
    form.addEventListener("input", (event) => this.touch(event.target.name));
    form.addEventListener("submit", (event) => {
      if (event.submitter?.hasAttribute("hx-post")) return;
      event.preventDefault();
      this.save();
    });
    this.restore();
  }

  field(name) { return this.form.elements.namedItem(name); }
  base(name) { return this.form.elements.namedItem(`b_${name}`); }

  touch(name) {
    if (!name || !this.base(name)) return;
    this.dirty.add(name);
    this.refused.delete(name);
    this.keep();
    this.later(PAUSE);
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** What is not on the server yet stays in this browser, with the mark of what it was written over. */
  keep() {
    const kept = [...this.dirty, ...this.refused];
    const draft = Object.fromEntries(kept.map((name) => [name, { value: this.field(name).value, base: this.base(name).value }]));
    try {
      if (kept.length) localStorage.setItem(key(this.form), JSON.stringify(draft));
      else localStorage.removeItem(key(this.form));
    } catch { /* private mode: saving still works */ }
  }

  restore() {
    let draft = {};
    try { draft = JSON.parse(localStorage.getItem(key(this.form)) ?? "{}"); } catch { /* nothing kept */ }
    for (const [name, { value, base }] of Object.entries(draft)) {
      const field = this.field(name);
      if (!field || field.value === value) continue;
      field.value = value;
      this.base(name).value = base;
      this.dirty.add(name);
    }
    if (this.dirty.size) this.later(0);
  }

  /** Send what is dirty, one request at a time; resolves when nothing is left, or when the network is away. */
  async save() {
    clearTimeout(this.timer);
    if (this.busy) return this.busy.then(() => this.dirty.size && this.save());
    if (!this.dirty.size) return;
    this.busy = this.send().finally(() => { this.busy = null; });
    return this.busy;
  }

  async send() {
    const sent = Object.fromEntries([...this.dirty].map((name) => [name, this.field(name).value]));
    const body = new FormData();
    body.set("csrfmiddlewaretoken", this.field("csrfmiddlewaretoken").value);
    for (const [name, value] of Object.entries(sent)) {
      body.set(name, value);
      body.set(`b_${name}`, this.base(name).value);
    }
    say(texts.textSaving);
    let answer;
    try {
      answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
    } catch {
      return this.wait();
    }
    if (answer.status >= 500) return this.wait();
    if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) return say(texts.textRefused, true);
    this.failures = 0;
    this.take(await answer.json(), sent);
  }

  wait() {
    this.failures += 1;
    say(texts.textWaiting, true);
    this.later(Math.min(LAST_WAIT, 1_000 * 2 ** this.failures));
  }

  take({ fields, conflicts, errors, version: newer }, sent) {
    know(newer);
    for (const [name, value] of Object.entries(sent)) {
      const { value: theirs, base } = fields[name];
      showError(this.field(name), (errors[name] ?? []).join(" "));
      if (errors[name]) {
        this.dirty.delete(name);
        this.refused.add(name);
      } else if (conflicts.includes(name)) this.showConflict(name, theirs, base);
      else {
        this.base(name).value = base;
        if (this.field(name).value === value) this.dirty.delete(name);
      }
    }
    this.keep();
    const left = [...this.dirty].filter((name) => !this.conflictBox(name));
    if (left.length) this.later(PAUSE);
    else if (!Object.keys(errors).length && !conflicts.length) {
      say(`${texts.textSaved} ${new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" })}`);
    } else say("");
  }

  conflictBox(name) { return this.form.querySelector(`[data-conflict="${name}"]`); }

  showConflict(name, theirs, base) {
    const field = this.field(name);
    this.conflictBox(name)?.remove();
    const box = document.createElement("div");
    box.className = "alike stack tight";
    box.dataset.conflict = name;
    box.setAttribute("role", "alert");
    const label = document.createElement("p");
    const bold = document.createElement("b");
    bold.textContent = texts.textTheirs;
    label.append(bold);
    const text = document.createElement("p");
    text.className = "prose";
    text.textContent = theirs;
    const row = document.createElement("div");
    row.className = "row";
    const choices = { textKeep: () => field.value, textTake: () => theirs, textBoth: () => [theirs, field.value].join(field.tagName === "TEXTAREA" ? "\n" : " ") };
    for (const [name_, choose] of Object.entries(choices)) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small quiet";
      button.textContent = texts[name_];
      button.addEventListener("click", () => {
        field.value = choose();
        this.base(name).value = base;
        box.remove();
        this.dirty.add(name);
        this.save();
        field.focus();
      });
      row.append(button);
    }
    box.append(label, text, row);
    field.after(box);
  }

  /** Others wrote: take what they wrote where this writer has written nothing of their own. */
  refresh(fields) {
    for (const [name, { value, base }] of Object.entries(fields)) {
      const field = this.field(name);
      if (!field || this.dirty.has(name) || this.refused.has(name) || field.value === value) continue;
      const { selectionStart, selectionEnd } = field;
      field.value = value;
      this.base(name).value = base;
      if (field === document.activeElement && selectionStart != null) field.setSelectionRange(selectionStart, selectionEnd);
    }
  }
}

function say(text, problem = false) {
  saving.textContent = text;
  saving.classList.toggle("problem", problem);
}

function showError(field, text) {
  let line = field.parentElement.querySelector(".errorlist.by-script");
  if (!text) return line?.remove();
  if (!line) {
    line = document.createElement("p");
    line.className = "errorlist by-script";
    line.setAttribute("role", "alert");
    field.before(line);
  }
  line.textContent = text;
}

// Fields grow with their text where the browser does not do it by itself.
if (!CSS.supports("field-sizing", "content")) {
  const grow = (area) => { area.style.height = "auto"; area.style.height = `${area.scrollHeight + 4}px`; };
  document.addEventListener("input", (event) => event.target.matches("textarea") && grow(event.target));
  document.querySelectorAll("textarea").forEach(grow);
}

const savers = new Map();
const adopt = () => {
  for (const form of document.querySelectorAll("form[data-save]")) if (!savers.has(form)) savers.set(form, new Saver(form));
  for (const form of savers.keys()) if (!form.isConnected) savers.delete(form);
};
adopt();
document.addEventListener("input", adopt, true); // a row may be typed in the very moment it comes
document.addEventListener("htmx:afterSettle", (event) => {
  adopt();
  if (event.detail.target?.id === "actions") document.querySelector(".action:last-child [name=what]")?.focus();
});

// Somebody else wrote in this report: take it in. An answer that was made before what we know is not looked at.
let version = Number(document.getElementById("actions").dataset.version);
function know(newer) { version = Math.max(version, newer); }

document.addEventListener("board:applied", async () => {
  const answer = await fetch(document.getElementById("report").action, { headers: { Accept: "application/json" } }).catch(() => null);
  if (!answer?.ok || !answer.headers.get("Content-Type")?.includes("json")) return;
  const now = await answer.json();
  if (now.version < version) return;
  know(now.version);
  for (const [form, saver] of savers) {
    const action = form.closest("[data-action]")?.dataset.action;
    if (!action) saver.refresh(now.fields);
    else if (now.actions[action]) saver.refresh(now.actions[action]);
    else if (!saver.dirty.size) form.closest("[data-action]").remove();
  }
  if (Object.keys(now.actions).some((pk) => !document.getElementById(`action-${pk}`))) await fetchNewActions();
  adopt();
});

async function fetchNewActions() {
  const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
  const list = page.getElementById("actions");
  if (!list || Number(list.dataset.version) < version) return;
  for (const row of list.querySelectorAll("[data-action]")) {
    if (document.getElementById(row.id)) continue;
    const added = document.importNode(row, true);
    document.getElementById("actions").append(added);
    htmx.process(added);
  }
}

// The row that one adds may have come already, as somebody else's would: it is shown once.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "actions" || !detail.shouldSwap) return;
  const { id, dataset } = new DOMParser().parseFromString(detail.serverResponse, "text/html").querySelector("[data-action]");
  know(Number(dataset.version));
  if (document.getElementById(id)) {
    detail.shouldSwap = false;
    document.querySelector(`#${id} [name=what]`).focus();
  }
});

// "Finished" comes after everything typed has reached the server.
for (const form of document.querySelectorAll("form[data-after-saving]")) {
  form.addEventListener("submit", async (event) => {
    const waiting = [...savers.values()].filter((saver) => saver.dirty.size);
    if (!waiting.length) return;
    event.preventDefault();
    await Promise.all(waiting.map((saver) => saver.save()));
    if ([...savers.values()].every((saver) => !saver.dirty.size)) form.submit();
  });
}
addEventListener("pagehide", () => savers.forEach((saver) => saver.save()));
addEventListener("online", () => savers.forEach((saver) => saver.save()));
