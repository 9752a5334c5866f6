// Tensors that were saved, and what of them one output pixel was computed from. How each is kept is said
// in tensors_data.py.
import { Axis } from "../stage/links.js";

const BITS = new DataView(new ArrayBuffer(4));

/** Numbers of the buffers that a tensor is read from. */
export function buffers_of({ within, of_255, levels, table, floats, made, steps }) {
  if (within) return buffers_of(within);
  const own = [of_255, levels, table, floats, steps];
  return [...own, ...(made ?? []).flatMap(sum_buffers)].filter(Number.isInteger);
}

export const taps_buffers = ({ rows, columns }) => [rows, columns];

export const sum_buffers = (saved) => [
  ...buffers_of(saved.image),
  ...buffers_of(saved.weight),
  ...taps_buffers(saved),
];

/** A tensor: its size, and at(channel, row, column), each number as float32 has it. */
export function tensor_of(saved, buffers) {
  const [channels, height, width] = saved.shape;
  return { channels, height, width, at: reader_of(saved, buffers) };
}

function reader_of(saved, buffers) {
  const [channels, height, width] = saved.shape;
  if (saved.within) {
    const { at } = tensor_of(saved.within, buffers);
    return (_, i, j) => at(saved.channel, i, j);
  }
  if (saved.of_255 !== undefined) {
    const bytes = buffers.get(saved.of_255);
    return (c, i, j) => Math.fround(bytes[(i * width + j) * channels + c] / 255);
  }
  if (saved.levels !== undefined) {
    const bytes = buffers.get(saved.levels);
    const value = floats_of(buffers.get(saved.table));
    return (c, i, j) => value(bytes[(i * width + j) * channels + c]);
  }
  if (saved.made) return made_reader(saved, buffers);
  const value = floats_of(buffers.get(saved.floats));
  return (c, i, j) => value((c * height + i) * width + j);
}

function floats_of(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (index) => view.getFloat32(4 * index, true);
}

// --- what a layer made ---------------------------------------------------------------------------------

/** Each number as the sum that it is, set right by its steps. */
function made_reader({ shape: [channels, height, width], made, steps }, buffers) {
  const sums = made.map((each) => summed_by(each, buffers));
  const planes = steps === null ? null : buffers.get(steps);
  const count = channels * height * width;
  return (c, i, j) => {
    const value = sums[c](i, j);
    if (!planes) return value;
    const at = (c * height + i) * width + j;
    const folded = [0, 1, 2, 3].reduce((sum, n) => sum + planes[n * count + at] * 256 ** n, 0);
    return stepped(value, folded % 2 ? -(folded + 1) / 2 : folded / 2);
  };
}

/** (row, column) -> the sum of the products there, in the order of `made_values` in tensors_data.py. */
function summed_by(saved, buffers) {
  const [image, weight] = [saved.image, saved.weight].map((each) => tensor_of(each, buffers));
  const [rows, columns] = axes_of(saved, buffers);
  const chain = (down, across) => {
    let total = 0;
    for (const [i, row] of down)
      for (const [j, column] of across)
        for (let c = 0; c < image.channels; c += 1)
          total = Math.fround(total + image.at(c, row, column) * weight.at(c, i, j));
    return total;
  };
  const add = (first, second) => Math.fround(first + second);
  return (row, column) => {
    const [down, across] = [rows.sources(row), columns.sources(column)].map(reading);
    const parts = saved.transposed
      ? across.map((tap) => chain(down, [tap]))
      : [chain(down, across)];
    const value = add(parts.reduce(add, 0), saved.bias ?? 0);
    return saved.relu ? Math.max(0, value) : value;
  };
}

/** The taps that read something: [tap, source] each. */
const reading = (sources) => [...sources.entries()].filter(([, source]) => source >= 0);

/** The float32 number so many steps above another one. */
function stepped(value, steps) {
  BITS.setFloat32(0, value);
  const bits = BITS.getInt32(0);
  const number = (bits < 0 ? -(bits & 0x7fffffff) : bits) + steps;
  BITS.setUint32(0, number < 0 ? 0x80000000 - number : number);
  return BITS.getFloat32(0);
}

// --- what one pixel was computed from ------------------------------------------------------------------

export const axes_of = (saved, buffers) => [
  new Axis(buffers.get(saved.rows), saved.row_taps),
  new Axis(buffers.get(saved.columns), saved.column_taps),
];

export const inside_of = (n, count) => Math.min(Math.max(n, 0), count - 1);

/** What a pixel reads: {row, column, down, across}; a place beyond is held at the edge. */
export function taps_at(saved, buffers, { row, column }) {
  const axes = axes_of(saved, buffers);
  const at = [row, column].map((n, axis) => inside_of(n, axes[axis].outputs));
  const [down, across] = axes.map((axis, n) => axis.sources(at[n]));
  return { row: at[0], column: at[1], down, across };
}

/** Every cell of a window, channel after channel: [channel, row in it, column in it]. */
export function window_cells(channels, height, width) {
  const each = (count) => [...Array(count).keys()];
  return each(channels).flatMap((c) =>
    each(height).flatMap((i) => each(width).map((j) => [c, i, j])),
  );
}

/** A part of a probe, as `probe_data` gives it. */
export function probe_part(words, { channels, height, width }, values, [low, high], apart = {}) {
  const flags = (list) => (list ? Uint8Array.from(list, Number) : null);
  return {
    ...words,
    channels,
    height,
    width,
    values: new Uint8Array(Float32Array.from(values).buffer),
    low,
    high,
    outside: flags(apart.outside),
    marked: flags(apart.marked),
  };
}

export const probe_term = (text, role = "", style = "") => ({ text, role, style });
