// The pure parts of the stage: looking up links, painting, placing, wording.
import assert from "node:assert/strict";
import { test } from "node:test";

const links = await import("../../lessons_lib/widgets/stage/links.js");
const pixels = await import("../../lessons_lib/widgets/shared/pixels.js");
const layout = await import("../../lessons_lib/widgets/stage/layout.js");
const said = await import("../../lessons_lib/widgets/stage/said.js");
const card = await import("../../lessons_lib/widgets/stage/card.js");
const words = await import("../../lessons_lib/widgets/shared/words.js");
const { gradient } = await import("../../lessons_lib/widgets/stage/panes/pane.js");

// Bytes as a comm delivers them: somewhere inside a larger buffer, not aligned to four.
function delivered(typed) {
  const bytes = new Uint8Array(typed.buffer);
  const larger = new Uint8Array(bytes.length + 3);
  larger.set(bytes, 3);
  return new DataView(larger.buffer, 3, bytes.length);
}

test("a link table gives the sources of an output and leaves padding out", () => {
  const axis = new links.Axis(delivered(new Int32Array([-1, 0, 1, 0, 1, 2, 1, 2, -1])), 3);
  assert.equal(axis.outputs, 3);
  assert.deepEqual(axis.sources(0), [-1, 0, 1]);
  assert.deepEqual(axis.readers(1), [0, 1, 2]);
  assert.deepEqual(axis.touched(0), [0, 1]);
  assert.equal(links.padding_taps(axis, 2), 1);
});

test("neighbouring indices join into runs, repeated ones count once", () => {
  assert.deepEqual(said.runs([9, 4, 5, 6, 5]), [
    [4, 3],
    [9, 1],
  ]);
  assert.deepEqual(said.runs([]), []);
});

test("indices are said in words, one in the singular", () => {
  assert.equal(said.spoken("row", [4, 5, 6]), "rows 4–6");
  assert.equal(said.spoken("column", [0, 8]), "columns 0, 8");
  assert.equal(said.spoken("row", [7]), "row 7");
  assert.equal(said.spoken("row", []), "no row");
});

test("a verb is said once, and the same cells of several panes are said once", () => {
  const from = (title, cells) => ({ verb: "was computed from", title, cells });
  assert.equal(
    said.joined([from("input", "row 3, column 4")]),
    "was computed from input row 3, column 4",
  );
  assert.equal(
    said.joined([
      ...["red", "green", "blue"].map((each) => from(each, "rows 1–3, columns 2–4")),
      from("the whole kernel", ""),
    ]),
    "was computed from red, green and blue rows 1–3, columns 2–4, and the whole kernel",
  );
  assert.equal(
    said.joined([
      from("padded", "row 1, column 1"),
      { verb: "is read by", title: "output", cells: "row 0, column 0" },
    ]),
    "was computed from padded row 1, column 1; is read by output row 0, column 0",
  );
  const unread = ["sum", "red result"].map((title) => ({ verb: "is read by no", title }));
  assert.equal(said.joined(unread), "is read by no sum or red result");
});

test("each index takes its colour, also from a buffer that is not aligned", () => {
  const table = new Uint8Array(1024).map((_, i) => (i % 4 === 3 ? 255 : Math.floor(i / 4)));
  const out = new Uint8ClampedArray(12);
  pixels.paint_indices(
    pixels.as_bytes(delivered(new Uint8Array([5, 0, 254]))),
    pixels.packed_table(delivered(table)),
    out,
  );
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
  assert.notEqual(
    pixels.digest(new Uint8Array([1, 2, 3])),
    pixels.digest(new Uint8Array([1, 2, 4])),
  );
});

test("pictures are enlarged by whole numbers only and never made smaller", () => {
  assert.equal(layout.whole_scale(26, 26, 350, 350), 13);
  assert.equal(layout.whole_scale(255, 100, 350, 350), 1);
  assert.equal(layout.whole_scale(512, 512, 350, 350), 1);
});

test("the cell under a point is found in rows and columns that differ", () => {
  assert.deepEqual(layout.cell_at(59, 10, 3, 6, 30, 60), { channel: 0, row: 1, column: 5 });
  assert.equal(layout.cell_at(60, 10, 3, 6, 30, 60), null);
  assert.equal(layout.cell_at(-1, 10, 3, 6, 30, 60), null);
});

