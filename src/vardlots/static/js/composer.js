// The box a message is written in: `<form data-composer>`. Nothing that is typed is lost.

import { chatOf } from "./chat.js";
import { drafts, outbox, sender, whenRefused } from "./mail.js";
import { stoppedTyping, tellTyping } from "./presence.js";
import { fill, freshKey } from "./text.js";
import { each, on } from "./watch.js";

const COMPOSER = "form[data-composer]";
const MOST_ROWS = 8;
const SOON = 150; // ms until a draft is in the store

/**
 * Fetched with the first file: most messages have none.
 * @type {Promise<typeof import("./attachments.js")> | null}
 */
let files = null;
const filesReady = () => (files ??= import("./attachments.js"));

/**
 * @param {HTMLElement} form
 * @param {File[]} chosen
 */
async function attach(form, chosen) {
  try {
    (await filesReady()).attach(/** @type {HTMLFormElement} */ (form), baseOf(form), chosen);
  } catch {
    files = null;
    const name = chosen.map((file) => file.name).join(", ");
    complain(/** @type {HTMLFormElement} */ (form), fill(form.dataset.textFileFailed, { name }));
  }
}

/** Brings every composer of the page to life. */
export function startComposers() {
  each(COMPOSER, (form) => restore(/** @type {HTMLFormElement} */ (form)));
  on("submit", COMPOSER, (form, event) => {
    event.preventDefault();
    submit(/** @type {HTMLFormElement} */ (form));
  });
  on("keydown", `${COMPOSER} textarea`, (box, event) => pressed(/** @type {HTMLTextAreaElement} */ (box), event));
  on("input", `${COMPOSER} textarea`, (box) => typed(/** @type {HTMLTextAreaElement} */ (box)));
  on("mousedown", `${COMPOSER} [type=submit]`, (button, event) => {
    // A phone's keyboard stays up when one sends.
    const form = button.closest("form");
    if (document.activeElement instanceof HTMLTextAreaElement && form?.contains(document.activeElement)) event.preventDefault();
  });
  on("change", `${COMPOSER} input[type=file]`, (input) => takeFiles(/** @type {HTMLInputElement} */ (input)));
  on("paste", COMPOSER, (form, event) => {
    const pasted = [...(event.clipboardData?.files ?? [])];
    if (!pasted.length) return;
    event.preventDefault();
    attach(form, pasted);
  });
  document.addEventListener("dragover", (event) => {
    const form = event.dataTransfer?.types.includes("Files") ? composerNear(event.target) : null;
    if (form) event.preventDefault();
    over(form);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) over(null); });
  document.addEventListener("drop", (event) => {
    over(null);
    const form = composerNear(event.target);
    const dropped = [...(event.dataTransfer?.files ?? [])];
    if (!form || !dropped.length) return;
    event.preventDefault();
    attach(form, dropped);
  });
  window.addEventListener("pagehide", keepDrafts);
  document.addEventListener("visibilitychange", keepDrafts);
  whenRefused.add((item, words) => {
    const form = composerFor(item.base);
    if (form) takeBack(form, item, words);
    return form !== null;
  });
}

/**
 * Shows which box a file that is held over the page would land in.
 * @param {HTMLElement | null} form
 */
function over(form) {
  for (const one of document.querySelectorAll(`${COMPOSER}[data-over]`)) if (one !== form) one.removeAttribute("data-over");
  form?.setAttribute("data-over", "");
}

/** @param {HTMLElement} form */
export function baseOf(form) {
  return form.dataset.chatFor ?? (form.getAttribute("action") ?? "").replace(/\/messages$/, "");
}

/** @param {HTMLInputElement} field */
function takeFiles(field) {
  if (!field.form || !field.files?.length) return;
  attach(field.form, [...field.files]);
  field.value = "";
}

/** @param {HTMLFormElement} form */
async function submit(form) {
  const base = baseOf(form);
  const box = form.querySelector("textarea");
  if (!box || form.dataset.sending !== undefined) return;
  // The text stays in its box until the files are up.
  form.dataset.sending = "";
  const attached = await files?.catch(() => null);
  if (attached?.hasUploads(base)) await attached.settled(base);
  delete form.dataset.sending;
  if (attached?.hasFailed(base)) return;
  const text = box.value.trim();
  const attachments = attached?.takeAttached(base) ?? [];
  if (!text && !attachments.length) return;
  const item = outbox.add({ key: freshKey(), base, text, attachments });
  fillBox(box, "");
  // While the files went up somebody may have been in another visit and come back to a box of the same words.
  const again = form.isConnected ? null : composerFor(base)?.querySelector("textarea");
  if (again?.value.trim() === text) fillBox(again, "");
  complain(form, "");
  stoppedTyping(base);
  chatOf(base)?.showWaiting(item);
  sender.kick(base);
}

