// What is done with the numbers under a window, written out: sum, mean and max.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { adds_up, factors, OPERATIONS, written_terms } = await import(
  "../../lessons_lib/widgets/stage/operations.js"
);
const { read_link } = await import("../../lessons_lib/widgets/stage/links.js");
const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");

const read = (name) =>
  JSON.parse(readFileSync(new URL(`../fixtures/${name}`, import.meta.url), "utf8"));
const text = (terms) => terms.map((each) => each.text).join("");
const values = (...list) => list.map((value) => ({ value, outside: false }));
const ints = (...list) => new DataView(Int32Array.from(list).buffer);
const floats = (...list) => new DataView(Float32Array.from(list).buffer);

test("every operation says the same things of itself", () => {
  const keys = Object.keys(OPERATIONS.sum).sort();
  for (const [name, operation] of Object.entries(OPERATIONS)) {
    assert.deepEqual(Object.keys(operation).sort(), keys, name);
    assert.equal(operation.combine([3]), 3, name);
  }
});

test("the rule for = and ≈ is that of Python", () => {
  const examples = read("sums.json");
  assert.ok(examples.length > 5);
  for (const { addends, total, digits, closes } of examples)
    assert.equal(adds_up(addends, total, digits), closes, JSON.stringify(addends));
});

test("a mean is written as a sum divided by how many there are", () => {
  assert.equal(
    text(written_terms(values(1, 2, 3, 5), 2.75, { operation: "mean" })),
    "(1 + 2 + 3 + 5) / 4 = 2.75",
  );
  assert.equal(
    text(written_terms(values(1, 1, 0), 2 / 3, { operation: "mean" })),
    "(1 + 1 + 0) / 3 ≈ 0.67",
  );
});

test("a maximum is written with its winner marked, the first of equal ones", () => {
  const terms = written_terms(values(2, -7, 5, 5), 5, { operation: "max" });
  assert.equal(text(terms), "max(2, (−7), 5, 5) = 5");
  const marked = terms.map(({ style }, i) => (style === "winner" ? i : -1)).filter((i) => i >= 0);
  assert.deepEqual(
    marked.map((i) => terms[i].text),
    ["5"],
  );
  assert.equal(terms[marked[0] + 2].text, "5"); // the other one comes later, unmarked
});

test("padding never wins a maximum, and is said to be padding", () => {
  const numbers = [{ value: -Infinity, outside: true }, ...values(-3)];
  const terms = written_terms(numbers, -3, { operation: "max" });
  assert.equal(text(terms), "max((−∞), (−3)) = −3");
  assert.equal(terms.find(({ text: each }) => each === "(−∞)").role, "padding");
  assert.equal(terms.find(({ style }) => style === "winner").text, "(−3)");
});

test("what is not finite wins a maximum as it does in torch", () => {
  const terms = written_terms(values(1, NaN), NaN, { operation: "max" });
  assert.match(text(terms), /= NaN$/);
  assert.equal(terms.find(({ style }) => style === "winner").text, "NaN");
});

test("as many digits are printed as it takes to round nothing, up to four", () => {
  const product = (value, weight) => [{ value, weight, outside: false }];
  assert.equal(text(written_terms(product(0.125, 3), 0.375)), "0.125·3 = 0.375");
  assert.equal(text(written_terms(product(0.3, 0.3), 0.09)), "0.30·0.30 = 0.09");
  assert.equal(text(written_terms(product(1 / 3, 1 / 7), 1 / 21)), "0.33·0.14 ≈ 0.05");
});

test("weighted scores carry their own words and colours", () => {
  const numbers = [
    { value: 2, weight: 3, outside: false },
    { value: 1, weight: -1, outside: false },
  ];
  const how = { bias: 4, bias_label: "offset", roles: ["output", "kernel"] };
  const terms = written_terms(numbers, 9, how);
  assert.equal(text(terms), "2·3 + 1·(−1) + 4 (offset) = 6 + (−1) + 4 = 9");
  assert.equal(terms[0].role, "output");
});

// Pooling of 2 with a stride of 2, one cell beyond at the left: [-1, 0], [1, 2].
const link_data = {
  output: "output",
  source: "input",
  kernel: "",
  shared_kernel: false,
  transposed: false,
  channels: null,
  channel_taps: 0,
  rows: ints(0),
  row_taps: 1,
  columns: ints(-1, 0, 1, 2),
  column_taps: 2,
};

test("taps beyond the source count as the operation has it, or not at all", () => {
  const link = read_link(link_data);
  const input = { pane: { width: 3, height: 1 }, values: [4, 8, 6] };
  const under = (column, beyond) =>
    factors(link, { channel: 0, row: 0, column }, input, null, { beyond }).map(
      ({ value }) => value,
    );
  assert.deepEqual(under(0, OPERATIONS.mean.outside), [0, 4]);
  assert.deepEqual(under(0, OPERATIONS.max.outside), [-Infinity, 4]);
  assert.deepEqual(under(0, null), [4]);
  assert.deepEqual(under(1, 0), [8, 6]);
});

test("what lies beyond the padding never counts, whatever the operation does outside", () => {
  const link = read_link({ ...link_data, columns: ints(-1, 2, 2, -2) });
  const input = { pane: { width: 3, height: 1 }, values: [4, 8, 6] };
  const under = (column, beyond) =>
    factors(link, { channel: 0, row: 0, column }, input, null, { beyond }).map(
      ({ value, outside }) => [value, outside],
    );
  for (const beyond of [0, -Infinity, null]) assert.deepEqual(under(1, beyond), [[6, false]]);
  assert.deepEqual(under(0, 0), [
    [0, true],
    [6, false],
  ]);
  const [last] = [under(1, 0)].map((numbers) => numbers.map(([value]) => ({ value })));
  assert.equal(text(written_terms(last, 6, { operation: "mean" })), "(6) / 1 = 6");
});

