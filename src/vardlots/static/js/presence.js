// Whether the other side is there, and whether they are writing.

import { thingsOf } from "./near.js";
import { post } from "./net.js";
import { fill, number } from "./text.js";

const EVERY = 3_000;
const SHOWN = 5_000;

/** @type {Map<string, number>} */
const told = new Map();
/** @type {Map<string, number>} */
const timers = new Map();

/**
 * Says that we are writing, at most every third second.
 * @param {string} base
 */
export function tellTyping(base) {
  if (!navigator.onLine) return;
  const now = Date.now();
  if (now - (told.get(base) ?? 0) < EVERY) return;
  told.set(base, now);
  post(`${base}/typing`);
}

/**
 * A message was sent: the next letter begins something new.
 * @param {string} base
 */
export function stoppedTyping(base) {
  told.delete(base);
}

/**
 * @param {string} base
 * @param {number} side 1 the patient, 2 staff; where colleagues talk among themselves (`data-names`), whoever it is
 * @param {boolean} on
 */
export function showTyping(base, side, on) {
  const places = thingsOf("[data-typing]", base);
  const own = number(places[0]?.dataset.self, base.startsWith("/my/") ? 1 : 2);
  if (on && side === own) return;
  clearTimeout(timers.get(base));
  for (const place of places) {
    const words = on ? fill(place.dataset.text, { name: nameOf(place, side) }).trim() : "";
    if (place.textContent !== words) place.textContent = words;
  }
  if (on) timers.set(base, window.setTimeout(() => showTyping(base, 0, false), SHOWN));
}

/**
 * @param {HTMLElement} place
 * @param {number} who
 * @returns {string}
 */
function nameOf(place, who) {
  const names = place.dataset.names ? JSON.parse(place.dataset.names) : {};
  return names[who] ?? place.dataset.name ?? "";
}

/**
 * @param {string} base
 * @param {boolean} online
 */
export function showOnline(base, online) {
  for (const place of thingsOf("[data-online]", base)) {
    place.dataset.online = online ? "1" : "0";
    place.querySelector(".dot")?.classList.toggle("dot-off", !online);
    const words = online ? place.dataset.textOnline : place.dataset.textOffline;
    const target = place.querySelector("[data-online-text]") ?? (place.children.length ? null : place);
    if (target && words !== undefined && target.textContent !== words) target.textContent = words;
  }
}
