// What each kind of pane wishes from the layout.
import assert from "node:assert/strict";
import { test } from "node:test";

const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");
const PLACES = ["picture", "small", "wide"];
const pane = (changes) => ({
  role: "output",
  channels: 1,
  height: 20,
  width: 30,
  source_height: 200,
  source_width: 300,
  labels: [],
  axes: { x: "step" },
  per_row: 0,
  ...changes,
});

test("every kind has a wish that the layout can read", () => {
  for (const [name, { wish }] of Object.entries(KINDS)) {
    const { place, aspect, weight, least, most } = wish(pane(), 2);
    assert.ok(PLACES.includes(place), name);
    for (const value of [aspect, weight, least.height, least.width]) assert.ok(value >= 0, name);
    assert.ok(most.height >= least.height && most.width >= least.width, name);
  }
});

test("a picture of few pixels is an enlargement and wants less room than a photo", () => {
  const detail = KINDS.map.wish(pane({ source_height: 40, source_width: 40 }), 1);
  const photo = KINDS.photo.wish(pane(), 1);
  assert.ok(detail.weight < photo.weight);
  assert.equal(photo.aspect, 200 / 300);
});

test("a picture for which room is kept wishes the same whatever its size", () => {
  const room = [320, 480];
  const sizes = [
    [20, 20],
    [640, 96],
  ];
  const wishes = sizes.map(([source_height, source_width]) =>
    KINDS.photo.wish(pane({ room, source_height, source_width }), 2),
  );
  assert.deepEqual(wishes[0], wishes[1]);
  assert.equal(wishes[0].aspect, 320 / 480);
  assert.equal(wishes[0].own_width, 240);
});

test("grids say in which boxes their cells get as large as asked, in a row first", () => {
  const grids = pane({ channels: 3, height: 3, width: 3, labels: ["R", "G", "B"] });
  for (const ratio of [1, 2]) {
    assert.deepEqual(KINDS.grid.wish(grids, ratio).shapes(30), [
      { height: 90, width: 3 * (22 + 90) + 20 },
      { height: 190, width: 2 * (22 + 90) + 10 },
      { height: 290, width: 22 + 90 },
    ]);
  }
  assert.equal(KINDS.grid.wish({ ...grids, per_row: 1 }, 1).shapes(30).length, 1);
});

test("a wiring is as high as grids of that many rows, up to sixteen of them, whatever its stages", () => {
  const size = (height, width) => KINDS.wiring.wish(pane({ height, width }), 1).shapes(30)[0];
  assert.equal(size(16, 3).height - size(8, 3).height, 8 * 30);
  assert.equal(size(64, 3).height, size(16, 3).height);
  assert.ok(size(8, 4).width > size(8, 3).width);
});

test("a kernel's curve is half as high as the curves that it makes", () => {
  const [kernel, output] = ["kernel", "output"].map((role) => KINDS.signal.wish(pane({ role }), 1));
  assert.equal(2 * kernel.usual, output.usual);
});
