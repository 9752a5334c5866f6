// Links are tables made in Python: per axis [output, tap] -> source index, -1 = padding.
// Here they are only looked up: which cells of one pane belong to a cell of another.
//
// A cell is {channel, row, column}. What is lit is a list of boxes {channel, row, column, height,
// width}; channel null stands for every grid of the pane (photos show all channels as one).

/** One axis: what each output reads, and the other way round. */
export class Axis {
  constructor(view, taps) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    this.taps = taps;
    this.index = new Int32Array(bytes.slice().buffer);
    this.outputs = taps ? this.index.length / taps : 0;
  }

  /** The source of every tap of one output; -1 where the tap meets padding. */
  sources(output) {
    return Array.from(this.index.subarray(output * this.taps, (output + 1) * this.taps));
  }

  /** The output into which each tap carries one source; -1 where it carries it nowhere. */
  targets(source) {
    const found = Array(this.taps).fill(-1);
    for (const output of this.readers(source)) {
      this.sources(output).forEach((each, tap) => {
        if (each === source) found[tap] = output;
      });
    }
    return found;
  }

  /** The outputs that read one source, in order. */
  readers(source) {
    if (!this.by_source) {
      this.by_source = new Map();
      this.index.forEach((each, i) => {
        const output = Math.floor(i / this.taps);
        const known = this.by_source.get(each) ?? [];
        if (known.at(-1) !== output) known.push(output);
        this.by_source.set(each, known);
      });
    }
    return this.by_source.get(source) ?? [];
  }

  /** Every source that one tap ever reads. */
  touched(tap) {
    return inside(
      Array.from({ length: this.outputs }, (_, output) => this.index[output * this.taps + tap]),
    );
  }
}

/** Make a link of the scene's data ready to be looked up. */
export function read_link(data) {
  return {
    output: data.output,
    source: data.source,
    kernel: data.kernel,
    shared_kernel: data.shared_kernel,
    transposed: Boolean(data.transposed),
    rows: new Axis(data.rows, data.row_taps),
    columns: new Axis(data.columns, data.column_taps),
    channels: data.channels ? new Axis(data.channels, data.channel_taps) : null,
  };
}

const inside = (sources) =>
  [...new Set(sources.filter((source) => source >= 0))].sort((a, b) => a - b);

/** Join neighbouring indices: [4, 5, 6, 9] -> [[4, 3], [9, 1]] (start, length), sorted. */
export function runs(indices) {
  const out = [];
  for (const index of inside(indices)) {
    const last = out[out.length - 1];
    if (last && last[0] + last[1] === index) last[1] += 1;
    else out.push([index, 1]);
  }
  return out;
}

function boxes(channels, rows, columns) {
  const out = [];
  for (const channel of channels) {
    for (const [row, height] of runs(rows)) {
      for (const [column, width] of runs(columns))
        out.push({ channel, row, column, height, width });
    }
  }
  return out;
}

/** The source cells that one output cell was computed from. */
export function window_of(link, { channel, row, column }) {
  const channels = link.channels ? inside(link.channels.sources(channel ?? 0)) : [null];
  return boxes(channels, link.rows.sources(row), link.columns.sources(column));
}

/** The output cells that read one source cell. */
export function readers_of(link, { channel, row, column }) {
  const channels = link.channels ? link.channels.readers(channel ?? 0) : [null];
  return boxes(channels, link.rows.readers(row), link.columns.readers(column));
}

/** The source cells that one weight ever touches; `channel` is its grid in the kernel's pane. */
export function touched_by(link, { channel, row, column }) {
  const { channels: axis, shared_kernel } = link;
  const found = () =>
    shared_kernel ? axis.touched(channel ?? 0) : inside([axis.index[channel ?? 0]]);
  const channels = axis ? found() : [null];
  return boxes(channels, link.rows.touched(row), link.columns.touched(column));
}

/** The grid of the kernel's pane that holds the weights of one tap for one output grid. */
export function kernel_grid(link, channel, tap) {
  return link.channels && !link.shared_kernel ? channel * link.channels.taps + tap : tap;
}

/** The weights that made one output cell; transposed, not every tap reaches every cell. */
export function weights_of(link, { channel, row, column }) {
  const used = (axis, output) => {
    const all = [...Array(axis.taps).keys()];
    return link.transposed ? all.filter((tap) => axis.sources(output)[tap] >= 0) : all;
  };
  const taps = [...Array(link.channels?.taps ?? 0).keys()];
  const channels = link.channels ? taps.map((tap) => kernel_grid(link, channel ?? 0, tap)) : [null];
  return boxes(channels, used(link.rows, row), used(link.columns, column));
}

/** How many of an output's taps fall on padding, along one axis. */
export function padding_taps(axis, output) {
  return axis.sources(output).filter((source) => source < 0).length;
}

// --- cell by cell: where a link is not a product of rows and columns -------------------------

/** Make links between single cells ready to be looked up; `size(name)` gives a pane's grids. */
export function read_cell_link({ first, second, cells, partners, verb, reverse }, size) {
  return {
    first,
    second,
    verb,
    reverse,
    axis: new Axis(cells, partners),
    sizes: [size(first), size(second)],
  };
}

const flat_index = ({ channel, row, column }, { rows, columns }) =>
  ((channel ?? 0) * rows + row) * columns + column;

/** The partners of a cell of the first pane. */
export function partners_of(link, cell) {
  return cell_boxes(link.axis.sources(flat_index(cell, link.sizes[0])), link.sizes[1]);
}

/** The partners of a cell of the second pane. */
export function partners_back(link, cell) {
  return cell_boxes(link.axis.readers(flat_index(cell, link.sizes[1])), link.sizes[0]);
}

/** Join single cells, given by their flat indices, to boxes that do not overlap. */
export function cell_boxes(indices, { rows, columns }) {
  const out = [];
  const lines = new Map();
  for (const index of inside(indices)) {
    const line = Math.floor(index / columns);
    lines.set(line, [...(lines.get(line) ?? []), index - line * columns]);
  }
  for (const [line, found] of lines) {
    const [channel, row] = [Math.floor(line / rows), line % rows];
    for (const [column, width] of runs(found)) {
      const above = out.find(
        (box) =>
          box.channel === channel &&
          box.row + box.height === row &&
          box.column === column &&
          box.width === width,
      );
      if (above) above.height += 1;
      else out.push({ channel, row, column, height: 1, width });
    }
  }
  return out;
}

/** How many cells boxes hold that do not overlap. */
export function cell_count(boxes) {
  return boxes.reduce((count, { height, width }) => count + height * width, 0);
}

/** Say indices in words: ("row", [4, 5, 6]) -> "rows 4–6", ("row", [4]) -> "row 4". */
export function spoken(word, indices) {
  const found = runs(indices);
  if (!found.length) return `no ${word}`;
  const parts = found.map(([start, n]) => (n > 1 ? `${start}–${start + n - 1}` : `${start}`));
  const many = found.length > 1 || found[0][1] > 1;
  return `${word}${many ? "s" : ""} ${parts.join(", ")}`;
}
