// Numbers as Python writes them behind a pixel: a tie goes to the even one. See kit/microscope.py and
// visualization/numbers.py, whose rules these are.

const WRITTEN_DIGITS = 4; // after the point, in a written sum
const ONE_VALUE = 1e-6; // numbers that differ by less are one
const SMALLEST_PLAIN = 1e-3; // smaller numbers are printed as powers of ten
const ENOUGH_DIGITS = 25; // after the point: what is a tie at a few digits ends long before

/** The size of a number with so many digits after the point, as text. */
function rounded_text(value, digits) {
  const size = Math.abs(value);
  const exact = size.toFixed(ENOUGH_DIGITS);
  const end = exact.indexOf(".") + 1 + digits;
  const is_tie = /^50*$/.test(exact.slice(end)) && Number(exact[end - 1]) % 2 === 0;
  return is_tie ? exact.slice(0, end) : size.toFixed(digits);
}

/** A number as it is printed, to be reckoned with. */
export function as_printed(value) {
  if (!Number.isFinite(value)) return value;
  return Math.sign(value) * Number(rounded_text(value, WRITTEN_DIGITS));
}

/** A number with a true minus sign and four digits after the point; no minus zero. */
export function fixed_text(value) {
  if (!Number.isFinite(value)) return value < 0 ? "−∞" : "∞";
  const text = rounded_text(value, WRITTEN_DIGITS);
  return `${value < 0 && Number(text) !== 0 ? "−" : ""}${text}`;
}

/** The same, with its sign always. */
export function signed_text(value) {
  const text = fixed_text(value);
  return text.startsWith("−") ? text : `+${text}`;
}

/** A number of 0 or more in a few signs, tiny ones as a power of ten. */
export function power_text(value) {
  if (value === 0) return "0";
  if (value >= SMALLEST_PLAIN) return rounded_text(value, WRITTEN_DIGITS);
  const [digit, power] = value.toExponential(0).split("e-");
  return `${digit}·10⁻${[...power].map((each) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[each]).join("")}`;
}

/** Whether printed numbers add up to the printed total. */
export function adds_up_printed(addends, total) {
  const sum = addends.reduce((before, each) => before + as_printed(each), 0);
  return Math.abs(sum - as_printed(total)) < 0.5 * 10 ** -WRITTEN_DIGITS;
}

/** Whether the numbers printed in two grids multiply to those printed in a third. */
export function multiplies(first, second, products) {
  const [one, other, made] = [first, second, products].map((each) => each.map(hundredths));
  return made.every((product, n) => Math.abs(one[n] * other[n] - product) < ONE_VALUE);
}

/** As torch rounds to two digits: the hundredfold to a whole number, of two as near to the even one. */
function hundredths(value) {
  const below = Math.floor(value * 100);
  const rest = value * 100 - below;
  const up = rest > 0.5 || (rest === 0.5 && below % 2 !== 0);
  return (up ? below + 1 : below) / 100;
}

/** The smallest range around zero that holds every finite number, as `signed_range` finds it. */
export function around_zero(values) {
  const finite = values.filter(Number.isFinite);
  const most = Math.max(0, ...finite.map(Math.abs));
  const apart = Math.max(...finite) - Math.min(...finite);
  const end = apart <= ONE_VALUE * Math.max(1, most) ? Math.max(1, most) : most;
  return [-end, end];
}
