// The keys of the resource tree, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ahead, fold, move } from "../../src/vardlots/static/js/resource-tree.js";

const ITEMS = [
  { level: 1, expanded: true },
  { level: 2, expanded: null },
  { level: 2, expanded: true },
  { level: 3, expanded: null },
  { level: 1, expanded: false },
];

test("arrows go to the next and the one before, and stop at the ends", () => {
  assert.equal(move("ArrowDown", 0, ITEMS).to, 1);
  assert.equal(move("ArrowDown", 4, ITEMS).to, 4);
  assert.equal(move("ArrowUp", 0, ITEMS).to, 0);
  assert.equal(move("Home", 3, ITEMS).to, 0);
  assert.equal(move("End", 0, ITEMS).to, 4);
});

test("right opens, then goes in; left closes, then goes up to the parent", () => {
  assert.deepEqual(move("ArrowRight", 4, ITEMS), { to: -1, expand: true });
  assert.equal(move("ArrowRight", 2, ITEMS).to, 3);
  assert.deepEqual(move("ArrowRight", 1, ITEMS), { to: -1, expand: null });
  assert.deepEqual(move("ArrowLeft", 2, ITEMS), { to: -1, expand: false });
  assert.equal(move("ArrowLeft", 3, ITEMS).to, 2);
  assert.equal(move("ArrowLeft", 1, ITEMS).to, 0);
  assert.deepEqual(move("ArrowLeft", 4, ITEMS), { to: -1, expand: null });
});

test("other keys and other places change nothing", () => {
  assert.deepEqual(move("x", 0, ITEMS), { to: -1, expand: null });
  assert.deepEqual(move("ArrowDown", 9, ITEMS), { to: -1, expand: null });
});

test("typing goes to the next name that begins so, round and round, whatever the marks", () => {
  const names = ["Ängsviken", "Arbetsterapeut", "Åke", "Barnmorska"];
  assert.equal(ahead(names, 0, "a"), 1);
  assert.equal(ahead(names, 1, "a"), 2);
  assert.equal(ahead(names, 2, "a"), 0);
  assert.equal(ahead(names, 0, "ar"), 1);
  assert.equal(ahead(names, 1, "ar"), 1);
  assert.equal(ahead(names, 0, "x"), -1);
  assert.equal(fold("ÅÄÖé"), "aaoe");
});
