// The stage drawing the example scene on a page that only remembers: node --test tests/js
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");
const { Pane } = await import("../../lessons_lib/widgets/stage/panes/pane.js");
const example = JSON.parse(
  readFileSync(new URL("../fixtures/scene.json", import.meta.url), "utf8"),
  (_, value) => (value && typeof value.base64 === "string" ? view_of(value.base64) : value),
);

/** Bytes as a comm delivers them: somewhere inside a larger buffer. */
function view_of(base64) {
  const bytes = Buffer.from(base64, "base64");
  const larger = new Uint8Array(bytes.length + 5);
  larger.set(bytes, 5);
  return new DataView(larger.buffer, 5, bytes.length);
}

function shown(changes = {}) {
  const traits = { ...example, timing: { key: "", milliseconds: 0 }, crash: "", ...changes };
  const page = fake_page(traits);
  page.close = stage.render({ model: page.model, el: page.element });
  return page;
}

function drawn(changes) {
  const page = shown(changes);
  page.pass_frame();
  page.box_of = (name) => page.find(`lesson-pane-${name}`).querySelector(".lesson-pane-box");
  page.numbers = (name) =>
    page.find(`lesson-pane-${name}`).querySelector(".lesson-pane-picture").drawn;
  return page;
}

const refused = {
  ...example.scene,
  seq: 9,
  formula: [],
  cost: null,
  sentence: "torch refuses this setting.",
  error: {
    message: "Padding size should be less",
    explanation: "The edge is the mirror.",
    nearest: { padding: 3 },
    nearest_text: "padding = 3",
  },
};

test("a long cost has a line to itself, so that the sentence keeps its room", () => {
  const work = { multiply_adds: 63_221_760, comparisons: 258_048, additions: 0 };
  const costs = [
    [{ ...example.scene.cost, comparisons: 0 }, false],
    [{ weights: 177_648, biases: 373, ...work }, true],
  ];
  for (const [cost, is_apart] of costs) {
    const page = shown({ scene: { ...example.scene, cost, compared: null } });
    page.pass_frame();
    assert.equal(page.find("lesson-cost").classList.contains("lesson-apart"), is_apart);
    page.close();
  }
});

test("the scene is drawn in one frame, with every word of it", () => {
  const page = shown();
  assert.equal(page.find("lesson-formula").textContent, "");
  assert.equal(page.pass_frame(), 1);
  assert.equal(page.element.querySelectorAll(".lesson-pane").length, example.scene.panes.length);
  assert.equal(
    page.find("lesson-formula").textContent,
    example.scene.formula[0].map(({ text }) => text).join(""),
  );
  assert.equal(
    page.find("lesson-code").textContent,
    example.scene.code.map(({ text }) => text).join(""),
  );
  assert.equal(page.find("lesson-sentence").textContent, example.scene.sentence);
  assert.match(page.find("lesson-cost").textContent, /^9 weights .* – ms$/);
  assert.deepEqual(
    page.drawn.map(({ seq }) => seq),
    [example.scene.seq],
  );
  page.close();
});

test("no line of a sentence ends between a number and its per cent sign", () => {
  const page = drawn();
  page.tell({ scene: { ...example.scene, seq: 2, sentence: "Never read: 0.39 %. Read: 99 %." } });
  page.pass_frame();
  assert.equal(
    page.find("lesson-sentence").textContent,
    "Never read: 0.39\u00a0%. Read: 99\u00a0%.",
  );
  page.close();
});

test("the numbers of a grid are printed in their order", () => {
  const page = drawn();
  assert.deepEqual(
    page.numbers("input"),
    Array.from({ length: 16 }, (_, i) => String(i + 1)),
  );
  assert.deepEqual(page.numbers("padded").slice(0, 6), ["6", "5", "6", "7", "8", "7"]);
  page.close();
});

test("several changes before a frame are one drawing, of the newest scene", () => {
  const page = drawn();
  for (const seq of [2, 3, 4])
    page.tell({ scene: { ...example.scene, seq, sentence: `Step ${seq}.` } });
  assert.equal(page.pass_frame(), 1);
  assert.equal(page.find("lesson-sentence").textContent, "Step 4.");
  assert.deepEqual(
    page.drawn.map(({ seq }) => seq),
    [1, 4],
  );
  assert.equal(page.pass_frame(), 0);
  page.close();
});

