// Choosing many in a list: all that are shown, and how many they are in words.

import { fill } from "./text.js";
import { each, onChange } from "./watch.js";

/** `form[data-choose-many]` with `[data-choose]` boxes, `[data-choose-all]` (hidden without script) and `[data-choose-count]`. */
export function startTickets() {
  each("form[data-choose-many]", (form) => {
    form.addEventListener("change", (event) => {
      const box = event.target;
      if (box instanceof HTMLInputElement && box.closest("[data-choose-all]")) {
        for (const one of boxes(form)) one.checked = box.checked;
      }
      tell(form);
    });
  });
  // Rows come and go by themselves: what is counted is what is shown.
  onChange(() => {
    for (const form of document.querySelectorAll("form[data-choose-many]")) {
      if (form instanceof HTMLElement) tell(form);
    }
  });
}

/**
 * @param {HTMLElement} form
 * @returns {HTMLInputElement[]}
 */
function boxes(form) {
  return [...form.querySelectorAll("[data-choose]")].filter((one) => one instanceof HTMLInputElement);
}

/** @param {HTMLElement} form */
function tell(form) {
  const every = boxes(form);
  const n = every.filter((one) => one.checked).length;
  const all = form.querySelector("[data-choose-all]");
  if (all instanceof HTMLElement) {
    if (all.hidden) all.hidden = false;
    const box = all.querySelector("input");
    if (box) {
      box.checked = n > 0 && n === every.length;
      box.indeterminate = n > 0 && n < every.length;
    }
  }
  const place = form.querySelector("[data-choose-count]");
  const said = n ? fill(form.dataset.textChosen, { n }) : form.dataset.textNone ?? "";
  if (place && place.textContent !== said) place.textContent = said;
}
