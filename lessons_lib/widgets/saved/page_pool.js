// Behind a pixel of a pooling: which number of its window is the largest, or what their mean is. The words
// are those of PoolMicroscope in kit/pool_microscope.py.
import { PAST_PADDING } from "../stage/links.js";
import { shape_text } from "../shared/words.js";
import { around_zero, as_printed, fixed_text } from "./page_numbers.js";
import {
  buffers_of,
  window_cells,
  probe_part,
  probe_term,
  taps_at,
  taps_buffers,
  tensor_of,
} from "./page_tensors.js";

const MOST_NUMBERS = 9; // more numbers are counted, not written out
const PADDED = -1;

const added = (numbers) => numbers.reduce((sum, number) => sum + number, 0);

export const pool_probe = {
  needed: (saved) => [...buffers_of(saved.image), ...taps_buffers(saved)],
  look(saved, buffers, at) {
    const { row, column, ...taps } = taps_at(saved, buffers, at);
    const least = saved.averages && !saved.counts_padding ? PADDED : PAST_PADDING;
    const [down, across] = [taps.down, taps.across].map((each) => each.filter((n) => n > least));
    const image = tensor_of(saved.image, buffers);
    const size = { channels: image.channels, height: down.length, width: across.length };
    const cells = window_cells(size.channels, size.height, size.width);
    const outside = cells.map(([, i, j]) => down[i] < 0 || across[j] < 0);
    const missing = saved.averages ? 0 : Number.NEGATIVE_INFINITY;
    const window = cells.map(([c, i, j], n) =>
      outside[n] ? missing : image.at(c, down[i], across[j]),
    );
    const count = size.height * size.width;
    const grids = Array.from({ length: size.channels }, (_, c) =>
      window.slice(c * count, (c + 1) * count),
    );
    const how = pooled_by(saved, count);
    return {
      row,
      column,
      operation: saved.averages ? "mean" : "max",
      labels: size.channels > 1 ? saved.labels : [],
      parts: [pool_part(saved, size, { window, outside, grids })],
      line: [...pool_line(size, grids, how), probe_term(", the output pixel")],
    };
  },
};

/** How a window becomes one number, and what that is called. */
function pooled_by({ averages, divisor, labels }, count) {
  const by = divisor || count;
  return {
    averages,
    by,
    name: (c) => labels[c] ?? `channel ${c}`,
    kept: (numbers) => (averages ? added(numbers) / by : Math.max(...numbers)),
    equals(printed, value) {
      const exact = !averages || Math.abs(printed - as_printed(value)) < 1e-9;
      return probe_term(exact ? " = " : " ≈ ");
    },
  };
}

function pool_part({ averages, table }, size, { window, outside, grids }) {
  const inside = window.filter((_, n) => !outside[n]);
  const grey = table === "grey" && inside.length;
  const seen = grey ? [Math.min(0, ...inside), Math.max(1, ...inside)] : around_zero(window);
  const first = grids.flatMap((numbers) => {
    const largest = numbers.indexOf(Math.max(...numbers)); // of equal ones the first
    return numbers.map((_, n) => n === largest);
  });
  const marked = averages ? null : first.map((chosen, n) => chosen && !outside[n]);
  const words = { name: "window", title: "window", role: "input", table };
  return probe_part(words, size, window, seen, { outside, marked });
}

function pool_line({ height, width }, grids, how) {
  if (grids.length === 1 && height * width <= MOST_NUMBERS) return written_out(grids[0], how);
  if (how.averages) return grids.flatMap((numbers, c) => mean_terms(numbers, c, grids, how));
  const several = grids.length > 1;
  return [
    probe_term(`the largest of ${shape_text([height, width])} numbers:`),
    ...grids.flatMap((numbers, c) => [
      probe_term(several ? `  ${how.name(c)} ` : " "),
      probe_term(fixed_text(how.kept(numbers)), "output"),
    ]),
  ];
}

/** A small window, number by number. */
function written_out(numbers, how) {
  const best = how.averages ? -1 : numbers.indexOf(Math.max(...numbers));
  const [before, between, after] = how.averages
    ? ["(", " + ", `) / ${how.by}`]
    : ["max(", ", ", ")"];
  const in_brackets = (text) => (how.averages && text.startsWith("−") ? `(${text})` : text);
  const value = how.kept(numbers);
  return [
    probe_term(before),
    ...numbers.flatMap((number, n) => [
      ...(n ? [probe_term(between)] : []),
      probe_term(in_brackets(fixed_text(number)), "input", n === best ? "winner" : ""),
    ]),
    probe_term(after),
    how.equals(added(numbers.map(as_printed)) / how.by, value),
    probe_term(fixed_text(value), "output"),
  ];
}

function mean_terms(numbers, c, grids, how) {
  const total = added(numbers);
  const value = how.kept(numbers);
  return [
    ...(c ? [probe_term(";   ")] : []),
    probe_term(grids.length > 1 ? `${how.name(c)} ` : "the sum "),
    probe_term(fixed_text(total), "input"),
    probe_term(` / ${how.by}`),
    how.equals(as_printed(total) / how.by, value),
    probe_term(fixed_text(value), "output"),
  ];
}
