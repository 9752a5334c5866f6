// Where things stand inside a pane's box, in device pixels.

/** Enlarge by the largest whole number that fits; never below one. */
export function whole_scale(height, width, box_height, box_width) {
  return Math.max(1, Math.floor(Math.min(box_height / height, box_width / width)));
}

/**
 * Arrange the grids of a pane so that their cells come out largest; `per_row` fixes how many stand
 * side by side, 0 leaves it free.
 */
export function grid_layout(shape, box, ratio) {
  const { channels, height: rows, width: columns, labels, per_row } = shape;
  const gap = 10 * ratio;
  const margin = labels.length ? 22 * ratio : 0;
  const [box_height, box_width] = box;
  const choices = per_row ? [per_row] : Array.from({ length: channels }, (_, i) => i + 1);
  let best = null;
  for (const across of choices) {
    const down = Math.ceil(channels / across);
    const room = Math.min(
      (box_height - (down - 1) * gap) / (down * rows),
      (box_width - (across - 1) * gap - across * margin) / (across * columns),
    );
    const side = Math.max(4, Math.min(Math.floor(room), Math.round(64 * ratio)));
    if (!best || side > best.side * 1.08) best = { side, across };
  }
  const { side, across } = best;
  return { side, numbers: side >= 15 * ratio, ...grid_size(shape, side, across, ratio) };
}

/** How large grids of cells of one side are, `across` of them side by side. */
export function grid_size({ channels, height, width, labels }, side, across, ratio) {
  const gap = 10 * ratio;
  const margin = labels.length ? 22 * ratio : 0;
  const down = Math.ceil(channels / across);
  const [tile_height, tile_width] = [height * side, margin + width * side];
  return {
    gap,
    margin,
    across,
    tile_height,
    tile_width,
    height: Math.ceil(down * tile_height + (down - 1) * gap),
    width: Math.ceil(across * tile_width + (across - 1) * gap),
  };
}

/** Where the cells of one grid begin: [x, y]. */
export function grid_corner({ across, tile_width, tile_height, gap, margin }, channel) {
  return [
    (channel % across) * (tile_width + gap) + margin,
    Math.floor(channel / across) * (tile_height + gap),
  ];
}

/** The cell of the grid under a point, {channel, row, column}, or null. */
export function grid_cell_at(x, y, layout, { channels, height: rows, width: columns }) {
  for (let channel = 0; channel < channels; channel += 1) {
    const [left, top] = grid_corner(layout, channel);
    const [row, column] = [
      Math.floor((y - top) / layout.side),
      Math.floor((x - left) / layout.side),
    ];
    if (row >= 0 && row < rows && column >= 0 && column < columns) return { channel, row, column };
  }
  return null;
}

/** The cell of a picture of rows x columns drawn at height x width that holds the point. */
export function cell_at(x, y, rows, columns, height, width) {
  const row = Math.floor((y / height) * rows);
  const column = Math.floor((x / width) * columns);
  const inside = row >= 0 && row < rows && column >= 0 && column < columns;
  return inside ? { channel: 0, row, column } : null;
}

/** Hold a cell inside channels x rows x columns. */
export function held({ channel = 0, row, column }, { channels = 1, rows, columns }) {
  const hold = (value, count) => Math.max(0, Math.min(count - 1, value));
  return { channel: hold(channel, channels), row: hold(row, rows), column: hold(column, columns) };
}

/** Where a key moves the cell to, or null for other keys; pages are grids, or ten steps in a photo. */
export function moved({ channel = 0, row, column }, key, size, step) {
  const [page, leaf] = size.channels > 1 ? [0, 1] : [10 * step, 0];
  const by = {
    ArrowUp: [0, -step, 0],
    ArrowDown: [0, step, 0],
    ArrowLeft: [0, 0, -step],
    ArrowRight: [0, 0, step],
    PageUp: [-leaf, -page, 0],
    PageDown: [leaf, page, 0],
    Home: [0, 0, -size.columns],
    End: [0, 0, size.columns],
  }[key];
  if (!by) return null;
  return held({ channel: channel + by[0], row: row + by[1], column: column + by[2] }, size);
}
