// Minutes that pass while a list stands still.

import { lookAgain } from "./lists.js";
import { fill, number } from "./text.js";

const EVERY = 10_000;
const STALE = 5 * 60_000; // the bars grow too; the server draws them
const STALE_WORDS = 60_000; // a list without `data-arrived` cannot count by itself

/** The server's clock when the page was drawn, less ours. Tests and demonstrations set the server's clock. */
const skew = (Date.parse(document.body.dataset.now ?? "") || Date.now()) - Date.now();
let lookedAt = Date.now();

/** Keeps every `[data-arrived]` up to date. */
export function startWaiting() {
  window.setInterval(tick, EVERY);
  document.addEventListener("htmx:after:swap", () => { lookedAt = Date.now(); });
  document.addEventListener("visibilitychange", tick);
}

/**
 * How long, in the page's own words.
 * @param {number} minutes
 * @param {{ minutesText?: string, hoursText?: string }} words `{n}` minutes; `{h}` hours and `{n}` minutes
 */
export function waitedText(minutes, { minutesText, hoursText }) {
  if (minutes < 60 || !hoursText) return fill(minutesText, { n: minutes });
  return fill(hoursText, { h: Math.floor(minutes / 60), n: minutes % 60 });
}

function tick() {
  if (document.hidden) return;
  /** @type {Set<Element>} */
  const stale = new Set();
  for (const place of document.querySelectorAll("[data-arrived]")) {
    if (!(place instanceof HTMLElement)) continue;
    const words = place.closest("[data-minutes-text]");
    const since = Date.parse(place.dataset.arrived ?? "");
    if (!(words instanceof HTMLElement) || Number.isNaN(since)) continue;
    const minutes = Math.max(0, Math.floor((Date.now() + skew - since) / 60_000));
    const text = waitedText(minutes, words.dataset);
    if (place.textContent !== text) place.textContent = text;
    const target = number(place.dataset.target, Infinity);
    const list = place.closest("[data-list], [data-queue]");
    // Beyond the target the server draws more than a number: the bar, the words, the order.
    if (list && minutes >= target && number(place.dataset.drawn, -1) < target) stale.add(list);
    place.dataset.drawn = String(minutes);
  }
  for (const list of document.querySelectorAll("[data-list], [data-queue]")) {
    const limit = list.querySelector("[data-arrived]") ? STALE : STALE_WORDS;
    if (Date.now() - lookedAt > limit) stale.add(list);
  }
  if (!stale.size) return;
  lookedAt = Date.now();
  for (const list of stale) lookAgain(list);
}
