// Drafts (`data-draft`): what is typed into a form is kept in this browser until the server says that it has kept it, and the
// form says meanwhile that it is not saved. A form that asks (`data-asks`) lets nobody leave the page without a question.
// The form by which somebody signs out (`data-forgets`, a question) leaves no draft in this browser.
//
// The server answers with the key of the form that it kept (the cookie `kept`, see access.py). Nothing else forgets a draft:
// neither an error page nor a lost network does.

const PLACE = "draft:";
const OPERATOR = "operator:"; // what operator.js keeps: lines that the server does not have
const BEFORE = ["b_", "initial-"]; // hidden fields that tell the server over which text somebody typed
const { textUnsaved, textUnsavedHere, textDiscard } = document.body.dataset;

const NOTHING = { saved: {}, typed: {}, before: {} };
const forms = new Map(); // each form and its draft
let count = 0;

const isTyped = (field) => field.matches("input:not([type=hidden], [type=password]), textarea, select");
const isKeepable = (field) => field.type !== "file";
const nameOf = (field) => field.id || field.name;

function stateOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked;
  return field.type === "file" ? field.files.length : field.value;
}

/** What shows that a field is not saved: one question, and not the answers before and after. */
const markedOf = (field) => field.closest(field.type === "radio" ? ".field" : ".field, .choice");

/** As the page came. */
function originOf(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.defaultChecked;
  if (field.type === "file") return 0;
  if (!field.matches("select")) return field.defaultValue;
  return ([...field.options].find((option) => option.defaultSelected) ?? field.options[0])?.value;
}

function put(field, state) {
  if (field.type === "checkbox" || field.type === "radio") field.checked = state;
  else field.value = field.type === "file" ? "" : state;
}

class Draft {
  constructor(form) {
    this.form = form;
    this.place = form.dataset.draft && PLACE + form.dataset.draft;
    this.isKept = Boolean(this.place);
    this.sent = false;
    const record = this.read();
    this.isRefused = form.hasAttribute("data-refused"); // then the page shows what is typed, and not what is saved
    this.saved = this.isRefused ? record.saved : {};
    this.note = this.makeNote();
    if (!this.isRefused) this.restore(record);
    if (this.unsaved.length) this.keep(); // typed before this module came, or put back by the browser
    this.show();
  }

  get fields() {
    return [...this.form.elements].filter(isTyped);
  }

  get unsaved() {
    return this.fields.filter((field) => stateOf(field) !== this.savedOf(field));
  }

  savedOf(field) {
    return this.saved[nameOf(field)] ?? originOf(field);
  }

  read() {
    try {
      return { ...NOTHING, ...JSON.parse(localStorage.getItem(this.place)) };
    } catch { return NOTHING; }
  }

  before(field) {
    return BEFORE.map((prefix) => this.form.elements[prefix + field.name]).find((hidden) => hidden?.type === "hidden");
  }

  /** What was typed comes back, and with it what tells the server over which text. */
  restore({ typed, before }) {
    for (const field of this.fields) {
      const name = nameOf(field);
      if (!(name in typed) || typed[name] === originOf(field)) continue;
      put(field, typed[name]);
      this.hasRestored = true;
      if (name in before && this.before(field)) this.before(field).value = before[name];
    }
  }

  keep(sent) {
    if (!this.place) return;
    const unsaved = this.unsaved.filter(isKeepable);
    const record = { saved: {}, typed: {}, before: {}, sent };
    for (const field of unsaved) {
      record.saved[nameOf(field)] = this.savedOf(field);
      record.typed[nameOf(field)] = stateOf(field);
      record.before[nameOf(field)] = this.before(field)?.value;
    }
    try {
      if (unsaved.length) localStorage.setItem(this.place, JSON.stringify(record));
      else localStorage.removeItem(this.place);
      this.isKept = true;
    } catch { this.isKept = false; } // private mode, or no room: the form still works
  }

  /** The server has kept it: what it shows is saved now. */
  settle() {
    this.sent = this.isRefused = this.hasRestored = false;
    for (const field of this.fields) this.saved[nameOf(field)] = stateOf(field);
    this.show();
  }

  discard() {
    for (const field of this.fields) put(field, this.savedOf(field));
    this.isRefused = this.hasRestored = false;
    this.keep();
    this.show();
    this.fields[0]?.focus();
  }

