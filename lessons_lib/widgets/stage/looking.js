// Looking at one pixel: the place goes to Python, and the numbers that come back are shown.
import { bounding_box, window_of } from "./links.js";
import { Microscope } from "./microscope.js";
import { tell } from "../shared/sender.js";

export class Looking {
  /** model: has the traits `pointer` and `probe`; root: the stage; panes: Map name -> Pane. */
  constructor(model, root, panes, pointing) {
    Object.assign(this, { model, root, panes, pointing, shown: null, is_mine: false });
    this.microscope = new Microscope(root, root.ownerDocument, () => this.away());
  }

  /** Ask for the numbers behind a pixel. */
  at({ pane, row, column }) {
    this.is_mine = true;
    this.point({ pane, row, column });
  }

  away() {
    this.is_mine = false;
    this.point({});
  }

  point(pointer) {
    this.model.set("pointer", pointer);
    tell(() => this.model.save_changes());
  }

  /** Whether a hand points at something, in this view or in another. */
  get is_pointed() {
    return this.model.get("pointer")?.row !== undefined;
  }

  /** Show the newest probe, unless it was made for another state or nobody points any more. */
  draw(scene, tables, ratio) {
    const probe = this.model.get("probe");
    const wanted = probe?.key === scene.key && this.is_pointed;
    if (wanted) this.microscope.show(probe, tables, ratio, this.panes, this.explained(probe));
    else if (!scene.microscopes.length || !this.is_pointed) this.microscope.hide();
    this.microscope.wait(!wanted);
    if (!wanted || this.shown === probe) return;
    this.shown = probe;
    const { key, row, column } = probe;
    const detail = { key, row, column };
    this.root.dispatchEvent(new CustomEvent("lesson-probed", { bubbles: true, detail }));
  }

  /** The pointed pixel and its windows in the sources, as places on the page. */
  explained({ pane, row, column }) {
    const cell = { channel: 0, row, column };
    const windows = this.pointing.links
      .filter(({ output }) => output === pane)
      .map((link) => [link.source, bounding_box(window_of(link, cell))]);
    return [[pane, { ...cell, height: 1, width: 1 }], ...windows]
      .filter(([name, box]) => box && this.panes.get(name)?.size)
      .map(([name, box]) => this.panes.get(name).edges_on_page(box));
  }
}
