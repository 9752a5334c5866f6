// Pictures of classes: their legend, what is said of a pixel, and that no two classes are ever mixed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");
const { area_means, fitted, majorities } = await import(
  "../../lessons_lib/widgets/stage/reduce.js"
);
const { show_scores } = await import("../../lessons_lib/widgets/stage/score_table.js");
const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");
const { padding_taps, read_link, readers_of, window_of } = await import(
  "../../lessons_lib/widgets/stage/links.js"
);

const example = JSON.parse(
  readFileSync(new URL("../fixtures/classes.json", import.meta.url), "utf8"),
);
const view = ({ base64 }) => new DataView(Uint8Array.from(Buffer.from(base64, "base64")).buffer);

const links = example.scene.links.map((link) => ({
  ...link,
  rows: view(link.rows),
  columns: view(link.columns),
}));
const scene_now = { ...example.scene, links };

function drawn(scene = scene_now, pane_width = 300) {
  const page = fake_page(
    {
      scene,
      tables: { classes: view(example.tables.classes) },
      timing: { key: "", milliseconds: 0 },
      crash: "",
      pointer: {},
      probe: {},
      pixels_0: view(example.pixels_0),
      pixels_1: view(example.pixels_1),
    },
    { pane_width },
  );
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.legends = () => page.element.querySelectorAll(".lesson-legend");
  page.said = () => page.find("lesson-pointer").textContent;
  return page;
}

test("each class that occurs has its colour, its name and its share below the picture", () => {
  const page = drawn();
  const [truth] = page.legends();
  const entries = truth.children.map(({ children }) => children.map((each) => each.textContent));
  const told = example.scene.panes[0].legend.map(([, name, share]) => ["", name, share]);
  assert.deepEqual(entries, told);
  assert.ok(told.some(([, , share]) => share.endsWith(" %")));
  const colours = truth.children.map(({ children }) => children[0].style.background);
  assert.equal(new Set(colours).size, colours.length);
  assert.equal(colours[1], "rgb(56,174,186)");
  page.close();
});

test("a class that does not occur stays in the legend, pale, and nothing is made anew", () => {
  const page = drawn();
  const entry = () => page.legends()[0].children[1];
  const [root, before] = [entry(), entry().textContent];
  assert.ok(!root.classList.contains("lesson-absent"));
  const [truth, other] = example.scene.panes;
  const legend = truth.legend.map(([number, name, share]) => [
    number,
    name,
    number === 1 ? "" : share,
  ]);
  page.tell({ scene: { ...scene_now, seq: 2, panes: [{ ...truth, legend }, other] } });
  page.pass_frame();
  assert.equal(entry(), root);
  assert.ok(root.classList.contains("lesson-absent"));
  assert.notEqual(entry().textContent, before);
  page.close();
});

test("other kinds have no legend", () => {
  const [pane, other] = example.scene.panes;
  const map = { ...other, kind: "map", legend: [] };
  const page = drawn({ ...scene_now, panes: [pane, map] });
  assert.deepEqual(
    page.legends().map(({ childElementCount }) => childElementCount > 0),
    [true, false],
  );
  page.close();
});

test("the pointed pixel says its class", () => {
  const page = drawn();
  const { slot, width, height } = example.scene.panes[1];
  const bytes = new Uint8Array(view(example[`pixels_${slot}`]).buffer);
  const at = bytes.indexOf(3);
  const canvas = page.element.querySelectorAll(".lesson-pane-picture")[1];
  const side = Number.parseFloat(canvas.style.width) / width;
  assert.equal(side, Number.parseFloat(canvas.style.height) / height);
  const [row, column] = [Math.floor(at / width), at % width];
  page.point(canvas, "pointermove", (column + 0.5) * side, (row + 0.5) * side);
  page.pass_frame();
  const from = "was computed from the whole truth and padding";
  assert.equal(page.said(), `prediction (${row}, ${column}) is square; ${from}`);
  const whole = page.element.querySelectorAll(".lesson-window-light")[0].getAttribute("d");
  assert.equal(whole.match(/M/g).length, 1, "one frame around all that was seen");
  page.close();
});

