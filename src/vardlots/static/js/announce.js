// Reads out what a part of the page says, when it says something else than before: not at every look.

import { say } from "./say.js";

/** @type {Map<string, string>} what was said last, by the element's id */
const said = new Map();

/** Watches every `[data-says][id]`; what the page began with has been read with the page. */
export function startAnnouncing() {
  tell();
  document.addEventListener("htmx:after:swap", tell);
}

function tell() {
  for (const place of document.querySelectorAll("[data-says][id]")) {
    if (!(place instanceof HTMLElement)) continue;
    const words = place.dataset.says ?? "";
    const before = said.get(place.id);
    said.set(place.id, words);
    if (before !== undefined && before !== words) say(words);
  }
}
