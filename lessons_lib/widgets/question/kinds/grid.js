// An empty grid to type numbers into; the arrows go to the cells around.
import { fill_fields, make_field, read_number } from "./fields.js";
import { make } from "../../shared/elements.js";

/** The field to which an arrow leads, or null: sideways only from the end of what is typed. */
export function next_field(key, i, { rows, columns }, field) {
  const [row, column] = [Math.floor(i / columns), i % columns];
  const { selectionStart: start, selectionEnd: end, value } = field;
  const whole = start === 0 && end === value.length; // all of it is selected
  const at_start = whole || (start === 0 && end === 0);
  const at_end = whole || start === value.length;
  if (key === "ArrowUp") return row > 0 ? i - columns : null;
  if (key === "ArrowDown") return row < rows - 1 ? i + columns : null;
  if (key === "ArrowLeft") return at_start && column > 0 ? i - 1 : null;
  if (key === "ArrowRight") return at_end && column < columns - 1 ? i + 1 : null;
  return null;
}

export function empty_grid(document, { title, rows, columns, parts }, place, changed) {
  const root = make(document, "div", "lesson-question-shown", place);
  make(document, "div", "lesson-question-title", root, title);
  const table = make(document, "div", "lesson-question-empty", root);
  table.style.setProperty("--lesson-question-columns", String(columns));
  table.setAttribute("role", "group");
  table.setAttribute("aria-label", title);
  const all = parts.map((part) => make_field(document, table, part, changed));
  all.forEach((field, i) => {
    field.addEventListener("focus", () => field.select?.());
    field.addEventListener("keydown", (event) => {
      const next = next_field(event.key, i, { rows, columns }, field);
      if (next === null) return;
      event.preventDefault();
      all[next].focus({ preventScroll: true });
    });
  });
  return {
    guess: () => all.map((field) => read_number(field.value)),
    fill: (numbers, state) => fill_fields(all, numbers, state),
    focus: () => all[0].focus({ preventScroll: true }),
  };
}
