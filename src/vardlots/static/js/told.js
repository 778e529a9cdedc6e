// The quiet line of a staff page: said once, put away without leaving the page, and shown by the browser where that has
// been asked for in the settings and nobody looks at the page.

import { post } from "./net.js";
import { say } from "./say.js";
import { each } from "./watch.js";

const SAID = "vardlots.told.said";
const MOST_SAID = 50;
/** Kept in this browser only: the permission is this browser's too. */
export const BROWSER = "vardlots.told.browser";
/** A tab in sight says it first, and then none that is hidden does. */
const LATER = 1_500;

/** Lets the line fetch itself once, and then whenever something concerns its reader. */
export function startTold() {
  each("form[data-told]", (form) => {
    if (form instanceof HTMLFormElement) meet(form);
  });
  const place = document.getElementById("told");
  // Not before htmx has looked at the page.
  if (place) window.setTimeout(() => place.dispatchEvent(new CustomEvent("live")), 0);
}

/** @param {HTMLFormElement} form one line */
function meet(form) {
  form.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!(button instanceof HTMLElement) || button.dataset.toldClose === undefined) return;
    event.preventDefault();
    void putAway(form);
  });
  const { told = "", toldText = "", toldCase = "" } = form.dataset;
  // In the visit itself it is plain to see.
  if (location.pathname === `/staff/cases/${toldCase}`) return form.remove();
  if (document.hidden) window.setTimeout(() => show(told, toldText), LATER);
  else if (isNew(told)) say(toldText);
}

/** @param {HTMLFormElement} form */
async function putAway(form) {
  const answer = await post(form.action, new FormData(form), { fragment: true });
  if (answer.kind === "refused" || answer.kind === "again") return;
  const had = form.contains(document.activeElement);
  form.remove();
  if (had) document.getElementById("main")?.focus();
}

/**
 * @param {string} id
 * @param {string} words
 */
function show(id, words) {
  if (!document.hidden || !isWanted() || !isNew(id)) return;
  const shown = new Notification(words, { tag: `vardlots-${id}` });
  shown.onclick = () => { window.focus(); shown.close(); };
}

/** Whether this browser may show them, and has been asked to. */
export function isWanted() {
  return "Notification" in window && Notification.permission === "granted" && kept(BROWSER) === "on";
}

/**
 * Whether no tab has told of it; from now on one has.
 * @param {string} id
 */
function isNew(id) {
  const said = (kept(SAID) ?? "").split(" ").filter(Boolean);
  if (said.includes(id)) return false;
  keep(SAID, [...said, id].slice(-MOST_SAID).join(" "));
  return true;
}

/**
 * @param {string} name
 * @returns {string | null}
 */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/**
 * @param {string} name
 * @param {string} value
 */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing tells again on the next page.
  }
}
