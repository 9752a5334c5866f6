// The kernel editor on a page that only remembers: node --test tests/js/kernel_editor.test.mjs
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const editor = await import("../../lessons_lib/widgets/kernel_editor/kernel_editor.js");
const { NO_ANSWER, NO_CONNECTION, create_sender, parse_number } = editor;

// ------------------------------------------------------------------------------- pure functions

test("numbers are read as people write them", () => {
  const texts = [
    "-1",
    "−1",
    "–2",
    "1/9",
    ".5",
    "0,5",
    " 3 ",
    "+4",
    "2.",
    "1e-3",
    "-1/4",
    "1,5/3",
    "-0",
  ];
  assert.deepEqual(texts.map(parse_number), [
    -1,
    -1,
    -2,
    1 / 9,
    0.5,
    0.5,
    3,
    4,
    2,
    0.001,
    -0.25,
    0.5,
    0,
  ]);
});

test("what is no finite number is not read", () => {
  for (const text of [
    "",
    " ",
    "abc",
    "1/0",
    "0/0",
    "1e999",
    "1e39",
    "--1",
    "1/2/3",
    "1 2",
    "1.2.3",
    "0x10",
    "Infinity",
    "/2",
    "1/",
    "-",
    "NaN",
  ]) {
    assert.equal(parse_number(text), null, text);
  }
});

test("the beginning of a number is told from a wrong one", () => {
  for (const text of ["-", "−", ".", "1/", "2e", "2e-", "-."])
    assert.ok(editor.is_unfinished(text), text);
  for (const text of ["", "abc", "1/0", "1e999", "1", "--"])
    assert.ok(!editor.is_unfinished(text), text);
});

test("a refusal says what is wrong and what is kept", () => {
  assert.equal(editor.refusal("abc", 0.5), "“abc” is not a number; the cell keeps 0.5.");
  assert.equal(editor.refusal("1/0", -1), "“1/0” is not a finite number; the cell keeps −1.");
  assert.equal(
    editor.refusal(" ", 1 / 9),
    "An empty cell is not a number; the cell keeps 0.111111.",
  );
});

test("cells print at most three decimals and six signs, and never call a number 0 that is not", () => {
  const numbers = [
    0,
    -1,
    0.5,
    -1 / 9,
    2.0004,
    12345.678,
    -12.3456,
    0.0004,
    -1e-9,
    1234567,
    -2.5e20,
  ];
  assert.deepEqual(numbers.map(editor.cell_text), [
    "0",
    "−1",
    "0.5",
    "−0.111",
    "2",
    "12346",
    "−12.35",
    "4e−4",
    "−1e−9",
    "1e6",
    "−3e20",
  ]);
});

test("the focused cell prints six digits, which mean nearly the same number when read again", () => {
  assert.deepEqual([1 / 9, -2, 1e-7, 2.5e20].map(editor.edit_text), [
    "0.111111",
    "−2",
    "1e−7",
    "2.5e20",
  ]);
  for (const value of [1 / 9, -2 / 3, 1e-7, -12345.678]) {
    assert.ok(Math.abs(parse_number(editor.edit_text(value)) / value - 1) < 1e-5);
  }
});

test("steps and drags leave no dust of binary fractions", () => {
  assert.equal(editor.stepped(0.2, 0.1), 0.3);
  assert.equal(editor.stepped(-0.1, 0.1), 0);
  assert.equal(editor.dragged(0.5, 7), 0.64);
  assert.equal(editor.dragged(1 / 9, -10), -0.09);
  assert.equal(Object.is(editor.dragged(0.1, -5), 0), true);
});

test("the sum of a float32 box is 1", () => {
  const ninth = Math.fround(1 / 9);
  assert.equal(editor.sum_text(Array(3).fill(Array(3).fill(ninth))), "1");
  assert.equal(
    editor.sum_text([
      [0.1, 0.2],
      [-0.3, 0],
    ]),
    "0",
  );
  assert.equal(editor.sum_text([[-1, 0.25]]), "−0.75");
});

