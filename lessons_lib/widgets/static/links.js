// Links are tables made in Python: per axis [output, tap] -> source index, -1 = padding.
// Here they are only looked up.

/** View a table's bytes as whole numbers: {taps, index: Int32Array}. */
export function link_table(view, taps) {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { taps, index: new Int32Array(bytes.slice().buffer) };
}

/** The source indices that one output index was computed from, padding left out. */
export function sources_of(table, output) {
  const row = table.index.subarray(output * table.taps, (output + 1) * table.taps);
  return Array.from(row).filter((source) => source >= 0);
}

/** How many of its taps fall on padding. */
export function padding_taps(table, output) {
  return table.taps - sources_of(table, output).length;
}

/** How many outputs the table has. */
export function output_count(table) {
  return table.taps ? table.index.length / table.taps : 0;
}

/** Join neighbouring indices: [4, 5, 6, 9] -> [[4, 3], [9, 1]] (start, length), sorted. */
export function runs(indices) {
  const sorted = [...new Set(indices)].sort((a, b) => a - b);
  const out = [];
  for (const index of sorted) {
    const last = out[out.length - 1];
    if (last && last[0] + last[1] === index) last[1] += 1;
    else out.push([index, 1]);
  }
  return out;
}

/** Say indices in words: ("row", [4, 5, 6]) -> "rows 4–6", ("row", [4]) -> "row 4". */
export function spoken(word, indices) {
  if (!indices.length) return `no ${word}`;
  const parts = runs(indices).map(([start, n]) => (n > 1 ? `${start}–${start + n - 1}` : `${start}`));
  return `${word}${indices.length > 1 ? "s" : ""} ${parts.join(", ")}`;
}
