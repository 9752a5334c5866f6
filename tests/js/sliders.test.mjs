// Sliders: named for screen readers; the value at which a hand lets go is told, once, by the right lab.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { Sliders } = await import(
  new URL("../../lessons_lib/widgets/lab/sliders.js", import.meta.url)
);

function lab_of(page) {
  const { ownerDocument: document } = page.element;
  const add = (parent, names) => {
    const element = document.createElement("div");
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
  const sliders = new Sliders(root, (released) => told.push(released));
  const send = (name, target) => {
    const event = new Event(name);
    Object.defineProperty(event, "target", { value: target });
    document.dispatchEvent(event);
  };
  return { sliders, slider, handle, root, told, send };
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

test("the handle gets the label as its name", () => {
  const { sliders, handle } = lab_of(fake_page({}));
  sliders.name();
  assert.equal(handle.getAttribute("aria-label"), "padding");
});

test("a closed lab hears nothing any more", () => {
  const { sliders, handle, told, send } = lab_of(fake_page({}));
  sliders.close();
  send("pointerdown", handle);
  send("pointerup", handle);
  assert.deepEqual(told, []);
});
