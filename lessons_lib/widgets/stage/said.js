// Cells in words: rows, columns and samples, and what is said of them.

const MOST_RUNS = 4; // so many pieces are counted up one by one

/** Join neighbouring indices: [4, 5, 6, 9] -> [[4, 3], [9, 1]] (start, length), sorted; none below 0. */
export function runs(indices) {
  const out = [];
  for (const index of sorted(indices)) {
    const last = out.at(-1);
    if (last && last[0] + last[1] === index) last[1] += 1;
    else out.push([index, 1]);
  }
  return out;
}

/** Indices in order and once each, without those of padding (-1). */
export function sorted(indices) {
  return [...new Set(indices)].filter((index) => index >= 0).sort((a, b) => a - b);
}

/** The step of indices that are many and evenly spread, such as 20 of 3, 23, 43, ...; else 0. */
export function rhythm(indices) {
  const found = sorted(indices);
  const step = found[1] - found[0];
  const many = found.length > MOST_RUNS && step > 1;
  return many && found.every((index, i) => index === found[0] + i * step) ? step : 0;
}

/** Say indices in words: ("row", [4, 5, 6]) -> "rows 4–6"; many pieces are not counted up. */
export function spoken(word, indices) {
  const found = runs(indices);
  if (!found.length) return `no ${word}`;
  const step = rhythm(indices);
  const [first] = found[0];
  const last = found.at(-1)[0] + found.at(-1)[1] - 1;
  if (step) return `every ${ordinal(step)} ${word} from ${first} to ${last}`;
  if (found.length > MOST_RUNS)
    return `${sorted(indices).length} ${word}s from ${first} to ${last}`;
  const parts = found.map(([start, n]) => (n > 1 ? `${start}–${start + n - 1}` : `${start}`));
  return `${word}${first === last ? "" : "s"} ${parts.join(", ")}`;
}

/** Rows and columns of a picture or a grid; where they are many, their number and their rhythm. */
export function rows_and_columns({ rows, columns }, noun) {
  const [down, across] = [rows, columns].map(rhythm);
  const [lines, places] = [spoken("row", rows), spoken("column", columns)];
  if (Math.max(runs(rows).length, runs(columns).length) <= MOST_RUNS) return `${lines}, ${places}`;
  const count = `in ${sorted(rows).length * sorted(columns).length} ${noun}: `;
  return (
    count +
    (down && down === across ? `every ${ordinal(down)} row and column` : `${lines}, ${places}`)
  );
}

/** 2 -> "2nd", 20 -> "20th". */
export function ordinal(n) {
  const teens = n % 100 > 10 && n % 100 < 14;
  return `${n}${(!teens && ["", "st", "nd", "rd"][n % 10]) || "th"}`;
}

/** The channels, rows and columns that boxes cover. */
export function covered(boxes) {
  const along = (start, length) =>
    sorted(boxes.flatMap((box) => Array.from({ length: box[length] }, (_, i) => box[start] + i)));
  return {
    channels: [...new Set(boxes.map(({ channel }) => channel))].sort((a, b) => a - b),
    rows: along("row", "height"),
    columns: along("column", "width"),
  };
}

/** What the keys do in a pane of which one cell is outlined. */
export const cell_keys = () => "arrow keys move the outlined cell";

/** Facts of one verb (or of the same cells) together: [[key, facts], ...] in their order. */
function grouped(facts, key) {
  const groups = new Map();
  for (const fact of facts) groups.set(fact[key], [...(groups.get(fact[key]) ?? []), fact]);
  return [...groups];
}

const listed = (words, last = "and") =>
  [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(` ${last} `);

/** Facts {verb, title, cells} as one clause: each verb is said once, and so are the same cells of several panes. */
export function joined(facts) {
  const titles = (some, last) =>
    listed(
      some.map(({ title }) => title),
      last,
    );
  return grouped(facts, "verb")
    .map(([verb, found]) => {
      if (verb.endsWith(" no")) return `${verb} ${titles(found, "or")}`;
      const places = grouped(found, "cells").map(([cells, at]) => `${titles(at)} ${cells}`.trim());
      return `${verb} ${places.join(", and ")}`;
    })
    .join("; ");
}
