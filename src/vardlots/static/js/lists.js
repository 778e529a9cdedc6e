// Lists that change by themselves without moving under anybody's hand: `[data-list]` within what htmx redraws.

import { arrange, farewell, keepSelected } from "./rows.js";
import { number } from "./text.js";
import { each } from "./watch.js";

const LIST = "[data-list][id], [data-queue][id]";
const IDLE = 4_000;
const FRESH = 4_000;
const LEAVING = "[data-leaving], .is-taken";

/** @typedef {{ touched: number, inside: boolean, wanted: string[] | null, leaving: Map<string, number>, timer: number, release: number }} Hold */
/** @type {Map<string, Hold>} by the list's id, because a swap may replace the element */
const holds = new Map();

/** Takes part in every swap that htmx makes of a list. */
export function startLists() {
  each(LIST, watchList);
  document.addEventListener("htmx:before:swap", (event) => {
    const detail = /** @type {CustomEvent} */ (event).detail;
    const tasks = /** @type {{ fragment?: DocumentFragment }[]} */ (detail.tasks ?? []);
    for (const { fragment } of tasks) if (fragment) prepare(fragment);
  });
  document.addEventListener("htmx:after:swap", () => { for (const list of document.querySelectorAll(LIST)) sendOff(list); });
}

/** @param {HTMLElement} list */
function watchList(list) {
  const hold = holdOf(list);
  const touch = () => {
    hold.touched = Date.now();
    hold.inside = true;
    planRelease(list.id);
  };
  const leave = () => {
    hold.inside = list.matches(":hover") || list.contains(document.activeElement);
    if (!hold.inside) planRelease(list.id);
  };
  for (const name of ["pointermove", "pointerdown", "focusin", "keydown", "wheel"]) list.addEventListener(name, touch, { passive: true });
  list.addEventListener("pointerleave", leave);
  list.addEventListener("focusout", () => window.setTimeout(leave));
  sendOff(list);
}

/** @param {Element} list */
function holdOf(list) {
  const hold = holds.get(list.id) ?? { touched: 0, inside: false, wanted: null, leaving: new Map(), timer: 0, release: 0 };
  holds.set(list.id, hold);
  return hold;
}

/** @param {Hold} hold */
const isHeld = (hold) => hold.inside && Date.now() - hold.touched < IDLE;

/**
 * @param {ParentNode} list
 * @returns {HTMLElement[]}
 */
const rowsOf = (list) => [...list.children].filter((row) => row instanceof HTMLElement).filter((row) => row.matches("[data-row][id]"));

/**
 * Makes the new rows fit what is on the page before htmx morphs them in.
 * @param {DocumentFragment} fragment
 */
function prepare(fragment) {
  for (const coming of fragment.querySelectorAll(LIST)) {
    const list = document.getElementById(coming.id);
    if (!list) continue;
    const hold = holdOf(list);
    dropLeaving(coming, hold);
    const shown = rowsOf(list);
    const rows = new Map(rowsOf(coming).map((row) => [row.id, row]));
    const before = shown.map((row) => row.id);
    const { order, gone, fresh, settled } = arrange(before, [...rows.keys()], isHeld(hold));
    hold.wanted = settled ? null : [...rows.keys()];
    for (const id of fresh) markFresh(rows.get(id), before.length > 0);
    for (const row of shown) {
      const next = rows.get(row.id);
      if (next && row.classList.contains("is-new")) next.classList.add("is-new");
    }
    if (!settled) keepGone(shown, gone, rows);
    keepSelection(shown, rows, order);
    coming.prepend(...order.flatMap((id) => rows.get(id) ?? []));
    if (!settled) planRelease(list.id);
  }
}

/**
 * A row that is gone keeps its place, pale and without deeds, until the list is let go.
 * @param {HTMLElement[]} shown
 * @param {string[]} gone
 * @param {Map<string, HTMLElement>} rows
 */
function keepGone(shown, gone, rows) {
  for (const row of shown) {
    if (!gone.includes(row.id)) continue;
    const stay = /** @type {HTMLElement} */ (row.cloneNode(true));
    stay.classList.add("is-gone");
    stay.dataset.gone = "";
    for (const deed of stay.querySelectorAll("form, button")) deed.remove();
    rows.set(row.id, stay);
  }
}

/**
 * @param {HTMLElement[]} shown
 * @param {Map<string, HTMLElement>} rows
 * @param {string[]} order
 */
function keepSelection(shown, rows, order) {
  const selected = shown.find((row) => row.getAttribute("aria-selected") === "true")?.id ?? null;
  const kept = keepSelected(shown.map((row) => row.id), order, selected);
  if (kept === null) return;
  for (const row of rows.values()) row.removeAttribute("aria-selected");
  rows.get(kept)?.setAttribute("aria-selected", "true");
}

