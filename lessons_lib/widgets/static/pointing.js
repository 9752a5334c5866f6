// Pointing: one cell has the focus, and everything that belongs to it is outlined and said.
import { padding_taps, read_link, readers_of, spoken, touched_by, weights_of, window_of } from "./links.js";
import { held, moved } from "./layout.js";
import { number_text, write } from "./words.js";

const rows_of = (boxes) => boxes.flatMap(({ row, height }) => Array.from({ length: height }, (_, i) => row + i));
const columns_of = (boxes) => boxes.flatMap(({ column, width }) => Array.from({ length: width }, (_, i) => column + i));

/** Every cell of a pane that has one grid. */
const whole = ({ rows, columns }) => [{ channel: 0, row: 0, column: 0, height: rows, width: columns }];

/** Boxes of a pane in words: the grids where it has several, then rows and columns, or samples. */
function where(boxes, { kind, labels }) {
  const columns = columns_of(boxes);
  if (kind === "signal") return spoken("sample", columns);
  const grids = [...new Set(boxes.map(({ channel }) => channel))].sort((a, b) => a - b);
  const named = kind === "grid" && labels.length > 1 && boxes.length > 0 && !grids.includes(null);
  const names = named ? `${grids.map((grid) => labels[grid]).join(", ")} ` : "";
  return `${names}${spoken("row", rows_of(boxes))}, ${spoken("column", columns)}`;
}

export class Pointing {
  /** panes: Map name -> Pane; line: the element that says it; chosen: told when a hand points. */
  constructor(panes, line, chosen) {
    Object.assign(this, { panes, line, chosen, links: [], focus: null, by_hand: false, said: "" });
  }

  /** Take the links of a new scene; the focus stays where the hand has put it. */
  take(scene) {
    this.links = scene.links.map(read_link);
    const [first] = this.links;
    if (!first) { this.focus = null; return; }
    if (!this.by_hand || !this.is_linked(this.focus?.pane)) {
      const { rows, columns } = first;
      this.focus = { pane: first.output, channel: 0, row: Math.floor(rows.outputs / 2), column: Math.floor(columns.outputs / 2) };
    }
  }

  is_linked(name) {
    return this.links.some(({ output, source, kernel }) => name && [output, source, kernel].includes(name));
  }

  is_output(name) {
    return this.links.some(({ output }) => output === name);
  }

  /** Point at a cell of a pane; true when something belongs to it. */
  point(name, cell, by_hand = true) {
    if (!cell || !this.is_linked(name)) return false;
    this.by_hand ||= by_hand;
    this.focus = { pane: name, ...cell };
    this.draw();
    if (by_hand) this.chosen(this.focus);
    return true;
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
      for (const link of this.links) said.push(...this.follow(link, light));
    }
    for (const [name, each] of this.panes) {
      const frames = (each.pane?.marked ?? []).map(([row, column, height, width]) => ({ channel: null, row, column, height, width }));
      each.outline(lit.get(name), frames);
    }
    const text = said.length ? `${this.name_of(this.focus)} ${said.join("; ")}` : "";
    if (text === this.said) return;
    this.said = text;
    write(this.line, text);
  }

  /** Light what one link says of the focus, and give it in words. */
  follow(link, light) {
    const { focus } = this;
    const said = [];
    if (focus.pane === link.output) {
      const boxes = window_of(link, focus);
      light(link.source, boxes);
      if (link.kernel) light(link.kernel, weights_of(link, focus));
      const outside = link.transposed ? 0 : padding_taps(link.rows, focus.row) + padding_taps(link.columns, focus.column)
        + (link.channels ? padding_taps(link.channels, focus.channel) : 0);
      const verb = link.transposed ? "was painted by" : "was computed from";
      if (boxes.length || !link.transposed) said.push(`${verb} ${this.place(link.source, boxes)}${outside ? " and padding" : ""}`);
      else said.push("is reached by no stamp");
    }
    if (focus.pane === link.source) {
      const boxes = readers_of(link, focus);
      light(link.output, boxes);
      if (link.transposed && link.kernel) light(link.kernel, whole(this.panes.get(link.kernel).extent));
      const verb = link.transposed ? "stamps" : "is read by";
      said.push(boxes.length ? `${verb} ${this.place(link.output, boxes)}` : `is read by no ${this.title(link.output)}`);
    }
    if (focus.pane === link.kernel) {
      const boxes = touched_by(link, focus);
      light(link.source, boxes);
      said.push(boxes.length ? `touches ${this.place(link.source, boxes)}` : `touches only padding`);
    }
    return said;
  }

  title(name) {
    return this.panes.get(name)?.pane?.title ?? name;
  }

  place(name, boxes) {
    const data = this.panes.get(name)?.pane ?? { kind: "", labels: [] };
    return `${this.title(name)} ${where(boxes, data)}`;
  }

  /** The focus in words; a curve prints no numbers, so the value of a sample is said too. */
  name_of({ pane, channel, row, column }) {
    const { pane: data, values } = this.panes.get(pane);
    if (data.kind === "signal") {
      const value = values && !this.is_output(pane) ? ` (${number_text(values[column])})` : "";
      return `${data.title} ${column}${value}`;
    }
    const label = data.kind === "grid" && data.channels > 1 ? ` ${data.labels[channel] ?? channel}` : "";
    return `${data.title}${label} (${row}, ${column})`;
  }
}
