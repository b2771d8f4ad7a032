// The short fields and the actions of a report save by themselves; its sections are shared texts (writing.js). A field
// is sent with the mark of what its writer had seen; the server takes it if nobody else changed it, and otherwise gives
// both texts back. Until the server has a text, this browser keeps it. What the page says of all that is said here.

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
    const kept = [...this.dirty, ...this.refused].filter((name) => this.base(name));
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
      if (!field || !this.base(name) || field.value === value) continue;
      field.value = value;
      this.base(name).value = base;
      this.dirty.add(name);
    }
    if (this.dirty.size) this.later(0);
  }

  /** Send what is dirty, one request at a time; resolves when nothing is left, or when the network is down. */
  async save() {
    clearTimeout(this.timer);
    for (const name of this.dirty) if (!this.base(name)) this.dirty.delete(name); // a shared text by now
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
    say(this, "saving");
    let answer;
    try {
      answer = await fetch(this.form.action, { method: "POST", body, headers: { Accept: "application/json" }, keepalive: true });
    } catch {
      return this.wait();
    }
    if (answer.status >= 500) return this.wait();
    if (!answer.ok || !answer.headers.get("Content-Type")?.includes("json")) return say(this, "refused");
    this.failures = 0;
    this.take(await answer.json(), sent);
  }

  wait() {
    this.failures += 1;
    say(this, "waiting");
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
    else say(this, this.refused.size || this.dirty.size ? "asking" : "saved");
  }

  conflictBox(name) { return this.field(name).parentElement.querySelector(`[data-conflict="${name}"]`); }

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
      if (!field || !this.base(name) || this.dirty.has(name) || this.refused.has(name) || field.value === value) continue;
      const { selectionStart, selectionEnd } = field;
      field.value = value;
      this.base(name).value = base;
      if (field === document.activeElement && selectionStart != null) field.setSelectionRange(selectionStart, selectionEnd);
    }
  }
}

/** What became of what was typed: one sentence for the whole page, that of the part which is worst off. */
const WORST_FIRST = ["refused", "open", "waiting", "asking", "saving", "saved"];
const states = new Map();
function say(source, state) {
  states.set(source, state);
  const worst = WORST_FIRST.find((name) => [...states.values()].includes(name));
  const [hours, minutes] = [new Date().getHours(), String(new Date().getMinutes()).padStart(2, "0")];
  const text = worst ? texts[`text${worst[0].toUpperCase()}${worst.slice(1)}`] : "";
  saving.textContent = text.replace("{hours}", hours).replace("{minutes}", minutes);
  saving.classList.toggle("problem", ["refused", "open", "waiting", "asking"].includes(worst));
}
document.addEventListener("report:state", ({ detail }) => say("sections", detail));

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
  for (const type of ["input", "shown"]) document.addEventListener(type, (event) => event.target.matches("textarea") && grow(event.target));
  document.querySelectorAll("textarea").forEach(grow);
}

const savers = new Map();
const adopt = () => {
  for (const form of document.querySelectorAll("form[data-save]")) if (!savers.has(form)) savers.set(form, new Saver(form));
  for (const [form, saver] of savers) if (!form.isConnected) savers.delete(form) && states.delete(saver);
};
adopt();
document.addEventListener("input", ({ target }) => {
  adopt(); // a row may be typed in the very moment it comes
  savers.get(target.form)?.touch(target.name);
}, true);
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
    const row = form.closest("[data-action], [data-photo]");
    const values = row ? now.actions[row.dataset.action] ?? now.photos[row.dataset.photo] : now.fields;
    if (values) saver.refresh(values);
    else if (!saver.dirty.size && row.dataset.action) { // the album takes care of its photos
      goOnAfter(row);
      row.remove();
    }
  }
  document.dispatchEvent(new CustomEvent("report:album", { detail: now.album }));
  if (Object.keys(now.actions).some((pk) => !document.getElementById(`action-${pk}`))) await fetchNewActions();
  adopt();
});

/** The row of an action goes: who is in it does not fall back to the top of the page. */
function goOnAfter(row) {
  if (row.contains(document.activeElement)) document.querySelector("form[hx-target='#actions'] button").focus({ preventScroll: true });
}

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
  if (detail.target.matches(".action")) goOnAfter(detail.target);
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
    const isSaved = () => [...states.values()].every((state) => !state || state === "saved");
    if (isSaved()) return;
    event.preventDefault();
    const waits = [...savers.values()].map((saver) => saver.save());
    document.dispatchEvent(new CustomEvent("report:save", { detail: { waits } }));
    await Promise.all(waits);
    if (isSaved()) form.submit();
    else document.querySelector("[data-conflict], .errorlist")?.scrollIntoView({ block: "center" });
  });
}
addEventListener("pagehide", () => savers.forEach((saver) => saver.save()));
addEventListener("online", () => savers.forEach((saver) => saver.save()));
