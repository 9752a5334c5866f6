// A lab on a page without a kernel: its controls, what it unpacks, and what it keeps.
import assert from "node:assert/strict";
import { test } from "node:test";

import { moves_of, next_parts } from "../../lessons_lib/widgets/saved/page_ahead.js";
import { Buffers } from "../../lessons_lib/widgets/saved/page_buffers.js";
import {
  nearest_value,
  PageControls,
  set_inside,
} from "../../lessons_lib/widgets/saved/page_controls.js";
import { call_of, moved_by } from "../../lessons_lib/widgets/saved/page_lab.js";
import { Room } from "../../lessons_lib/widgets/stage/room.js";
import { cost_text } from "../../lessons_lib/widgets/shared/words.js";
import { fake_page } from "./fake_page.mjs";

const values_of = (...numbers) =>
  numbers.map((number) => ({
    text: String(number).replace("-", "−"),
    part: `p${number}`,
    word: String(number),
  }));
const setting = (kind, name, place, values, more = {}) => ({
  ...{ kind, name, label: name, role: "", in_header: false, more: false, needs: null },
  ...{ place, values, plain: values[0].part, ...more },
});
const SIZE = setting("slider", "size", 1, values_of(-4, 0, 6, 20));
const MODE = setting("list", "mode", 2, values_of(1, 2, 3));
const OWN = setting("toggle", "own", 3, [
  { text: "False", part: "False", word: "False" },
  { text: "True", part: "True", word: "True" },
]);
const ACROSS = setting("slider", "across", 4, values_of(5, 9), {
  more: true,
  needs: { place: 3, parts: ["True"] },
});
const TRY = {
  ...{ kind: "presets", label: "try", role: "", more: false, needs: null },
  buttons: [
    { text: "first", sets: { 1: "p-4" } },
    { text: "also first", sets: { 1: "p-4", 2: "p1" } },
  ],
};
const ALL = [SIZE, MODE, OWN, ACROSS, TRY];
const START = ["saved", "p0", "p1", "False", "p5"];

function drawn(data = {}) {
  const page = fake_page({});
  const [header, body] = ["div", "div"].map((tag) => page.element.ownerDocument.createElement(tag));
  page.element.append(header, body);
  const moves = [];
  const all = { controls: ALL, note: "", ...data };
  const controls = new PageControls(all, { header, body }, (moved) => moves.push(moved));
  controls.draw(START, {});
  return { ...page, controls, moves, header, body };
}

const input_of = (page, name) => {
  const [control] = [...page.element.all()].filter((e) => e.className.includes(`control-${name}`));
  return [...control.all()].find(({ tagName }) => tagName === "INPUT");
};

test("of a slider's values the nearest to a number is taken, and none to what is no number", () => {
  assert.equal(nearest_value(SIZE, 5).text, "6");
  assert.equal(nearest_value(SIZE, 3).text, "0"); // of two the lower
  assert.equal(nearest_value(SIZE, -70).text, "−4");
  assert.equal(nearest_value(SIZE, NaN), undefined);
});

test("a number that is typed moves the slider to the nearest value, and other words do nothing", () => {
  const page = drawn();
  const readout = page.find("widget-readout");
  const type = (text) => {
    readout.value = text;
    readout.dispatchEvent(new Event("change"));
  };
  type("−3,2");
  type("18");
  type("far");
  type("");
  assert.deepEqual(page.moves, [{ 1: "p-4" }, { 1: "p20" }]);
  assert.equal(readout.value, "0");
});

test("a slider counts through its values, and says each as it is written", () => {
  const page = drawn();
  const range = input_of(page, "size");
  assert.deepEqual([range.max, range.value], [3, 1]);
  page.controls.draw(["saved", "p-4", "p1", "False", "p5"]);
  assert.equal(range.getAttribute("aria-valuetext"), "−4");
  range.value = "2";
  range.dispatchEvent(new Event("input"));
  assert.deepEqual(page.moves, [{ 1: "p6" }]);
});

test("a control is there only with the others that it needs", () => {
  const page = drawn();
  const across = [...page.element.all()].find((e) => e.className.includes("control-across"));
  assert.equal(across.hidden, true);
  page.controls.draw(["saved", "p0", "p1", "True", "p5"]);
  assert.equal(across.hidden, false);
});

