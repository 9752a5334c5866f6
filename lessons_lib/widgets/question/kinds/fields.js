// Numbers to type: one, or one for each axis.
import { make } from "../../shared/elements.js";

const FRACTION = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:\s*\/\s*(\d+\.?\d*|\.\d+))?$/;

/** "−3", "-3", " 4 ", "0,5", "20/4" -> number; null for what is none. */
export function read_number(text) {
  const plain = text.trim().replace(/[−–]/g, "-").replaceAll(",", ".");
  const [, above, below = "1"] = FRACTION.exec(plain) ?? [];
  return above && Number(below) ? Number(above) / Number(below) + 0 : null;
}

/** A number as it stands in a field. */
export function field_text(number) {
  return String(number).replace("-", "−");
}

/** A field for one number; `label` says what it is. */
export function make_field(document, parent, label, changed) {
  const field = make(document, "input", "lesson-question-field", parent);
  field.type = "text";
  field.inputMode = "text"; // a keyboard with a minus sign
  field.autocomplete = "off";
  field.setAttribute("aria-label", label);
  field.addEventListener("input", changed);
  return field;
}

/** Write numbers into fields; `state` "key" says that they are the answer. */
export function fill_fields(fields, numbers, state) {
  fields.forEach((field, i) => {
    field.value = numbers ? field_text(numbers[i]) : "";
    field.readOnly = state === "key";
    field.classList.toggle("lesson-question-key", state === "key");
  });
}

function fields(document, { parts }, place, changed, unit) {
  const root = make(document, "div", "lesson-question-fields", place);
  const all = parts.map((part, i) => {
    if (i > 0) make(document, "span", "", root, "×").setAttribute("aria-hidden", "true");
    const label = make(document, "label", "lesson-question-part", root);
    const name = part || "your answer";
    make(document, "span", "lesson-question-name", label, name);
    return make_field(document, label, name, changed);
  });
  if (unit) make(document, "span", "", root, unit);
  return {
    guess: () => all.map((field) => read_number(field.value)),
    fill: (numbers, state) => fill_fields(all, numbers, state),
    focus: () => all[0].focus({ preventScroll: true }),
  };
}

export function number(document, asked, place, changed) {
  return fields(document, asked, place, changed, asked.unit);
}

export function shape(document, asked, place, changed) {
  return fields(document, asked, place, changed, "");
}
