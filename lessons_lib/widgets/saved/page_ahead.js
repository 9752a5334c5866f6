// Unpacks the states that a hand may come to next, so that a move finds them in the same frame.
//
// A control's neighbouring values come first, those of the one that was moved last before all others;
// then whatever else the page holds, as long as there is room.

const LAB_BYTES = 64 * 2 ** 20; // unpacked ahead for one lab
const SLICE_MS = 12; // then the page's own work comes first,
const IDLE_WAIT_MS = 200; // but so long at most: a page that is never idle goes on all the same

/** The moves of a control, [{place: part}, ...], those nearest to where it stands first. */
export function moves_of(spec, parts) {
  if (spec.kind === "presets") return spec.buttons.map(({ sets }) => sets);
  const { place, values } = spec;
  const now = values.findIndex(({ part }) => part === parts[place]);
  const far = (value) => Math.abs(values.indexOf(value) - now);
  const others = values.filter((_, n) => n !== now);
  return others.sort((one, other) => far(one) - far(other)).map(({ part }) => ({ [place]: part }));
}

/** The parts of all keys that one move leads to, the most likely first; held: the control moved last. */
export function* next_parts(controls, parts, held) {
  const after = (move) => Object.assign([...parts], move);
  const all = controls.map((spec) => ({ spec, moves: moves_of(spec, parts) }));
  const mine = ({ spec }) => spec.kind !== "presets" && held.includes(spec.place);
  for (const { moves } of all.filter(mine)) yield* moves.map(after);
  const others = all.filter((each) => !mine(each)).map(({ moves }) => moves);
  const most = Math.max(0, ...others.map(({ length }) => length));
  for (let n = 0; n < most; n += 1) for (const moves of others) if (moves[n]) yield after(moves[n]);
}

export class PageAhead {
  /**
   * load: takes a scene, gives its bytes, [[number, view], ...]; states: gives all scenes of a lab, the
   * likely ones first; done: called when there is nothing more to unpack.
   */
  constructor({ load, states, done, view }) {
    Object.assign(this, { load, states, done, view, round: 0 });
  }

  /** Begin anew from where the lab stands now. */
  async begin() {
    this.round += 1;
    const { round } = this;
    const seen = new Set();
    let bytes = 0;
    let began = -Infinity;
    for (const saved of this.states()) {
      if (performance.now() - began > SLICE_MS) {
        await this.idle();
        began = performance.now();
      }
      if (round !== this.round) return;
      for (const [number, { byteLength }] of await this.load(saved)) {
        if (!seen.has(number)) bytes += byteLength;
        seen.add(number);
      }
      if (round !== this.round) return;
      if (bytes >= LAB_BYTES) break;
    }
    this.done();
  }

  idle() {
    const { view } = this;
    return new Promise((resolve) => {
      if (view.requestIdleCallback) view.requestIdleCallback(resolve, { timeout: IDLE_WAIT_MS });
      else view.setTimeout(resolve);
    });
  }
}
