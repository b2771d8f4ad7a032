// The form to sign out (`data-forgets`, a question): the question is asked if anything here is not saved, then nothing
// of it stays in this browser, which others may use next.

import { forgetEverything, isAnythingUnsaved } from "../unsaved.js";

// In the capture phase, before the form counts as sent, so that it can be pressed again after a "no".
document.addEventListener(
  "submit",
  async (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const { forgets: question } = form.dataset;
    if (!question) return;
    event.preventDefault();
    if ((await isAnythingUnsaved()) && !confirm(question)) return;
    await forgetEverything();
    form.submit(); // without another event
  },
  true,
);
