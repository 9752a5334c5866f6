// Grids of numbers on a canvas: cells coloured by value, numbers printed, padding drawn apart.
import { as_bytes, index_of } from "../../shared/pixels.js";
import { grid_corner } from "../layout.js";
import { number_text } from "../../shared/words.js";

/**
 * Draw the grids of a pane.
 *
 * pane: channels, height, width, labels, ring or outside (a byte per cell), chosen (cells with a
 * frame, a byte each), low, high; values: Float32Array, grid after grid;
 * layout: from grid_layout; table: the bytes of a colour table; reveal: how many cells are shown,
 * counted through the grids row by row; ink: colour of what is drawn on the page itself.
 */
export function draw_grids(canvas, pane, values, layout, table, { ratio, ink, reveal = Infinity }) {
  canvas.width = layout.width;
  canvas.height = layout.height;
  const context = canvas.getContext("2d");
  const { channels, height: rows, width: columns } = pane;
  const [top, left, inner_rows, inner_columns] = pane.ring ?? [0, 0, rows, columns];
  const look = { ...layout, ratio, ink, colours: as_bytes(table), low: pane.low, high: pane.high };
  look.font = font_size(values, layout, ratio);
  context.textAlign = "center";
  context.textBaseline = "middle";
  for (let channel = 0; channel < channels; channel += 1) {
    const [x, y] = grid_corner(layout, channel);
    if (pane.labels[channel])
      draw_label(
        context,
        pane.labels[channel],
        x - layout.margin / 2,
        y + layout.tile_height / 2,
        look,
      );
    for (let r = 0; r < rows; r += 1) {
      for (let k = 0; k < columns; k += 1) {
        const at = (channel * rows + r) * columns + k;
        const inside = pane.outside
          ? !pane.outside[at]
          : r >= top && r < top + inner_rows && k >= left && k < left + inner_columns;
        const chosen = Boolean(pane.chosen?.[at]);
        const cell = { x: x + k * layout.side, y: y + r * layout.side, inside, chosen };
        if (at < reveal) draw_cell(context, cell, values[at], look);
        else draw_hidden(context, cell, look);
      }
    }
  }
}

/** The largest type in which every number fits its cell. */
export function font_size(values, { side }, ratio) {
  const longest = Math.max(2, ...Array.from(values, (value) => number_text(value).length));
  return Math.min(24 * ratio, side * (longest > 2 ? 0.42 : 0.55), (side * 1.5) / longest);
}

function draw_label(context, label, x, y, { ratio, ink }) {
  context.font = `600 ${13 * ratio}px sans-serif`;
  context.fillStyle = ink;
  context.fillText(label, x, y);
}

function draw_cell(context, { x, y, inside, chosen }, value, look) {
  const { side, numbers, font, ratio, ink, colours, low, high } = look;
  const gap = Math.max(1, Math.round(ratio));
  const at = 4 * index_of(value, low, high);
  const [red, green, blue] = [colours[at], colours[at + 1], colours[at + 2]];
  context.globalAlpha = inside ? 1 : 0.35;
  context.fillStyle = `rgb(${red},${green},${blue})`;
  context.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
  context.globalAlpha = 1;
  if (!inside) draw_dashes(context, x, y, look);
  if (chosen) draw_frame(context, x, y, look);
  if (!numbers) return;
  const bright = 0.299 * red + 0.587 * green + 0.114 * blue > 140;
  context.font = `${font}px monospace`;
  context.fillStyle = inside ? (bright ? "#111" : "#fff") : ink;
  context.fillText(number_text(value), x + side / 2, y + side / 2);
}

/** A cell that counts before the others, such as the largest one. */
function draw_frame(context, x, y, { side, ratio, ink }) {
  context.strokeStyle = ink;
  context.lineWidth = 3 * ratio;
  context.strokeRect(x + 1.5 * ratio, y + 1.5 * ratio, side - 3 * ratio, side - 3 * ratio);
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
