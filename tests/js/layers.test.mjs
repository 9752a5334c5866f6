// The layers of a network: boxes to scale, words below, what is said when one is pointed at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage_page } from "./stage_page.mjs";

const { layer_at, layers, layers_layout, side_of_scale } = await import(
  "../../lessons_lib/widgets/stage/panes/layers.js"
);
const { arrange } = await import("../../lessons_lib/widgets/stage/arrangement.js");

const SHAPES = [3, 300, 450, 64, 150, 225, 128, 75, 113, 512, 10, 15, 21, 320, 480];
const NAMES = ["input", "conv1", "layer2", "layer4", "enlarge"];
const pane = {
  name: "layers",
  title: "what each layer gives",
  role: "",
  kind: "layers",
  shape: [5, 3],
  slot: 0,
  format: "float32",
  channels: 1,
  height: 5,
  width: 3,
  shown_height: 5,
  shown_width: 3,
  source_height: 5,
  source_width: 3,
  table: "",
  low: 0,
  high: 1,
  note: "",
  ring: null,
  outside: null,
  labels: NAMES,
  details: ["", "7 × 7", "3 × 3; 225 is no multiple of 2: rounded up", "3 × 3", "64 × 64"],
  marked: [[0, 2, 1, 1]],
  legend: [],
  click_sets: [],
  keepable: false,
  across: 0,
  per_row: 0,
  axes: null,
  wires: null,
  groups: null,
};
const scene = {
  seq: 1,
  formula: [],
  code: [],
  cost: null,
  sentence: "Layers.",
  error: null,
  exact: true,
  microscopes: [],
  panes: [pane],
  links: [],
  cell_links: [],
  stepper: null,
};

function drawn() {
  const page = stage_page(scene, SHAPES, 700);
  page.layout = layers_layout(new Float32Array(SHAPES), [page.canvas.height, page.canvas.width], 1);
  page.point_at = (layer) => {
    const { x, y, width, height } = page.layout.boxes[layer];
    page.point(page.canvas, "pointermove", x + width / 2, y + height / 2);
    page.pass_frame();
  };
  return page;
}

test("boxes are to scale, in their order, none over another, all inside", () => {
  for (const width of [900, 700, 400, 200]) {
    const { boxes, columns, scale } = layers_layout(new Float32Array(SHAPES), [340, width], 1);
    boxes.forEach((box, layer) => {
      const [h, w] = SHAPES.slice(3 * layer + 1, 3 * layer + 3);
      assert.ok(Math.abs(box.height - Math.max(2, h * scale)) < 1e-9);
      assert.ok(Math.abs(box.width - Math.max(2, w * scale)) < 1e-9);
      const area = columns[layer];
      assert.ok(box.x >= area.x - 1e-9 && box.x + box.width <= area.x + area.width + 1e-9);
      assert.ok(area.x + area.width <= width + 1e-6, `${width}`);
      assert.ok(box.y >= area.y && box.y + box.height <= area.y + area.height, `${width}`);
      const before = columns[layer - 1];
      if (before?.y === area.y) assert.ok(area.x >= before.x + before.width);
    });
  }
});

test("where the words have no room side by side the layers stand in rows", () => {
  const rows = (width) =>
    new Set(layers_layout(new Float32Array(SHAPES), [340, width], 1).columns.map(({ y }) => y))
      .size;
  assert.deepEqual([900, 400, 250].map(rows), [1, 1, 2]);
  const { height_at } = layers.wish(pane);
  assert.ok(height_at(250) > height_at(400));
  assert.equal(height_at(400), height_at(900));
});

test("the scale goes in steps, so that a slider moves the boxes and not what stands around them", () => {
  const side = (n) => side_of_scale([3, n, n - 1, 8, 1, 1]);
  assert.deepEqual(
    [1, 40, 41, 60, 61, 80, 81, 300, 320, 321, 640].map(side),
    [40, 40, 60, 60, 80, 80, 120, 320, 320, 480, 640],
  );
});

test("a layer is found anywhere in its column, and nowhere else", () => {
  const { columns } = layers_layout(new Float32Array(SHAPES), [340, 700], 1);
  const layout = { columns };
  assert.deepEqual(layer_at(columns[3].x + 1, 5, layout), { channel: 0, row: 0, column: 3 });
  assert.equal(layer_at(columns[3].x - 1, 5, layout), null);
  assert.equal(layer_at(columns[3].x + 1, 341, layout), null);
});

test("names and shapes are written, and what was rounded is called so besides its frame", () => {
  const page = drawn();
  const texts = page.canvas.drawn;
  for (const name of NAMES) assert.ok(texts.includes(name), name);
  assert.ok(texts.includes("128 ×") && texts.includes("75 × 113"));
  assert.equal(texts.filter((text) => text === "rounded").length, 1);
  const frames = page.find("lesson-frame-light").getAttribute("d");
  assert.equal(frames.match(/M/g).length, 1);
  page.close();
});

test("the pointed layer says its name, its shape and what it does; keys go on to the next", () => {
  const page = drawn();
  page.point_at(2);
  assert.equal(page.said(), "layer2: 128 × 75 × 113; 3 × 3; 225 is no multiple of 2: rounded up");
  const box = page.find("lesson-pane-box");
  assert.equal(box.getAttribute("aria-label"), `${pane.title}; arrow keys go from layer to layer`);
  page.press(box, "ArrowRight");
  page.pass_frame();
  assert.equal(page.said(), "layer4: 512 × 10 × 15; 3 × 3");
  page.press(box, "Home");
  page.pass_frame();
  assert.equal(page.said(), "input: 3 × 300 × 450");
  page.press(box, "ArrowLeft");
  page.pass_frame();
  assert.equal(page.said(), "input: 3 × 300 × 450");
  page.close();
});

test("layers take a row of their own below a picture, never a column beside it", () => {
  const picture = {
    ...{ place: "picture", aspect: 0.67, own_width: 480, weight: 1 },
    ...{ least: { height: 110, width: 110 }, most: { height: Infinity, width: Infinity } },
  };
  const panes = [
    { name: "picture", wish: picture },
    { name: "layers", wish: layers.wish(pane) },
  ];
  for (const width of [350, 800, 1400]) {
    const room = { width, height: 900, title: 26, under: 24, beside: 108, tallest: 400 };
    const { places } = arrange(room, panes);
    const at = places.find(({ name }) => name === "layers");
    assert.equal(at.width, width);
    assert.equal(at.beside, false);
    assert.equal(at.height, layers.wish(pane).height_at(width));
  }
});
