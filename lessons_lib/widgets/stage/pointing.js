// Pointing: one cell has the focus, and everything that belongs to it is outlined and said.
import {
  cell_count,
  padding_taps,
  partners_back,
  partners_of,
  read_cell_link,
  read_link,
  readers_of,
  some_boxes,
  touched_by,
  weights_of,
  window_of,
} from "./links.js";
import { covered, joined } from "./said.js";
import { held, moved } from "./layout.js";
import { write } from "../shared/words.js";

/** Every cell of a pane that has one grid. */
const whole = ({ rows, columns }) => [
  { channel: 0, row: 0, column: 0, height: rows, width: columns },
];

export class Pointing {
  /** panes: Map name -> Pane; line: the element that says it; chosen: told when a hand points. */
  constructor(panes, line, chosen) {
    Object.assign(this, {
      panes,
      line,
      chosen,
      links: [],
      cell_links: [],
      focus: null,
      by_hand: false,
      said: "",
    });
  }

  /** Take the links of a new scene; the focus stays where the hand has put it. */
  take(scene) {
    this.scene = scene;
    this.written = scene.stepper?.output; // its numbers are written out elsewhere
    this.links = scene.links.map(read_link);
    const size = (name) => {
      const { source_height, source_width } = scene.panes.find((pane) => pane.name === name);
      return { rows: source_height, columns: source_width };
    };
    this.cell_links = (scene.cell_links ?? []).map((link) => read_cell_link(link, size));
    const [first] = this.links;
    if (!first) {
      if (!this.is_linked(this.focus?.pane)) this.focus = null;
      return;
    }
    if (!this.by_hand || !this.is_linked(this.focus?.pane)) {
      const { rows, columns } = first;
      this.focus = {
        pane: first.output,
        channel: 0,
        row: Math.floor(rows.outputs / 2),
        column: Math.floor(columns.outputs / 2),
      };
    }
  }

  /** Point where a lab points before any hand does. */
  forget() {
    Object.assign(this, { focus: null, by_hand: false });
    if (this.scene) this.take(this.scene);
  }

  /** Whether a cell of a pane can have the focus: something belongs to it, or its kind speaks for itself. */
  is_linked(name) {
    return (
      Boolean(name) &&
      (this.is_own(name) ||
        this.links.some(({ output, source, kernel }) => [output, source, kernel].includes(name)) ||
        this.cell_links.some(({ first, second }) => [first, second].includes(name)))
    );
  }

  is_own(name) {
    return Boolean(this.panes.get(name)?.own);
  }

  /** Point at a cell of a pane; true when something belongs to it. */
  point(name, cell, by_hand = true) {
    if (!cell) return false;
    if (!this.is_linked(name)) return this.say_number(name, cell);
    this.by_hand ||= by_hand;
    this.focus = { pane: name, ...cell };
    this.draw();
    if (by_hand) this.chosen(this.focus);
    return true;
  }

  /** Nothing belongs to this cell; where its number is not printed, it is said until the next drawing. */
  say_number(name, cell) {
    const pane = this.panes.get(name);
    const text = pane?.name_of(cell, true);
    if (text && text !== pane.name_of(cell, false)) this.say(text);
    return false;
  }

  say(text) {
    if (text === this.said) return;
    this.said = text;
    write(this.line, text);
  }

  /** Point at the cell of a pane that has the focus, or at its first one. */
  again(pane) {
    const at = this.focus?.pane === pane.name ? this.focus : { channel: 0, row: 0, column: 0 };
    return this.point(pane.name, { channel: at.channel, row: at.row, column: at.column });
  }

  /** Move the focus by a key; true when the key was one of ours. */
  press(pane, key, step) {
    if (!this.is_linked(pane.name)) return false;
    const from = this.focus?.pane === pane.name ? this.focus : { row: 0, column: 0 };
    const next = moved(from, key, pane.extent, step);
    return next ? this.point(pane.name, next) : false;
  }

