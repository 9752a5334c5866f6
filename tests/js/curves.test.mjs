// Curves over one axis: ticks, names that do not overlap, gaps, what is said, and what a click sets.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage_page } from "./stage_page.mjs";

const axes = await import("../../lessons_lib/widgets/stage/panes/axes.js");
const { curve_sample_at, curves, curves_layout, draw_curves, thinned } = await import(
  "../../lessons_lib/widgets/stage/panes/curves.js"
);
const { short_text, tick_text } = await import("../../lessons_lib/widgets/shared/words.js");

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
  const page = stage_page(scene, values, 600);
  page.box = page.find("lesson-pane-box");
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
  assert.deepEqual(axes.ticks_of(0.05, 4, true), [0.1, 1]);
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

// --- one by one, with a canvas that remembers how each stroke and each text was made ----------------

const STATE = ["strokeStyle", "fillStyle", "lineWidth", "textAlign"];
const LOOK = { ratio: 1, ink: "ink", ground: "ground", colours: ["red", "blue"] };

/** A canvas whose `calls` are {name, args, dash, clipped} with the state of the pen. */
function remembering() {
  const calls = [];
  const context = { clipped: false, dash: [] };
  const note = (name, args) => {
    const state = Object.fromEntries(STATE.map((key) => [key, context[key]]));
    calls.push({ name, args, dash: context.dash.join(), clipped: context.clipped, ...state });
  };
  for (const name of ["fillText", "strokeText", "stroke", "fill", "fillRect", "rect", "beginPath"])
    context[name] = (...args) => note(name, args);
  for (const name of ["moveTo", "lineTo", "arc", "save"])
    context[name] = (...args) => note(name, args);
  context.measureText = (text) => ({ width: 6 * text.length });
  context.setLineDash = (dash) => {
    context.dash = dash;
  };
  context.clip = () => {
    context.clipped = true;
  };
  context.restore = () => {
    context.clipped = false;
  };
  return { calls, getContext: () => context, texts: () => calls.filter(is_text) };
}

const is_text = ({ name }) => name === "fillText";

function drawn_by_hand(changes = {}, values = VALUES) {
  const canvas = remembering();
  const shown = pane(changes);
  const layout = curves_layout(shown, [180, 600], 1, 12, 140);
  draw_curves(canvas, shown, new Float32Array(values), layout, LOOK);
  const text = (wanted) => canvas.texts().find(({ args }) => args[0] === wanted);
  return { ...canvas, layout, text };
}

test("each curve has a colour and dashes of its own, from its line to its name", () => {
  const { calls, text } = drawn_by_hand();
  const of = (colour) => {
    const found = calls.filter(
      ({ name, strokeStyle }) => name === "stroke" && strokeStyle === colour,
    );
    return found.map(({ dash }) => dash);
  };
  const [red, blue] = [of("red"), of("blue")];
  assert.deepEqual([red.length, blue.length], [2, 2]); // the line, and the piece before the name
  assert.deepEqual([red[0], blue[0]], [red[1], blue[1]]);
  assert.notEqual(red[0], blue[0]);
  assert.deepEqual([text("loss").fillStyle, text("kernel error").fillStyle], ["red", "blue"]);
});

test("the colour of a curve is that of its role on the page", () => {
  const canvas = remembering();
  const names = {
    "--lesson-output": "green",
    "--lesson-kernel": "orange",
    "--lesson-ink": "black",
  };
  const style = () => ({ fontSize: "14px", getPropertyValue: (name) => names[name] ?? "" });
  const box = [180, 600];
  const more = { axes: { ...pane().axes, roles: ["kernel", ""] } };
  curves.draw(canvas, pane(more), new Float32Array(VALUES), { box, ratio: 1, style });
  const name = (wanted) => canvas.texts().find(({ args }) => args[0] === wanted);
  assert.equal(name("loss").fillStyle, "orange");
  assert.equal(name("kernel error").fillStyle, "black");
});

test("lines are cut off at the axes, names and numbers are not", () => {
  const { calls, layout } = drawn_by_hand();
  const lines = calls.filter(
    ({ name, lineWidth, clipped }) => name === "lineTo" && clipped && lineWidth,
  );
  assert.ok(lines.length > 0);
  assert.ok(calls.filter(is_text).every(({ clipped }) => !clipped));
  const { args } = calls.find(({ name }) => name === "rect");
  assert.deepEqual([args[0], args[0] + args[2]], [layout.left, layout.right]);
});

test("a sample is hit within its own width, and nothing is beside, above or below the picture", () => {
  const layout = curves_layout(pane({ across: 9 }), [180, 600], 1, 12, 90);
  const { left, unit, x } = layout;
  const at = (across, down = 90) => curve_sample_at(across, down, layout, pane())?.column ?? null;
  assert.deepEqual(
    [0, 1, 2, 3].map((sample) => at(x(sample))),
    [0, 1, 2, 3],
  );
  assert.deepEqual(
    [0, 1, 2, 3].map((sample) => at(left + sample * unit + 0.1)),
    [0, 1, 2, 3],
  );
  assert.deepEqual([at(left + 4 * unit - 0.1), at(left + 4 * unit + 0.1)], [3, null]);
  assert.deepEqual([at(left - 0.1), at(x(1), -1), at(x(1), 180)], [null, null, null]);
});

