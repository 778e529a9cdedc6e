import assert from "node:assert/strict";
import { test } from "node:test";
import { Memory, Outbox } from "../../src/vardlots/static/js/outbox.js";
import { Sender } from "../../src/vardlots/static/js/sender.js";

const base = "/my/cases/1-42";
const message = (n) => ({ key: `key-${n}`, base, text: `text ${n}` });
const answer = (kind, words = "") => ({ kind, status: 0, text: "", headers: new Headers(), words });

/** A sender whose server is a list of answers; after the last it says yes. */
function sending(outbox, answers, { taken = true } = {}) {
  const log = { posted: [], sent: [], refused: [], out: 0 };
  const sender = new Sender(outbox, {
    post: async (item) => { log.posted.push(item.key); return answers.shift() ?? answer("done"); },
    alone: (_, deed) => deed(),
    wait: async () => {},
    onSent: (item) => log.sent.push(item.key),
    onRefused: (item, words) => { log.refused.push([item.key, words]); return taken; },
    onOut: () => { log.out++; },
  });
  return { sender, log };
}

const quiet = async () => { for (let n = 0; n < 400; n++) await Promise.resolve(); };

test("the order is the order of writing, within one millisecond and when the clock goes back", () => {
  // A browser's store has an order of its own.
  const store = new Memory();
  const { key } = Memory.prototype;
  store.key = (index) => key.call(store, store.length - 1 - index);
  const outbox = new Outbox(store, "person:9");
  for (let n = 0; n < 12; n++) outbox.add(message(n), n < 6 ? 5_000 : 4_000);
  assert.deepEqual(outbox.list(base).map((item) => item.key), Array.from({ length: 12 }, (_, n) => `key-${n}`));
});

test("a page opened later writes after what was left", () => {
  const store = new Memory();
  new Outbox(store, "person:9").add(message(1), 9_000);
  const later = new Outbox(store, "person:9");
  later.add(message(2), 1_000);
  assert.deepEqual(later.list(base).map((item) => item.key), ["key-1", "key-2"]);
});

test("cases do not mix", () => {
  const outbox = new Outbox(new Memory(), "person:9");
  outbox.add(message(1));
  outbox.add({ ...message(2), base: "/my/cases/1-4" });
  assert.deepEqual(outbox.list(base).map((item) => item.key), ["key-1"]);
  assert.deepEqual(outbox.bases().sort(), ["/my/cases/1-4", base]);
});

test("somebody else on the same machine never sends them, nor finds them", () => {
  const store = new Memory();
  new Outbox(store, "person:9").add(message(1));
  const other = new Outbox(store, "person:10");
  assert.deepEqual(other.list(base), []);
  assert.equal(store.length, 0);
});

test("signing out leaves nothing", () => {
  const store = new Memory();
  store.setItem("vardlots.theme", "dark");
  const outbox = new Outbox(store, "person:9");
  outbox.add(message(1));
  outbox.clear();
  assert.equal(store.length, 1);
});

test("a store that refuses is replaced without losing what waited", () => {
  const full = new Memory();
  const outbox = new Outbox(full, "person:9");
  outbox.add(message(1));
  full.setItem = () => { throw new Error("QuotaExceededError"); };
  outbox.add(message(2));
  assert.deepEqual(outbox.list(base).map((item) => item.key), ["key-1", "key-2"]);
});

test("sent in order with the same key until the server has it", async () => {
  const outbox = new Outbox(new Memory(), "");
  for (let n = 0; n < 3; n++) outbox.add(message(n));
  const { sender, log } = sending(outbox, [answer("again"), answer("again"), answer("done"), answer("again")]);
  sender.kick(base);
  await quiet();
  assert.deepEqual(log.posted, ["key-0", "key-0", "key-0", "key-1", "key-1", "key-2"]);
  assert.deepEqual(log.sent, ["key-0", "key-1", "key-2"]);
  assert.deepEqual(outbox.list(base), []);
});

test("kicked twice it still sends each once", async () => {
  const outbox = new Outbox(new Memory(), "");
  for (let n = 0; n < 5; n++) outbox.add(message(n));
  const { sender, log } = sending(outbox, []);
  sender.kick(base);
  sender.kick(base);
  sender.all();
  await quiet();
  assert.deepEqual(log.posted, ["key-0", "key-1", "key-2", "key-3", "key-4"]);
});

test("a refusal goes back with the server's words, the rest goes on", async () => {
  const outbox = new Outbox(new Memory(), "");
  for (let n = 0; n < 2; n++) outbox.add(message(n));
  const { sender, log } = sending(outbox, [answer("refused", "För långt.")]);
  sender.kick(base);
  await quiet();
  assert.deepEqual(log.refused, [["key-0", "För långt."]]);
  assert.deepEqual(log.sent, ["key-1"]);
  assert.deepEqual(outbox.list(base), []);
});

test("a refusal that no page can take back is kept with its words and not sent again", async () => {
  const outbox = new Outbox(new Memory(), "");
  outbox.add(message(0));
  const { sender, log } = sending(outbox, [answer("refused", "Avslutat.")], { taken: false });
  sender.kick(base);
  await quiet();
  sender.all();
  await quiet();
  assert.equal(log.posted.length, 1);
  assert.equal(outbox.list(base)[0]?.refused, "Avslutat.");
});

test("signed out: nothing is lost and nothing is tried again by itself", async () => {
  const outbox = new Outbox(new Memory(), "");
  outbox.add(message(0));
  const { sender, log } = sending(outbox, [answer("out")]);
  sender.kick(base);
  await quiet();
  assert.equal(log.posted.length, 1);
  assert.equal(log.out, 1);
  assert.equal(outbox.list(base).length, 1);
});
