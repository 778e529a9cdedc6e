import assert from "node:assert/strict";
import { test } from "node:test";

import { light, loudness, percent, reason, rms } from "../../src/vardlots/static/js/levels.js";

test("a level in words has four steps, each reached from its own edge", () => {
  assert.deepEqual([0, 0.0079, 0.008, 0.0299, 0.03, 0.49, 0.5, 1].map(loudness),
    ["silent", "silent", "weak", "weak", "good", "good", "loud", "loud"]);
});

test("the meter is empty at nothing, full at most, and rises all the way", () => {
  assert.equal(percent(0), 0);
  assert.equal(percent(1), 100);
  assert.equal(percent(0.0001), 0);
  const rising = [0.002, 0.01, 0.03, 0.1, 0.4].map(percent);
  assert.deepEqual(rising, [...rising].sort((a, b) => a - b));
  assert.equal(new Set(rising).size, rising.length);
});

test("the strength of a signal", () => {
  assert.equal(rms(new Float32Array(8)), 0);
  assert.ok(Math.abs(rms(Float32Array.from([0.5, -0.5, 0.5, -0.5])) - 0.5) < 1e-6);
  assert.equal(rms(new Float32Array(0)), 0);
});

test("the light of a picture counts no transparency", () => {
  assert.equal(light(Uint8ClampedArray.from([0, 0, 0, 255, 0, 0, 0, 255])), 0);
  assert.equal(light(Uint8ClampedArray.from([255, 255, 255, 0])), 255);
  assert.equal(light(Uint8ClampedArray.from([30, 60, 90, 255])), 60);
});

test("every refusal of a browser has a way out of its own", () => {
  const of = (/** @type {string} */ name) => reason(new DOMException("", name));
  assert.equal(of("NotAllowedError"), "refused");
  assert.equal(of("NotFoundError"), "missing");
  assert.equal(of("OverconstrainedError"), "missing");
  assert.equal(of("NotReadableError"), "busy");
  assert.equal(of("SecurityError"), "unsafe");
  assert.equal(of("SomethingElse"), "fault");
  assert.equal(reason("odd"), "fault");
});
