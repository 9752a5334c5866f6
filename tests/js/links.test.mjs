// What is lit is what torch reads: the same 200 layers as in tests/labs/test_links_of_many_layers.py.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const {
  bounding_box,
  cell_boxes,
  cell_count,
  padding_taps,
  partners_back,
  partners_of,
  read_cell_link,
  read_link,
  readers_of,
  some_boxes,
  touched_by,
  weights_of,
  window_of,
} = await import("../../lessons_lib/widgets/stage/links.js");
const cases = JSON.parse(readFileSync(new URL("../fixtures/links.json", import.meta.url), "utf8"));

const table = (...list) => new DataView(Int32Array.from(list).buffer);
const view = (base64) => new DataView(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
const link_of = ({ link }) =>
  read_link({
    ...link,
    rows: view(link.rows),
    columns: view(link.columns),
    channels: view(link.channels),
  });

/** Rows of packed bits as sets of flat indices. */
function sets(base64, columns) {
  const bytes = Buffer.from(base64, "base64");
  const stride = Math.ceil(columns / 8);
  return Array.from(
    { length: bytes.length / stride },
    (_, row) =>
      new Set(
        Array.from({ length: columns }, (__, i) => i).filter(
          (i) => (bytes[row * stride + (i >> 3)] >> (i & 7)) & 1,
        ),
      ),
  );
}

/** Every cell of grids in the order of their flat index. */
function cells([channels, rows, columns]) {
  const all = [];
  for (let channel = 0; channel < channels; channel += 1) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) all.push({ channel, row, column });
    }
  }
  return all;
}

/** The flat indices of the cells in boxes; a cell in two boxes would be an error of the joining. */
function flat(boxes, [, rows, columns]) {
  const found = [];
  for (const { channel, row, column, height, width } of boxes) {
    for (let r = row; r < row + height; r += 1) {
      for (let k = column; k < column + width; k += 1)
        found.push((channel * rows + r) * columns + k);
    }
  }
  assert.equal(new Set(found).size, found.length);
  return new Set(found);
}

const size = ([channels, rows, columns]) => channels * rows * columns;

test("there are 200 layers, of every padding mode, with and without groups", () => {
  assert.equal(cases.length, 200);
  for (const word of ["reflect", "replicate", "circular", "groups=2", "dilation"]) {
    assert.ok(
      cases.some(({ layer }) => layer.includes(word)),
      word,
    );
  }
});

test("pointing at an output lights the nonzeros of torch's input gradient", () => {
  for (const each of cases) {
    const link = link_of(each);
    const wanted = sets(each.windows, size(each.input));
    cells(each.output).forEach((cell, i) => {
      assert.deepEqual(
        flat(window_of(link, cell), each.input),
        wanted[i],
        `${each.layer} ${JSON.stringify(cell)}`,
      );
    });
  }
});

test("pointing at an input lights every output that depends on it", () => {
  for (const each of cases) {
    const link = link_of(each);
    const windows = sets(each.windows, size(each.input));
    cells(each.input).forEach((cell, i) => {
      const wanted = new Set([...windows.keys()].filter((output) => windows[output].has(i)));
      assert.deepEqual(
        flat(readers_of(link, cell), each.output),
        wanted,
        `${each.layer} ${JSON.stringify(cell)}`,
      );
    });
  }
});

test("pointing at a weight lights every input that it ever meets", () => {
  for (const each of cases) {
    const link = link_of(each);
    const wanted = sets(each.touched, size(each.input));
    cells(each.kernel).forEach((cell, i) => {
      assert.deepEqual(
        flat(some_boxes(touched_by(link, cell)), each.input),
        wanted[i],
        `${each.layer} ${JSON.stringify(cell)}`,
      );
    });
  }
});

test("pointing at an output lights the kernels of its own output channel, whole", () => {
  for (const each of cases) {
    const link = link_of(each);
    const [grids, rows, columns] = each.kernel;
    const per_output = grids / each.output[0];
    for (let channel = 0; channel < each.output[0]; channel += 1) {
      const found = flat(weights_of(link, { channel, row: 0, column: 0 }), each.kernel);
      const first = channel * per_output * rows * columns;
      assert.deepEqual(
        [...found].sort((a, b) => a - b),
        Array.from({ length: per_output * rows * columns }, (_, i) => first + i),
      );
    }
  }
});

test("in a 3-D convolution one kernel serves every slice", () => {
  const table = (rows) => new DataView(new Int32Array(rows.flat()).buffer);
  const one = table([[0], [1]]);
  const link = read_link({
    output: "o",
    source: "i",
    kernel: "k",
    shared_kernel: true,
    rows: one,
    row_taps: 1,
    columns: one,
    column_taps: 1,
    channels: table([
      [-1, 0],
      [0, 1],
      [1, 2],
    ]),
    channel_taps: 2,
  });
  const channels = (boxes) => boxes.map(({ channel }) => channel);
  assert.deepEqual(channels(weights_of(link, { channel: 2, row: 0, column: 0 })), [0, 1]);
  assert.deepEqual(
    [...new Set(touched_by(link, { channel: 1, row: 0, column: 0 }).channels)],
    [0, 1, 2],
  );
  assert.deepEqual(
    [...new Set(touched_by(link, { channel: 0, row: 0, column: 0 }).channels)],
    [0, 1],
  );
  assert.deepEqual(channels(readers_of(link, { channel: 2, row: 0, column: 0 })), [2]);
});

