import assert from "node:assert/strict";
import { test } from "node:test";
import { lacking, parseReached, sift, union } from "../../src/vardlots/static/js/topics.js";

const wish = (topics, visible = true, at = 1) => ({ topics, visible, at });

test("ten tabs share each topic once", () => {
  const tabs = Array.from({ length: 10 }, (_, n) => wish(["unit:3", `case:1-${n % 4}`]));
  assert.deepEqual(union(tabs).kept, ["case:1-0", "case:1-1", "case:1-2", "case:1-3", "unit:3"]);
});

test("a refused topic is not asked for again", () => {
  assert.deepEqual(union([wish(["unit:3", "case:1-1"])], new Set(["case:1-1"])).kept, ["unit:3"]);
});

test("too many topics: typing goes before anything that has numbers, hidden tabs before those in sight", () => {
  const seen = wish(["case:1-1", "typing:1-1"]);
  const hidden = wish(["case:1-2", "typing:1-2"], false);
  assert.deepEqual(union([hidden, seen], new Set(), 2).kept, ["case:1-1", "case:1-2"]);
  assert.deepEqual(union([hidden, seen], new Set(), 3).kept, ["case:1-1", "case:1-2", "typing:1-1"]);
  assert.deepEqual(union([hidden, seen], new Set(), 1).left, ["case:1-2", "typing:1-1", "typing:1-2"]);
  const lately = wish(["case:1-0"], false, 99);
  assert.deepEqual(union([lately, seen], new Set(), 1).kept, ["case:1-1"]);
});

test("a first hello is looked at unless the page says how far it is", () => {
  const reached = new Map([["case:1-1", 17]]);
  assert.deepEqual(lacking(reached, { "case:1-1": 17, "unit:3": 812 }, false), { "unit:3": 812 });
  assert.deepEqual(lacking(reached, { "case:1-1": 17, "unit:3": 812 }, false), {});
});

test("a sum that fell is a change too", () => {
  assert.deepEqual(lacking(new Map([["unit:3", 812]]), { "unit:3": 700 }, false), { "unit:3": 700 });
});

test("after a gap open cases and topics without a number are looked at; typing never is", () => {
  const reached = new Map([["case:1-1", 17], ["unit:3", 9], ["person:9", 0], ["typing:1-1", 0]]);
  const look = lacking(reached, { "case:1-1": 17, "unit:3": 9, "person:9": 0, "typing:1-1": 0 }, true);
  assert.deepEqual(look, { "case:1-1": 17, "person:9": 0 });
});

test("what a page says it shows", () => {
  assert.deepEqual(parseReached("unit:3=812 unit:4=77 rubbish unit:5=x"), { "unit:3": 812, "unit:4": 77 });
  assert.deepEqual(parseReached(undefined), {});
});

test("one refused topic among sixty does not silence the others", async () => {
  const topics = Array.from({ length: 60 }, (_, n) => `case:1-${n}`);
  let asked = 0;
  const heard = await sift(topics, async (part) => { asked++; return !part.includes("case:1-41"); });
  assert.equal(heard.length, 59);
  assert.ok(!heard.includes("case:1-41"));
  assert.ok(asked <= 14, `${asked} questions`);
});

test("signed out: everything is refused, in few questions", async () => {
  let asked = 0;
  const refuse = async () => { asked++; return false; };
  assert.deepEqual(await sift(["a", "b", "c", "d"], refuse), []);
  assert.ok(asked <= 6);
  assert.deepEqual(await sift(Array.from({ length: 60 }, (_, n) => `t${n}`), refuse), []);
  assert.ok(asked <= 30);
});
