// Where panes stand and how large they are: the layout of every screen, as a pure function.
import assert from "node:assert/strict";
import { test } from "node:test";

const { arrange, GAP, side_in } = await import("../../lessons_lib/widgets/stage/arrangement.js");
const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");

const WINDOW = { title: 32, under: 24, beside: 150, least_name: 190, fill: true, patience: 1 };
const COLUMN = {
  title: 26,
  under: 24,
  beside: 108,
  least_name: 150,
  least_beside: 300,
  patience: 1.05,
};
const window_of = (width, height) => ({ ...WINDOW, width, height });

/** A pane of a kind and size, with the wish of that kind. */
function pane(name, kind, height, width, more = {}) {
  const size = { height, width, source_height: height, source_width: width };
  const data = { channels: 1, labels: [], per_row: 0, role: "", ...size, ...more };
  return { name, wish: KINDS[kind].wish(data, 1) };
}
const photo = (name, height = 512, width = 512) => pane(name, "photo", height, width);
const photos = (count, ...size) => Array.from({ length: count }, (_, n) => photo(`p${n}`, ...size));
const KERNEL = pane("kernel", "grid", 3, 3, { channels: 3, labels: ["R", "G", "B"] });
const curve = (name, role = "") => pane(name, "signal", 1, 200, { role });

const place_of = ({ places }, name) => places.find((place) => place.name === name);
const sum = (values) => values.reduce((total, value) => total + value, 0);
const left_of = ({ columns }, { column }) => sum(columns.slice(0, column));
const rows_of = ({ places }) => new Set(places.map(({ row }) => row)).size;

/** No box overlaps another, none is wider than its columns, and all columns fit the room. */
function check(room, panes, arrangement) {
  const { columns, places } = arrangement;
  assert.deepEqual(places.map(({ name }) => name).sort(), panes.map(({ name }) => name).sort());
  assert.ok(sum(columns) <= room.width + 0.5, `${sum(columns)} > ${room.width}`);
  for (const place of places) {
    const { column, row, width, height, beside, name } = place;
    const own = sum(columns.slice(column, column + place.columns));
    assert.ok(width + (beside ? room.beside : 0) <= own + 0.5, `${name} is wider than its columns`);
    assert.ok(width > 0 && height > 0, name);
    for (const other of places) {
      if (other === place) continue;
      const apart =
        column + place.columns <= other.column ||
        other.column + other.columns <= column ||
        row + place.rows <= other.row ||
        other.row + other.rows <= row;
      assert.ok(apart, `${name} lies on ${other.name}`);
    }
  }
}

const LABS = {
  "two photos and a kernel": [photo("input"), photo("output"), KERNEL],
  "a long photo": [photo("input", 300, 900), photo("output", 300, 900), KERNEL],
  "a tall photo": [photo("input", 900, 300), photo("output", 900, 300)],
  "one photo": [photo("input")],
  "a tiny photo": photos(2, 20, 20),
  "eight panes": [...photos(3), KERNEL, ...photos(4).map((p) => ({ ...p, name: `r${p.name}` }))],
  "a photo and its enlarged middle": [photo("input"), photo("output"), photo("detail", 40, 40)],
  "a photo and large grids": [
    photo("input"),
    pane("paths", "grid", 13, 13),
    pane("share", "map", 13, 13),
  ],
  "three curves": [curve("input"), curve("kernel", "kernel"), curve("output")],
  "a curve beside a photo": [photo("input"), curve("losses")],
  "a curve and a grid": [curve("input"), KERNEL],
  grids: [
    pane("x", "grid", 3, 3),
    pane("W", "grid", 4, 9),
    pane("y", "grid", 2, 2),
    pane("WT", "grid", 9, 4),
  ],
  "slices of volumes": [
    pane("in", "grid", 6, 6, { channels: 6, labels: [..."abcdef"] }),
    pane("out", "grid", 6, 6, { channels: 5, labels: [..."abcde"] }),
  ],
  "grids beyond any screen": [pane("W", "grid", 64, 64), pane("WT", "grid", 64, 64)],
};
const ROOMS = {
  "large view": window_of(906, 600),
  "a projector": window_of(1500, 850),
  "a tablet": window_of(788, 700),
  "a low window": window_of(1246, 240),
  "a notebook": { ...COLUMN, width: 810, height: 330 },
  "a notebook without limit": {
    ...COLUMN,
    width: 810,
    height: Infinity,
    tallest: 360,
    comfort: 235,
  },
  "a side panel": { ...COLUMN, width: 368, height: 500 },
  "a very narrow one": { ...COLUMN, width: 180, height: 300 },
};

