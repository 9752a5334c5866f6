// A question on a page that only remembers: each kind's part, what is sent, what is shown and when.
import assert from "node:assert/strict";
import { test } from "node:test";

import { led } from "../../lessons_lib/widgets/question/kinds/cell.js";
import { read_number } from "../../lessons_lib/widgets/question/kinds/fields.js";
import { next_field } from "../../lessons_lib/widgets/question/kinds/grid.js";
import { put_at } from "../../lessons_lib/widgets/question/kinds/order.js";
import { ANSWERS } from "../../lessons_lib/widgets/question/kinds/kinds.js";
import question from "../../lessons_lib/widgets/question/question.js";
import { fake_page } from "./fake_page.mjs";
import { OPEN, RIGHT, asked, click, press, shown, type } from "./question_page.mjs";

// --- reading and moving -------------------------------------------------------------------------

test("numbers are read with either minus sign, and what is none is not read", () => {
  assert.deepEqual(
    ["3", "−3", "-3", " 0,5 ", "+7", ".5", "20/4", "−1 / 8", "0/3"].map(read_number),
    [3, -3, -3, 0.5, 7, 0.5, 5, -0.125, 0],
  );
  assert.equal(read_number("-0"), 0); // and not −0
  const none = ["", "x", "3x", "1/0", "1/2/3", "/2", "1/-2", "--3", "3 4"];
  assert.deepEqual(none.map(read_number), Array(none.length).fill(null));
});

test("what is moved in a list stands at its new place, the others close up", () => {
  assert.deepEqual(put_at(["a", "b", "c", "d"], 3, 1), ["a", "d", "b", "c"]);
  assert.deepEqual(put_at(["a", "b", "c", "d"], 0, 2), ["b", "c", "a", "d"]);
});

test("the arrows lead from place to place and stop at the border", () => {
  const size = { rows: 20, columns: 30 };
  assert.deepEqual(led("ArrowDown", [3, 7], size), [4, 7]);
  assert.deepEqual(led("ArrowLeft", [3, 7], size, true), [3, 0]);
  assert.deepEqual(led("PageDown", [3, 7], size), [13, 7]);
  assert.deepEqual(led("End", [3, 7], size), [3, 29]);
  assert.deepEqual(led("ArrowUp", [0, 7], size), [0, 7]);
  assert.deepEqual(led("ArrowDown", [19, 7], size), [19, 7]);
  assert.deepEqual(led("ArrowRight", [3, 7], size, true), [3, 17]);
  assert.deepEqual(led("PageUp", [13, 7], size), [3, 7]);
  assert.deepEqual(led("Home", [3, 7], size), [3, 0]);
});

test("in a grid of fields the arrows go on only from the end of what is typed", () => {
  const size = { rows: 2, columns: 3 };
  const field = (value, start, end = start) => ({
    value,
    selectionStart: start,
    selectionEnd: end,
  });
  assert.equal(next_field("ArrowRight", 1, size, field("12", 2)), 2);
  assert.equal(next_field("ArrowRight", 1, size, field("12", 1)), null);
  assert.equal(next_field("ArrowRight", 2, size, field("12", 2)), null);
  assert.equal(next_field("ArrowLeft", 1, size, field("12", 0, 2)), 0);
  assert.equal(next_field("ArrowDown", 1, size, field("12", 1)), 4);
  assert.equal(next_field("ArrowUp", 1, size, field("12", 1)), null);
  assert.equal(next_field("ArrowDown", 4, size, field("12", 1)), null);
  assert.equal(next_field("ArrowLeft", 1, size, field("12", 1)), null);
  assert.equal(next_field("ArrowRight", 1, size, field("12", 0, 2)), 2);
});

// --- each kind ----------------------------------------------------------------------------------

test("a number is typed and committed with Enter", () => {
  const page = shown("number");
  type(page.fields()[0], "−3");
  press(page.fields()[0], "Enter");
  assert.deepEqual(page.sent, [{ type: "commit", guess: [-3], turn: 1 }]);
});

test("a shape has a field for each axis", () => {
  const page = shown("shape");
  type(page.fields()[0], "7");
  type(page.fields()[1], "4");
  click(page.button("commit"));
  assert.deepEqual(page.sent, [{ type: "commit", guess: [7, 4], turn: 1 }]);
});

test("one of the options is chosen", () => {
  const page = shown("choice");
  const buttons = page.element
    .querySelectorAll(".lesson-question-option")
    .map((each) => each.children[0]);
  buttons[2].checked = true;
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [2]);
});

test("the arrows move the item that has the focus", () => {
  const page = shown("order");
  const row = page.element.querySelectorAll(".lesson-question-item")[2];
  press(row, "ArrowUp");
  press(row, "ArrowUp");
  press(row, "ArrowUp");
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [2, 0, 1]);
  assert.match(row.getAttribute("aria-label"), /^1 of 3: c/);
});