test("pixels that did not change are not drawn again", () => {
  const page = drawn();
  page.pass_frame();
  const before = page.numbers("input").length;
  page.tell({ scene: { ...example.scene, seq: 2 }, pixels_2: view_of("") });
  page.pass_frame();
  assert.equal(page.numbers("input").length, before);
  page.close();
});

test("measured milliseconds are shown with the state they belong to, and with no other", () => {
  const page = drawn({ scene: { ...example.scene, key: "room|2" } });
  page.tell({ timing: { key: "room|2", milliseconds: 0.4567 } });
  page.pass_frame();
  assert.match(page.find("lesson-cost").textContent, / 0\.46 ms$/);
  page.tell({ scene: { ...example.scene, seq: 2, key: "room|3" } });
  page.pass_frame();
  assert.match(page.find("lesson-cost").textContent, / – ms$/);
  page.close();
});

test("a refused setting keeps the last panes and offers the nearest", () => {
  const page = drawn();
  page.tell({ scene: refused });
  page.pass_frame();
  assert.ok(page.find("lesson-refused"));
  assert.equal(page.element.querySelectorAll(".lesson-pane").length, example.scene.panes.length);
  const told = page.find("lesson-error").textContent;
  for (const words of [
    "Padding size should be less",
    "The edge is the mirror.",
    "use padding = 3",
  ]) {
    assert.ok(told.includes(words), told);
  }
  page.find("lesson-nearest").dispatchEvent(new Event("click"));
  assert.deepEqual(page.sent, [{ type: "apply", settings: { padding: 3 } }]);
  page.tell({ scene: { ...example.scene, seq: 10 } });
  page.pass_frame();
  assert.equal(page.find("lesson-refused"), null);
  assert.equal(page.find("lesson-error").textContent, "");
  page.close();
});

test("a first scene that is refused has words and no pane", () => {
  const page = drawn({ scene: { ...refused, panes: [], links: [] } });
  assert.ok(page.find("lesson-empty"));
  assert.equal(page.find("lesson-sentence").textContent, "torch refuses this setting.");
  assert.match(page.find("lesson-error").textContent, /The edge is the mirror/);
  page.close();
});

test("a refusal without a cure has no button", () => {
  const page = drawn({
    scene: { ...refused, error: { ...refused.error, nearest: {}, nearest_text: "" } },
  });
  assert.equal(page.find("lesson-nearest"), null);
  page.close();
});

test("a crash is shown with its traceback and goes away", () => {
  const page = drawn();
  page.tell({ crash: "Traceback: ZeroDivisionError" });
  page.pass_frame();
  assert.match(page.find("lesson-crash").textContent, /ZeroDivisionError/);
  assert.ok(page.find("lesson-crash").classList.contains("lesson-shown"));
  page.tell({ crash: "" });
  page.pass_frame();
  assert.equal(page.find("lesson-crash").textContent, "");
  page.close();
});

test("arrow keys move the outlined output and name what it was computed from", () => {
  const page = drawn();
  const box = page.box_of("output");
  assert.equal(box.tabIndex, 0);
  page.press(box, "Home");
  for (const key of ["ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"]) page.press(box, key);
  const said = page.find("lesson-pointer").textContent;
  assert.match(said, /^output \(1, 0\) was computed from /);
  assert.match(said, /padded matrix rows 1–3, columns 0–2/);
  page.close();
});

test("handled keys stop here, others go on to the notebook", () => {
  const page = drawn();
  const box = page.box_of("output");
  assert.equal(page.press(box, "ArrowLeft").defaultPrevented, true);
  assert.equal(page.press(box, "Enter").defaultPrevented, false);
  assert.equal(page.press(box, "ArrowLeft", { ctrlKey: true }).defaultPrevented, false);
  assert.equal(page.press(page.find("lesson-copy"), "ArrowLeft").defaultPrevented, false);
  page.close();
});