for (const [lab, panes] of Object.entries(LABS))
  for (const [where, room] of Object.entries(ROOMS))
    test(`${lab} in ${where}: each pane has its place, and none lies on another`, () => {
      check(room, panes, arrange(room, panes));
    });

test("what fits is no higher than its room", () => {
  for (const [lab, panes] of Object.entries(LABS)) {
    const { over, height } = arrange(ROOMS["large view"], panes);
    if (over <= 0) assert.ok(height <= 601, `${lab}: ${height}`);
  }
});

test("photos of a projector are as large as its rail and its kernel leave them", () => {
  const found = arrange(window_of(906, 600), LABS["two photos and a kernel"]);
  for (const name of ["input", "output"]) {
    const { width, height } = place_of(found, name);
    assert.ok(Math.min(width, height) >= 400, `${width} × ${height}`);
  }
  assert.ok(
    place_of(found, "kernel").row > place_of(found, "input").row,
    "the kernel fills the gap below",
  );
});

test("four pictures on a projector have their names beside them, where height is short", () => {
  const found = arrange(window_of(906, 600), photos(4));
  assert.equal(rows_of(found), 2);
  assert.ok(found.places.every(({ beside, width }) => beside && width >= 260));
});

test("a small room of a notebook has three, two and one pane in a row", () => {
  const panes = LABS["two photos and a kernel"];
  for (const [width, across] of [
    [1066, 3],
    [726, 2],
    [366, 1],
  ]) {
    const room = { ...COLUMN, width, height: Infinity, tallest: 450, comfort: 235 };
    const { places } = arrange(room, panes);
    assert.equal(places.filter(({ row }) => row === 0).length, across, `${width}`);
  }
});

test("an enlarged middle is smaller than the pictures, in the same row", () => {
  const found = arrange(window_of(906, 600), LABS["a photo and its enlarged middle"]);
  const [input, detail] = ["input", "detail"].map((name) => place_of(found, name));
  assert.ok(input.width >= 320 && detail.width >= 220 && detail.width < input.width);
  assert.equal(input.row, detail.row);
});

test("a curve stands beside a photo without squeezing it", () => {
  const found = arrange(window_of(1246, 500), LABS["a curve beside a photo"]);
  const [input, losses] = ["input", "losses"].map((name) => place_of(found, name));
  assert.ok(Math.min(input.width, input.height) >= 440);
  assert.ok(losses.width >= 320 && losses.height >= 140);
});

test("curves fill a window, and a kernel's is half as high", () => {
  const found = arrange(window_of(906, 500), LABS["three curves"]);
  const [input, kernel, output] = ["input", "kernel", "output"].map((name) =>
    place_of(found, name),
  );
  assert.ok(input.height > 140);
  assert.equal(input.height, output.height);
  assert.ok(Math.abs(2 * kernel.height - input.height) <= 2);
});

test("grids below a curve have cells that can be read, with their names above where beside is no room", () => {
  const kernels = ["a", "b", "c"].map((name) => ({ ...KERNEL, name }));
  const curves = pane("curves", "curves", 2, 300, {
    labels: ["loss", "error"],
    axes: { x: "step" },
  });
  const column = { ...COLUMN, width: 810, height: Infinity };
  const narrow = arrange(column, [...kernels, curves]);
  for (const { name, beside, width, height } of narrow.places) {
    assert.equal(beside, name === "curves");
    if (name !== "curves") assert.ok(side_in(KERNEL.wish, { width, height }) >= 20, `${width}`);
  }
  const small = ["a", "b", "c"].map((name) => pane(name, "grid", 1, 2));
  for (const { beside } of arrange(column, [...small, curves]).places) assert.equal(beside, true);
  const large = arrange(window_of(900, 640), [...kernels, curves]);
  assert.ok(large.over <= 0);
  const sides = large.places.filter(({ name }) => name !== "curves");
  for (const box of sides) assert.ok(side_in(KERNEL.wish, box) >= 26, JSON.stringify(box));
  assert.ok(place_of(large, "curves").height >= 130, "and the curve has the rest");
});

