// The kinds of pane: each of the same shape, and nobody else asks which kind a pane is of.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");
const { print_of } = await import("../../lessons_lib/widgets/stage/panes/grid.js");
const { numbered, signal_layout } = await import("../../lessons_lib/widgets/stage/panes/signal.js");
const { Pointing } = await import("../../lessons_lib/widgets/stage/pointing.js");
const STAGE = new URL("../../lessons_lib/widgets/stage/", import.meta.url);
const SHAPE =
  "css read is_complete draw cell_at extent outline own strokes recoloured says wish".split(" ");
const SAYS = "range shape keys boxes cells is name value".split(" ");

test("every kind has what the list of kinds promises, and no more", () => {
  for (const [name, kind] of Object.entries(KINDS)) {
    assert.deepEqual(Object.keys(kind).sort(), [...SHAPE].sort(), name);
    assert.deepEqual(Object.keys(kind.says).sort(), [...SAYS].sort(), name);
  }
});

const asks = (text) =>
  /\bkind\b\)?\s*[!=]==?|case "(photo|map|classes|grid|signal|curves|wiring|layers)"|\]\.includes\(\w*\.?kind\)/.test(
    text,
  );

test("only the list of kinds knows which kind a pane is of", () => {
  const files = readdirSync(STAGE, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".js"));
  assert.ok(files.length > 15);
  for (const file of files) assert.ok(!asks(readFileSync(new URL(file, STAGE), "utf8")), file);
  for (const text of ['pane.kind === "grid"', 'if (kind !== "x")', '["photo"].includes(pane.kind)'])
    assert.ok(asks(text), text);
});

const measure = (text, font) => 0.6 * font * text.length;

test("all numbers of a grid fit their cells, in type that can be read", () => {
  for (const ratio of [1, 2])
    for (let side = 8; side <= 64; side += 1)
      for (const values of [[1, 2], [-0.13, 0.5], [123.456, -7], [1e6, 0.5], [0.001]]) {
        const print = print_of(values, side * ratio, ratio, measure);
        if (!print) continue;
        assert.ok(print.font >= 7 * ratio, `${side}: type of ${print.font}`);
        assert.ok(print.widest < 1, `${side}: ${values} takes ${print.widest} of a cell`);
      }
  assert.equal(print_of([-0.13, 0.5], 40, 1, measure).digits, 2);
});

test("a digit is left out where that makes numbers fit, but none becomes zero", () => {
  assert.equal(print_of([12.34, -56.78], 28, 1, measure).digits, 1);
  assert.equal(print_of([12.34, -56.78], 24, 1, measure), null);
  assert.equal(print_of([12.34, -56.78, 0.02], 28, 1, measure), null);
  assert.equal(print_of([12.34, -56.78, 0], 28, 1, measure).digits, 1);
});

test("a cell whose number is not printed says it when pointed at", () => {
  const pane = { title: "kernel", channels: 2, height: 1, width: 2, labels: ["R", "G"] };
  const { says } = KINDS.grid;
  const cell = { channel: 1, row: 0, column: 1 };
  assert.equal(says.value(cell, pane, [1, 2, 3, -0.125], false), -0.125);
  assert.equal(says.value(cell, pane, [1, 2, 3, -0.125], true), undefined);
});

test("a number that is not printed is said, also where nothing belongs to its cell", () => {
  const line = { textContent: "" };
  const named = (value) => (_cell, with_value) =>
    with_value && value ? `corner (${value})` : "corner";
  const panes = new Map([
    ["small", { name: "small", name_of: named("0.56"), outline() {} }],
    ["printed", { name: "printed", name_of: named(""), outline() {} }],
  ]);
  const pointing = new Pointing(panes, line, () => {});
  assert.equal(pointing.point("printed", { row: 0, column: 1 }), false);
  assert.equal(line.textContent, "");
  assert.equal(pointing.point("small", { row: 0, column: 1 }), false);
  assert.equal(line.textContent, "corner (0.56)");
});

test("a map is shown in other colours by where its values lie in them", () => {
  const view = new DataView(Uint8Array.from([0, 127, 254, 255]).buffer);
  const found = (low, high) => {
    const other = KINDS.map.recoloured(view, { low: -1, high: 1 }, { low, high });
    return [...new Uint8Array(other.buffer)];
  };
  assert.deepEqual(found(-1, 1), [0, 127, 254, 255]);
  assert.deepEqual(found(-2, 2), [64, 127, 191, 255]);
  assert.deepEqual(found(-0.5, 0.5), [0, 127, 254, 255]); // beyond: held at the ends
  assert.equal(KINDS.photo.recoloured, null);
});

test("signals with one axis have their samples below each other", () => {
  const signal = (width) => ({ width, low: -1, high: 1, across: 240 });
  const [long, short] = [240, 77].map((width) => signal_layout(signal(width), [140, 900], 1, 12));
  for (const sample of [0, 30, 76]) assert.equal(long.x(sample), short.x(sample));
  assert.ok(short.width < long.width);
});

test("the samples that are numbered stand apart, from 0 on", () => {
  assert.deepEqual(numbered(6, 40, 12), [0, 1, 2, 3, 4, 5]);
  for (const unit of [0.5, 3, 4, 10]) {
    const found = numbered(200, unit, 12);
    assert.equal(found[0], 0);
    assert.ok((found[1] - found[0]) * unit >= 12 * 2.5, `${unit}: ${found}`);
  }
});