  get isLostOnLeaving() {
    return !this.sent && (this.isRefused || this.unsaved.length > 0) && (this.form.hasAttribute("data-asks") || !this.isKept);
  }

  makeNote() {
    const note = Object.assign(document.createElement("p"), { className: "unsaved", id: `unsaved-${(count += 1)}`, hidden: true });
    const discard = Object.assign(document.createElement("button"), { type: "button", className: "linkish", textContent: textDiscard });
    discard.addEventListener("click", () => this.discard());
    note.append(document.createElement("span"), " ", discard);
    const button = [...this.form.querySelectorAll("button:not([type=button])")].at(-1);
    const line = button?.parentElement === this.form ? button : button?.parentElement;
    line?.before(note);
    button?.setAttribute("aria-describedby", note.id);
    return note;
  }

  show() {
    const unsaved = this.unsaved;
    for (const field of this.fields) markedOf(field)?.classList.remove("is-unsaved");
    for (const field of unsaved) markedOf(field)?.classList.add("is-unsaved");
    // A form for one thing after another does not move its button under the hand that types.
    const isQuiet = this.form.hasAttribute("data-again") && !this.hasRestored;
    this.note.hidden = !this.isRefused && (!unsaved.length || isQuiet);
    this.note.firstChild.textContent = this.isKept && unsaved.every(isKeepable) ? textUnsavedHere : textUnsaved;
    this.note.lastChild.hidden = !this.hasRestored;
  }
}

function find(root) {
  for (const form of root.querySelectorAll("form:is([data-draft], [data-asks])")) if (!forms.has(form)) forms.set(form, new Draft(form));
}

/** What the server has kept is forgotten here, and its form says so. */
export function forgetKept() {
  const [, key] = document.cookie.match(/(?:^|; )kept=([^;]*)/) ?? [];
  if (!key) return;
  document.cookie = "kept=; Max-Age=0; Path=/; SameSite=Lax";
  try {
    for (const place of Object.keys(localStorage)) {
      if (place.startsWith(PLACE) && JSON.parse(localStorage.getItem(place)).sent === key) localStorage.removeItem(place);
    }
  } catch { /* storage is off: there was no draft */ }
}

/** Where this browser keeps what was typed, on any page, and not saved. */
function unsavedPlaces() {
  try {
    return Object.keys(localStorage).filter((place) => place.startsWith(PLACE) || place.startsWith(OPERATOR));
  } catch { return []; } // storage is off: nothing was kept
}

function hasWords(place) {
  const { typed, want } = JSON.parse(localStorage.getItem(place));
  return Object.values(typed ?? want ?? {}).some(Boolean);
}

// Before app.js takes the form as sent: whoever does not sign out after all can press again at once.
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.forgets;
  if (!question) return;
  const places = unsavedPlaces();
  if (places.some(hasWords) && !confirm(question)) event.preventDefault();
  else for (const place of places) localStorage.removeItem(place);
}, true);

function typed({ target }) {
  const draft = forms.get(target.form);
  if (!draft) return;
  draft.keep();
  draft.show();
}

for (const kind of ["input", "change"]) document.addEventListener(kind, typed);

document.addEventListener("submit", (event) => {
  const draft = forms.get(event.target);
  if (!draft || (event.defaultPrevented && !event.target.hasAttribute("hx-post") && !event.target.closest("dialog"))) return;
  draft.sent = true;
  draft.keep(event.target.elements.key?.value);
});

// A form that is sent without leaving its page.
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  const draft = forms.get(target);
  if (!draft) return;
  draft.sent = false;
  if (!detail.successful) {
    draft.hasRestored = true; // it was meant to be sent, and is only here
    return draft.show();
  }
  forgetKept();
  setTimeout(() => draft.settle()); // once the page has made it ready for the next one
});
document.addEventListener("htmx:load", ({ detail }) => find(detail.elt.parentNode ?? document));
document.addEventListener("forms:shown", ({ detail }) => {
  forgetKept();
  find(detail);
});

addEventListener("beforeunload", (event) => {
  if ([...forms.values()].some((draft) => draft.form.isConnected && draft.isLostOnLeaving)) event.preventDefault();
});

// One comes back by the browser's arrow to a form as it was: perhaps it was kept meanwhile.
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  forgetKept();
  for (const draft of forms.values()) {
    if (draft.sent && draft.place && !Object.keys(draft.read().typed).length) draft.settle();
    draft.sent = false;
  }
});

forgetKept();
find(document);
