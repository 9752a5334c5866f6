// A signal: where its samples stand, what is drawn, and pointing and stepping along it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { sample_at, signal_layout } = await import(
  "../../lessons_lib/widgets/stage/panes/signal.js"
);
const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");

const view = (typed) => new DataView(typed.buffer);
const floats = (...values) => view(new Float32Array(values));
const ints = (...values) => view(new Int32Array(values));

const pane = (name, kind, values, more = {}) => ({
  name,
  title: name,
  role: name,
  kind,
  shape: [1, values],
  slot: 0,
  format: "float32",
  channels: 1,
  height: 1,
  width: values,
  shown_height: 1,
  shown_width: values,
  source_height: 1,
  source_width: values,
  table: "signed",
  low: -2,
  high: 2,
  note: "",
  ring: null,
  labels: [],
  marked: [],
  click_sets: [],
  per_row: 0,
  ...more,
});

// Conv1d of [1, 0, -1, 2, NaN, 1] with the kernel [1, -1] at stride 2, one zero of padding on both sides.
const scene = {
  seq: 1,
  formula: [],
  code: [],
  cost: null,
  sentence: "A signal.",
  error: null,
  exact: true,
  microscopes: [],
  panes: [
    pane("input", "signal", 6),
    pane("kernel", "grid", 2, { slot: 1 }),
    pane("output", "signal", 4, { slot: 2 }),
  ],
  links: [
    {
      output: "output",
      source: "input",
      rows: ints(0),
      row_taps: 1,
      columns: ints(-1, 0, 1, 2, 3, 4, 5, -1),
      column_taps: 2,
      channels: null,
      channel_taps: 0,
      kernel: "kernel",
      shared_kernel: false,
    },
  ],
  stepper: { output: "output", biases: [] },
};

function drawn(changes = {}) {
  const page = fake_page({
    scene,
    tables: { signed: view(new Uint8Array(1024)) },
    timing: { key: "", milliseconds: 0 },
    crash: "",
    pointer: {},
    probe: {},
    pixels_0: floats(1, 0, -1, 2, NaN, 1),
    pixels_1: floats(1, -1),
    pixels_2: floats(-1, 1, -2, 1),
    ...changes,
  });
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.pane = (name) => page.find(`lesson-pane-${name}`);
  page.canvas = (name) => page.pane(name).querySelector(".lesson-pane-picture");
  page.pen = (name) =>
    page.canvas(name).drawn.filter((each) => each[0] === "moveTo" || each[0] === "lineTo");
  page.said = () => page.find("lesson-pointer").textContent;
  page.band = (name) => page.pane(name).querySelector(".lesson-window-dark").getAttribute("d");
  return page;
}

const layout_of = (page, name) => {
  const { width, height } = page.canvas(name);
  const { panes } = scene;
  return {
    ...signal_layout(
      panes.find((each) => each.name === name),
      [height, 200],
      1,
      0.86 * 14,
    ),
    width,
  };
};

test("samples fill the width but for the margin, zero and both ends have their heights", () => {
  const layout = signal_layout({ width: 10, low: -1, high: 3 }, [118, 252], 1, 12);
  assert.equal(layout.unit, (252 - 4.3 * 12) / 10);
  assert.equal(layout.x(0), 4.3 * 12 + layout.unit / 2);
  assert.deepEqual([3, -1, 1].map(layout.y), [9, 90.6, 49.8]);
});

test("a few samples do not stand further apart than is good", () => {
  const layout = signal_layout({ width: 2, low: -1, high: 1 }, [100, 1000], 2);
  assert.equal(layout.unit, 80);
  assert.ok(layout.width < 300);
});

test("the sample under a point is found at any height; beside the signal there is none", () => {
  const signal = { width: 10, low: -1, high: 1 };
  const layout = signal_layout(signal, [100, 252], 1);
  for (let column = 0; column < 10; column += 1) {
    for (const y of [0, 99])
      assert.deepEqual(sample_at(layout.x(column), y, layout, signal), {
        channel: 0,
        row: 0,
        column,
      });
  }
  assert.equal(sample_at(layout.margin - 1, 50, layout, signal), null);
  assert.equal(sample_at(layout.width + 1, 50, layout, signal), null);
  assert.equal(sample_at(layout.x(3), 100, layout, signal), null);
});