/**
 * @param {HTMLElement | undefined} row
 * @param {boolean} tint
 */
function markFresh(row, tint) {
  if (!row || !tint) return;
  row.classList.add("is-new");
  const { id } = row;
  window.setTimeout(() => document.getElementById(id)?.classList.remove("is-new"), FRESH);
}

/**
 * @param {Element} coming
 * @param {Hold} hold
 */
function dropLeaving(coming, hold) {
  const leaving = rowsOf(coming).filter((row) => row.matches(LEAVING)).map((row) => row.id);
  const { drop } = farewell(hold.leaving, leaving, Date.now(), FRESH);
  if (isHeld(hold)) return;
  for (const row of rowsOf(coming)) if (drop.includes(row.id)) row.remove();
}

/**
 * Rows that somebody took go after a while.
 * @param {Element} list
 */
function sendOff(list) {
  const hold = holdOf(list);
  const leaving = rowsOf(list).filter((row) => row.matches(LEAVING));
  const { drop, next } = farewell(hold.leaving, leaving.map((row) => row.id), Date.now(), FRESH);
  clearTimeout(hold.timer);
  if (drop.length && isHeld(hold)) planRelease(list.id);
  else if (drop.length) {
    for (const row of leaving) if (drop.includes(row.id)) row.remove();
    if (!rowsOf(list).length) lookAgain(list);
  }
  if (next !== null) hold.timer = window.setTimeout(() => again(list.id), next + 20);
}

/** @param {string} id */
function again(id) {
  const list = document.getElementById(id);
  if (list) sendOff(list);
}

/** @param {string} id */
function planRelease(id) {
  const hold = holds.get(id);
  if (!hold) return;
  clearTimeout(hold.release);
  const wait = hold.inside ? Math.max(0, hold.touched + IDLE - Date.now()) + 20 : 150;
  hold.release = window.setTimeout(() => release(id), wait);
}

/** Nobody's hand is there any more: the rows take their places. @param {string} id */
function release(id) {
  const list = document.getElementById(id);
  const hold = holds.get(id);
  if (!list || !hold) return;
  if (isHeld(hold)) {
    planRelease(id);
    return;
  }
  if (hold.wanted) {
    const rows = new Map(rowsOf(list).map((row) => [row.id, row]));
    for (const row of rows.values()) if (row.dataset.gone !== undefined) row.remove();
    reorder(list, hold.wanted.flatMap((wanted) => rows.get(wanted) ?? []));
    hold.wanted = null;
    if (!rowsOf(list).length) lookAgain(list);
  }
  sendOff(list);
}

/**
 * Moves as few rows as needed: the focused one is left in place, so that it keeps its focus.
 * @param {Element} list
 * @param {HTMLElement[]} rows
 */
function reorder(list, rows) {
  const focused = document.activeElement;
  const y = focused instanceof HTMLElement && list.contains(focused) ? focused.getBoundingClientRect().top : null;
  let at = list.firstElementChild;
  for (const row of rows) {
    if (row === at) at = at.nextElementSibling;
    else move(list, row, at);
  }
  if (y !== null && focused instanceof HTMLElement && document.activeElement !== focused) focused.focus({ preventScroll: true });
}

/**
 * @param {Element} list
 * @param {HTMLElement} row
 * @param {Element | null} before
 */
function move(list, row, before) {
  if ("moveBefore" in list) /** @type {any} */ (list).moveBefore(row, before);
  else list.insertBefore(row, before);
}

/** Asks the server for the list as it is now. @param {Element} list */
export function lookAgain(list) {
  const source = list.closest("[data-topic]");
  const [topic] = (source?.getAttribute("data-topic") ?? "").split(/\s+/);
  source?.dispatchEvent(new CustomEvent("live", { bubbles: true, detail: { topic, number: 0, moved: { [topic ?? ""]: 0 }, gap: false } }));
}

/** Counts that a redrawn part brings with it: `data-counts="drop_in=18 mine=3"` fills every `[data-count="drop_in"]`. */
export function startCounts() {
  each("[data-counts]", (source) => {
    showCounts(source);
    new MutationObserver(() => showCounts(source)).observe(source, { attributes: true, attributeFilter: ["data-counts"] });
  });
}

/** @param {HTMLElement} source */
function showCounts(source) {
  for (const part of (source.dataset.counts ?? "").split(/\s+/).filter(Boolean)) {
    const [name = "", raw] = part.split("=");
    const n = number(raw);
    for (const place of document.querySelectorAll(`[data-count="${CSS.escape(name)}"]`)) {
      if (place.textContent !== String(n)) place.textContent = String(n);
      if (place instanceof HTMLElement) place.hidden = n === 0 && place.dataset.keepZero === undefined;
    }
  }
}
