// What a hand does in the parts of a question, and what a screen reader hears of them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { GRID, RIGHT, click, press, shown, type } from "./question_page.mjs";

const PHOTO = { ...GRID, name: "photo", rows: 200, columns: 400, photo: "data:,", cells: [] };
const is_old = (page) =>
  page.find("lesson-question-feedback").classList.contains("lesson-question-old");
const focused = (page) => page.element.ownerDocument.activeElement;
const all_of = (page, css) => page.element.querySelectorAll(`.${css}`);

// --- what is shown beside a question --------------------------------------------------------------

test("a grid and a photo are shown with names and sizes, rows first", () => {
  const page = shown("number", { shown: [GRID, PHOTO] });
  assert.deepEqual(
    all_of(page, "lesson-question-title").map(({ textContent }) => textContent),
    ["picture2 × 3", "photo200 × 400"],
  );
  assert.equal(page.find("lesson-question-grid").getAttribute("aria-label"), "picture");
  const image = page.find("lesson-question-photo").children[0];
  assert.deepEqual([image.alt, image.draggable], ["photo", false]);
});

// --- fields ---------------------------------------------------------------------------------------

test("a number's field is followed by its unit, a shape's fields are named", () => {
  assert.match(shown("number").find("lesson-question-fields").textContent, /pixels$/);
  const page = shown("shape");
  assert.equal(page.find("lesson-question-fields").textContent, "height×width");
  assert.deepEqual(
    page.fields().map((field) => field.getAttribute("aria-label")),
    ["height", "width"],
  );
});

test("of a shape both numbers are needed", () => {
  const page = shown("shape");
  type(page.fields()[0], "7");
  click(page.button("commit"));
  assert.deepEqual(page.sent, []);
  assert.equal(page.message(), "Type.");
});

test("numbers stand in their fields with a true minus sign", () => {
  const page = shown("number");
  page.say({ state: "wrong", message: "No.", guess: [-3] });
  assert.equal(page.fields()[0].value, "−3");
});

// --- an empty grid --------------------------------------------------------------------------------

test("in an empty grid an arrow leads to the next field, another key stays", () => {
  const page = shown("grid");
  const [first, , below] = page.fields();
  assert.ok(press(first, "ArrowDown").defaultPrevented);
  assert.equal(focused(page), below);
  assert.ok(!press(below, "5").defaultPrevented);
  assert.equal(focused(page), below);
});

test("what stands in a field is selected when it gets the focus", () => {
  const page = shown("grid");
  let selected = 0;
  page.fields()[0].select = () => {
    selected += 1;
  };
  page.fields()[0].dispatchEvent(new Event("focus"));
  assert.equal(selected, 1);
});

// --- a choice -------------------------------------------------------------------------------------

const radios = (page) => all_of(page, "lesson-question-option").map(({ children }) => children[0]);

test("the options of two views of a question do not take each other's choice", () => {
  const [one, other] = [shown("choice"), shown("choice")].map(radios);
  assert.equal(new Set(one.map(({ name }) => name)).size, 1);
  assert.notEqual(one[0].name, other[0].name);
});

test("a wrong choice stays chosen until another one is made", () => {
  const page = shown("choice");
  page.say({ state: "wrong", message: "No.", guess: [2] });
  assert.deepEqual(
    radios(page).map(({ checked }) => checked),
    [false, false, true],
  );
  radios(page)[0].dispatchEvent(new Event("change"));
  assert.ok(is_old(page));
});

test("beside the right option no other can be chosen any more", () => {
  const page = shown("choice");
  page.say({ ...RIGHT, guess: [1], key: [1] });
  assert.deepEqual(
    radios(page).map(({ disabled }) => disabled),
    [true, false, true],
  );
});

// --- a cell ---------------------------------------------------------------------------------------

test("a cell that is clicked has the focus, and what was said before is old", () => {
  const page = shown("cell");
  page.say({ state: "wrong", message: "No.", guess: [0, 0] });
  const cells = all_of(page, "lesson-question-cell");
  click(cells[4]);
  assert.equal(focused(page), cells[4]);
  assert.ok(is_old(page));
});

test("Tab reaches the first cell, and after a click the chosen one", () => {
  const page = shown("cell");
  const cells = all_of(page, "lesson-question-cell");
  const reached = () => cells.map(({ tabIndex }) => tabIndex);
  assert.deepEqual(reached(), [0, -1, -1, -1, -1, -1]);
  click(cells[4]);
  assert.deepEqual(reached(), [-1, -1, -1, -1, 0, -1]);
});

test("the space bar chooses the cell that has the focus, and other keys go their way", () => {
  const page = shown("cell");
  const [first] = all_of(page, "lesson-question-cell");
  assert.ok(!press(first, "Tab").defaultPrevented);
  assert.ok(press(first, " ").defaultPrevented);
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [0, 0]);
});

test("a click between the cells chooses none", () => {
  const page = shown("cell");
  click(page.find("lesson-question-grid"));
  click(page.button("commit"));
  assert.deepEqual(page.sent, []);
});

