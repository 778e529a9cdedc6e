// One stream per browser. Tabs choose a leader by a lock; it hears for all of them and tells them over a channel.
// A tab that cannot take part (old browser) is its own leader.

import { Leader } from "./leader.js";
import { showState } from "./indicator.js";
import { freshKey, number } from "./text.js";
import { isPassing, lacking, parseReached } from "./topics.js";
import { onChange } from "./watch.js";

/**
 * @typedef {{ t: "want", id: string, topics: string[], visible: boolean, fresh: boolean }} Want
 * @typedef {{ t: "bye" | "wake" | "nudge", id: string }} Word
 * @typedef {import("./leader.js").Pulse | import("./leader.js").Told | import("./leader.js").Roll | Want | Word} Message
 */

const NAME = "vardlots-live-1";
const TICK = 800;
const SLEPT = 5_000;

const id = freshKey();
/** @type {Map<string, Set<HTMLElement>>} */
let places = new Map();
/** @type {Map<string, number>} */
const reached = new Map();
/** @type {Set<string>} */
let refused = new Set();
/** @type {BroadcastChannel | null} */
let channel = null;
/** @type {Leader | null} */
let leader = null;
/** @type {(() => void) | null} */
let release = null;
/** @type {object | null} */
let current = null;
/** @type {AbortController | null} */
let queueing = null;
let fresh = true;
let pulseAt = 0;
let stolenAt = 0;
let hiddenAt = 0;
let tickAt = Date.now();
let ticks = 0;
/** @type {"live" | "lost" | "out"} */
let state = "live";
let last = Date.now();

/** Begins to listen for every `[data-topic]` of this page. */
export function startLive() {
  join();
  onChange(collect);
  window.setInterval(tick, TICK);
  window.addEventListener("online", () => {
    if (places.size) wake();
    else become("live");
  });
  window.addEventListener("offline", () => {
    if (places.size) leader?.offline();
    else becomeAlone();
  });
  window.addEventListener("pagehide", part);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    join();
    say(true);
    wake();
  });
  document.addEventListener("resume", wake);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (Date.now() - hiddenAt > SLEPT) wake();
    else say(false);
  });
}

function join() {
  const together = "locks" in navigator && "BroadcastChannel" in window;
  if (!together) {
    leader ??= new Leader(send);
    return;
  }
  channel ??= new BroadcastChannel(NAME);
  channel.onmessage = (event) => receive(event.data);
  queueing = new AbortController();
  askForLead({ signal: queueing.signal });
}

/** @param {LockOptions} how */
function askForLead(how) {
  const term = {};
  navigator.locks.request(NAME, how, () => lead(term)).catch(() => stepDown(term));
}

/** Leaves without a trace: the next tab takes the lock, this page may be kept for the back button. */
function part() {
  send({ t: "bye", id });
  queueing?.abort();
  stopLeading();
  channel?.close();
  channel = null;
}

/** @param {object} term one time at the lead: what happens to an earlier lock is nothing to a later one */
function lead(term) {
  stopLeading();
  return new Promise((/** @type {(value?: unknown) => void} */ done) => {
    current = term;
    release = () => done();
    leader = new Leader(send);
  });
}

function stopLeading() {
  leader?.stop();
  leader = null;
  current = null;
  release?.();
  release = null;
}

/**
 * Somebody in sight took over because we did not answer.
 * @param {object} term
 */
function stepDown(term) {
  if (current !== term || !channel) return;
  stopLeading();
  join();
}

/** The leader does not answer: a phone freezes tabs that nobody sees, locks and all. */
function takeOver() {
  if (leader || document.hidden || Date.now() - stolenAt < 5_000) return;
  stolenAt = Date.now();
  queueing?.abort();
  askForLead({ steal: true });
}

/** @param {Message} message */
function send(message) {
  channel?.postMessage(message);
  queueMicrotask(() => receive(message));
}

/** @param {Message} message */
function receive(message) {
  switch (message.t) {
    case "want":
      return leader?.want(message.id, message.topics, message.visible, message.fresh);
    case "bye":
      return leader?.bye(message.id);
    case "wake":
      return leader?.wake();
    case "nudge":
      leader?.check();
      return leader?.pulse();
    case "roll":
      return say(false);
    case "pulse":
      return hearPulse(message);
    case "told":
      if (!message.to || message.to === id) hear(message);
  }
}

/** @param {import("./leader.js").Pulse} pulse */
function hearPulse(pulse) {
  pulseAt = Date.now();
  // The stream of other tabs says nothing of a page without topics: it has only the browser's word.
  if (!places.size && !navigator.onLine) return;
  const before = refused;
  refused = new Set(pulse.refused);
  const mine = [...places.keys()].filter((topic) => !/^(typing|online):/.test(topic));
  const out = mine.length > 0 && mine.every((topic) => refused.has(topic));
  last = pulse.last;
  become(out ? "out" : pulse.state);
  // A topic that is no longer ours: the page looks once more and gets its own refusal.
  const lostNow = [...refused].filter((topic) => !before.has(topic) && places.has(topic));
  if (!out && lostNow.length) dispatch(Object.fromEntries(lostNow.map((topic) => [topic, 0])), true);
}

