// One pane: a title, a box with the picture and its outlines, the range of its colours, a note.
import { as_bytes, as_floats, digest, index_of, packed_table, paint_indices, paint_rgb } from "./pixels.js";
import { cell_at, grid_cells, whole_scale } from "./layout.js";
import { number_text, shape_text, write } from "./words.js";

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
    const make = (tag, css, parent) => {
      const element = document.createElement(tag);
      element.className = css;
      parent?.append(element);
      return element;
    };
    const svg = (tag, parent) => {
      const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
      parent.append(element);
      return element;
    };
    this.root = make("figure", `lesson-pane lesson-pane-${name}`);
    this.heading = make("figcaption", "lesson-pane-title", this.root);
    this.title = make("strong", "lesson-role", this.heading);
    this.shape = make("span", "lesson-pane-shape", this.heading);
    this.box = make("div", "lesson-pane-box", this.root);
    this.canvas = make("canvas", "lesson-pane-picture", this.box);
    this.overlay = svg("svg", this.box);
    this.overlay.setAttribute("class", "lesson-pane-overlay");
    this.overlay.setAttribute("aria-hidden", "true");
    this.frames = { dark: svg("path", this.overlay), light: svg("path", this.overlay) };
    this.windows = { dark: svg("path", this.overlay), light: svg("path", this.overlay) };
    for (const [name, { dark, light }] of Object.entries({ frame: this.frames, window: this.windows })) {
      dark.setAttribute("class", `lesson-${name}-dark`);
      light.setAttribute("class", `lesson-${name}-light`);
    }
    this.range = make("div", "lesson-pane-range", this.root);
    this.low = make("span", "lesson-range-end", this.range);
    this.ramp = make("span", "lesson-range-ramp", this.range);
    this.high = make("span", "lesson-range-end", this.range);
    this.note = make("div", "lesson-pane-note", this.root);
    this.drawn = {};
    this.outlined = "";
  }

  /** Take a pane of the scene and its bytes; true when pixels were put on the canvas. */
  update(pane, view, table, box, ratio) {
    this.pane = pane;
    this.set_text(this.title, pane.title);
    this.set_text(this.shape, shape_text(pane.shape));
    this.title.className = `lesson-role lesson-role-${pane.role}`;
    const reduced = pane.kind !== "grid" && pane.shown_height < pane.source_height;
    const shown = `shown reduced to ${pane.shown_height} × ${pane.shown_width}`;
    this.set_text(this.note, [pane.note, reduced ? shown : ""].filter(Boolean).join(" · "));
    this.draw_range(pane, table);
    const same = this.drawn.view === view && this.drawn.box === box.join() && this.drawn.ratio === ratio
      && this.drawn.range === `${pane.low},${pane.high},${pane.table},${pane.ring}`;
    if (same || !view?.byteLength) return false;
    this.drawn = { view, box: box.join(), ratio, range: `${pane.low},${pane.high},${pane.table},${pane.ring}` };
    this.outlined = "";
    if (pane.kind === "grid") this.draw_grid(pane, as_floats(view), table, box, ratio);
    else this.draw_picture(pane, as_bytes(view), table, box, ratio);
    return true;
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

  draw_grid(pane, values, table, [box_height, box_width], ratio) {
    const { channels, height: rows, width: columns } = pane;
    const margin = pane.labels.length ? 22 * ratio : 0;
    const cells = grid_cells(channels, rows, columns, box_height, box_width, ratio, margin);
    this.cells = { ...cells, margin };
    this.image = null;
    const height = Math.ceil(channels * rows * cells.side + (channels - 1) * cells.gap);
    const width = Math.ceil(margin + columns * cells.side);
    this.place(height, width, ratio);
    this.canvas.width = width;
    this.canvas.height = height;
    const context = this.canvas.getContext("2d");
    const longest = Math.max(2, ...Array.from(values, (value) => number_text(value).length));
    this.cells.font = Math.min(24 * ratio, cells.side * (longest > 2 ? 0.42 : 0.55), (cells.side * 1.5) / longest);
    const style = getComputedStyle(this.root);
    const ink = style.getPropertyValue("--jp-ui-font-color1") || "#222";
    const colours = as_bytes(table);
    const [top, left, inner_rows, inner_columns] = pane.ring ?? [0, 0, rows, columns];
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let c = 0; c < channels; c += 1) {
      const start = c * (rows * cells.side + cells.gap);
      if (pane.labels[c]) {
        context.font = `600 ${13 * ratio}px sans-serif`;
        context.fillStyle = ink;
        context.fillText(pane.labels[c], margin / 2, start + (rows * cells.side) / 2);
      }
      for (let r = 0; r < rows; r += 1) {
        for (let k = 0; k < columns; k += 1) {
          const inside = r >= top && r < top + inner_rows && k >= left && k < left + inner_columns;
          const value = values[(c * rows + r) * columns + k];
          this.draw_cell(context, { x: margin + k * cells.side, y: start + r * cells.side,
            value, inside, colours, ink, ratio, pane });
        }
      }
    }
  }

  draw_cell(context, { x, y, value, inside, colours, ink, ratio, pane }) {
    const { side, numbers, font } = this.cells;
    const gap = Math.max(1, Math.round(ratio));
    const at = 4 * index_of(value, pane.low, pane.high);
    const [red, green, blue] = [colours[at], colours[at + 1], colours[at + 2]];
    context.globalAlpha = inside ? 1 : 0.35;
    context.fillStyle = `rgb(${red},${green},${blue})`;
    context.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
    context.globalAlpha = 1;
    if (!inside) {
      context.setLineDash([3 * ratio, 3 * ratio]);
      context.strokeStyle = ink;
      context.lineWidth = ratio;
      context.strokeRect(x + 1.5 * gap, y + 1.5 * gap, side - 3 * gap, side - 3 * gap);
      context.setLineDash([]);
    }
    if (!numbers) return;
    const bright = 0.299 * red + 0.587 * green + 0.114 * blue > 140;
    context.font = `${font}px monospace`;
    context.fillStyle = inside ? (bright ? "#111" : "#fff") : ink;
    context.fillText(number_text(value), x + side / 2, y + side / 2);
  }

  draw_range(pane, table) {
    const has_range = pane.kind !== "photo" && Boolean(table);
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

  /** The true cell under a pointer event, or null. */
  cell_under(event) {
    if (!this.size) return null;
    const corner = this.canvas.getBoundingClientRect();
    const x = event.clientX - corner.left;
    const y = event.clientY - corner.top;
    const { height, width } = corner;
    if (this.pane.kind !== "grid") {
      return cell_at(x, y, this.pane.source_height, this.pane.source_width, height, width);
    }
    const factor = this.size.width / width;
    const { side, margin, gap } = this.cells;
    const period = this.pane.height * side + gap;
    const inner = (y * factor) % period;
    return cell_at(x * factor - margin, inner, this.pane.height, this.pane.width,
      this.pane.height * side, this.pane.width * side);
  }

  /** Outline rectangles of true cells: [[row, column, height, width], ...]; frames are dashed. */
  outline(windows, frames = []) {
    if (!this.size) return;
    const key = JSON.stringify([windows, frames]);
    if (key === this.outlined) return;
    this.outlined = key;
    const path = (rectangles, least) => rectangles.map((each) => this.path_of(each, least)).join("");
    for (const [{ dark, light }, d] of [[this.windows, path(windows, 4)], [this.frames, path(frames, 12)]]) {
      dark.setAttribute("d", d);
      light.setAttribute("d", d);
    }
  }

  /** A rectangle of true cells as an SVG path in CSS pixels, never too small to be seen. */
  path_of([row, column, rows, columns], least) {
    const { ratio, height, width } = this.size;
    const grid = this.pane.kind === "grid";
    const unit_y = (grid ? this.cells.side : height / this.pane.source_height) / ratio;
    const unit_x = (grid ? this.cells.side : width / this.pane.source_width) / ratio;
    const left = grid ? this.cells.margin / ratio : 0;
    const wide = Math.max(columns * unit_x, least);
    const high = Math.max(rows * unit_y, least);
    const x = left + (column + columns / 2) * unit_x - wide / 2;
    const y = (row + rows / 2) * unit_y - high / 2;
    return `M${x.toFixed(1)} ${y.toFixed(1)}h${wide.toFixed(1)}v${high.toFixed(1)}h${(-wide).toFixed(1)}z`;
  }

  fingerprint() {
    const { width, height } = this.canvas;
    if (!width || !height) return 0;
    return digest(this.canvas.getContext("2d").getImageData(0, 0, width, height).data);
  }
}
