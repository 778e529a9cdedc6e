// How long to wait before trying again.

const LONGEST = 15_000;
const FIRST = 500;

/**
 * Milliseconds before attempt `n` (0 is the first retry): doubling, at most 15 s, and spread over the upper half so that
 * a thousand browsers do not come back in the same instant.
 * @param {number} n
 * @param {() => number} [random]
 */
export function backoff(n, random = Math.random) {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(n, 20));
  return Math.round(ceiling * (0.5 + 0.5 * random()));
}
