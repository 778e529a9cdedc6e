// Which topics one stream should carry, and what a page lacks when it hears how far they have come. No DOM here.

/** What the server accepts in one stream. */
export const MOST = 60;

/**
 * @typedef {{ topics: string[], visible: boolean, at: number }} Wish what one tab shows, and when it last said so
 * @typedef {Record<string, number>} Numbers topic to number; 0 says "look again"
 */

/**
 * Passing news: nothing to catch up with afterwards.
 * @param {string} topic
 */
export const isPassing = (topic) => topic.startsWith("typing:");

/**
 * One stream's topics for all tabs. When there are too many, what a hidden or older tab shows goes first, and who is
 * typing or online there before anything else.
 * @param {Iterable<Wish>} wishes
 * @param {Set<string>} [refused] topics that the server has said no to
 * @param {number} [most]
 * @returns {{ kept: string[], left: string[] }}
 */
export function union(wishes, refused = new Set(), most = MOST) {
  /** @type {Map<string, number>} */
  const weight = new Map();
  for (const { topics, visible, at } of wishes) {
    for (const topic of topics) {
      if (refused.has(topic)) continue;
      const dear = !/^(typing|online):/.test(topic);
      const points = at + (visible ? 1e15 : 0) + (dear ? 2e15 : 0);
      weight.set(topic, Math.max(points, weight.get(topic) ?? 0));
    }
  }
  const ranked = [...weight].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([topic]) => topic);
  return { kept: ranked.slice(0, most).sort(), left: ranked.slice(most).sort() };
}

/**
 * The topics to look at again after a `hello`, and the numbers to remember.
 * @param {Map<string, number>} reached what this tab has; changed to what it will have
 * @param {Numbers} numbers from the hello
 * @param {boolean} gap whether signals may have been missed since the tab last heard
 * @returns {Numbers} those to look at
 */
export function lacking(reached, numbers, gap) {
  /** @type {Numbers} */
  const look = {};
  for (const [topic, number] of Object.entries(numbers)) {
    if (isPassing(topic)) continue;
    const known = reached.get(topic);
    // Ticks and presence move without a number, so an open case is looked at after every gap.
    const unsure = known === undefined || (gap && (number === 0 || /^(case|talk):/.test(topic)));
    if (unsure || known !== number) look[topic] = number;
    reached.set(topic, number);
  }
  return look;
}

/**
 * `unit:3=812 unit:4=77` as numbers.
 * @param {string | undefined} raw
 * @returns {Numbers}
 */
export function parseReached(raw) {
  /** @type {Numbers} */
  const numbers = {};
  for (const part of (raw ?? "").split(/\s+/)) {
    const at = part.lastIndexOf("=");
    if (at > 0 && /^\d+$/.test(part.slice(at + 1))) numbers[part.slice(0, at)] = Number(part.slice(at + 1));
  }
  return numbers;
}

/**
 * Which of the topics the server lets us hear, when it has refused them together. Asks in halves.
 * @param {string[]} topics refused as a whole
 * @param {(topics: string[]) => Promise<boolean>} probe
 * @param {number} [most] questions
 * @returns {Promise<string[]>}
 */
export async function sift(topics, probe, most = 24) {
  let left = most;
  /** @type {string[]} */
  const heard = [];
  const waiting = halves(topics);
  for (let part = waiting.shift(); part; part = waiting.shift()) {
    if (left-- <= 0) break;
    if (await probe(part)) heard.push(...part);
    else waiting.push(...halves(part));
  }
  return heard.sort();
}

/**
 * @param {string[]} topics
 * @returns {string[][]}
 */
function halves(topics) {
  if (topics.length < 2) return [];
  const middle = Math.ceil(topics.length / 2);
  return [topics.slice(0, middle), topics.slice(middle)];
}
