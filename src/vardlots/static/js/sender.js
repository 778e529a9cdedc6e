// Sends what waits in the outbox: one at a time per case, in order, with the same key until the server has it.

import { backoff } from "./backoff.js";

/**
 * @typedef {import("./outbox.js").Item} Item
 * @typedef {import("./net.js").Answer} Answer
 * @typedef {{
 *   post: (item: Item) => Promise<Answer>,
 *   alone?: <T>(name: string, deed: () => Promise<T>) => Promise<T>,
 *   wait?: (attempt: number, woken: Promise<void>) => Promise<void>,
 *   onSent: (item: Item, answer: Answer) => void,
 *   onRefused: (item: Item, words: string) => boolean,
 *   onOut: () => void,
 * }} Ways `onRefused` says whether the text was taken back; otherwise it is kept for the page that can
 */

export class Sender {
  /** @type {Map<string, () => void>} */
  #running = new Map();

  /**
   * @param {import("./outbox.js").Outbox} outbox
   * @param {Ways} ways
   */
  constructor(outbox, ways) {
    this.outbox = outbox;
    this.ways = { alone: lockFor, wait: pause, ...ways };
  }

  /** Tries everything now: the page opened, the network came back. */
  all() {
    for (const base of this.outbox.bases()) this.kick(base);
  }

  /**
   * Sends what waits in a case; if it is already at it, it does not wait any longer.
   * @param {string} base
   */
  kick(base) {
    const wake = this.#running.get(base);
    if (wake) wake();
    else this.#run(base);
  }

  /** @param {string} base */
  async #run(base) {
    let attempt = 0;
    /** @type {() => void} */
    let wake = () => {};
    let woken = new Promise((/** @type {(value?: void) => void} */ done) => { wake = () => done(); });
    this.#running.set(base, () => wake());
    try {
      while (this.outbox.next(base)) {
        const kind = await this.ways.alone(`vardlots-send-${base}`, () => this.#one(base));
        if (kind === "out") return;
        attempt = kind === "again" ? attempt + 1 : 0;
        if (kind !== "again") continue;
        await this.ways.wait(attempt - 1, woken);
        woken = new Promise((done) => { wake = () => done(); });
      }
    } finally {
      this.#running.delete(base);
    }
    // Something may have been added while the last lock was let go.
    if (this.outbox.next(base)) this.#run(base);
  }

  /**
   * @param {string} base
   * @returns {Promise<Answer["kind"]>}
   */
  async #one(base) {
    const item = this.outbox.next(base);
    if (!item) return "done";
    const answer = await this.ways.post(item);
    if (answer.kind === "done") {
      this.outbox.remove(item);
      this.ways.onSent(item, answer);
    } else if (answer.kind === "refused") {
      if (this.ways.onRefused(item, answer.words)) this.outbox.remove(item);
      else this.outbox.refuse(item, answer.words);
    } else if (answer.kind === "out") {
      this.ways.onOut();
    }
    return answer.kind;
  }
}

/**
 * One tab at a time, where the browser can. Where it cannot, or another tab is frozen with the lock in its hand, the
 * key still makes a message sent twice one message.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} deed
 * @returns {Promise<T>}
 */
async function lockFor(name, deed) {
  if (!("locks" in navigator)) return deed();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), 20_000);
  let begun = false;
  try {
    return await navigator.locks.request(name, { signal: patience.signal }, () => {
      begun = true;
      clearTimeout(timer);
      return deed();
    });
  } catch (fault) {
    if (begun) throw fault;
    return deed();
  }
}

/**
 * @param {number} attempt
 * @param {Promise<void>} woken
 */
async function pause(attempt, woken) {
  let timer = 0;
  const slept = new Promise((/** @type {(value?: void) => void} */ done) => { timer = window.setTimeout(done, backoff(attempt)); });
  await Promise.race([slept, woken]);
  clearTimeout(timer);
}
