// The button of long work: what it says, what it asks for, and what a screen reader hears.
import assert from "node:assert/strict";
import { test } from "node:test";

import { announced, button, resets } from "../../lessons_lib/widgets/work/bar.js";

test("the button starts what the reader starts, and stops what runs", () => {
  assert.deepEqual(button("idle", "train", true), { text: "train", asks: "start" });
  assert.deepEqual(button("running", "train", true), { text: "stop", asks: "stop" });
  assert.deepEqual(button("stopping", "train", true), { text: "stopping…", asks: "" });
  for (const phase of ["done", "stopped", "failed"]) {
    assert.deepEqual(button(phase, "train", true), { text: "train", asks: "start" });
  }
});

test("work that the lab begins can only be stopped", () => {
  assert.deepEqual(button("running", "searching", false), { text: "stop", asks: "stop" });
  assert.equal(button("done", "searching", false).asks, "");
});

test("work that can go on says so, and what it found can be reset", () => {
  assert.deepEqual(button("stopped", "train", true, true), { text: "resume", asks: "start" });
  assert.deepEqual(button("stopped", "train", true, false), { text: "train", asks: "start" });
  assert.equal(button("running", "train", true, true).asks, "stop");
  assert.equal(resets("idle", false), false);
  assert.ok(resets("idle", true));
  for (const phase of ["running", "stopped", "done", "failed"]) assert.ok(resets(phase, false));
});

test("a screen reader hears a change of phase, not each step", () => {
  const first = announced("running", "train", "step 1 of 9");
  assert.equal(first, announced("running", "train", "step 2 of 9"));
  assert.equal(first, "train: running");
  assert.equal(announced("done", "train", "done: step 9 of 9"), "train: done: step 9 of 9");
  assert.equal(announced("idle", "train", "what it does"), "");
});
