import assert from "node:assert/strict";
import { test } from "node:test";
import { afterOwn, placements } from "../../src/vardlots/static/js/entries.js";
import { nameOf, shortcut } from "../../src/vardlots/static/js/keys.js";
import { arrange, farewell, keepSelected } from "../../src/vardlots/static/js/rows.js";
import { clockTime, fill, number } from "../../src/vardlots/static/js/text.js";

test("no row moves while the list is held: the gone keep their place, the new come last", () => {
  const now = arrange(["a", "b", "c"], ["x", "c", "a"], true);
  assert.deepEqual(now.order, ["a", "b", "c", "x"]);
  assert.deepEqual(now.gone, ["b"]);
  assert.deepEqual(now.fresh, ["x"]);
  assert.equal(now.settled, false);
});

test("let go, the list is as the server has it", () => {
  assert.deepEqual(arrange(["a", "b", "c"], ["x", "c", "a"], false).order, ["x", "c", "a"]);
  assert.equal(arrange(["a", "b"], ["a", "b", "c"], true).settled, true);
});

test("the selection goes to the neighbour when its row is gone", () => {
  assert.equal(keepSelected(["a", "b", "c"], ["a", "c"], "b"), "c");
  assert.equal(keepSelected(["a", "b", "c"], ["a"], "c"), "a");
  assert.equal(keepSelected(["a"], [], "a"), null);
  assert.equal(keepSelected(["a", "b"], ["b", "a"], "b"), "b");
  assert.equal(keepSelected(["a"], ["a"], null), null);
});

test("a row that somebody took is shown for four seconds, once", () => {
  const seen = new Map();
  assert.deepEqual(farewell(seen, ["a"], 1_000, 4_000), { drop: [], next: 4_000 });
  assert.deepEqual(farewell(seen, ["a", "b"], 3_000, 4_000), { drop: [], next: 2_000 });
  assert.deepEqual(farewell(seen, ["a", "b"], 5_000, 4_000), { drop: ["a"], next: 2_000 });
  assert.deepEqual(farewell(seen, ["a"], 9_000, 4_000), { drop: ["a"], next: null });
  assert.deepEqual(farewell(seen, [], 9_000, 4_000), { drop: [], next: null });
  assert.equal(seen.size, 0);
});

test("rows of a conversation come once and in order, whatever order they arrive in", () => {
  const rows = [7, 5, 6, 3, 5].map((n) => ({ n }));
  const placed = placements([1, 2, 3, 8], rows);
  assert.deepEqual(placed.map(({ row, before }) => [row.n, before]), [[5, 8], [6, 8], [7, 8]]);
  assert.deepEqual(placements([], [{ n: 2 }, { n: 1 }]).map(({ row }) => row.n), [1, 2]);
  assert.deepEqual(placements([1], [{ n: 0 }]), []);
});

test("a row of our own does not hide the ones between", () => {
  assert.equal(afterOwn(17, 18), 18);
  assert.equal(afterOwn(17, 20), 17);
  assert.equal(afterOwn(20, 18), 20);
});

test("words from the page are filled in, and only what is known", () => {
  assert.equal(fill("{n} nya, {who}", { n: 3 }), "3 nya, {who}");
  assert.equal(fill(undefined), "");
  assert.equal(number("17 "), 17);
  assert.equal(number(null, -1), -1);
});

test("the clock is Swedish, summer and winter", () => {
  assert.equal(clockTime(Date.UTC(2025, 10, 19, 8, 52)), "09.52");
  assert.equal(clockTime(Date.UTC(2025, 6, 1, 22, 5)), "00.05");
});

test("keys by the name the page gives them", () => {
  const press = (key, more = {}) => nameOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });
  assert.equal(press("T"), "t");
  assert.equal(press("k", { ctrlKey: true }), "ctrl+k");
  assert.equal(press("k", { metaKey: true }), "ctrl+k");
  assert.equal(press("?"), "?");
  assert.equal(press("ArrowDown"), "");
  assert.equal(press("e", { altKey: true }), "");
  assert.equal(shortcut("ctrl+k"), "Control+K");
  assert.equal(shortcut("?"), "Shift+?");
});