test("cells that belong together without being a product of rows and columns", () => {
  // W of a 2x2 kernel on 3x3: the cells of its 4 x 9 numbers where each weight stands
  const table = (rows) => new DataView(new Int32Array(rows.flat()).buffer);
  const places = [
    [0, 10, 21, 31],
    [1, 11, 22, 32],
    [3, 13, 24, 34],
    [4, 14, 25, -1],
  ];
  const sizes = { kernel: { rows: 2, columns: 2 }, matrix: { rows: 4, columns: 9 } };
  const link = read_cell_link(
    {
      first: "kernel",
      second: "matrix",
      cells: table(places),
      partners: 4,
      verb: "is copied to",
      reverse: "copies",
    },
    (name) => sizes[name],
  );
  const all = cells([1, 2, 2]);
  all.forEach((cell, i) => {
    assert.deepEqual(
      flat(partners_of(link, cell), [1, 4, 9]),
      new Set(places[i].filter((at) => at >= 0)),
    );
  });
  cells([1, 4, 9]).forEach((cell, at) => {
    const wanted = places.flatMap((copies, i) => (copies.includes(at) ? [i] : []));
    assert.deepEqual(flat(partners_back(link, cell), [1, 2, 2]), new Set(wanted));
  });
  assert.equal(cell_count(partners_of(link, all[3])), 3);
});

test("neighbouring cells are joined to boxes, each cell in one box of its own grid", () => {
  assert.deepEqual(cell_boxes([0, 1, 3, 4, 8, 9], { rows: 3, columns: 3 }), [
    { channel: 0, row: 0, column: 0, height: 2, width: 2 },
    { channel: 0, row: 2, column: 2, height: 1, width: 1 },
    { channel: 1, row: 0, column: 0, height: 1, width: 1 },
  ]);
  assert.deepEqual(cell_boxes([1, 4, 7, -1], { rows: 3, columns: 3 }), [
    { channel: 0, row: 0, column: 1, height: 3, width: 1 },
  ]);
});

test("boxes are joined only where they are as wide, in grids that are not square", () => {
  assert.deepEqual(cell_boxes([0, 1, 3], { rows: 2, columns: 3 }), [
    { channel: 0, row: 0, column: 0, height: 1, width: 2 },
    { channel: 0, row: 1, column: 0, height: 1, width: 1 },
  ]);
  assert.deepEqual(cell_boxes([7, 10, 3], { rows: 2, columns: 3 }), [
    { channel: 0, row: 1, column: 0, height: 1, width: 1 },
    { channel: 1, row: 0, column: 1, height: 2, width: 1 },
  ]);
});

test("an output that reads a source twice is one of its readers, once", () => {
  const { columns } = read_link({
    ...{ output: "output", source: "input", kernel: "", rows: table(0), row_taps: 1 },
    ...{ columns: table(0, 2, 0, 1, 0, 2), column_taps: 3, channels: null, channel_taps: 0 },
  });
  assert.deepEqual(columns.readers(0), [0, 1]);
});

test("taps beyond the padding are no padding, and no source", () => {
  const axis = read_link({
    ...{ output: "output", source: "input", kernel: "", rows: table(0), row_taps: 1 },
    ...{ columns: table(-1, 0, 2, -2), column_taps: 2, channels: null, channel_taps: 0 },
  });
  assert.deepEqual(
    [0, 1].map((output) => padding_taps(axis.columns, output)),
    [1, 0],
  );
  assert.deepEqual(window_of(axis, { channel: 0, row: 0, column: 1 }), [
    { channel: null, row: 0, column: 2, height: 1, width: 1 },
  ]);
});

test("pointing follows links between single cells both ways and says what they mean", async () => {
  const { Pointing } = await import("../../lessons_lib/widgets/stage/pointing.js");
  const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");
  const sizes = { y: [1, 2], W: [2, 3] };
  const lit = {};
  const panes = new Map(
    Object.entries(sizes).map(([name, [rows, columns]]) => [
      name,
      {
        name,
        extent: { channels: 1, rows, columns },
        outline: (boxes) => {
          lit[name] = boxes;
        },
        pane: { name, title: name, marked: [] },
        name_of: () => name,
        boxes_of: () => undefined,
        cells_of: (cells) => {
          const size = { source_height: rows, source_width: columns };
          return KINDS.grid.says.cells(cells, { ...size, title: name, labels: [] });
        },
      },
    ]),
  );
  const line = { textContent: "", set_text() {} };
  const pointing = new Pointing(panes, line, () => {});
  pointing.take({
    links: [],
    cell_links: [
      {
        first: "y",
        second: "W",
        partners: 3,
        verb: "is made by",
        reverse: "adds to",
        cells: new DataView(new Int32Array([0, 1, 2, 3, 4, 5]).buffer),
      },
    ],
    panes: Object.entries(sizes).map(([name, [source_height, source_width]]) => ({
      name,
      source_height,
      source_width,
    })),
  });
  assert.ok(pointing.point("y", { channel: 0, row: 0, column: 1 }));
  assert.deepEqual(lit.W, [{ channel: 0, row: 1, column: 0, height: 1, width: 3 }]);
  assert.match(pointing.said, /is made by W row 1, columns 0–2/);
  assert.ok(pointing.point("W", { channel: 0, row: 0, column: 2 }));
  assert.deepEqual(lit.y, [{ channel: 0, row: 0, column: 0, height: 1, width: 1 }]);
  assert.match(pointing.said, /adds to y row 0, column 0/);
});

test("the box around several boxes reaches from the first of their edges to the last", () => {
  const boxes = [
    { channel: 2, row: 5, column: 1, height: 3, width: 9 },
    { channel: 2, row: 2, column: 4, height: 1, width: 2 },
  ];
  assert.deepEqual(bounding_box(boxes), { channel: 2, row: 2, column: 1, height: 6, width: 9 });
  assert.equal(bounding_box([]), null);
});