test("the buttons of an item move it too", () => {
  const page = shown("order");
  const row = page.element.querySelectorAll(".lesson-question-item")[0];
  click(row.children[2]); // down
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [1, 0, 2]);
});

test("a cell is chosen with a click, and the arrows go on from there", () => {
  const page = shown("cell");
  const cells = page.element.querySelectorAll(".lesson-question-cell");
  click(cells[1]);
  press(cells[1], "ArrowDown");
  press(cells[4], "ArrowRight");
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [1, 2]);
  assert.equal(page.find("lesson-question-at").textContent, "row 1, column 2");
  assert.equal(cells[5].getAttribute("aria-selected"), "true");
  assert.equal(cells[5].getAttribute("aria-label"), "row 1, column 2: −6");
});

test("a pixel of a photo is chosen where the pointer is", () => {
  const photo = {
    name: "photo",
    role: "input",
    rows: 200,
    columns: 400,
    photo: "data:,",
    cells: [],
  };
  const page = shown("cell", { pane: "photo", shown: [photo] });
  const frame = page.find("lesson-question-photo");
  Object.assign(frame.style, { width: "100px", height: "50px" });
  page.point(frame, "click", 30, 20);
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [80, 120]);
});

test("an empty grid is filled row by row", () => {
  const page = shown("grid");
  const texts = ["1", "-2", "3", "4"];
  for (const [i, text] of texts.entries()) type(page.fields()[i], text);
  click(page.button("commit"));
  assert.deepEqual(page.sent[0].guess, [1, -2, 3, 4]);
});

// --- what is said -------------------------------------------------------------------------------

test("an unfinished guess is not sent, and what is missing is said", () => {
  for (const kind of Object.keys(ANSWERS).filter((each) => each !== "order")) {
    const page = shown(kind);
    click(page.button("commit"));
    assert.deepEqual(page.sent, [], kind);
    assert.equal(page.message(), "Type.");
  }
});

test("what stands between backticks is set as code", () => {
  const page = shown("number");
  const text = page.find("lesson-question-text");
  assert.deepEqual(
    text.children.map(({ tagName, textContent }) => [tagName, textContent]),
    [
      ["SPAN", "With "],
      ["CODE", "stride=2"],
      ["SPAN", "?"],
    ],
  );
});

test("what is said is set in code where it is code", () => {
  const page = shown("shape");
  page.say({ state: "wrong", message: "This is `reflect`.", guess: [8, 4] });
  assert.equal(page.message(), "This is reflect.");
  assert.equal(page.find("lesson-question-message").children[1].tagName, "CODE");
});

test("a wrong guess stays in its fields, and only then can the answer be asked for", () => {
  const page = shown("shape");
  assert.equal(page.button("show").hidden, true);
  page.say({ state: "wrong", message: "You rounded up.", guess: [8, 4] });
  assert.equal(page.message(), "You rounded up.");
  assert.deepEqual(
    page.fields().map(({ value }) => value),
    ["8", "4"],
  );
  assert.equal(page.button("show").hidden, false);
  assert.equal(page.find("lesson-code").textContent, "");
  click(page.button("show"));
  assert.deepEqual(page.sent, [{ type: "show", turn: 1 }]);
});

test("what was said of a guess is marked as old once it is changed", () => {
  const page = shown("shape");
  page.say({ state: "wrong", message: "You rounded up.", guess: [8, 4] });
  const feedback = page.find("lesson-question-feedback");
  type(page.fields()[0], "7");
  assert.ok(feedback.classList.contains("lesson-question-old"));
  page.say({ state: "wrong", message: "Not yet.", guess: [7, 4] });
  assert.ok(!feedback.classList.contains("lesson-question-old"));
});

test("a right guess shows the line and its result, and can be changed no more", () => {
  const page = shown("shape");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(page.message(), "Right. 7 × 3");
  assert.equal(page.find("lesson-code").textContent, "F.x()");
  assert.equal(page.find("lesson-question-result").textContent, "[7, 3]");
  assert.equal(page.button("commit").hidden, true);
  assert.ok(page.fields().every(({ readOnly }) => readOnly));
  press(page.fields()[0], "Enter");
  assert.deepEqual(page.sent, []);
});

test("the answer of each kind is shown in its place", () => {
  const keys = {
    number: [5],
    shape: [7, 3],
    choice: [1],
    order: [2, 0, 1],
    cell: [1, 2],
    grid: [1, 2, 3, 4],
  };
  for (const [kind, key] of Object.entries(keys)) {
    const page = shown(kind);
    page.say({ ...RIGHT, state: "shown", guess: null, key });
    assert.ok(page.find("lesson-question-key"), kind);
    page.tell({ asked: asked(kind, { turn: 2 }), said: { ...OPEN, turn: 2 } });
    assert.equal(page.find("lesson-question-key"), null, kind);
    assert.equal(page.find("lesson-code").textContent, "");
  }
});

