// One pane: a title, a box with the picture and its outlines, the range of its colours, a note.
import {
  as_bytes,
  as_floats,
  digest,
  packed_table,
  paint_indices,
  paint_rgb,
} from "../../shared/pixels.js";
import { make } from "../../shared/elements.js";
import { draw_grids } from "./grid.js";
import { cell_at, grid_cell_at, grid_corner, grid_layout, whole_scale } from "../layout.js";
import { draw_signal, sample_at, signal_layout } from "./signal.js";
import { number_text, shape_text, write } from "../../shared/words.js";

/** A colour table's first 255 colours as a CSS gradient. */
export function gradient(colours) {
  const stops = Array.from({ length: 9 }, (_, i) => {
    const at = 4 * Math.round((i * 254) / 8);
    return `rgb(${colours[at]},${colours[at + 1]},${colours[at + 2]})`;
  });
  return `linear-gradient(to right, ${stops.join(", ")})`;
}

export class Pane {
  constructor(document, name) {
    this.name = name;
    this.document = document;
    const svg = (tag, parent) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      parent.append(element);
      return element;
    };
    this.root = make(document, "figure", `lesson-pane lesson-pane-${name}`);
    this.heading = make(document, "figcaption", "lesson-pane-title", this.root);
    this.title = make(document, "strong", "lesson-role", this.heading);
    this.shape = make(document, "span", "lesson-pane-shape", this.heading);
    this.box = make(document, "div", "lesson-pane-box", this.root);
    this.canvas = make(document, "canvas", "lesson-pane-picture", this.box);
    this.overlay = svg("svg", this.box);
    this.overlay.setAttribute("class", "lesson-pane-overlay");
    this.overlay.setAttribute("aria-hidden", "true");
    this.frames = { dark: svg("path", this.overlay), light: svg("path", this.overlay) };
    this.windows = { dark: svg("path", this.overlay), light: svg("path", this.overlay) };
    for (const [name, { dark, light }] of Object.entries({
      frame: this.frames,
      window: this.windows,
    })) {
      dark.setAttribute("class", `lesson-${name}-dark`);
      light.setAttribute("class", `lesson-${name}-light`);
    }
    this.range = make(document, "div", "lesson-pane-range", this.root);
    this.low = make(document, "span", "lesson-range-end", this.range);
    this.ramp = make(document, "span", "lesson-range-ramp", this.range);
    this.high = make(document, "span", "lesson-range-end", this.range);
    this.note = make(document, "div", "lesson-pane-note", this.root);
    this.drawn = {};
    this.outlined = "";
  }

  /** Take a pane of the scene and its bytes; `reveal` is how many cells or samples are shown. */
  update(pane, view, table, box, ratio, reveal = Infinity) {
    this.pane = pane;
    this.set_text(this.title, pane.title);
    this.set_text(this.shape, shape_text(pane.shape));
    this.title.className = `lesson-role lesson-role-${pane.role}`;
    this.root.classList.toggle("lesson-signal", pane.kind === "signal");
    const reduced = !this.is_drawn_by_number && pane.shown_height < pane.source_height;
    const shown = `shown reduced to ${pane.shown_height} × ${pane.shown_width}`;
    this.set_text(this.note, [pane.note, reduced ? shown : ""].filter(Boolean).join(" · "));
    this.draw_range(pane, table);
    const look = [
      pane.kind,
      box,
      ratio,
      pane.low,
      pane.high,
      pane.table,
      pane.ring,
      pane.outside && as_bytes(pane.outside),
      pane.labels,
      reveal,
    ].join();
    if (!view?.byteLength || (this.drawn.view === view && this.drawn.look === look)) return;
    this.drawn = { view, look };
    this.outlined = "";
    if (pane.kind === "grid") this.draw_grid(pane, as_floats(view), table, box, ratio, reveal);
    else if (pane.kind === "signal") this.draw_curve(pane, as_floats(view), box, ratio, reveal);
    else this.draw_picture(pane, as_bytes(view), table, box, ratio);
  }

  /** Draw anew at the next update, though nothing may have changed. */
  forget() {
    this.drawn = {};
  }

  set_text(element, text) {
    if (element.textContent !== text) write(element, text);
  }

  place(height, width, ratio) {
    this.size = { height, width, ratio };
    for (const element of [this.canvas, this.overlay]) {
      element.style.width = `${width / ratio}px`;
      element.style.height = `${height / ratio}px`;
    }
  }

  draw_picture(pane, bytes, table, [box_height, box_width], ratio) {
    const { height, width, shown_height, shown_width } = pane;
    if (bytes.length !== height * width * (pane.format === "rgb8" ? 3 : 1)) return;
    const scale = whole_scale(shown_height, shown_width, box_height, box_width);
    this.place(shown_height * scale, shown_width * scale, ratio);
    this.canvas.classList.toggle("lesson-coarse", height < shown_height);
    if (this.canvas.width !== width || this.canvas.height !== height || !this.image) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = new ImageData(width, height);
    }
    if (pane.format === "rgb8") paint_rgb(bytes, this.image.data);
    else paint_indices(bytes, packed_table(table), this.image.data);
    this.canvas.getContext("2d").putImageData(this.image, 0, 0);
  }

  draw_grid(pane, values, table, box, ratio, reveal) {
    this.values = values;
    this.layout = grid_layout(pane, box, ratio);
    this.image = null;
    this.place(this.layout.height, this.layout.width, ratio);
    const ink = getComputedStyle(this.root).getPropertyValue("--jp-ui-font-color1") || "#222";
    const outside = pane.outside && as_bytes(pane.outside);
    draw_grids(this.canvas, { ...pane, outside }, values, this.layout, table, {
      ratio,
      ink,
      reveal,
    });
  }

  draw_curve(pane, values, box, ratio, reveal) {
    this.values = values;
    const style = getComputedStyle(this.title);
    const font = 0.86 * ratio * (parseFloat(style.fontSize) || 14);
    this.layout = signal_layout(pane, box, ratio, font);
    this.image = null;
    this.place(this.layout.height, this.layout.width, ratio);
    const ink = style.getPropertyValue("--jp-ui-font-color1") || "#222";
    const colour = style.getPropertyValue("--lesson-role") || ink;
    this.overlay.style.setProperty("--lesson-role", colour);
    draw_signal(this.canvas, pane, values, this.layout, { ratio, ink, colour, reveal });
  }

  draw_range(pane, table) {
    const has_range = !["photo", "signal"].includes(pane.kind) && Boolean(table);
    const key = has_range ? `${pane.low},${pane.high},${pane.table}` : "";
    if (this.range_key === key) return;
    this.range_key = key;
    this.range.style.visibility = has_range ? "visible" : "hidden";
    if (!has_range) return;
    write(this.low, number_text(pane.low));
    write(this.high, (pane.low < 0 ? "+" : "") + number_text(pane.high));
    if (this.ramp_table === pane.table) return;
    this.ramp_table = pane.table;
    this.ramp.style.background = gradient(as_bytes(table));
  }

  /** Whether the page itself draws each number: then nothing is ever reduced. */
  get is_drawn_by_number() {
    return this.pane.kind === "grid" || this.pane.kind === "signal";
  }

  /** The true cell under a pointer event, or null. */
  cell_under(event) {
    if (!this.size) return null;
    const corner = this.canvas.getBoundingClientRect();
    const x = event.clientX - corner.left;
    const y = event.clientY - corner.top;
    const { height, width } = corner;
    if (!this.is_drawn_by_number) {
      return cell_at(x, y, this.pane.source_height, this.pane.source_width, height, width);
    }
    const factor = this.size.width / width;
    const find = this.pane.kind === "grid" ? grid_cell_at : sample_at;
    return find(x * factor, y * factor, this.layout, this.pane);
  }

  /** How many cells the arrow keys can reach: a grid's own, or the true ones of a photo. */
  get extent() {
    const { kind, channels, source_height, source_width } = this.pane;
    return { channels: kind === "grid" ? channels : 1, rows: source_height, columns: source_width };
  }

  /** Outline boxes of true cells {channel, row, column, height, width}; frames are dashed. */
  outline(windows, frames = []) {
    if (!this.size) return;
    const key = JSON.stringify([windows, frames]);
    if (key === this.outlined) return;
    this.outlined = key;
    const path = (list, least) => list.map((each) => this.path_of(each, least)).join("");
    for (const [{ dark, light }, d] of [
      [this.windows, path(windows, 4)],
      [this.frames, path(frames, 12)],
    ]) {
      dark.setAttribute("d", d);
      light.setAttribute("d", d);
    }
  }

  /** A box as an SVG path in CSS pixels, in every grid where it names none, never too small to be seen. */
  path_of(box, least) {
    const { ratio, height, width } = this.size;
    if (this.pane.kind === "signal") {
      return rectangle(
        { ...box, row: 0, height: 1 },
        [this.layout.margin / ratio, 0],
        height / ratio,
        this.layout.unit / ratio,
        least,
      );
    }
    if (this.pane.kind !== "grid") {
      return rectangle(
        box,
        [0, 0],
        height / this.pane.source_height / ratio,
        width / this.pane.source_width / ratio,
        least,
      );
    }
    const channels = box.channel === null ? [...Array(this.pane.channels).keys()] : [box.channel];
    const unit = this.layout.side / ratio;
    const corners = channels.map((channel) =>
      grid_corner(this.layout, channel).map((each) => each / ratio),
    );
    return corners.map((corner) => rectangle(box, corner, unit, unit, least)).join("");
  }

  /** Where a true row of a picture stands on the page: {top, bottom}, in CSS pixels. */
  row_on_page(row) {
    const { top, height } = this.canvas.getBoundingClientRect();
    const unit = height / this.pane.source_height;
    return { top: top + row * unit, bottom: top + (row + 1) * unit };
  }

  fingerprint() {
    const { width, height } = this.canvas;
    if (!width || !height) return 0;
    return digest(this.canvas.getContext("2d").getImageData(0, 0, width, height).data);
  }
}

function rectangle({ row, column, height, width }, [left, top], unit_y, unit_x, least) {
  const wide = Math.max(width * unit_x, least);
  const high = Math.max(height * unit_y, least);
  const x = left + (column + width / 2) * unit_x - wide / 2;
  const y = top + (row + height / 2) * unit_y - high / 2;
  return `M${x.toFixed(1)} ${y.toFixed(1)}h${wide.toFixed(1)}v${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
}
