// Grids of numbers on a canvas: cells coloured by value, numbers printed where they fit, padding drawn apart.
import { as_bytes, as_floats, index_of } from "../../shared/pixels.js";
import { grid_cell_at, grid_corner, grid_layout, grid_size } from "../layout.js";
import { number_text } from "../../shared/words.js";
import { cell_keys, rows_and_columns } from "../said.js";

const LEAST_SIDE = 22; // CSS pixels of a cell with its number
const MOST_SIDE = 64;
const LEAST_FONT = 7; // CSS pixels: smaller numbers cannot be read
const MOST_FONT = 24;
const INSIDE = 0.92; // the part of a cell's width that its number may take

export const grid = {
  css: "",
  own: false,
  read: as_floats,
  is_complete: (values, { channels, height, width }) => values.length === channels * height * width,
  draw(canvas, pane, values, { table, box, ratio, style, reveal }) {
    const ink = style().getPropertyValue("--jp-ui-font-color1") || "#222";
    const layout = grid_layout(pane, box, ratio);
    const cells = { ...pane, outside: pane.outside && as_bytes(pane.outside) };
    return {
      layout,
      printed: draw_grids(canvas, cells, values, layout, table, { ratio, ink, reveal }),
    };
  },
  cell_at: grid_cell_at,
  extent: ({ channels, source_height, source_width }) => ({
    channels,
    rows: source_height,
    columns: source_width,
  }),
  /** A box in its grid; in every grid where it names none. */
  outline({ channel, row, column, height, width }, layout, { channels }) {
    const grids = channel === null ? [...Array(channels).keys()] : [channel];
    const { side } = layout;
    return grids.map((each) => {
      const [x, y] = grid_corner(layout, each);
      return {
        x: x + column * side,
        y: y + row * side,
        width: width * side,
        height: height * side,
      };
    });
  },
  wish(pane, ratio) {
    const shapes = (side) => grid_boxes(pane, side, ratio);
    const [least, most] = [shapes(LEAST_SIDE)[0], shapes(MOST_SIDE)[0]];
    return { place: "small", aspect: most.height / most.width, weight: 1, least, most, shapes };
  },
  strokes: null,
  recoloured: (view) => view, // its numbers are coloured in the page
  says: {
    range: true,
    shape: true,
    keys: cell_keys,
    boxes: null,
    is: null,
    cells: grid_cells,
    name({ channel, row, column }, { title, channels, labels }) {
      const label = channels > 1 ? ` ${labels[channel] ?? channel}` : "";
      return `${title}${label} (${row}, ${column})`;
    },
    /** The number of a cell, where it is not printed. */
    value({ channel, row, column }, { height, width }, values, printed) {
      return printed ? undefined : values?.[(channel * height + row) * width + column];
    },
  },
};

/**
 * The boxes in which the cells of a pane's grids are `side` CSS pixels wide: one row of grids first.
 * So many rows need only so many grids side by side.
 */
function grid_boxes(pane, side, ratio) {
  const { channels, per_row } = pane;
  const all = Array.from({ length: channels }, (_, down) => Math.ceil(channels / (down + 1)));
  return (per_row ? [per_row] : [...new Set(all)]).map((across) => {
    const { height, width } = grid_size(pane, side * ratio, across, ratio);
    return { height: height / ratio, width: width / ratio };
  });
}

/** [title, cells]; grids are named where there are several, what is complete is not counted up. */
function grid_cells({ channels, rows, columns }, pane, noun = "cells") {
  const { title, labels, source_height, source_width } = pane;
  const named = labels.length > 1 && channels.length > 0 && !channels.includes(null);
  const names = named ? channels.map((each) => labels[each]).join(", ") : "";
  const whole = rows.length === source_height && columns.length === source_width;
  const complete = whole && source_height * source_width > 1;
  if (complete && (!named || channels.length === labels.length)) return [`the whole ${title}`, ""];
  const cells = complete ? "" : rows_and_columns({ rows, columns }, noun);
  return [title, [names, cells].filter(Boolean).join(" ")];
}

/**
 * Draw the grids of a pane; gives how the numbers were printed, {font, digits, widest}, or null.
 *
 * pane: channels, height, width, labels, ring or outside (a byte per cell), chosen (cells with a
 * frame, a byte each), low, high; values: Float32Array, grid after grid; layout: from grid_layout;
 * table: the bytes of a colour table; reveal: how many cells are shown, counted through the grids row
 * by row; ink: colour of what is drawn on the page itself; digits: after the point, in order of preference.
 */
