// *Fraser*: a dash in the box, or the button, opens the phrases above it. All of them stand in the page, so that no
// keystroke waits for the network. Enter puts one in the box and never sends it.

import { atDash, isLone, marked, matching, timed } from "./phrase-search.js";
import { say } from "./say.js";
import { clockTime, fill, number } from "./text.js";
import { on } from "./watch.js";

const COMPOSER = "form[data-composer]";

/** @typedef {{ row: HTMLElement, title: string, words: string, text: string }} Phrase */

class Panel {
  /** @type {Phrase[]} */
  #found = [];
  #at = 0;
  /** Where the dash stands in the box; null while the search field is used. @type {number | null} */
  #dash = null;
  /** A dash that Esc has closed for: not opened again before another. @type {number | null} */
  #closedFor = null;
  #said = 0;

  /**
   * @param {HTMLElement} place
   * @param {HTMLTextAreaElement} box
   */
  constructor(place, box) {
    this.place = place;
    this.box = box;
    this.list = /** @type {HTMLElement} */ (place.querySelector("[role=listbox]"));
    this.search = /** @type {HTMLInputElement} */ (place.querySelector("[data-phrases-search] input"));
    /** @type {Phrase[]} */
    this.phrases = [...this.list.querySelectorAll("[role=option]")].flatMap((row) => row instanceof HTMLElement ? [{
      row,
      title: row.querySelector("[data-phrase-title]")?.textContent ?? "",
      words: row.dataset.words ?? "",
      text: row.dataset.text ?? "",
    }] : []);
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      const phrase = this.phrases.find((one) => one.row === row);
      if (phrase) this.#insert(phrase);
    });
    this.search.addEventListener("input", () => this.#show(this.search.value));
  }

  get isOpen() {
    return !this.place.hidden;
  }

  /** The text of the box has changed, or the caret in it. */
  typed() {
    const dash = atDash(this.box.value, this.box.selectionStart);
    if (!dash || this.box.selectionStart !== this.box.selectionEnd) {
      this.#closedFor = null;
      if (this.#dash !== null) this.close();
      return;
    }
    if (this.#closedFor === dash.from) return;
    this.#closedFor = null;
    // A line of a list may begin with a dash. A lone word that no phrase has is a search that failed: Enter sends it not.
    if (!matching(this.phrases, dash.typed).length && !isLone(this.box.value)) {
      if (this.isOpen) this.close();
      return;
    }
    this.#dash = dash.from;
    this.#field(false);
    this.#show(dash.typed);
  }

  /** *Fraser*: the panel with its search field. */
  open() {
    this.#dash = null;
    this.#field(true);
    this.search.value = "";
    this.#show("");
    this.search.focus();
  }

  close() {
    const used = !this.place.querySelector("[data-phrases-search]:not([hidden])") ? null : this.search;
    this.place.hidden = true;
    this.#dash = null;
    this.box.removeAttribute("aria-activedescendant");
    this.box.removeAttribute("aria-controls");
    if (used && document.activeElement === used) this.box.focus();
  }

  /**
   * Arrows, Enter, Tab and Esc while it is open.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was for us
   */
  pressed(event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key === "Escape") {
      this.#closedFor = this.#dash;
      this.close();
      return true;
    }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (this.#found.length) this.#choose((this.#at + step + this.#found.length) % this.#found.length);
      return true;
    }
    if (event.key === "Enter" && !event.shiftKey) {
      const phrase = this.#found[this.#at];
      if (phrase) this.#insert(phrase);
      // Enter would send what stands in the box, or the search itself. Once more sends it.
      else if (this.#dash !== null) {
        this.#closedFor = this.#dash;
        this.close();
      }
      return true;
    }
    return false;
  }

  /** @param {boolean} shown */
  #field(shown) {
    const field = this.place.querySelector("[data-phrases-search]");
    if (field instanceof HTMLElement) field.hidden = !shown;
  }

  /** @param {string} typed */
  #show(typed) {
    this.#found = matching(this.phrases, typed);
    for (const phrase of this.phrases) phrase.row.hidden = !this.#found.includes(phrase);
    for (const phrase of this.#found) {
      this.list.append(phrase.row);
      const title = phrase.row.querySelector("[data-phrase-title]");
      title?.replaceChildren(...marked(phrase.title, typed).map((piece) => {
        if (!piece.marked) return piece.text;
        const mark = document.createElement("mark");
        mark.textContent = piece.text;
        return mark;
      }));
    }
    const head = this.place.querySelector("[data-phrases-title]");
    if (head) head.textContent = typed ? fill(this.place.dataset.textBegins, { typed }) : this.place.dataset.textAll ?? "";
    const none = this.place.querySelector("[data-phrases-none]");
    if (none instanceof HTMLElement) none.hidden = this.#found.length > 0;
    this.place.hidden = false;
    this.box.setAttribute("aria-controls", this.list.id);
    this.#choose(0);
    this.#tell();
  }

  /** Says how many there are, when the hand rests. */
  #tell() {
    window.clearTimeout(this.#said);
    const { textOne, textMany, textNone } = this.place.dataset;
    const n = this.#found.length;
    this.#said = window.setTimeout(() => {
      if (this.isOpen) say(n === 0 ? textNone ?? "" : fill(n === 1 ? textOne : textMany, { n }));
    }, 500);
  }

  /** @param {number} at */
  #choose(at) {
    this.#at = at;
    this.phrases.forEach((phrase) => phrase.row.setAttribute("aria-selected", String(phrase === this.#found[at])));
    const row = this.#found[at]?.row;
    for (const field of [this.box, this.search]) {
      if (row) field.setAttribute("aria-activedescendant", row.id);
      else field.removeAttribute("aria-activedescendant");
    }
    row?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Phrase} phrase */
  #insert(phrase) {
    const ahead = number(this.place.dataset.ahead) * 60_000;
    const placeholders = (this.place.dataset.placeholders ?? "").split(" ").filter(Boolean);
    const put = timed(phrase.text, clockTime(Date.now() + ahead), placeholders);
    const from = this.#dash ?? this.box.selectionStart;
    const to = this.#dash === null ? this.box.selectionEnd : this.box.selectionStart;
    this.close();
    this.box.focus();
    this.box.setRangeText(put.text, from, to, "end");
    this.box.dispatchEvent(new Event("input", { bubbles: true }));
    this.box.setSelectionRange(from + put.from, from + put.to);
    say(fill(this.place.dataset.textInserted, { title: phrase.title }));
  }
}

