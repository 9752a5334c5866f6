// What is done with the numbers under a window, and how it is written out: one entry per operation.
import { PAST_PADDING, kernel_grid } from "./links.js";
import { as_bytes } from "../shared/pixels.js";
import { number_text } from "../shared/words.js";

const MOST_WRITTEN = 12; // more products are not written out twice
const MOST_STAMPS = 9; // a larger kernel is not written out
const DIGITS = [2, 3, 4]; // tried after the point, until nothing is rounded

const add_up = (parts) => parts.reduce((a, b) => a + b, 0);

const largest_of = (parts) =>
  parts.findIndex((part) => Number.isNaN(part) || part === Math.max(...parts));

/*
 * symbol    between the numbers
 * before, after   around them, "" for nothing
 * combine   from the numbers to their result
 * outside   what a tap beyond the source reads; null: it is left out where outside does not count
 * winner    the index of the number that is the result; -1: all have a share in it
 * as_table  whether the microscope shows one number per channel, in a table with their names above
 */
export const OPERATIONS = {
  sum: {
    symbol: " + ",
    before: "",
    after: () => "",
    combine: add_up,
    outside: 0,
    winner: () => -1,
    as_table: false,
  },
  mean: {
    symbol: " + ",
    before: "(",
    after: (count) => `) / ${count}`,
    combine: (parts) => add_up(parts) / parts.length,
    outside: 0,
    winner: () => -1,
    as_table: false,
  },
  max: {
    symbol: ", ",
    before: "max(",
    after: () => ")",
    combine: (parts) => Math.max(...parts),
    outside: -Infinity,
    winner: largest_of,
    as_table: false,
  },
  scores: {
    symbol: ", ",
    before: "largest of ",
    after: () => "",
    combine: (parts) => Math.max(...parts),
    outside: -Infinity,
    winner: largest_of,
    as_table: true,
  },
};

// --- the numbers under a window ----------------------------------------------------------------------

/**
 * Every number behind one output cell: [{value, weight, outside}], tap after tap; weight is undefined
 * where no kernel weighs them. A tap that brings nothing to this cell has no entry: in a transposed
 * convolution, while only the first `painted` source cells have stamped, outside where that does not
 * count, and always beyond the padding.
 */
export function factors(link, { channel, row, column }, source, kernel, more = {}) {
  const { painted = Infinity, beyond = 0 } = more; // what is read beyond the source; null: nothing
  const found = [];
  const channels = link.channels ? link.channels.sources(channel) : [0];
  channels.forEach((from, c) => {
    link.rows.sources(row).forEach((r, i) => {
      link.columns.sources(column).forEach((k, j) => {
        if (r === PAST_PADDING || k === PAST_PADDING) return;
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
  const { operation = "sum", bias, roles = ["input", "kernel"], bias_label = "bias" } = how;
  const doing = OPERATIONS[operation];
  const parts = numbers.map(({ value, weight }) => (weight === undefined ? value : value * weight));
  const added = bias === undefined ? [] : [bias];
  const steps = [numbers_step(numbers, doing, doing.winner(parts), { added, roles, bias_label })];
  const finer = digits_for([...parts, ...added, ...(result === undefined ? [] : [result])]);
  const weighed = numbers.some(({ weight }) => weight !== undefined);
  if (weighed && numbers.length + added.length > 1 && numbers.length <= MOST_WRITTEN)
    steps.push(parts_step(parts, doing, added, finer));
  const last = steps.at(-1).comes_to;
  const terms = steps.flatMap(({ terms: own, comes_to }, i) =>
    i ? [sign(steps[i - 1].comes_to, comes_to), ...own] : own,
  );
  if (result === undefined) return [...terms, plain(" = ?")];
  const shown = { text: number_text(result, finer), role: "output", style: "" };
  return [...terms, sign(last, printed(result, finer)), shown];
}

/** The numbers as they are, with their weights and the bias: {terms, comes_to}, what is printed comes to. */
function numbers_step(numbers, doing, winner, { added, roles, bias_label }) {
  const all = numbers.flatMap(({ value, weight = 0 }) => [value, weight]);
  const digits = digits_for([...all, ...added]);
  const terms = numbers.length
    ? number_terms(numbers, doing, digits, roles, winner)
    : [plain("no stamp: 0")];
  for (const bias of added)
    terms.push(
      plain(" + "),
      { text: signed(bias, digits), role: roles[1], style: "" },
      plain(` (${bias_label})`),
    );
  const products = numbers.map(
    ({ value, weight }) =>
      printed(value, digits) * (weight === undefined ? 1 : printed(weight, digits)),
  );
  return { terms, comes_to: come_to(doing, products, added, digits) };
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

/** What the products come to, each for itself. */
function parts_step(parts, doing, added, digits) {
  const written = (list) => list.map((each) => signed(each, digits));
  const inside = `${doing.before}${written(parts).join(doing.symbol)}${doing.after(parts.length)}`;
  const products = parts.map((part) => printed(part, digits));
  return {
    terms: [plain([inside, ...written(added)].join(" + "))],
    comes_to: come_to(doing, products, added, digits),
  };
}

const come_to = (doing, products, added, digits) =>
  doing.combine(products) + add_up(added.map((each) => printed(each, digits)));

const printed = (value, digits) => (Number.isFinite(value) ? Number(value.toFixed(digits)) : value);

/** The fewest digits after the point with which nothing is rounded; the usual ones where that takes too many. */
function digits_for(values) {
  const exact = (digits) =>
    values.every(
      (value) => !Number.isFinite(value) || Math.abs(value - printed(value, digits)) < 1e-6,
    );
  return DIGITS.find(exact) ?? DIGITS[0];
}

/** Whether what is printed on both sides is really equal. */
function closes(left, right) {
  if (!Number.isFinite(left) || !Number.isFinite(right)) return Object.is(left, right);
  return Math.abs(left - right) < 1e-7 * Math.max(1, Math.abs(left));
}

const sign = (left, right) => plain(closes(left, right) ? " = " : " ≈ ");

/** Whether printed numbers add up to the printed total: the rule of `adds_up` in kit/microscope.py too. */
export function adds_up(addends, total, digits) {
  return closes(add_up(addends.map((each) => printed(each, digits))), printed(total, digits));
}
