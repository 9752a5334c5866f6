// Curves over one axis: ticks, names that do not overlap, gaps, what is said, and what a click sets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const axes = await import("../../lessons_lib/widgets/stage/panes/axes.js");
const { curves_layout, thinned } = await import("../../lessons_lib/widgets/stage/panes/curves.js");
const { short_text, tick_text } = await import("../../lessons_lib/widgets/shared/words.js");
const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");

const view = (typed) => new DataView(typed.buffer);
const INF = Infinity;
// A loss that falls, then a gap; an error that has no value first and runs out of the top last.
const VALUES = [1, 0.1, NaN, 0.01, NaN, 10, 100, INF];

const pane = (changes = {}) => ({
  name: "loss",
  title: "loss and error",
  role: "",
  kind: "curves",
  shape: [2, 4],
  slot: 0,
  format: "float32",
  channels: 1,
  height: 2,
  width: 4,
  shown_height: 2,
  shown_width: 4,
  source_height: 2,
  source_width: 4,
  table: "",
  low: 0.01,
  high: 100,
  note: "",
  ring: null,
  outside: null,
  labels: ["loss", "kernel error"],
  marked: [],
  click_sets: ["", "step"],
  keepable: false,
  across: 0,
  per_row: 0,
  axes: { x: "step", y: "size", log: true, roles: ["output", "kernel"], first: 5, present: null },
  wires: null,
  groups: null,
  ...changes,
});

function drawn(changes = {}, values = VALUES) {
  const scene = {
    seq: 1,
    formula: [],
    code: [],
    cost: null,
    sentence: "It trains.",
    error: null,
    exact: true,
    microscopes: [],
    panes: [pane(changes)],
    links: [],
    stepper: null,
  };
  const page = fake_page(
    {
      scene,
      tables: {},
      timing: { seq: 0, milliseconds: 0 },
      crash: "",
      pointer: {},
      probe: {},
      pixels_0: view(new Float32Array(values)),
    },
    { pane_width: 600 },
  );
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.canvas = page.find("lesson-pane-picture");
  page.box = page.find("lesson-pane-box");
  page.said = () => page.find("lesson-pointer").textContent;
  page.texts = () => page.canvas.drawn.filter((each) => typeof each === "string");
  page.layout = () => {
    const { height, width } = page.canvas;
    const font = 0.86 * 14;
    const names = Math.max(...page.scene_pane().labels.map((name) => 0.6 * font * name.length));
    return curves_layout(page.scene_pane(), [height, width], 1, font, names + 2.9 * font);
  };
  page.scene_pane = () => page.model.get("scene").panes[0];
  return page;
}

test("ticks are round numbers, and whole decades on a log axis", () => {
  assert.deepEqual(axes.ticks_of(0, 1, false), [0, 0.2, 0.4, 0.6000000000000001, 0.8, 1]);
  assert.deepEqual(axes.ticks_of(0.01, 100, true), [0.01, 0.1, 1, 10, 100]);
  assert.deepEqual(axes.ticks_of(1e-12, 1, true).map(tick_text), [
    "10⁻¹²",
    "10⁻⁹",
    "10⁻⁶",
    "0.001",
    "1",
  ]);
  assert.deepEqual(axes.ticks_of(0.2, 0.8, true), [0.2, 0.8]);
});