test("what is ignored is called so, and a pixel that stands for several is mostly what it shows", () => {
  const { is } = KINDS.classes.says;
  const pane = { height: 1, width: 2, source_height: 2, source_width: 6, labels: ["ground"] };
  const bytes = [255, 0];
  assert.equal(is({ row: 1, column: 2 }, pane, bytes), "mostly ignored");
  assert.equal(is({ row: 1, column: 3 }, pane, bytes), "mostly ground");
  const whole = { ...pane, source_height: 1, source_width: 2 };
  assert.equal(is({ row: 0, column: 1 }, whole, bytes), "ground");
  const high = { ...whole, source_height: 3 }; // made smaller along one axis only
  assert.equal(is({ row: 2, column: 1 }, high, bytes), "mostly ground");
  const wide = { ...whole, source_width: 4 };
  assert.equal(is({ row: 0, column: 1 }, wide, bytes), "mostly ignored");
  assert.equal(is({ row: 0, column: 0 }, whole, [7, 0]), "class 7");
});

test("a smaller view shows the class that covers most of a pixel, where a mean would make others", () => {
  const bytes = Uint8ClampedArray.from([1, 1, 3, 3, 3, 1, 1, 1, 255, 255, 1, 1, 255, 255, 255]);
  assert.deepEqual([...majorities(bytes, 1, [3, 5], [1, 2])], [1, 255]);
  assert.deepEqual([...majorities(bytes, 1, [3, 5], [3, 5])], [...bytes]);
  assert.ok(![...area_means(bytes, 1, [3, 5], [1, 2])].every((each) => bytes.includes(each)));
  const pane = { height: 3, width: 5, shown_height: 3, shown_width: 5, format: "index8" };
  const sizes = { source_height: 3, source_width: 5 };
  const [small, reduced] = fitted({ ...pane, ...sizes }, bytes, [1, 2, 0], majorities);
  assert.deepEqual([small.height, small.width], [1, 2]);
  assert.deepEqual([...reduced], [1, 255]);
});

// --- where a pixel was computed from, and why it has its class -------------------------------------

const spans = (...rows) => new DataView(Int32Array.from(rows.flat()).buffer);

test("a span is one box from its first to its last cell, and tells whether padding was met", () => {
  const rows = spans([0, 1, 1], [0, 2, 0], [2, 3, 1]);
  const columns = spans([1, 4, 0], [3, 5, 0]);
  const link = read_link({ output: "out", source: "in", rows, columns, spans: true });
  assert.deepEqual([link.rows.outputs, link.columns.outputs], [3, 2]);
  assert.deepEqual(window_of(link, { channel: 0, row: 1, column: 1 }), [
    { channel: null, row: 0, column: 3, height: 3, width: 3 },
  ]);
  const padding = [0, 1, 2].map((row) => padding_taps(link.rows, row));
  assert.deepEqual(padding, [1, 0, 1]);
  assert.deepEqual(readers_of(link, { channel: 0, row: 2, column: 3 }), [
    { channel: null, row: 1, column: 0, height: 2, width: 2 },
  ]);
  assert.deepEqual(readers_of(link, { channel: 0, row: 2, column: 0 }), []);
});

test("an output that nothing was painted into was computed from nothing", () => {
  const rows = spans([0, 0, 0], [1, 0, 0]);
  const link = read_link({ output: "out", source: "in", rows, columns: rows, spans: true });
  assert.deepEqual(window_of(link, { row: 1, column: 0 }), []);
});

const column_of = (...numbers) => ({
  channels: numbers.length,
  height: 1,
  width: 1,
  values: new DataView(Float32Array.from(numbers).buffer),
  outside: null,
  marked: new DataView(Uint8Array.from(numbers, (n) => Number(n === Math.max(...numbers))).buffer),
});
const probe_of = (labels) => ({
  key: "",
  pane: "prediction",
  row: 2,
  column: 3,
  title: "prediction (2, 3)",
  operation: "scores",
  labels,
  parts: [
    {
      ...column_of(...labels.map((_, n) => 1.5 - n)),
      ...{ name: "score", title: "score", role: "output", table: "signed", low: -4, high: 4 },
    },
    {
      ...column_of(...labels.map((_, n) => 80 / 4 ** n)),
      ...{
        name: "share",
        title: "softmax in %",
        role: "output",
        table: "count",
        low: 0,
        high: 100,
      },
    },
  ],
  line: [{ text: "largest: background", role: "output", style: "" }],
});

function looked_at(labels) {
  const page = drawn(scene_now, 600);
  const table = view(example.tables.classes);
  page.tell({ tables: { classes: table, signed: table, count: table } });
  const canvas = page.element.querySelectorAll(".lesson-pane-picture")[1];
  page.point(canvas, "pointermove", 3, 3);
  page.tell({ probe: probe_of(labels) });
  page.pass_frame();
  page.tables = page.element.querySelectorAll(".lesson-scores");
  page.lines = (table) =>
    table.children.map(({ children }) => children.map((each) => each.textContent));
  return page;
}