  draw() {
    const lit = new Map([...this.panes.keys()].map((name) => [name, []]));
    const light = (name, boxes) => lit.get(name)?.push(...boxes);
    const said = [];
    const pane = this.panes.get(this.focus?.pane);
    if (pane?.pane) {
      this.focus = { pane: pane.name, ...held(this.focus, pane.extent) };
      const { channel, row, column } = this.focus;
      light(pane.name, [{ channel, row, column, height: 1, width: 1 }]);
      const what = pane.is_what?.(this.focus);
      if (what) said.push({ verb: "is", title: what, cells: "" });
      for (const link of this.links) said.push(...this.follow(link, light));
      for (const link of this.cell_links) said.push(...this.follow_cells(link, light));
    }
    for (const [name, each] of this.panes) {
      const frames = (each.pane?.marked ?? []).map(([row, column, height, width]) => ({
        channel: null,
        row,
        column,
        height,
        width,
      }));
      each.outline(lit.get(name), frames);
    }
    const named = said.length || this.is_own(this.focus?.pane) ? this.name_of(this.focus) : "";
    this.say(`${named} ${joined(said)}`.trim());
  }

  /** Light what one link says of the focus, and give it as facts. */
  follow(link, light) {
    const { pane } = this.focus;
    return [
      ...(pane === link.output ? this.sources_of(link, light) : []),
      ...(pane === link.source ? this.readers_of(link, light) : []),
      ...(pane === link.kernel ? this.touched_by(link, light) : []),
    ];
  }

  /** Which cells an output came from. */
  sources_of(link, light) {
    const { focus } = this;
    const boxes = window_of(link, focus);
    light(link.source, boxes);
    if (link.kernel) light(link.kernel, weights_of(link, focus));
    if (link.transposed && !boxes.length)
      return [{ verb: "was painted by no", title: `pixel of the ${this.title(link.source)}` }];
    const verb = link.transposed ? "was painted by" : "was computed from";
    return [
      this.fact(verb, link.source, covered(boxes), this.meets_padding(link) ? " and padding" : ""),
    ];
  }

  meets_padding({ transposed, rows, columns, channels }) {
    const { channel, row, column } = this.focus;
    if (transposed) return false;
    const taps = padding_taps(rows, row) + padding_taps(columns, column);
    return taps + (channels ? padding_taps(channels, channel) : 0) > 0;
  }

  /** Where an input goes. */
  readers_of(link, light) {
    const boxes = readers_of(link, this.focus);
    light(link.output, boxes);
    if (link.transposed && link.kernel)
      light(link.kernel, whole(this.panes.get(link.kernel).extent));
    const verb = link.transposed ? "stamps" : "is read by";
    if (!boxes.length) return [{ verb: `${verb} no`, title: this.title(link.output) }];
    return [this.fact(verb, link.output, covered(boxes))];
  }

  /** What a weight is laid on. */
  touched_by(link, light) {
    const cells = touched_by(link, this.focus);
    const boxes = some_boxes(cells);
    light(link.source, boxes);
    if (!boxes.length) return [{ verb: "touches only", title: "padding", cells: "" }];
    return [this.fact("touches", link.source, cells, "", "windows")];
  }

  /** The same for a link between single cells; a pane may be linked with itself. */
  follow_cells(link, light) {
    const { focus } = this;
    const ways = [
      [link.first, link.second, link.verb, partners_of],
      [link.second, link.first, link.reverse, partners_back],
    ];
    return ways
      .filter(([from]) => from === focus.pane)
      .map(([, to, verb, partners]) => [to, verb, partners(link, focus)])
      .filter(([to, , boxes]) => boxes.length || to !== focus.pane) // an end of a chain goes without saying
      .map(([to, verb, boxes]) => {
        light(to, link.strong ? boxes.map((box) => ({ ...box, chosen: true })) : boxes);
        if (!boxes.length) return { verb: `${verb} nothing in`, title: this.title(to), cells: "" };
        const own = this.panes.get(to)?.boxes_of(boxes);
        if (own) return { verb, title: "", cells: own };
        const cells = covered(boxes);
        const count = cell_count(boxes);
        return count === cells.rows.length * cells.columns.length
          ? this.fact(verb, to, cells)
          : { verb, title: `${count} cells of ${this.title(to)}`, cells: "" };
      });
  }

  title(name) {
    return this.panes.get(name)?.pane?.title ?? name;
  }

  fact(verb, name, found, more = "", noun = undefined) {
    const [title, cells] = this.panes.get(name).cells_of(found, noun);
    return { verb, title, cells: `${cells}${more}`.trim() };
  }

  /** The focus in words, with its number where nothing else on the page says it. */
  name_of({ pane, ...cell }) {
    return this.panes.get(pane).name_of(cell, pane !== this.written);
  }
}