test("of the buttons that are in force the first is marked", () => {
  const page = drawn();
  page.controls.draw(["saved", "p-4", "p1", "False", "p5"]);
  const buttons = [...page.element.all()].filter(
    ({ tagName, classList }) => tagName === "BUTTON" && classList.contains("widget-toggle-button"),
  );
  assert.deepEqual(
    buttons.map((button) => button.className.includes("mod-active")),
    [true, false],
  );
});

test("what is set behind more is told with its label, if it is there", () => {
  const parts = ["saved", "p0", "p1", "True", "p9"];
  assert.equal(set_inside([ACROSS], parts, { across: "9 wide" }), "across 9 wide");
  assert.equal(set_inside([ACROSS], parts, { across: "across 9" }), "across 9");
  assert.equal(set_inside([ACROSS], ["saved", "p0", "p1", "False", "p9"], {}), "");
  assert.equal(set_inside([ACROSS], START, {}), "");
});

test("what needs a kernel is said in one line", () => {
  assert.equal(
    drawn({ note: "Only in JupyterLab: a." }).find("lesson-saved-note").textContent,
    "Only in JupyterLab: a.",
  );
});

test("the control that was moved last comes first, nearest values before all", () => {
  const parts = ["saved", "p6", "p1", "False", "p5"];
  const found = [...next_parts(ALL, parts, [1])].map((each) => each.slice(1).join(" "));
  assert.deepEqual(found.slice(0, 3), ["p0 p1 False p5", "p20 p1 False p5", "p-4 p1 False p5"]);
  assert.deepEqual(found.slice(3, 5), ["p6 p2 False p5", "p6 p1 True p5"]);
  assert.deepEqual(moves_of(TRY, parts), [{ 1: "p-4" }, { 1: "p-4", 2: "p1" }]);
});

test("a call names what a lab of its kind does not begin with", () => {
  const data = { function: "small_lab", controls: ALL };
  const call = call_of(data, ["saved", "p20", "p1", "False", "p9"], ["row=4"]);
  assert.equal(call, "small_lab(size=20, across=9, row=4)");
});

test("settings by name move to the values that are there, and a button's label to what it sets", () => {
  assert.deepEqual(moved_by({ size: 7, own: true, mode: 9, colour: 1 }, ALL), {
    1: "p6",
    3: "True",
  });
  assert.deepEqual(moved_by({ try: "also first", mode: 3 }, ALL), { 1: "p-4", 2: "p3" });
  assert.deepEqual(moved_by({ try: "nothing" }, ALL), {});
});

test("of what no kernel measures no time is told", () => {
  const cost = { weights: 9, biases: 0, multiply_adds: 81 };
  assert.equal(cost_text(cost, null), "9 weights · 81 multiply-adds");
  assert.equal(cost_text(cost, 0), "9 weights · 81 multiply-adds · – ms");
});

test("bytes that were not used for longest go where there is no room for all, and come again", async () => {
  const packed = [];
  for (const n of [1, 2, 3]) {
    const stream = new Blob([new Uint8Array(10).fill(n)]).stream();
    const made = await new Response(stream.pipeThrough(new CompressionStream("deflate"))).bytes();
    packed.push(made);
  }
  const index = packed.map(({ length }) => ["deflate", length, 0]);
  const all = Uint8Array.from(packed.flatMap((bytes) => [...bytes]));
  const buffers = new Buffers(index, all, null, 25);
  await buffers.load(0);
  await buffers.load(1);
  buffers.get(0);
  await buffers.load(2);
  assert.equal(buffers.get(1), undefined);
  assert.deepEqual([buffers.get(0)[0], buffers.get(2)[0], buffers.bytes], [1, 3, 20]);
  assert.deepEqual([...(await buffers.load(1))], Array(10).fill(2));
  assert.equal(buffers.bytes, 20);
});

test("the room of a picture is made for whole times the pixels that were saved", () => {
  const parts = { document: { defaultView: { devicePixelRatio: 3 } } };
  const pane = { name: "in", kind: "photo", source_height: 512, source_width: 700, room: null };
  const panes = new Map([["in", { root: null, box: null }]]);
  const wish_in = (look) => {
    const room = new Room(parts, panes, look, () => undefined);
    room.scene = { panes: [pane] };
    return room.items()[0].wish.own_width;
  };
  assert.equal(wish_in({ saved_room: 260 }), 87); // CSS pixels: three are 261 of the screen
  assert.equal(wish_in({}), 700 / 3);
});