/** A table whose colour number i is (i, i, 255 - i). */
const TABLE = Uint8Array.from({ length: 1024 }, (_, at) => {
  const i = Math.floor(at / 4);
  return [i, i, 255 - i, 255][at % 4];
});

test("zero has the middle colour, the largest numbers those at the ends", () => {
  const ground = (value, reach) => editor.cell_colours(TABLE, value, reach).ground;
  assert.equal(ground(0, 2), "rgb(127, 127, 128)");
  assert.equal(ground(-2, 2), "rgb(0, 0, 255)");
  assert.equal(ground(2, 2), "rgb(254, 254, 1)");
  assert.equal(ground(0, 0), "rgb(127, 127, 128)");
  assert.equal(
    editor.reach_of([
      [1, -4],
      [3, 2],
    ]),
    4,
  );
});

test("text has at least the contrast 4.5 on every colour between black and white", () => {
  for (let level = 0; level < 256; level += 1) {
    const grey = Uint8Array.from({ length: 1024 }, () => level);
    const light = editor.luminance([level, level, level]);
    const ink = editor.cell_colours(grey, 0, 1).ink === "#000" ? 0 : 1;
    const contrast = (Math.max(light, ink) + 0.05) / (Math.min(light, ink) + 0.05);
    assert.ok(contrast > 4.5, `${level}: ${contrast}`);
  }
});

// ------------------------------------------------------------------------------- sending

function sender_of(send) {
  const timers = new Map();
  const sent = [];
  let last = 0;
  const clock = {
    setTimeout(action, milliseconds) {
      last += 1;
      timers.set(last, { action, milliseconds });
      return last;
    },
    clearTimeout: (number) => timers.delete(number),
  };
  const sender = create_sender({
    send: send ?? ((content) => sent.push(content)),
    patience: () => 10,
    onChange() {},
    clock,
  });
  const ring = () =>
    [...timers].forEach(([number, { action }]) => {
      timers.delete(number);
      action();
    });
  return { sender, sent, timers, ring };
}

const edit = (value, gesture = "a") => ({ type: "edit", row: 0, column: 0, value, gesture });

test("one request is on its way, the others wait in their order", () => {
  const { sender, sent, timers } = sender_of();
  for (const request of [edit(1), edit(2), edit(3), { type: "flip" }, edit(4)])
    sender.post(request);
  assert.equal(sent.length, 1);
  for (let i = 0; i < 4; i += 1) sender.answered(sent.at(-1).token);
  assert.deepEqual(
    sent.map(({ type, value }) => value ?? type),
    [1, 3, "flip", 4],
  );
  assert.equal(timers.size, 0);
});

test("edits of two gestures are not made one", () => {
  const { sender, sent } = sender_of();
  for (const request of [edit(1), edit(2), edit(3, "b")]) sender.post(request);
  for (let i = 0; i < 3; i += 1) sender.answered(sent.at(-1).token);
  assert.deepEqual(
    sent.map(({ value }) => value),
    [1, 2, 3],
  );
});

test("edits that Python does not know yet are told, oldest first", () => {
  const { sender, sent } = sender_of();
  for (const request of [edit(1), edit(2, "b"), { type: "flip" }]) sender.post(request);
  assert.deepEqual(
    sender.edits().map(({ value }) => value),
    [1, 2],
  );
  sender.answered("of another view");
  sender.answered(sent[0].token);
  assert.deepEqual(
    sender.edits().map(({ value }) => value),
    [2],
  );
});

test("a silent kernel is said, the next request goes all the same, an answer takes the sentence away", () => {
  const { sender, sent, timers, ring } = sender_of();
  sender.post(edit(1));
  assert.deepEqual(
    [...timers.values()].map(({ milliseconds }) => milliseconds),
    [10_000],
  );
  ring();
  assert.equal(sender.problem(), NO_ANSWER);
  sender.post({ type: "flip" });
  assert.equal(sent.length, 2);
  ring();
  sender.answered(sent[1].token);
  assert.equal(sender.problem(), "");
});

