// A conversation that keeps itself up to date: `<ol data-chat>`. The rows are the server's own.

import { backoff } from "./backoff.js";
import { afterOwn, placements } from "./entries.js";
import { isFlying, outbox, whenSent } from "./mail.js";
import { thingsOf } from "./near.js";
import { elements, get, post } from "./net.js";
import { say } from "./say.js";
import { isAtEnd, onScroll, scrollerOf, staysAtEnd, toEnd, toPlace } from "./scroll.js";
import { fill, number } from "./text.js";
import { showOnline, showTyping } from "./presence.js";
import { each } from "./watch.js";

const DASHED_AFTER = 300; // a message that arrives at once never looks unsent
const OWN_PATIENCE = 1_500;
const PART = 100; // an answer with so many rows may not be all of them

/** @type {WeakMap<HTMLElement, Chat>} */
const chats = new WeakMap();

/**
 * Brings every conversation of the page to life.
 * @param {boolean} [late] the page has been open for a while: signals may have been missed
 */
export function startChats(late = false) {
  let missed = late;
  each("[data-chat]", (list) => {
    const chat = new Chat(list);
    chats.set(list, chat);
    if (missed) chat.fetch();
  });
  missed = true;
}

/**
 * The conversation with that base, if the page shows it.
 * @param {string} base
 */
export function chatOf(base) {
  const list = document.querySelector(`[data-chat][data-base="${CSS.escape(base)}"]`);
  return list instanceof HTMLElement ? chats.get(list) : undefined;
}

