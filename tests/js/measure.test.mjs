// The bench's rule on a page that only remembers: node --test tests/js/measure.test.mjs
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../bench/measure.js", import.meta.url), "utf8");

// One cell that watches a stage or a label; frames and messages happen when the test lets them.
function page() {
  const stage = new EventTarget();
  stage.dataset = {};
  const cell = new EventTarget();
  const label = { textContent: "2" };
  cell.querySelector = (css) => (css === ".bench-label" ? label : stage);
  const made = { now: 0, stage, label, messages: [], frames: [], observed: () => {} };
  class MessageChannel {
    port1 = {};
    port2 = { postMessage: () => made.messages.push(() => this.port1.onmessage()) };
  }
  class MutationObserver {
    constructor(tell) {
      made.observed = tell;
    }
    observe() {}
    disconnect() {}
  }
  const window = {};
  runInNewContext(SOURCE, {
    window,
    document: { querySelectorAll: () => [cell] },
    performance: { now: () => made.now },
    requestAnimationFrame: (draw) => made.frames.push(draw),
    MessageChannel,
    MutationObserver,
    setTimeout,
  });
  const tell = (name) => (detail) => cell.dispatchEvent(Object.assign(new Event(name), { detail }));
  made.drawn = tell("lesson-drawn");
  made.moved = tell("lesson-moved");
  made.arrive = (now) => {
    made.now = now;
    for (const arrives of made.messages.splice(0)) arrives();
  };
  return Object.assign(made, { bench: window.bench });
}

const seen = ({ bench }) => structuredClone(bench.seen()); // made in a world of its own

const keys = (made) => seen(made).changes.map(({ key }) => key);

test("a stage's change is painted when the message posted in its frame arrives", () => {
  const made = page();
  made.bench.watch(0, "stage");
  made.now = 21;
  made.drawn({ seq: 4, key: "a", exact: false, frame_time: 16, shelf: true });
  assert.deepEqual(seen(made).changes, []);
  made.arrive(29);
  assert.deepEqual(seen(made).changes, [
    { frame: 16, noted: 21, painted: 29, key: "a", exact: false, digest: null, shelf: true },
  ]);
});

test("a label's change is painted by the frame that is asked for at the change", () => {
  const made = page();
  made.bench.watch(0, "label");
  made.label.textContent = "3";
  made.now = 5;
  made.observed();
  made.now = 17;
  made.frames.pop()(16);
  made.arrive(24);
  const [{ frame, noted, painted, key }] = seen(made).changes;
  assert.deepEqual({ frame, noted, painted, key }, { frame: 16, noted: 17, painted: 24, key: "3" });
});

test("the text that stood there already is no change", () => {
  const made = page();
  made.bench.watch(0, "label");
  made.observed();
  made.frames.pop()(16);
  made.arrive(24);
  assert.deepEqual(keys(made), []);
});

test("a picture drawn again is no change, the exact one after its preview is", () => {
  const made = page();
  made.bench.watch(0, "stage");
  for (const exact of [false, false, true, true]) made.drawn({ seq: 4, key: "a", exact });
  made.arrive(9);
  assert.deepEqual(
    seen(made).changes.map(({ exact }) => exact),
    [false, true],
  );
});

test("a state without a key is known by the number of its scene", () => {
  const made = page();
  made.bench.watch(0, "stage");
  for (const seq of [7, 8]) made.drawn({ seq });
  made.arrive(9);
  assert.deepEqual(keys(made), ["7", "8"]);
});

test("a stage remembers between two turns what it shows", () => {
  const made = page();
  made.bench.watch(0, "stage");
  made.drawn({ seq: 4, key: "a" });
  made.bench.watch(0, "label");
  made.bench.watch(0, "stage");
  made.drawn({ seq: 5, key: "a" });
  made.arrive(9);
  assert.deepEqual(keys(made), []);
});

test("an earlier scene of Python's is out of order, one from the shelf is not", () => {
  const made = page();
  made.bench.watch(0, "stage");
  made.drawn({ seq: 5, key: "b" });
  made.drawn({ seq: 2, key: "c", shelf: true });
  made.moved({ control: "stride", found: false });
  assert.equal(seen(made).out_of_order, 0);
  made.drawn({ seq: 4, key: "a" });
  assert.equal(seen(made).out_of_order, 1);
});

test("another state painted over one from the shelf is out of order until the hand moves", () => {
  const made = page();
  made.bench.watch(0, "stage");
  made.drawn({ seq: 5, key: "b", shelf: true });
  made.drawn({ seq: 6, key: "b" });
  assert.equal(seen(made).out_of_order, 0);
  made.drawn({ seq: 7, key: "a" });
  assert.equal(seen(made).out_of_order, 1);
  made.moved({ control: "stride", found: false });
  made.drawn({ seq: 8, key: "c" });
  assert.equal(seen(made).out_of_order, 1);
});

test("moves are kept with what was found, until all is forgotten", () => {
  const made = page();
  made.bench.watch(0, "stage");
  made.moved({ control: "stride", found: true });
  assert.equal(seen(made).moves[0].found, true);
  made.bench.forget();
  assert.deepEqual(seen(made).moves, []);
});

test("the shelf is waited for while it is filled, and no longer than the limit", async () => {
  const made = page();
  made.bench.watch(0, "stage");
  assert.equal(await made.bench.shelf(1000), null);
  made.stage.dataset.shelf = "filling";
  const waiting = made.bench.shelf(1000);
  made.stage.dataset.shelf = "full";
  assert.equal(await waiting, "full");
  made.stage.dataset.shelf = "filling";
  assert.equal(await made.bench.shelf(0), "filling");
});
