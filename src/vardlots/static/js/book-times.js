// *Boka tid* on a staff page: the time that was chosen last is what holds, whatever answer comes late.

import { on } from "./watch.js";

const LIST = "#book-choice";
const PICKED = `${LIST} input[name=slot]`;

/** Keeps the chosen time through every redrawing of the list. */
export function startBookTimes() {
  let chosen = "";
  on("change", PICKED, (box) => {
    if (!(box instanceof HTMLInputElement)) return;
    chosen = box.value;
    stay();
  });
  document.addEventListener("htmx:after:swap", () => mark(chosen));
}

/** Whoever has chosen a time stays where it is: a list that was asked for before that does not come. */
function stay() {
  for (const asked of document.querySelectorAll(`.book-filter, ${LIST} a[hx-get]`)) {
    asked.dispatchEvent(new Event("htmx:abort"));
  }
  // What the filter says is what the list is of.
  for (const field of document.querySelectorAll(".book-filter select")) {
    if (!(field instanceof HTMLSelectElement)) continue;
    const kept = document.querySelector(`${LIST} input[name=${field.name}]`);
    if (kept instanceof HTMLInputElement) field.value = kept.value;
  }
}

/**
 * The chosen time is marked in the new list, where it is there and nothing else is.
 * @param {string} chosen
 */
function mark(chosen) {
  if (!chosen || document.querySelector(`${PICKED}:checked`)) return;
  for (const box of document.querySelectorAll(PICKED)) {
    if (box instanceof HTMLInputElement && box.value === chosen) box.checked = true;
  }
}
