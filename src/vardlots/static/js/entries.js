// Where a row belongs in a conversation. No DOM here.

/**
 * What to do with rows that came: each once, in the order of their numbers, before what still waits.
 * @template {{ n: number }} Row
 * @param {number[]} shown numbers on the page, rising
 * @param {Row[]} came
 * @returns {{ row: Row, before: number | null }[]} `before`: the number it goes in front of; null is last
 */
export function placements(shown, came) {
  const have = [...shown];
  /** @type {{ row: Row, before: number | null }[]} */
  const placed = [];
  for (const row of [...came].sort((a, b) => a.n - b.n)) {
    if (row.n <= 0 || have.includes(row.n)) continue;
    const at = have.findIndex((n) => n > row.n);
    placed.push({ row, before: at < 0 ? null : have[at] ?? null });
    have.splice(at < 0 ? have.length : at, 0, row.n);
  }
  return placed;
}

/**
 * How far the rows have been fetched. A row of our own that came back on sending does not count before those in between
 * have come too.
 * @param {number} last
 * @param {number} own
 */
export const afterOwn = (last, own) => (own === last + 1 ? own : last);
