// Outputs that are kept: which pane, how they are named and coloured, and how they go again.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { fake_page } from "./fake_page.mjs";

const { default: stage } = await import("../../lessons_lib/widgets/stage/stage.js");
const { differences } = await import("../../lessons_lib/widgets/stage/keep.js");

const floats = (...list) => new DataView(Float32Array.from(list).buffer);
const bytes = (...list) => new DataView(Uint8Array.from(list).buffer);
const table = bytes(...Array.from({ length: 1024 }, (_, i) => Math.floor(i / 4)));

const pane = (name, more) => ({
  ...{ name, title: name, role: "", kind: "grid", shape: [1, 2], slot: 0, format: "float32" },
  ...{ channels: 1, height: 1, width: 2, shown_height: 1, shown_width: 2 },
  ...{ source_height: 1, source_width: 2, table: "signed", low: -4, high: 4, note: "" },
  ...{ ring: null, outside: null, labels: [], marked: [], click_sets: [], per_row: 0 },
  ...{ keepable: false, ...more },
});
const PANES = [
  pane("output", { role: "output", slot: 0 }),
  pane("detail", { role: "output", slot: 1 }),
  pane("wanted", { keepable: true, slot: 2, kind: "map", format: "index8" }),
];
const scene_of = (seq, state, panes = PANES) => ({
  ...{
    seq,
    key: "",
    state,
    panes,
    formula: [],
    cost: null,
    sentence: "Kept.",
    error: null,
    exact: true,
  },
  ...{ microscopes: [], cell_links: [], links: [], stepper: null },
  code: [{ text: "nn.Conv2d(3, 1, 3)", role: "", style: "" }],
});

function shown(state, more = {}) {
  const page = fake_page({
    ...{ scene: scene_of(1, state), crash: "", pointer: {}, probe: {} },
    ...{ timing: { key: "", milliseconds: 0 }, tables: { signed: table } },
    ...{ pixels_0: floats(1, 2), pixels_1: floats(3, 4), pixels_2: bytes(10, 200), ...more },
  });
  page.close = stage.render({ model: page.model, el: page.element });
  page.pass_frame();
  page.keep = () => {
    page.find("lesson-keep").dispatchEvent(new Event("click"));
    page.pass_frame();
  };
  page.kept = () => page.element.querySelectorAll(".lesson-kept");
  page.titles = () => page.kept().map((each) => each.querySelector(".lesson-role").textContent);
  page.colours = (root) => [...root.querySelector(".lesson-pane-picture").drawn.at(-1)];
  return page;
}

const NOW = { kernel: "Sobel x", seed: "seed 4", stride: "stride 3" };

test("states are named by what differs between any two of them", () => {
  assert.deepEqual(differences([NOW, { ...NOW, kernel: "Sobel y" }]), [["Sobel x"], ["Sobel y"]]);
  assert.deepEqual(differences([NOW, NOW]), [[], []]);
  const third = { ...NOW, stride: "stride 5" };
  assert.deepEqual(differences([NOW, third, { ...NOW, seed: "seed 1" }]), [
    ["seed 4", "stride 3"],
    ["seed 4", "stride 5"],
    ["seed 1", "stride 3"],
  ]);
  assert.deepEqual(differences([{ a: "x" }, {}]), [["x"], []]);
});

test("the pane that says so is kept, whatever its role and name, with the bytes it had", () => {
  const page = shown(NOW);
  page.keep();
  page.tell({ scene: scene_of(2, { ...NOW, kernel: "Sobel y" }), pixels_2: bytes(30, 40) });
  page.pass_frame();
  const [kept] = page.kept();
  assert.deepEqual(page.colours(kept), [10, 10, 10, 10, 200, 200, 200, 200]);
  assert.deepEqual(page.colours(page.find("lesson-pane-wanted")).slice(0, 4), [30, 30, 30, 30]);
  assert.equal(kept.querySelector(".lesson-pane-note").textContent, "nn.Conv2d(3, 1, 3)");
  page.close();
});

