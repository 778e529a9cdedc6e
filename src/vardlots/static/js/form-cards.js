// Forms in a conversation: cards that keep up with how far the patient has come.

import { elements, get } from "./net.js";
import { each } from "./watch.js";

/** @type {WeakSet<Element>} */
const fetching = new WeakSet();

/** Looks again at every card that can still change when its conversation has moved. */
export function startFormCards() {
  // What the conversation itself cannot tell: a ticket's card asks once, and keeps up from then on.
  each("[data-form-card][data-asks]", look);
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
