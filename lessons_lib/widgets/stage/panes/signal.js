// Signals on a canvas: one channel along a line, drawn as a curve over a zero line.
import { number_text } from "../../shared/words.js";

const WIDEST = 40; // CSS pixels from sample to sample
const DOTS_FROM = 5; // less than that and dots would touch

/** Where the samples of a signal stand, in device pixels; `font` is the size of the axis' numbers. */
export function signal_layout(
  { width: samples, low, high },
  [box_height, box_width],
  ratio,
  font = 12 * ratio,
) {
  const margin = 4.3 * font;
  const unit = Math.min((box_width - margin) / samples, WIDEST * ratio);
  const edge = 0.75 * font; // half of what a number is high
  const y = (value) => edge + ((high - value) / (high - low)) * (box_height - 2 * edge);
  return {
    margin,
    unit,
    font,
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

/**
 * Draw a signal: its range and zero line at once, of its samples the first `reveal`.
 *
 * pane: width, low, high; values: Float32Array, where it is not finite the curve has a gap;
 * colour: of the curve; ink: of what belongs to the page.
 */
export function draw_signal(
  canvas,
  pane,
  values,
  layout,
  { ratio, ink, colour, reveal = Infinity },
) {
  canvas.width = layout.width;
  canvas.height = layout.height;
  const context = canvas.getContext("2d");
  draw_axis(context, pane, layout, ratio, ink);
  const shown = values.subarray(0, Math.min(reveal, values.length));
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5 * ratio;
  context.lineJoin = "round";
  context.beginPath();
  let pen = false;
  shown.forEach((value, sample) => {
    const finite = Number.isFinite(value);
    if (finite) context[pen ? "lineTo" : "moveTo"](layout.x(sample), layout.y(value));
    pen = finite;
  });
  context.stroke();
  if (layout.unit < DOTS_FROM * ratio && shown.length > 1) return;
  const radius = Math.min(4 * ratio, 0.34 * layout.unit);
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
function draw_axis(context, { low, high }, { margin, width, font, y }, ratio, ink) {
  const zero = Math.round(y(0)) + 0.5;
  context.globalAlpha = 0.45;
  context.strokeStyle = ink;
  context.lineWidth = ratio;
  context.beginPath();
  context.moveTo(margin, zero);
  context.lineTo(width, zero);
  context.stroke();
  context.globalAlpha = 0.8;
  context.font = `${font}px sans-serif`;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = ink;
  const room = 1.25 * font;
  for (const value of [0, low, high]) {
    if (value !== 0 && Math.abs(y(value) - y(0)) < room) continue;
    context.fillText(number_text(value), margin - 8 * ratio, y(value));
  }
  context.globalAlpha = 1;
}
