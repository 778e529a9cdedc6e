// Messages that are written but not yet received by the server. Each has its own place in the browser's store, so that
// two tabs can write at once without losing one another's. No DOM here.

/**
 * @typedef {{ id: string, name: string }} Attached
 * @typedef {{
 *   key: string, base: string, text: string, attachments: Attached[],
 *   at: number, seq: number, who: string, refused?: string,
 * }} Item `refused`: the server's words; the text waits to be taken back into its box
 * @typedef {Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">} Store
 */

export const PREFIX = "vardlots.out|";

/** A store for browsers that refuse theirs. */
export class Memory {
  /** @type {Map<string, string>} */
  #kept = new Map();
  get length() { return this.#kept.size; }
  /** @param {number} index */
  key(index) { return [...this.#kept.keys()][index] ?? null; }
  /** @param {string} name */
  getItem(name) { return this.#kept.get(name) ?? null; }
  /** @param {string} name @param {string} value */
  setItem(name, value) { this.#kept.set(name, value); }
  /** @param {string} name */
  removeItem(name) { this.#kept.delete(name); }
}

/**
 * A browser's store, or one that lives as long as the page where the browser refuses its own.
 * @param {() => Storage} pick
 * @returns {Store}
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

export class Outbox {
  #seq = 0;

  /**
   * @param {Store} store
   * @param {string} who whose messages: another person's are thrown away, never sent in the wrong name
   */
  constructor(store, who) {
    this.store = store;
    this.who = who;
    if (who) for (const item of this.#all(true)) if (item.who !== who) this.remove(item);
  }

  /**
   * Puts a message last in its case's queue.
   * @param {{ key: string, base: string, text: string, attachments?: Attached[] }} message
   * @param {number} [now]
   * @returns {Item}
   */
  add({ key, base, text, attachments = [] }, now = Date.now()) {
    const before = this.list(base).at(-1);
    const item = { key, base, text, attachments, who: this.who, at: Math.max(now, before?.at ?? 0), seq: 0 };
    item.seq = before && before.at === item.at ? Math.max(before.seq, this.#seq) + 1 : ++this.#seq;
    this.#seq = item.seq;
    this.#write(item);
    return item;
  }

  /**
   * What waits in a case, in the order it was written.
   * @param {string} base
   */
  list(base) {
    return this.#all().filter((item) => item.base === base).sort((a, b) => a.at - b.at || a.seq - b.seq);
  }

  /** Cases with something that waits to be sent. */
  bases() {
    return [...new Set(this.#all().filter((item) => item.refused === undefined).map((item) => item.base))];
  }

  /**
   * @param {string} base
   * @returns {Item | undefined} the next to send
   */
  next(base) {
    return this.list(base).find((item) => item.refused === undefined);
  }

  /** @param {Item} item */
  remove(item) {
    this.store.removeItem(place(item));
  }

  /**
   * @param {Item} item
   * @param {string} words
   */
  refuse(item, words) {
    this.#write({ ...item, refused: words });
  }

  /** Signed out: nothing stays behind on a shared machine. */
  clear() {
    for (const item of this.#all(true)) this.remove(item);
  }

  /** @param {Item} item */
  #write(item) {
    try {
      this.store.setItem(place(item), JSON.stringify(item));
    } catch {
      // Full or forbidden: keep what we have for as long as the page lives.
      const memory = new Memory();
      for (const kept of this.#all(true)) memory.setItem(place(kept), JSON.stringify(kept));
      memory.setItem(place(item), JSON.stringify(item));
      this.store = memory;
    }
  }

  /** @param {boolean} [everybody] */
  #all(everybody = false) {
    /** @type {Item[]} */
    const items = [];
    for (let index = 0; index < this.store.length; index++) {
      const name = this.store.key(index);
      if (!name?.startsWith(PREFIX)) continue;
      try {
        const item = JSON.parse(this.store.getItem(name) ?? "");
        if (everybody || item.who === this.who) items.push(item);
      } catch { /* not ours */ }
    }
    return items;
  }
}

/** @param {Item} item */
export function place(item) {
  return `${PREFIX}${item.base}|${item.key}`;
}
