// The layers of a network: boxes to scale, words below, what is said when one is pointed at.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage_page } from "./stage_page.mjs";

const { draw_layers, layer_at, layers, layers_layout, side_of_scale } = await import(
  "../../lessons_lib/widgets/stage/panes/layers.js"
);
const { arrange, GAP } = await import("../../lessons_lib/widgets/stage/arrangement.js");

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

/** A canvas that writes down what is drawn on it, with its colour. */
function recorded() {
  const said = { boxes: [], lines: [], words: [] };
  const context = {
    beginPath() {},
    stroke() {},
    fillRect() {},
    strokeRect: (...at) => said.boxes.push([context.strokeStyle, ...at]),
    moveTo: (...at) => said.lines.push(at),
    lineTo: (...at) => said.lines.at(-1).push(...at),
    fillText: (text, x) => said.words.push([text, x, context.fillStyle, context.font]),
    measureText: (text) => ({ width: 7 * text.length }),
  };
  return { said, getContext: () => context };
}

const LOOK = { ratio: 1, ink: "ink", ground: "ground", ends: ["first", "last"] };
const middle = ({ x, width }) => x + width / 2;

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

test("the boxes of a row stand about one line, and the way goes from the end of each to the next", () => {
  const layout = layers_layout(new Float32Array(SHAPES), [340, 700], 1);
  const level = layout.boxes.map(({ y, height }) => y + height / 2);
  for (const each of level) assert.ok(Math.abs(each - level[0]) < 1e-9);
  const canvas = recorded();
  draw_layers(canvas, pane, new Float32Array(SHAPES), layout, LOOK);
  assert.equal(canvas.said.lines.length, 4);
  canvas.said.lines.forEach(([from, from_y, to, to_y], n) => {
    assert.equal(from, layout.boxes[n].x + layout.boxes[n].width);
    assert.equal(to, layout.boxes[n + 1].x);
    assert.ok(Math.abs(from_y - level[0]) < 1e-9 && Math.abs(to_y - level[0]) < 1e-9);
  });
  const rows = layers_layout(new Float32Array(SHAPES), [340, 250], 1);
  const below = recorded();
  draw_layers(below, pane, new Float32Array(SHAPES), rows, LOOK);
  assert.equal(below.said.lines.length, 3, "none back to the row below");
});

test("input and output have their colours, many channels more sheets, and words stand below their layer", () => {
  const layout = layers_layout(new Float32Array(SHAPES), [340, 700], 1);
  const canvas = recorded();
  draw_layers(canvas, pane, new Float32Array(SHAPES), layout, LOOK);
  const { boxes, words } = canvas.said;
  const colours = boxes.map(([colour]) => colour);
  assert.deepEqual([colours[0], colours.at(-1), colours[1]], ["first", "last", "ink"]);
  const sheets = (colour) => colours.filter((each) => each === colour).length;
  assert.deepEqual([sheets("first"), sheets("last"), sheets("ink")], [1, 3, 4 + 4 + 1]);
  const at = (text) => words.filter(([word]) => word === text).map(([, x]) => x);
  assert.deepEqual(at("rounded"), [middle(layout.columns[2])]);
  NAMES.forEach((name, n) => {
    assert.deepEqual(at(name), [middle(layout.columns[n])]);
  });
});

test("a long name is written small enough for its column", () => {
  const layout = layers_layout(new Float32Array(SHAPES), [340, 400], 1);
  const canvas = recorded();
  const labels = ["input", "a long name", "c", "d", "e"];
  draw_layers(canvas, { ...pane, labels }, new Float32Array(SHAPES), layout, LOOK);
  const size = (name) => {
    const [, , , font] = canvas.said.words.find(([word]) => word === name);
    return Number(/([\d.]+)px/.exec(font)[1]);
  };
  assert.equal(size("input"), 12);
  const room = layout.columns[1].width;
  assert.equal(size("a long name"), (12 * room) / 77);
});

test("larger type is followed as far as no layer has to move to another row", () => {
  const values = new Float32Array(SHAPES);
  const column = (width, type, ratio = 1) => {
    const style = () => ({ fontSize: `${type}px`, getPropertyValue: () => "" });
    const { layout } = layers.draw(recorded(), pane, values, { box: [340, width], ratio, style });
    return [layout.columns[3].width >= 72 * 1.35, new Set(layout.columns.map(({ y }) => y)).size];
  };
  assert.deepEqual(column(540, 20), [true, 1]);
  assert.deepEqual(column(390, 20), [false, 1]);
  const usual = layers.draw(recorded(), pane, values, {
    box: [340, 900],
    ratio: 2,
    style: () => ({ fontSize: "14px", getPropertyValue: () => "" }),
  });
  assert.deepEqual(usual.layout, layers_layout(values, [340, 900], 2));
});

test("input and output are drawn in the colours of the page's input and output", () => {
  const canvas = recorded();
  const style = () => ({ fontSize: "14px", getPropertyValue: (name) => ` ${name}` });
  const given = { box: [340, 700], ratio: 1, style };
  layers.draw(canvas, pane, new Float32Array(SHAPES), given);
  const colours = canvas.said.boxes.map(([colour]) => colour);
  assert.deepEqual([colours[0], colours.at(-1)], ["--lesson-input", "--lesson-output"]);
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

test("the number of channels does not change the scale", () => {
  assert.equal(side_of_scale([3, 20, 30, 512, 10, 15]), 40);
});

test("a column more has room as soon as its words have", () => {
  const rows = (width) =>
    new Set(layers_layout(new Float32Array(SHAPES), [340, width], 1).columns.map(({ y }) => y))
      .size;
  assert.deepEqual([rows(5 * 72 + 4 * 6), rows(5 * 72 + 4 * 6 - 1)], [1, 2]);
});

test("values that do not belong to the shapes are waited for", () => {
  const { is_complete } = layers;
  assert.ok(is_complete(new Float32Array(SHAPES), pane));
  assert.ok(!is_complete(new Float32Array(12), pane));
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
    const { height, places } = arrange(room, panes);
    const at = places.find(({ name }) => name === "layers");
    const above = places.find(({ name }) => name === "picture");
    const whole = above.height + at.height + 2 * (26 + 24) + GAP.down;
    assert.ok(Math.abs(height - whole) < 1, `${height} for ${whole}`);
    assert.equal(at.width, width);
    assert.equal(at.beside, false);
    assert.equal(at.height, layers.wish(pane).height_at(width));
  }
});
