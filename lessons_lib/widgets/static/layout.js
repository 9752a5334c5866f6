// Where things stand inside a pane's box, in device pixels.

/** Enlarge by the largest whole number that fits; never below one. */
export function whole_scale(height, width, box_height, box_width) {
  return Math.max(1, Math.floor(Math.min(box_height / height, box_width / width)));
}

/** The side of a cell of stacked grids, and whether numbers fit into it. */
export function grid_cells(channels, rows, columns, box_height, box_width, ratio, margin) {
  const gaps = (channels - 1) * 10 * ratio;
  const room = Math.min((box_height - gaps) / (channels * rows), (box_width - margin) / columns);
  const side = Math.max(4, Math.min(Math.floor(room), Math.round(64 * ratio)));
  return { side, gap: 10 * ratio, numbers: side >= 15 * ratio };
}

/** The cell of a picture of rows x columns drawn at height x width that holds the point. */
export function cell_at(x, y, rows, columns, height, width) {
  const row = Math.floor((y / height) * rows);
  const column = Math.floor((x / width) * columns);
  const inside = row >= 0 && row < rows && column >= 0 && column < columns;
  return inside ? { row, column } : null;
}

/** Hold a cell inside rows x columns. */
export function held(cell, rows, columns) {
  const hold = (value, count) => Math.max(0, Math.min(count - 1, value));
  return { row: hold(cell.row, rows), column: hold(cell.column, columns) };
}

/** Where a key moves the cell to, or null for other keys. */
export function moved(cell, key, rows, columns, step) {
  const by = {
    ArrowUp: [-step, 0], ArrowDown: [step, 0], ArrowLeft: [0, -step], ArrowRight: [0, step],
    PageUp: [-10 * step, 0], PageDown: [10 * step, 0],
    Home: [0, -columns], End: [0, columns],
  }[key];
  if (!by) return null;
  return held({ row: cell.row + by[0], column: cell.column + by[1] }, rows, columns);
}