test("a lost connection is said and nothing waits for it", () => {
  const { sender, timers } = sender_of(() => {
    throw new Error("closed");
  });
  sender.post(edit(1));
  assert.equal(sender.problem(), NO_CONNECTION);
  assert.deepEqual([sender.edits(), timers.size], [[], 0]);
});

// ------------------------------------------------------------------------------- the view

const KERNEL = [
  [-1, 0.25, 0],
  [1 / 9, -2, 2.5],
];
let listening = new Set();

/** Count listeners, and give the page's elements a focus. */
function with_focus(page) {
  const prototype = Object.getPrototypeOf(page.element);
  page.active = null;
  prototype.focus = function focus() {
    if (page.active === this) return;
    const old = page.active;
    page.active = this;
    old?.dispatchEvent(new Event("focusout"));
    this.dispatchEvent(new Event("focusin"));
  };
  prototype.select = function select() {
    page.selected = this;
  };
  prototype.setPointerCapture = function capture(id) {
    page.captured = [this, id];
  };
  prototype.setSelectionRange = () => {
    page.selected = null;
  };
  prototype.releasePointerCapture = () => {
    page.captured = null;
  };
}

function shown(changes = {}) {
  const presets = [
    ["identity", "identity"],
    ["box", "box"],
  ];
  const traits = {
    values: KERNEL,
    can_undo: false,
    preset: "",
    message: "",
    answered: "",
    patience: 10,
    presets,
    table: new DataView(TABLE.buffer),
    ...changes,
  };
  const page = fake_page(traits);
  with_focus(page);
  listening = new Set();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function add(...listener) {
    listening.add(listener[1]);
    return addEventListener.apply(this, listener);
  };
  EventTarget.prototype.removeEventListener = function remove(...listener) {
    listening.delete(listener[1]);
    return removeEventListener.apply(this, listener);
  };
  const close = editor.default.render({ model: page.model, el: page.element });
  page.close = () => {
    close();
    Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
  };
  page.cell = (row, column) =>
    page.element
      .querySelectorAll(".lesson-kernel-cell")
      .find((each) => each.getAttribute("aria-label") === `row ${row}, column ${column}`);
  page.texts = () => page.element.querySelectorAll(".lesson-kernel-cell").map(({ value }) => value);
  page.said = () => page.find("lesson-kernel-status").textContent;
  page.type = (cell, text) => {
    if (page.active !== cell) cell.focus();
    cell.value = text;
    cell.dispatchEvent(new Event("input"));
  };
  /** Answer the newest message as Python does, with what has changed. */
  page.answer = (changed = {}) => page.tell({ ...changed, answered: page.sent.at(-1).token });
  page.edits = () => page.sent.map(({ type, row, column, value }) => [type, row, column, value]);
  return page;
}

test("the kernel is printed in its order, with its sizes and its sum", () => {
  const page = shown({ can_undo: true, preset: "box", message: "Turned by 180°." });
  assert.deepEqual(page.texts(), ["−1", "0.25", "0", "0.111", "−2", "2.5"]);
  assert.equal(page.find("lesson-kernel-sum").textContent, "sum −0.13889");
  assert.deepEqual(
    [page.find("lesson-kernel-rows").value, page.find("lesson-kernel-columns").value],
    ["2", "3"],
  );
  assert.equal(page.find("lesson-kernel-presets").value, "box");
  assert.equal(page.find("lesson-kernel-undo").getAttribute("aria-disabled"), "false");
  assert.equal(page.said(), "Turned by 180°.");
  assert.equal(page.cell(1, 1).style.backgroundColor, "rgb(25, 25, 230)");
  assert.match(page.cell(1, 0).title, /^0\.1111111111111111: type/);
  page.close();
});

