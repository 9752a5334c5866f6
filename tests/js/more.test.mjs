// The button that shows the controls which wait.
import assert from "node:assert/strict";
import { test } from "node:test";

import more from "../../lessons_lib/widgets/lab/more.js";
import { told } from "../../lessons_lib/widgets/shared/more_button.js";
import { fake_page } from "./fake_page.mjs";

function shown(traits = {}) {
  const page = fake_page({ unfolded: false, inside: "", ...traits });
  page.close = more.render({ model: page.model, el: page.element });
  page.button = page.find("lesson-more-button");
  return page;
}

test("what is set inside is told while it cannot be seen", () => {
  assert.equal(told(false, "padding 2"), "· padding 2");
  assert.equal(told(true, "padding 2"), "");
  assert.equal(told(false, ""), "");
});

test("a click unfolds and folds, and says so", () => {
  const page = shown({ inside: "padding 2" });
  assert.equal(page.button.getAttribute("aria-expanded"), "false");
  assert.equal(page.button.textContent, "▸more· padding 2");
  assert.match(page.button.title, /padding 2/);
  page.button.dispatchEvent(new Event("click"));
  assert.equal(page.model.get("unfolded"), true);
  page.tell({ unfolded: true });
  assert.equal(page.button.getAttribute("aria-expanded"), "true");
  assert.equal(page.button.textContent, "▾more");
  page.button.dispatchEvent(new Event("click"));
  assert.equal(page.model.get("unfolded"), false);
  assert.equal(page.saved.length, 2);
});

test("what Python tells meanwhile is shown, until the button is taken away", () => {
  const page = shown();
  page.tell({ inside: "stride across 3" });
  assert.equal(page.find("lesson-more-inside").textContent, "· stride across 3");
  page.close();
  page.tell({ inside: "" });
  assert.equal(page.find("lesson-more-inside").textContent, "· stride across 3");
});

test("without a kernel the button still works", () => {
  const page = shown();
  page.model.save_changes = () => {
    throw new Error("no comm");
  };
  page.button.dispatchEvent(new Event("click"));
  assert.equal(page.model.get("unfolded"), true);
});
