// The pure part of Tidbok: where a pointer and an arrow lead.

import assert from "node:assert/strict";
import { test } from "node:test";

import { arrow, clockOf, minuteAt } from "../../src/vardlots/static/js/calendar.js";

test("minutes are said as a clock says them", () => {
  assert.equal(clockOf(0), "00.00");
  assert.equal(clockOf(9 * 60 + 5), "09.05");
  assert.equal(clockOf(23 * 60 + 55, ":"), "23:55");
});

test("a place is the nearest five minutes, within the day that is drawn", () => {
  const day = { begins: 480, rows: 108, length: 30 };
  assert.equal(minuteAt(0, 5, day), 480);
  assert.equal(minuteAt(63, 5, day), 545);
  assert.equal(minuteAt(-900, 5, day), 480);
  assert.equal(minuteAt(9_000, 5, day), 480 + 540 - 30);
});

test("arrows go up and down in a column, and to the nearest in the column beside, past empty ones", () => {
  const columns = [[480, 510, 540], [], [495, 600]];
  assert.deepEqual(arrow("ArrowDown", 0, 480, columns), [0, 1]);
  assert.equal(arrow("ArrowDown", 0, 540, columns), null);
  assert.equal(arrow("ArrowUp", 0, 480, columns), null);
  assert.deepEqual(arrow("ArrowRight", 0, 540, columns), [2, 0]);
  assert.deepEqual(arrow("ArrowRight", 0, 510, columns), [2, 0]);
  assert.deepEqual(arrow("ArrowLeft", 2, 600, columns), [0, 2]);
  assert.equal(arrow("ArrowLeft", 0, 480, columns), null);
  assert.deepEqual(arrow("End", 0, 480, columns), [0, 2]);
  assert.equal(arrow("x", 0, 480, columns), null);
});
