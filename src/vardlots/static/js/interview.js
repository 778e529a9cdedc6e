// Triage in a phone: pictures made small before they are sent, and a word before unsaved text is left behind.

import { shrink, thumbnail } from "./pictures.js";
import { fill } from "./text.js";
import { on } from "./watch.js";

const HEIGHT = 96;

/** Helps ordinary forms; they work without. */
export function startInterview() {
  on("change", "input[type=file][data-shrink]", (input) => prepare(/** @type {HTMLInputElement} */ (input)));
  on("change", "input[type=checkbox]", (box) => goesWithout(/** @type {HTMLInputElement} */ (box)));
  on("change", ".choices input, .pics input", (box) => undecline(/** @type {HTMLInputElement} */ (box)));
  on("input", "input.input, textarea.input", (field) => undecline(/** @type {HTMLInputElement} */ (field)));
  on("dragover", "[data-drop]", (place, event) => hover(place, event));
  on("dragleave", "[data-drop]", (place) => place.classList.remove("is-over"));
  on("drop", "[data-drop]", (place, event) => receive(place, event));
  window.addEventListener("beforeunload", (event) => {
    if (document.body.dataset.typedKept !== undefined) return;
    if ([...document.querySelectorAll("form[data-answer]")].some((form) => isUnsaved(/** @type {HTMLFormElement} */ (form)))) {
      event.preventDefault();
    }
  });
  on("submit", "form[data-answer]", (form) => { form.dataset.leaving = ""; });
  on("submit", "form#answer", (_, event) => staysWithoutNetwork(event), true);
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-leaving]")) form.removeAttribute("data-leaving");
  });
}

/**
 * Without a network the browser would show a page of its own, and the answer be gone from sight. The page says already
 * that there is none; it is brought where it is seen.
 * @param {Event} event
 */
function staysWithoutNetwork(event) {
  if (navigator.onLine) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.querySelector(".p-offline")?.scrollIntoView({ block: "center" });
}

/**
 * @param {HTMLElement} place
 * @param {DragEvent} event
 */
function hover(place, event) {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  place.classList.add("is-over");
}

/**
 * What is dropped anywhere in the field is as if it had been chosen in it.
 * @param {HTMLElement} place
 * @param {DragEvent} event
 */
function receive(place, event) {
  const files = event.dataTransfer?.files;
  const input = place.querySelector("input[type=file]");
  place.classList.remove("is-over");
  if (!files?.length || !(input instanceof HTMLInputElement)) return;
  event.preventDefault();
  const wanted = new DataTransfer();
  for (const file of [...files].slice(0, input.multiple ? files.length : 1)) wanted.items.add(file);
  input.files = wanted.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLFormElement} form */
function isUnsaved(form) {
  if (form.dataset.leaving !== undefined) return false;
  /** @type {NodeListOf<HTMLInputElement | HTMLTextAreaElement>} */
  const fields = form.querySelectorAll("textarea, input[type=text]");
  return [...fields].some((field) => field.value !== field.defaultValue && field.value.trim() !== "");
}

/**
 * Puts smaller pictures in place of those that were chosen, and shows them.
 * @param {HTMLInputElement} input
 */
async function prepare(input) {
  const form = input.form;
  const chosen = [...(input.files ?? [])];
  form?.setAttribute("aria-busy", "true");
  const files = await Promise.all(chosen.map(shrink));
  try {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
  } catch { /* an old browser sends the originals */ }
  const pictures = await Promise.all(files.map(async (file) => {
    const picture = await thumbnail(file, HEIGHT);
    picture?.setAttribute("role", "img");
    picture?.setAttribute("aria-label", fill(input.dataset.textPreview ?? "{name}", { name: file.name }));
    return picture;
  }));
  form?.removeAttribute("aria-busy");
  previewOf(input).replaceChildren(...pictures.flatMap((picture) => picture ?? []));
}

/** @param {HTMLInputElement} input */
function previewOf(input) {
  const next = input.parentElement?.querySelector("[data-preview]");
  if (next) return next;
  const made = document.createElement("div");
  made.className = "thumbs";
  made.dataset.preview = "";
  input.after(made);
  return made;
}

/**
 * *Inget av det här* goes with no other answer, and *Jag vill eller kan inte svara* with none at all. The server says so
 * too; here the others let go at once.
 * @param {HTMLInputElement} box
 */
function goesWithout(box) {
  if (!box.checked) return;
  if (box.dataset.declines !== undefined) {
    // What has been written stays, to come back to.
    for (const other of fieldsOf(box)) if (other instanceof HTMLInputElement) other.checked = false;
    return;
  }
  const group = box.closest("fieldset")?.querySelectorAll("input[type=checkbox]") ?? [];
  for (const other of group) {
    if (!(other instanceof HTMLInputElement) || other === box) continue;
    if (box.dataset.exclusive !== undefined || other.dataset.exclusive !== undefined) other.checked = false;
  }
}

/**
 * Whoever answers has not declined.
 * @param {HTMLInputElement | HTMLTextAreaElement} field
 */
function undecline(field) {
  for (const decline of field.form?.querySelectorAll("input[data-declines]") ?? []) {
    if (decline instanceof HTMLInputElement && fieldsOf(decline).includes(field)) decline.checked = false;
  }
}

/**
 * The fields that a box to decline with is about: the answer's own.
 * @param {HTMLInputElement} decline
 * @returns {(HTMLInputElement | HTMLTextAreaElement)[]}
 */
function fieldsOf(decline) {
  const named = new Set((decline.dataset.declines ?? "").split(" "));
  return [...(decline.form?.elements ?? [])].filter(
    /** @returns {one is HTMLInputElement | HTMLTextAreaElement} */
    (one) => (one instanceof HTMLInputElement || one instanceof HTMLTextAreaElement) && named.has(one.name),
  );
}
