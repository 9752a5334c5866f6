// What the microscope shows of scores: one number per class, a table with the names of the classes above.
import { as_bytes, as_floats, index_of } from "../shared/pixels.js";
import { css_colour } from "./legend.js";
import { make } from "../shared/elements.js";
import { short_text } from "../shared/words.js";

const SCORE_COLUMN = { side: 104, least: 78, letter: 8 }; // CSS pixels: names of the rows, of a class, of a letter in its name

/** The tables of a probe's parts in `parent`, as many classes in each as its width allows. */
export function show_scores(parent, probe, tables, width, document) {
  const { labels, parts } = probe;
  const longest = Math.max(...labels.map(({ length }) => length));
  const column = Math.max(SCORE_COLUMN.least, 30 + SCORE_COLUMN.letter * longest);
  const across = Math.max(1, Math.floor((width - SCORE_COLUMN.side) / column));
  const look = {
    document,
    classes: as_bytes(tables.classes),
    rows: parts.map((part) => ({
      ...part,
      numbers: as_floats(part.values),
      chosen: part.marked ? as_bytes(part.marked) : [],
      colours: as_bytes(tables[part.table]),
    })),
  };
  parent.replaceChildren();
  for (let first = 0; first < labels.length; first += across)
    draw_table(parent, labels, [first, Math.min(labels.length, first + across)], look);
}

function draw_table(parent, labels, [first, last], { document, classes, rows }) {
  const table = make(document, "table", "lesson-scores", parent);
  const head = make(document, "tr", "", table);
  make(document, "td", "", head);
  for (let at = first; at < last; at += 1) {
    const cell = make(document, "th", "", head);
    make(document, "span", "lesson-swatch", cell).style.background = css_colour(classes, at);
    make(document, "span", "", cell, labels[at]);
  }
  for (const row of rows) {
    const line = make(document, "tr", "", table);
    make(document, "th", `lesson-role lesson-role-${row.role}`, line, row.title);
    for (let at = first; at < last; at += 1) draw_number(line, row, at, document);
  }
}

function draw_number(line, { numbers, chosen, colours, low, high }, at, document) {
  const cell = make(document, "td", "", line, short_text(numbers[at]));
  const index = index_of(numbers[at], low, high);
  const [red, green, blue] = colours.subarray(4 * index, 4 * index + 3);
  cell.style.background = css_colour(colours, index);
  cell.style.color = 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#111" : "#fff";
  cell.classList.toggle("lesson-largest", Boolean(chosen[at]));
}
