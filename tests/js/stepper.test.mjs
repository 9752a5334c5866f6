// The stepper: order, sums and hand; and the microscope's card on the page.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");
const { cell_of, step_of } = await import("../../lessons_lib/widgets/stage/stepper.js");
const { factors, stamp_terms, stamps, written_terms } = await import(
  "../../lessons_lib/widgets/stage/operations.js"
);

const { Axis, read_link } = await import("../../lessons_lib/widgets/stage/links.js");

const view_of = (base64) => new DataView(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
const read = (name) =>
  JSON.parse(
    readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), "utf8"),
    (_, value) => (value && typeof value.base64 === "string" ? view_of(value.base64) : value),
  );
const example = read("stepper");

function drawn(traits = {}) {
  const page = fake_page(
    {
      ...example,
      timing: { key: "", milliseconds: 0 },
      crash: "",
      pointer: {},
      probe: {},
      ...traits,
    },
    { pane_width: 700 },
  );
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.step = (name) => page.find(`lesson-step-${name}`).dispatchEvent(new Event("click"));
  page.count = () => page.find("lesson-step-count").textContent;
  page.said = () => page.find("lesson-written").textContent;
  page.printed = () => page.find("lesson-pane-output").querySelector(".lesson-pane-picture").drawn;
  return page;
}

const text = (terms) => terms.map((each) => each.text).join("");
const output = example.scene.panes.find(({ name }) => name === "output");
const total = output.channels * output.height * output.width;

test("steps and cells are each other's inverse, grid after grid, row after row", () => {
  const size = { channels: 2, rows: 3, columns: 4 };
  assert.deepEqual(cell_of(0, size), { channel: 0, row: 0, column: 0 });
  assert.deepEqual(cell_of(5, size), { channel: 0, row: 1, column: 1 });
  assert.deepEqual(cell_of(12, size), { channel: 1, row: 0, column: 0 });
  for (let step = 0; step < 24; step += 1) assert.equal(step_of(cell_of(step, size), size), step);
});

test("a sum is written out with all its products and closes", () => {
  const products = [
    { value: 3, weight: 0 },
    { value: -4, weight: 1 },
    { value: 6, weight: -2 },
  ];
  assert.equal(
    text(written_terms(products, -16)),
    "3·0 + (−4)·1 + 6·(−2) = 0 + (−4) + (−12) = −16",
  );
  assert.equal(
    text(written_terms(products, -15.5, { bias: 0.5 })),
    "3·0 + (−4)·1 + 6·(−2) + 0.50 (bias) = 0 + (−4) + (−12) + 0.50 = −15.50",
  );
});

test("a rounded sum says so, a hidden one asks", () => {
  const thirds = [
    { value: 1, weight: 1 / 3 },
    { value: 1, weight: 1 / 3 },
  ];
  assert.equal(text(written_terms(thirds, 2 / 3)), "1·0.33 + 1·0.33 = 0.33 + 0.33 ≈ 0.67");
  assert.match(text(written_terms([{ value: 1, weight: 2 }], undefined)), / = \?$/);
});

test("many products are not written twice", () => {
  const many = Array.from({ length: 20 }, () => ({ value: 1, weight: 1 }));
  assert.equal(text(written_terms(many, 20)), `${Array(20).fill("1·1").join(" + ")} = 20`);
});

test("a single product is not written twice", () => {
  assert.equal(text(written_terms([{ value: 3, weight: 2 }], 6)), "3·2 = 6");
  assert.equal(
    text(written_terms([{ value: 3, weight: 2 }], 7, { bias: 1 })),
    "3·2 + 1 (bias) = 6 + 1 = 7",
  );
});

// A row of 2 pixels stamps a kernel of 3, 2 cells apart: output 0..4.
const axis_of = (index, taps) => ({ view: new DataView(Int32Array.from(index).buffer), taps });
const stamped = read_link({
  output: "output",
  source: "input",
  kernel: "kernel",
  transposed: true,
  channels: null,
  rows: axis_of([0], 1).view,
  row_taps: 1,
  columns: axis_of([0, -1, -1, -1, 0, -1, 1, -1, 0, -1, 1, -1, -1, -1, 1], 3).view,
  column_taps: 3,
});
const input = { pane: { width: 2, height: 1 }, values: [5, -7] };
const weights = { pane: { width: 3, height: 1 }, values: [1, 2, 3] };