test("what is said of a question that is not there is left alone", () => {
  const page = shown("shape");
  page.say({ state: "wrong", message: "You rounded up.", guess: [8, 4], turn: 2 });
  assert.equal(page.message(), "");
});

test("another one has empty fields and is asked with its own number", () => {
  const page = shown("shape");
  type(page.fields()[0], "7");
  page.tell({ asked: asked("shape", { turn: 2 }), said: { ...OPEN, turn: 2 } });
  assert.deepEqual(
    page.fields().map(({ value }) => value),
    ["", ""],
  );
  click(page.button("another"));
  assert.deepEqual(page.sent, [{ type: "another", turn: 2 }]);
});

test("with the focus in the question another one takes it, with the focus elsewhere not", () => {
  const page = shown("shape");
  const document = page.element.ownerDocument;
  const ask = (turn) => page.tell({ asked: asked("shape", { turn }), said: { ...OPEN, turn } });
  ask(2);
  assert.equal(document.activeElement, undefined);
  page.fields()[1].focus();
  ask(3);
  assert.equal(document.activeElement, page.fields()[0]);
});

test("with the focus in a field that shows the answer now, the next button gets it", () => {
  const page = shown("shape");
  page.fields()[1].focus();
  page.say({ state: "wrong", message: "No.", guess: [8, 4] });
  assert.equal(page.element.ownerDocument.activeElement, page.fields()[1]);
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(page.element.ownerDocument.activeElement, page.button("another"));
});

test("Enter on a button presses that one only", () => {
  const page = shown("number");
  type(page.fields()[0], "3");
  assert.ok(!press(page.button("another"), "Enter").defaultPrevented);
  assert.deepEqual(page.sent, []);
});

test("each state of a guess has its sign, and is set apart on the page", () => {
  const page = shown("shape");
  const feedback = page.find("lesson-question-feedback");
  const seen = ["wrong", "right", "shown"].map((state) => {
    page.say({ ...RIGHT, state, guess: [7, 3], key: [7, 3] });
    return [page.find("lesson-question-mark").textContent, feedback.dataset.state];
  });
  assert.deepEqual(seen, [
    ["✗", "wrong"],
    ["✓", "right"],
    ["→", "shown"],
  ]);
});

test("what is said of a guess, and of the kernel, is read aloud; its sign is not", () => {
  const page = shown("shape");
  const role = (css) => page.find(css).getAttribute("role");
  assert.equal(role("lesson-question-feedback"), "status");
  assert.equal(role("lesson-question-kernel"), "status");
  assert.equal(page.find("lesson-question-mark").getAttribute("aria-hidden"), "true");
});

test("only after a wrong guess the answer can be asked for", () => {
  const page = shown("shape");
  const hidden = ["wrong", "right", "shown"].map((state) => {
    page.say({ ...RIGHT, state, guess: [7, 3], key: [7, 3] });
    return page.button("show").hidden;
  });
  assert.deepEqual(hidden, [false, true, true]);
});

test("the large view is entered and left with its button", () => {
  const page = shown("shape");
  const is_large = () => page.find("lesson-question").classList.contains("lesson-large");
  click(page.find("lesson-large-button"));
  assert.ok(is_large());
  click(page.find("lesson-large-button"));
  assert.ok(!is_large());
});

test("a kernel that is long busy is said until it answers", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const page = fake_page({ asked: asked("shape"), said: OPEN, crash: "" });
  const statusChanged = { connect() {}, disconnect() {} };
  page.model.widget_manager = { kernel: { status: "busy", statusChanged } };
  question.render({ model: page.model, el: page.element });
  const changed = new Event("change");
  Object.defineProperty(changed, "target", { value: page.find("lesson-question-field") });
  EventTarget.prototype.dispatchEvent.call(page.element.ownerDocument, changed);
  context.mock.timers.tick(1000);
  assert.match(page.find("lesson-question-kernel").textContent, /The kernel is busy/);
  page.tell({ said: { ...OPEN, state: "wrong", message: "No.", guess: [1, 2] } });
  assert.equal(page.find("lesson-question-kernel").textContent, "");
});

test("without a kernel Enter sends nothing", () => {
  const page = shown("number", {}, { layout: { comm_live: false } });
  type(page.fields()[0], "3");
  press(page.fields()[0], "Enter");
  assert.deepEqual(page.sent, []);
});

test("when the button with the focus goes, the next one gets it", () => {
  const page = shown("shape");
  page.button("commit").focus();
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(page.element.ownerDocument.activeElement, page.button("another"));
});

