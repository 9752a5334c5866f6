// Lights: a control that is touched lights its terms, as long as the pointer or the focus is there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { Lights } = await import(
  new URL("../../lessons_lib/widgets/stage/lights.js", import.meta.url)
);

function two_labs() {
  const page = fake_page({});
  const { ownerDocument: document } = page.element;
  const add = (parent, names) => {
    const element = document.createElement("div");
    element.className = names;
    parent.append(element);
    return element;
  };
  const [one, other] = [1, 2].map(() => {
    const lab = add(page.element, "lesson-lab");
    const control = (role) => add(lab, `lesson-control ${role && `lesson-role-of-${role}`}`);
    const stride = control("stride");
    const parts = { stride, handle: add(stride, "noUi-handle"), padding: control("padding") };
    const root = add(lab, "lesson-stage");
    const foot = add(root, "lesson-foot");
    return { ...parts, plain: control(""), root, foot, lights: new Lights(root, foot) };
  });
  const send = (name, target, relatedTarget = null) => {
    const event = new Event(name);
    Object.defineProperties(event, {
      target: { value: target },
      relatedTarget: { value: relatedTarget },
    });
    document.dispatchEvent(event);
  };
  const lit = ({ foot }) => foot.class_names.filter((name) => name.startsWith("lesson-lit"));
  return { one, other, send, lit };
}

test("the role of what the pointer is over is lit, in its own lab only", () => {
  const { one, other, send, lit } = two_labs();
  send("pointerover", one.handle);
  assert.deepEqual([lit(one), lit(other)], [["lesson-lit-stride"], []]);
  send("pointerover", other.padding);
  assert.deepEqual([lit(one), lit(other)], [[], ["lesson-lit-padding"]]);
});

test("pointer and focus each light a role, and one that both are at stays lit until both have gone", () => {
  const { one, send, lit } = two_labs();
  send("focusin", one.handle);
  send("pointerover", one.padding);
  assert.deepEqual(lit(one).sort(), ["lesson-lit-padding", "lesson-lit-stride"]);
  send("pointerover", one.stride);
  send("focusout", one.handle);
  assert.deepEqual(lit(one), ["lesson-lit-stride"]);
  send("pointerout", one.stride);
  assert.deepEqual(lit(one), []);
});

test("on the way to another element nothing goes dark before the next is lit", () => {
  const { one, send, lit } = two_labs();
  send("pointerover", one.handle);
  send("pointerout", one.handle, one.stride);
  assert.deepEqual(lit(one), ["lesson-lit-stride"]);
});

test("a control without a role lights nothing, and a closed lab listens no more", () => {
  const { one, send, lit } = two_labs();
  send("pointerover", one.stride);
  send("pointerover", one.plain);
  assert.deepEqual(lit(one), []);
  one.lights.close();
  send("focusin", one.stride);
  assert.deepEqual(lit(one), []);
});
