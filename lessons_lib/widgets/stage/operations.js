// What is done with the numbers under a window, and how it is written out: one entry per operation.
import { kernel_grid } from "./links.js";
import { as_bytes } from "../shared/pixels.js";
import { number_text } from "../shared/words.js";

const MOST_WRITTEN = 12; // more products are not written out twice
const MOST_STAMPS = 9; // a larger kernel is not written out
const DIGITS = [2, 3, 4]; // tried after the point, until nothing is rounded

const add_up = (parts) => parts.reduce((a, b) => a + b, 0);

/*
 * symbol    between the numbers
 * before, after   around them; null: nothing
 * combine   from the numbers to their result
 * outside   what a tap beyond the source reads; null: it is left out where outside does not count
 * winner    the index of the number that is the result; -1: all have a share in it
 * middle    whether the written products are followed by what each of them comes to
 */
export const OPERATIONS = {
  sum: {
    symbol: " + ",
    before: "",
    after: () => "",
    combine: add_up,
    outside: 0,
    winner: () => -1,
  },
  mean: {
    symbol: " + ",
    before: "(",
    after: (count) => `) / ${count}`,
    combine: (parts) => add_up(parts) / parts.length,
    outside: 0,
    winner: () => -1,
  },
  max: {
    symbol: ", ",
    before: "max(",
    after: () => ")",
    combine: (parts) => Math.max(...parts),
    outside: -Infinity,
    winner: (parts) => parts.findIndex((part) => Number.isNaN(part) || part === Math.max(...parts)),
  },
};

// --- the numbers under a window ----------------------------------------------------------------------

/**
 * Every number behind one output cell: [{value, weight, outside}], tap after tap; weight is undefined
 * where no kernel weighs them. A tap that brings nothing to this cell has no entry: in a transposed
 * convolution, while only the first `painted` source cells have stamped, or outside where that does
 * not count.
 */
export function factors(link, { channel, row, column }, source, kernel, more = {}) {
  const { painted = Infinity, beyond = 0 } = more; // what is read beyond the source; null: nothing
  const found = [];
  const channels = link.channels ? link.channels.sources(channel) : [0];
  channels.forEach((from, c) => {
    link.rows.sources(row).forEach((r, i) => {
      link.columns.sources(column).forEach((k, j) => {
        const missing = from < 0 || r < 0 || k < 0;
        const at = (from * source.pane.height + r) * source.pane.width + k;
        if (link.transposed && (missing || at >= painted)) return;
        const outside = missing || is_apart(source.pane, at, r, k);
        if (outside && beyond === null) return;
        const value = missing ? beyond : source.values[at];
        const grid = kernel_grid(link, channel, c);
        const weight = kernel?.values[(grid * kernel.pane.height + i) * kernel.pane.width + j];
        found.push({ value, weight, outside });
      });
    });
  });
  return found;
}

/** Whether a pane draws a cell apart: a ring of padding, or zeros between the pixels. */
function is_apart({ ring, outside }, at, row, column) {
  if (outside) return Boolean(as_bytes(outside)[at]);
  if (!ring) return false;
  const [top, left, rows, columns] = ring;
  return row < top || row >= top + rows || column < left || column >= left + columns;
}

/** One stamp: the products of a source cell with every weight, and the cells where they land. */
export function stamps(link, { channel, row, column }, source, kernel) {
  const value = source.values[(channel * source.pane.height + row) * source.pane.width + column];
  const found = [];
  link.rows.targets(row).forEach((r, i) => {
    link.columns.targets(column).forEach((k, j) => {
      const weight = kernel.values[i * kernel.pane.width + j];
      found.push({ value, weight, row: r, column: k, lost: r < 0 || k < 0 });
    });
  });
  return found;
}

// --- written out ---------------------------------------------------------------------------------------

const plain = (text) => ({ text, role: "", style: "" });

function signed(value, digits) {
  const number = number_text(value, digits);
  return number.startsWith("−") ? `(${number})` : number;
}

/** A stamp as terms; a large kernel is not written out. */
export function stamp_terms(products, roles = ["input", "kernel"]) {
  const value = { text: signed(products[0].value), role: roles[0], style: "" };
  if (products.length > MOST_STAMPS)
    return [
      value,
      plain(` times the kernel, ${products.length} products, added to the outlined cells`),
    ];
  return products.flatMap(({ weight, row, column, lost }, i) => [
    plain(i ? ", " : ""),
    value,
    plain("·"),
    { text: signed(weight), role: roles[1], style: "" },
    plain(" = "),
    { text: signed(products[i].value * weight), role: "output", style: "" },
    plain(lost ? " cut off" : ` at (${row}, ${column})`),
  ]);
}