test("where no tap brings anything, a transposed sum has no term", () => {
  const at = (column, painted) =>
    factors(stamped, { channel: 0, row: 0, column }, input, weights, { painted }).map(
      ({ value, weight }) => [value, weight],
    );
  assert.deepEqual(at(1), [[5, 2]]);
  assert.deepEqual(at(2), [
    [-7, 1],
    [5, 3],
  ]);
  assert.deepEqual(at(2, 1), [[5, 3]]); // the second pixel has not stamped yet
  assert.equal(text(written_terms(at(2, 0), 0)), "no stamp: 0 = 0");
});

test("a stamp is every product and the place where it lands, or that it is cut off", () => {
  const first = stamps(stamped, { channel: 0, row: 0, column: 1 }, input, weights);
  assert.equal(
    text(stamp_terms(first)),
    "(−7)·1 = (−7) at (0, 2), (−7)·2 = (−14) at (0, 3), (−7)·3 = (−21) at (0, 4)",
  );
  const cropped = { ...stamped, columns: new Axis(axis_of([-1, 0, -1, 1, -1, 0], 3).view, 3) };
  const lost = stamps(cropped, { channel: 0, row: 0, column: 0 }, input, weights);
  assert.equal(text(stamp_terms(lost)), "5·1 = 5 cut off, 5·2 = 10 at (0, 0), 5·3 = 15 at (0, 1)");
  assert.match(
    text(stamp_terms(Array(10).fill(first[0]))),
    /^\(−7\) times the kernel, 10 products/,
  );
});

test("a painted output shows what the stamps so far have left, then the scene's own numbers", () => {
  const grid = (name, width, extra) => ({
    ...output,
    name,
    title: name,
    channels: 1,
    height: 1,
    width,
    source_height: 1,
    source_width: width,
    labels: [],
    per_row: 0,
    ring: null,
    ...extra,
  });
  const floats = (values) => new DataView(Float32Array.from(values).buffer);
  const link = {
    output: "output",
    source: "input",
    kernel: "kernel",
    shared_kernel: false,
    transposed: true,
    channels: null,
    channel_taps: 0,
    rows: axis_of([0], 1).view,
    row_taps: 1,
    columns: axis_of([0, -1, -1, 0, 1, -1, -1, 1], 2).view,
    column_taps: 2,
  };
  const paintings = floats([0.5, 0.5, 0.5, 0.5, 1.5, 2.5, 0.5, 0.5, 1.5, 2.5, 3.5, 6.5]);
  const scene = {
    ...example.scene,
    links: [link],
    panes: [
      grid("input", 2, { slot: 0 }),
      grid("kernel", 2, { slot: 1 }),
      grid("output", 4, { slot: 2 }),
    ],
    stepper: { output: "output", walks: "input", biases: [0.5], paintings },
  };
  const page = drawn({
    scene,
    pixels_0: floats([1, 3]),
    pixels_1: floats([1, 2]),
    pixels_2: floats([1.5, 2.5, 3.5, 6.5]),
  });
  assert.equal(page.count(), "all 2 shown");
  page.step("first");
  page.step("next");
  page.pass_frame();
  assert.equal(page.count(), "step 1 of 2");
  assert.equal(page.said(), "input (0, 0):  1·1 = 1 at (0, 0), 1·2 = 2 at (0, 1)");
  assert.deepEqual(page.printed().slice(-4), ["1.50", "2.50", "0.50", "0.50"]);
  page.step("last");
  page.pass_frame();
  assert.deepEqual(page.printed().slice(-4), ["1.50", "2.50", "3.50", "6.50"]);
  page.close();
});

test("products with padding wear its colour", () => {
  const roles = written_terms(
    [
      { value: 0, weight: 2, outside: true },
      { value: 1, weight: 2, outside: false },
    ],
    2,
  )
    .filter(({ role }) => role)
    .map(({ role }) => role);
  assert.deepEqual(roles, ["padding", "kernel", "input", "kernel", "output"]);
});

test("at first all cells are shown; from the start on they come one by one", () => {
  const page = drawn();
  assert.equal(page.count(), `all ${total} shown`);
  assert.equal(page.printed().length, total + 2); // and two labels
  page.step("first");
  page.pass_frame();
  assert.equal(page.count(), `step 0 of ${total}`);
  const before = page.printed().length;
  page.step("next");
  page.step("next");
  page.pass_frame();
  assert.equal(page.count(), `step 2 of ${total}`);
  assert.equal(page.printed().length - before, 2 + 2);
  page.close();
});

