// The browser's one outbox and its sender, shared by every conversation in the page.

import { post } from "./net.js";
import { Memory, Outbox, PREFIX } from "./outbox.js";
import { Sender } from "./sender.js";
import { fill } from "./text.js";

export const DRAFT = "vardlots.draft|";

/**
 * Where half-written messages are kept. Staff's survive a crash of the browser and are gone when they sign out; a
 * patient may sit at anybody's computer, so theirs end with the tab.
 */
export const drafts = () => reachable(() => (document.body.dataset.live === "staff" ? localStorage : sessionStorage));
const WHO = "vardlots.who";

/** Who is signed in, as the page says it; changes when somebody else signs in on the same machine. */
const who = document.body.dataset.actor ?? "";

export const outbox = new Outbox(reachable(() => localStorage), who);

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
  forgetOthers();
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
    else forget();
  });
}

/** @param {HTMLFormElement} form */
const isSignOut = (form) => form.dataset.signOut !== undefined || /\/sign-out$/.test(form.getAttribute("action") ?? "");

/** Everything unsent and half-written goes: signed out. */
export function forget() {
  outbox.clear();
  for (const kept of [reachable(() => localStorage), reachable(() => sessionStorage)]) {
    for (let index = kept.length - 1; index >= 0; index--) {
      const name = kept.key(index);
      if (name?.startsWith(DRAFT)) kept.removeItem(name);
    }
  }
}

/** Drafts of somebody who used this browser before. */
function forgetOthers() {
  if (!who) return;
  const kept = [reachable(() => localStorage), reachable(() => sessionStorage)];
  if (kept.some((store) => (store.getItem(WHO) ?? who) !== who)) forget();
  try {
    for (const store of kept) store.setItem(WHO, who);
  } catch { /* full */ }
}

/**
 * @param {() => Storage} pick
 * @returns {import("./outbox.js").Store}
 */
export function reachable(pick) {
  try {
    const store = pick();
    store.getItem(PREFIX);
    return store;
  } catch {
    return new Memory();
  }
}
