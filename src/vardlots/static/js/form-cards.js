// Forms in a conversation: cards that keep up with how far the patient has come, and the panel they are sent from.

import { elements, get } from "./net.js";
import { freshKey } from "./text.js";
import { on } from "./watch.js";

/** @type {WeakSet<Element>} */
const fetching = new WeakSet();

/** Looks again at every card that can still change when its conversation has moved. */
export function startFormCards() {
  document.addEventListener("live", (event) => {
    const list = event.target instanceof Element ? event.target : null;
    if (!list?.matches("[data-chat]")) return;
    for (const card of list.querySelectorAll("[data-form-card][data-moves]")) {
      if (card instanceof HTMLElement) look(card);
    }
  });
}

/** @param {HTMLElement} card */
async function look(card) {
  if (fetching.has(card)) return;
  fetching.add(card);
  const answer = await get(card.dataset.formCard ?? "");
  fetching.delete(card);
  if (answer.kind !== "done" || !card.isConnected) return;
  const [fresh] = elements(answer.text);
  if (!fresh || fresh.outerHTML === card.outerHTML) return;
  const held = card.contains(document.activeElement);
  card.replaceWith(fresh);
  const link = held ? fresh.querySelector("a") : null;
  link?.focus();
}

/** *Formulär*: search and filter, and a key of its own for every press. */
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
