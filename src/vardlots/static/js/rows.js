// The order of a list's rows while somebody has their hand or eye on it. No DOM here.

/**
 * The rows to show now. Held: every row stays where it is, those that are gone keep their place, new ones come last.
 * @param {string[]} shown ids on the page
 * @param {string[]} wanted ids as the server has them
 * @param {boolean} held
 * @returns {{ order: string[], gone: string[], fresh: string[], settled: boolean }} `settled`: nothing waits for release
 */
export function arrange(shown, wanted, held) {
  const want = new Set(wanted);
  const have = new Set(shown);
  const gone = shown.filter((id) => !want.has(id));
  const fresh = wanted.filter((id) => !have.has(id));
  if (!held) return { order: wanted, gone, fresh, settled: true };
  const order = [...shown, ...fresh];
  const settled = order.length === wanted.length && order.every((id, index) => id === wanted[index]);
  return { order, gone, fresh, settled };
}

/**
 * The row to select when the one that was is gone: its neighbour below, else above.
 * @param {string[]} before
 * @param {string[]} after
 * @param {string | null} selected
 * @returns {string | null}
 */
export function keepSelected(before, after, selected) {
  if (selected === null || after.includes(selected)) return selected;
  const at = before.indexOf(selected);
  const below = before.slice(at + 1).find((id) => after.includes(id));
  return below ?? before.slice(0, Math.max(at, 0)).reverse().find((id) => after.includes(id)) ?? null;
}

/**
 * Rows that somebody took: shown for a while with the taker's name, then not again.
 * @param {Map<string, number>} firstSeen when each leaving row was first shown; rows that are no longer sent are forgotten
 * @param {string[]} leaving ids that the server has marked
 * @param {number} now
 * @param {number} shownFor milliseconds
 * @returns {{ drop: string[], next: number | null }} `drop`: to leave out now; `next`: milliseconds until the next goes
 */
export function farewell(firstSeen, leaving, now, shownFor) {
  for (const id of firstSeen.keys()) if (!leaving.includes(id)) firstSeen.delete(id);
  /** @type {string[]} */
  const drop = [];
  let next = Infinity;
  for (const id of leaving) {
    const since = firstSeen.get(id) ?? now;
    firstSeen.set(id, since);
    const left = since + shownFor - now;
    if (left <= 0) drop.push(id);
    else next = Math.min(next, left);
  }
  return { drop, next: next === Infinity ? null : next };
}
