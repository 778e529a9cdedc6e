// The browser's one outbox and its sender, shared by every conversation in the page.

import { Drafts } from "./drafts.js";
import { post } from "./net.js";
import { Outbox, reachable } from "./outbox.js";
import { Sender } from "./sender.js";
import { fill } from "./text.js";

/** Who is signed in, as the page says it; changes when somebody else signs in on the same machine. */
const who = document.body.dataset.actor ?? "";

const tab = reachable(() => sessionStorage);
const browser = reachable(() => localStorage);

/**
 * Half-written messages, by conversation. Staff's survive a crash of the browser and are gone when they sign out or
 * somebody else signs in; a patient may sit at anybody's computer, so theirs end with the tab.
 */
export const drafts = new Drafts(document.body.dataset.live === "staff" ? browser : tab, who);
const everywhere = [tab, browser].map((store) => new Drafts(store, who));

export const outbox = new Outbox(browser, who);

/** @type {Set<(item: import("./outbox.js").Item, answer: import("./net.js").Answer) => void>} */
export const whenSent = new Set();
/** @type {Set<(item: import("./outbox.js").Item, words: string) => boolean>} */
export const whenRefused = new Set();
/** @type {Map<string, Set<string>>} keys on their way, by case */
const flying = new Map();

export const sender = new Sender(outbox, {
  async post(item) {
    const form = new FormData();
    form.set("text", item.text);
    form.set("key", item.key);
    for (const { id } of item.attachments) form.append("attachments", id);
    const keys = flying.get(item.base) ?? new Set();
    flying.set(item.base, keys.add(item.key));
    const answer = await post(`${item.base}/messages`, form);
    keys.delete(item.key);
    return answer;
  },
  onSent: (item, answer) => whenSent.forEach((tell) => tell(item, answer)),
  onRefused: (item, words) => [...whenRefused].some((take) => take(item, words)),
  onOut: () => {},
});

/**
 * Whether a message of ours is between here and the server.
 * @param {string} base
 */
export const isFlying = (base) => (flying.get(base)?.size ?? 0) > 0;

/** Begins to send what was left from before, and again whenever there is reason to hope. */
export function startMail() {
  for (const kept of everywhere) kept.forgetOthers();
  // The page after signing out: not before, for whoever is asked about their shift first may go on working.
  if (document.querySelector("[data-signed-out]")) {
    forget();
    document.dispatchEvent(new CustomEvent("signed-out-by-choice"));
  }
  sender.all();
  window.addEventListener("online", () => sender.all());
  window.addEventListener("pageshow", () => sender.all());
  document.addEventListener("live-state", () => sender.all());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) sender.all(); });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || event.defaultPrevented || !isSignOut(form)) return;
    const unsent = outbox.bases().reduce((sum, base) => sum + outbox.list(base).length, 0);
    const question = form.dataset.textUnsent;
    if (unsent && question && !window.confirm(fill(question, { n: unsent }))) event.preventDefault();
  });
}

/** @param {HTMLFormElement} form */
const isSignOut = (form) => form.dataset.signOut !== undefined || /\/sign-out$/.test(form.getAttribute("action") ?? "");

/** Everything unsent and half-written goes: signed out. */
export function forget() {
  outbox.clear();
  for (const kept of everywhere) kept.clear();
}
