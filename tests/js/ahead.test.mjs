// A move of the hand is drawn from the shelf in the next frame; nothing wrong is ever drawn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");
const { key_with, parts_of } = await import("../../lessons_lib/widgets/shelf/ahead.js");
const { Shelf, unpacked } = await import("../../lessons_lib/widgets/shelf/shelf.js");

const bytes = (count) => new DataView(new ArrayBuffer(count));
const floats = (...numbers) => new DataView(new Float32Array(numbers).buffer);

const pane = (pixels, slot) => ({
  ...{ name: "output", title: "output", role: "output", kind: "grid", shape: [1, 1, 2], slot },
  ...{ pixels, format: "float32", channels: 1, height: 1, width: 2, table: "signed" },
  ...{ shown_height: 1, shown_width: 2, source_height: 1, source_width: 2, low: -1, high: 1 },
  ...{ reach: null, note: "", ring: null, outside: null, labels: [], details: [], legend: [] },
  ...{ marked: [], click_sets: [], keepable: false, across: 0, per_row: 0, room: null, axes: null },
  ...{ wires: null, groups: null },
});
const scene_of = (key, pixels, more = {}) => ({
  ...{ seq: 1, key, panes: [pane(pixels, 0)], links: [], cell_links: [], stepper: null },
  ...{ microscopes: [], state: {}, formula: [], code: [], copied: "", cost: null, compared: null },
  ...{ sentence: `This is ${key}.`, error: null, exact: true, ...more },
});

// room | stride | mirror | picture
const MOVES = [
  { name: "stride", model: "m-stride", attribute: "value", part: 1, low: 1, step: 1 },
  { name: "gain", model: "m-gain", attribute: "value", part: 2, low: -1, step: 0.1 },
  { name: "kernel", model: "m-kernel", attribute: "index", sets: [{ 3: "sobel" }, { 3: "box" }] },
  {
    ...{ name: "presets-0", model: "m-row", attribute: "index", leaps: true },
    sets: [{ 1: "0", 3: "box" }, null],
  },
];

function control_model(values) {
  const handlers = [];
  return {
    get: (name) => values[name],
    on: (name, handler) => handlers.push([name, handler]),
    off() {},
    set(name, value, options = {}) {
      values[name] = value;
      for (const [wanted, handler] of handlers)
        if (wanted === `change:${name}`) handler(this, value, options);
    },
    by_hand(name, value) {
      this.set(name, value, { updated_view: {} });
    },
  };
}

async function lab_on_page(more = {}) {
  const controls = {
    "m-stride": control_model({ value: 2 }),
    "m-gain": control_model({ value: 0 }),
    "m-kernel": control_model({ index: 0 }),
    "m-row": control_model({ index: null }),
  };
  const page = fake_page({
    ...{ scene: scene_of("r|1|10|sobel", "p1"), crash: "", pointer: {}, probe: {}, moves: MOVES },
    ...{
      timing: { key: "", milliseconds: 0 },
      tables: { signed: bytes(1024) },
      pixels_0: floats(1, 0),
    },
    ...{ layout: { model_id: `lab ${Math.random()}`, comm_live: true }, ...more },
  });
  page.model.widget_manager = { get_model: async (id) => controls[id] };
  page.close = stage.render({ model: page.model, el: page.element });
  page.moved = [];
  page.element.addEventListener("lesson-moved", ({ detail }) => page.moved.push(detail));
  page.pass_frame();
  await new Promise((resolve) => setTimeout(resolve, 5)); // the models of the controls come
  let number = 0;
  page.lay = (key, pixels, bytes, scene = {}) => {
    number += 1;
    const laid = { ...scene_of(key, pixels, scene), seq: 0 };
    const names = laid.panes.length ? [pixels] : [];
    page.hear(
      { type: "shelf", number, scene: laid, drop: [], pixels: names },
      names.length ? [bytes] : [],
    );
  };
  page.sentence = () => page.find("lesson-sentence").textContent;
  page.numbers = () =>
    page.find("lesson-pane-picture").drawn.filter((each) => !Array.isArray(each));
  page.by_hand = (name, attribute, value) => controls[`m-${name}`].by_hand(attribute, value);
  page.by_python = (name, attribute, value) => controls[`m-${name}`].set(attribute, value);
  return page;
}

test("the page counts steps and takes texts as it is told, and knows no other", () => {
  const [stride, gain, kernel, row] = MOVES;
  assert.deepEqual(parts_of(stride, 7), { 1: "6" });
  assert.deepEqual(parts_of(gain, 0.30000000000000004), { 2: "13" });
  assert.equal(parts_of(gain, 0.33), undefined);
  assert.deepEqual(parts_of(kernel, 1), { 3: "box" });
  assert.equal(parts_of(kernel, 5), undefined);
  assert.equal(parts_of(row, 1), undefined);
  assert.equal(key_with("r|1|10|sobel", { 1: "0", 3: "box" }), "r|0|10|box");
});

