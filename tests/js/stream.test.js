import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff } from "../../src/vardlots/static/js/backoff.js";
import { verdict, wordsIn } from "../../src/vardlots/static/js/net.js";
import { Parser, address } from "../../src/vardlots/static/js/stream.js";

test("events are put together whatever pieces they come in", () => {
  const whole = 'event: hello\ndata: {"unit:3":812}\n\n: here\n\nevent: signal\r\ndata: {"case:1-4":18}\r\n\r\n';
  const expected = [{ name: "hello", data: { "unit:3": 812 } }, { name: "signal", data: { "case:1-4": 18 } }];
  for (const size of [1, 2, 3, 7, 1000]) {
    const parser = new Parser();
    const heard = [];
    for (let at = 0; at < whole.length; at += size) heard.push(...parser.push(whole.slice(at, at + size)));
    assert.deepEqual(heard, expected, `pieces of ${size}`);
  }
});

test("half an event at a cut is not an event", () => {
  assert.deepEqual(new Parser().push('event: signal\ndata: {"case:1-4"'), []);
  assert.deepEqual(new Parser().push("event: signal\ndata: {broken\n\n"), []);
});

test("topics are safe in an address", () => {
  assert.equal(address(["case:1-4", "unit:3"]), "/live?t=case%3A1-4,unit%3A3");
});

test("back-off doubles, spreads, and ends at fifteen seconds", () => {
  assert.equal(backoff(0, () => 0), 250);
  assert.equal(backoff(0, () => 1), 500);
  assert.equal(backoff(3, () => 1), 4_000);
  for (const n of [5, 6, 50, 5000]) {
    assert.equal(backoff(n, () => 1), 15_000);
    assert.equal(backoff(n, () => 0), 7_500);
  }
});

test("what an answer means for something that must not be lost", () => {
  for (const status of [0, 408, 429, 500, 502, 503]) assert.equal(verdict(status), "again", String(status));
  for (const status of [200, 201, 204]) assert.equal(verdict(status), "done", String(status));
  for (const status of [400, 403, 404, 409, 413, 422]) assert.equal(verdict(status), "refused", String(status));
  assert.equal(verdict(401), "out");
  assert.equal(verdict(200, true), "out");
});

test("the server's own words, and nothing else", () => {
  assert.equal(wordsIn('{"message":"Hamid hann före."}'), "Hamid hann före.");
  assert.equal(wordsIn("<p>500</p>"), "");
  assert.equal(wordsIn('{"message":7}'), "");
  assert.equal(wordsIn("{half"), "");
});