/**
 * What is done under a window, as terms: the numbers (or the products), what the products come to where
 * there is room for that, and the result.
 *
 * numbers: from `factors`; result: undefined while it is hidden; how: {operation, bias, bias_label, roles}.
 */
export function written_terms(numbers, result, how = {}) {
  const { operation = "sum", bias, bias_label = "bias", roles = ["input", "kernel"] } = how;
  const doing = OPERATIONS[operation];
  const parts = numbers.map(({ value, weight }) => (weight === undefined ? value : value * weight));
  const digits = digits_for([
    ...numbers.flatMap(({ value, weight = 0 }) => [value, weight]),
    bias ?? 0,
  ]);
  const finer = digits_for([...parts, bias ?? 0, result ?? 0]);
  const terms = numbers.length
    ? number_terms(numbers, doing, digits, roles, doing.winner(parts))
    : [plain("no stamp: 0")];
  const bias_terms = (more) =>
    bias === undefined
      ? []
      : [plain(" + "), { text: signed(bias, digits), role: roles[1], style: "" }, ...more];
  terms.push(...bias_terms([plain(` (${bias_label})`)]));
  let last = numbers.map(
    ({ value, weight }) =>
      printed(value, digits) * (weight === undefined ? 1 : printed(weight, digits)),
  );
  const weighed = numbers.some(({ weight }) => weight !== undefined);
  const several = numbers.length + (bias === undefined ? 0 : 1) > 1;
  if (weighed && several && numbers.length <= MOST_WRITTEN) {
    const next = parts.map((part) => printed(part, finer));
    terms.push(plain(equals(doing, last, next, bias, Math.max(digits, finer))));
    terms.push(
      plain(
        around(
          doing,
          parts.map((part) => signed(part, finer)),
        ),
      ),
    );
    if (bias !== undefined) terms.push(plain(` + ${signed(bias, finer)}`));
    last = next;
  }
  if (result === undefined) return [...terms, plain(" = ?")];
  const found = doing.combine(last) + (bias === undefined ? 0 : printed(bias, finer));
  terms.push(plain(closes(found, result, finer) ? " = " : " ≈ "));
  return [...terms, { text: number_text(result, finer), role: "output", style: "" }];
}

function number_terms(numbers, doing, digits, [of_source, of_kernel], winner) {
  const terms = [plain(doing.before)];
  numbers.forEach(({ value, weight, outside }, i) => {
    if (i) terms.push(plain(doing.symbol));
    const style = i === winner ? "winner" : "";
    terms.push({ text: signed(value, digits), role: outside ? "padding" : of_source, style });
    if (weight === undefined) return;
    terms.push(plain("·"), { text: signed(weight, digits), role: of_kernel, style });
  });
  return [...terms, plain(doing.after(numbers.length))].filter(({ text }) => text);
}

const around = ({ before, symbol, after }, texts) =>
  `${before}${texts.join(symbol)}${after(texts.length)}`;

const equals = (doing, left, right, bias, digits) => {
  const more = bias ?? 0;
  return closes(doing.combine(left) + more, doing.combine(right) + more, digits) ? " = " : " ≈ ";
};

const printed = (value, digits) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : value);

/** The fewest digits after the point with which nothing is rounded; the usual ones where that takes too many. */
function digits_for(values) {
  const exact = (digits) =>
    values.every(
      (value) => !Number.isFinite(value) || Math.abs(value - printed(value, digits)) < 1e-6,
    );
  return DIGITS.find(exact) ?? DIGITS[0];
}

/** Whether what printed numbers come to is the printed result. */
function closes(found, result, digits) {
  if (!Number.isFinite(found) || !Number.isFinite(result)) return Object.is(found, result);
  return Math.abs(found - printed(result, digits)) < 1e-7 * Math.max(1, Math.abs(found));
}

/** Whether printed numbers add up to the printed total; the rule of `adds_up` in kit/microscope.py. */
export function adds_up(addends, total, digits) {
  return closes(add_up(addends.map((each) => printed(each, digits))), total, digits);
}
