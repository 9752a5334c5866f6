// Signals on a canvas: one channel along a line, drawn as a curve over a zero line.
import { cell_keys, spoken } from "../said.js";
import { as_floats } from "../../shared/pixels.js";
import { number_text } from "../../shared/words.js";

const CURVE = { least: 100, usual: 140, most: 280 }; // heights in CSS pixels
const WIDEST = 40; // CSS pixels from sample to sample
const DOTS_FROM = 5; // less than that and dots would touch
const TICK = 4; // CSS pixels
const STEPS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000];

export const signal = {
  css: "lesson-signal",
  own: false,
  read: as_floats,
  is_complete: (values, { width }) => values.length === width,
  draw(canvas, pane, values, { box, ratio, style, reveal }) {
    const look = style();
    const font = 0.86 * ratio * (parseFloat(look.fontSize) || 14);
    const layout = signal_layout(pane, box, ratio, font);
    const ink = look.getPropertyValue("--jp-ui-font-color1") || "#222";
    const colour = look.getPropertyValue("--lesson-role") || ink;
    draw_signal(canvas, pane, values, layout, { ratio, ink, colour, reveal });
    return { layout };
  },
  cell_at: sample_at,
  extent: ({ source_height, source_width }) => ({
    channels: 1,
    rows: source_height,
    columns: source_width,
  }),
  outline: ({ column, width }, { margin, unit, height }) => [
    { x: margin + column * unit, y: 0, width: width * unit, height },
  ],
  wish({ role }) {
    const weight = role === "kernel" ? 0.5 : 1; // a kernel has few samples
    return {
      place: "wide",
      aspect: 0,
      weight,
      least: { height: CURVE.least * weight, width: 200 },
      most: { height: CURVE.most * weight, width: Infinity },
      usual: CURVE.usual * weight,
    };
  },
  strokes: null,
  recoloured: (view) => view,
  says: {
    range: false, // it stands at the curve's own axis
    shape: true,
    keys: cell_keys,
    boxes: null,
    is: null,
    cells: ({ columns }, { title }) => [title, spoken("sample", columns)],
    name: ({ column }, { title }) => `${title} ${column}`,
    value: ({ column }, _pane, values) => values?.[column],
  },
};

/**
 * Where the samples of a signal stand, in device pixels; `font` is the size of the axis' numbers.
 * Signals with the same `across` stand at one scale: sample i of one below sample i of the other.
 */
export function signal_layout(pane, [box_height, box_width], ratio, font = 12 * ratio) {
  const { width: samples, low, high, across = 0 } = pane;
  const margin = 4.3 * font;
  const unit = Math.min((box_width - margin) / Math.max(samples, across), WIDEST * ratio);
  const edge = 0.75 * font; // half of what a number is high
  const foot = box_height - 1.2 * font - TICK * ratio; // below it stand the numbers of the samples
  const y = (value) => edge + ((high - value) / (high - low)) * (foot - 2 * edge);
  return {
    margin,
    unit,
    font,
    foot,
    y,
    x: (sample) => margin + (sample + 0.5) * unit,
    height: box_height,
    width: Math.ceil(margin + samples * unit),
  };
}

/** The sample under a point, {channel, row, column}, or null. */
export function sample_at(x, y, { margin, unit, height }, { width: samples }) {
  const column = Math.floor((x - margin) / unit);
  return y >= 0 && y < height && column >= 0 && column < samples
    ? { channel: 0, row: 0, column }
    : null;
}

/** The samples that are numbered at the axis: every so many that their numbers stand apart. */
export function numbered(samples, unit, font) {
  const room = font * (0.6 * String(samples - 1).length + 1.2);
  const step = STEPS.find((each) => each * unit >= room) ?? samples;
  return Array.from({ length: Math.ceil(samples / step) }, (_, i) => i * step);
}

/**
 * Draw a signal: its range, zero line and axis at once, of its samples the first `reveal`.
 *
 * pane: width, low, high; values: Float32Array, where it is not finite the curve has a gap;
 * colour: of the curve; ink: of what belongs to the page.
 */
export function draw_signal(canvas, pane, values, layout, look) {
  const { ratio, ink, colour, reveal = Infinity } = look;
  canvas.width = layout.width;
  canvas.height = layout.height;
  const context = canvas.getContext("2d");
  draw_zero(context, pane, layout, ratio, ink);
  draw_samples_axis(context, pane, layout, ratio, ink);
  const shown = values.subarray(0, Math.min(reveal, values.length));
  Object.assign(context, { strokeStyle: colour, fillStyle: colour, lineWidth: 1.5 * ratio });
  context.lineJoin = "round";
  draw_curve(context, shown, layout);
  if (layout.unit >= DOTS_FROM * ratio || shown.length === 1)
    draw_dots(context, shown, layout, Math.min(4 * ratio, 0.34 * layout.unit));
}

function draw_curve(context, shown, { x, y }) {
  context.beginPath();
  let pen = false;
  shown.forEach((value, sample) => {
    const finite = Number.isFinite(value);
    if (finite) context[pen ? "lineTo" : "moveTo"](x(sample), y(value));
    pen = finite;
  });
  context.stroke();
}

function draw_dots(context, shown, layout, radius) {
  context.beginPath();
  shown.forEach((value, sample) => {
    if (!Number.isFinite(value)) return;
    const [x, y] = [layout.x(sample), layout.y(value)];
    context.moveTo(x + radius, y);
    context.arc(x, y, radius, 0, 2 * Math.PI);
  });
  context.fill();
}

/** The zero line, and the numbers at its height and at both edges where they have room. */
function draw_zero(context, { low, high }, { margin, width, font, y }, ratio, ink) {
  const zero = Math.round(y(0)) + 0.5;
  Object.assign(context, { globalAlpha: 0.45, strokeStyle: ink, lineWidth: ratio });
  context.beginPath();
  context.moveTo(margin, zero);
  context.lineTo(width, zero);
  context.stroke();
  Object.assign(context, { globalAlpha: 0.8, font: `${font}px sans-serif`, fillStyle: ink });
  Object.assign(context, { textAlign: "right", textBaseline: "middle" });
  const room = 1.25 * font;
  for (const value of [0, low, high]) {
    if (value !== 0 && Math.abs(y(value) - y(0)) < room) continue;
    context.fillText(number_text(value), margin - 8 * ratio, y(value));
  }
  context.globalAlpha = 1;
}

/** A tick and a number under some of the samples. */
function draw_samples_axis(context, { width: samples }, { unit, font, foot, x }, ratio, ink) {
  Object.assign(context, { globalAlpha: 0.6, fillStyle: ink });
  Object.assign(context, { textAlign: "center", textBaseline: "top" });
  for (const sample of numbered(samples, unit, font)) {
    context.fillRect(Math.round(x(sample)) - ratio / 2, foot, ratio, TICK * ratio);
    context.fillText(String(sample), x(sample), foot + TICK * ratio + 0.1 * font);
  }
  context.globalAlpha = 1;
}
