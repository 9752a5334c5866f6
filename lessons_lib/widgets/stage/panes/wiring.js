// Which channels feed which: stages of channels as boxes, the wires between them, bands for groups.
import { as_bytes } from "../../shared/pixels.js";
import { rows_and_columns, spoken } from "../said.js";
import { number_kind, page_colours } from "./drawn.js";

const LEGIBLE_ROWS = 16; // so many channels have boxes as high as the cells of grids
const WIDE = { box: 1.25, mark: 0.75, gaps: [2.6, 1.9] }; // of a channel, a group and between stages, in cells
const STAGE_NAME = 34; // CSS pixels above the channels, for two lines
const STAGE_FONT = { least: 8, most: 12 }; // CSS pixels of these names
const NUMBER_FROM = 13; // CSS pixels from row to row, from which on every channel has its number
const EVERY = 8; // else each of so many
const GROUP_MARK = 1.9; // width of a group's number, in heights of the type
const NO_GROUP = -1;

export const wiring = {
  css: "lesson-wiring",
  ...number_kind,
  draw(canvas, pane, values, { box, ratio, style }) {
    const { ink, ground, colour_of } = page_colours(style());
    const ends = ["input", "output"].map(colour_of);
    const layout = wiring_layout(pane, values, box, ratio);
    draw_wiring(canvas, pane, layout, { ratio, ink, ground, ends });
    return { layout };
  },
  cell_at: channel_at,
  extent: ({ source_height, source_width }) => ({
    channels: 1,
    rows: source_height,
    columns: source_width,
  }),
  outline(box, layout) {
    return cells_in(box)
      .filter(([row, stage]) => layout.stands(row, stage))
      .map(([row, stage]) => layout.box(row, stage));
  },
  /** The wires of which both ends are lit, from box to box. */
  strokes(boxes, layout) {
    const lit = new Set(
      boxes.flatMap((box) => cells_in(box).map(([row, stage]) => `${stage},${row}`)),
    );
    return layout.wires
      .filter(([stage, from, to]) => lit.has(`${stage},${from}`) && lit.has(`${stage + 1},${to}`))
      .map((wire) => layout.wire(...wire));
  },
  wish(pane) {
    const shapes = (side) => WIDE.gaps.map((gap) => wiring_size(pane, side, gap));
    const [least, most] = [shapes(22)[0], shapes(64)[0]];
    return { place: "small", aspect: most.height / most.width, weight: 1, least, most, shapes };
  },
  recoloured: null,
  says: {
    range: false,
    shape: false,
    keys: () => "arrow keys go from channel to channel",
    cells: ({ rows, columns }, { title }) => [title, rows_and_columns({ rows, columns }, "boxes")],
    /** Cells that are lit, stage by stage: "after layer 1 channels 0–3, output channel 5". */
    boxes(boxes, pane, values) {
      const stages = new Map();
      for (const [row, stage] of boxes.flatMap(cells_in))
        stages.set(stage, [...(stages.get(stage) ?? []), ...channels_in(row, stage, pane, values)]);
      return [...stages]
        .sort(([one], [other]) => one - other)
        .map(([stage, all]) => `${pane.labels[stage] ?? stage} ${spoken("channel", all)}`)
        .join(", ");
    },
    name({ row, column }, pane, values) {
      const group = group_of(pane, row, column);
      const of_group = group === NO_GROUP ? "" : ` (group ${group})`;
      const channels = spoken("channel", channels_in(row, column, pane, values));
      return `${pane.labels[column] ?? pane.title} ${channels}${of_group}`;
    },
    value: () => undefined,
    is: null,
  },
};

/** Every [row, stage] of a box. */
const cells_in = ({ row, column, height, width }) =>
  Array.from({ length: height * width }, (_, i) => [
    row + Math.floor(i / width),
    column + (i % width),
  ]);

/** How many channels a box stands for. */
const block_of = (values) => Math.max(1, ...values.filter((value) => value > 0));

/** The channels for which a box stands; the last box of a stage may stand for fewer. */
function channels_in(row, stage, { width }, values) {
  const first = row * block_of(values);
  return Array.from({ length: values[row * width + stage] || 1 }, (_, i) => first + i);
}

const span_text = (channels) =>
  channels.length > 1 ? `${channels[0]}–${channels.at(-1)}` : String(channels[0]);

const int32 = (view) => (view ? new Int32Array(as_bytes(view).slice().buffer) : new Int32Array(0));

function group_of({ groups, width }, row, stage) {
  return groups ? (int32(groups)[row * width + stage] ?? NO_GROUP) : NO_GROUP;
}