test("each step writes the sum of its own cell, equal to the number that torch gave", () => {
  const page = drawn();
  const values = new Float32Array(example[`pixels_${output.slot}`].buffer);
  page.step("first");
  for (let step = 1; step <= total; step += 1) {
    page.step("next");
    page.pass_frame();
    const { channel, row, column } = cell_of(step - 1, {
      rows: output.height,
      columns: output.width,
    });
    assert.ok(page.said().startsWith(`output ${channel} (${row}, ${column}):`), page.said());
    const products = page
      .said()
      .split(":")[1]
      .split(" = ")[0]
      .replaceAll("−", "-")
      .replace("(bias)", "");
    const sum = products.split(" + ").reduce(
      (all, each) =>
        all +
        each
          .split("·")
          .map((part) => Number(part.replace("(", "").replace(")", "")))
          .reduce((a, b) => a * b),
      0,
    );
    assert.ok(Math.abs(sum - values[step - 1]) < 1e-4, `${page.said()} is not ${values[step - 1]}`);
  }
  page.close();
});

test("playing steps by itself, stops at the end and starts again", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = drawn();
  page.step("play");
  mock.timers.tick(0);
  assert.equal(page.count(), `step 1 of ${total}`);
  mock.timers.tick(500);
  assert.equal(page.count(), `step 2 of ${total}`);
  page.step("play");
  mock.timers.tick(5000);
  assert.equal(page.count(), `step 2 of ${total}`);
  page.step("play");
  for (let i = 0; i < total + 3; i += 1) mock.timers.tick(500);
  assert.equal(page.count(), `all ${total} shown`);
  assert.equal(page.find("lesson-step-play").textContent, "▶ play");
  page.close();
  mock.timers.reset();
});

test("keys step, jump and play; those of others go on to the notebook", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = drawn();
  const scrub = page.find("lesson-step-scrub");
  assert.equal(page.press(scrub, "Home").defaultPrevented, true);
  page.press(scrub, "ArrowRight");
  page.press(scrub, "ArrowRight");
  page.press(scrub, "ArrowLeft");
  assert.equal(page.count(), `step 1 of ${total}`);
  page.press(scrub, "ArrowDown");
  assert.equal(page.count(), `step ${1 + output.width} of ${total}`);
  page.press(scrub, "End");
  assert.equal(page.count(), `all ${total} shown`);
  page.press(scrub, " ");
  mock.timers.tick(0);
  assert.equal(page.find("lesson-step-play").textContent, "▮▮ pause");
  assert.equal(page.press(scrub, "b").defaultPrevented, false);
  assert.equal(page.press(page.find("lesson-copy"), "Home").defaultPrevented, false);
  page.close();
  mock.timers.reset();
});

test("a stage that closes in the middle of playing leaves no timer and no listener", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = drawn();
  page.step("play");
  mock.timers.tick(600);
  page.close();
  mock.timers.tick(5000);
  assert.equal(page.frames.size, 0);
  assert.equal(page.handlers.length, 0);
  mock.timers.reset();
});

test("a lab that loses its stepper loses its bar", () => {
  const page = drawn();
  page.tell({ scene: { ...example.scene, seq: 2, stepper: null } });
  page.pass_frame();
  assert.equal(page.find("lesson-stepper"), null);
  page.close();
});

// --- the microscope --------------------------------------------------------------------------------

const grid = new DataView(new Float32Array([1, 2, 3, 4]).buffer);
const part_of = (name, table, more = {}) => ({
  name,
  title: name,
  role: "input",
  channels: 1,
  height: 2,
  width: 2,
  values: grid,
  table,
  low: -4,
  high: 4,
  outside: null,
  marked: null,
  ...more,
});
const probe = {
  key: "",
  pane: "output",
  row: 1,
  column: 2,
  title: "output (1, 2)",
  operation: "sum",
  labels: [],
  parts: [
    part_of("window", "grey", { outside: new DataView(new Uint8Array([1, 0, 0, 0]).buffer) }),
    part_of("weight", "signed"),
    part_of("products", "signed"),
  ],
  line: [{ text: "= 10", role: "output", style: "" }],
};
const tables = { signed: example.tables.signed, grey: example.tables.signed };

function under_microscope() {
  const scene = { ...example.scene, stepper: null, microscopes: ["output"] };
  const page = drawn({ scene, tables });
  page.canvas = page.find("lesson-pane-output").querySelector(".lesson-pane-picture");
  page.card = () => page.find("lesson-microscope");
  page.open = () => page.card().classList.contains("lesson-shown");
  return page;
}

test("pointing asks Python, and its answer is shown with numbers and sum", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  const asked = page.saved.at(-1).pointer;
  assert.equal(asked.pane, "output");
  assert.equal(page.open(), false);
  page.tell({ probe });
  page.pass_frame();
  assert.equal(page.open(), true);
  assert.deepEqual(
    page.card().querySelector(".lesson-microscope-window").querySelector(".lesson-microscope-grid")
      .drawn,
    ["1", "2", "3", "4"],
  );
  assert.equal(page.find("lesson-microscope-sum").textContent, "= 10");
  page.close();
});

