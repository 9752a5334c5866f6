// Where the controls and the words of a lab in the large view stand: above and below the pictures, or
// in a rail beside them - whichever leaves the smallest picture largest. Pure, in CSS pixels.
import { arrange, worth } from "./arrangement.js";

export const RAILS = [340, 378, 416]; // widths of the rail that are tried
const IN_RAIL = 0.97; // what stands above and below is the plainer one: a rail must be so much better

/**
 * All frames of a lab that fills its window, the best one first.
 *
 * lab: {width, height} inside; `header`, and `rest`, what always stands above or below the pictures;
 *   `edges`: {across, down} around them; `room`: what `arrange` wants to know besides its size;
 *   `plain`: {controls, facts, said}, the heights over the whole width;
 *   `rails`: [{rail, controls, facts, said, facts_below, said_below}]: heights in a rail of that width,
 *   and of facts (formula, code, cost) and sentence below the pictures beside it.
 *
 * Gives [{rail, controls, facts, said, width, height, arrangement, handicap, lacks}]: controls are "rail"
 * or "above", facts and said "rail" or "below"; width and height are the room of the pictures, and
 * `lacks` what a rail is too low for what stands in it.
 */
export function ranked_frames(lab, panes, look) {
  const frames = [plain_frame(lab), ...lab.rails.flatMap((rail) => railed_frames(lab, rail))];
  const plans = frames.map((frame) => {
    const room = { ...lab.room, width: frame.width, height: frame.height };
    const handicap = frame.rail ? 1 / IN_RAIL : 1;
    return { ...frame, arrangement: arrange(room, panes, look), handicap };
  });
  return plans.sort((one, other) => worth_of(other) - worth_of(one));
}

/** How good a frame is: by its smallest picture, and far less where something does not fit. */
export function worth_of({ arrangement, lacks, handicap }) {
  const { smallest, over } = arrangement;
  return worth({ smallest, over: over + lacks, handicap });
}

function plain_frame({ width, height, header, rest, edges, plain }) {
  const taken = header + rest + edges.down + plain.controls + plain.facts + plain.said;
  const room = { width: width - edges.across, height: height - taken };
  return { ...room, rail: 0, controls: "above", facts: "below", said: "below", lacks: 0 };
}

/** The frames with one rail, with controls in it or above; what does not fit into it is lacking. */
function railed_frames({ width, height, header, rest, edges, plain }, measured) {
  const { rail, controls, facts, said, facts_below, said_below } = measured;
  const places = ["rail", "below"];
  const ways = ["rail", "above"].flatMap((controls_at) =>
    places.flatMap((facts_at) => places.map((said_at) => [controls_at, facts_at, said_at])),
  );
  const empty = ([controls_at, ...words]) => controls_at === "above" && !words.includes("rail");
  return ways
    .filter((way) => !empty(way))
    .map(([controls_at, facts_at, said_at]) => {
      const above = header + (controls_at === "above" ? plain.controls : 0);
      const inside = [
        controls_at === "rail" ? controls : 0,
        facts_at === "rail" ? facts : 0,
        said_at === "rail" ? said : 0,
      ];
      const below =
        (facts_at === "below" ? facts_below : 0) + (said_at === "below" ? said_below : 0);
      return {
        width: width - rail - edges.across,
        height: height - above - rest - edges.down - below,
        rail,
        controls: controls_at,
        facts: facts_at,
        said: said_at,
        lacks: Math.max(0, inside[0] + inside[1] + inside[2] - (height - above)),
      };
    });
}