/**
 * @param {HTMLTextAreaElement} box
 * @param {KeyboardEvent} event
 */
function pressed(box, event) {
  if (event.key !== "Enter" || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.isComposing || event.keyCode === 229 || event.defaultPrevented) return;
  if (matchMedia("(hover: none) and (pointer: coarse)").matches) return;
  event.preventDefault();
  if (!event.repeat) box.form?.requestSubmit();
}

/** @param {HTMLTextAreaElement} box */
function typed(box) {
  if (!box.form) return;
  keepDraft(baseOf(box.form), box.value);
  grow(box);
  if (box.value.trim()) tellTyping(baseOf(box.form));
}

/** @param {HTMLFormElement} form */
function restore(form) {
  const base = baseOf(form);
  const box = form.querySelector("textarea");
  if (!box) return;
  keepDrafts();
  const draft = drafts.get(base);
  if (draft && !box.value) fillBox(box, draft);
  else if (box.value) keepDraft(base, box.value);
  files?.then((ready) => ready.redraw(form, base), () => {});
  // Files that were chosen before we were here.
  for (const field of form.querySelectorAll("input[type=file]")) takeFiles(/** @type {HTMLInputElement} */ (field));
  for (const item of outbox.list(base)) {
    if (item.refused === undefined) continue;
    outbox.remove(item);
    takeBack(form, item, item.refused);
  }
  grow(box);
}

/**
 * A message that was refused: its text, its files and the reason come back.
 * @param {HTMLFormElement} form
 * @param {import("./outbox.js").Item} item
 * @param {string} words
 */
function takeBack(form, item, words) {
  const box = form.querySelector("textarea");
  if (!box) return;
  chatOf(item.base)?.dropWaiting(item.key);
  fillBox(box, [item.text, box.value].filter(Boolean).join("\n"));
  if (item.attachments.length) filesReady().then((ready) => ready.giveBack(form, item.base, item.attachments), () => {});
  complain(form, words || (form.dataset.textRefused ?? ""));
}

/**
 * @param {HTMLFormElement} form
 * @param {string} words
 */
function complain(form, words) {
  let place = form.querySelector("[data-composer-error]");
  if (!place) {
    if (!words) return;
    place = document.createElement("p");
    place.className = "field-error";
    place.setAttribute("role", "alert");
    place.setAttribute("data-composer-error", "");
    form.prepend(place);
  }
  place.textContent = words;
  if (place instanceof HTMLElement) place.hidden = !words;
}

/**
 * @param {HTMLTextAreaElement} box
 * @param {string} text
 */
function fillBox(box, text) {
  box.value = text;
  if (box.form) keepDraft(baseOf(box.form), text);
  grow(box);
}

/** @type {Map<string, string>} what is written but not yet in the store, by base */
const unkept = new Map();
let keeping = 0;

/**
 * Keeps what is written. The store is slow to write to, so a key does not wait for it.
 * @param {string} base
 * @param {string} text
 */
function keepDraft(base, text) {
  unkept.set(base, text);
  if (text) keeping ||= window.setTimeout(keepDrafts, SOON);
  else keepDrafts();
}

function keepDrafts() {
  clearTimeout(keeping);
  keeping = 0;
  for (const [base, text] of unkept) drafts.set(base, text);
  unkept.clear();
}

/**
 * As many rows as the text needs.
 * @param {HTMLTextAreaElement} box
 */
function grow(box) {
  if (CSS.supports("field-sizing", "content") && getComputedStyle(box).getPropertyValue("field-sizing") === "content") return;
  box.rows = 1;
  const style = getComputedStyle(box);
  const line = Number.parseFloat(style.lineHeight) || 1.4 * Number.parseFloat(style.fontSize);
  const inner = box.scrollHeight - Number.parseFloat(style.paddingTop) - Number.parseFloat(style.paddingBottom);
  box.rows = Math.min(MOST_ROWS, Math.max(1, Math.round(inner / line)));
}

/**
 * @param {string} base
 * @returns {HTMLFormElement | null}
 */
function composerFor(base) {
  const forms = [...document.querySelectorAll(COMPOSER)].filter((form) => form instanceof HTMLFormElement);
  return forms.find((form) => baseOf(form) === base) ?? null;
}

/**
 * The composer of the conversation that something was dropped on.
 * @param {EventTarget | null} target
 * @returns {HTMLFormElement | null}
 */
function composerNear(target) {
  for (let at = target instanceof Element ? target : null; at; at = at.parentElement) {
    const form = at.matches(COMPOSER) ? at : at.querySelector(COMPOSER);
    if (form instanceof HTMLFormElement) return form;
  }
  return null;
}
