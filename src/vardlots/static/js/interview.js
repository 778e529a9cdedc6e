// Triage in a phone: pictures made small before they are sent, and a word before unsaved text is left behind.

import { shrink, thumbnail } from "./pictures.js";
import { fill } from "./text.js";
import { on } from "./watch.js";

const HEIGHT = 96;

/** Helps ordinary forms; they work without. */
export function startInterview() {
  on("change", "input[type=file][data-shrink]", (input) => prepare(/** @type {HTMLInputElement} */ (input)));
  on("dragover", "[data-drop]", (place, event) => hover(place, event));
  on("dragleave", "[data-drop]", (place) => place.classList.remove("is-over"));
  on("drop", "[data-drop]", (place, event) => receive(place, event));
  window.addEventListener("beforeunload", (event) => {
    if ([...document.querySelectorAll("form[data-answer]")].some((form) => isUnsaved(/** @type {HTMLFormElement} */ (form)))) {
      event.preventDefault();
    }
  });
  on("submit", "form[data-answer]", (form) => { form.dataset.leaving = ""; });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-leaving]")) form.removeAttribute("data-leaving");
  });
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