export function draw_grids(canvas, pane, values, layout, table, how) {
  const { ratio, ink, reveal = Infinity, digits = [2, 1] } = how;
  Object.assign(canvas, { width: layout.width, height: layout.height });
  const context = canvas.getContext("2d");
  const look = { ...layout, ratio, ink, colours: as_bytes(table), low: pane.low, high: pane.high };
  look.print = layout.numbers
    ? print_of(values, layout.side, ratio, measure_with(context), digits)
    : null;
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let channel = 0; channel < pane.channels; channel += 1) {
    draw_label(context, pane.labels[channel], grid_corner(layout, channel), look);
    for (const cell of cells_of(pane, channel, layout)) {
      if (cell.at < reveal) draw_cell(context, cell, values[cell.at], look);
      else draw_hidden(context, cell, look);
    }
  }
  return look.print;
}

function* cells_of({ height, width, ring, outside, chosen }, channel, layout) {
  const [x, y] = grid_corner(layout, channel);
  const [top, left, rows, columns] = ring ?? [0, 0, height, width];
  for (let r = 0; r < height; r += 1)
    for (let k = 0; k < width; k += 1) {
      const at = (channel * height + r) * width + k;
      const in_ring = r >= top && r < top + rows && k >= left && k < left + columns;
      const inside = outside ? !outside[at] : in_ring;
      const place = { x: x + k * layout.side, y: y + r * layout.side };
      yield { at, inside, chosen: Boolean(chosen?.[at]), ...place };
    }
}

const measure_with = (context) => (text, font) => {
  context.font = `${font}px monospace`;
  return context.measureText(text).width;
};

/**
 * How all numbers of a pane are printed: the type and the digits after the point with which the widest
 * fits its cell; fewer digits only where no number becomes zero by it. null: they cannot be read.
 *
 * measure(text, font): how wide it comes out, in device pixels like `side`.
 */
export function print_of(values, side, ratio, measure, choices = [2, 1]) {
  const numbers = [...new Set(values)];
  for (const digits of choices) {
    const texts = numbers.map((value) => number_text(value, digits));
    if (digits < 2 && numbers.some((value, i) => value !== 0 && Number(texts[i]) === 0)) break;
    const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
    const room = INSIDE * (side - 2 * Math.max(1, Math.round(ratio)));
    const usual = Math.min(MOST_FONT * ratio, side * (longest.length > 2 ? 0.42 : 0.55));
    const font = Math.min(usual, (usual * room) / Math.max(1, measure(longest, usual)));
    if (font >= LEAST_FONT * ratio) return { font, digits, widest: measure(longest, font) / side };
  }
  return null;
}

function draw_label(context, label, [x, y], { ratio, ink, margin, tile_height }) {
  if (!label) return;
  context.font = `600 ${13 * ratio}px sans-serif`;
  context.fillStyle = ink;
  context.fillText(label, x - margin / 2, y + tile_height / 2);
}

function draw_cell(context, { x, y, inside, chosen }, value, look) {
  const { side, print, ratio, ink, colours, low, high } = look;
  const gap = Math.max(1, Math.round(ratio));
  const at = 4 * index_of(value, low, high);
  const [red, green, blue] = [colours[at], colours[at + 1], colours[at + 2]];
  context.globalAlpha = inside ? 1 : 0.35;
  context.fillStyle = `rgb(${red},${green},${blue})`;
  context.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
  context.globalAlpha = 1;
  if (!inside) draw_dashes(context, x, y, look);
  if (chosen) draw_frame(context, x, y, look);
  if (!print) return;
  const bright = 0.299 * red + 0.587 * green + 0.114 * blue > 140;
  context.font = `${print.font}px monospace`;
  context.fillStyle = inside ? (bright ? "#111" : "#fff") : ink;
  context.fillText(number_text(value, print.digits), x + side / 2, y + side / 2);
}

/** A cell that counts before the others, such as the largest one: framed dark and light, for any colour. */
function draw_frame(context, x, y, { side, ratio }) {
  for (const [colour, width] of [
    ["#000", 5],
    ["#fff", 2],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = width * ratio;
    context.strokeRect(x + 2.5 * ratio, y + 2.5 * ratio, side - 5 * ratio, side - 5 * ratio);
  }
}

/** A cell whose number the stepper has not reached. */
function draw_hidden(context, { x, y }, look) {
  context.globalAlpha = 0.4;
  draw_dashes(context, x, y, look);
  context.globalAlpha = 1;
}

function draw_dashes(context, x, y, { side, ratio, ink }) {
  const gap = Math.max(1, Math.round(ratio));
  context.setLineDash([3 * ratio, 3 * ratio]);
  context.strokeStyle = ink;
  context.lineWidth = ratio;
  context.strokeRect(x + 1.5 * gap, y + 1.5 * gap, side - 3 * gap, side - 3 * gap);
  context.setLineDash([]);
}
