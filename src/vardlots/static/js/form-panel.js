// *Formulär*: the panel that forms are sent from.

import { freshKey } from "./text.js";
import { on } from "./watch.js";

/** Search and filter, and a key of its own for every press. */
export function startFormPanel() {
  on("input", "[data-forms-q]", (field) => arrange(field.closest("[data-forms]")));
  on("change", "[name=forms-filter]", (field) => arrange(field.closest("[data-forms]")));
  on("click", "[data-opens=forms]", () => {
    const panel = document.getElementById("forms");
    const find = panel?.querySelector("[data-forms-find]");
    if (find instanceof HTMLElement) find.hidden = false;
    for (const key of panel?.querySelectorAll("[data-fresh-key] input[name=key]") ?? []) {
      if (key instanceof HTMLInputElement) key.value = freshKey();
    }
  });
}

/** @param {Element | null} panel */
function arrange(panel) {
  const field = panel?.querySelector("[data-forms-q]");
  const chosen = panel?.querySelector("[name=forms-filter]:checked");
  const typed = field instanceof HTMLInputElement ? field.value.toLocaleLowerCase("sv").split(/\s+/u).filter(Boolean) : [];
  const gives = chosen instanceof HTMLInputElement ? chosen.value : "";
  let shown = 0;
  for (const row of panel?.querySelectorAll("[data-form-row]") ?? []) {
    if (!(row instanceof HTMLElement)) continue;
    const words = (row.dataset.words ?? "").toLocaleLowerCase("sv");
    row.hidden = !(typed.every((part) => words.includes(part)) && (!gives || row.dataset.gives === gives));
    shown += row.hidden ? 0 : 1;
  }
  const none = panel?.querySelector("[data-forms-none]");
  if (none instanceof HTMLElement) none.hidden = shown > 0;
}
