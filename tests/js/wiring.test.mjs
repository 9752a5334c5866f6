// A wiring: where channels stand, what lights, which wires are strong, what is said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage_page } from "./stage_page.mjs";

const { channel_at, draw_wiring, wiring, wiring_layout } = await import(
  "../../lessons_lib/widgets/stage/panes/wiring.js"
);

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
  const page = stage_page(scene, STANDS, 500);
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

// --- one by one, with channels in bundles, and a canvas that remembers ------------------------------

// Seven channels in bundles of 3, then four: the last bundle of each stage is smaller.
const BUNDLES = new Float32Array([3, 3, 3, 1, 1, NaN]);
const bundles = { ...pane, height: 3, width: 2, labels: ["input", "output"], groups: null };

test("a bundle is named by all of its channels, the last one by those that are left", () => {
  const named = (row, column) => wiring.says.name({ row, column }, bundles, BUNDLES);
  assert.equal(named(0, 0), "input channels 0–2");
  assert.equal(named(1, 1), "output channel 3");
  assert.equal(named(2, 0), "input channel 6");
});

test("cells that are lit are told stage by stage, from the input on", () => {
  const lit = [
    { row: 0, column: 1, height: 2, width: 1 },
    { row: 1, column: 0, height: 2, width: 1 },
  ];
  const said = wiring.says.boxes(lit, bundles, BUNDLES);
  assert.equal(said, "input channels 3–6, output channels 0–3");
});

test("only channels that stand are outlined, each with its own box", () => {
  const layout = wiring_layout(bundles, BUNDLES, [334, 400], 1);
  const all = { row: 1, column: 0, height: 2, width: 2 };
  const boxes = [layout.box(1, 0), layout.box(1, 1), layout.box(2, 0)];
  assert.deepEqual(wiring.outline(all, layout), boxes);
  assert.equal(channel_at(layout.left(1) + 3, 330, layout, bundles)?.row, 1);
});

test("a stage with a hole in it is hit at the channels alone", () => {
  const one = { ...bundles, height: 3, width: 1, labels: ["input"], wires: ints() };
  const layout = wiring_layout(one, new Float32Array([1, NaN, 1]), [334, 400], 1);
  const at = (y) => channel_at(layout.left(0) + 3, y, layout, one)?.row ?? null;
  assert.deepEqual([layout.head + 50, layout.head + 150, layout.head + 250].map(at), [0, null, 2]);
  assert.equal(at(layout.head - 1), null);
});

test("a wire is strong only where both of its ends are lit", () => {
  const layout = wiring_layout(pane, new Float32Array(STANDS), [334, 400], 1);
  const box = (row, column) => ({ row, column, height: 1, width: 1 });
  const wire = layout.wire(0, 2, 2);
  assert.deepEqual(wiring.strokes([box(2, 0), box(2, 1)], layout), [wire]);
  assert.deepEqual(wiring.strokes([box(2, 0), box(0, 1)], layout), []);
});

test("a wire goes from the right of its box to the left of the next one's band", () => {
  const { wire, box, wide, mark } = wiring_layout(pane, new Float32Array(STANDS), [334, 400], 1);
  const [from, to] = [box(3, 1), box(2, 2)];
  assert.ok(mark > 0);
  assert.deepEqual(wire(1, 3, 2), {
    x1: from.x + wide,
    y1: from.y + from.height / 2,
    x2: to.x - mark,
    y2: to.y + to.height / 2,
  });
});

test("the pane asks for more width where groups are marked, and for no more height than it can use", () => {
  const of = (height, groups) => wiring.wish({ height, width: 3, groups });
  assert.ok(of(4, pane.groups).least.width > of(4, null).least.width);
  assert.ok(of(8, null).most.height > of(4, null).most.height);
  assert.equal(of(16, null).most.height, of(32, null).most.height);
});

test("the pointer moves over every channel and every stage", () => {
  assert.deepEqual(wiring.extent({ source_height: 4, source_width: 3 }), {
    channels: 1,
    rows: 4,
    columns: 3,
  });
});

const STATE = ["strokeStyle", "fillStyle", "globalAlpha"];
const LOOK = { ratio: 1, ink: "ink", ground: "ground", ends: ["first", "last"] };

