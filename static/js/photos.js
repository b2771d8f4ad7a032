// Photos: made lighter here where the browser can, sent in pieces that a cut does not lose, kept in this browser until the
// server has them, so that a closed tab goes on where it was. Without this module a plain form sends them.

import { Shelf } from "./shelf.js";
import { draw, shrink } from "./shrink.js";

const PIECE = 128 * 1024; // bytes sent at once
const LARGEST = 12 * 1024 * 1024; // bytes that the server takes
const LAST_WAIT = 15_000; // ms
const FULL_WAIT = 30_000;

document.documentElement.classList.add("has-script");

/** One record per photo that the server does not have yet. */
class Photos extends Shelf {
  /** Whether it is kept. */
  async put(key, record) { return Boolean(await this.ask("readwrite", (store) => store.put(record, key))); }

  async drop(key) { await this.ask("readwrite", (store) => store.delete(key)); }

  async all(prefix) {
    const asked = await this.ask("readonly", (store) => store.getAll(IDBKeyRange.bound(`${prefix}|`, `${prefix}|\uffff`)));
    return asked?.result ?? [];
  }
}

const shelf = new Photos("forum-photos", "photos");

const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const pause = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });
const say = (text) => document.dispatchEvent(new CustomEvent("say", { detail: { text } }));

/** One photo on its way, with its line on the page. */
class Sending {
  constructor(picker, name) {
    this.picker = picker;
    this.id = newId();
    this.name = name;
    this.line = document.createElement("li");
    this.preview = document.createElement("canvas");
    this.preview.hidden = true;
    const title = document.createElement("b");
    title.textContent = name;
    this.bar = document.createElement("progress");
    this.bar.setAttribute("aria-label", picker.texts.textProgress);
    this.state = document.createElement("p");
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button small quiet";
    this.button.textContent = picker.texts.textCancel;
    this.button.addEventListener("click", () => this.end());
    const words = document.createElement("div");
    words.append(title, this.bar, this.state);
    this.line.append(this.preview, words, this.button);
    picker.lines.append(this.line);
    this.tell(picker.texts.textTurn);
  }

  get key() { return `${this.picker.store}|${this.id}`; }
  get address() { return this.picker.upload.replace("ID", this.id); }

  tell(text, isProblem = false) {
    this.state.textContent = text;
    this.state.classList.toggle("problem", isProblem);
  }

  show(canvas) {
    if (canvas) draw(canvas, this.preview);
  }

  async prepare(file) {
    this.tell(this.picker.texts.textShrinking);
    const { blob, canvas } = await shrink(file);
    this.show(canvas);
    if (blob.size > LARGEST) return this.refuse(this.picker.texts.textLarge);
    // Bytes, not the file: a file that was chosen may be gone when the tab is opened anew.
    this.bytes = await blob.arrayBuffer();
    this.isKept = await shelf.put(this.key, { id: this.id, name: this.name, bytes: this.bytes });
  }

  /** Nothing of it stays. */
  async end() {
    this.isOver = true;
    this.line.remove();
    await shelf.drop(this.key);
  }

  /** It will not be taken: the sentence stays until its reader puts it away. */
  async refuse(text) {
    this.isOver = true;
    this.bar.remove();
    this.tell(text, true);
    this.button.textContent = this.picker.texts.textClose;
    await shelf.drop(this.key);
  }

  /** All of it, however often the network goes away. */
  async send() {
    let failures = 0;
    let offset = null;
    while (!this.isOver) {
      const { status, said } = await this.exchange(offset);
      if (said?.done) {
        await this.end();
        return this.picker.arrived();
      }
      if (status === 200 && said.problem) return this.refuse(said.problem);
      if (status === 200 || status === 409) {
        [offset, failures] = [said.offset, 0];
        this.bar.max = this.bytes.byteLength;
        this.bar.value = offset;
        this.tell(this.picker.texts.textSending);
      } else if (status === 429) {
        this.tell(this.picker.texts.textTurn);
        await pause(1_000 + 1_000 * Math.random());
      } else if (status === 507) {
        this.tell(said.problem, true);
        await this.rest(FULL_WAIT);
      } else if (status >= 400 && status < 500) {
        return this.refuse(said?.problem ?? document.body.dataset.textFailed);
      } else {
        failures += 1;
        offset = null;
        this.tell(this.isKept ? this.picker.texts.textWaiting : this.picker.texts.textOpen, true);
        await this.rest(Math.min(LAST_WAIT, 500 * 2 ** failures) * (0.5 + Math.random()));
      }
    }
  }