test("a move that lies on the shelf is drawn in the next frame, and confirmed without one", async () => {
  const page = await lab_on_page();
  page.lay("r|2|10|sobel", "p2", floats(5, 6));
  page.by_hand("stride", "value", 3);
  assert.deepEqual(page.moved, [{ control: "stride", found: true, key: "r|2|10|sobel" }]);
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|2|10|sobel.");
  assert.deepEqual(page.numbers().slice(-2), ["5", "6"]);
  assert.equal(page.drawn.at(-1).shelf, true);
  assert.equal(page.drawn.at(-1).key, "r|2|10|sobel");
  const before = page.drawn.length;
  page.tell({ scene: scene_of("r|2|10|sobel", "p2", { seq: 2 }), pixels_0: floats(5, 6) });
  page.pass_frame();
  assert.equal(page.drawn.length, before);
  page.close();
});

test("a confirmation with other pixels, or of a preview by the exact picture, is drawn", async () => {
  const page = await lab_on_page();
  page.lay("r|2|10|sobel", "coarse", floats(5, 6), { exact: false });
  page.by_hand("stride", "value", 3);
  page.pass_frame();
  const before = page.drawn.length;
  page.tell({ scene: scene_of("r|2|10|sobel", "fine", { seq: 2 }), pixels_0: floats(7, 8) });
  page.pass_frame();
  assert.equal(page.drawn.length, before + 1);
  assert.deepEqual(page.numbers().slice(-2), ["7", "8"]);
  assert.equal(page.drawn.at(-1).shelf, false);
  page.close();
});

test("the answer to an earlier move is not drawn over a later one", async () => {
  const page = await lab_on_page();
  page.lay("r|3|10|sobel", "p3", floats(3, 3));
  page.by_hand("stride", "value", 3); // not on the shelf
  page.by_hand("stride", "value", 4);
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|3|10|sobel.");
  page.tell({ scene: scene_of("r|2|10|sobel", "p2", { seq: 2 }), pixels_0: floats(2, 2) });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|3|10|sobel.");
  page.close();
});

test("an answer to an earlier visit of a state does not let in what came between", async () => {
  const page = await lab_on_page();
  page.lay("r|2|10|sobel", "p2", floats(2, 2));
  page.lay("r|3|10|sobel", "p3", floats(3, 3));
  for (const stride of [3, 4, 3]) page.by_hand("stride", "value", stride);
  page.pass_frame();
  for (const [seq, step] of [
    [2, 2],
    [3, 3],
  ]) {
    const scene = scene_of(`r|${step}|10|sobel`, `p${step}`, { seq });
    page.tell({ scene, pixels_0: floats(step, step) });
    page.pass_frame();
    assert.equal(page.sentence(), "This is r|2|10|sobel.");
  }
  page.close();
});

test("a hand that comes back to what Python shows sees that, for no other answer may come", async () => {
  const page = await lab_on_page();
  page.lay("r|1|10|sobel", "p1", floats(1, 0));
  page.lay("r|2|10|sobel", "p2", floats(2, 2));
  for (const stride of [3, 2]) {
    page.by_hand("stride", "value", stride);
    page.pass_frame();
    assert.equal(page.sentence(), `This is r|${stride - 1}|10|sobel.`);
  }
  page.tell({ scene: scene_of("r|2|10|sobel", "p2", { seq: 2 }), pixels_0: floats(2, 2) });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|1|10|sobel.", "an answer to the move before");
  page.close();
});

test("the answer to a visit elsewhere is not drawn once the hand is back", async () => {
  const page = await lab_on_page();
  page.lay("r|2|10|sobel", "p2", floats(2, 2));
  for (const stride of [3, 2]) page.by_hand("stride", "value", stride); // 2 is not on the shelf
  page.pass_frame();
  for (const step of [2, 1]) {
    const scene = scene_of(`r|${step}|10|sobel`, `p${step}`, { seq: step + 1 });
    page.tell({ scene, pixels_0: floats(step, step) });
    page.pass_frame();
    assert.equal(page.sentence(), "This is r|1|10|sobel.");
  }
  page.by_python("stride", "value", 3);
  page.tell({ scene: scene_of("r|2|10|sobel", "p2", { seq: 4 }), pixels_0: floats(2, 2) });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|2|10|sobel.", "Python has moved the control as well");
  page.close();
});

test("new moves that come with a scene count for it", async () => {
  const page = await lab_on_page();
  page.lay("r|1|10|box", "old", floats(2, 2));
  page.by_python("kernel", "index", 1);
  const moves = structuredClone(MOVES);
  moves[2].sets[1] = { 3: "another file of this name" };
  const scene = scene_of("r|1|10|another file of this name", "new", { seq: 2 });
  page.tell({ scene, moves, pixels_0: floats(8, 9) });
  page.pass_frame();
  assert.deepEqual(page.numbers().slice(-2), ["8", "9"]);
  page.close();
});

