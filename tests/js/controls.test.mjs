// Controls: named for screen readers; the value at which a hand lets go is told, once, by the right lab.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { Controls } = await import(
  new URL("../../lessons_lib/widgets/shared/lab_controls.js", import.meta.url)
);

function lab_of(page) {
  const { ownerDocument: document } = page.element;
  const add = (parent, names, text = "") => {
    const element = document.createElement("div");
    element.textContent = text;
    element.className = names;
    parent.append(element);
    return element;
  };
  const lab = add(page.element, "lesson-lab");
  const slider = add(lab, "lesson-control lesson-slider lesson-control-padding_width");
  add(slider, "widget-label").textContent = "padding";
  const handle = add(slider, "noUi-handle");
  handle.setAttribute("aria-valuenow", "7.0");
  const root = add(lab, "lesson-stage");
  const told = [];
  const controls = new Controls(root, (released) => told.push(released));
  const send = (name, target) => {
    const event = new Event(name, { cancelable: true });
    Object.defineProperty(event, "target", { value: target });
    document.dispatchEvent(event);
    return event;
  };
  return { controls, slider, handle, lab, root, told, send, add };
}

test("the value at which a slider is let go is told once", () => {
  const { handle, told, send, root } = lab_of(fake_page({}));
  send("pointerdown", handle);
  handle.setAttribute("aria-valuenow", "9.0");
  assert.deepEqual(told, []);
  send("pointerup", root);
  send("pointerup", root);
  assert.deepEqual(told, [{ name: "padding_width", value: 9 }]);
});

test("what a hand drags with a slider is its handle, and no selected text", () => {
  const { handle, root, send } = lab_of(fake_page({}));
  const dragged = () => send("dragstart", root).defaultPrevented;
  assert.equal(dragged(), false);
  send("pointerdown", handle);
  assert.equal(dragged(), true);
  send("pointerup", root);
  assert.equal(dragged(), false);
});

test("another lab's slider and a press elsewhere tell nothing", () => {
  const page = fake_page({});
  const [first, second] = [lab_of(page), lab_of(page)];
  first.send("pointerdown", first.handle);
  first.send("pointercancel", first.root);
  first.send("pointerdown", first.root);
  first.send("pointerup", first.handle);
  assert.equal(first.told.length, 1);
  assert.equal(second.told.length, 0);
});

test("lab, slider and row of buttons get their labels as names, and a pressed button says so", () => {
  const page = fake_page({});
  const { controls, handle, lab, add } = lab_of(page);
  add(lab, "lesson-title").textContent = "Padding";
  const row = add(lab, "lesson-presets");
  add(row, "widget-label").textContent = "lesson";
  const buttons = ["one", "two"].map((text) => add(row, "widget-toggle-button", text));
  controls.name();
  assert.equal(handle.getAttribute("aria-label"), "padding");
  assert.equal(row.getAttribute("aria-label"), "lesson");
  assert.deepEqual(
    [lab.getAttribute("role"), lab.getAttribute("aria-label"), lab.tabIndex],
    ["group", "Padding lab", -1],
  );
  const pressed = () => buttons.map((button) => button.getAttribute("aria-pressed"));
  assert.deepEqual(pressed(), ["false", "false"]);
  buttons[1].classList.add("mod-active");
  page.observers[0].tell([{ target: buttons[1], removedNodes: [] }]);
  assert.deepEqual(pressed(), ["false", "true"]);
  controls.close();
  assert.deepEqual(page.observers, []);
});

test("a button that is made anew when it is pressed keeps the focus", () => {
  const page = fake_page({});
  const { controls, lab, add, send } = lab_of(page);
  const row = add(lab, "lesson-presets");
  const old = add(row, "widget-toggle-button", "two");
  controls.name();
  send("focusin", old);
  old.remove();
  const focused = [];
  for (const text of ["one", "two"])
    add(row, "widget-toggle-button", text).focus = () => focused.push(text);
  page.observers[0].tell([{ target: row, removedNodes: [old] }]);
  assert.deepEqual(focused, ["two"]);
});

test("a closed lab hears nothing any more", () => {
  const { controls, handle, told, send } = lab_of(fake_page({}));
  controls.close();
  send("pointerdown", handle);
  send("pointerup", handle);
  assert.deepEqual(told, []);
});
