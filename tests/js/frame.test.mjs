// Controls and words of the large view: above and below the pictures, or in a rail beside them.
import assert from "node:assert/strict";
import { test } from "node:test";

const { RAILS, ranked_frames, worth_of } = await import("../../lessons_lib/widgets/stage/frame.js");
const { KINDS } = await import("../../lessons_lib/widgets/stage/panes/kinds.js");

const photo = (name) => ({
  name,
  wish: KINDS.photo.wish({ source_height: 512, source_width: 512 }, 1),
});
const photos = (count) => Array.from({ length: count }, (_, n) => photo(`p${n}`));
const room = { title: 32, under: 24, beside: 150, least_name: 190, fill: true, patience: 1 };

/** A window with the heights of controls and words in it. */
function lab(width, height, { plain = {}, rail = {} } = {}) {
  const words = { facts: 180, said: 100, facts_below: 70, said_below: 60, ...rail };
  return {
    width,
    height,
    header: 59,
    rest: 30,
    edges: { across: 32, down: 24 },
    room,
    plain: { controls: 100, facts: 70, said: 60, ...plain },
    rails: RAILS.map((each) => ({ rail: each, controls: 250, ...words })),
  };
}

test("a wide window has a rail, a narrow one has none", () => {
  const [wide] = ranked_frames(lab(1278, 718), photos(2), {});
  assert.ok(wide.rail >= 340 && wide.rail <= 416);
  assert.equal(wide.controls, "rail");
  const [tall] = ranked_frames(lab(560, 1000), photos(2), {});
  assert.equal(tall.rail, 0);
});

test("where the words do not fit into the rail they stand below the pictures", () => {
  const low = lab(1278, 718, { rail: { facts: 400, said: 300 } });
  const [best] = ranked_frames(low, photos(2), {});
  assert.equal(best.lacks, 0);
  assert.ok(best.facts === "below" || best.said === "below");
});

test("controls too high for a rail stand above, and the words alone in it", () => {
  const crowded = lab(1278, 718, { rail: { facts: 200, said: 120 } });
  for (const each of crowded.rails) each.controls = 700;
  const [best] = ranked_frames(crowded, photos(3), {});
  assert.equal(best.lacks, 0);
  assert.equal(best.controls, "above");
});

test("the frames come with the best first, and no rail is chosen for next to nothing", () => {
  const frames = ranked_frames(lab(1278, 718), photos(3), {});
  const worths = frames.map(worth_of);
  assert.deepEqual(
    worths,
    [...worths].sort((one, other) => other - one),
  );
  const [best] = ranked_frames(lab(1278, 1600), photos(3), {});
  assert.equal(best.rail, 0);
});

test("a window in which nothing fits still gets a frame", () => {
  const [best] = ranked_frames(lab(400, 200), photos(3), {});
  assert.equal(best.arrangement.places.length, 3);
});
