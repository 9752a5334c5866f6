// Keys pressed in a lab: which of them JupyterLab hears, and where Escape leads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Keys, is_for_the_page } from "../../lessons_lib/widgets/shared/keys.js";
import { fake_page } from "./fake_page.mjs";

const APART = "data-lm-suppress-shortcuts";

function lab_on(page) {
  const add = (parent, css) => {
    const element = page.element.ownerDocument.createElement("div");
    element.className = css;
    parent.append(element);
    return element;
  };
  const lab = add(page.element, "lesson-lab");
  const [control, root] = [add(lab, "control"), add(lab, "lesson-stage")];
  lab.focus = () => {
    lab.focused = true;
  };
  const keys = new Keys(root);
  const kept = (key, more) => {
    page.press(control, key, more);
    return control.getAttribute(APART) === "true";
  };
  return { lab, control, keys, kept };
}

test("a key alone, with Shift or with Alt, is kept; a chord such as Ctrl+S is not", () => {
  const { kept } = lab_on(fake_page({}));
  for (const key of ["b", "m", "d", "x", "ArrowUp", "Enter", "Escape"]) assert.ok(kept(key), key);
  assert.ok(kept("Enter", { shiftKey: true }));
  assert.ok(kept("Enter", { altKey: true }));
  assert.ok(!kept("s", { ctrlKey: true }));
  assert.ok(!kept("s", { metaKey: true }));
  assert.ok(kept("b"), "and kept again without the chord");
});

test("a chord that edits what has the focus is not the notebook's", () => {
  const chord = (key, more = {}) => is_for_the_page({ key, ctrlKey: true, ...more });
  const shiftKey = true;
  for (const key of ["z", "a", "c", "x", "v", "Backspace", "ArrowUp"]) assert.ok(!chord(key), key);
  for (const key of ["Z", "M", "ArrowDown"]) assert.ok(!chord(key, { shiftKey }), key);
  for (const key of ["Enter", "s", "b", "p"]) assert.ok(chord(key), key);
  for (const key of ["C", "X", "S"]) assert.ok(chord(key, { shiftKey }), key);
});

test("a key pressed elsewhere is left alone", () => {
  const page = fake_page({});
  lab_on(page);
  const other = lab_on(fake_page({}));
  page.press(other.control, "b");
  assert.equal(other.control.getAttribute(APART), null);
});

const later = () => new Promise((resolve) => setTimeout(resolve, 1));

test("Escape leaves a control for its lab", async () => {
  const page = fake_page({});
  const { lab, control } = lab_on(page);
  const focused_after = async (key) => {
    lab.focused = false;
    page.press(control, key);
    await later();
    return lab.focused;
  };
  assert.ok(!(await focused_after("Enter")));
  assert.ok(await focused_after("Escape"));
});

test("Escape takes the focus from nobody to whom it has gone meanwhile", async () => {
  const page = fake_page({});
  const [first, second] = [lab_on(page), lab_on(page)];
  first.control.focus();
  page.press(first.control, "Escape");
  second.control.focus();
  await later();
  assert.equal(first.lab.focused, undefined);
  page.press(first.control, "Escape");
  first.control.focus();
  await later();
  assert.ok(first.lab.focused);
});

test("Escape that means something in a control leaves nothing", async () => {
  const page = fake_page({});
  const view = page.element.ownerDocument.defaultView;
  view.addEventListener("keydown", (event) => event.preventDefault());
  const { lab, control } = lab_on(page);
  page.press(control, "Escape");
  await later();
  assert.equal(lab.focused, undefined);
});

test("a closed lab keeps no key", () => {
  const { keys, kept } = lab_on(fake_page({}));
  keys.close();
  assert.ok(!kept("b"));
});