test("where the hand leaves the shelf, what is drawn stays until Python answers", async () => {
  const page = await lab_on_page();
  page.lay("r|3|10|sobel", "p3", floats(3, 3));
  page.by_hand("stride", "value", 4);
  page.pass_frame();
  page.by_hand("stride", "value", 9);
  assert.equal(page.moved.at(-1).found, false);
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|3|10|sobel.");
  page.by_hand("stride", "value", 10);
  page.tell({ scene: scene_of("r|8|10|sobel", "p8", { seq: 2 }), pixels_0: floats(8, 8) });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|8|10|sobel.", "Python is late, but on its way");
  page.close();
});

test("several controls make one state, whatever Python has answered of them", async () => {
  const page = await lab_on_page();
  page.lay("r|4|13|box", "p", floats(9, 9));
  page.by_hand("stride", "value", 5);
  page.by_hand("gain", "value", 0.30000000000000004);
  page.by_hand("kernel", "index", 1);
  assert.equal(page.moved.at(-1).found, true);
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|4|13|box.");
  page.close();
});

test("controls that Python moves are no move of a hand: nothing between is drawn", async () => {
  const page = await lab_on_page();
  page.lay("r|4|10|sobel", "p4", floats(4, 4));
  page.by_python("stride", "value", 5);
  page.tell({ timing: { key: "", milliseconds: 1 } });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|1|10|sobel.");
  assert.deepEqual(page.moved, []);
  page.by_python("kernel", "index", 1);
  page.tell({ scene: scene_of("r|4|10|box", "p", { seq: 2 }), pixels_0: floats(4, 5) });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|4|10|box.");
  page.close();
});

test("a button is one state at once; the controls follow", async () => {
  const page = await lab_on_page();
  page.lay("r|0|10|box", "p0", floats(7, 7));
  page.lay("r|0|10|sobel", "between", floats(1, 1));
  page.by_hand("row", "index", 0);
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|0|10|box.");
  assert.deepEqual(page.sent.at(-1), { type: "leap", row: "presets-0", index: 0, number: 1 });
  page.by_python("stride", "value", 1); // half of what Python does
  page.tell({ timing: { key: "", milliseconds: 1 } });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|0|10|box.");
  page.by_python("kernel", "index", 1);
  page.tell({ scene: scene_of("r|0|10|box", "p0", { seq: 2 }), pixels_0: floats(7, 7) });
  page.hear({ type: "leapt", number: 1 });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|0|10|box.");
  page.close();
});

test("a button that Python made something else of does not hold its picture", async () => {
  const page = await lab_on_page();
  page.lay("r|0|10|box", "p0", floats(7, 7));
  page.by_hand("row", "index", 0);
  page.pass_frame();
  page.tell({ scene: scene_of("r|1|10|sobel", "p1", { seq: 2 }) });
  page.hear({ type: "leapt", number: 1 });
  page.pass_frame();
  assert.equal(page.sentence(), "This is r|1|10|sobel.");
  page.close();
});

test("a refusal on the shelf stands over the pictures that are shown", async () => {
  const page = await lab_on_page();
  const error = {
    ...{ title: "refused", message: "m", explanation: "e", nearest: {}, nearest_text: "" },
  };
  page.lay("r|2|10|sobel", "p2", floats(5, 6));
  page.lay("r|3|10|sobel", "", null, { panes: [], error });
  page.by_hand("stride", "value", 3);
  page.pass_frame();
  page.by_hand("stride", "value", 4);
  page.pass_frame();
  assert.match(page.find("lesson-error").textContent, /refused/);
  assert.deepEqual(page.numbers().slice(-2), ["5", "6"]);
  // Python was never at the state before: its own last pictures are older
  page.tell({ scene: scene_of("r|3|10|sobel", "p1", { seq: 2, error }), pixels_0: floats(1, 0) });
  page.pass_frame();
  assert.deepEqual(page.numbers().slice(-2), ["5", "6"]);
  page.close();
});

test("a hand that comes to a control is told once", async () => {
  const page = await lab_on_page();
  const { element } = page;
  element.className = "lesson-lab";
  const slider = element.ownerDocument.createElement("div");
  slider.className = "lesson-control lesson-control-stride";
  element.append(slider);
  const come = () => {
    const event = new Event("pointerover");
    Object.defineProperty(event, "target", { value: slider });
    element.ownerDocument.dispatchEvent(event);
  };
  come();
  come();
  const told = page.sent.filter(({ type }) => type === "hold");
  assert.deepEqual(told, [{ type: "hold", control: "stride" }]);
  page.close();
});

