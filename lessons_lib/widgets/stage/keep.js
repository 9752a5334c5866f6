// Outputs that were kept: panes like the others, named by what differs from the present state.
import { make_button } from "../shared/elements.js";
import { KINDS } from "./panes/kinds.js";
import { scale_ends } from "../shared/words.js";
import { Pane } from "./panes/pane.js";

const MOST_NAMED = 3; // settings in a name

/**
 * Name states by what differs between any two of them: [{kernel: "Sobel x", seed: "seed 4"}, ...] ->
 * [["Sobel x"], ...].
 */
export function differences(states) {
  const names = [...new Set(states.flatMap((state) => Object.keys(state)))];
  const differing = names.filter((name) => new Set(states.map((state) => state[name])).size > 1);
  return states.map((state) => differing.map((name) => state[name]).filter(Boolean));
}

export class Keep {
  /** changed: called when an output was removed, or is to be shown in other colours. */
  constructor(document, changed) {
    Object.assign(this, { document, changed, kept: [], count: 0 });
  }

  /** The pane whose output would be kept: the first that may be. */
  static candidate(panes) {
    return [...panes.values()].find((pane) => pane.pane?.keepable && pane.size);
  }

  /** Keep what a pane shows now; `code` is the line that made it. */
  add(pane, scene, code) {
    this.count += 1;
    const name = `kept-${this.count}`;
    const { view, reveal } = pane.drawn;
    const entry = { name, of: pane.name, view, reveal, state: scene.state ?? {}, code, own: true };
    entry.data = { ...pane.pane, name, of: pane.name, click_sets: [], keepable: false, marked: [] };
    entry.pane = this.make(entry);
    this.kept.push(entry);
    this.changed();
  }

  make(entry) {
    const pane = new Pane(this.document, entry.name);
    pane.root.classList.add("lesson-kept");
    const button = (css, text, label, action) => {
      const made = make_button(this.document, css, pane.heading, text, label);
      made.addEventListener("click", () => {
        action(made);
        this.changed();
      });
      return made;
    };
    if (KINDS[entry.data.kind].recoloured) {
      const scale = button(
        "lesson-kept-scale",
        "◐",
        "show it in the colours of the present output",
        (made) => {
          entry.own = !entry.own;
          made.setAttribute("aria-pressed", String(!entry.own));
        },
      );
      scale.setAttribute("aria-pressed", "false");
    }
    button("lesson-remove", "✕", "remove this kept output", () => {
      this.kept = this.kept.filter((each) => each !== entry);
    });
    return pane;
  }

  clear() {
    this.kept = [];
    this.changed();
  }

  get(name) {
    return this.kept.find((entry) => entry.name === name);
  }

  /** The panes of a scene with the kept ones behind them. */
  with_kept(scene) {
    if (!this.kept.length) return scene;
    const states = [...this.kept.map(({ state }) => state), scene.state ?? {}];
    const names = differences(states);
    const kept = this.kept.map((entry, i) => this.data_of(entry, names[i], scene));
    return { ...scene, panes: [...scene.panes, ...kept] };
  }

  /** A kept pane as the scene would have it, named and in the colours that were chosen. */
  data_of(entry, named, scene) {
    const { data, code, own } = entry;
    const present = scene.panes.find(({ name }) => name === entry.of);
    const shared = !own && present ? { low: present.low, high: present.high } : {};
    const short = named.length > MOST_NAMED ? [...named.slice(0, MOST_NAMED), "…"] : named;
    const title = `kept: ${short.join(", ") || "the same settings"}`;
    const reach = data.reach ?? [data.low, data.high];
    const beyond = shared.low > reach[0] || shared.high < reach[1];
    const range = scale_ends(...reach).join(" to ");
    const clipped = data.reach && data.format === "index8"; // their colours were one
    const held = `drawn within ${scale_ends(data.low, data.high).join(" to ")} only`;
    const said = beyond ? `from ${range}, beyond these colours` : clipped && !own ? held : "";
    const note = [said, code];
    if (present && !own) shared.reach = beyond ? reach : null;
    entry.shown = { ...data, ...shared, title, note: note.filter(Boolean).join(" · ") };
    return entry.shown;
  }

  /** The bytes of a kept pane for the colours it is shown in. */
  view_of(entry) {
    const { data, shown, view } = entry;
    if (shown.low === data.low && shown.high === data.high) return view;
    const key = `${shown.low},${shown.high}`;
    if (entry.key !== key)
      Object.assign(entry, { key, recoloured: KINDS[data.kind].recoloured(view, data, shown) });
    return entry.recoloured;
  }
}