/** A page without topics hears that the network is gone from the browser alone. */
function becomeAlone() {
  last = Date.now();
  become("lost");
}

/** @param {"live" | "lost" | "out"} now */
function become(now) {
  showState(now, last);
  if (now === state) return;
  state = now;
  document.dispatchEvent(new CustomEvent("live-state", { detail: { state } }));
}

/** @param {import("./leader.js").Told} told */
function hear({ hello, gap, numbers }) {
  const mine = Object.fromEntries(Object.entries(numbers).filter(([topic]) => places.has(topic)));
  if (hello) return dispatch(lacking(reached, mine, gap), gap);
  for (const [topic, n] of Object.entries(mine)) {
    if (n) reached.set(topic, n);
    else if (/^(unit|case|talk):/.test(topic)) reached.delete(topic);
  }
  return dispatch(mine, false);
}

function wake() {
  tickAt = Date.now();
  say(false);
  send({ t: "wake", id });
  expectPulse(300);
}

/** @param {number} within milliseconds */
function expectPulse(within) {
  const asked = Date.now();
  window.setTimeout(() => {
    if (pulseAt < asked) takeOver();
  }, within);
}

function tick() {
  const away = Date.now() - tickAt;
  tickAt = Date.now();
  if (document.hidden) return;
  if (away > SLEPT) {
    wake();
  } else if (state === "lost" || ++ticks % 25 === 0) {
    send({ t: "nudge", id });
    expectPulse(1_500);
  }
}

/** Finds what the page shows now. */
function collect() {
  /** @type {typeof places} */
  const now = new Map();
  for (const element of document.querySelectorAll("[data-topic]")) {
    if (!(element instanceof HTMLElement)) continue;
    for (const topic of (element.dataset.topic ?? "").split(/\s+/).filter(Boolean)) {
      if (!now.has(topic)) now.set(topic, new Set());
      now.get(topic)?.add(element);
      const said = parseReached(element.dataset.reached)[topic]
        ?? (/^(case|talk):/.test(topic) && element.dataset.last ? number(element.dataset.last) : undefined);
      if (said !== undefined && !reached.has(topic)) reached.set(topic, said);
    }
  }
  const same = now.size === places.size && [...now.keys()].every((topic) => places.has(topic));
  for (const topic of reached.keys()) if (!now.has(topic)) reached.delete(topic);
  places = now;
  if (!same || fresh) say(fresh);
}

/** @param {boolean} first */
function say(first) {
  if (!places.size && fresh) return;
  fresh = false;
  send({ t: "want", id, topics: [...places.keys()], visible: !document.hidden, fresh: first });
}

/** @type {Map<HTMLElement, { at: number, timer: number, moved: import("./topics.js").Numbers, gap: boolean }>} */
const paces = new Map();

/**
 * Tells the elements, each once for all its topics.
 * @param {import("./topics.js").Numbers} numbers
 * @param {boolean} gap
 */
function dispatch(numbers, gap) {
  for (const [topic, n] of Object.entries(numbers)) {
    for (const element of places.get(topic) ?? []) {
      const pace = paces.get(element) ?? { at: 0, timer: 0, moved: {}, gap: false };
      pace.moved[topic] = n;
      pace.gap ||= gap;
      paces.set(element, pace);
    }
  }
  for (const [element, pace] of paces) {
    if (!element.isConnected) paces.delete(element);
    else if (!pace.timer && Object.keys(pace.moved).length) schedule(element, pace);
  }
}

/**
 * A conversation is told at once; a list at most four times a second, and in a hidden tab every fifth second.
 * @param {HTMLElement} element
 * @param {{ at: number, timer: number, moved: import("./topics.js").Numbers, gap: boolean }} pace
 */
function schedule(element, pace) {
  const least = element.dataset.chat !== undefined ? 0 : document.hidden ? 5_000 : 250;
  const wait = pace.at + least - Date.now();
  if (wait <= 0) return tellElement(element, pace);
  pace.timer = window.setTimeout(() => {
    pace.timer = 0;
    tellElement(element, pace);
  }, wait);
}

/**
 * @param {HTMLElement} element
 * @param {{ at: number, moved: import("./topics.js").Numbers, gap: boolean }} pace
 */
function tellElement(element, pace) {
  const { moved, gap } = pace;
  pace.moved = {};
  pace.gap = false;
  pace.at = Date.now();
  if (!element.isConnected) return;
  const [topic = ""] = Object.keys(moved);
  // After a gap a request may hang on a dead line and hold up those behind it.
  if (gap) element.dispatchEvent(new Event("htmx:abort"));
  const bubbles = !Object.keys(moved).every(isPassing);
  element.dispatchEvent(new CustomEvent("live", { bubbles, detail: { topic, number: moved[topic], moved, gap } }));
}
