// What a lab says of its kernel, and that its controls are shut when there is none.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  KernelState,
  NEVER,
  NOWHERE,
  STOPPED,
} from "../../lessons_lib/widgets/shared/kernel_state.js";
import { fake_page } from "./fake_page.mjs";

function lab_with(kernel, comm_live, body = undefined) {
  const page = fake_page({ layout: { comm_live } });
  page.element.ownerDocument.body = body;
  page.model.widget_manager = { kernel };
  const add = (parent, css) => {
    const element = page.element.ownerDocument.createElement("div");
    element.className = css;
    parent.append(element);
    return element;
  };
  const lab = add(page.element, "lesson-lab");
  // The fake page knows one class at a time, not a list of selectors.
  lab.querySelectorAll = () => [controls];
  const controls = add(lab, "lesson-controls");
  const root = add(lab, "lesson-stage");
  const line = add(root, "lesson-kernel-state");
  return { line, controls, state: new KernelState(page.model, root, line) };
}

const running = (status = "idle") => {
  const told = [];
  const statusChanged = { connect: (tell) => told.push(tell), disconnect() {} };
  return {
    status,
    statusChanged,
    tell: () => {
      for (const each of told) each();
    },
  };
};

test("a lab whose kernel knows it says nothing and can be moved", () => {
  const { line, controls, state } = lab_with(running(), true);
  state.shut();
  assert.equal(line.textContent, "");
  assert.ok(!controls.inert);
});

test("a saved lab that was reopened says that it has no kernel yet, and stays with it", () => {
  const kernel = running();
  const { line, controls, state } = lab_with(kernel, false);
  kernel.tell();
  state.answered();
  assert.equal(line.textContent, NEVER);
  assert.ok(controls.inert);
});

test("on a page without any kernel the lab says where there is one", () => {
  assert.equal(lab_with(undefined, false).line.textContent, NOWHERE);
});

test("a kernel that is gone shuts the controls for good", () => {
  const kernel = running("restarting");
  const { line, controls } = lab_with(kernel, true);
  kernel.tell();
  kernel.status = "idle";
  kernel.tell();
  assert.equal(line.textContent, STOPPED);
  assert.ok(controls.inert);
});

test("in Voila, which has no menus, a lab whose kernel is gone asks for the page anew", () => {
  const kernel = running("dead");
  const { line } = lab_with(kernel, true, { dataset: { voila: "voila" } });
  kernel.tell();
  const said = "The kernel has stopped or was restarted. Reload the page to bring the lab back.";
  assert.equal(line.textContent, said);
});

test("what is said of a busy kernel passes and lies over the stage, of a lost one it stays in a line", () => {
  const kernel = running("busy");
  const { line, state } = lab_with(kernel, true);
  state.told_busy();
  assert.match(line.textContent, /is busy/);
  kernel.status = "idle";
  kernel.tell();
  assert.equal(line.textContent, "");
  kernel.status = "busy";
  state.told_busy();
  assert.ok(line.classList.contains("lesson-passing"));
  kernel.status = "dead";
  kernel.tell();
  assert.equal(line.textContent, STOPPED);
  assert.ok(!line.classList.contains("lesson-passing"));
});

test("a kernel that ends something older does not end the wait for an answer", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const kernel = running("idle");
  const { line, controls, state } = lab_with(kernel, true);
  state.touched({ target: controls });
  t.mock.timers.tick(300);
  kernel.tell();
  kernel.status = "busy";
  t.mock.timers.tick(700);
  assert.match(line.textContent, /is busy/);
  state.answered();
  assert.equal(line.textContent, "");
});