test("what is lit of curves is as wide as its samples", () => {
  const layout = { left: 50, unit: 10, top: 7, bottom: 107 };
  assert.deepEqual(curves.outline({ column: 2, width: 3 }, layout), [
    { x: 70, y: 7, width: 30, height: 100 },
  ]);
});

test("several samples are told by the x of the first and of the last", () => {
  const said = (...columns) => curves.says.cells({ columns }, pane());
  assert.deepEqual(said(1, 2, 3), ["loss and error", "step 6–8"]);
  assert.deepEqual(said(2), ["loss and error", "step 7"]);
});

test("a value of 0 is told, and where no curve has one that is told", () => {
  const two = pane({ width: 2 });
  const values = new Float32Array([0, NaN, 5, NaN]);
  assert.equal(curves.says.value({ column: 0 }, two, values), "loss 0, kernel error 5");
  assert.equal(curves.says.value({ column: 1 }, two, values), "no value");
});

test("the values at the present state stand beside its line, on the side that has room", () => {
  const linear = { x: "step", y: "size", log: false, roles: [], first: 5, present: 5 };
  const found = (present) =>
    drawn_by_hand({ low: 0, high: 8, axes: { ...linear, present } }, [1, 2, 3, 4, 5, 6, 7, 8]);
  const first = found(5);
  assert.deepEqual(
    first
      .texts()
      .slice(-2)
      .map(({ args }) => args[0]),
    ["1", "5"],
  );
  const last = found(8);
  const [four, eight] = last.texts().slice(-2);
  assert.deepEqual([four.args[0], eight.args[0]], ["4", "8"]);
  assert.deepEqual([four.fillStyle, eight.fillStyle], ["red", "blue"]);
  const side = (page, sample) => {
    const { args, textAlign } = page.texts().at(-1);
    return [textAlign, Math.sign(args[1] - page.layout.x(sample))];
  };
  assert.deepEqual(side(first, 0), ["left", 1]);
  const narrow = drawn_by_hand(
    { low: 0, high: 80000, width: 40, axes: { ...linear, present: 44 } },
    Array.from({ length: 80 }, (_, i) => 1000 * i + 0.5),
  );
  assert.deepEqual(side(narrow, 39), ["right", -1]);
});

test("a curve is named at the height of its last value, and within the axes where that is infinite", () => {
  const { calls, text, layout } = drawn_by_hand({ labels: ["loss", "error"] }, [
    1,
    1,
    0.1,
    NaN,
    1,
    1,
    1,
    INF,
  ]);
  assert.equal(text("loss").args[2], layout.y(Math.fround(0.1)));
  assert.ok(text("error").args[2] >= layout.top);
  const outside = calls.filter(({ name, clipped }) => name === "moveTo" && !clipped);
  assert.ok(outside.every(({ args }) => args[1] >= layout.top));
});

test("close samples are a line without dots, but one between two gaps has its dot", () => {
  const of = (across) => {
    const one = { height: 1, width: 5, labels: ["loss"], across };
    const { calls, layout } = drawn_by_hand(one, [1, 1, NaN, 1, NaN]);
    const dots = calls.filter(({ name }) => name === "arc").map(({ args }) => args[0]);
    return [dots, [0, 1, 3].map(layout.x)];
  };
  const [apart, every] = of(5);
  assert.deepEqual(apart, every);
  const [close, [, , alone]] = of(300);
  assert.deepEqual(close, [alone]);
});

test("the line of the present state has numbers only where there are some that the axis can show", () => {
  const [low, high] = [0.01, 100];
  const of = (present, values) => {
    const found = { ...pane().axes, present };
    const page = drawn_by_hand({ low, high, across: 9, axes: found }, values);
    const line = page.calls.filter(({ name, args }) => name === "fillRect" && args[2] === 1);
    const names = page.texts().findIndex(({ args }) => args[0] === "kernel error");
    return [
      line.length,
      page
        .texts()
        .slice(names + 1)
        .map(({ args }) => args[0]),
    ];
  };
  const values = [1, 0.1, NaN, 0, 1, 10, 100, 5];
  const ticks = of(null, values)[0];
  assert.deepEqual(of(8, values), [ticks + 1, ["5"]]); // 0 has no place on a log axis
  assert.deepEqual(of(9, values), [ticks + 1, []]); // the sample after the last one
  assert.deepEqual(of(5, values), [ticks + 1, ["1", "1"]]);
  assert.deepEqual(of(4, values), [ticks, []]); // before the first one
});

test("a curve without a name has no key at its end", () => {
  const { calls } = drawn_by_hand({ labels: ["", "error"] });
  const keys = calls.filter(({ name, clipped }) => name === "stroke" && !clipped);
  assert.deepEqual([keys.filter(({ strokeStyle }) => strokeStyle === "red").length], [0]);
});
