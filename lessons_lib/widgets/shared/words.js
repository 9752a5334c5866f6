// Numbers and runs of text as the lessons print them.

/** A number with a true minus sign; `digits` after the point, none for whole numbers. */
export function number_text(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const whole = Number.isInteger(value);
  const text = whole ? String(value) : value.toFixed(digits);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"); // no minus zero
}

/** The end of a colour scale, to two digits however small: 0.0004 -> "0.0004", 3e-7 -> "3·10⁻⁷". */
export function scale_text(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || size >= 0.095 || size === 0) return number_text(value);
  const sign = value < 0 ? "−" : "";
  if (size >= 1e-4) return sign + String(Number(size.toPrecision(2)));
  const [digits, power] = size.toExponential(0).split("e-");
  return `${sign}${digits}·10⁻${[...power].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("")}`;
}

/**
 * Both ends of a colour scale, and how far the numbers go on beyond them: [−0.47, +0.47 ▸ +0.80].
 * reach: [smallest, largest] where some are beyond, else null.
 */
export function scale_ends(low, high, reach) {
  const [smallest, largest] = reach ?? [low, high];
  const half = (high - low) / 508; // of one of 254 steps
  const plus = low < 0 ? "+" : "";
  const [first, last] = [scale_text(low), plus + scale_text(high)];
  return [
    smallest < low - half ? `${scale_text(smallest)} ◂ ${first}` : first,
    largest > high + half ? `${last} ▸ ${plus}${scale_text(largest)}` : last,
  ];
}

/** A colour scale in words: "colours from −1 to +1; numbers from −0.20 to +3, beyond them the last colour". */
export function scale_words(low, high, reach) {
  const [first, last] = scale_ends(low, high);
  const colours = `colours from ${first} to ${last}`;
  if (!reach) return colours;
  const [smallest, largest] = scale_ends(...reach);
  return `${colours}; numbers from ${smallest} to ${largest}, beyond them in the last colour`;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number at an axis, as short as it is round; very large and small ones as powers: 1e-4 -> "10⁻⁴". */
export function tick_text(value) {
  const size = Math.abs(value);
  const plain = size * (1 + 1e-6) >= 1e-3 && size < 1e5;
  if (!Number.isFinite(value) || value === 0) return number_text(value);
  if (plain) return String(Number(value.toPrecision(6))).replace("-", "−");
  const [digits, power] = size.toExponential(2).split("e");
  const short = digits.replace(/\.?0+$/, "");
  const raised = [...power].map((sign) => RAISED[sign] ?? (sign === "-" ? "⁻" : "")).join("");
  return `${value < 0 ? "−" : ""}${short === "1" ? "" : `${short}·`}10${raised}`;
}

/** A number of any size to three digits: 0.012345 -> "0.0123", 3.21e-7 -> "3.21·10⁻⁷". */
export function short_text(value) {
  return Number.isFinite(value) ? tick_text(Number(value.toPrecision(3))) : number_text(value);
}

/** 1764 -> "1 764", 7022700 -> "7.02 M": counts that can be read aloud. */
export function count_text(count) {
  if (count < 1e6) return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const [unit, size] = count < 1e9 ? ["M", 1e6] : ["G", 1e9];
  return `${(count / size).toPrecision(3)} ${unit}`;
}

/** The cost line: weights, what is done with numbers and, once measured, milliseconds. */
export function cost_text(cost, milliseconds) {
  if (!cost) return "";
  const counted = (count, word) => `${count_text(count)} ${word}${count === 1 ? "" : "s"}`;
  const biases = cost.biases === 1 ? " + 1 bias" : ` + ${count_text(cost.biases)} biases`;
  const weights = counted(cost.weights, "weight") + (cost.biases ? biases : "");
  const work = work_text(cost);
  return [weights, work, time_text(milliseconds)].filter(Boolean).join(" · ");
}

/** 3.14 -> "3.1 ms"; 0 is not measured yet, null never is, and what took time never reads 0.00. */
function time_text(milliseconds) {
  if (milliseconds === null) return "";
  if (!(milliseconds > 0)) return "– ms";
  if (milliseconds < 0.01) return "< 0.01 ms";
  const digits = milliseconds >= 10 ? 0 : milliseconds >= 1 ? 1 : 2;
  return `${milliseconds.toFixed(digits)} ms`;
}

/** What is done: multiply-adds, and what a pooling does instead of them or besides. */
function work_text({ multiply_adds, comparisons = 0, additions = 0 }) {
  const counts = [
    [multiply_adds, "multiply-adds"],
    [comparisons, "comparisons"],
    [additions, "additions"],
  ];
  const done = counts.filter(([count]) => count > 0);
  return (done.length ? done : counts.slice(0, 1))
    .map(([count, words]) => `${count_text(count)} ${words}`)
    .join(" · ");
}

/** What a cost is compared with: how many times the other's weights, multiply-adds and milliseconds it takes. */
export function compared_text(cost, compared, milliseconds, others) {
  if (!cost || !compared) return "";
  const ratio = (own, other) =>
    other > 0 && own > 0 ? tick_text(Number((own / other).toPrecision(3))) : "–";
  const ratios = [
    ratio(cost.weights, compared.cost.weights),
    ratio(cost.multiply_adds, compared.cost.multiply_adds),
    ratio(milliseconds, others),
  ];
  const parts = cost_text(compared.cost, others).split(" · ");
  const note = compared.note && ` (${compared.note})`;
  return `= ${parts.map((part, i) => `${ratios[i]} × ${part}`).join(" · ")} of ${compared.name}${note}`;
}

/** A text in which no line ends between a number and its "%". */
export function unbroken(text) {
  return text.replaceAll(" %", "\u00a0%");
}

/** (3, 512, 512) -> "3 × 512 × 512". */
export function shape_text(shape) {
  return shape.join(" × ");
}

const css_of = ({ role, style }) =>
  [role && `lesson-role lesson-role-${role}`, style === "winner" && "lesson-winner"]
    .filter(Boolean)
    .join(" ");
const tag_of = ({ style }) => (style === "sub" ? "SUB" : "SPAN");

/** Terms [{text, role, style}] as elements, each in its role's colour. */
export function term_elements(terms, document) {
  return terms.map((term) => {
    const element = document.createElement(tag_of(term));
    element.textContent = term.text;
    element.className = css_of(term);
    return element;
  });
}

/** Show terms in a parent; where only numbers changed, only these are written, nothing is rebuilt. */
export function show_terms(parent, terms, document) {
  const old = parent.children;
  const alike =
    old.length === terms.length &&
    terms.every((term, i) => old[i].tagName === tag_of(term) && old[i].className === css_of(term));
  if (!alike) {
    parent.replaceChildren(...term_elements(terms, document));
    return;
  }
  terms.forEach(({ text }, i) => {
    if (old[i].textContent !== text) write(old[i], text);
  });
}

/** Change an element's text without making a new text node. */
export function write(element, text) {
  if (element.firstChild) element.firstChild.nodeValue = text;
  else element.textContent = text;
}
