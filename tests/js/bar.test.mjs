// The button of long work: what it says, what it asks for, and what a screen reader hears.
import assert from "node:assert/strict";
import { test } from "node:test";

import bar, { announced, button, resets } from "../../lessons_lib/widgets/work/bar.js";
import { fake_page } from "./fake_page.mjs";

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

// --- on the page ---------------------------------------------------------------------------------------

const IDLE = {
  phase: "idle",
  label: "train",
  text: "",
  fraction: 0,
  startable: true,
  resumes: false,
  resettable: true,
};

function shown(changes = {}) {
  const page = fake_page({ ...IDLE, ...changes });
  page.close = bar.render({ model: page.model, el: page.element });
  page.button = page.find("lesson-job-button");
  page.back = page.find("lesson-job-reset");
  page.click = (element) => element.dispatchEvent(new Event("click"));
  page.asked = () => page.sent.map(({ type }) => type);
  return page;
}

test("nothing is reset before there is something to reset, and then a press asks for it", () => {
  const idle = shown();
  assert.equal(idle.back.getAttribute("aria-disabled"), "true");
  idle.click(idle.back);
  assert.deepEqual(idle.asked(), []);
  const found = shown({ resumes: true });
  assert.equal(found.back.getAttribute("aria-disabled"), "false");
  found.click(found.back);
  assert.deepEqual(found.asked(), ["reset"]);
});

test("only work that can go on has a button that resets it", () => {
  assert.equal(shown().back.hidden, false);
  assert.equal(shown({ resettable: false }).back.hidden, true);
});

test("what the buttons do is said together with what they do it to", () => {
  const said = (changes) => {
    const { button: press, back } = shown(changes);
    return [press, back].map((each) => each.getAttribute("aria-label"));
  };
  assert.deepEqual(said({}), ["train", "reset (train)"]);
  assert.deepEqual(said({ resumes: true }), ["resume (train)", "reset (train)"]);
});

test("a bar without words is said not to have begun", () => {
  const value = (text) => shown({ text }).find("lesson-job-bar").getAttribute("aria-valuetext");
  assert.deepEqual([value(""), value("step 3 of 9")], ["not begun", "step 3 of 9"]);
});

test("work that the lab begins has its name before the bar, and no place for the keyboard while idle", () => {
  const own = shown({ startable: false });
  assert.deepEqual([own.find("lesson-job-name").textContent, own.button.tabIndex], ["train", -1]);
  const running = shown({ startable: false, phase: "running" });
  assert.equal(running.button.tabIndex, 0);
  const started = shown();
  assert.deepEqual([started.find("lesson-job-name").textContent, started.button.tabIndex], ["", 0]);
});

test("a bar that was taken from the page asks for nothing any more", () => {
  const page = shown({ resumes: true });
  page.close();
  page.click(page.back);
  page.click(page.button);
  assert.deepEqual(page.asked(), []);
});