test("the sheet for outlines lies over a picture only while something is outlined", () => {
  const { element } = fake_page({});
  const pane = new Pane(element.ownerDocument, "input");
  const over = () => pane.overlay.style.display !== "none";
  assert.ok(!over());
  const layout = { height: 40, width: 60 };
  const data = { kind: "photo", source_height: 4, source_width: 6 };
  Object.assign(pane, { pane: data, layout, size: { ...layout, ratio: 1 } });
  const box = { channel: 0, row: 1, column: 2, height: 3, width: 2 };
  pane.outline([box]);
  assert.ok(over());
  pane.outline([], [box]);
  assert.ok(over(), "a frame");
  pane.outline([]);
  assert.ok(!over());
});

test("pointing at an output cell outlines its window in the source", () => {
  const page = drawn();
  const pane = page.find("lesson-pane-output");
  const canvas = pane.querySelector(".lesson-pane-picture");
  const cell = parseFloat(canvas.style.width) / 4;
  page.point(canvas, "pointermove", 2.5 * cell, 3.5 * cell);
  assert.match(page.find("lesson-pointer").textContent, /^output \(3, 2\) was computed from /);
  const padded = page.find("lesson-pane-padded");
  const unit = parseFloat(padded.querySelector(".lesson-pane-picture").style.width) / 6;
  for (const css of [".lesson-window-dark", ".lesson-window-light"]) {
    const [x, y, width] = padded
      .querySelector(css)
      .getAttribute("d")
      .match(/[\d.]+/g)
      .map(Number);
    assert.deepEqual(
      [x, y, width].map((each) => Math.round(each / unit)),
      [2, 3, 3],
    );
  }
  page.close();
});

test("a click on a pane that takes clicks is sent with its cell, on others it is not", () => {
  const panes = example.scene.panes.map((pane) => ({
    ...pane,
    click_sets: pane.name === "input" ? ["row", "column"] : [],
  }));
  const page = drawn({ scene: { ...example.scene, panes } });
  const canvas = page.find("lesson-pane-input").querySelector(".lesson-pane-picture");
  const cell = parseFloat(canvas.style.width) / 4;
  page.point(canvas, "pointerdown", 3.5 * cell, 0.5 * cell);
  page.point(
    page.find("lesson-pane-padded").querySelector(".lesson-pane-picture"),
    "pointerdown",
    5,
    5,
  );
  assert.deepEqual(page.sent, [{ type: "click", pane: "input", row: 0, column: 3 }]);
  page.close();
});

test("nothing is left behind when the lab goes", () => {
  const page = shown();
  page.close();
  assert.equal(page.handlers.length, 0);
  assert.equal(page.frames.size, 0);
  assert.equal(page.observers.length, 0);
  assert.equal(page.element.children.length, 0);
});

test("photos and maps are painted pixel by pixel from bytes that lie anywhere", () => {
  const base = {
    ...example.scene.panes[0],
    ring: null,
    marked: [],
    labels: [],
    shape: [3, 1, 2],
    height: 1,
    width: 2,
    shown_height: 1,
    shown_width: 2,
    source_height: 1,
    source_width: 2,
  };
  const photo = { ...base, name: "photo", kind: "photo", format: "rgb8", table: "", slot: 0 };
  const map = { ...base, name: "map", kind: "map", format: "index8", table: "count", slot: 1 };
  const page = drawn({
    scene: { ...example.scene, panes: [photo, map], links: [] },
    pixels_0: view_of(Buffer.from([1, 2, 3, 250, 100, 50]).toString("base64")),
    pixels_1: view_of(Buffer.from([0, 255]).toString("base64")),
  });
  const table = new Uint8Array(example.tables.count.buffer, example.tables.count.byteOffset, 1024);
  assert.deepEqual([...page.numbers("photo")[0]], [1, 2, 3, 255, 250, 100, 50, 255]);
  assert.deepEqual([...page.numbers("map")[0]], [...table.subarray(0, 4), ...table.subarray(1020)]);
  page.close();
});

