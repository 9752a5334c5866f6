// What lesson 00 says of the keys is what the keys do.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const { STEPPER_KEYS } = await import("../../lessons_lib/widgets/stage/stepper.js");
const lesson = JSON.parse(
  readFileSync(new URL("../../notebooks/00_start_here.ipynb", import.meta.url), "utf8"),
);

/** The rows of the table that follows these words, as [first cell, second cell]. */
function table_after(words) {
  const text = lesson.cells.map(({ source }) => source.join("")).join("\n\n");
  const [, after] = text.split(words);
  assert.ok(after, `lesson 00 does not say "${words}"`);
  const lines = after.split("\n").slice(1);
  const start = lines.findIndex((line) => line.startsWith("|"));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith("|"));
  const rows = lines.slice(start + 2, end < 0 ? undefined : end);
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, 3)
      .map((cell) => cell.trim()),
  );
}

test("lesson 00 lists every key of the stepper, and what it does", () => {
  assert.deepEqual(
    table_after("go through their output step by step"),
    STEPPER_KEYS.map(({ name, does }) => [name, does]),
  );
});

test("every key of the stepper has a name and an action of its own", () => {
  for (const part of ["key", "name", "does"]) {
    const found = STEPPER_KEYS.map((each) => each[part]);
    assert.equal(new Set(found).size, found.length, part);
  }
});