test("of two grids the one that is asked about takes the click", () => {
  const page = shown("cell", { shown: [{ ...GRID, name: "kernel" }, GRID] });
  const [kernel, picture] = all_of(page, "lesson-question-grid");
  click(kernel.querySelectorAll(".lesson-question-cell")[4]);
  click(picture.querySelectorAll(".lesson-question-cell")[1]);
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [0, 1]);
});

test("when the answer is shown a click chooses nothing else", () => {
  const page = shown("cell");
  page.say({ ...RIGHT, guess: [1, 2], key: [1, 2] });
  click(all_of(page, "lesson-question-cell")[0]);
  assert.equal(page.find("lesson-question-at").textContent, "row 1, column 2");
});

function photo() {
  const page = shown("cell", { pane: "photo", shown: [PHOTO] });
  page.frame = page.find("lesson-question-photo");
  Object.assign(page.frame.style, { width: "100px", height: "50px" });
  page.cross = page.find("lesson-question-cross");
  return page;
}

test("the cross stands on the chosen pixel, and where it is, is said", () => {
  const page = photo();
  const said = () => page.frame.getAttribute("aria-label");
  assert.equal(page.cross.hidden, true);
  assert.equal(said(), "photo, 200 × 400 pixels: no place chosen");
  page.point(page.frame, "click", 30, 20);
  assert.equal(page.cross.hidden, false);
  assert.deepEqual([page.cross.style.top, page.cross.style.left], ["40.25%", "30.125%"]);
  assert.equal(said(), "photo, 200 × 400 pixels: row 80, column 120 chosen");
});

test("a click on the frame around a photo chooses nothing", () => {
  const page = photo();
  for (const [x, y] of [
    [30, 50],
    [100, 20],
    [30, -1],
    [-1, 20],
  ])
    page.point(page.frame, "click", x, y);
  assert.equal(page.cross.hidden, true);
});

test("with the keys one begins in the middle of a photo", () => {
  const page = photo();
  press(page.frame, "ArrowDown");
  assert.equal(page.find("lesson-question-at").textContent, "row 101, column 200");
});

// --- an order -------------------------------------------------------------------------------------

/** Items a, b, c of 10 pixels each, one under the other. */
function list() {
  const page = shown("order");
  const rows = all_of(page, "lesson-question-item");
  const place = (row) => Number(/^\d/.exec(row.getAttribute("aria-label"))[0]) - 1;
  for (const row of rows)
    row.getBoundingClientRect = () => ({ top: 10 * place(row), height: 10, left: 0, width: 50 });
  page.items = rows;
  page.order = () => rows.map((row) => place(row));
  return page;
}

test("a dragged item goes up and down with the pointer until it is let go", () => {
  const page = list();
  const [a, b, c] = page.items;
  page.point(c, "pointermove", 5, 2);
  assert.deepEqual(page.order(), [0, 1, 2], "nothing is dragged yet");
  page.point(c, "pointerdown", 5, 25);
  page.point(b, "pointermove", 5, 2);
  assert.deepEqual(page.order(), [0, 1, 2], "another one is dragged");
  page.point(c, "pointermove", 5, 13);
  assert.deepEqual(page.order(), [0, 2, 1]);
  page.point(c, "pointermove", 5, 2);
  assert.deepEqual(page.order(), [1, 2, 0]);
  page.point(c, "pointermove", 5, 17);
  assert.deepEqual(page.order(), [0, 2, 1]);
  page.point(c, "pointerup", 5, 17);
  page.point(c, "pointermove", 5, 2);
  assert.deepEqual(page.order(), [0, 2, 1]);
  assert.equal(a.getAttribute("aria-label"), "1 of 3: a; the arrow keys move it");
});

test("a press on the button of an item does not drag it", () => {
  const page = list();
  page.point(page.items[2].children[1], "pointerdown", 45, 25);
  page.point(page.items[2], "pointermove", 45, 2);
  assert.deepEqual(page.order(), [0, 1, 2]);
});

test("an item that a key moves keeps the focus, and what was said before is old", () => {
  const page = list();
  page.say({ state: "wrong", message: "No.", guess: [0, 1, 2] });
  assert.ok(press(page.items[2], "ArrowUp").defaultPrevented);
  assert.equal(focused(page), page.items[2]);
  assert.ok(is_old(page));
});

test("the last item goes no further down, and a key on its button does not move it", () => {
  const page = list();
  press(page.items[2], "ArrowDown");
  assert.ok(!is_old(page));
  press(page.items[2].children[1], "ArrowUp");
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [0, 1, 2]);
});

test("the right order can be changed no more", () => {
  const page = list();
  page.say({ ...RIGHT, guess: [1, 2, 0], key: [1, 2, 0] });
  press(page.items[1], "ArrowDown");
  page.point(page.items[0], "pointerdown", 5, 25);
  page.point(page.items[0], "pointermove", 5, 2);
  assert.deepEqual(page.order(), [2, 0, 1]);
  assert.equal(page.items[1].getAttribute("aria-label"), "1 of 3: b");
});
