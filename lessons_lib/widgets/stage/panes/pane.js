// One pane: a title, a box with the picture and its outlines, the range of its colours, a note.
import { as_bytes, digest } from "../../shared/pixels.js";
import { Legend } from "../legend.js";
import { make } from "../../shared/elements.js";
import { KINDS } from "./kinds.js";
import { number_text, scale_ends, scale_words, shape_text, write } from "../../shared/words.js";

const MANY_WIRES = 100; // so many strong ones would be one surface
const LEAST = { window: 4, chosen: 4, frame: 12 }; // CSS pixels: smaller outlines would not be seen

/** A colour table's first 255 colours as a CSS gradient. */
export function gradient(colours) {
  const stops = Array.from({ length: 9 }, (_, i) => {
    const at = 4 * Math.round((i * 254) / 8);
    return `rgb(${colours[at]},${colours[at + 1]},${colours[at + 2]})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

/** 0.331 -> "33 %", 0.042 -> "4.2 %": how much of its size a reduced picture has. */
export function percent(part) {
  const value = 100 * part;
  return `${value >= 10 ? Math.round(value) : value.toFixed(1)} %`;
}

export class Pane {
  constructor(document, name) {
    this.name = name;
    this.document = document;
    this.root = make(document, "figure", `lesson-pane lesson-pane-${name}`);
    this.heading = make(document, "figcaption", "lesson-pane-title", this.root);
    this.title = make(document, "strong", "lesson-role", this.heading);
    this.shape = make(document, "span", "lesson-pane-shape", this.heading);
    this.box = make(document, "div", "lesson-pane-box", this.root);
    this.canvas = make(document, "canvas", "lesson-pane-picture", this.box);
    this.make_overlay();
    const under = make(document, "div", "lesson-pane-under", this.root);
    this.range = make(document, "div", "lesson-pane-range", under);
    this.range.setAttribute("role", "img"); // its words are its label
    this.low = make(document, "span", "lesson-range-end", this.range);
    this.ramp = make(document, "span", "lesson-range-ramp", this.range);
    this.high = make(document, "span", "lesson-range-end", this.range);
    this.legend = new Legend(document, under);
    this.note = make(document, "div", "lesson-pane-note", under);
    this.drawn = {};
    this.outlined = "";
  }

  /** Outlines are drawn twice, dark and light, so that they show on any grey. */
  make_overlay() {
    const svg = (tag, css, parent) => {
      const element = this.document.createElementNS("http://www.w3.org/2000/svg", tag);
      element.setAttribute("class", css);
      parent.append(element);
      return element;
    };
    this.overlay = svg("svg", "lesson-pane-overlay", this.box);
    this.overlay.setAttribute("aria-hidden", "true");
    this.overlay.style.display = "none"; // until something is outlined
    this.wires = svg("path", "lesson-strong", this.overlay);
    this.paths = {};
    for (const name of ["frame", "window", "chosen"])
      this.paths[name] = ["dark", "light"].map((shade) =>
        svg("path", `lesson-${name}-${shade}`, this.overlay),
      );
  }

  get kind() {
    return KINDS[this.pane.kind];
  }

  /** Take a pane of the scene and its bytes; `reveal` is how many cells or samples are shown. */
  update(pane, view, table, box, ratio, reveal = Infinity) {
    this.take_kind(pane);
    this.draw_range(pane, table);
    this.legend.draw(pane.legend ?? [], table && as_bytes(table));
    const look = look_of(pane, box, ratio, reveal);
    if (view?.byteLength && (this.drawn.view !== view || this.drawn.look !== look)) {
      this.drawn = { view, look, reveal };
      this.outlined = "";
      const numbers = this.kind.read(view);
      const style = () => getComputedStyle(this.title);
      if (this.kind.is_complete(numbers, pane))
        this.draw(pane, numbers, { table, box, ratio, reveal, style });
    }
    this.say(pane);
  }

  draw(pane, numbers, look) {
    this.values = numbers;
    const { layout, printed = null, shown } = this.kind.draw(this.canvas, pane, numbers, look);
    Object.assign(this, { layout, printed, shown });
    const { height, width } = layout;
    this.size = { height, width, ratio: look.ratio };
    for (const element of [this.canvas, this.overlay]) {
      element.style.width = `${width / look.ratio}px`;
      element.style.height = `${height / look.ratio}px`;
    }
    this.canvas.dataset.widest = printed ? printed.widest.toFixed(2) : ""; // number, in cells
  }

  /** A pane may change its kind, such as from a curve to numbers. */
  take_kind(pane) {
    const before = this.pane ? this.kind.css : "";
    this.pane = pane;
    if (before !== this.kind.css) {
      if (before) this.root.classList.remove(before);
      if (this.kind.css) this.root.classList.add(this.kind.css);
    }
    if (this.role === pane.role) return;
    this.role = pane.role;
    this.title.className = `lesson-role lesson-role-${pane.role}`;
    this.overlay.setAttribute("class", `lesson-pane-overlay lesson-role-${pane.role}`);
  }

  /** Title, shape and note; what is cut off by a narrow pane is in its tooltip. */
  say(pane) {
    const { shown_height } = this.shown ?? pane;
    const reduced = shown_height < pane.source_height;
    const shown = `at ${percent(shown_height / pane.source_height)}`;
    const note = [pane.note, reduced ? shown : ""].filter(Boolean).join(" · ");
    const texts = [
      [this.title, pane.title],
      [this.shape, this.kind.says.shape ? shape_text(pane.shape) : ""],
      [this.note, note],
    ];
    for (const [element, text] of texts) {
      if (element.textContent === text) continue;
      write(element, text);
      element.title = text;
    }
  }

  /** Say what the box shows, and whether a cell in it can be pointed at. */
  offer(active, title) {
    const keys = this.kind.says.keys(this.pane);
    const label = active ? `${title}; ${keys}` : title;
    if (this.label === label) return;
    this.label = label;
    this.box.tabIndex = active ? 0 : -1;
    this.box.setAttribute("role", active ? "application" : "img");
    this.box.setAttribute("aria-label", label);
    this.box.classList.toggle("lesson-active", active);
  }

  /** Draw anew at the next update, though nothing may have changed. */
  forget() {
    this.drawn = {};
  }

  draw_range(pane, table) {
    const has_range = this.kind.says.range && Boolean(table);
    const key = has_range ? [pane.low, pane.high, pane.table, pane.reach].join() : "";
    if (this.range_key === key) return;
    this.range_key = key;
    this.range.style.display = has_range ? "" : "none";
    if (!has_range) return;
    const [low, high] = scale_ends(pane.low, pane.high, pane.reach);
    write(this.low, low);
    write(this.high, high);
    const words = scale_words(pane.low, pane.high, pane.reach);
    this.range.setAttribute("aria-label", words);
    this.range.classList.toggle("lesson-beyond", Boolean(pane.reach));
    this.range.title = pane.reach ? words : "";
    if (this.ramp_table === pane.table) return;
    this.ramp_table = pane.table;
    this.ramp.style.background = gradient(as_bytes(table));
  }

  /** The true cell under a pointer event, or null. */
  cell_under(event) {
    if (!this.size) return null;
    const corner = this.canvas.getBoundingClientRect();
    const factor = this.size.width / corner.width;
    const [x, y] = [event.clientX - corner.left, event.clientY - corner.top];
    return this.kind.cell_at(x * factor, y * factor, this.layout, this.pane);
  }

  /** Whether its cells can be pointed at though nothing belongs to them. */
  get own() {
    return Boolean(this.pane) && this.kind.own;
  }

  get extent() {
    return this.kind.extent(this.pane);
  }

  /** A cell in words, with its number where `with_value` and it is not printed. */
  name_of(cell, with_value) {
    const name = this.kind.says.name(cell, this.pane, this.values);
    const value = this.kind.says.value(cell, this.pane, this.values, Boolean(this.printed));
    if (!with_value || value === undefined) return name;
    return `${name} (${typeof value === "string" ? value : number_text(value)})`;
  }

  /** What a cell is, in words that follow "is", where its kind has words for that. */
  is_what(cell) {
    return this.values ? this.kind.says.is?.(cell, this.pane, this.values) : undefined;
  }

  /** [title, cells]: the cells {channels, rows, columns} in words. */
  cells_of(cells, noun) {
    return this.kind.says.cells(cells, this.pane, noun);
  }

  /** Lit boxes in words, where the kind has words of its own for them. */
  boxes_of(boxes) {
    return this.kind.says.boxes?.(boxes, this.pane, this.values);
  }

  /** Outline boxes of true cells {channel, row, column, height, width, chosen}; frames are dashed. */
  outline(windows, frames = []) {
    if (!this.size) return;
    const key = JSON.stringify([windows, frames]);
    if (key === this.outlined) return;
    this.outlined = key;
    const chosen = windows.filter((box) => box.chosen);
    const window = windows.filter((box) => !box.chosen);
    const strong = this.kind.strokes?.(windows, this.layout) ?? [];
    // An empty sheet over the picture costs the browser a third of every frame.
    this.overlay.style.display = windows.length + frames.length ? "" : "none";
    for (const [name, boxes] of Object.entries({ window, chosen, frame: frames })) {
      const d = boxes.map((box) => this.path_of(box, LEAST[name])).join("");
      for (const path of this.paths[name]) trace(path, d);
    }
    this.wires.classList.toggle("lesson-many", strong.length > MANY_WIRES);
    trace(this.wires, strong.map((each) => line(each, this.size.ratio)).join(""));
  }

  /** A box as an SVG path in CSS pixels, never too small to be seen. */
  path_of(box, least) {
    const { ratio } = this.size;
    const found = this.kind.outline(box, this.layout, this.pane);
    return found.map((each) => rectangle(each, ratio, least)).join("");
  }

  /** Where all that is drawn stands on the page, the ends of the scale included. */
  get edges() {
    const { left, top, right, bottom } = this.canvas.getBoundingClientRect();
    const scale = this.range_key ? this.high.getBoundingClientRect().right : 0;
    return { left, top, right: Math.max(right, scale), bottom };
  }

  /** Where a box of true cells stands on the page, {left, top, right, bottom} in CSS pixels. */
  edges_on_page(box) {
    const { left, top, width } = this.canvas.getBoundingClientRect();
    const unit = width / this.size.width;
    const found = this.kind.outline(box, this.layout, this.pane)[0];
    return {
      left: left + found.x * unit,
      top: top + found.y * unit,
      right: left + (found.x + found.width) * unit,
      bottom: top + (found.y + found.height) * unit,
    };
  }

  fingerprint() {
    const { width, height } = this.canvas;
    if (!width || !height) return 0;
    return digest(this.canvas.getContext("2d").getImageData(0, 0, width, height).data);
  }
}

/** Everything but its bytes that a picture hangs on. */
function look_of(pane, box, ratio, reveal) {
  const { kind, low, high, table, ring, outside, labels, across, per_row, axes } = pane;
  const marks = outside && as_bytes(outside);
  const tables = [pane.wires, pane.groups].map((view) => view && digest(as_bytes(view)));
  const drawn = [
    table,
    ring,
    marks,
    labels,
    pane.marked.join(),
    across,
    per_row,
    JSON.stringify(axes),
    tables,
  ];
  return [kind, box, ratio, low, high, ...drawn, reveal].join();
}

/** Let a path run along `d`; the browser lays it out again even where it stays as it is. */
function trace(path, d) {
  if ((path.getAttribute("d") ?? "") !== d) path.setAttribute("d", d);
}

function line({ x1, y1, x2, y2 }, ratio) {
  const at = (x, y) => `${(x / ratio).toFixed(1)} ${(y / ratio).toFixed(1)}`;
  return `M${at(x1, y1)}L${at(x2, y2)}`;
}

function rectangle({ x, y, width, height }, ratio, least) {
  const wide = Math.max(width / ratio, least);
  const high = Math.max(height / ratio, least);
  const left = (x + width / 2) / ratio - wide / 2;
  const top = (y + height / 2) / ratio - high / 2;
  return `M${left.toFixed(1)} ${top.toFixed(1)}h${wide.toFixed(1)}v${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
}