test("a kept output is named by what differs from now, and follows what is now", () => {
  const page = shown(NOW);
  page.keep();
  assert.deepEqual(page.titles(), ["kept: the same settings"]);
  page.tell({ scene: scene_of(2, { ...NOW, kernel: "Sobel y" }) });
  page.pass_frame();
  assert.deepEqual(page.titles(), ["kept: Sobel x"]);
  page.keep();
  assert.deepEqual(page.titles(), ["kept: Sobel x", "kept: Sobel y"]);
  page.tell({ scene: scene_of(3, { ...NOW, seed: "seed 9", kernel: "box" }) });
  page.pass_frame();
  assert.deepEqual(page.titles(), ["kept: Sobel x, seed 4", "kept: Sobel y, seed 4"]);
  page.close();
});

test("it is shown in its own colours, or by choice in those of the present output", () => {
  const page = shown(NOW, { pixels_2: bytes(11, 200) });
  page.keep();
  const wider = PANES.map((each) => (each.keepable ? { ...each, low: -8, high: 8 } : each));
  page.tell({ scene: scene_of(2, NOW, wider), pixels_2: bytes(0, 254) });
  page.pass_frame();
  const [kept] = page.kept();
  const ends = () => kept.querySelectorAll(".lesson-range-end").map((each) => each.textContent);
  assert.deepEqual(ends(), ["−4", "+4"]);
  const button = kept.querySelector(".lesson-kept-scale");
  button.dispatchEvent(new Event("click"));
  page.pass_frame();
  assert.deepEqual(ends(), ["−8", "+8"]);
  assert.equal(button.getAttribute("aria-pressed"), "true");
  assert.deepEqual(page.colours(kept).slice(0, 4), [69, 69, 69, 69]); // 11 of ±4 is 69 of ±8
  button.dispatchEvent(new Event("click"));
  page.pass_frame();
  assert.deepEqual(page.colours(kept).slice(0, 4), [11, 11, 11, 11]);
  page.close();
});

test("values beyond the present colours are said", () => {
  const page = shown(NOW);
  page.keep();
  const narrower = PANES.map((each) => (each.keepable ? { ...each, low: -1, high: 1 } : each));
  page.tell({ scene: scene_of(2, NOW, narrower) });
  page.pass_frame();
  page.kept()[0].querySelector(".lesson-kept-scale").dispatchEvent(new Event("click"));
  page.pass_frame();
  const note = page.kept()[0].querySelector(".lesson-pane-note").textContent;
  assert.match(note, /^from −4 to \+4, beyond these colours · nn/);
  page.close();
});

const NARROW = PANES.map((each) => (each.keepable ? { ...each, reach: [-4, 9] } : each));
const note_of = (kept) => kept.querySelector(".lesson-pane-note").textContent;
const ends_of = (kept) =>
  kept.querySelectorAll(".lesson-range-end").map((each) => each.textContent);

test("an output whose numbers were beyond its colours says so when it is kept", () => {
  const page = shown(NOW, { scene: scene_of(1, NOW, NARROW) });
  page.keep();
  assert.deepEqual(ends_of(page.kept()[0]), ["−4", "+4 ▸ +9"]);
  page.close();
});

test("a scale is said in words, and with numbers beyond it its ends stand closer", () => {
  const page = shown(NOW);
  const range = page.find("lesson-pane-wanted").querySelector(".lesson-pane-range");
  assert.equal(range.getAttribute("role"), "img"); // else its words are not read out
  assert.equal(range.getAttribute("aria-label"), "colours from −4 to +4");
  assert.equal(range.classList.contains("lesson-beyond"), false);
  page.tell({ scene: scene_of(2, NOW, NARROW) });
  page.pass_frame();
  assert.match(range.getAttribute("aria-label"), /numbers from −4 to \+9, beyond them/);
  assert.equal(range.title, range.getAttribute("aria-label"));
  assert.equal(range.classList.contains("lesson-beyond"), true);
  page.close();
});

test("in wider colours it says that its numbers were drawn within the old ones", () => {
  const page = shown(NOW, { scene: scene_of(1, NOW, NARROW) });
  page.keep();
  const wider = PANES.map((each) => (each.keepable ? { ...each, low: -9, high: 9 } : each));
  page.tell({ scene: scene_of(2, NOW, wider) });
  page.pass_frame();
  const [kept] = page.kept();
  kept.querySelector(".lesson-kept-scale").dispatchEvent(new Event("click"));
  page.pass_frame();
  assert.deepEqual(ends_of(kept), ["−9", "+9"]);
  assert.match(note_of(kept), /^drawn within −4 to \+4 only · nn/);
  page.close();
});

