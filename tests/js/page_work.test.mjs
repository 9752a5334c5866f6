// Long work on a page without a kernel: its recorded steps, and what plays them again.
import assert from "node:assert/strict";
import { test } from "node:test";

import { PageWork } from "../../lessons_lib/widgets/saved/page_work.js";
import { fake_page } from "./fake_page.mjs";
import { click } from "./question_page.mjs";

const STEPS = [
  { text: "not begun", part: "None" },
  { text: "step 2 of 9", part: "n4" },
  { text: "step 5 of 9", part: "n5" },
  { text: "step 9 of 9", part: "n6" },
];

/** A row in a lab of two parameters, the second of which the work sets. */
function row(saved) {
  const page = fake_page({});
  const moves = [];
  const work = { name: "learning", label: "learn", role: "kernel", place: 2, steps: STEPS };
  const has = (parts) => saved.includes(parts.join());
  let beat = null;
  const clock = {
    setInterval: (step) => {
      beat = step;
      return 1;
    },
    clearInterval: () => {
      beat = null;
    },
  };
  const move = (moved) => moves.push(moved);
  const made = new PageWork(work, page.element, { has, move, clock });
  const draw = (...parts) => made.draw(["saved", ...parts]);
  return { made, moves, draw, page, wait: () => beat?.() };
}

const ALL = STEPS.map(({ part }) => `saved,3,${part}`);

test("only the steps that are saved with the other settings are offered", () => {
  const { made, draw } = row([...ALL, "saved,4,None", "saved,4,n6"]);
  draw("3", "n5");
  assert.equal(Number(made.input.max), 3);
  assert.equal(Number(made.input.value), 2);
  assert.equal(made.words.textContent, "step 5 of 9");
  draw("4", "n6");
  assert.equal(Number(made.input.max), 1);
  assert.equal(Number(made.input.value), 1);
});

test("where no step is saved only the words stay that it needs a kernel", () => {
  const { made, page } = row(["saved,3,None"]);
  made.draw(["saved", "3", "None"]);
  assert.deepEqual(
    [made.press, made.input, made.words].map(({ hidden }) => hidden),
    [true, true, true],
  );
  const anew = page.find("lesson-saved-anew");
  assert.equal(anew.textContent, "learn: needs a kernel");
  assert.equal(anew.getAttribute("aria-disabled"), "true");
});

test("a replay goes step by step, from the end on from the beginning, and stops there", () => {
  const { made, moves, draw, wait } = row(ALL);
  draw("3", "n6");
  click(made.press);
  assert.deepEqual(moves, [{ 2: "None" }]);
  for (const part of ["None", "n4", "n5", "n6"]) {
    draw("3", part);
    assert.equal(made.press.textContent, "stop");
    wait();
  }
  assert.deepEqual(
    moves.map((moved) => moved[2]),
    ["None", "n4", "n5", "n6"],
  );
  assert.equal(made.press.textContent, "replay");
});

test("a replay stops when it is told to, and when another control moves", () => {
  const { made, moves, draw, wait } = row([...ALL, "saved,4,None", "saved,4,n6"]);
  draw("3", "None");
  click(made.press);
  click(made.press);
  wait();
  assert.deepEqual(moves, []);
  click(made.press);
  draw("4", "None");
  wait();
  assert.deepEqual(moves, []);
  assert.equal(made.press.textContent, "replay");
});
