// Several curves over one axis: each has its dashes, its colour, and its name at its end.
import { short_text, tick_text } from "../../shared/words.js";
import { sample_ticks, spread, ticks_of } from "./axes.js";
import { number_kind, page_colours } from "./drawn.js";

const CURVES_HEIGHT = { least: 130, usual: 180, most: 360 }; // CSS pixels
const DASHES = [[], [8, 4], [2.5, 3], [9, 3, 2.5, 3], [14, 4], [2.5, 2.5, 2.5, 7]]; // CSS pixels
const DOTTED_FROM = 9; // CSS pixels from sample to sample: closer dots would hide the dashes
const AXIS_TICK = 4; // CSS pixels
const KEY_LENGTH = 1.8; // of the piece of line before a name, in heights of its type
const MOST_NAMES = 0.42; // of the width that the names may take
const INFINITE_AT = 0.2; // of the height: so far outside stands what is infinite

export const curves = {
  css: "lesson-signal",
  ...number_kind,
  draw(canvas, pane, values, { box, ratio, style }) {
    const page = style();
    const { ink, ground, colour_of } = page_colours(page);
    const font = 0.86 * ratio * (parseFloat(page.fontSize) || 14);
    const roles = pane.axes.roles ?? [];
    const colours = [...Array(pane.height).keys()].map((n) => colour_of(roles[n]));
    const look = { ratio, ink, colours, ground };
    const context = canvas.getContext("2d");
    const layout = curves_layout(pane, box, ratio, font, names_width(context, pane, font));
    draw_curves(canvas, pane, values, layout, look);
    return { layout };
  },
  cell_at: curve_sample_at,
  extent: ({ source_width }) => ({ channels: 1, rows: 1, columns: source_width }),
  outline: ({ column, width }, { left, unit, top, bottom }) => [
    { x: left + column * unit, y: top, width: width * unit, height: bottom - top },
  ],
  wish: () => ({
    place: "wide",
    aspect: 0,
    weight: 1,
    least: { height: CURVES_HEIGHT.least, width: 260 },
    most: { height: CURVES_HEIGHT.most, width: Infinity },
    usual: CURVES_HEIGHT.usual,
  }),
  strokes: null,
  recoloured: null,
  says: {
    range: false, // it stands at the axis
    shape: false, // how many numbers there are tells nothing of the curves
    keys: ({ click_sets, axes }) =>
      `arrow keys move along the curves${click_sets.length ? `, Enter sets the ${axes.x}` : ""}`,
    boxes: null,
    is: null,
    cells: ({ columns }, { title, axes }) => [title, `${axes.x} ${spans(columns, axes.first)}`],
    name: ({ column }, { title, axes }) => `${title}, ${axes.x} ${column + axes.first}`,
    value: ({ column }, pane, values) => values && values_text(pane, values, column),
  },
};

const spans = (columns, first) =>
  columns.length > 1
    ? `${columns[0] + first}–${columns.at(-1) + first}`
    : `${(columns[0] ?? 0) + first}`;

/** What every curve has at one sample: "loss 0.012, kernel error 0.3". */
function values_text({ height, width, labels }, values, column) {
  const at = (n) => values[n * width + column];
  const found = [...Array(height).keys()].filter((n) => !Number.isNaN(at(n)));
  const texts = found.map((n) => `${labels[n] ?? ""} ${short_text(at(n))}`.trim());
  return texts.join(", ") || "no value";
}

// --- where things stand ----------------------------------------------------------------------------

/** The type of the names and the width that they and their keys take, {font, width}. */
function names_width(context, { labels }, font) {
  context.font = `600 ${font}px sans-serif`;
  const widest = Math.max(0, ...labels.map((name) => context.measureText(name).width));
  return widest ? widest + (KEY_LENGTH + 1.1) * font : font;
}

/**
 * Where curves stand, in device pixels; `font` is the size of the type, `names` the width for the names.
 * None of it hangs on the values: while they move, nothing else does.
 */
export function curves_layout(pane, [height, width], ratio, font = 12 * ratio, names = 0) {
  const { axes, across = 0, low, high } = pane;
  const left = Math.ceil(4.4 * font);
  const right = Math.max(left + font, Math.floor(width - Math.min(names, MOST_NAMES * width)));
  const top = Math.ceil((axes.y ? 1.75 : 0.6) * font);
  const bottom = Math.floor(height - AXIS_TICK * ratio - (axes.x ? 2.6 : 1.4) * font);
  const unit = (right - left) / Math.max(pane.width, across, 1);
  const scale = axes.log
    ? (value) => Math.log10(Math.max(value, Number.MIN_VALUE))
    : (value) => value;
  const [from, to] = [scale(low), scale(high)];
  const [highest, lowest] = [
    top - INFINITE_AT * (bottom - top),
    bottom + INFINITE_AT * (bottom - top),
  ];
  const y = (value) =>
    Math.min(lowest, Math.max(highest, top + ((to - scale(value)) / (to - from)) * (bottom - top)));
  const x = (sample) => left + (sample + 0.5) * unit;
  return { left, right, top, bottom, unit, font, x, y, height, width };
}

