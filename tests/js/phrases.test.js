import assert from "node:assert/strict";
import { test } from "node:test";

import { atDash, isLone, marked, matching, timed } from "../../src/vardlots/static/js/phrase-search.js";

test("a dash searches at the beginning, after a space and on a new line, and nowhere else", () => {
  /** @param {string} text */
  const at = (text) => atDash(text, text.length);
  assert.deepEqual(at("-"), { from: 0, typed: "" });
  assert.deepEqual(at("-para"), { from: 0, typed: "para" });
  assert.deepEqual(at("Hej -två tim"), { from: 4, typed: "två tim" });
  assert.deepEqual(at("Hej\n-hej"), { from: 4, typed: "hej" });
  for (const text of ["", "Hej", "e-post", "- punkt", "-para\nny rad", "--", "10-12", `-${"a".repeat(80)}`]) {
    assert.equal(at(text), null, text);
  }
  assert.deepEqual(atDash("-pa och mer", 3), { from: 0, typed: "pa" });
});

test("a dash and a word alone are a search; a number, a list and a sentence are meant for the patient", () => {
  for (const text of ["-para", "-å"]) assert.ok(isLone(text), text);
  for (const text of ["-", "-5", "-5 grader", "- para", "-para nu", "Hej -para", "-a\n-b"]) assert.ok(!isLone(text), text);
});

const PHRASES = [
  { title: "Paracetamol, barn", words: "alvedon feber" },
  { title: "Feber hos barn", words: "" },
  { title: "Hej och inledning", words: "välkommen" },
];

test("every word typed begins a word; the title comes before search words", () => {
  /** @param {string} typed */
  const titles = (typed) => matching(PHRASES, typed).map((one) => one.title);
  assert.deepEqual(titles(""), PHRASES.map((one) => one.title));
  assert.deepEqual(titles("feb"), ["Feber hos barn", "Paracetamol, barn"]);
  assert.deepEqual(titles("BARN para"), ["Paracetamol, barn"]);
  assert.deepEqual(titles("väl"), ["Hej och inledning"]);
  assert.deepEqual(titles("arn"), []);
});

test("what is typed is marked where it begins a word, and nothing is lost", () => {
  assert.deepEqual(marked("Paracetamol, barn", "para b"), [
    { text: "Para", marked: true }, { text: "cetamol", marked: false }, { text: ", ", marked: false },
    { text: "b", marked: true }, { text: "arn", marked: false },
  ]);
  for (const typed of ["", "p", "barn paracetamol", "x"]) {
    assert.equal(marked("Paracetamol, barn", typed).map((piece) => piece.text).join(""), "Paracetamol, barn");
  }
});

test("a time is put in and selected, so that the writer sees it; what is left unfilled is selected too", () => {
  assert.deepEqual(timed("Svara senast {time}.", "14.30", []), { text: "Svara senast 14.30.", from: 13, to: 18 });
  assert.deepEqual(timed("Hej {patient}.", "14.30", ["staff", "patient"]), { text: "Hej {patient}.", from: 4, to: 13 });
  assert.deepEqual(timed("Hej.", "14.30", ["patient"]), { text: "Hej.", from: 4, to: 4 });
});