test("the scores of a pixel are a table, the names of the classes above, the largest one marked", () => {
  const page = looked_at(["background", "disc", "ring"]);
  assert.ok(page.find("lesson-microscope").classList.contains("lesson-shown"));
  assert.equal(page.tables.length, 1);
  assert.deepEqual(page.lines(page.tables[0]), [
    ["", "background", "disc", "ring"],
    ["score", "1.5", "0.5", "−0.5"],
    ["softmax in %", "80", "20", "5"],
  ]);
  const marked = page.element.querySelectorAll(".lesson-largest");
  assert.deepEqual(
    marked.map(({ textContent }) => textContent),
    ["1.5", "80"],
  );
  assert.equal(page.find("lesson-microscope-sum").textContent, "largest: background");
  assert.equal(page.element.querySelectorAll(".lesson-microscope-grid").length, 0);
  page.close();
});

test("many classes go on in further tables, none is left out", () => {
  const names = Array.from({ length: 21 }, (_, n) => `class ${n}`);
  const page = looked_at(names);
  assert.ok(page.tables.length > 1);
  const heads = page.tables.map((table) => page.lines(table)[0].slice(1));
  assert.deepEqual(heads.flat(), names);
  assert.ok(page.tables.every((table) => page.lines(table)[1][0] === "score"));
  page.close();
});

/** 256 colours of a table, told apart by their green. */
const colours_of = (green, red = (n) => n) =>
  new DataView(
    Uint8Array.from({ length: 1024 }, (_, i) => [red(i >> 2), green, 0, 255][i % 4]).buffer,
  );

function scores_shown(labels, width) {
  const page = drawn();
  const tables = { classes: colours_of(1), signed: colours_of(2), count: colours_of(255) };
  const { parts } = probe_of(labels);
  parts[1].marked = null;
  show_scores(page.element, { labels, parts }, tables, width, page.element.ownerDocument);
  page.close();
  return page.element.querySelectorAll(".lesson-scores");
}

test("classes and scores have the colours of their own tables, on in the next table too", () => {
  const [first, second] = scores_shown(["a", "b", "c"], 104 + 2 * 78);
  const swatches = [first, second].flatMap((table) =>
    table.children[0].children.slice(1).map(({ children }) => children[0].style.background),
  );
  assert.deepEqual(swatches, ["rgb(0,1,0)", "rgb(1,1,0)", "rgb(2,1,0)"]);
  const cells = (table, line) => table.children[line].children.slice(1);
  const reds = [...cells(first, 1), ...cells(second, 1)].map(({ style }) => style.background);
  assert.ok(
    reds.every((each) => each.endsWith(",2,0)")),
    `${reds}`,
  );
  const levels = reds.map((each) => Number(/\d+/.exec(each)[0]));
  assert.ok(levels[0] > levels[1] && levels[1] > 127 && levels[2] < 127, `${levels}`);
  assert.equal(cells(first, 1)[0].style.color, "#fff", "white on what is dark");
  assert.equal(cells(first, 2)[0].style.color, "#111", "black on what is light");
  const marked = [...cells(first, 1), ...cells(first, 2)].map(({ classList }) =>
    classList.contains("lesson-largest"),
  );
  assert.deepEqual(marked, [true, false, false, false], "where nothing is marked nothing is");
});

test("a table has as many classes as the longest of their names leaves room for", () => {
  const across = (labels, width) =>
    scores_shown(labels, width).map(({ children }) => children[0].children.length - 1);
  assert.deepEqual(across(["a", "b", "c"], 104 + 3 * 78), [3]);
  assert.deepEqual(across(["a", "b", "c"], 103 + 3 * 78), [2, 1]);
  assert.deepEqual(across(["a", "a name of twenty two l", "c"], 104 + 3 * 78), [1, 1, 1]);
});

test("a smaller view of classes is made of classes, and no range of numbers stands below", () => {
  const page = drawn(scene_now, 40);
  const painted = page.element
    .querySelectorAll(".lesson-pane-picture")
    .map(({ drawn }) => drawn.findLast((each) => each instanceof Uint8ClampedArray));
  const table = new Uint8Array(view(example.tables.classes).buffer);
  const known = new Set(Array.from({ length: 256 }, (_, n) => `${table.slice(4 * n, 4 * n + 3)}`));
  for (const pixels of painted)
    for (let at = 0; at < pixels.length; at += 4)
      assert.ok(known.has(`${pixels.slice(at, at + 3)}`), "a colour of no class");
  assert.equal(KINDS.classes.says.range, false);
  page.close();
});
