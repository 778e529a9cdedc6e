// Search for a code and choose it from a list: the ARIA combobox pattern. Without script it is an ordinary search.

import { elements, post } from "./net.js";
import { say } from "./say.js";
import { fill, freshKey } from "./text.js";
import { each } from "./watch.js";

const QUIET = 120;

/** `[data-combobox]` with `input[data-search]` and `[role=listbox]`; options come from `data-url`, posted: no address tells what was typed. */
export function startCodes() {
  each("[data-combobox]", (box) => {
    const input = box.querySelector("input[data-search], input[role=combobox]");
    const list = box.querySelector("[role=listbox]");
    if (input instanceof HTMLInputElement && list instanceof HTMLElement) new Combobox(box, input, list);
  });
  each("[data-offer]", offer);
}

/**
 * Codes that a way of contact suggests: those of the chosen way are shown, and one press adds one of them.
 * @param {HTMLElement} group
 */
function offer(group) {
  const box = group.closest("[data-combobox]");
  const place = box?.querySelector("[data-chosen]");
  const contact = group.closest("form")?.elements.namedItem("contact");
  if (!box || !place || !(contact instanceof HTMLSelectElement)) return;
  const draw = () => {
    let left = 0;
    for (const button of group.querySelectorAll("button")) {
      button.hidden = place.querySelector(`input[value="${CSS.escape(button.value)}"]:checked`) !== null;
      if (!button.hidden) left += 1;
    }
    group.hidden = group.dataset.offer !== contact.value || !left;
  };
  draw();
  contact.addEventListener("change", draw);
  box.addEventListener("change", draw);
  group.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    const template = button?.querySelector("template");
    if (!button || !template) return;
    event.preventDefault();
    for (const box of place.querySelectorAll(`input[value="${CSS.escape(button.value)}"]`)) box.closest("li")?.remove();
    place.append(template.content.cloneNode(true));
    place.dispatchEvent(new Event("change", { bubbles: true }));
    const next = group.querySelector("button:not([hidden])") ?? box.querySelector("input[data-search], input[role=combobox]");
    if (next instanceof HTMLElement) next.focus();
  });
}

class Combobox {
  #timer = 0;
  #asked = 0;

  /**
   * @param {HTMLElement} box
   * @param {HTMLInputElement} input
   * @param {HTMLElement} list
   */
  constructor(box, input, list) {
    this.box = box;
    this.input = input;
    this.list = list;
    list.id ||= `options-${freshKey()}`;
    input.setAttribute("role", "combobox");
    input.setAttribute("aria-autocomplete", "list");
    input.setAttribute("aria-controls", list.id);
    input.autocomplete = "off";
    for (const only of box.querySelectorAll("[data-no-script]")) only.remove();
    this.#open(false);
    input.addEventListener("input", () => this.#soon());
    input.addEventListener("keydown", (event) => this.#pressed(event));
    input.addEventListener("blur", () => window.setTimeout(() => this.#open(false), 120));
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.#choose(option);
    });
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#search(), QUIET);
  }

  async #search() {
    const q = this.input.value.trim();
    const asked = ++this.#asked;
    if (!q) {
      this.#open(false);
      return;
    }
    const wanted = { q, for: this.box.dataset.for ?? "main" };
    const answer = await post(this.box.dataset.url ?? "", wanted, { accept: "text/html", fragment: true });
    if (asked !== this.#asked || answer.kind !== "done") return;
    const options = elements(answer.text).flatMap((one) => (one.matches("[role=option]") ? [one] : [.../** @type {NodeListOf<HTMLElement>} */ (one.querySelectorAll("[role=option]"))]));
    options.forEach((option, index) => {
      option.id ||= `${this.list.id}-${index}`;
      option.setAttribute("aria-selected", "false");
    });
    this.list.replaceChildren(...options);
    this.#open(options.length > 0);
    if (options[0]) this.#mark(options[0]);
    say(options.length ? fill(this.box.dataset.textFound, { n: options.length }) : this.box.dataset.textNone ?? "");
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (event.isComposing) return;
    const options = this.#options();
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" && !isOpen) this.#search();
    else if (event.key === "ArrowDown") this.#mark(options[(at + 1) % options.length]);
    else if (event.key === "ArrowUp" && isOpen) this.#mark(options[(at - 1 + options.length) % options.length]);
    else if (event.key === "Enter" && isOpen && options[at]) this.#choose(options[at]);
    else if (event.key === "Enter" && !isOpen) { /* not a reason to send the whole form */ }
    else if (event.key === "Escape" && isOpen) this.#open(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @returns {HTMLElement[]} */
  #options() {
    return [...this.list.querySelectorAll("[role=option]")].filter((option) => option instanceof HTMLElement);
  }

  /** @param {HTMLElement | undefined} chosen */
  #mark(chosen) {
    for (const option of this.#options()) option.setAttribute("aria-selected", String(option === chosen));
    if (chosen) this.input.setAttribute("aria-activedescendant", chosen.id);
    else this.input.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  /**
   * An option either carries what is added to `[data-chosen]` in a template, or a `data-value` for the hidden field.
   * @param {HTMLElement} option
   */
  #choose(option) {
    const template = option.querySelector("template");
    const place = this.box.querySelector("[data-chosen]");
    const field = this.box.querySelector("input[type=hidden][data-value]");
    if (template && place) {
      place.append(template.content.cloneNode(true));
      this.input.value = "";
    } else {
      if (field instanceof HTMLInputElement) field.value = option.dataset.value ?? "";
      this.input.value = option.dataset.label ?? (option.textContent ?? "").trim();
    }
    this.#open(false);
    say(fill(this.box.dataset.textChosen, { text: option.dataset.label ?? "" }));
    this.box.dispatchEvent(new CustomEvent("chosen", { bubbles: true, detail: { value: option.dataset.value ?? "" } }));
    this.input.dispatchEvent(new Event("change", { bubbles: true }));
    const form = this.box.dataset.submit !== undefined ? this.input.form : null;
    form?.requestSubmit();
  }

  /** @param {boolean} open */
  #open(open) {
    this.list.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (!open) this.input.removeAttribute("aria-activedescendant");
  }
}