/** The box {height, width}, in CSS pixels, in which channels are as large as cells of that side. */
function wiring_size({ height: rows, width: stages, groups }, side, gap) {
  const pitch = side * Math.min(1, LEGIBLE_ROWS / rows);
  const of_stage = WIDE.box + (groups ? WIDE.mark : 0);
  return {
    height: Math.ceil(STAGE_NAME + rows * pitch),
    width: Math.ceil(side * (stages * of_stage + (stages - 1) * gap + 0.25)),
  };
}

/** Where the channels stand, in device pixels; a stage of few channels spreads them over the whole height. */
export function wiring_layout(pane, values, [height, width], ratio) {
  const { height: rows, width: stages } = pane;
  const stands = (row, stage) => values[row * stages + stage] > 0;
  const block = block_of(values);
  const counts = Array.from({ length: stages }, (_, stage) => {
    const standing = [...Array(rows).keys()].filter((row) => stands(row, stage));
    return Math.max(1, (standing.at(-1) ?? 0) + 1);
  });
  const head = STAGE_NAME * ratio;
  const pitches = counts.map((count) => Math.max(2, (height - head) / count));
  const font = Math.min(13 * ratio, Math.max(9 * ratio, 0.5 * Math.min(...pitches)));
  const groups = int32(pane.groups);
  const mark = groups.length ? GROUP_MARK * font : 0;
  const wide = Math.min((block > 1 ? 5 : 2.7) * font, width / (stages * 1.6));
  const step = stages > 1 ? (width - wide - mark - 2 * ratio) / (stages - 1) : 0;
  const left = (stage) => ratio + mark + stage * step;
  const box = (row, stage) => {
    const high = Math.max(1.5 * ratio, Math.min(pitches[stage] - 3 * ratio, 1.9 * font));
    const middle = head + (row + 0.5) * pitches[stage];
    return { x: left(stage), y: middle - high / 2, width: wide, height: high };
  };
  const wire = (stage, from, to) => {
    const [start, end] = [box(from, stage), box(to, stage + 1)];
    return {
      x1: start.x + wide,
      y1: start.y + start.height / 2,
      x2: end.x - mark,
      y2: end.y + end.height / 2,
    };
  };
  const flat = int32(pane.wires);
  const wires = Array.from({ length: flat.length / 3 }, (_, i) => [
    ...flat.slice(3 * i, 3 * i + 3),
  ]);
  const common = { head, pitches, counts, font, mark, wide, step, left, height, width };
  const number = (row, stage) => span_text(channels_in(row, stage, pane, values));
  return { ...common, number, groups, stands, box, wire, wires, stages };
}

/** The channel under a point, {channel, row, column}, or null. */
export function channel_at(x, y, layout, { width: stages }) {
  const { left, wide, mark, head, pitches, counts } = layout;
  for (let stage = 0; stage < stages; stage += 1) {
    const row = Math.floor((y - head) / pitches[stage]);
    const beside = x >= left(stage) - mark && x < left(stage) + wide;
    if (beside && row >= 0 && row < counts[stage] && layout.stands(row, stage))
      return { channel: 0, row, column: stage };
  }
  return null;
}

// --- drawing ---------------------------------------------------------------------------------------

/** Draw names, bands, wires and boxes, what lies behind first. */
export function draw_wiring(canvas, pane, layout, look) {
  Object.assign(canvas, { width: Math.ceil(layout.width), height: Math.ceil(layout.height) });
  const context = canvas.getContext("2d");
  const { ratio, ink } = look;
  draw_stage_names(context, pane.labels, layout, look);
  for (let stage = 0; stage < layout.stages; stage += 1) draw_bands(context, stage, layout, look);
  const most = layout.wires.length / Math.max(1, layout.stages - 1);
  Object.assign(context, {
    strokeStyle: ink,
    lineWidth: ratio,
    globalAlpha: most > 300 ? 0.3 : 0.5,
  });
  context.beginPath();
  for (const wire of layout.wires) {
    const { x1, y1, x2, y2 } = layout.wire(...wire);
    context.moveTo(x1, y1);
    context.lineTo(x2, y2);
  }
  context.stroke();
  context.globalAlpha = 1;
  for (let stage = 0; stage < layout.stages; stage += 1)
    draw_channels(context, stage, layout, look);
}

