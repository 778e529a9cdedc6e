// Another visit in the same page: its panes come, the page stays. Without script the links lead there as any other.
//
// Nothing is fetched before somebody opens it: a visit that is fetched is a visit that is read, and that is logged.

import { htmx } from "./swaps.js";
import { keepPlace } from "./scroll.js";

const VISIT = ".visit[data-visit-base]";
const ADDRESS = /^\/staff\/cases\/\d+-\d+$/;
const SAVING = 2_500;

let shown = "";
let on = new AbortController();

/** Lets every link to a visit change the panes, where the page is a visit. */
export function startWorkspace() {
  if (!document.querySelector(VISIT)) return;
  shown = placeOf(location);
  document.querySelector("a[data-visit][aria-current]")?.scrollIntoView({ block: "nearest" });
  document.addEventListener("click", clicked);
  window.addEventListener("popstate", () => {
    if (placeOf(location) !== shown) go(new URL(location.href), false);
  });
}

/** @param {URL | Location} url */
const placeOf = (url) => url.pathname + url.search;

/**
 * Whether an address is a visit that can come into the page.
 * @param {URL} url
 * @param {string} here the address of the page
 */
export function isVisit(url, here) {
  return url.origin === new URL(here).origin && ADDRESS.test(url.pathname) && !url.searchParams.has("dialog");
}

/** @param {MouseEvent} event */
function clicked(event) {
  if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (!isVisit(url, location.href) || (url.hash && placeOf(url) === shown)) return;
  event.preventDefault();
  if (placeOf(url) === shown) focusOn(document);
  else go(url, true);
}

/**
 * @param {URL} url
 * @param {boolean} push whether it is a new step of the history
 */
async function go(url, push) {
  on.abort();
  const mine = (on = new AbortController());
  const visit = document.querySelector(VISIT);
  if (!(visit instanceof HTMLElement)) return location.assign(url);
  point(url.pathname);
  visit.setAttribute("aria-busy", "true");
  visit.classList.add("is-leaving");
  keepPlaces(visit);
  await saved(visit);
  const page = mine.signal.aborted ? null : await fetched(url, mine.signal);
  if (mine.signal.aborted) return;
  // Without contact, or with a note that could not be saved, nobody leaves what they wrote.
  if (page === null || visit.querySelector("[data-save-state][data-state=unsaved]")) return stay(visit, push);
  const came = page.querySelector(VISIT);
  // Signed out, or a door stands before it: that page draws itself.
  if (!(came instanceof HTMLElement)) return location.assign(url);
  keepPlaces(visit);
  show(visit, came, page);
  if (push) history.pushState(null, "", url);
  shown = placeOf(url);
}

/**
 * The page at an address; null when no answer came.
 * @param {URL} url
 * @param {AbortSignal} signal
 */
async function fetched(url, signal) {
  try {
    const answer = await fetch(url, {
      headers: { accept: "text/html" }, credentials: "same-origin", cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(15_000)]),
    });
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null;
  }
}

/**
 * No answer: the visit that was there stays, with what was written in it.
 * @param {HTMLElement} visit
 * @param {boolean} push
 */
function stay(visit, push) {
  visit.removeAttribute("aria-busy");
  visit.classList.remove("is-leaving");
  point(new URL(shown, location.href).pathname);
  if (!push) history.pushState(null, "", shown);
  const place = visit.querySelector("[data-visit-fault]");
  if (place instanceof HTMLElement) place.textContent = visit.dataset.textLost ?? "";
}

/**
 * Puts what came where the old stood. A tab of the same visit changes the panel alone: what is written beside it stays.
 * @param {HTMLElement} visit
 * @param {HTMLElement} came
 * @param {Document} page
 */
function show(visit, came, page) {
  const focus = document.activeElement;
  const free = !focus || focus === document.body || visit.contains(focus) || focus.matches("[data-visit]");
  const same = visit.dataset.visitBase === came.dataset.visitBase;
  const talks = same && visit.querySelector("[data-chat]") && came.querySelector("[data-chat]");
  const inPanel = visit.querySelector("#patient-panel")?.contains(focus) ?? false;
  if (talks) changePanel(visit, came);
  else visit.replaceWith(came);
  if (!same) take(page, "extra");
  take(page, "help");
  changeSide(page);
  document.title = page.title;
  const root = talks ? visit : came;
  root.removeAttribute("aria-busy");
  root.classList.remove("is-leaving");
  htmx()?.process(root);
  if (free) focusOn(root, inPanel && same);
  for (const open of document.querySelectorAll(".side:popover-open")) if (open instanceof HTMLElement) open.hidePopover();
}

/** @param {HTMLElement} visit @param {HTMLElement} came */
function changePanel(visit, came) {
  const old = visit.querySelector("#patient-panel");
  const next = came.querySelector("#patient-panel");
  if (!(old instanceof HTMLElement) || !(next instanceof HTMLElement)) return;
  const open = old.matches(":popover-open");
  old.replaceWith(next);
  if (open) next.showPopover();
}

/**
 * @param {Document} page
 * @param {string} id
 */
function take(page, id) {
  const old = document.getElementById(id);
  const next = page.getElementById(id);
  if (!old || !next) return;
  old.replaceWith(next);
  htmx()?.process(next);
}

/** The list beside the visit, morphed as a signal would. @param {Document} page */
function changeSide(page) {
  const target = document.getElementById("own-list");
  const next = page.getElementById("own-list");
  if (!target || !next) return;
  htmx()?.swap({ text: next.outerHTML, target, swap: "outerMorph", sourceElement: target });
}

/** Shows at once in the list which visit is on its way. @param {string} path */
function point(path) {
  for (const link of document.querySelectorAll("a[data-visit]")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    if (link.pathname === path) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/**
 * To the box one writes in, to the chosen tab, else to whom the visit is with.
 * @param {ParentNode} root
 * @param {boolean} [panel]
 */
function focusOn(root, panel = false) {
  const tab = panel ? root.querySelector("#patient-panel .tab[aria-current]") : null;
  const box = matchMedia("(hover: none) and (pointer: coarse)").matches ? null : root.querySelector("form[data-composer] textarea");
  const place = tab ?? box ?? root.querySelector("#visit-head h1");
  if (!(place instanceof HTMLElement)) return;
  if (place.matches("h1")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
}

/** @param {HTMLElement} visit */
function keepPlaces(visit) {
  for (const list of visit.querySelectorAll("[data-chat]")) if (list instanceof HTMLElement) keepPlace(list);
}

/** Lets whoever writes in the visit save first; not for ever. @param {HTMLElement} visit */
async function saved(visit) {
  /** @type {Promise<unknown>[]} */
  const waits = [];
  visit.dispatchEvent(new CustomEvent("visit-leaves", { bubbles: true, detail: { waits } }));
  if (!waits.length) return;
  await Promise.race([Promise.allSettled(waits), new Promise((done) => { setTimeout(done, SAVING); })]);
}
