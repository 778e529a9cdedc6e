// What was written too late: `[data-kept]` stands where the box was, and has the words that could not be sent.

import { drafts, outbox, whenRefused } from "./mail.js";
import { each, on } from "./watch.js";

/** Gives back what was typed or refused, wherever there is no box to give it back to. */
export function startKept() {
  each("[data-kept]", (place) => show(place));
  on("click", "[data-kept-drop]", (button) => {
    const place = button.closest("[data-kept]");
    if (!(place instanceof HTMLElement)) return;
    drafts.set(place.dataset.chatFor ?? "", "");
    place.hidden = true;
  });
  whenRefused.add((item) => {
    const place = [...document.querySelectorAll("[data-kept]")]
      .find((one) => one instanceof HTMLElement && one.dataset.chatFor === item.base);
    if (!(place instanceof HTMLElement)) return false;
    add(place, wordsOf(item));
    return true;
  });
}

/** @param {HTMLElement} place */
function show(place) {
  const base = place.dataset.chatFor ?? "";
  const refused = outbox.list(base).filter((item) => item.refused !== undefined);
  const draft = drafts.get(base);
  add(place, [...refused.map(wordsOf), draft].filter(Boolean).join("\n"));
  for (const item of refused) outbox.remove(item);
}

/**
 * The words stand on the page, and stay in the tab when it is loaded anew.
 * @param {HTMLElement} place
 * @param {string} words
 */
function add(place, words) {
  const text = place.querySelector("[data-kept-text]");
  if (!words || !text) return;
  const before = (text.textContent ?? "").trim();
  const all = before && !words.startsWith(before) ? `${before}\n${words}` : words;
  text.textContent = all;
  place.hidden = false;
  drafts.set(place.dataset.chatFor ?? "", all);
}

/** @param {import("./outbox.js").Item} item */
const wordsOf = (item) => [item.text, ...item.attachments.map(({ name }) => name)].filter(Boolean).join("\n");
