// Pointing: one cell has the focus, and everything that belongs to it is outlined and said.
import {
  cell_count,
  padding_taps,
  partners_back,
  partners_of,
  read_cell_link,
  read_link,
  readers_of,
  spoken,
  touched_by,
  weights_of,
  window_of,
} from "./links.js";
import { held, moved } from "./layout.js";
import { number_text, write } from "../shared/words.js";

const rows_of = (boxes) =>
  boxes.flatMap(({ row, height }) => Array.from({ length: height }, (_, i) => row + i));
const columns_of = (boxes) =>
  boxes.flatMap(({ column, width }) => Array.from({ length: width }, (_, i) => column + i));

/** Every cell of a pane that has one grid. */
const whole = ({ rows, columns }) => [
  { channel: 0, row: 0, column: 0, height: rows, width: columns },
];

const listed = (words, last = "and") =>
  [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(` ${last} `);

/**
 * Boxes of a pane in words, [title, cells]: the grids where it has several, then rows and columns,
 * or samples. What is complete is not counted up: ["the whole kernel", ""], ["kernel R, G", ""].
 */
function place(boxes, { title, kind, labels, source_height, source_width }) {
  const [rows, columns] = [new Set(rows_of(boxes)), new Set(columns_of(boxes))];
  if (kind === "signal") return [title, spoken("sample", [...columns])];
  const grids = [...new Set(boxes.map(({ channel }) => channel))].sort((a, b) => a - b);
  const named = kind === "grid" && labels.length > 1 && boxes.length > 0 && !grids.includes(null);
  const names = named ? grids.map((grid) => labels[grid]).join(", ") : "";
  const complete =
    rows.size === source_height &&
    columns.size === source_width &&
    source_height * source_width > 1;
  if (complete && (!named || grids.length === labels.length)) return [`the whole ${title}`, ""];
  const cells = complete ? "" : `${spoken("row", [...rows])}, ${spoken("column", [...columns])}`;
  return [title, [names, cells].filter(Boolean).join(" ")];
}

/** Facts of one verb (or of the same cells) together: [[key, facts], ...] in their order. */
function grouped(facts, key) {
  const groups = new Map();
  for (const fact of facts) groups.set(fact[key], [...(groups.get(fact[key]) ?? []), fact]);
  return [...groups];
}

/** Facts {verb, title, cells} as one clause: each verb is said once, and so are the same cells of several panes. */
export function joined(facts) {
  return grouped(facts, "verb")
    .map(([verb, found]) => {
      const titles = (some, last) =>
        listed(
          some.map(({ title }) => title),
          last,
        );
      if (verb.endsWith(" no")) return `${verb} ${titles(found, "or")}`;
      const places = grouped(found, "cells").map(([cells, at]) => `${titles(at)} ${cells}`.trim());
      return `${verb} ${places.join(", and ")}`;
    })
    .join("; ");
}

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
    this.links = scene.links.map(read_link);
    const size = (name) => {
      const { source_height, source_width } = scene.panes.find((pane) => pane.name === name);
      return { rows: source_height, columns: source_width };
    };
    this.cell_links = (scene.cell_links ?? []).map((link) => read_cell_link(link, size));
    const [first] = this.links;
    if (!first) {
      this.focus = null;
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

  is_linked(name) {
    return (
      Boolean(name) &&
      (this.links.some(({ output, source, kernel }) => [output, source, kernel].includes(name)) ||
        this.cell_links.some(({ first, second }) => [first, second].includes(name)))
    );
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
    const text = said.length ? `${this.name_of(this.focus)} ${joined(said)}` : "";
    if (text === this.said) return;
    this.said = text;
    write(this.line, text);
  }

  /** Light what one link says of the focus, and give it as facts. */
  follow(link, light) {
    const { focus } = this;
    const said = [];
    if (focus.pane === link.output) {
      const boxes = window_of(link, focus);
      light(link.source, boxes);
      if (link.kernel) light(link.kernel, weights_of(link, focus));
      const outside = link.transposed
        ? 0
        : padding_taps(link.rows, focus.row) +
          padding_taps(link.columns, focus.column) +
          (link.channels ? padding_taps(link.channels, focus.channel) : 0);
      const verb = link.transposed ? "was painted by" : "was computed from";
      if (boxes.length || !link.transposed)
        said.push(this.fact(verb, link.source, boxes, outside ? " and padding" : ""));
      else
        said.push({ verb: "was painted by no", title: `pixel of the ${this.title(link.source)}` });
    }
    if (focus.pane === link.source) {
      const boxes = readers_of(link, focus);
      light(link.output, boxes);
      if (link.transposed && link.kernel)
        light(link.kernel, whole(this.panes.get(link.kernel).extent));
      const verb = link.transposed ? "stamps" : "is read by";
      said.push(
        boxes.length
          ? this.fact(verb, link.output, boxes)
          : { verb: `${verb} no`, title: this.title(link.output) },
      );
    }
    if (focus.pane === link.kernel) {
      const boxes = touched_by(link, focus);
      light(link.source, boxes);
      said.push(
        boxes.length
          ? this.fact("touches", link.source, boxes)
          : { verb: "touches only", title: "padding", cells: "" },
      );
    }
    return said;
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
      .map(([, to, verb, partners]) => {
        const boxes = partners(link, focus);
        light(to, boxes);
        if (!boxes.length) return { verb: `${verb} nothing in`, title: this.title(to), cells: "" };
        const count = cell_count(boxes);
        const block = count === new Set(rows_of(boxes)).size * new Set(columns_of(boxes)).size;
        return block
          ? this.fact(verb, to, boxes)
          : { verb, title: `${count} cells of ${this.title(to)}`, cells: "" };
      });
  }

  title(name) {
    return this.panes.get(name)?.pane?.title ?? name;
  }

  fact(verb, name, boxes, more = "") {
    const [title, cells] = place(
      boxes,
      this.panes.get(name)?.pane ?? { title: name, kind: "", labels: [] },
    );
    return { verb, title, cells: `${cells}${more}`.trim() };
  }

  /** The focus in words; a curve prints no numbers, so the value of a sample is said too. */
  name_of({ pane, channel, row, column }) {
    const { pane: data, values } = this.panes.get(pane);
    if (data.kind === "signal") {
      const value = values && !this.is_output(pane) ? ` (${number_text(values[column])})` : "";
      return `${data.title} ${column}${value}`;
    }
    const label =
      data.kind === "grid" && data.channels > 1 ? ` ${data.labels[channel] ?? channel}` : "";
    return `${data.title}${label} (${row}, ${column})`;
  }
}
