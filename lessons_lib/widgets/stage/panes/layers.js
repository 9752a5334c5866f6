// The layers of a network: a box for each, drawn to scale, from the picture to the output.
import { spoken } from "../said.js";
import { number_kind, page_colours } from "./drawn.js";

const LAYERS_HEIGHT = { least: 130, usual: 170, row: 112, most: 420 }; // CSS pixels of a pane, and of each row of several
const LAYER_WIDTH = 72; // CSS pixels that the words of a layer take
const LAYER_GAP = 6; // CSS pixels between the columns
const LAYER_NAME = 17; // CSS pixels above a box for its name
const LAYER_LINE = 13; // CSS pixels of a line below a box
const LAYER_LINES = 3; // the channels, the size, and a word for a size that was rounded
const LEAST_BOX = 2; // CSS pixels of a box that would not be seen
const SCALE_STEPS = [40, 60]; // the sides that fill their room, and 2, 4, 8, ... times as much: all others are drawn smaller
const USUAL_TYPE = 14; // CSS pixels of the page's type, in which all this is meant
const TYPES = [1.35, 1.25, 1.15, 1.08]; // times as large, where the page's type is and there is room
const LEAST_OF_SHEETS = 10; // CSS pixels of a box, below which they would hide it
const SHEETS = 4; // at most so many edges hint at the channels behind the first

export const layers = {
  css: "lesson-layers",
  ...number_kind,
  draw(canvas, pane, values, { box, ratio, style }) {
    const page = style();
    const { ink, ground, colour_of } = page_colours(page);
    const ends = ["input", "output"].map(colour_of);
    const wanted = (parseFloat(page.fontSize) || USUAL_TYPE) / USUAL_TYPE;
    const rows = (type) => layer_rows(pane.height, box[1], type * ratio);
    const fits = TYPES.find((type) => type <= wanted && rows(type) === rows(1)) ?? 1;
    const unit = fits * ratio; // device pixels of what is a CSS pixel in usual type
    const layout = layers_layout(values, box, unit);
    draw_layers(canvas, pane, values, layout, { ratio: unit, ink, ground, ends });
    return { layout };
  },
  cell_at: layer_at,
  extent: ({ source_height }) => ({ channels: 1, rows: 1, columns: source_height }),
  outline: ({ column, width }, { boxes }) => boxes.slice(column, column + width),
  strokes: null,
  wish: ({ source_height }) => ({
    place: "wide",
    height_at(width) {
      const rows = layer_rows(source_height, width, 1);
      return rows > 1 ? rows * LAYERS_HEIGHT.row : LAYERS_HEIGHT.usual;
    },
    aspect: 0,
    weight: 1,
    least: { height: LAYERS_HEIGHT.least, width: 260 },
    most: { height: LAYERS_HEIGHT.most, width: Infinity },
    usual: LAYERS_HEIGHT.usual,
  }),
  recoloured: null,
  says: {
    range: false,
    shape: false, // how many numbers there are tells nothing of the layers
    keys: () => "arrow keys go from layer to layer",
    boxes: null,
    is: null,
    cells: ({ columns }, { title }) => [title, spoken("layer", columns)],
    name({ column }, { title, labels, details }, values) {
      const name = `${labels[column] ?? title}: ${values ? shape_of(values, column).join(" × ") : ""}`;
      return details[column] ? `${name}; ${details[column]}` : name;
    },
    value: () => undefined,
  },
};

/** [channels, height, width] of a layer. */
const shape_of = (values, layer) => [...values.slice(3 * layer, 3 * layer + 3)];

/** The side that fills its room: the first of 40, 60, 80, 120, 160, ... that no layer exceeds. */
export function side_of_scale(values) {
  const most = Math.max(...values.filter((_, i) => i % 3));
  const doubled = SCALE_STEPS.map(
    (step) => step * 2 ** Math.max(0, Math.ceil(Math.log2(most / step))),
  );
  return Math.min(...doubled);
}

/** In how many rows the words of so many layers have room. */
function layer_rows(count, width, ratio) {
  const [gap, column] = [LAYER_GAP * ratio, LAYER_WIDTH * ratio];
  return Math.ceil(count / Math.max(1, Math.floor((width + gap) / (column + gap))));
}

/**
 * Where the boxes stand, in device pixels: {scale, columns, boxes}; a box is {x, y, width, height}, a column
 * all that belongs to a layer. Where the words of all have no room side by side, they stand in rows.
 * The columns change with a layer's share of the largest side, in halves, so that they stay while
 * the picture grows by a pixel.
 */