/** The first pane that can be kept, kept with some data and shown in the colours low..high of now. */
function kept_in_colours_of_now(data, low, high) {
  const changed = (more) => PANES.map((each) => (each.keepable ? { ...each, ...more } : each));
  const page = shown(NOW, { scene: scene_of(1, NOW, changed(data)) });
  page.keep();
  page.tell({ scene: scene_of(2, NOW, changed({ low, high, reach: null })) });
  page.pass_frame();
  const [kept] = page.kept();
  kept.querySelector(".lesson-kept-scale").dispatchEvent(new Event("click"));
  page.pass_frame();
  page.close();
  return kept;
}

test("values beyond the colours of now stand at the end of the scale where they are", () => {
  const below = kept_in_colours_of_now({}, -1, 4);
  assert.deepEqual(ends_of(below), ["−4 ◂ −1", "+4"]);
  assert.match(note_of(below), /^from −4 to \+4, beyond these colours/);
  const above = kept_in_colours_of_now({}, -4, 2);
  assert.deepEqual(ends_of(above), ["−4", "+2 ▸ +4"]);
  assert.match(note_of(above), /^from −4 to \+4, beyond these colours/);
});

test("numbers that were beyond the old colours can be beyond those of now as well", () => {
  const kept = kept_in_colours_of_now({ reach: [-4, 9] }, -8, 8);
  assert.deepEqual(ends_of(kept), ["−8", "+8 ▸ +9"]);
  assert.match(note_of(kept), /^from −4 to \+9, beyond these colours/);
});

test("in colours that hold all its numbers a kept output has none beyond them", () => {
  const range = kept_in_colours_of_now({ reach: [-4, 9] }, -9, 9).querySelector(
    ".lesson-pane-range",
  );
  assert.equal(range.classList.contains("lesson-beyond"), false);
  assert.equal(range.getAttribute("aria-label"), "colours from −9 to +9");
  assert.equal(range.title, "");
});

test("an output none of whose numbers was cut says nothing of old colours", () => {
  const code = "nn.Conv2d(3, 1, 3)";
  assert.equal(note_of(kept_in_colours_of_now({}, -9, 9)), code);
  const grid = { kind: "grid", format: "float32", slot: 0, reach: [-4, 9] }; // numbers, not colours
  assert.equal(note_of(kept_in_colours_of_now(grid, -9, 9)), code);
});

test("in its own colours a kept output says nothing of others", () => {
  const page = shown(NOW, { scene: scene_of(1, NOW, NARROW) });
  page.keep();
  assert.equal(note_of(page.kept()[0]), "nn.Conv2d(3, 1, 3)");
  page.close();
});

test("a kept output goes by its own button, and all of them when the lab is reset", () => {
  const page = shown(NOW);
  for (let i = 0; i < 3; i += 1) page.keep();
  page.kept()[1].querySelector(".lesson-remove").dispatchEvent(new Event("click"));
  page.pass_frame();
  assert.equal(page.kept().length, 2);
  page.hear({ type: "reset" });
  page.pass_frame();
  assert.equal(page.kept().length, 0);
  page.close();
});

test("of several panes that can be kept the first one is", () => {
  const all = PANES.map((each) => ({ ...each, keepable: each.name !== "output" }));
  const page = shown(NOW, { scene: scene_of(1, NOW, all) });
  page.keep();
  const [kept] = page.kept();
  assert.deepEqual(kept.querySelector(".lesson-pane-picture").drawn, ["3", "4"]);
  page.close();
});

test("a lab in which nothing can be kept keeps nothing", () => {
  const none = PANES.map((each) => ({ ...each, keepable: false }));
  const page = shown(NOW, { scene: scene_of(1, NOW, none) });
  page.keep();
  assert.equal(page.kept().length, 0);
  page.close();
});