/** The sample under a point, {channel, row, column}, or null. */
export function curve_sample_at(x, y, { left, unit, height }, { width: samples }) {
  const column = Math.floor((x - left) / unit);
  const inside = y >= 0 && y < height && column >= 0 && column < samples;
  return inside ? { channel: 0, row: 0, column } : null;
}

/**
 * What is drawn of one curve: [[sample, value], ...], NaN where there is a gap. Where many samples share
 * a pixel, the smallest and the largest of them stand for all.
 */
export function thinned(row, unit, log) {
  const seen = log ? (value) => (value > 0 ? value : NaN) : (value) => value;
  const bucket = Math.max(1, Math.floor(1 / unit));
  const points = [];
  for (let start = 0; start < row.length; start += bucket) {
    let [least, most] = [-1, -1];
    const stop = Math.min(row.length, start + bucket);
    for (let i = start; i < stop; i += 1) {
      if (Number.isNaN(seen(row[i]))) continue;
      if (least < 0 || row[i] < row[least]) least = i;
      if (most < 0 || row[i] > row[most]) most = i;
    }
    if (least < 0) points.push([start, NaN]);
    else if (least === most) points.push([least, row[least]]);
    else for (const i of [Math.min(least, most), Math.max(least, most)]) points.push([i, row[i]]);
  }
  return points;
}

// --- drawing ---------------------------------------------------------------------------------------

/**
 * Draw curves with their axes, their names, and the line of the present state.
 *
 * pane: height curves of width samples, low, high, labels, axes; values: Float32Array, curve after curve;
 * colours: of each curve; ink and ground: of what belongs to the page.
 */
export function draw_curves(canvas, pane, values, layout, look) {
  Object.assign(canvas, { width: layout.width, height: layout.height });
  const context = canvas.getContext("2d");
  draw_value_axis(context, pane, layout, look);
  draw_sample_axis(context, pane, layout, look);
  const rows = [...Array(pane.height).keys()].map((n) =>
    values.subarray(n * pane.width, (n + 1) * pane.width),
  );
  const points = rows.map((row) => thinned(row, layout.unit, pane.axes.log));
  context.save();
  context.beginPath();
  const { left, right, top, bottom } = layout;
  context.rect(left, top - look.ratio, right - left, bottom - top + 2 * look.ratio);
  context.clip();
  points.forEach((each, n) => {
    draw_line(context, each, layout, { ...look, colour: look.colours[n], n });
  });
  context.restore();
  draw_names(context, pane, points, layout, look);
  draw_present(context, pane, rows, layout, look);
}

const dashes = (n, ratio) => DASHES[n % DASHES.length].map((each) => each * ratio);

function draw_line(context, points, { x, y, unit }, { ratio, colour, n }) {
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 2 * ratio });
  context.lineJoin = "round";
  context.setLineDash(dashes(n, ratio));
  context.beginPath();
  let pen = false;
  for (const [sample, value] of points) {
    const is_there = !Number.isNaN(value);
    if (is_there) context[pen ? "lineTo" : "moveTo"](x(sample), y(value));
    pen = is_there;
  }
  context.stroke();
  context.setLineDash([]);
  const there = (i) => Boolean(points[i]) && !Number.isNaN(points[i][1]);
  context.beginPath();
  points.forEach(([sample, value], i) => {
    const alone = !there(i - 1) && !there(i + 1);
    if (!there(i) || (unit < DOTTED_FROM * ratio && !alone)) return;
    context.moveTo(x(sample) + 3 * ratio, y(value));
    context.arc(x(sample), y(value), 3 * ratio, 0, 2 * Math.PI);
  });
  context.fill();
}

/** Numbers and pale lines at round values, and what they tell above them. */
function draw_value_axis(context, { low, high, axes }, layout, { ratio, ink }) {
  const { left, right, top, bottom, font, y } = layout;
  Object.assign(context, { font: `${font}px sans-serif`, fillStyle: ink, strokeStyle: ink });
  Object.assign(context, { textAlign: "right", textBaseline: "middle", lineWidth: ratio });
  const most = Math.max(2, Math.floor((bottom - top) / (2 * font)));
  for (const value of ticks_of(low, high, axes.log, Math.min(5, most))) {
    const height = Math.round(y(value)) + (Math.round(ratio) % 2) / 2;
    context.globalAlpha = 0.18;
    context.beginPath();
    context.moveTo(left, height);
    context.lineTo(right, height);
    context.stroke();
    context.globalAlpha = 0.85;
    context.fillText(tick_text(value), left - 0.5 * font, y(value));
  }
  Object.assign(context, { textAlign: "left", textBaseline: "top" });
  if (axes.y) context.fillText(axes.y, left - 3.9 * font, 0);
  context.globalAlpha = 1;
}