test("what is laid down is acknowledged, and the page says when it is all", async () => {
  const page = await lab_on_page();
  const said = [];
  page.element.addEventListener("lesson-shelf", ({ detail }) => said.push(detail));
  assert.equal(page.find("lesson-stage").dataset.shelf, "off");
  const told = () => page.sent.filter(({ type }) => type === "shelved").map((each) => each.number);
  for (const step of [2, 3, 4, 5]) page.lay(`r|${step}|10|sobel`, `p${step}`, floats(step, 6));
  assert.deepEqual(told(), [4], "several at once");
  page.lay("r|6|10|sobel", "p6", floats(5, 6));
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.deepEqual(told(), [4, 5], "and the last ones when no other comes");
  assert.equal(page.find("lesson-stage").dataset.shelf, "filling");
  page.hear({ type: "shelf", full: true, key: "r|5|10|sobel" }, []);
  assert.equal(page.find("lesson-stage").dataset.shelf, "filling", "of a state that was left");
  assert.equal(said.at(-1).full, false);
  page.hear({ type: "shelf", full: true, key: "r|1|10|sobel" }, []);
  assert.equal(page.find("lesson-stage").dataset.shelf, "full");
  assert.deepEqual([said.at(-1).full, said.at(-1).states], [true, 5]);
  page.close();
});

// --- the shelf itself ---

const laid = (number, key, names, buffers, more = {}) => [
  {
    ...{ number, pixels: names.filter((_, n) => buffers[n]), drop: [], ...more },
    scene: { key, panes: names.map((pixels, n) => ({ name: `pane-${n}`, pixels })) },
  },
  buffers.filter(Boolean),
];
test("buffers go back to where Python took them from", () => {
  const [one, two] = [bytes(1), bytes(2)];
  const scene = { links: [{ rows: { buffer: 0 } }, null], outside: { buffer: 1 }, key: "k" };
  assert.deepEqual(unpacked(scene, [one, two]), {
    ...{ links: [{ rows: one }, null], outside: two, key: "k" },
  });
});

test("pixels are kept while any state shows them, and counted once", () => {
  const shelf = new Shelf();
  shelf.take(...laid(1, "a", ["photo", "one"], [bytes(1000), bytes(10)]));
  shelf.take(...laid(2, "b", ["photo", "two"], [null, bytes(20)]));
  assert.ok(shelf.bytes > 1030 && shelf.bytes < 1030 + 400);
  assert.equal(shelf.find("b").view_of("pane-0").byteLength, 1000);
  shelf.take({ drop: ["a"] }, []);
  assert.equal(shelf.find("a"), null);
  assert.equal(shelf.find("b").view_of("pane-0").byteLength, 1000);
  shelf.take({ drop: ["b"] }, []);
  assert.equal(shelf.bytes, 0);
});

test("an exact state takes the place of its preview", () => {
  const shelf = new Shelf();
  shelf.take(...laid(1, "a", ["coarse"], [bytes(10)]));
  shelf.take(...laid(2, "a", ["fine"], [bytes(40)]));
  assert.equal(shelf.size, 1);
  assert.equal(shelf.find("a").view_of("pane-0").byteLength, 40);
  shelf.take({ clear: true }, []);
  assert.deepEqual([shelf.bytes, shelf.size], [0, 0]);
});

test("the second view of a lab in one page takes nothing twice", () => {
  const shelf = new Shelf();
  assert.equal(shelf.take(...laid(1, "a", ["p"], [bytes(10)])), true);
  const before = shelf.bytes;
  assert.equal(shelf.take(...laid(1, "a", ["p"], [bytes(10)])), false);
  assert.equal(shelf.bytes, before);
});

test("a view that came later takes no state whose pixels it has missed", () => {
  const shelf = new Shelf();
  shelf.take(...laid(5, "b", ["photo", "two"], [null, bytes(20)]));
  assert.equal(shelf.find("b"), null);
  assert.equal(shelf.bytes, 0);
});

test("a page with too much empties the shelf that was used the longest ago", () => {
  const pages = new Set();
  const shelves = [1, 2, 3].map(() => new Shelf(pages));
  const lost = [];
  const fill = 50 * 2 ** 20;
  for (const [n, shelf] of shelves.entries()) {
    pages.add(shelf);
    shelf.lost = () => lost.push(n);
  }
  shelves[0].take(...laid(1, "a", ["p"], [bytes(fill)]));
  shelves[1].take(...laid(1, "a", ["p"], [bytes(fill)]));
  assert.deepEqual(lost, []);
  shelves[0].find("a"); // used now
  shelves[2].take(...laid(1, "a", ["p"], [bytes(fill)]));
  assert.deepEqual(lost, [1]);
  assert.deepEqual(
    shelves.map(({ size }) => size),
    [1, 0, 1],
  );
});
