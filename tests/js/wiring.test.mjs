// A wiring: where channels stand, what lights, which wires are strong, what is said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { channel_at, wiring_layout } = await import(
  "../../lessons_lib/widgets/stage/panes/wiring.js"
);
const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");

const view = (typed) => new DataView(typed.buffer);
const ints = (...values) => view(new Int32Array(values));

// Four channels, two groups, then three channels: 0 and 1 feed 0, 2 and 3 feed 1 and 2.
const WIRES = ints(0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0, 3, 3, 1, 0, 0, 1, 1, 0, 1, 2, 1, 1, 3, 2);
const STANDS = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, NaN];
const pane = {
  name: "wiring",
  title: "who feeds whom",
  role: "",
  kind: "wiring",
  shape: [4, 3],
  slot: 0,
  format: "float32",
  channels: 1,
  height: 4,
  width: 3,
  shown_height: 4,
  shown_width: 3,
  source_height: 4,
  source_width: 3,
  table: "",
  low: 0,
  high: 1,
  note: "",
  ring: null,
  outside: null,
  labels: ["input", "after layer 1", "output"],
  marked: [],
  click_sets: [],
  keepable: false,
  across: 0,
  per_row: 0,
  axes: null,
  wires: WIRES,
  groups: ints(0, 0, -1, 0, 0, -1, 1, 1, -1, 1, 1, -1),
};
// Counted row after row: cell = 3 * row + stage. Only what input 0 and channel 2 of layer 1 reach is told.
const reach = new Int32Array(12 * 3).fill(-1);
reach.set([1, 4, 2], 0);
reach.set([5, -1, -1], 3 * 7);
const scene = {
  seq: 1,
  formula: [],
  code: [],
  cost: null,
  sentence: "A wiring.",
  error: null,
  exact: true,
  microscopes: [],
  panes: [pane],
  links: [],
  cell_links: [
    {
      first: "wiring",
      second: "wiring",
      partners: 3,
      verb: "reaches",
      reverse: "is reached by",
      cells: view(reach),
    },
  ],
  stepper: null,
};

function drawn() {
  const page = fake_page(
    {
      scene,
      tables: {},
      timing: { seq: 0, milliseconds: 0 },
      crash: "",
      pointer: {},
      probe: {},
      pixels_0: view(new Float32Array(STANDS)),
    },
    { pane_width: 500 },
  );
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.canvas = page.find("lesson-pane-picture");
  page.said = () => page.find("lesson-pointer").textContent;
  page.count = (css) => (page.find(css).getAttribute("d").match(/M/g) ?? []).length;
  page.layout = wiring_layout(
    pane,
    new Float32Array(STANDS),
    [page.canvas.height, page.canvas.width],
    1,
  );
  page.at = (row, stage) => {
    const { x, y, width, height } = page.layout.box(row, stage);
    return [x + width / 2, y + height / 2];
  };
  return page;
}

test("a stage of few channels spreads them over the whole height", () => {
  const { pitches, counts } = wiring_layout(pane, new Float32Array(STANDS), [334, 400], 1);
  assert.deepEqual(counts, [4, 4, 3]);
  assert.deepEqual(pitches, [75, 75, 100]);
});

test("the channel under a point is found, also on its group's band; where none stands there is none", () => {
  const layout = wiring_layout(pane, new Float32Array(STANDS), [334, 400], 1);
  for (const [row, stage] of [
    [0, 0],
    [3, 1],
    [2, 2],
  ]) {
    const { x, y, width, height } = layout.box(row, stage);
    const cell = { channel: 0, row, column: stage };
    assert.deepEqual(channel_at(x + width / 2, y + height / 2, layout, pane), cell);
    assert.deepEqual(channel_at(x - layout.mark / 2, y + height / 2, layout, pane), cell);
    assert.equal(channel_at(x + width + 20, y + height / 2, layout, pane), null);
  }
  assert.equal(channel_at(layout.left(0) + 3, 5, layout, pane), null);
});

test("every channel has its box and number, every group its mark, every wire its line", () => {
  const page = drawn();
  assert.equal(page.canvas.frames_drawn, 11);
  assert.equal(page.canvas.drawn.filter(([name]) => name === "moveTo").length, 9);
  const texts = page.canvas.drawn.filter((each) => typeof each === "string");
  assert.deepEqual(texts.slice(0, 5), ["input", "after layer 1", "output", "g0", "g1"]);
  assert.deepEqual(texts.slice(-11), ["0", "1", "2", "3", "0", "1", "2", "3", "0", "1", "2"]);
  assert.equal(page.find("lesson-pane-shape").textContent, "");
  page.close();
});

test("pointing at a channel lights all that it reaches, and the wires between these are strong", () => {
  const page = drawn();
  page.point(page.canvas, "pointermove", ...page.at(0, 0));
  assert.equal(
    page.said(),
    "input channel 0 (group 0) reaches after layer 1 channels 0–1, output channel 0",
  );
  assert.equal(page.count("lesson-window-dark"), 4);
  assert.equal(page.count("lesson-strong"), 4); // 0-0, 0-1, and both on to output 0
  page.point(page.canvas, "pointermove", ...page.at(2, 2));
  assert.equal(page.said(), "output channel 2");
  assert.equal(page.count("lesson-strong"), 0);
  page.close();
});

test("both ways are said, and the way back lights as well", () => {
  const page = drawn();
  page.point(page.canvas, "pointermove", ...page.at(1, 2));
  assert.equal(page.said(), "output channel 1 is reached by after layer 1 channel 2");
  assert.equal(page.count("lesson-strong"), 1);
  page.close();
});

test("arrow keys go from channel to channel and from stage to stage", () => {
  const page = drawn();
  const box = page.find("lesson-pane-box");
  page.press(box, "ArrowDown");
  page.press(box, "ArrowRight");
  assert.match(page.said(), /^after layer 1 channel 1 \(group 0\)/);
  assert.match(box.getAttribute("aria-label"), /arrow keys go from channel to channel/);
  page.close();
});

test("other wires are drawn though the channels are the same", () => {
  const page = drawn();
  page.canvas.drawn.length = 0;
  const panes = [{ ...pane, wires: ints(0, 0, 0) }];
  page.tell({ scene: { ...scene, seq: 2, panes } });
  page.pass_frame();
  assert.equal(page.canvas.drawn.filter(([name]) => name === "moveTo").length, 1);
  page.close();
});

test("panes stay as they are while the page is hidden, and are arranged anew when it is back", () => {
  const page = drawn();
  const columns = () => page.find("lesson-panes").style.gridTemplateColumns;
  const [root, view] = [page.element.children[0], page.element.ownerDocument.defaultView];
  const shown = columns();
  root.offsetHeight = 0;
  page.find("lesson-panes").style.gridTemplateColumns = "";
  const resized = () => {
    view.innerHeight -= 100;
    view.dispatchEvent(new Event("resize"));
    page.pass_frame();
  };
  resized();
  assert.equal(columns(), "");
  root.offsetHeight = 500;
  resized();
  assert.equal(columns(), shown);
  page.close();
});