test("a question without a kernel says so, and takes nothing", () => {
  const page = fake_page({
    asked: asked("shape"),
    said: OPEN,
    crash: "",
    layout: { comm_live: false },
  });
  page.model.widget_manager = { kernel: undefined };
  const { matches } = Object.getPrototypeOf(page.element);
  // The fake page knows one class at a time, not a list of selectors.
  Object.getPrototypeOf(page.element).matches = function one_of(selector) {
    return selector.split(", ").some((each) => matches.call(this, each));
  };
  question.render({ model: page.model, el: page.element });
  assert.match(page.find("lesson-question-kernel").textContent, /picture of the question/);
  assert.equal(page.find("lesson-question-form").inert, true);
  Object.getPrototypeOf(page.element).matches = matches;
});

test("what should not have happened is shown", () => {
  const page = shown("shape");
  assert.equal(page.find("lesson-question-crash").hidden, true);
  page.tell({ crash: "ZeroDivisionError" });
  assert.match(page.find("lesson-question-crash").textContent, /ZeroDivisionError/);
});

test("a question that is taken away leaves no listener behind", () => {
  const page = shown("shape");
  page.close();
  assert.deepEqual(page.handlers, []);
  assert.deepEqual(page.observers, []);
  assert.deepEqual(page.element.children, []);
});

test("a question that is taken away listens neither to keys nor to the kernel", () => {
  const heard = new Set();
  const statusChanged = {
    connect: (slot) => heard.add(slot),
    disconnect: (slot) => heard.delete(slot),
  };
  const page = fake_page({ asked: asked("shape"), said: OPEN, crash: "" });
  page.model.widget_manager = { kernel: { status: "idle", statusChanged } };
  const close = question.render({ model: page.model, el: page.element });
  const field = page.find("lesson-question-field");
  assert.equal(heard.size, 1);
  close();
  page.press(field, "b");
  assert.deepEqual(Object.keys(field.attributes), ["aria-label"]);
  assert.equal(heard.size, 0);
});

// --- folded results -----------------------------------------------------------------------------

/**
 * Cells of a notebook: "q" with a question, "f" with a folded result, "t" a text, "c" other code;
 * each in a frame of its own, or not.
 */
function notebook(kinds, framed = false) {
  const page = fake_page({ asked: asked("shape"), said: OPEN, crash: "" });
  const { ownerDocument: document } = page.element;
  const all = document.createElement("div");
  const folds = [...kinds].map((kind) => {
    const cell = document.createElement("div");
    cell.className = `jp-Cell jp-${kind === "t" ? "Markdown" : "Code"}Cell`;
    const frame = framed ? document.createElement("div") : cell;
    all.append(frame);
    if (framed) frame.append(cell);
    const inside = document.createElement("div");
    inside.className = { q: "lesson-question", f: "lesson-folded", "@": "here" }[kind] ?? "";
    inside.open = false;
    cell.append(inside);
    return inside;
  });
  question.render({ model: page.model, el: folds[kinds.indexOf("@")] });
  page.say = (said) => page.tell({ said: { ...OPEN, ...said } });
  return { page, folds, opened: () => folds.map(({ open }) => (open ? "o" : "-")).join("") };
}

test("a right guess opens the folded results up to the next question", () => {
  const { page, opened } = notebook("f@ffqf");
  page.say({ state: "wrong", message: "No.", guess: [1, 2] });
  assert.equal(opened(), "------");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(opened(), "--oo--");
});

test("a result behind a text belongs to another question and stays folded", () => {
  const { page, opened } = notebook("@fcftf");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(opened(), "-o-o--");
});

test("in Voila, where each cell has a frame of its own, the same results open", () => {
  const { page, opened } = notebook("f@ffqf", true);
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.equal(opened(), "--oo--");
});

test("a result that the reader folds again stays folded", () => {
  const { page, folds, opened } = notebook("@f");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  folds[1].open = false;
  for (const observer of page.observers) observer.tell([]);
  assert.equal(opened(), "--");
});

test("another question opens no results before its own right guess, and then all again", () => {
  const { page, folds, opened } = notebook("@f");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  page.tell({ asked: asked("shape", { turn: 2 }), said: { ...OPEN, turn: 2 } });
  assert.deepEqual(page.observers, []);
  folds[1].open = false;
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3], turn: 2 });
  assert.equal(opened(), "-o");
});

test("outside of a notebook there is nothing to open and nothing to wait for", () => {
  const page = shown("shape");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  assert.deepEqual(page.observers, []);
});

test("a result that comes into the page later is opened when it comes", () => {
  const { page, folds } = notebook("@f");
  page.say({ ...RIGHT, guess: [7, 3], key: [7, 3] });
  const late = page.element.ownerDocument.createElement("div");
  late.className = "lesson-folded";
  folds[1].parentNode.append(late);
  for (const observer of page.observers) observer.tell([]);
  assert.equal(late.open, true);
});
