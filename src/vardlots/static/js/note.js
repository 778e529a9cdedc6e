// A note that saves itself while it is written: `<form data-autosave="address">` with a hidden `rev`.

import { backoff } from "./backoff.js";
import { post } from "./net.js";
import { say } from "./say.js";
import { clockTime, fill } from "./text.js";
import { each } from "./watch.js";

const QUIET = 800;
const LONGEST = 5_000;
const PATIENCE = 10_000;

/** Saves every `form[data-autosave]` when the hand rests. */
export function startNotes() {
  each("form[data-autosave]", (form) => new Note(/** @type {HTMLFormElement} */ (form)));
}

/** Whether what is on the page is kept in the browser until its writer is back (signed-out.js). */
const isKept = () => document.body.dataset.typedKept !== undefined;

class Note {
  #timer = 0;
  #dirtySince = 0;
  #saving = false;
  #tries = 0;
  #stopped = false;
  #leaving = false;
  /** @type {(() => void) | null} */
  #afterSave = null;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    form.addEventListener("input", () => this.#changed());
    form.addEventListener("change", () => this.#changed());
    form.addEventListener("submit", (event) => {
      if (this.#saving) {
        // Our own save is on its way and will move `rev`: sent beside it, the form would look like another tab's.
        event.preventDefault();
        event.stopImmediatePropagation();
        this.#afterSave = () => form.requestSubmit(event.submitter);
        return;
      }
      clearTimeout(this.#timer);
      this.#leaving = true;
      window.setTimeout(() => { this.#leaving = false; }, PATIENCE);
    }, { capture: true });
    document.addEventListener("visit-leaves", (event) => {
      if (form.isConnected) /** @type {CustomEvent} */ (event).detail.waits.push(this.#settled());
    });
    form.addEventListener("focusout", () => { if (this.#dirtySince) this.#save(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.#dirtySince) this.#save(true); });
    document.addEventListener("live-state", () => { if (this.#dirtySince) this.#save(); });
    window.addEventListener("beforeunload", (event) => {
      if ((this.#dirtySince || this.#saving) && !this.#leaving && form.isConnected && !isKept()) event.preventDefault();
    });
  }

  #changed() {
    if (this.#stopped) return;
    this.#dirtySince ||= Date.now();
    clearTimeout(this.#timer);
    const overdue = Date.now() - this.#dirtySince > LONGEST;
    this.#timer = window.setTimeout(() => this.#save(), overdue ? 0 : QUIET);
  }

  /** @param {boolean} [last] the page may go away before the answer comes */
  async #save(last = false) {
    if (this.#saving || this.#stopped || this.#leaving || !this.form.isConnected) return;
    clearTimeout(this.#timer);
    this.#saving = true;
    this.#dirtySince = 0;
    this.#show("saving");
    const answer = await post(this.form.dataset.autosave ?? "", new FormData(this.form), { keepalive: last });
    this.#saving = false;
    if (answer.kind === "done") this.#saved(answer.text);
    else if (answer.kind === "refused" && answer.status === 409) this.#conflict(answer.words);
    else if (answer.kind === "again") this.#later();
    else {
      // Signed out or refused: the text stays; only the next change tries again.
      this.#dirtySince ||= Date.now();
      this.#show("unsaved", answer.words);
    }
    const go = this.#afterSave;
    this.#afterSave = null;
    if (go) go();
    else if (answer.kind === "done" && this.#dirtySince) this.#changed();
  }

  /** What was written is with the server, or cannot come there now. */
  async #settled() {
    while (this.#saving) await new Promise((done) => { setTimeout(done, 25); });
    if (this.#dirtySince) await this.#save(true);
  }

  /** @param {string} text */
  #saved(text) {
    this.#tries = 0;
    let rev = "";
    let time = clockTime(Date.now());
    try {
      const told = JSON.parse(text);
      rev = String(told.rev ?? "");
      time = String(told.saved ?? time);
    } catch { /* the address answered without a body */ }
    const field = this.form.elements.namedItem("rev");
    if (rev && field instanceof HTMLInputElement) field.value = rev;
    this.#show("saved", "", time);
  }

  #later() {
    this.#dirtySince ||= Date.now();
    this.#show("unsaved");
    this.#timer = window.setTimeout(() => this.#save(), backoff(this.#tries++));
  }

  /** Somebody else wrote in it: never over theirs. @param {string} words */
  #conflict(words) {
    this.#stopped = true;
    this.#dirtySince = 0;
    this.#show("conflict", words);
    say(words);
  }

  /**
   * @param {"saving" | "saved" | "unsaved" | "conflict"} state
   * @param {string} [words] the server's own
   * @param {string} [time]
   */
  #show(state, words = "", time = "") {
    const place = this.form.querySelector("[data-save-state]") ?? document.querySelector(`[data-save-state="${this.form.id}"]`);
    if (!(place instanceof HTMLElement)) return;
    const texts = {
      saving: place.dataset.textSaving, saved: place.dataset.textSaved,
      unsaved: place.dataset.textUnsaved, conflict: place.dataset.textConflict,
    };
    place.dataset.state = state;
    const text = words || fill(texts[state], { time });
    if (text && place.textContent !== text) place.textContent = text;
  }
}