test("a card leaves the pointed row free: below the box, at the end of the room, or above", () => {
  const lab = { top: 0, bottom: 900 };
  const box = { top: 200, bottom: 450 };
  const row = (top) => ({ top, bottom: top + 4 });
  assert.equal(card.card_top(250, [lab], [box], [row(440)]), 458); // directly below the box
  const low = { top: 0, bottom: 600 };
  assert.equal(card.card_top(250, [low], [box], [row(210)]), 342); // over the lower part of the box
  assert.equal(card.card_top(250, [low], [box], [row(400)]), 8); // above
  assert.equal(card.card_top(250, [low, lab], [box], [row(260)]), 342);
  const tight = { top: 40, bottom: 545 };
  assert.equal(card.card_top(250, [tight, lab], [box], [row(292)]), 41); // free with the smaller gap only
  const small = { top: 150, bottom: 500 };
  assert.equal(card.card_top(250, [small, lab], [box], [row(300)]), 249); // nowhere free: seen, but covering
  assert.equal(card.card_top(250, [{ top: 250, bottom: 500 }, lab], [box], [row(300)]), 458); // too low a room
});

test("where not all can be free, the pointed pixel is, and what comes next in the list", () => {
  const lab = { top: 0, bottom: 600 };
  const pictures = [
    { top: 60, bottom: 260 },
    { top: 300, bottom: 500 },
  ];
  const at = (top) => ({ top, bottom: top + 4 });
  const clear = (top, each) => top >= each.bottom || top + 254 <= each.top;
  const [pixel, near, far] = [at(480), at(300), at(200)];
  const top = card.card_top(254, [lab], pictures, [pixel, near, far]);
  assert.ok(clear(top, pixel) && clear(top, near), `${top}`);
  assert.equal(card.card_top(254, [lab], pictures, [pixel]), 218); // between, over as little as can be
});

test("a card stands beside the pictures where that leaves it room", () => {
  const lab = { left: 0, right: 1200 };
  assert.deepEqual(card.room_beside(lab, [{ right: 500 }, { right: 760 }]), {
    left: 768,
    width: 400,
  });
  assert.deepEqual(card.room_beside(lab, [{ right: 880 }]), { left: 888, width: 304 });
  assert.equal(card.room_beside(lab, [{ right: 920 }]), null);
});

test("keys move the cell and stop at the border; pages are ten rows of a photo or one grid", () => {
  const from = { channel: 0, row: 2, column: 3 };
  const photo = { channels: 1, rows: 5, columns: 9 };
  const to = (key, step = 1, size = photo) => {
    const { channel, row, column } = layout.moved(from, key, size, step);
    return [channel, row, column];
  };
  assert.deepEqual(to("ArrowUp"), [0, 1, 3]);
  assert.deepEqual(to("ArrowRight", 10), [0, 2, 8]);
  assert.deepEqual(to("Home"), [0, 2, 0]);
  assert.deepEqual(to("End"), [0, 2, 8]);
  assert.deepEqual(to("PageDown"), [0, 4, 3]);
  assert.deepEqual(to("PageDown", 1, { ...photo, channels: 3 }), [1, 2, 3]);
  assert.equal(layout.moved(from, "a", photo, 1), null);
});

const grids = (channels, height, width, more = {}) => ({
  channels,
  height,
  width,
  labels: [],
  per_row: 0,
  ...more,
});

test("grids fit their box and drop numbers that could not be read", () => {
  const wide = layout.grid_layout(grids(1, 4, 4), [350, 350], 1);
  assert.ok(wide.numbers && wide.width <= 350 && wide.height <= 350);
  assert.equal(layout.grid_layout(grids(1, 40, 40), [350, 350], 1).numbers, false);
});

test("several grids stand as their cells come out largest, or as they are told to", () => {
  assert.equal(layout.grid_layout(grids(3, 3, 3), [100, 600], 1).across, 3);
  assert.equal(layout.grid_layout(grids(3, 3, 3), [600, 100], 1).across, 1);
  assert.equal(layout.grid_layout(grids(4, 3, 3, { per_row: 2 }), [100, 600], 1).across, 2);
});

test("the cell under a point is found in the right grid, and between grids there is none", () => {
  const pane = grids(4, 2, 3, { per_row: 2, labels: ["a", "b", "c", "d"] });
  const found = layout.grid_layout(pane, [400, 600], 1);
  for (let channel = 0; channel < 4; channel += 1) {
    const [x, y] = layout.grid_corner(found, channel);
    const cell = layout.grid_cell_at(x + 2.5 * found.side, y + 1.5 * found.side, found, pane);
    assert.deepEqual(cell, { channel, row: 1, column: 2 });
  }
  const [x, y] = layout.grid_corner(found, 0);
  assert.equal(layout.grid_cell_at(x + 3 * found.side + 5, y + 5, found, pane), null);
  assert.equal(layout.grid_cell_at(x - 5, y + 5, found, pane), null);
});

test("numbers have true minus signs and words for what JSON cannot carry", () => {
  assert.equal(words.number_text(-0.128), "−0.13");
  assert.equal(words.number_text(-3), "−3");
  assert.equal(words.number_text(-0.001), "0.00");
  assert.equal(words.number_text(-0), "0");
  assert.equal(words.number_text(NaN), "NaN");
  assert.equal(words.number_text(-Infinity), "−∞");
});