test("a change by Python is drawn, also in another size", () => {
  const page = shown();
  const cell = page.cell(0, 0);
  page.tell({
    values: [
      [5, 6, 7],
      [8, 9, 1],
    ],
  });
  assert.equal(page.cell(0, 0), cell);
  page.tell({ values: [[3], [4]] });
  assert.deepEqual(page.texts(), ["3", "4"]);
  assert.equal(
    page.find("lesson-kernel-grid").getAttribute("aria-label"),
    "kernel of 2 rows and 1 columns",
  );
  assert.deepEqual([page.sent, page.saved], [[], []]);
  page.close();
});

test("good text is used at once, in one message a frame", () => {
  const page = shown();
  page.type(page.cell(0, 1), "1");
  page.type(page.cell(0, 1), "1/");
  page.type(page.cell(0, 1), "1/8");
  assert.deepEqual(page.sent, []);
  page.pass_frame();
  assert.deepEqual(page.edits(), [["edit", 0, 1, 0.125]]);
  assert.equal(page.find("lesson-kernel-sum").textContent, "sum −0.26389");
  assert.equal(page.cell(0, 1).value, "1/8");
  page.answer({ values: [[-1, 0.125, 0], KERNEL[1]] });
  const event = page.press(page.cell(0, 1), "Enter");
  assert.ok(event.defaultPrevented);
  assert.equal(page.cell(0, 1).value, "0.125");
  page.cell(0, 0).focus();
  assert.equal(page.sent.length, 1);
  page.close();
});

test("looking at a cell does not round its number", () => {
  const page = shown();
  page.cell(1, 0).focus();
  assert.equal(page.cell(1, 0).value, "0.111111");
  page.press(page.cell(1, 0), "Enter");
  page.cell(0, 0).focus();
  assert.equal(page.cell(1, 0).value, "0.111");
  page.pass_frame();
  assert.deepEqual(page.sent, []);
  page.close();
});

test("bad text is marked and named and not used", () => {
  const page = shown();
  const cell = page.cell(1, 2);
  for (const text of ["abc", "", "1/0", "1e999"]) {
    page.type(cell, text);
    assert.equal(cell.getAttribute("aria-invalid"), "true", text);
    assert.equal(page.said(), editor.refusal(text, 2.5));
    assert.equal(cell.value, text);
  }
  page.type(cell, "4");
  assert.equal(cell.getAttribute("aria-invalid"), null);
  assert.equal(page.said(), "");
  page.pass_frame();
  assert.deepEqual(page.edits(), [["edit", 1, 2, 4]]);
  page.close();
});

test("the beginning of a number is called bad only when it stays one", () => {
  const page = shown();
  const cell = page.cell(0, 0);
  page.type(cell, "-");
  assert.equal(cell.getAttribute("aria-invalid"), null);
  page.press(cell, "Enter");
  assert.equal(cell.getAttribute("aria-invalid"), "true");
  page.cell(0, 1).focus();
  assert.deepEqual([cell.value, cell.getAttribute("aria-invalid")], ["−1", null]);
  assert.equal(page.said(), "“-” is not a number; the cell keeps −1.");
  page.close();
});

test("Escape restores what was there before typing, in the same step", () => {
  const page = shown();
  const cell = page.cell(1, 2);
  page.type(cell, "7");
  page.pass_frame();
  page.answer({ values: [KERNEL[0], [1 / 9, -2, 7]] });
  assert.ok(page.press(cell, "Escape").defaultPrevented);
  assert.equal(cell.value, "2.5");
  assert.deepEqual(
    page.edits().map(([, , , value]) => value),
    [7, 2.5],
  );
  assert.equal(page.sent[0].gesture, page.sent[1].gesture);
  page.answer({ values: KERNEL });
  assert.ok(!page.press(cell, "Escape").defaultPrevented, "the second one is Jupyter's");
  page.close();
});