// Every cell of a grid of 4 x 5 by itself.
const whole = read_link({
  ...link_data,
  ...{ rows: ints(0, 1, 2, 3), columns: ints(0, 1, 2, 3, 4), column_taps: 1 },
});

/** The cells [row, column] that are told to lie outside, and those that are left where outside does not count. */
function told_outside(pane) {
  const source = { pane: { width: 5, height: 4, ...pane }, values: [...Array(20).keys()] };
  const [outside, counted] = [[], []];
  for (let row = 0; row < 4; row += 1)
    for (let column = 0; column < 5; column += 1) {
      const cell = { channel: 0, row, column };
      if (factors(whole, cell, source, null)[0].outside) outside.push([row, column]);
      if (factors(whole, cell, source, null, { beyond: null }).length) counted.push([row, column]);
    }
  return { outside, counted };
}

test("padding that a pane draws as a ring is outside, and left out where that does not count", () => {
  const { outside, counted } = told_outside({ ring: [1, 2, 2, 1] });
  assert.deepEqual(counted, [
    [1, 2],
    [2, 2],
  ]);
  assert.equal(outside.length, 18);
});

test("cells that a pane names as drawn apart are outside", () => {
  const apart = new Uint8Array(20);
  apart[7] = 1;
  const { outside, counted } = told_outside({ outside: new DataView(apart.buffer) });
  assert.deepEqual(outside, [[1, 2]]);
  assert.equal(counted.length, 19);
});

test("each channel of a pooling reads the grid of its own", () => {
  const link = read_link({ ...link_data, channels: ints(0, 1), channel_taps: 1 });
  const input = { pane: { width: 3, height: 1 }, values: [4, 8, 6, 1, 2, 3] };
  const under = (channel) =>
    factors(link, { channel, row: 0, column: 1 }, input, null).map(({ value }) => value);
  assert.deepEqual(
    [under(0), under(1)],
    [
      [8, 6],
      [2, 3],
    ],
  );
});

const grid = (name, role, width, slot) => ({
  ...{ name, title: name, role, kind: "grid", shape: [1, width], slot, format: "float32" },
  ...{ channels: 1, height: 1, width, shown_height: 1, shown_width: width },
  ...{ source_height: 1, source_width: width, table: "signed", low: -9, high: 9, note: "" },
  ...{ ring: null, outside: null, labels: [], marked: [], click_sets: [], per_row: 0 },
});

function pooled(operation, result, more = {}, cell_links = []) {
  const scene = {
    ...{ seq: 1, formula: [], code: [], cost: null, sentence: "Pooled.", error: null, exact: true },
    ...{ microscopes: [], cell_links, links: [link_data] },
    panes: [grid("input", "input", 3, 0), grid("output", "output", 2, 1)],
    stepper: { output: "output", biases: [], walks: "", paintings: null, operation, ...more },
  };
  const traits = {
    ...{ scene, crash: "", pointer: {}, probe: {}, timing: { key: "", milliseconds: 0 } },
    tables: { signed: new DataView(new ArrayBuffer(1024)) },
    ...{ pixels_0: floats(4, 8, 6), pixels_1: floats(...result) },
  };
  const page = fake_page(traits, { pane_width: 400 });
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  return page;
}

test("a stepper without a kernel writes out what is done to the pixels themselves", () => {
  const said = (page, count) => {
    page.find("lesson-step-first").dispatchEvent(new Event("click"));
    for (let i = 0; i < count; i += 1)
      page.find("lesson-step-next").dispatchEvent(new Event("click"));
    page.pass_frame();
    const written = page.find("lesson-written").textContent;
    page.close();
    return written;
  };
  assert.equal(said(pooled("max", [4, 8]), 1), "output (0, 0):  max((−∞), 4) = 4");
  assert.equal(said(pooled("max", [4, 8]), 2), "output (0, 1):  max(8, 6) = 8");
  assert.equal(said(pooled("mean", [2, 7]), 1), "output (0, 0):  (0 + 4) / 2 = 2");
  const without = pooled("mean", [4, 7], { counts_outside: false });
  assert.equal(said(without, 1), "output (0, 0):  (4) / 1 = 4");
});

test("what stands out in a window is framed more strongly than the window", () => {
  const winners = {
    ...{ first: "output", second: "input", cells: ints(0, 1), partners: 1 },
    ...{ verb: "took its number from", reverse: "is the largest for" },
  };
  const framed = (strong) => {
    const page = pooled("max", [4, 8], {}, [{ ...winners, strong }]);
    page.pass_frame();
    const input = page.find("lesson-pane-input");
    const boxes = (name) =>
      (input.querySelector(`.lesson-${name}-light`).getAttribute("d") ?? "").split("M").length - 1;
    const found = [boxes("window"), boxes("chosen")];
    page.close();
    return found;
  };
  assert.deepEqual(framed(true), [1, 1]); // the window, and the winner in it
  assert.deepEqual(framed(false), [2, 0]);
});

test("the winner is marked on the page", () => {
  const page = pooled("max", [4, 8]);
  const marked = page.find("lesson-written").querySelectorAll(".lesson-winner");
  assert.deepEqual(
    marked.map((each) => each.textContent),
    ["8"],
  );
  page.close();
});
