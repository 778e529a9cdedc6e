// Choosing a time without leaving the page, and the booked time's own page. Everything works as plain forms too.

import { each, on } from "./watch.js";

/** Helps the pages of a booked time. */
export function startBooking() {
  // A switch acts at once: the form goes as soon as it is turned.
  on("change", "input[data-sends]", (box) => {
    if (box instanceof HTMLInputElement) box.form?.requestSubmit();
  });
  // Another tab, or the back button, may have moved what is kept: a page from the browser's own memory is drawn anew.
  window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  on("submit", "[data-booking] form", (_, event) => staysWithoutNetwork(event), true);
  each("[data-until]", (bar) => watch(bar));
  document.addEventListener("htmx:after:swap", keepSight);
}

/**
 * When the time is no longer held, the page says so by being drawn anew.
 * @param {HTMLElement} bar
 */
function watch(bar) {
  const left = Date.parse(bar.dataset.until ?? "") - Date.now();
  if (!(left > 0)) return;
  window.setTimeout(() => {
    if (!bar.isConnected || bar.dataset.until === undefined) return;
    // Another time has been chosen since.
    if (Date.parse(bar.dataset.until) > Date.now()) watch(bar);
    else location.assign(bar.dataset.here ?? location.href);
  }, left + 500);
}

/**
 * Without a network the browser would show a page of its own. The page says already that there is none, and nothing that
 * is booked or kept has changed.
 * @param {Event} event
 */
function staysWithoutNetwork(event) {
  if (navigator.onLine) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  document.querySelector(".p-offline")?.scrollIntoView({ block: "center" });
}

/** What has just been told in the page, that a time went to somebody else, is brought where it is seen. */
function keepSight() {
  const told = document.querySelector(".taken[role=alert]");
  if (!told) return;
  told.scrollIntoView({ block: "nearest" });
  // The time that had focus is gone: the nearest one has it now.
  const first = told.querySelector("button");
  if (first && document.activeElement === document.body) first.focus({ preventScroll: true });
}