test("a kept output is named for those who cannot see it, and the name follows", () => {
  const page = shown(NOW);
  page.keep();
  page.tell({ scene: scene_of(2, { ...NOW, kernel: "Sobel y" }) });
  page.pass_frame();
  const box = page.kept()[0].querySelector(".lesson-pane-box");
  assert.equal(box.getAttribute("aria-label"), "kept: Sobel x");
  assert.equal(box.getAttribute("role"), "img");
  page.close();
});

test("another theme draws everything anew, kept outputs too", () => {
  const page = shown(NOW);
  page.keep();
  page.pass_frame();
  const pictures = page.element.querySelectorAll(".lesson-pane-picture");
  assert.equal(pictures.length, 4);
  const before = pictures.map((each) => each.drawn.length);
  page.pass_frame();
  assert.deepEqual(
    pictures.map((each) => each.drawn.length),
    before,
  );
  const [, themes] = page.observers; // the first one looks at the size
  themes.tell();
  page.pass_frame();
  for (const [i, each] of pictures.entries())
    assert.ok(each.drawn.length > before[i], `picture ${i}`);
  page.close();
});

test("titles, shapes and notes that a narrow pane clips are in their tooltips", () => {
  const long = PANES.map((each) => ({
    ...each,
    title: `a long title of ${each.name}`,
    note: "why",
  }));
  const page = shown(NOW, { scene: scene_of(1, NOW, long) });
  const root = page.find("lesson-pane-detail");
  assert.equal(root.querySelector(".lesson-role").title, "a long title of detail");
  assert.equal(root.querySelector(".lesson-pane-shape").title, "1 × 2");
  assert.equal(root.querySelector(".lesson-pane-note").title, "why");
  page.close();
});

const walking = { output: "output", biases: [], walks: "", paintings: null, operation: "sum" };

test("a stepper that is scrolled out of view stops playing", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const page = shown(NOW, { scene: { ...scene_of(1, NOW), stepper: walking } });
  const count = () => page.find("lesson-step-count").textContent;
  page.find("lesson-step-play").dispatchEvent(new Event("click"));
  mock.timers.tick(0);
  assert.equal(count(), "step 1 of 2");
  page.scroll(false);
  mock.timers.tick(9000);
  assert.equal(count(), "step 1 of 2");
  assert.equal(page.find("lesson-step-play").textContent, "▶ play");
  page.scroll(true);
  mock.timers.tick(9000);
  assert.equal(count(), "step 1 of 2"); // it does not begin again by itself
  page.close();
  mock.timers.reset();
});

test("a reset shows all steps again, closes the card and points where the lab began", () => {
  const link = {
    ...{ output: "output", source: "detail", kernel: "", channels: null, channel_taps: 0 },
    ...{ rows: new DataView(Int32Array.of(0).buffer), row_taps: 1 },
    ...{ columns: new DataView(Int32Array.of(0, 1).buffer), column_taps: 1 },
  };
  const scene = { ...scene_of(1, NOW), stepper: walking, links: [link], microscopes: ["output"] };
  const page = shown(NOW, { scene, pointer: {} });
  const box = page.find("lesson-pane-output").querySelector(".lesson-pane-box");
  page.press(box, "Home");
  assert.match(page.find("lesson-pointer").textContent, /^output \(0, 0\)/);
  assert.ok(page.find("lesson-microscope").classList.contains("lesson-pinned"));
  const probe = { key: "", pane: "output", row: 0, column: 0, title: "", labels: [], line: [] };
  page.tell({ probe: { ...probe, operation: "sum", parts: [] } });
  page.pass_frame();
  assert.ok(page.find("lesson-microscope").classList.contains("lesson-shown"));
  page.find("lesson-step-first").dispatchEvent(new Event("click"));
  page.hear({ type: "reset" });
  page.pass_frame();
  assert.equal(page.find("lesson-step-count").textContent, "all 2 shown");
  assert.ok(!page.find("lesson-microscope").classList.contains("lesson-pinned"));
  assert.deepEqual(page.saved.at(-1).pointer, {});
  page.close();
  const bare = shown(NOW, { scene: { ...scene, stepper: null } });
  bare.press(bare.find("lesson-pane-output").querySelector(".lesson-pane-box"), "Home");
  bare.hear({ type: "reset" });
  bare.pass_frame();
  assert.match(bare.find("lesson-pointer").textContent, /^output \(0, 1\)/);
  bare.close();
});