  /** Ask what has arrived, or send the next piece; status 0: nobody answered. */
  async exchange(offset) {
    try {
      const answer = offset === null ? await fetch(this.address) : await fetch(
        `${this.address}?offset=${offset}&size=${this.bytes.byteLength}`,
        {
          method: "POST",
          body: this.bytes.slice(offset, offset + PIECE),
          headers: { "X-CSRFToken": this.picker.token, "Content-Type": "application/octet-stream" },
        },
      );
      const isJson = answer.headers.get("Content-Type")?.includes("json");
      if (answer.ok && !isJson) return { status: 403 }; // led elsewhere: this browser may not, or no longer
      return { status: answer.status, said: isJson ? await answer.json() : null };
    } catch { return { status: 0 }; }
  }

  /** Until then, or until the network is back. */
  rest(ms) {
    return Promise.race([pause(ms), new Promise((resolve) => { addEventListener("online", resolve, { once: true }); })]);
  }
}

/** A form that takes photos: one is sent at a time. */
class Picker {
  constructor(form) {
    this.form = form;
    this.texts = form.dataset;
    ({ store: this.store, upload: this.upload } = form.dataset);
    this.token = form.elements.namedItem("csrfmiddlewaretoken").value;
    this.lines = form.querySelector(".sending");
    this.queue = Promise.resolve();
    for (const input of form.querySelectorAll("[data-files]")) {
      input.addEventListener("change", () => {
        const files = [...input.files];
        input.value = "";
        files.forEach((file) => this.take(file));
      });
    }
    this.resume();
  }

  take(file) {
    const sending = new Sending(this, file.name);
    this.next(async () => { await sending.prepare(file); await sending.send(); });
  }

  next(work) { this.queue = this.queue.then(work, work); }

  async resume() {
    for (const { id, name, bytes } of await shelf.all(this.store)) {
      const sending = new Sending(this, name);
      Object.assign(sending, { id, bytes, isKept: true });
      this.next(() => sending.send());
    }
  }

  async arrived() {
    const list = await refresh(this.texts.list);
    list?.lastElementChild?.querySelector("input[name=caption]")?.scrollIntoView({ block: "center" });
  }
}

/** The list as the server has it: what is being typed in it stays. */
async function refresh(address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) return null;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("photo-list");
  const list = document.getElementById("photo-list");
  if (!fresh || !list) return null;
  const focused = document.activeElement;
  const place = [...list.children].findIndex((row) => row.contains(focused));
  for (const row of [...list.children]) if (!fresh.querySelector(`#${row.id}`)) row.remove();
  [...fresh.children].forEach((row, at) => {
    let here = document.getElementById(row.id);
    if (!here) here = document.importNode(row, true);
    else renew(here, row);
    if (list.children[at] !== here) list.insertBefore(here, list.children[at] ?? null);
  });
  list.dataset.album = fresh.dataset.album ?? "";
  if (focused?.isConnected && focused !== document.activeElement) focused.focus();
  else if (place >= 0 && !focused.isConnected) { // its row is gone: go on with the next one
    const next = list.children[Math.min(place, list.children.length - 1)]?.querySelector("a") ?? document.querySelector("[data-files]");
    next.focus({ preventScroll: true });
  }
  return list;
}

/** What buttons of others may have moved in a row. */
function renew(here, row) {
  const [old, fresh] = [here, row].map((one) => one.querySelector(".agreement"));
  if (!old) return;
  old.elements.namedItem("agreed").checked = fresh.elements.namedItem("agreed").checked;
  old.querySelector(".seen-by").textContent = fresh.querySelector(".seen-by").textContent;
}

const pickers = [...document.querySelectorAll("form[data-pick]")].map((form) => new Picker(form));
const again = () => pickers[0] && refresh(pickers[0].texts.list);

async function post(form, address, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.set(submitter.name, submitter.value);
  const answer = await fetch(address, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  const told = answer?.headers.get("HX-Trigger");
  if (told) say(JSON.parse(told).say.text);
  else if (!answer) say(document.body.dataset.textOffline);
  else if (!answer.ok) say(document.body.dataset.textFailed);
  await again();
  return Boolean(answer?.ok);
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-quiet]")) return;
  event.preventDefault();
  if (submitter.dataset.sure && !confirm(submitter.dataset.sure)) return;
  post(form, submitter.formAction, submitter);
}, true);

document.addEventListener("change", async (event) => {
  const form = event.target.closest("[data-agree]");
  if (form && !(await post(form, form.action))) event.target.checked = !event.target.checked;
});

document.addEventListener("report:album", ({ detail }) => {
  if (detail !== document.getElementById("photo-list").dataset.album) again();
});