test("a lab's wish for four in a row holds where they fit, halves of it where not", () => {
  for (const [width, across] of [
    [906, 4],
    [420, 2],
    [200, 1],
  ]) {
    const room = { ...COLUMN, width, height: Infinity, tallest: 450, comfort: 150 };
    const { places } = arrange(room, LABS["eight panes"], { columns: 4 });
    assert.equal(places.filter(({ row }) => row === 0).length, across, `${width}`);
  }
});

test("a lab's wish for three in a row is halved to two, where six is to three", () => {
  const across = (width, columns) => {
    const room = { ...COLUMN, width, height: Infinity, tallest: 450, comfort: 150 };
    const { places } = arrange(room, photos(6), { columns });
    return places.filter(({ row }) => row === 0).length;
  };
  assert.deepEqual([across(620, 3), across(400, 3), across(200, 3)], [3, 2, 1]);
  assert.deepEqual([across(1200, 6), across(620, 6)], [6, 3]);
});

test("cells of grids are all of one size, the largest that fits", () => {
  const panes = LABS.grids;
  const room = window_of(906, 400);
  const found = arrange(room, panes);
  const side = found.smallest / 10;
  for (const { name, wish } of panes) assert.ok(side_in(wish, place_of(found, name)) >= side, name);
  const larger = arrange({ ...room, height: 500 }, panes);
  assert.ok(larger.smallest >= found.smallest);
});

test("a picture shown enlarged has a box of whole times its pixels", () => {
  const found = arrange(window_of(906, 600), photos(2, 100, 100));
  assert.equal(place_of(found, "p0").height % 100, 0);
});

test("beside smaller pictures the box of an enlarged one is as large as the room lets it be", () => {
  const room = { ...COLUMN, width: 810, height: 430 };
  const scene = photo("scene", 96, 128);
  const heights = [photo("window", 96, 128), photo("window", 26, 26)].map(
    (other) => place_of(arrange(room, [scene, photo("map", 96, 128), other]), "window").height,
  );
  assert.equal(heights[0] % 96, 0);
  assert.ok(heights[1] > heights[0], `${heights}`);
});

test("panes of one scale have boxes in that proportion, the others stay as they are", () => {
  const scaled = (name, scale) => ({ name, wish: { ...photo(name).wish, scale } });
  const panes = [scaled("input", 1), scaled("padded", 1.6), scaled("output", 1.6)];
  const found = arrange(window_of(906, 600), panes);
  const [input, padded] = ["input", "padded"].map((name) => place_of(found, name));
  assert.ok(Math.abs(padded.height / input.height - 1.6) < 0.02);
  assert.ok(found.unit * 1.6 <= padded.width + 1);
});

test("more room never makes the smallest picture smaller", () => {
  for (const [lab, panes] of Object.entries(LABS)) {
    let last = 0;
    for (const height of [300, 400, 500, 600, 700]) {
      const { smallest, over } = arrange(window_of(906, height), panes);
      if (over > 0) continue;
      assert.ok(smallest >= last - 0.02 * last, `${lab} at ${height}: ${smallest} < ${last}`);
      last = Math.max(last, smallest);
    }
  }
});

test("panes of one row stand a gap apart", () => {
  const found = arrange({ ...COLUMN, width: 810, height: 330 }, photos(3));
  const [first, second] = found.places;
  assert.equal(left_of(found, second) - left_of(found, first) - first.width, GAP.across);
});

test("a wish for more panes in a row than there are puts all of them in one", () => {
  for (const [count, columns] of [
    [2, 5],
    [3, 4],
    [1, 2],
  ]) {
    const arrangement = arrange(window_of(1200, 600), photos(count), { columns });
    assert.equal(rows_of(arrangement), 1, `${count} panes, ${columns} wished`);
  }
});