test("samples are numbered at round x, wherever the first one stands", () => {
  assert.deepEqual(axes.sample_ticks(0, 9, 40, 30), [0, 1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(axes.sample_ticks(-4, 9, 20, 30), [0, 2, 4, 6, 8]);
  assert.deepEqual(axes.sample_ticks(3, 200, 2, 40), [17, 37, 57, 77, 97, 117, 137, 157, 177, 197]);
});

test("numbers at an axis are short, small and large ones are powers", () => {
  const texts = [0.6000000000000001, -250, 1e-4, 2e8, 0, 1e-3, INF].map(tick_text);
  assert.deepEqual(texts, ["0.6", "−250", "10⁻⁴", "2·10⁸", "0", "0.001", "∞"]);
  assert.deepEqual([0.012345, 3.214e-7, 123.4, NaN].map(short_text), [
    "0.0123",
    "3.21·10⁻⁷",
    "123",
    "NaN",
  ]);
});

test("names are moved apart as little as need be, between the ends", () => {
  assert.deepEqual(axes.spread([10, 11, 50], 5, 0, 100), [10, 15, 50]);
  assert.deepEqual(axes.spread([99, 98, 97], 5, 0, 100), [100, 95, 90]);
  assert.deepEqual(axes.spread([1, 1, 1], 50, 0, 60), [0, 30, 60]);
});

test("nothing of the layout hangs on the values", () => {
  const of = (changes) => curves_layout(pane(changes), [180, 600], 1, 12, 90);
  const [one, other] = [of({ width: 4, across: 300 }), of({ width: 299, across: 300 })];
  for (const key of ["left", "right", "top", "bottom", "unit"]) assert.equal(one[key], other[key]);
});

test("a decade is as high as the next one, and what is infinite stands outside", () => {
  const { y, top, bottom } = curves_layout(pane(), [180, 600], 1, 12, 90);
  assert.deepEqual([0.01, 100].map(y), [bottom, top]);
  const [a, b, c] = [0.1, 1, 10].map(y);
  assert.ok(Math.abs(a - b - (b - c)) < 1e-9);
  assert.ok(y(INF) < top && Number.isFinite(y(INF)) && y(1e-30) > bottom);
});

test("where many samples share a pixel the smallest and the largest stand for all", () => {
  const row = new Float32Array(1000).map((_, i) => Math.sin(i));
  row[501] = 7;
  row[507] = -7;
  const found = thinned(row, 0.1, false);
  assert.equal(found.length, 200);
  assert.deepEqual(
    found.filter(([, value]) => Math.abs(value) === 7),
    [
      [501, 7],
      [507, -7],
    ],
  );
  const gaps = thinned(new Float32Array([1, 0, -2, 3]), 9, true);
  assert.deepEqual(gaps, [
    [0, 1],
    [1, NaN],
    [2, NaN],
    [3, 3],
  ]);
});

test("each curve has its axis, its gaps, its dot where a sample stands alone, and its name", () => {
  const page = drawn();
  const { x, y } = page.layout();
  const pen = page.canvas.drawn.filter(([name]) => name === "moveTo" || name === "lineTo");
  const has = (...wanted) =>
    assert.ok(
      pen.some((each) => each.every((part, i) => part === wanted[i])),
      JSON.stringify(wanted),
    );
  has("moveTo", x(0), y(1));
  has("lineTo", x(1), y(0.1 * 1.0000000149011612));
  has("moveTo", x(1), y(10));
  has("lineTo", x(3), y(INF));
  const texts = page.texts();
  for (const text of ["0.01", "0.1", "1", "10", "100", "size", "step", "5", "8"])
    assert.ok(texts.includes(text), text);
  assert.deepEqual(texts.slice(-2), ["loss", "kernel error"]);
  assert.equal(page.find("lesson-pane-shape").textContent, "");
  page.close();
});

test("one sample alone is a dot", () => {
  const page = drawn(
    { height: 1, width: 1, source_height: 1, source_width: 1, labels: ["a"] },
    [1],
  );
  assert.equal(page.canvas.drawn.filter(([name]) => name === "arc").length, 1);
  page.close();
});

test("the present state is a line with every curve's value, also where it is infinite", () => {
  const page = drawn({ axes: { ...pane().axes, present: 8 } });
  assert.deepEqual(page.texts().slice(-2), ["0.01", "∞"]);
  page.close();
  const outside = drawn({ axes: { ...pane().axes, present: 900 } });
  assert.deepEqual(outside.texts().slice(-2), ["loss", "kernel error"]);
  outside.close();
});

test("pointing says the x and what every curve has there, and goes on saying it while it trains", () => {
  const page = drawn();
  page.point(page.canvas, "pointermove", page.layout().x(1), 60);
  assert.equal(page.said(), "loss and error, step 6 (loss 0.1, kernel error 10)");
  page.point(page.canvas, "pointermove", page.layout().x(2), 60);
  assert.equal(page.said(), "loss and error, step 7 (kernel error 100)");
  const scene = { ...page.model.get("scene"), seq: 2 };
  page.tell({ scene, pixels_0: view(new Float32Array([1, 2, 3, 4, 5, 6, 7, 8])) });
  page.pass_frame();
  assert.equal(page.said(), "loss and error, step 7 (loss 3, kernel error 7)");
  page.close();
});

test("a click tells the sample, and so do arrow keys and Enter", () => {
  const page = drawn();
  page.point(page.canvas, "pointerdown", page.layout().x(2), 60);
  const clicks = () => page.sent.filter(({ type }) => type === "click");
  assert.deepEqual(clicks(), [{ type: "click", pane: "loss", row: 0, column: 2 }]);
  for (const key of ["ArrowRight", "ArrowRight", "Enter"]) page.press(page.box, key);
  assert.deepEqual(clicks().at(-1), { type: "click", pane: "loss", row: 0, column: 3 });
  assert.match(page.box.getAttribute("aria-label"), /Enter sets the step$/);
  page.close();
});