/** Ticks and numbers under round samples, and what they are below the middle. */
function draw_sample_axis(context, { width, across = 0, axes }, layout, { ratio, ink }) {
  const { left, right, bottom, unit, font, x } = layout;
  Object.assign(context, { globalAlpha: 0.85, fillStyle: ink, font: `${font}px sans-serif` });
  Object.assign(context, { textAlign: "center", textBaseline: "top" });
  context.fillRect(left, bottom, right - left, ratio);
  const samples = Math.max(width, across);
  const digits = String(axes.first + samples).length;
  for (const sample of sample_ticks(axes.first, samples, unit, (0.6 * digits + 1.6) * font)) {
    context.fillRect(Math.round(x(sample)) - ratio / 2, bottom, ratio, AXIS_TICK * ratio);
    context.fillText(
      tick_text(sample + axes.first),
      x(sample),
      bottom + AXIS_TICK * ratio + 0.15 * font,
    );
  }
  if (axes.x)
    context.fillText(axes.x, (left + right) / 2, bottom + AXIS_TICK * ratio + 1.35 * font);
  context.globalAlpha = 1;
}

/** The names at the right, each at the height where its curve ends, with a piece of its line. */
function draw_names(context, { labels }, points, layout, { ratio, colours, ink }) {
  const { right, width, top, bottom, font, x, y } = layout;
  const ends = points.map((each) => each.findLast(([, value]) => !Number.isNaN(value)));
  const held = (value) => Math.min(bottom, Math.max(top, value));
  const wanted = labels.map((_, n) => (ends[n] ? held(y(ends[n][1])) : (top + bottom) / 2));
  const places = spread(wanted, 1.25 * font, top + 0.4 * font, bottom);
  Object.assign(context, { textAlign: "left", textBaseline: "middle", lineWidth: 2 * ratio });
  labels.forEach((name, n) => {
    if (!name) return;
    const start = right + 0.4 * font;
    Object.assign(context, { strokeStyle: colours[n], fillStyle: colours[n] });
    context.setLineDash(dashes(n, ratio));
    context.beginPath();
    context.moveTo(start, places[n]);
    context.lineTo(start + KEY_LENGTH * font, places[n]);
    context.stroke();
    context.setLineDash([]);
    if (ends[n]) draw_leader(context, [x(ends[n][0]), wanted[n]], [start, places[n]], ratio, ink);
    context.font = `600 ${font}px sans-serif`;
    const from = start + (KEY_LENGTH + 0.3) * font;
    context.fillText(shortened(context, name, width - from), from, places[n]);
  });
}

/** From the end of a curve to its name: thin, so that it is not taken for a piece of it. */
function draw_leader(context, from, to, ratio, ink) {
  Object.assign(context, { globalAlpha: 0.35, lineWidth: ratio, strokeStyle: ink });
  context.setLineDash([ratio, 3 * ratio]);
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  context.setLineDash([]);
  Object.assign(context, { globalAlpha: 1, lineWidth: 2 * ratio });
}

function shortened(context, text, room) {
  if (context.measureText(text).width <= room) return text;
  for (let length = text.length - 1; length > 0; length -= 1) {
    const short = `${text.slice(0, length).trimEnd()}…`;
    if (context.measureText(short).width <= room) return short;
  }
  return "…";
}

/** A line at the sample of the present state, with every curve's value beside it. */
function draw_present(context, { axes, width }, rows, layout, look) {
  const sample = (axes.present ?? NaN) - axes.first;
  const { left, right, top, bottom, font, x, y, unit } = layout;
  if (!(sample >= 0) || left + (sample + 0.5) * unit > right) return;
  const { ratio, ink, ground, colours } = look;
  Object.assign(context, { globalAlpha: 0.7, fillStyle: ink });
  context.fillRect(
    Math.round(x(sample) - ratio / 2),
    top,
    Math.max(1, Math.round(ratio)),
    bottom - top,
  );
  context.globalAlpha = 1;
  if (sample >= width) return;
  const seen = [...rows.keys()].filter((n) => {
    const value = rows[n][sample];
    return !Number.isNaN(value) && !(axes.log && value <= 0);
  });
  const heights = seen.map((n) => Math.min(bottom, Math.max(top, y(rows[n][sample]))) - 0.8 * font);
  const places = spread(heights, 1.15 * font, top + 0.5 * font, bottom - 0.6 * font);
  Object.assign(context, { font: `600 ${font}px sans-serif`, textBaseline: "middle" });
  Object.assign(context, { lineWidth: 4 * ratio, strokeStyle: ground, lineJoin: "round" });
  seen.forEach((n, i) => {
    const text = short_text(rows[n][sample]);
    const is_left = x(sample) + context.measureText(text).width + font > right;
    context.textAlign = is_left ? "right" : "left";
    const at = x(sample) + (is_left ? -0.45 : 0.45) * font;
    context.strokeText(text, at, places[i]);
    context.fillStyle = colours[n];
    context.fillText(text, at, places[i]);
  });
}