test("typing in two cells is two steps", () => {
  const page = shown();
  page.type(page.cell(0, 0), "3");
  page.type(page.cell(0, 1), "4");
  page.pass_frame();
  page.answer();
  assert.deepEqual(page.edits(), [
    ["edit", 0, 0, 3],
    ["edit", 0, 1, 4],
  ]);
  assert.notEqual(page.sent[0].gesture, page.sent[1].gesture);
  page.close();
});

test("arrows go from cell to cell and stop at the border; in a text they move the caret", () => {
  const page = shown();
  page.cell(0, 0).focus();
  for (const key of ["ArrowRight", "ArrowDown", "ArrowDown"]) page.press(page.active, key);
  assert.equal(page.active, page.cell(1, 1));
  page.press(page.active, "ArrowLeft");
  assert.equal(page.active, page.cell(1, 0));
  page.press(page.active, "ArrowUp");
  assert.equal(page.active, page.cell(0, 0));
  page.type(page.active, "12");
  assert.ok(!page.press(page.active, "ArrowRight").defaultPrevented);
  assert.equal(page.active, page.cell(0, 0));
  page.close();
});

test("Shift with arrows and page keys steps the number, one step of undo for a cell", () => {
  const page = shown();
  const cell = page.cell(0, 1);
  cell.focus();
  for (const key of ["ArrowUp", "ArrowUp", "ArrowDown", "PageUp", "PageDown", "PageDown"]) {
    assert.ok(page.press(cell, key, { shiftKey: true }).defaultPrevented);
    page.pass_frame();
    page.answer({ values: [[-1, page.sent.at(-1).value, 0], KERNEL[1]] });
  }
  assert.deepEqual(
    page.sent.map(({ value }) => value),
    [0.35, 0.45, 0.35, 1.35, 0.35, -0.65],
  );
  assert.equal(new Set(page.sent.map(({ gesture }) => gesture)).size, 1);
  page.close();
});

test("a key that means something in a cell is the cell's alone; others go on to the browser", () => {
  const page = shown();
  const cell = page.cell(0, 0);
  cell.focus();
  const handled = (key, more) => page.press(cell, key, more).defaultPrevented;
  for (const key of ["Enter", "ArrowDown"]) assert.ok(handled(key), key);
  for (const key of ["1", "a", "Tab"]) assert.ok(!handled(key), key);
  assert.ok(!handled("s", { ctrlKey: true }));
  page.close();
});

test("a drag changes the number by 0.02 a pixel, as one step, and does not begin to edit", () => {
  const page = shown();
  const cell = page.cell(0, 1);
  page.point(cell, "pointerdown", 10, 100);
  page.point(cell, "pointermove", 30, 97);
  page.pass_frame();
  assert.deepEqual(page.sent, []);
  for (const y of [95, 90, 80]) page.point(cell, "pointermove", 10, y);
  assert.equal(cell.value, "0.65");
  page.pass_frame();
  page.point(cell, "pointermove", 10, 130);
  page.point(cell, "pointermove", 10, 120);
  page.point(cell, "pointerup", 10, 120);
  cell.dispatchEvent(new Event("click"));
  assert.equal(cell.value, "−0.15");
  page.answer({ values: [[-1, 0.65, 0], KERNEL[1]] });
  assert.equal(cell.value, "−0.15", "an older answer does not move the cell");
  page.answer({ values: [[-1, -0.15, 0], KERNEL[1]] });
  assert.deepEqual(page.edits(), [
    ["edit", 0, 1, 0.65],
    ["edit", 0, 1, -0.15],
  ]);
  assert.equal(page.sent[0].gesture, page.sent[1].gesture);
  assert.equal(page.active, null);
  page.point(cell, "pointermove", 10, 10);
  assert.equal(page.pass_frame(), 0);
  page.close();
});

