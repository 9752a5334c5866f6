// The pure parts of the stage: looking up links, painting, placing, wording.
import assert from "node:assert/strict";
import { test } from "node:test";

const folder = "../../lessons_lib/widgets/static/";
const links = await import(`${folder}links.js`);
const pixels = await import(`${folder}pixels.js`);
const layout = await import(`${folder}layout.js`);
const words = await import(`${folder}words.js`);
const { gradient } = await import(`${folder}pane.js`);

// Bytes as a comm delivers them: somewhere inside a larger buffer, not aligned to four.
function delivered(typed) {
  const bytes = new Uint8Array(typed.buffer);
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  return new DataView(larger.buffer, 3, bytes.length);
}

test("a link table gives the sources of an output and leaves padding out", () => {
  const table = links.link_table(delivered(new Int32Array([-1, 0, 1, 0, 1, 2, 1, 2, -1])), 3);
  assert.equal(links.output_count(table), 3);
  assert.deepEqual(links.sources_of(table, 0), [0, 1]);
  assert.deepEqual(links.sources_of(table, 1), [0, 1, 2]);
  assert.equal(links.padding_taps(table, 2), 1);
});

test("neighbouring indices join into runs, repeated ones count once", () => {
  assert.deepEqual(links.runs([9, 4, 5, 6, 5]), [[4, 3], [9, 1]]);
  assert.deepEqual(links.runs([]), []);
});

test("indices are said in words, one in the singular", () => {
  assert.equal(links.spoken("row", [4, 5, 6]), "rows 4–6");
  assert.equal(links.spoken("column", [0, 8]), "columns 0, 8");
  assert.equal(links.spoken("row", [7]), "row 7");
  assert.equal(links.spoken("row", []), "no row");
});

test("each index takes its colour, also from a buffer that is not aligned", () => {
  const table = new Uint8Array(1024).map((_, i) => (i % 4 === 3 ? 255 : Math.floor(i / 4)));
  const out = new Uint8ClampedArray(12);
  pixels.paint_indices(pixels.as_bytes(delivered(new Uint8Array([5, 0, 254]))),
    pixels.packed_table(delivered(table)), out);
  assert.deepEqual([...out], [5, 5, 5, 255, 0, 0, 0, 255, 254, 254, 254, 255]);
});

test("rgb pixels keep their order and become opaque", () => {
  const out = new Uint8ClampedArray(8);
  pixels.paint_rgb(pixels.as_bytes(delivered(new Uint8Array([1, 2, 3, 200, 100, 50]))), out);
  assert.deepEqual([...out], [1, 2, 3, 255, 200, 100, 50, 255]);
});

test("zero of a signed range is the middle colour and what is not finite has its own", () => {
  assert.equal(pixels.index_of(0, -2, 2), 127);
  assert.equal(pixels.index_of(2, -2, 2), 254);
  assert.equal(pixels.index_of(-9, -2, 2), 0);
  for (const value of [NaN, Infinity, -Infinity]) assert.equal(pixels.index_of(value, -2, 2), 255);
});

test("grids are read as numbers", () => {
  assert.deepEqual([...pixels.as_floats(delivered(new Float32Array([1.5, -2])))], [1.5, -2]);
});

test("the fingerprint changes with any pixel", () => {
  assert.notEqual(pixels.digest(new Uint8Array([1, 2, 3])), pixels.digest(new Uint8Array([1, 2, 4])));
});

test("pictures are enlarged by whole numbers only and never made smaller", () => {
  assert.equal(layout.whole_scale(26, 26, 350, 350), 13);
  assert.equal(layout.whole_scale(255, 100, 350, 350), 1);
  assert.equal(layout.whole_scale(512, 512, 350, 350), 1);
});

test("the cell under a point is found in rows and columns that differ", () => {
  assert.deepEqual(layout.cell_at(59, 10, 3, 6, 30, 60), { row: 1, column: 5 });
  assert.equal(layout.cell_at(60, 10, 3, 6, 30, 60), null);
  assert.equal(layout.cell_at(-1, 10, 3, 6, 30, 60), null);
});

test("keys move the cell and stop at the border", () => {
  const from = { row: 2, column: 3 };
  assert.deepEqual(layout.moved(from, "ArrowUp", 5, 9, 1), { row: 1, column: 3 });
  assert.deepEqual(layout.moved(from, "ArrowRight", 5, 9, 10), { row: 2, column: 8 });
  assert.deepEqual(layout.moved(from, "Home", 5, 9, 1), { row: 2, column: 0 });
  assert.deepEqual(layout.moved(from, "End", 5, 9, 1), { row: 2, column: 8 });
  assert.deepEqual(layout.moved(from, "PageDown", 5, 9, 1), { row: 4, column: 3 });
  assert.equal(layout.moved(from, "a", 5, 9, 1), null);
});

test("stacked grids fit their box and drop numbers that could not be read", () => {
  const wide = layout.grid_cells(1, 4, 4, 350, 350, 1, 0);
  assert.ok(wide.numbers && wide.side * 4 <= 350);
  const many = layout.grid_cells(1, 40, 40, 350, 350, 1, 0);
  assert.equal(many.numbers, false);
});

test("numbers have true minus signs and words for what JSON cannot carry", () => {
  assert.equal(words.number_text(-0.128), "−0.13");
  assert.equal(words.number_text(-3), "−3");
  assert.equal(words.number_text(NaN), "NaN");
  assert.equal(words.number_text(-Infinity), "−∞");
});

test("counts and costs can be read aloud", () => {
  assert.equal(words.count_text(73728), "73\u202f728");
  assert.equal(words.count_text(7022700), "7.02 M");
  const said = (weights, biases, milliseconds) => words.cost_text({ weights, biases, multiply_adds: 9 }, milliseconds);
  assert.equal(said(1, 0, 0.324), "1 weight · 9 multiply-adds · 0.32 ms");
  assert.equal(said(27, 1, 3.14), "27 weights + 1 bias · 9 multiply-adds · 3.1 ms");
  assert.equal(said(54, 2, 140.4), "54 weights + 2 biases · 9 multiply-adds · 140 ms");
  assert.equal(words.cost_text(null, 1), "");
  assert.equal(words.shape_text([3, 512, 300]), "3 × 512 × 300");
});

test("a colour table becomes a gradient from its first to its last colour", () => {
  const table = new Uint8Array(1024).map((_, i) => Math.floor(i / 4));
  assert.match(gradient(table), /^linear-gradient\(to right, rgb\(0,0,0\), .*rgb\(254,254,254\)\)$/);
});
