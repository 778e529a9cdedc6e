// The tab that holds the browser's one stream, on behalf of all its tabs.

import { backoff } from "./backoff.js";
import { openStream, probe } from "./stream.js";
import { sift, union } from "./topics.js";

/**
 * @typedef {"live" | "lost"} State
 * @typedef {{ t: "pulse", state: State, last: number, refused: string[] }} Pulse
 * @typedef {{ t: "told", hello: boolean, gap: boolean, numbers: import("./topics.js").Numbers, to?: string }} Told
 * @typedef {{ t: "roll" }} Roll
 */

const SILENCE = 45_000; // the server says something at least every 35 s
const HELLO_LIMIT = 10_000;
const ROLL = 30_000;
const GRACE = 2_000; // a stream that ends and comes back is no outage
const GATHER = 60;

export class Leader {
  /** @type {Map<string, import("./topics.js").Wish & { missed: number }>} */
  #tabs = new Map();
  /** @type {{ close: () => void } | null} */
  #stream = null;
  /** @type {{ close: () => void } | null} */
  #next = null;
  /** @type {string[]} */
  #topics = [];
  /** @type {import("./topics.js").Numbers} */
  #known = {};
  /** @type {Set<string>} */
  #refused = new Set();
  #attempt = 0;
  #retryAt = 0;
  #openedAt = 0;
  #rolledAt = 0;
  #gap = true;
  #last = 0;
  #gather = 0;
  #grace = 0;
  #clock = 0;
  #sifting = false;
  #stopped = false;
  /** @type {State} */
  #state = "live";

  /** @param {(message: Pulse | Told | Roll) => void} tell all tabs, this one too */
  constructor(tell) {
    this.tell = tell;
    this.#last = Date.now();
    this.#clock = window.setInterval(() => this.check(), 1000);
    this.#roll();
  }

