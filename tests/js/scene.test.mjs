// The example scene that Python's tests hold equal to what Python sends.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const { read_link } = await import("../../lessons_lib/widgets/stage/links.js");
const { as_floats, as_bytes } = await import("../../lessons_lib/widgets/shared/pixels.js");
const { shape_text, cost_text } = await import("../../lessons_lib/widgets/shared/words.js");

const example = JSON.parse(
  readFileSync(new URL("../fixtures/scene.json", import.meta.url), "utf8"),
);
const bytes = ({ base64 }) => new DataView(Uint8Array.from(Buffer.from(base64, "base64")).buffer);
const { scene } = example;
const pane = (name) => scene.panes.find((each) => each.name === name);
const values = (name) => as_floats(bytes(example[`pixels_${pane(name).slot}`]));

test("every pane has the numbers that its size promises", () => {
  assert.deepEqual(
    scene.panes.map((each) => each.name),
    ["input", "padded", "output", "last"],
  );
  for (const { name, channels, height, width } of scene.panes) {
    assert.equal(values(name).length, channels * height * width);
  }
  assert.equal(shape_text(pane("padded").shape), "6 × 6");
});

test("each output is the sum of the cells of the padded matrix that its links name", () => {
  const link = scene.links.find((each) => each.output === "output" && each.source === "padded");
  const { rows, columns } = read_link({
    ...link,
    rows: bytes(link.rows),
    columns: bytes(link.columns),
  });
  const padded = values("padded");
  const output = values("output");
  assert.equal(output.length, rows.outputs * columns.outputs);
  for (let r = 0; r < rows.outputs; r += 1) {
    for (let c = 0; c < columns.outputs; c += 1) {
      let sum = 0;
      for (const i of rows.sources(r)) {
        for (const j of columns.sources(c)) sum += padded[i * pane("padded").width + j];
      }
      assert.equal(output[r * pane("output").width + c], sum);
    }
  }
});

test("the padded matrix copies the cells that its links name", () => {
  const link = scene.links.find((each) => each.output === "padded");
  const { rows, columns } = read_link({
    ...link,
    rows: bytes(link.rows),
    columns: bytes(link.columns),
  });
  const copied = (r, c) => values("input")[rows.sources(r)[0] * 4 + columns.sources(c)[0]];
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5].map((c) => copied(0, c)),
    [6, 5, 6, 7, 8, 7],
  );
});

test("the words of the scene can be drawn", () => {
  assert.equal(
    scene.code.map((term) => term.text).join(""),
    "nn.Conv2d(1, 1, kernel_size=3, padding=1, bias=False, padding_mode='reflect')",
  );
  assert.equal(scene.formula[0].at(-1).text, "4");
  assert.match(cost_text(scene.cost, 0), /^9 weights · 144 multiply-adds/);
  assert.equal(as_bytes(bytes(example.tables.count)).length, 1024);
  assert.equal(scene.error, null);
});