test("single cells of a grid that the scene marks are drawn apart", () => {
  const { scene } = example;
  const outside = new DataView(new Uint8Array(16).buffer);
  outside.setUint8(5, 1);
  const [input] = scene.panes;
  const dashes = (page) =>
    page.find("lesson-pane-input").querySelector(".lesson-pane-picture").frames_drawn ?? 0;
  for (const [marks, count] of [
    [null, 0],
    [outside, 1],
  ]) {
    const page = drawn({ scene: { ...scene, panes: [{ ...input, outside: marks }], links: [] } });
    assert.equal(dashes(page), count);
    page.close();
  }
});

test("a pane that is shown reduced says how much of its size it has", () => {
  const pane = {
    ...example.scene.panes[0],
    name: "photo",
    kind: "photo",
    format: "rgb8",
    shape: [3, 40, 20],
    height: 2,
    width: 1,
    shown_height: 8,
    shown_width: 4,
    source_height: 40,
    source_width: 20,
    ring: null,
    note: "yours",
  };
  const page = drawn({
    scene: { ...example.scene, panes: [pane], links: [] },
    pixels_0: view_of(Buffer.alloc(6).toString("base64")),
  });
  assert.equal(page.find("lesson-pane-shape").textContent, "3 × 40 × 20");
  assert.equal(page.find("lesson-pane-note").textContent, "yours · at 20 %");
  page.close();
});

const photo = {
  ...example.scene.panes[0],
  name: "photo",
  kind: "photo",
  format: "rgb8",
  shape: [3, 40, 20],
  height: 40,
  width: 20,
  shown_height: 40,
  shown_width: 20,
  source_height: 40,
  source_width: 20,
  ring: null,
};
const photo_scene = { ...example.scene, panes: [photo], links: [] };
const rooms_told = (page) => page.sent.filter(({ type }) => type === "room");
const settled = () =>
  new Promise((done) => {
    setTimeout(done, 120);
  });

test("python is told the room for a picture once it is known, and again when it calls the roll", async () => {
  const page = drawn({ scene: photo_scene });
  await settled();
  const [{ view, boxes }, ...more] = rooms_told(page);
  assert.deepEqual(more, []);
  const [height, width, scale] = boxes.photo;
  assert.ok(height > 0 && width === 200 && scale === 0, `${height} × ${width}`);
  for (const [name, handler] of page.handlers)
    if (name === "msg:custom") handler({ type: "roll_call" });
  assert.deepEqual(rooms_told(page)[1], { type: "room", view, boxes });
  page.close();
  assert.deepEqual(page.sent.at(-1), { type: "gone", view });
});

test("printed numbers need no room from python", async () => {
  const page = drawn();
  await settled();
  assert.deepEqual(
    rooms_told(page).map(({ boxes }) => boxes),
    [{}],
  );
  page.close();
});

test("a scene of the same shape in the same room is not laid out again", async () => {
  const page = drawn({ scene: photo_scene });
  await settled();
  const columns = () => page.find("lesson-panes").style.gridTemplateColumns;
  assert.equal(columns(), "200px");
  page.find("lesson-panes").style.gridTemplateColumns = "untouched";
  page.tell({ scene: { ...photo_scene, seq: 2 } });
  page.pass_frame();
  assert.equal(columns(), "untouched");
  await settled();
  assert.equal(rooms_told(page).length, 1);
  page.close();
});

test("same scale is offered where the lab names panes for it, and changes their room", async () => {
  const padded = { ...photo, name: "padded", source_height: 80, source_width: 40 };
  const page = drawn({
    scene: { ...photo_scene, panes: [photo, padded] },
    look: { same_scale: ["photo", "padded"] },
  });
  await settled();
  const button = page.find("lesson-scale-button");
  assert.equal(button.hidden, false);
  button.dispatchEvent(new Event("click"));
  page.pass_frame();
  await settled();
  const { boxes } = rooms_told(page).at(-1);
  assert.equal(button.getAttribute("aria-pressed"), "true");
  assert.equal(boxes.photo[2], boxes.padded[2]);
  assert.ok(boxes.photo[2] > 0);
  page.close();
});