  /**
   * A tab says what it shows.
   * @param {string} id
   * @param {string[]} topics
   * @param {boolean} visible
   * @param {boolean} fresh the tab's first word: somebody may have signed in since a refusal
   */
  want(id, topics, visible, fresh) {
    this.#tabs.set(id, { topics, visible, at: Date.now(), missed: 0 });
    if (fresh && this.#refused.size) this.#refused.clear();
    const heard = Object.fromEntries(Object.entries(this.#known).filter(([topic]) => topics.includes(topic)));
    if (this.#stream && Object.keys(heard).length) this.tell({ t: "told", hello: true, gap: false, numbers: heard, to: id });
    this.pulse();
    if (!this.#gather) {
      this.#gather = window.setTimeout(() => {
        this.#gather = 0;
        this.#adjust();
      }, GATHER);
    }
  }

  /** @param {string} id */
  bye(id) {
    this.#tabs.delete(id);
  }

  /** A tab woke up, or the network came back: what we believe about the line may be an hour old. */
  wake() {
    if (this.#next && Date.now() - this.#openedAt < 1500) return;
    if (this.#stream && Date.now() - this.#last < 1500) return;
    this.#attempt = 0;
    this.#hangUp();
    this.#open();
  }

  /** The browser says that the network went. A server on this machine may still answer, so it is tried. */
  offline() {
    this.#hangUp();
    this.#open();
  }

  /** Says how things are. */
  pulse() {
    this.tell({ t: "pulse", state: this.#state, last: this.#last, refused: [...this.#refused] });
  }

  /** What timers would do. Called by tabs in sight too, because the timers of a hidden tab hardly run. */
  check() {
    const now = Date.now();
    if (this.#stopped) return;
    if (now - this.#rolledAt > ROLL) this.#roll();
    if (this.#retryAt && now >= this.#retryAt) this.#open();
    if (this.#next && now - this.#openedAt > HELLO_LIMIT) {
      this.#next.close();
      this.#next = null;
      this.#again();
    }
    if (this.#stream && !this.#next && now - this.#last > SILENCE) {
      this.#hangUp();
      this.#open();
    }
  }

  stop() {
    this.#stopped = true;
    this.#drop();
    clearInterval(this.#clock);
    clearTimeout(this.#gather);
    clearTimeout(this.#grace);
  }

  /** Asks all tabs what they show; those that have gone do not answer and fade. */
  #roll() {
    this.#rolledAt = Date.now();
    for (const [id, tab] of this.#tabs) if (++tab.missed > 2) this.#tabs.delete(id);
    this.tell({ t: "roll" });
    const { kept, left } = union(this.#tabs.values(), this.#refused);
    if (left.length) this.#tell(false, false, Object.fromEntries(left.map((topic) => [topic, 0])));
    if (this.#stream && !this.#next && this.#topics.some((topic) => !kept.includes(topic))) this.#open();
  }

  #adjust() {
    const { kept } = union(this.#tabs.values(), this.#refused);
    if (!kept.length) return;
    if (!this.#stream && !this.#next && !this.#retryAt) this.#open();
    else if (kept.some((topic) => !this.#topics.includes(topic))) this.#open();
  }

  #open() {
    if (this.#stopped || this.#sifting) return;
    const { kept } = union(this.#tabs.values(), this.#refused);
    this.#next?.close();
    this.#next = null;
    this.#retryAt = 0;
    if (!kept.length) return;
    this.#openedAt = Date.now();
    this.#topics = kept;
    const opened = openStream(kept, {
      onContact: () => { this.#last = Date.now(); },
      onSignal: ({ name, data }) => this.#heard(opened, name, data),
      onEnd: (end) => this.#ended(opened, end),
    });
    this.#next = opened;
  }

  /**
   * @param {{ close: () => void }} from
   * @param {string} name
   * @param {import("./topics.js").Numbers} numbers
   */
  #heard(from, name, numbers) {
    if (name === "hello") {
      // The new stream speaks before the old one is hung up, so nothing falls between.
      if (this.#stream !== from) this.#stream?.close();
      this.#stream = from;
      this.#next = null;
      this.#attempt = 0;
      this.#known = numbers;
      const gap = this.#gap;
      this.#gap = false;
      this.#become("live");
      this.#tell(true, gap, numbers);
    } else if (name === "signal") {
      Object.assign(this.#known, numbers);
      this.#tell(false, false, numbers);
    }
  }

  /**
   * @param {boolean} hello
   * @param {boolean} gap
   * @param {import("./topics.js").Numbers} numbers
   */
  #tell(hello, gap, numbers) {
    this.tell({ t: "told", hello, gap, numbers });
  }

  /**
   * @param {{ close: () => void }} from
   * @param {import("./stream.js").End} end
   */
  #ended(from, end) {
    if (from === this.#next) {
      this.#next = null;
      if (end === "refused") this.#refuse();
      else this.#again();
    } else if (from === this.#stream) {
      this.#stream = null;
      this.#gap = true;
      if (!this.#next) this.#again();
    }
  }

  /** Try again soon, later if it goes on. */
  #again() {
    const wait = backoff(this.#attempt++);
    this.#retryAt = Date.now() + wait;
    window.setTimeout(() => this.check(), wait + 5);
    if (!this.#stream) this.#doubt();
  }

  /** The line is gone. That is an outage when it is not back within the grace. */
  #doubt() {
    this.#gap = true;
    if (!navigator.onLine) this.#become("lost");
    this.#grace ||= window.setTimeout(() => {
      this.#grace = 0;
      if (!this.#stream) this.#become("lost");
    }, GRACE);
  }

  #hangUp() {
    this.#stream?.close();
    this.#stream = null;
    this.#doubt();
  }

  /** Signed out, or one of the topics is no longer ours to hear: find out which. */
  async #refuse() {
    const asked = this.#topics;
    this.#next = null;
    this.#sifting = true;
    const heard = await sift(asked, probe);
    this.#sifting = false;
    for (const topic of asked) if (!heard.includes(topic)) this.#refused.add(topic);
    this.pulse();
    if (heard.length) this.#open();
    else this.#drop();
  }

  #drop() {
    this.#stream?.close();
    this.#next?.close();
    this.#stream = null;
    this.#next = null;
  }

  /** @param {State} state */
  #become(state) {
    if (state === "live") {
      clearTimeout(this.#grace);
      this.#grace = 0;
      this.#last = Date.now();
    }
    this.#state = state;
    this.pulse();
  }
}
