// Administration: what is typed is kept as a draft while it is typed, and the page says what follows from it.

import { startTable } from "./admin-fields.js";
import { elements, get, token } from "./net.js";
import { each } from "./watch.js";

const QUIET = 700;
const LONGEST = 4_000;
const LIMIT = 15_000;

class Draft {
  #timer = 0;
  #since = 0;
  #saving = false;
  #leaving = false;
  /** @type {(() => void) | null} */
  #after = null;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.url = new URL(form.action).pathname;
    this.asked = new URL(form.action).search;
    const outside = document.querySelectorAll("[form='edit-form']");
    for (const place of [form, ...outside]) {
      place.addEventListener("input", () => this.#changed());
      place.addEventListener("change", () => this.#changed());
    }
    document.addEventListener("submit", (event) => this.#submitted(event), true);
    form.addEventListener("live", () => this.#look());
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.#since) this.#save(true); });
    window.addEventListener("online", () => { if (this.#since) this.#save(); });
    window.addEventListener("beforeunload", (event) => {
      if ((this.#since || this.#saving) && !this.#leaving && form.isConnected) event.preventDefault();
    });
  }

  #changed() {
    this.#since ||= Date.now();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#save(), Date.now() - this.#since > LONGEST ? 0 : QUIET);
  }

  /**
   * Our own save must not come after the one that a button makes: it would be a draft of what is saved already.
   * @param {SubmitEvent} event
   */
  #submitted(event) {
    const form = event.target;
    const button = event.submitter;
    if (!(form instanceof HTMLFormElement) || !["edit-form", "drop-form"].includes(form.id)) return;
    clearTimeout(this.#timer);
    if (this.#saving) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#after = () => form.requestSubmit(button);
      return;
    }
    if (button instanceof HTMLElement && button.dataset.rowDeed !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      this.#moveRow(/** @type {HTMLButtonElement} */ (button));
      return;
    }
    this.#leaving = true;
    window.setTimeout(() => { this.#leaving = false; }, LIMIT);
  }

  /** @param {boolean} [last] the page may go away before the answer comes */
  async #save(last = false) {
    if (this.#saving || this.#leaving || !this.form.isConnected) return;
    clearTimeout(this.#timer);
    this.#saving = true;
    const since = this.#since;
    this.#since = 0;
    const answer = await send(`${this.url}/draft${this.asked}`, new FormData(this.form), last);
    this.#saving = false;
    if (answer.ok) showParts(answer.text);
    else {
      this.#since = since || Date.now();
      this.#tell(this.form.dataset.textLost ?? "");
      if (answer.again) this.#timer = window.setTimeout(() => this.#save(), LONGEST);
    }
    const go = this.#after;
    this.#after = null;
    if (go) go();
    else if (answer.ok && this.#since) this.#changed();
  }

  /** @param {HTMLButtonElement} button */
  async #moveRow(button) {
    this.#saving = true;
    const fields = new FormData(this.form, button);
    const deed = button.value;
    const answer = await send(this.form.action, fields, false);
    this.#saving = false;
    const page = answer.ok ? elements(answer.text) : [];
    const fresh = page.map((one) => one.querySelector("#edit-form")).find(Boolean)
      ?? page.find((one) => one.id === "edit-form");
    if (!(fresh instanceof HTMLElement)) {
      this.#tell(this.form.dataset.textLost ?? "");
      return;
    }
    this.#since = 0;
    // The form itself stays, with everything that listens to it: only what stands in it is new.
    this.form.replaceChildren(...fresh.childNodes);
    focusAfter(deed);
    this.#look();
  }

  /** Somebody has saved, or begun to change: look at what follows, unless our own words are on their way. */
  async #look() {
    if (this.#saving || this.#since) return;
    const base = this.form.querySelector("input[name=base]");
    const drawn = base instanceof HTMLInputElement ? base.value : "0";
    const answer = await get(`${this.url}/parts?base=${encodeURIComponent(drawn)}${this.asked.replace("?", "&")}`);
    if (answer.kind === "done" && !this.#since) showParts(answer.text);
  }

  /** @param {string} words */
  #tell(words) {
    const line = document.getElementById("admin-foot-line");
    if (line && words) line.textContent = words;
  }
}

/**
 * @param {string} url
 * @param {FormData} fields
 * @param {boolean} keepalive
 */
async function send(url, fields, keepalive) {
  const stop = new AbortController();
  const timer = window.setTimeout(() => stop.abort(), LIMIT);
  try {
    const response = await fetch(url, {
      method: "POST", body: fields, keepalive, signal: stop.signal, credentials: "same-origin",
      headers: { accept: "text/html", "x-csrf-token": token(), "hx-request": "true" },
    });
    const text = await response.text();
    // A sign-in page in answer to a draft is no draft.
    const ok = response.ok && !new URL(response.url).pathname.includes("sign-in");
    return { ok, again: response.status >= 500 || response.status === 429, text };
  } catch {
    return { ok: false, again: true, text: "" };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Each part takes its place; an open or focused one keeps the focus.
 * @param {string} html
 */
function showParts(html) {
  for (const part of elements(html)) {
    const old = document.getElementById(part.id);
    if (!old || old.outerHTML === part.outerHTML) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement?.id : "";
    if (old.contains(document.activeElement) && !focused && old.id !== "admin-preview") continue;
    old.replaceWith(part);
    if (focused) document.getElementById(focused)?.focus();
  }
}

/** @param {string} deed `up:rows.2` */
function focusAfter(deed) {
  const [verb, path = ""] = deed.split(":");
  const parts = path.split(".");
  const at = Number(parts.at(-1));
  const table = parts.slice(0, -1).join(".");
  const moved = verb === "up" ? at - 1 : at + 1;
  const wanted = verb === "add" ? null
    : verb === "remove" ? document.querySelector(`[name=do][value="remove:${CSS.escape(table)}.${Math.max(0, at - 1)}"]`)
      : document.querySelector(`[name=do][value="${verb}:${CSS.escape(table)}.${moved}"], [name=do][value="remove:${CSS.escape(table)}.${moved}"]`);
  const added = verb === "add" ? document.getElementById(`f-${path.replaceAll(".", "-")}`) : null;
  const rows = added?.querySelectorAll(":scope tbody > tr, :scope > .row-cards > li");
  const field = rows?.length ? rows[rows.length - 1]?.querySelector("input:not([type=hidden]), select, textarea") : null;
  const target = wanted ?? field ?? document.querySelector(`[name=do][value="add:${CSS.escape(table || path)}"]`);
  if (target instanceof HTMLElement) target.focus();
}

/** @param {HTMLFormElement} form */
function searchAsTyped(form) {
  const field = form.querySelector("input[type=search]");
  const place = form.dataset.listSearch ?? "";
  let timer = 0;
  let asked = 0;
  field?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = window.setTimeout(async () => {
      const turn = ++asked;
      const answer = await send(form.action, new FormData(form), false);
      const rows = answer.ok ? elements(answer.text).find((one) => `#${one.id}` === place) : null;
      if (rows && turn === asked) document.querySelector(place)?.replaceWith(rows);
    }, 200);
  });
}


document.documentElement.classList.add("has-script");
each("form[data-edit]", (form) => new Draft(/** @type {HTMLFormElement} */ (form)));
each("form[data-list-search]", (form) => searchAsTyped(/** @type {HTMLFormElement} */ (form)));
startTable();