test("the card shows whatever parts it is given, a frame around those that are marked", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  page.tell({ probe });
  page.pass_frame();
  const marked = new DataView(new Uint8Array([0, 0, 1, 0]).buffer);
  const largest = { ...part_of("window", "grey", { marked, title: "the largest" }) };
  page.tell({ probe: { ...probe, operation: "max", parts: [largest] } });
  page.pass_frame();
  assert.equal(page.card().querySelectorAll(".lesson-microscope-part").length, 1);
  const part = page.card().querySelector(".lesson-microscope-window");
  assert.equal(part.querySelector(".lesson-role").textContent, "the largest");
  assert.equal(part.querySelector(".lesson-microscope-grid").frames_drawn, 2); // dark and light
  page.close();
});

test("an answer for another state is dropped", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  const other = { seq: 7, key: "room|7", stepper: null, microscopes: ["output"] };
  page.tell({ scene: { ...example.scene, ...other } });
  page.tell({ probe });
  page.pass_frame();
  assert.equal(page.open(), false);
  page.tell({ probe: { ...probe, key: "room|7" } });
  page.pass_frame();
  assert.equal(page.open(), true);
  assert.ok(!page.card().classList.contains("lesson-waiting"));
  page.tell({ scene: { ...example.scene, ...other, key: "room|8" } });
  page.pass_frame();
  assert.ok(page.card().classList.contains("lesson-waiting")); // no numbers of an earlier state
  page.close();
});

test("a click pins it, keys move it, Escape closes it and tells Python", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  page.tell({ probe });
  page.pass_frame();
  page.point(page.canvas, "pointerdown", 30, 20);
  assert.ok(page.card().classList.contains("lesson-pinned"));
  const asked = page.saved.at(-1).pointer;
  page.point(page.canvas, "pointermove", 60, 60);
  assert.deepEqual(page.saved.at(-1).pointer, asked, "a pinned microscope stays");
  const box = page.find("lesson-pane-output").querySelector(".lesson-pane-box");
  page.press(box, "ArrowRight");
  assert.equal(page.saved.at(-1).pointer.column, asked.column + 1);
  page.press(box, "Escape");
  assert.equal(page.open(), false);
  assert.deepEqual(page.saved.at(-1).pointer, {});
  page.close();
});

test("leaving closes it unless it is pinned", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  page.tell({ probe });
  page.pass_frame();
  page.find("lesson-panes").dispatchEvent(new Event("pointerleave"));
  assert.equal(page.open(), false);
  page.close();
});

test("a hand that has left before the numbers came finds no card open", () => {
  const page = under_microscope();
  page.point(page.canvas, "pointermove", 30, 20);
  page.find("lesson-panes").dispatchEvent(new Event("pointerleave"));
  assert.deepEqual(page.saved.at(-1).pointer, {});
  page.tell({ probe });
  page.pass_frame();
  assert.equal(page.open(), false);
  page.close();
});

test("when the hand leaves another view of the lab, this one's card closes too", () => {
  const page = under_microscope();
  page.tell({ pointer: { pane: "output", row: 1, column: 2 }, probe });
  page.pass_frame();
  assert.equal(page.open(), true);
  page.tell({ pointer: {} });
  page.pass_frame();
  assert.equal(page.open(), false);
  page.close();
});

test("a moved pointer is no answer of a busy kernel", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const scene = { ...example.scene, stepper: null, microscopes: ["output"] };
  const page = fake_page({
    ...example,
    scene,
    tables,
    timing: { key: "", milliseconds: 0 },
    crash: "",
    pointer: {},
    probe: {},
  });
  page.model.widget_manager = { kernel: { status: "busy" } };
  page.element.className = "lesson-lab";
  const close = stage.render({ model: page.model, el: page.element });
  const control = page.element.ownerDocument.createElement("div");
  page.element.append(control);
  const touched = new Event("pointerup");
  Object.defineProperty(touched, "target", { value: control });
  page.element.ownerDocument.dispatchEvent(touched);
  mock.timers.tick(1000);
  const said = () => page.find("lesson-kernel-state").textContent;
  assert.match(said(), /kernel is busy/);
  page.tell({ pointer: { pane: "output", row: 1, column: 2 } });
  assert.match(said(), /kernel is busy/);
  page.tell({ probe });
  assert.equal(said(), "");
  close();
  mock.timers.reset();
});