/** @type {WeakMap<Element, Panel>} */
const panels = new WeakMap();

/**
 * The phrases of the composer that something is in.
 * @param {Element | null} element
 * @returns {Panel | null}
 */
function panelOf(element) {
  const place = element?.closest(COMPOSER)?.querySelector("[data-phrases]");
  const box = element?.closest(COMPOSER)?.querySelector("textarea");
  if (!(place instanceof HTMLElement) || !(box instanceof HTMLTextAreaElement)) return null;
  const panel = panels.get(place) ?? new Panel(place, box);
  panels.set(place, panel);
  return panel;
}

/** Brings the phrases of every composer to life. */
export function startPhrases() {
  on("input", `${COMPOSER} textarea`, (box) => panelOf(box)?.typed());
  on("click", `${COMPOSER} textarea`, (box) => panelOf(box)?.typed());
  on("click", "[data-phrases-open]", (button, event) => {
    const panel = panelOf(button);
    if (!panel) return;
    event.preventDefault();
    if (panel.isOpen) panel.close();
    else panel.open();
  });
  // Before the composer, which sends on Enter, and before the page's own keys.
  document.addEventListener("keydown", (event) => {
    const panel = event.target instanceof Element ? panelOf(event.target) : null;
    if (!panel?.isOpen || !panel.pressed(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);
  document.addEventListener("focusin", (event) => {
    for (const place of document.querySelectorAll("[data-phrases]:not([hidden])")) {
      if (event.target instanceof Node && !place.closest(COMPOSER)?.contains(event.target)) panels.get(place)?.close();
    }
  });
}
