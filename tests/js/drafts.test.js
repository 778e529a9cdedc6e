import assert from "node:assert/strict";
import { test } from "node:test";
import { Drafts } from "../../src/vardlots/static/js/drafts.js";
import { Memory } from "../../src/vardlots/static/js/outbox.js";
import { putBack, typedIn } from "../../src/vardlots/static/js/typed.js";

test("a draft is read by whoever wrote it and by nobody else", () => {
  const store = new Memory();
  const ylva = new Drafts(store, "staff:1");
  ylva.set("/staff/cases/1-42", "Hej Ruben");
  assert.equal(new Drafts(store, "staff:1").get("/staff/cases/1-42"), "Hej Ruben");
  assert.equal(new Drafts(store, "staff:11").get("/staff/cases/1-42"), "");
  assert.equal(new Drafts(store, "").get("/staff/cases/1-42"), "", "nobody is signed in");
  ylva.set("/staff/cases/1-42", "");
  assert.equal(store.length, 0);
});

test("a tab that is still open after somebody else came writes nothing that they can read", () => {
  const store = new Memory();
  const ylva = new Drafts(store, "staff:1");
  const hamid = new Drafts(store, "staff:2");
  hamid.forgetOthers();
  ylva.set("/staff/cases/1-42", "skrivet i en gammal flik");
  assert.equal(hamid.get("/staff/cases/1-42"), "");
  hamid.set("/staff/cases/1-42", "Hamids");
  hamid.forgetOthers();
  assert.equal(ylva.get("/staff/cases/1-42"), "", "gone when the other opens a page");
  assert.equal(hamid.get("/staff/cases/1-42"), "Hamids");
});

test("a session that ended by itself removes nothing, and signing out removes everything of that kind", () => {
  const store = new Memory();
  new Drafts(store, "staff:1").set("/staff/cases/1-42", "kvar");
  new Drafts(store, "").forgetOthers();
  assert.equal(store.length, 1);
  store.setItem("annat", "rörs inte");
  new Drafts(store, "").clear();
  assert.equal(store.length, 1);
});

const text = (name, defaultValue, value) => ({ name, type: "textarea", value, defaultValue });
const box = (name, value, defaultChecked, checked) => ({ name, type: "checkbox", value, checked, defaultChecked });

test("what has been changed is kept, and what never may be is not", () => {
  const fields = [
    text("history", "", "Feber i två dagar"),
    text("status", "Opåverkad", "Opåverkad"),
    box("sure", "1", false, true),
    box("other", "1", true, true),
    { name: "_csrf_token", type: "hidden", value: "b", defaultValue: "a" },
    { name: "picture", type: "file", value: "C:\\fakepath\\a.jpg", defaultValue: "" },
  ];
  assert.deepEqual(typedIn(fields), [
    { name: "history", value: "Feber i två dagar", was: "" },
    { name: "sure", value: "1", was: "", checked: true },
  ]);
});

test("what is put back never writes over what has come meanwhile", () => {
  const cases = [
    ["", { value: "abc", was: "" }, "abc"],
    ["ab", { value: "abc", was: "" }, "abc"], // the page saved a part of it itself
    ["abc", { value: "abc", was: "" }, "abc"],
    ["abc och mer", { value: "abc", was: "" }, "abc och mer"],
    ["en kollegas", { value: "abc", was: "" }, "en kollegas\nabc"],
  ];
  for (const [now, typed, then] of cases) {
    const field = text("history", now, now);
    putBack([field], [{ name: "history", ...typed }]);
    assert.equal(field.value, then);
  }
  const choices = [box("pain", "yes", false, false), box("pain", "no", false, false)];
  assert.deepEqual(putBack(choices, [{ name: "pain", value: "no", was: "", checked: true }]), [choices[1]]);
});
