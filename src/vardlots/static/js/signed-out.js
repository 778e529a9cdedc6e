// Somebody's session has ended while they wrote: the page says so, and what they typed is there when they are back.

import { Drafts } from "./drafts.js";
import { reachable } from "./outbox.js";
import { putBack, typedIn } from "./typed.js";

/** @typedef {{ path: string, action: string, fields: import("./typed.js").Typed[] }} Form */

const TYPED = "vardlots.typed|";
/** What was sent last, until a page says how it went. */
const SENT = "vardlots.sent";
const BANNER = "signed-out";

const who = document.body.dataset.actor ?? "";
const store = reachable(() => sessionStorage);
const typed = new Drafts(store, who, TYPED);
let out = false;

/** Hears when an answer says that nobody is signed in, and gives back what was typed before. */
export function startSignedOut() {
  document.addEventListener("signed-out", leave);
  document.addEventListener("signed-out-by-choice", () => forget());
  document.addEventListener("submit", (event) => {
    if (event.target instanceof HTMLFormElement) keepSent(event.target);
  }, true);
  window.addEventListener("pagehide", () => { if (out) keepAll(); });
  const refused = document.querySelector("[data-out-page]");
  if (refused instanceof HTMLElement) return meetRefusal(refused);
  if (!who) return;
  store.removeItem(SENT);
  typed.forgetOthers();
  // Not before what listens to the fields has come.
  window.setTimeout(giveBack, 0);
}

/** Nothing that was typed stays behind. */
export function forget() {
  new Drafts(store, who, TYPED).clear();
  store.removeItem(SENT);
}

function leave() {
  keepAll();
  // Closed with a dialog, it would be seen no more.
  if (!out) document.addEventListener("close", show, true);
  out = true;
  show();
}

/** Says it where it can be seen and reached: nothing can beneath an open dialog. */
function show() {
  const place = document.querySelector("dialog:modal") ?? document.body;
  const banner = document.getElementById(BANNER) ?? drawn();
  if (banner.parentElement !== place) place.append(banner);
}

function drawn() {
  const { out: words = "", outLink = "" } = document.body.dataset;
  const banner = document.createElement("div");
  banner.id = BANNER;
  banner.className = "banner signed-out";
  banner.setAttribute("role", "alert");
  const said = document.createElement("b");
  said.textContent = words;
  const link = document.createElement("a");
  link.className = "btn btn-main";
  link.href = signIn(here());
  link.textContent = outLink;
  link.addEventListener("click", () => {
    keepAll();
    // Nothing asks whether one will leave what is kept.
    document.body.dataset.typedKept = "";
  });
  banner.append(said, link);
  return banner;
}

/** Every form that has been written in. A conversation's own box keeps itself (composer.js). */
function keepAll() {
  const forms = [...document.querySelectorAll("form[method=post]:not([data-composer])")];
  const kept = forms.flatMap((form) => (form instanceof HTMLFormElement ? written(form) : []));
  typed.set(here(), kept.length ? JSON.stringify(kept) : "");
}

/** @param {HTMLFormElement} form */
function keepSent(form) {
  if (form.method !== "post" || form.dataset.composer !== undefined || !who) return;
  try {
    store.setItem(SENT, JSON.stringify({ who, at: here(), forms: written(form) }));
  } catch { /* full */ }
}

/**
 * @param {HTMLFormElement} form
 * @returns {Form[]}
 */
function written(form) {
  const fields = typedIn(/** @type {Iterable<any>} */ (form.elements));
  return fields.length ? [{ path: location.pathname, action: form.getAttribute("action") ?? "", fields }] : [];
}

/**
 * The page that came instead of an answer: what was sent waits for its writer, and the way in leads back to it.
 * @param {HTMLElement} words
 */
function meetRefusal(words) {
  /** @type {{ who: string, at: string, forms: Form[] } | null} */
  const sent = JSON.parse(store.getItem(SENT) ?? "null");
  store.removeItem(SENT);
  if (!sent) return;
  if (sent.forms.length) {
    new Drafts(store, sent.who, TYPED).set(sent.at, JSON.stringify(sent.forms));
    words.hidden = false;
  }
  for (const link of document.querySelectorAll("a[href$='/sign-in']")) link.setAttribute("href", signIn(sent.at));
}

function giveBack() {
  const kept = typed.get(here());
  if (!kept) return;
  typed.set(here(), "");
  for (const { action, fields } of /** @type {Form[]} */ (JSON.parse(kept))) {
    const form = [...document.forms].find((one) => (one.getAttribute("action") ?? "") === action);
    if (!form) continue;
    const changed = putBack(/** @type {Iterable<any>} */ (form.elements), fields);
    for (const field of changed) for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    const dialog = form.closest("dialog");
    if (changed.length && dialog && !dialog.open) dialog.showModal();
  }
}

const here = () => location.pathname + location.search;

/** @param {string} next */
function signIn(next) {
  const place = next.startsWith("/staff") ? "/staff/sign-in" : "/sign-in";
  return `${place}?next=${encodeURIComponent(next)}`;
}
