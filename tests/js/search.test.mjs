import assert from "node:assert/strict";
import test from "node:test";

const { excerpt, found_sections } = await import("../../lessons_lib/site/search.js");

const section = (heading, text) => ({ heading, text, lesson: "L", href: "#" });
const SECTIONS = [
  section("Stride", "jumps over the pixels, stride by stride"),
  section("Padding", "zeros, and what stride does to them"),
  section("Größe", "the size of the output"),
];
const headings = (asked) => found_sections(SECTIONS, asked).map(({ heading }) => heading);

test("a section with the word in its heading comes first, others after it", () => {
  assert.deepEqual(headings("stride"), ["Stride", "Padding"]);
});

test("a section has all words, in any order and case", () => {
  assert.deepEqual(headings("ZEROS stride"), ["Padding"]);
  assert.deepEqual(headings("zeros jumps"), []);
});

test("accents do not matter, and part of a word is enough", () => {
  assert.deepEqual(headings("gro"), ["Größe"]);
  assert.deepEqual(headings("grö"), ["Größe"]);
  assert.deepEqual(headings("pixe"), ["Stride"]);
});

test("nothing is found for no words", () => {
  assert.deepEqual(headings("   "), []);
});

test("no more than a dozen are shown", () => {
  const many = Array.from({ length: 40 }, (_, n) => section(`Stride ${n}`, "x"));
  assert.equal(found_sections(many, "stride").length, 12);
});

test("an excerpt is cut around the first word", () => {
  const text = `${"a ".repeat(100)}stride ${"b ".repeat(100)}`;
  const cut = excerpt(text, "stride zeros");
  assert.match(cut, /^… .*stride.* …$/);
  assert.ok(cut.length < 140);
  assert.equal(excerpt("short stride", "stride"), "short stride");
});

test("an excerpt has the word, however many letters before it have longer plain ones", () => {
  const cut = excerpt(`${"…½ ".repeat(80)}stride ${"b ".repeat(100)}`, "stride");
  assert.match(cut, /^… (½|…).*½ stride b .* …$/);
});

test("an excerpt says where the text goes on, and only there", () => {
  assert.equal(excerpt(`${"a".repeat(60)}stride${"b".repeat(60)}`, "stride").includes("… "), false);
  assert.equal(excerpt(`stride${"b".repeat(60)}`, "stride"), `stride${"b".repeat(60)}`);
  assert.equal(excerpt(`stride${"b".repeat(61)}`, "stride"), `stride${"b".repeat(60)} …`);
});

test("a word in the heading counts more than many in the text, and equals stay in order", () => {
  const many = section("Other", "stride ".repeat(30));
  const three = [many, section("Stride", ""), section("Third", "stride ".repeat(7))];
  const found = found_sections(three, "stride").map(({ heading }) => heading);
  assert.deepEqual(found, ["Stride", "Other", "Third"]);
});

test("an excerpt of the very beginning says nothing before it", () => {
  assert.match(excerpt(`${"a".repeat(61)}stride`, "stride"), /^… a/);
  assert.match(excerpt(`${"a".repeat(60)}stride`, "stride"), /^a/);
});
