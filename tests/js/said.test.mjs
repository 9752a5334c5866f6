// Cells in words: few are counted up, many are summarised.
import assert from "node:assert/strict";
import { test } from "node:test";

const { covered, ordinal, rhythm, rows_and_columns, spoken } = await import(
  "../../lessons_lib/widgets/stage/said.js"
);
const { some_boxes, touched_by, read_link } = await import(
  "../../lessons_lib/widgets/stage/links.js"
);

const every = (step, count, first = 0) => Array.from({ length: count }, (_, i) => first + i * step);

test("many cells are summarised, by their step where they have one", () => {
  assert.equal(spoken("row", every(20, 26, 3)), "every 20th row from 3 to 503");
  assert.equal(spoken("row", [0, 3, 4, 9, 11, 20, 33]), "7 rows from 0 to 33");
  assert.equal(spoken("row", [0, 3, 5, 9]), "rows 0, 3, 5, 9");
  assert.equal(spoken("sample", every(1, 500)), "samples 0–499");
  assert.equal(spoken("column", [7, 7, -1]), "column 7");
});

test("rows and columns of one step are one sentence with the count of both", () => {
  const cells = { rows: every(20, 26), columns: every(20, 26, 2) };
  assert.equal(rows_and_columns(cells, "windows"), "in 676 windows: every 20th row and column");
  assert.equal(
    rows_and_columns({ ...cells, columns: every(3, 10) }, "windows"),
    "in 260 windows: every 20th row from 0 to 500, every 3rd column from 0 to 27",
  );
  assert.equal(
    rows_and_columns({ rows: [4, 5], columns: every(20, 26) }, "pixels"),
    "in 52 pixels: rows 4–5, every 20th column from 0 to 500",
  );
  assert.equal(rows_and_columns({ rows: [1], columns: [2, 3] }, "pixels"), "row 1, columns 2–3");
});

test("a step is found only where it is one throughout", () => {
  assert.equal(rhythm(every(7, 9)), 7);
  assert.equal(rhythm([...every(7, 9), 57]), 0);
  assert.equal(rhythm(every(1, 9)), 0);
  assert.equal(rhythm(every(7, 3)), 0);
});

test("ordinals are those of English", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 103, 111].map(ordinal), [
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "22nd",
    "103rd",
    "111th",
  ]);
});

test("what boxes cover is each row and column once", () => {
  const boxes = [
    { channel: 1, row: 2, column: 0, height: 2, width: 1 },
    { channel: 0, row: 3, column: 4, height: 1, width: 2 },
  ];
  assert.deepEqual(covered(boxes), { channels: [0, 1], rows: [2, 3], columns: [0, 4, 5] });
});

test("a weight at stride 20 is marked a few times, and said to touch 676 windows", () => {
  const axis = new DataView(Int32Array.from(every(20, 26).flatMap((at) => [at, at + 1])).buffer);
  const link = read_link({
    ...{ output: "output", source: "input", kernel: "kernel", channels: null },
    ...{ rows: axis, row_taps: 2, columns: axis, column_taps: 2 },
  });
  const cells = touched_by(link, { channel: 0, row: 1, column: 0 });
  assert.equal(cells.rows.length * cells.columns.length, 676);
  const boxes = some_boxes(cells);
  assert.ok(boxes.length <= 64, `${boxes.length} markers`);
  const rows = boxes.map(({ row }) => row);
  assert.deepEqual([Math.min(...rows), Math.max(...rows)], [1, 501]);
});