test("the curve goes through every sample, with a gap where one is not finite", () => {
  const page = drawn();
  const { x, y, margin, width } = layout_of(page, "input");
  const [zero_from, zero_to, ...curve] = page.pen("input").slice(0, 7);
  assert.deepEqual(
    [zero_from.slice(0, 2), zero_to.slice(0, 2)],
    [
      ["moveTo", margin],
      ["lineTo", width],
    ],
  );
  assert.deepEqual(curve, [
    ["moveTo", x(0), y(1)],
    ["lineTo", x(1), y(0)],
    ["lineTo", x(2), y(-1)],
    ["lineTo", x(3), y(2)],
    ["moveTo", x(5), y(1)],
  ]);
  const texts = page.canvas("input").drawn.filter((each) => typeof each === "string");
  assert.deepEqual(texts, ["0", "−2", "2", "0", "1", "2", "3", "4", "5"]);
  page.close();
});

test("samples with room have a dot, others none", () => {
  const page = drawn();
  assert.equal(page.canvas("input").drawn.filter(([name]) => name === "arc").length, 5);
  page.close();
  const many = drawn({
    scene: { ...scene, panes: [pane("input", "signal", 100)], links: [], stepper: null },
    pixels_0: view(new Float32Array(100)),
  });
  assert.equal(many.canvas("input").drawn.filter(([name]) => name === "arc").length, 0);
  many.close();
});

test("a signal needs no range of colours, and stands in full width with a lower kernel", () => {
  const page = drawn();
  assert.equal(page.pane("input").querySelector(".lesson-pane-range").style.display, "none");
  assert.equal(page.find("lesson-panes").style.gridTemplateColumns, "200px");
  assert.equal(page.canvas("output").height, 140);
  assert.ok(page.canvas("kernel").height <= 70);
  page.close();
});

test("pointing at an output sample lights its samples in the input, over the whole height", () => {
  const page = drawn();
  const { x } = layout_of(page, "output");
  page.point(page.canvas("output"), "pointermove", x(1), 130);
  assert.equal(page.said(), "output 1 was computed from input samples 1–2");
  const [left, top, width, height] = page
    .band("input")
    .match(/-?[\d.]+/g)
    .map(Number);
  const { margin, unit } = layout_of(page, "input");
  assert.ok(
    Math.abs(left - margin - unit) < 0.1 && Math.abs(width - 2 * unit) < 0.1,
    `${left}, ${width}`,
  );
  assert.deepEqual([top, height], [0, 140]);
  page.point(page.canvas("output"), "pointermove", x(0), 5);
  assert.equal(page.said(), "output 0 was computed from input sample 0 and padding");
  page.close();
});

test("an input sample says its value and who reads it", () => {
  const page = drawn();
  page.point(page.canvas("input"), "pointermove", layout_of(page, "input").x(3), 60);
  assert.equal(page.said(), "input 3 (2) is read by output sample 2");
  page.close();
});

test("arrow keys go along the signal and stop at its ends", () => {
  const page = drawn();
  const box = page.pane("output").querySelector(".lesson-pane-box");
  page.press(box, "End");
  page.press(box, "ArrowLeft");
  assert.match(page.said(), /^output 2 was/);
  for (const key of ["Home", "ArrowUp", "ArrowDown", "ArrowLeft"]) page.press(box, key);
  assert.match(page.said(), /^output 0 was/);
  page.close();
});

test("stepping draws the first samples only and writes the sum of the newest", () => {
  const page = drawn();
  const click = (name) => page.find(`lesson-step-${name}`).dispatchEvent(new Event("click"));
  const samples = () => {
    page.canvas("output").drawn.length = 0;
    page.pass_frame();
    return page.canvas("output").drawn.filter(([name]) => name === "arc").length;
  };
  assert.equal(page.find("lesson-step-count").textContent, "all 4 shown");
  click("first");
  assert.equal(samples(), 0);
  click("next");
  click("next");
  assert.equal(samples(), 2);
  assert.equal(page.find("lesson-written").textContent, "output 1:  0·1 + (−1)·(−1) = 0 + 1 = 1");
  click("last");
  assert.equal(samples(), 4);
  page.close();
});

test("a pane may change from a curve to numbers and back", () => {
  const page = drawn();
  const panes = scene.panes.map((each) =>
    each.name === "kernel" ? { ...each, kind: "signal" } : each,
  );
  page.tell({ scene: { ...scene, seq: 2, panes } });
  page.pass_frame();
  assert.ok(page.pane("kernel").classList.contains("lesson-signal"));
  page.tell({ scene: { ...scene, seq: 3 } });
  page.pass_frame();
  assert.ok(!page.pane("kernel").classList.contains("lesson-signal"));
  assert.deepEqual(page.canvas("kernel").drawn.slice(-2), ["1", "−1"]);
  page.close();
});