function drawn_by_hand(shown, stands, box = [334, 400], look = LOOK) {
  const calls = [];
  const context = {};
  for (const name of ["fillText", "fillRect", "strokeRect", "stroke", "beginPath"])
    context[name] = (...args) =>
      calls.push({ name, args, ...Object.fromEntries(STATE.map((key) => [key, context[key]])) });
  for (const name of ["moveTo", "lineTo"]) context[name] = () => {};
  context.measureText = (text) => ({
    width: 0.6 * Number(/([\d.]+)px/.exec(context.font)[1]) * text.length,
  });
  const layout = wiring_layout(shown, stands, box, look.ratio);
  draw_wiring({ getContext: () => context }, shown, layout, look);
  const of = (wanted) => calls.filter(({ name }) => name === wanted);
  return { layout, of, texts: of("fillText").map(({ args }) => args[0]) };
}

test("the first and the last stage have the colours of input and output, those between the ink", () => {
  const { of } = drawn_by_hand(pane, new Float32Array(STANDS));
  const colours = of("strokeRect").map(({ strokeStyle }) => strokeStyle);
  const wanted = [...Array(4).fill("first"), ...Array(4).fill("ink"), ...Array(3).fill("last")];
  assert.deepEqual(colours, wanted);
});

test("neighbours of one group stand on one band, those of none on none", () => {
  const groups = ints(-1, 0, 0, 1, 0, -1, 0, 1, -1, 0, 1, -1);
  const { of, layout } = drawn_by_hand({ ...pane, groups }, new Float32Array(STANDS));
  const bands = of("fillRect").filter(({ fillStyle }) => fillStyle === "ink");
  const of_rows = ([, y, , height]) => [
    Math.round((y - 1 - layout.head) / 25) / 3,
    Math.round((height + 2) / 25) / 3,
  ];
  const first = bands.slice(0, 2).map(({ args }) => of_rows(args));
  assert.deepEqual(first, [
    [1, 1],
    [2, 2],
  ]);
  assert.equal(bands.length, 5);
  assert.notEqual(bands[0].globalAlpha, bands[1].globalAlpha);
});

test("of many low channels each eighth has its number, of few each one, on every kind of screen", () => {
  const many = { ...pane, height: 32, width: 1, labels: [""], groups: null, wires: ints() };
  const stands = new Float32Array(32).fill(1);
  const numbers = (box, ratio) => {
    const { texts } = drawn_by_hand(many, stands, box, { ...LOOK, ratio });
    return texts.filter(Boolean);
  };
  assert.deepEqual(numbers([334, 200], 1), ["0", "8", "16", "24"]);
  assert.deepEqual(numbers([668, 400], 2), ["0", "8", "16", "24"]);
  assert.equal(numbers([34 + 32 * 14, 200], 1).length, 32);
});

test("the name of a stage is broken where its two lines are most alike, and only where it must be", () => {
  const two = { ...pane, labels: ["in", "after layer number one", "out"] };
  const { texts } = drawn_by_hand(two, new Float32Array(STANDS), [334, 300]);
  assert.deepEqual(texts.slice(0, 4), ["in", "after layer", "number one", "out"]);
  const wide = drawn_by_hand(two, new Float32Array(STANDS), [334, 900]);
  assert.deepEqual(wide.texts.slice(0, 3), ["in", "after layer number one", "out"]);
});

test("many wires are paler than few", () => {
  const crowd = ints(...Array.from({ length: 700 }, () => [0, 0, 0]).flat());
  const alpha = (wires) => {
    const { of } = drawn_by_hand({ ...pane, wires }, new Float32Array(STANDS));
    return of("stroke")[0].globalAlpha;
  };
  assert.ok(alpha(crowd) < alpha(WIRES));
});

test("a band that is too low has no number, which would stand over the next one", () => {
  const groups = ints(...Array.from({ length: 32 }, (_, row) => row));
  const many = { ...pane, height: 32, width: 1, labels: [""], groups, wires: ints() };
  const marks = (high) => {
    const { texts } = drawn_by_hand(many, new Float32Array(32).fill(1), [high, 200]);
    return texts.filter((text) => text.startsWith("g")).length;
  };
  assert.deepEqual([marks(34 + 32 * 8), marks(34 + 32 * 20)], [0, 32]);
});
