// Reads out what a part of the page says, when it says something else than before: not at every look.

import { say } from "./say.js";
import { number } from "./text.js";

/** @type {Map<string, string>} what was said last, by the element's id */
const said = new Map();
/** @type {Map<string, number>} how many it said */
const counted = new Map();

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
    const more = isMore(place);
    said.set(place.id, words);
    counted.set(place.id, number(place.dataset.saysMore));
    if (before !== undefined && before !== words && more) say(words);
  }
}

/**
 * A number that goes down is no news: whoever reads a message knows that they have read it.
 * @param {HTMLElement} place `data-says-more` is how many there are now; without it all that changes is news
 */
function isMore(place) {
  if (place.dataset.saysMore === undefined) return true;
  return number(place.dataset.saysMore) > (counted.get(place.id) ?? 0);
}