export function layers_layout(values, [height, width], ratio) {
  const count = values.length / 3;
  const [gap, column] = [LAYER_GAP * ratio, LAYER_WIDTH * ratio];
  const rows = layer_rows(count, width, ratio);
  const per_row = Math.ceil(count / rows);
  const side = side_of_scale(values);
  const [head, foot] = [LAYER_NAME * ratio, LAYER_LINES * LAYER_LINE * ratio];
  const row_height = height / rows;
  const tallest = Math.max(4 * ratio, row_height - head - foot - 4 * ratio);
  const shares = layer_shares(values);
  const lines = Array.from({ length: rows }, (_, row) =>
    shares.slice(row * per_row, (row + 1) * per_row),
  );
  const wide = (share, room) => Math.max(column, share * room + SHEETS * 2 * ratio);
  const taken = (line, room) =>
    line.reduce((total, share) => total + wide(share, room) + gap, -gap);
  let room = tallest; // for the largest side
  while (room > 4 * ratio && lines.some((line) => taken(line, room) > width)) room *= 0.97;
  const scale = room / side;
  const layout = { scale, columns: [], boxes: [], height, width, head, row_height, rows };
  lines.forEach((line, row) => {
    const free = Math.max(0, width - taken(line, room)) / line.length;
    let left = 0;
    line.forEach((share, n) => {
      const [, h, w] = shape_of(values, row * per_row + n);
      const area = { x: left, y: row * row_height, width: wide(share, room) + free };
      const size = [h, w].map((each) => Math.max(LEAST_BOX * ratio, each * scale));
      layout.columns.push({ ...area, height: row_height });
      layout.boxes.push({
        x: area.x + (area.width - size[1]) / 2,
        y: area.y + head + (row_height - head - foot - size[0]) / 2,
        width: size[1],
        height: size[0],
      });
      left += area.width + gap;
    });
  });
  return layout;
}

/** How large each layer is against the largest: 1, 1/2, 1/4, ... */
function layer_shares(values) {
  const sides = Array.from({ length: values.length / 3 }, (_, layer) =>
    Math.max(...shape_of(values, layer).slice(1)),
  );
  const most = Math.max(...sides);
  return sides.map((side) => 2 ** Math.round(Math.log2(side / most)));
}

/** The layer under a point, {channel, row, column}, or null. */
export function layer_at(x, y, { columns }) {
  const found = columns.findIndex(
    (each) => x >= each.x && x < each.x + each.width && y >= each.y && y < each.y + each.height,
  );
  return found < 0 ? null : { channel: 0, row: 0, column: found };
}

// --- drawing ---------------------------------------------------------------------------------------

/** Draw the way from box to box, then each box with its name above and its shape below. */
export function draw_layers(canvas, pane, values, layout, look) {
  Object.assign(canvas, { width: Math.ceil(layout.width), height: Math.ceil(layout.height) });
  const context = canvas.getContext("2d");
  draw_way_on(context, layout, look);
  const rounded = new Set(pane.marked.map(([, layer]) => layer));
  layout.boxes.forEach((box, layer) => {
    const last = layout.boxes.length - 1;
    const colour = layer === 0 ? look.ends[0] : layer === last ? look.ends[1] : look.ink;
    const shape = shape_of(values, layer);
    draw_layer(context, box, shape[0], { ...look, colour });
    draw_layer_words(
      context,
      layout,
      layer,
      [pane.labels[layer] ?? "", shape, rounded.has(layer)],
      {
        ...look,
        colour,
      },
    );
  });
}

/** A line from each box to the next one of its row. */
function draw_way_on(context, { boxes }, { ratio, ink }) {
  Object.assign(context, { strokeStyle: ink, lineWidth: ratio, globalAlpha: 0.45 });
  context.beginPath();
  boxes.slice(1).forEach((to, n) => {
    const from = boxes[n];
    if (to.x < from.x) return;
    context.moveTo(from.x + from.width, from.y + from.height / 2);
    context.lineTo(to.x, to.y + to.height / 2);
  });
  context.stroke();
  context.globalAlpha = 1;
}

/** A box, and behind it the edges of a few sheets: the more, the more channels there are. */
function draw_layer(context, { x, y, width, height }, channels, { ratio, ground, colour }) {
  const many = Math.floor(Math.log2(Math.max(1, channels)) / 2);
  const sheets = Math.min(width, height) < LEAST_OF_SHEETS * ratio ? 0 : Math.min(SHEETS, many);
  Object.assign(context, { fillStyle: ground, strokeStyle: colour, lineWidth: 1.3 * ratio });
  for (let sheet = sheets; sheet >= 0; sheet -= 1) {
    const [left, top] = [x + 2 * sheet * ratio, y - 2 * sheet * ratio];
    context.fillRect(left, top, width, height);
    context.strokeRect(left, top, width, height);
  }
}

function draw_layer_words(context, layout, layer, [name, [channels, h, w], rounded], look) {
  const { ratio, ink, colour } = look;
  const area = layout.columns[layer];
  const middle = area.x + area.width / 2;
  const below = area.y + layout.row_height - LAYER_LINES * LAYER_LINE * ratio;
  const write = (text, y, style) => {
    Object.assign(context, { textAlign: "center", textBaseline: "middle", ...style });
    context.fillText(text, middle, y);
  };
  const bold = `600 ${layer_font(context, name, area.width, ratio)}px sans-serif`;
  write(name, area.y + 8 * ratio, { font: bold, fillStyle: colour });
  const plain = { font: `${11 * ratio}px sans-serif`, fillStyle: ink };
  write(`${channels} ×`, below + 0.5 * LAYER_LINE * ratio, plain);
  write(`${h} × ${w}`, below + 1.5 * LAYER_LINE * ratio, plain);
  if (rounded) write("rounded", below + 2.5 * LAYER_LINE * ratio, { ...plain, fillStyle: colour });
}

/** The type with which a name fits its column. */
function layer_font(context, name, room, ratio) {
  const usual = 12 * ratio;
  context.font = `600 ${usual}px sans-serif`;
  return Math.max(8 * ratio, Math.min(usual, (usual * room) / context.measureText(name).width));
}