class Chat {
  #fetching = false;
  #again = false;
  #tries = 0;
  #over = false;
  #unseen = 0;
  #marked = 0;
  #marking = 0;
  #gone = new AbortController();

  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
    this.base = list.dataset.base ?? "";
    this.last = number(list.dataset.last);
    this.#marked = number(list.dataset.read);
    for (const item of outbox.list(this.base)) if (item.refused === undefined) this.showWaiting(item);
    if (!location.hash) toPlace(list);
    const { signal } = this.#gone;
    list.addEventListener("live", (event) => this.#hear(/** @type {CustomEvent} */ (event).detail));
    onScroll(list, () => this.#seen(), signal);
    staysAtEnd(list, signal);
    document.addEventListener("visibilitychange", () => this.#seen(), { signal });
    window.addEventListener("focus", () => this.#seen(), { signal });
    window.addEventListener("storage", () => this.#settleWaiting(), { signal });
    this.#button()?.addEventListener("click", () => {
      toEnd(this.scroller);
      this.#seen();
    });
    whenSent.add(this.#onSent);
    this.#seen();
  }

  /** The pane, or the page where the window is narrow. */
  get scroller() {
    return scrollerOf(this.list);
  }

  /** @param {import("./outbox.js").Item} item @param {import("./net.js").Answer} answer */
  #onSent = (item, answer) => {
    if (item.base === this.base && !this.#hasLeft()) this.#sent(item, answer);
  };

  /** Whether another visit stands where this one stood: it hears and tells nothing any more. */
  #hasLeft() {
    if (this.list.isConnected) return false;
    this.#over = true;
    this.#gone.abort();
    whenSent.delete(this.#onSent);
    return true;
  }

  /** @param {{ moved: Record<string, number> }} detail */
  #hear({ moved }) {
    const typing = Object.entries(moved).find(([topic]) => topic.startsWith("typing:"));
    if (typing) showTyping(this.base, typing[1], true);
    if (Object.keys(moved).some((topic) => !topic.startsWith("typing:"))) this.fetch();
  }

  /** Fetches what is lacking: one request at a time, however many signals. */
  async fetch() {
    if (this.#over) return;
    if (this.#fetching) {
      this.#again = true;
      return;
    }
    this.#fetching = true;
    do {
      this.#again = false;
      const answer = await get(`${this.base}/entries?after=${this.last}`);
      if (this.#hasLeft()) return;
      if (answer.kind === "done") await this.#take(answer);
      else if (answer.kind === "again") this.#later();
      else this.#over = answer.kind === "refused";
      // The right to read has ended: the door stands before the case again. What was written stays in the browser.
      if (this.#over && answer.status === 403 && this.base.startsWith("/staff/")) location.reload();
    } while (this.#again && !this.#over);
    this.#fetching = false;
  }

  #later() {
    window.setTimeout(() => this.fetch(), backoff(this.#tries++));
  }

  /** @param {import("./net.js").Answer} answer */
  async #take(answer) {
    this.#tries = 0;
    const rows = rowsIn(answer.text);
    // A row of our own that overtook the answer to its sending would stand twice for a moment.
    if (rows.some(({ row }) => isMine(row) && !row.dataset.key)) await this.#ownsLanded();
    this.#insert(rows);
    const reached = Math.max(this.last, ...rows.map(({ n }) => n));
    // Rows that we may not see count too, but not those that an answer in parts left for the next.
    const whole = rows.length < PART;
    this.last = whole ? Math.max(reached, number(answer.headers.get("x-last"))) : reached;
    this.#again ||= !whole;
    this.list.dataset.last = String(this.last);
    this.#heads(answer.headers);
  }

  async #ownsLanded() {
    const until = Date.now() + OWN_PATIENCE;
    while (isFlying(this.base) && Date.now() < until) await new Promise((done) => { setTimeout(done, 25); });
  }

  /**
   * @param {import("./outbox.js").Item} item
   * @param {import("./net.js").Answer} answer
   */
  #sent(item, answer) {
    const rows = rowsIn(answer.text);
    this.#insert(rows, item.key);
    this.#waiting(item.key)?.remove();
    this.last = afterOwn(this.last, rows[0]?.n ?? 0);
    this.list.dataset.last = String(this.last);
    this.#heads(answer.headers);
    if (number(answer.headers.get("x-last")) > this.last) this.fetch();
  }

  /**
   * @param {Row[]} came
   * @param {string} [own] the key of the message that these answer
   */
  #insert(came, own) {
    const shown = this.#rows();
    const placed = placements(shown.map((row) => number(row.dataset.n)), came);
    if (!placed.length) return;
    const follow = isAtEnd(this.scroller);
    const anchor = this.scroller.scrollTop;
    /** @type {HTMLElement[]} */
    const news = [];
    for (const { row: { row, days }, before } of placed) {
      const key = row.dataset.key ?? (isMine(row) ? own : undefined);
      const bubble = key ? this.#waiting(key) : null;
      const next = before === null ? this.#firstWaiting() : this.list.querySelector(`[data-n="${before}"]`);
      const place = dayBefore(next);
      for (const one of [...days, row]) this.list.insertBefore(one, place);
      bubble?.remove();
      if (!isMine(row)) news.push(row);
    }
    if (news.length) showTyping(this.base, 0, false);
    if (follow || !news.length) toEnd(this.scroller);
    else {
      this.scroller.scrollTop = anchor;
      this.#count(this.#unseen + news.filter(isSpoken).length);
    }
    this.#announce(news);
    this.#seen();
  }

  /** @param {HTMLElement[]} news */
  #announce(news) {
    const spoken = news.filter(isSpoken);
    if (spoken.length > 3) say(fill(this.#button()?.dataset.textMany, { n: spoken.length }));
    else for (const row of spoken) say(fill(this.list.dataset.heard ?? "{text}", { text: wordsOf(row) }));
    // What has happened is no message. Rows that came together tell of one thing, each to its readers: the last says it.
    const happened = news.filter((row) => !isSpoken(row)).at(-1);
    if (happened) say(wordsOf(happened));
  }

  /** @param {Headers} headers */
  #heads(headers) {
    const read = number(headers.get("x-other-read"), -1);
    if (read >= 0) this.#tick(read);
    const online = headers.get("x-online");
    if (online) showOnline(this.base, online === "1");
    const state = headers.get("x-state");
    if (state && state !== this.list.dataset.state) {
      this.list.dataset.state = state;
      document.body.dispatchEvent(new CustomEvent("state", { detail: { base: this.base, state } }));
    }
  }

  /** @param {number} read how far the other side has come */
  #tick(read) {
    for (const row of this.#rows()) {
      if (!isMine(row) || row.dataset.seen !== undefined || number(row.dataset.n) > read) continue;
      row.dataset.seen = "";
      if (row.dataset.state) row.dataset.state = "read";
      const tick = row.querySelector("[data-tick], .msg-state");
      if (!tick) continue;
      const words = tick.querySelector("[data-tick-text]") ?? (tick.children.length ? null : tick);
      if (words) words.textContent = this.list.dataset.seen ?? "";
      const use = tick.querySelector("use");
      use?.setAttribute("href", (use.getAttribute("href") ?? "").replace(/#check$/, "#check-check"));
    }
  }

  /**
   * Shows a message before the server has it.
   * @param {import("./outbox.js").Item} item
   */
  showWaiting(item) {
    if (this.#waiting(item.key)) return;
    const row = blankRow();
    row.dataset.waiting = item.key;
    row.dataset.mine = "";
    const text = row.querySelector("[data-text]");
    if (text) text.textContent = [item.text, ...item.attachments.map(({ name }) => name)].filter(Boolean).join("\n");
    this.list.append(row);
    toEnd(this.scroller);
    const dash = () => {
      row.classList.add("msg-waiting");
      row.dataset.state = "waiting";
      const meta = row.querySelector("[data-tick]");
      if (meta) meta.textContent = this.list.dataset.waiting ?? "";
    };
    if (!navigator.onLine || Date.now() - item.at > DASHED_AFTER) dash();
    else window.setTimeout(dash, DASHED_AFTER);
  }

  /** @param {string} key */
  dropWaiting(key) {
    this.#waiting(key)?.remove();
  }

  /** Another tab sent what waits here too. */
  async #settleWaiting() {
    const left = new Set(outbox.list(this.base).map((item) => item.key));
    const gone = this.#bubbles().filter((row) => !left.has(row.dataset.waiting ?? ""));
    for (const item of outbox.list(this.base)) if (item.refused === undefined) this.showWaiting(item);
    if (!gone.length) return;
    await this.fetch();
    for (const row of gone) row.remove();
  }

  /** Tells the server how far we have read, when the newest is before somebody's eyes. */
  #seen() {
    if (this.#hasLeft()) return;
    if (document.hidden || !document.hasFocus() || !this.#isShown() || !isAtEnd(this.scroller)) return;
    this.#count(0);
    const newest = number(this.#rows().at(-1)?.dataset.n);
    if (newest <= this.#marked || this.#marking || this.list.dataset.noMarks !== undefined) return;
    this.#marking = window.setTimeout(async () => {
      if (this.#hasLeft()) return;
      const n = number(this.#rows().at(-1)?.dataset.n);
      const answer = await post(`${this.base}/read`, { n });
      if (answer.kind === "done") this.#marked = Math.max(this.#marked, n);
      this.#marking = 0;
      if (answer.kind === "done" && number(this.#rows().at(-1)?.dataset.n) > n) this.#seen();
    }, 200);
  }

  /** A pane that is put away still gets its rows; nobody has read them. */
  #isShown() {
    return this.list.checkVisibility?.() ?? this.list.offsetParent !== null;
  }

  /** The pane has been opened: its end is what one came for. */
  shown() {
    toEnd(this.scroller);
    this.#seen();
  }

  /** @param {number} n */
  #count(n) {
    this.#unseen = n;
    const button = this.#button();
    if (!button) return;
    button.hidden = n === 0;
    const words = button.querySelector("[data-newer-text]") ?? button;
    if (n) words.textContent = fill(n === 1 ? button.dataset.textOne : button.dataset.textMany, { n });
  }

  /** @returns {HTMLElement | null} */
  #button() {
    return thingsOf("[data-newer]", this.base)[0] ?? null;
  }

  /** @returns {HTMLElement[]} */
  #rows() {
    return [...this.list.querySelectorAll(":scope > [data-n]")].filter((row) => row instanceof HTMLElement);
  }

  /** @returns {HTMLElement[]} */
  #bubbles() {
    return [...this.list.querySelectorAll(":scope > [data-waiting]")].filter((row) => row instanceof HTMLElement);
  }

  #firstWaiting() {
    return this.#bubbles()[0] ?? null;
  }

  /** @param {string} key */
  #waiting(key) {
    return this.#bubbles().find((row) => row.dataset.waiting === key) ?? null;
  }
}

/** @param {HTMLElement} row */
const isMine = (row) => row.dataset.mine !== undefined;

/** Whether somebody said it: a message, not what has happened. @param {HTMLElement} row */
const isSpoken = (row) => row.classList.contains("msg");

/** @param {HTMLElement} row */
const wordsOf = (row) => ((row.querySelector("[data-text], .bubble") ?? row).textContent ?? "").trim();

/** @typedef {{ n: number, row: HTMLElement, days: HTMLElement[] }} Row a row, and the day's line that stands before it */

/**
 * @param {string} html
 * @returns {Row[]}
 */
function rowsIn(html) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {HTMLElement[]} */
  let days = [];
  for (const row of elements(html)) {
    const n = number(row.dataset.n);
    if (n > 0) rows.push({ n, row, days });
    days = n > 0 ? [] : [...days, row];
  }
  return rows;
}

/**
 * A day's line belongs to the row after it: what comes before that row comes before the line.
 * @param {Element | null} row
 */
function dayBefore(row) {
  const line = row?.previousElementSibling;
  return line instanceof HTMLElement && line.dataset.day !== undefined ? line : row;
}

/** A row of our own without words: the page's template, or the bare bones of it. */
function blankRow() {
  const template = document.querySelector("template[data-waiting-row]");
  const drawn = template instanceof HTMLTemplateElement ? template.content.firstElementChild?.cloneNode(true) : null;
  if (drawn instanceof HTMLElement) return drawn;
  const row = document.createElement("li");
  row.className = "msg msg-me";
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  bubble.dataset.text = "";
  const meta = document.createElement("p");
  meta.className = "msg-meta";
  meta.dataset.tick = "";
  row.append(bubble, meta);
  return row;
}