test("a time too short for its digits is no zero", () => {
  const cost = { weights: 0, biases: 0, multiply_adds: 0, comparisons: 12 };
  const said = (milliseconds) => words.cost_text(cost, milliseconds).split(" · ").at(-1);
  assert.deepEqual([0.0049, 0.0099, 0.01, 0].map(said), [
    "< 0.01 ms",
    "< 0.01 ms",
    "0.01 ms",
    "– ms",
  ]);
});

test("counts and costs can be read aloud", () => {
  assert.equal(words.count_text(73728), "73\u202f728");
  assert.equal(words.count_text(7022700), "7.02 M");
  const said = (weights, biases, milliseconds) =>
    words.cost_text({ weights, biases, multiply_adds: 9 }, milliseconds);
  assert.equal(said(1, 0, 0.324), "1 weight · 9 multiply-adds · 0.32 ms");
  assert.equal(said(27, 1, 3.14), "27 weights + 1 bias · 9 multiply-adds · 3.1 ms");
  assert.equal(said(54, 2, 140.4), "54 weights + 2 biases · 9 multiply-adds · 140 ms");
  assert.equal(words.cost_text(null, 1), "");
  const pooled = { weights: 0, biases: 0, multiply_adds: 0, comparisons: 1200, additions: 0 };
  assert.equal(words.cost_text(pooled, 2), "0 weights · 1\u202f200 comparisons · 2.0 ms");
  const both = { ...pooled, multiply_adds: 9, additions: 5 };
  assert.match(
    words.cost_text(both, 2),
    / · 9 multiply-adds · 1\u202f200 comparisons · 5 additions · /,
  );
  const none = { ...pooled, comparisons: 0 };
  assert.equal(words.cost_text(none, 2), "0 weights · 0 multiply-adds · 2.0 ms");
  assert.equal(words.shape_text([3, 512, 300]), "3 × 512 × 300");
});

test("a cost is compared with another one's, also in time once both are measured", () => {
  const cost = { weights: 136, biases: 0, multiply_adds: 557056 };
  const plain = { weights: 576, biases: 0, multiply_adds: 2359296 };
  const compared = { name: "plain 3 × 3", cost: plain, note: "64 × 64 pixels" };
  const said = (...times) => words.compared_text(cost, compared, ...times);
  const counts = "= 0.236 × 576 weights · 0.236 × 2.36 M multiply-adds";
  assert.equal(said(0, 0), `${counts} · – × – ms of plain 3 × 3 (64 × 64 pixels)`);
  assert.equal(said(0.3, 0.2), `${counts} · 1.5 × 0.20 ms of plain 3 × 3 (64 × 64 pixels)`);
  assert.equal(words.compared_text(cost, null, 1, 1), "");
  const bare = { name: "the other", cost: { ...plain, biases: 2 }, note: "" };
  assert.match(words.compared_text(cost, bare, 1, 2), /576 weights \+ 2 biases .* of the other$/);
});

test("a colour table becomes a gradient from its first to its last colour", () => {
  const table = new Uint8Array(1024).map((_, i) => Math.floor(i / 4));
  assert.match(
    gradient(table),
    /^linear-gradient\(to right, rgb\(0,0,0\), .*rgb\(254,254,254\)\)$/,
  );
});

test("the ends of a scale are never printed as nothing", () => {
  const printed = [0.47, -0.47, 3, 0.0004, -0.0123, 3e-7, -0, 0.0999].map(words.scale_text);
  assert.deepEqual(printed, ["0.47", "−0.47", "3", "0.0004", "−0.012", "3·10⁻⁷", "0", "0.10"]);
});

test("a scale tells how far numbers go on beyond its colours, at the end where they do", () => {
  const { scale_ends } = words;
  assert.deepEqual(scale_ends(-0.47, 0.47, null), ["−0.47", "+0.47"]);
  assert.deepEqual(scale_ends(-0.47, 0.47, [-0.2, 0.8]), ["−0.47", "+0.47 ▸ +0.80"]);
  assert.deepEqual(scale_ends(-0.47, 0.47, [-3, 0.1]), ["−3 ◂ −0.47", "+0.47"]);
  assert.deepEqual(scale_ends(0, 16, [-1, 20]), ["−1 ◂ 0", "16 ▸ 20"]);
  assert.deepEqual(scale_ends(-1, 1, [-1.001, 1.002]), ["−1", "+1"]); // less than half a colour
  assert.deepEqual(scale_ends(0, 508, [-1.5, 509.5]), ["−1.50 ◂ 0", "508 ▸ 509.50"]); // more
});

test("a scale is said in words, with the numbers beyond it", () => {
  assert.equal(words.scale_words(-1, 1, null), "colours from −1 to +1");
  assert.equal(
    words.scale_words(-1, 1, [-0.2, 3]),
    "colours from −1 to +1; numbers from −0.20 to +3, beyond them in the last colour",
  );
});
