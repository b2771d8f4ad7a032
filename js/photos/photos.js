// Forms for photos: one photo is sent at a time, those that an earlier page stored included. Without this module a
// plain form sends them.

import { all, one } from "../dom.js";
import { refreshAlbum } from "./album.js";
import { Sending } from "./sending.js";
import { storedPhotos } from "./stored.js";

document.documentElement.classList.add("has-script");

class PhotoForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    const { store: name = "", upload = "", list = "" } = form.dataset;
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("csrfmiddlewaretoken")).value;
    const lines = /** @type {HTMLElement} */ (one(".sending", form));
    this.album = { texts: form.dataset, lines, name, upload, token };
    this.list = list;
    this.queue = Promise.resolve();
    /** @type {HTMLInputElement[]} */
    const inputs = all("[data-files]", form);
    for (const input of inputs) {
      input.addEventListener("change", () => {
        const files = Array.from(input.files ?? []);
        input.value = "";
        for (const file of files) this.take(file);
      });
    }
    this.resume();
  }

  /** @param {File} file */
  take(file) {
    const sending = new Sending(this.album, file.name);
    this.enqueue(async () => {
      await sending.prepare(file);
      await this.send(sending);
    });
  }

  async resume() {
    for (const photo of await storedPhotos(this.album.name)) {
      const sending = new Sending(this.album, photo.name, photo);
      this.enqueue(() => this.send(sending));
    }
  }

  /** @param {() => Promise<void>} work */
  enqueue(work) {
    this.queue = this.queue.then(work, work);
  }

  /** @param {Sending} sending */
  async send(sending) {
    if (!(await sending.send())) return;
    await refreshAlbum(this.list);
    one("#photo-list > :last-child input[name=caption]")?.scrollIntoView({ block: "center" });
  }
}

/** @type {HTMLFormElement[]} */
const forms = all("form[data-photo-form]");
for (const form of forms) new PhotoForm(form);