function draw_channels(context, stage, layout, { ratio, ink, ground, ends }) {
  const { pitches, counts, font } = layout;
  const numbered = pitches[stage] >= NUMBER_FROM * ratio;
  const colour = stage === 0 ? ends[0] : stage === layout.stages - 1 ? ends[1] : ink;
  Object.assign(context, { textAlign: "center", textBaseline: "middle", lineWidth: 1.5 * ratio });
  for (let row = 0; row < counts[stage]; row += 1) {
    if (!layout.stands(row, stage)) continue;
    const { x, y, width, height } = layout.box(row, stage);
    Object.assign(context, { fillStyle: ground, strokeStyle: colour });
    context.fillRect(x, y, width, height);
    context.strokeRect(x, y, width, height);
    if (!numbered && row % EVERY) continue;
    context.font = `${numbered ? font : 9 * ratio}px sans-serif`;
    context.fillStyle = numbered ? ink : colour;
    if (!numbered)
      draw_beside(
        context,
        layout.number(row, stage),
        { x, y, width, height },
        { ground, ratio, colour },
      );
    else context.fillText(layout.number(row, stage), x + width / 2, y + height / 2);
  }
}

/** The number of a channel whose box is too low for it: over the boxes around, on a ground of its own. */
function draw_beside(context, text, { x, y, width, height }, { ground, ratio, colour }) {
  const at = [x + width / 2, y + height / 2];
  const [wide, high] = [context.measureText(text).width + 3 * ratio, 9 * ratio];
  context.fillStyle = ground;
  context.fillRect(at[0] - wide / 2, at[1] - high / 2, wide, high);
  context.fillStyle = colour;
  context.fillText(text, ...at);
}

/** Neighbours of one group stand on one band, with its number. */
function draw_bands(context, stage, layout, { ratio, ink }) {
  const { groups, counts, stages, pitches, head, mark, wide, font } = layout;
  if (!groups.length) return;
  const x = layout.left(stage) - mark;
  const of = (row) => (layout.stands(row, stage) ? groups[row * stages + stage] : NO_GROUP);
  for (let start = 0; start < counts[stage]; ) {
    let stop = start + 1;
    while (stop < counts[stage] && of(stop) === of(start)) stop += 1;
    const [y, high] = [head + start * pitches[stage], (stop - start) * pitches[stage]];
    if (of(start) !== NO_GROUP) {
      Object.assign(context, { fillStyle: ink, globalAlpha: of(start) % 2 ? 0.07 : 0.17 });
      context.fillRect(x, y + ratio, mark + wide + 4 * ratio, high - 2 * ratio);
      Object.assign(context, { globalAlpha: 0.9, textAlign: "center", textBaseline: "middle" });
      context.font = `${Math.max(9 * ratio, 0.78 * font)}px sans-serif`;
      if (high >= 9 * ratio) context.fillText(`g${of(start)}`, x + mark / 2, y + high / 2);
      context.globalAlpha = 1;
    }
    start = stop;
  }
}

/** The name of each stage above it, in one line or two, none over its neighbour. */
function draw_stage_names(context, labels, layout, { ratio, ink }) {
  const { step, wide, left, width } = layout;
  const room = Math.max(wide, step || width) - 4 * ratio;
  const measure = (text) => context.measureText(text).width;
  const widest_of = (lines) => Math.max(...lines.map(measure));
  Object.assign(context, { fillStyle: ink, textBaseline: "middle" });
  context.font = `600 ${STAGE_FONT.most * ratio}px sans-serif`;
  const all = labels.map((name) => two_lines(name, room, measure));
  const fit = Math.min(1, ...all.map((lines) => room / widest_of(lines)));
  context.font = `600 ${Math.max(STAGE_FONT.least, STAGE_FONT.most * fit) * ratio}px sans-serif`;
  all.forEach((lines, stage) => {
    const widest = widest_of(lines);
    const middle = left(stage) + wide / 2;
    const at = Math.max(widest / 2, Math.min(width - widest / 2, middle));
    context.textAlign = "center";
    lines.forEach((text, n) => {
      context.fillText(text, at, (lines.length > 1 ? 8 + 14 * n : 15) * ratio);
    });
  });
}

/** A text in one line, or broken at the space that makes two lines most alike. */
function two_lines(text, room, measure) {
  const words = text.split(" ");
  if (measure(text) <= room || words.length < 2) return [text];
  const ways = words
    .slice(1)
    .map((_, n) => [words.slice(0, n + 1).join(" "), words.slice(n + 1).join(" ")]);
  const widest = (lines) => Math.max(...lines.map(measure));
  return ways.reduce((best, way) => (widest(way) < widest(best) ? way : best));
}
