// Forms that are sent once, keep what was typed, and lead to what needs changing.

import { elements, post } from "./net.js";
import { htmx } from "./swaps.js";
import { each } from "./watch.js";

const PATIENCE = 10_000;

/** Guards every form that posts, and sends those marked `data-enhance` without leaving the page. */
export function startForms() {
  document.addEventListener("submit", guard, true);
  document.addEventListener("submit", enhance);
  document.addEventListener("htmx:finally:request", () => freeAll());
  window.addEventListener("pageshow", (event) => { if (event.persisted) freeAll(); });
  each("[data-focus]", (summary) => summary.focus());
}

/** @param {SubmitEvent} event */
function guard(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.method !== "post" || form.dataset.composer !== undefined) return;
  if (form.dataset.busy !== undefined) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.busy = "";
  event.submitter?.setAttribute("aria-disabled", "true");
  // Somebody thought better of it.
  window.setTimeout(() => {
    if (event.defaultPrevented && form.dataset.enhance === undefined && !form.matches("[hx-post]")) free(form);
  });
  // A download leaves the page in place.
  window.setTimeout(() => free(form), PATIENCE);
}

/** @param {HTMLFormElement} form */
function free(form) {
  delete form.dataset.busy;
  for (const button of document.querySelectorAll("[aria-disabled=true][type=submit]")) {
    if (button instanceof HTMLButtonElement && button.form === form) button.removeAttribute("aria-disabled");
  }
}

function freeAll() {
  for (const form of document.querySelectorAll("form[data-busy]")) if (form instanceof HTMLFormElement) free(form);
}

/** @param {SubmitEvent} event */
async function enhance(event) {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || form.dataset.enhance === undefined || event.defaultPrevented) return;
  event.preventDefault();
  const fields = new FormData(form, event.submitter);
  const url = event.submitter?.getAttribute("formaction") ?? form.action;
  const answer = await post(url, fields, { accept: "text/html", fragment: true });
  free(form);
  tell(form, "");
  const onward = answer.headers.get("hx-redirect") ?? answer.headers.get("hx-location") ?? answer.moved;
  if (onward) location.assign(onward);
  else if (answer.headers.get("hx-refresh") === "true") location.reload();
  else if (answer.kind === "out") return; // signed-out.js says it
  else if (answer.status === 0) tell(form, form.dataset.textLost ?? document.body.dataset.lost ?? "");
  else if (answer.text.trim()) await replace(form, answer.text);
  if (answer.kind === "done" && !onward) form.closest("dialog")?.close();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} html
 */
async function replace(form, html) {
  const target = (form.dataset.target && document.querySelector(form.dataset.target)) || form;
  const [root] = elements(html);
  const same = root !== undefined && root.id === target.id && root.tagName === target.tagName;
  const library = htmx();
  // A refusal that is not the form itself stands in it: what was typed stays.
  if (!same && target === form) statusOf(form).replaceChildren(...elements(html));
  else if (library) await library.swap({ text: html, target, swap: same ? "outerMorph" : "innerMorph", sourceElement: target });
  else if (same) target.replaceWith(root);
  else target.replaceChildren(...elements(html));
  const summary = document.querySelector("[data-focus]");
  if (summary instanceof HTMLElement) summary.focus();
}

/**
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function tell(form, words) {
  if (words || form.querySelector("[data-form-status]")) statusOf(form).textContent = words;
}

/** @param {HTMLFormElement} form */
function statusOf(form) {
  const found = form.querySelector("[data-form-status]");
  if (found) return found;
  const made = document.createElement("div");
  made.className = "field-error";
  made.dataset.formStatus = "";
  made.setAttribute("role", "alert");
  form.append(made);
  return made;
}