test("a click begins to edit, a drag after it is a step of its own", () => {
  const page = shown();
  const cell = page.cell(0, 0);
  const down = new Event("mousedown", { cancelable: true });
  page.point(cell, "pointerdown", 0, 50);
  cell.dispatchEvent(down);
  page.point(cell, "pointerup", 0, 50);
  cell.dispatchEvent(new Event("click"));
  assert.equal(page.active, cell);
  assert.equal(page.selected, cell);
  page.close();
});

test("Escape takes a drag back", () => {
  const page = shown();
  const cell = page.cell(1, 1);
  page.point(cell, "pointerdown", 0, 50);
  page.point(cell, "pointermove", 0, 10);
  page.pass_frame();
  page.press(page.element, "Escape");
  page.answer();
  assert.deepEqual(
    page.sent.map(({ value }) => value),
    [-1.2, -2],
  );
  page.point(cell, "pointermove", 0, 0);
  assert.equal(page.pass_frame(), 0);
  page.close();
});

test("tools ask Python, after what was typed before", () => {
  const page = shown();
  page.type(page.cell(0, 0), "9");
  page.find("lesson-kernel-flip").dispatchEvent(new Event("click"));
  const [rows, columns, presets] = ["rows", "columns", "presets"].map((name) =>
    page.find(`lesson-kernel-${name}`),
  );
  rows.value = "5";
  rows.dispatchEvent(new Event("change"));
  columns.value = "7";
  columns.dispatchEvent(new Event("change"));
  presets.value = "box";
  presets.dispatchEvent(new Event("change"));
  for (const name of ["normalise", "transpose", "undo"])
    page.find(`lesson-kernel-${name}`).dispatchEvent(new Event("click"));
  page.cell(0, 0).focus();
  page.press(page.cell(0, 1), "z", { ctrlKey: true });
  for (let i = 0; i < 7; i += 1) page.answer();
  const wanted = [
    { type: "edit", row: 0, column: 0, value: 9 },
    { type: "flip" },
    { type: "resize", rows: 5 },
    { type: "resize", columns: 7 },
    { type: "preset", name: "box" },
    { type: "normalise" },
    { type: "transpose" },
    { type: "undo" },
  ];
  assert.deepEqual(
    page.sent.map(({ token, gesture, ...rest }) => rest),
    wanted,
  );
  assert.equal(new Set(page.sent.map(({ token }) => token)).size, wanted.length);
  page.close();
});

test("Ctrl+Z in a cell takes a step back, while typing it is the browser's", () => {
  const page = shown({ can_undo: true });
  const cell = page.cell(0, 0);
  cell.focus();
  assert.ok(page.press(cell, "z", { ctrlKey: true }).defaultPrevented);
  assert.deepEqual(
    page.sent.map(({ type }) => type),
    ["undo"],
  );
  page.answer();
  page.type(cell, "12");
  assert.ok(!page.press(cell, "z", { ctrlKey: true }).defaultPrevented);
  page.close();
});

test("every tool has a name and a title", () => {
  const page = shown();
  for (const css of ["button", "select"]) {
    for (const tool of page.element.querySelectorAll(`.lesson-kernel-${css}`)) {
      assert.ok(tool.getAttribute("aria-label").length > 3);
      assert.ok(tool.getAttribute("title").length > 3);
    }
  }
  page.close();
});

test("the cleanup sends the last edit and leaves no listener, handler or frame", () => {
  const page = shown();
  page.type(page.cell(0, 0), "3");
  assert.ok(listening.size > 10);
  assert.ok(page.handlers.length > 3);
  page.close();
  assert.deepEqual(page.edits(), [["edit", 0, 0, 3]]);
  assert.deepEqual([listening.size, page.handlers.length, page.frames.size], [0, 0, 0]);
});

test("the module exports nothing called render", () => {
  assert.equal("render" in editor, false);
});
