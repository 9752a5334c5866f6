// Numbers and runs of text as the lessons print them.

/** A number with a true minus sign; `digits` after the point, none for whole numbers. */
export function number_text(value, digits = 2) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const whole = Number.isInteger(value);
  const text = whole ? String(value) : value.toFixed(digits);
  return text.replace("-", "−");
}

/** 1764 -> "1 764", 7022700 -> "7.02 M": counts that can be read aloud. */
export function count_text(count) {
  if (count < 1e6) return String(count).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const [unit, size] = count < 1e9 ? ["M", 1e6] : ["G", 1e9];
  return `${(count / size).toPrecision(3)} ${unit}`;
}

/** The cost line: weights, multiply-adds and, once measured, milliseconds. */
export function cost_text(cost, milliseconds) {
  if (!cost) return "";
  const weights = `${count_text(cost.weights)} weight${cost.weights === 1 ? "" : "s"}`;
  const adds = `${count_text(cost.multiply_adds)} multiply-adds`;
  const time = milliseconds > 0 ? `${milliseconds.toPrecision(2)} ms` : "– ms";
  return `${weights} · ${adds} · ${time}`;
}

/** (3, 512, 512) -> "3 × 512 × 512". */
export function shape_text(shape) {
  return shape.join(" × ");
}

/** Terms [{text, role, style}] as elements, each in its role's colour. */
export function term_elements(terms, document) {
  return terms.map(({ text, role, style }) => {
    const element = document.createElement(style === "sub" ? "sub" : "span");
    element.textContent = text;
    if (role) element.className = `lesson-role lesson-role-${role}`;
    return element;
  });
}
