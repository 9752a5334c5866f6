// Links are tables made in Python: per axis [output, tap] -> source index, -1 = padding, -2 = beyond.
// (or, per output, the first and the last source of a span). Here they are only looked up: which cells of one pane belong to a cell of another.
//
// A cell is {channel, row, column}. What is lit is a list of boxes {channel, row, column, height,
// width}; channel null stands for every grid of the pane (photos show all channels as one).

import { runs, sorted } from "./said.js";

const AT_PADDING = -1;
/** Where a tap reaches beyond the padding, as ceil_mode lets it: nothing there counts. */
export const PAST_PADDING = -2;

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
    return sorted(
      Array.from({ length: this.outputs }, (_, output) => this.index[output * this.taps + tap]),
    );
  }
}

/** One axis where each output reads all cells from a first to a last one: [first, last, meets padding]. */
export class Spans extends Axis {
  constructor(view) {
    super(view, 3);
    this.taps = 0; // a span has no weights
  }

  span(output) {
    return [...this.index.subarray(3 * output, 3 * output + 3)];
  }

  sources(output) {
    const [first, last, padding] = this.span(output);
    const inside = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
    return padding ? [AT_PADDING, ...inside] : inside;
  }

  readers(source) {
    const reads = (output) => {
      const [first, last] = this.span(output);
      return first <= source && source <= last;
    };
    return [...Array(this.outputs).keys()].filter(reads);
  }
}

/** Make a link of the scene's data ready to be looked up. */
export function read_link(data) {
  const axis = (view, taps) => (data.spans ? new Spans(view) : new Axis(view, taps));
  return {
    output: data.output,
    source: data.source,
    kernel: data.kernel,
    shared_kernel: data.shared_kernel,
    transposed: Boolean(data.transposed),
    rows: axis(data.rows, data.row_taps),
    columns: axis(data.columns, data.column_taps),
    channels: data.channels ? new Axis(data.channels, data.channel_taps) : null,
  };
}

function boxes(channels, rows, columns) {
  return cross(channels, runs(rows), runs(columns));
}

const cross = (channels, down, across) =>
  channels.flatMap((channel) =>
    down.flatMap(([row, height]) =>
      across.map(([column, width]) => ({ channel, row, column, height, width })),
    ),
  );

/** The source cells that one output cell was computed from. */
export function window_of(link, { channel, row, column }) {
  const channels = link.channels ? sorted(link.channels.sources(channel ?? 0)) : [null];
  return boxes(channels, link.rows.sources(row), link.columns.sources(column));
}

/** The one box around several boxes, in one grid; null around none. */
export function bounding_box(list) {
  if (!list.length) return null;
  const from = (start) => Math.min(...list.map((box) => box[start]));
  const to = (start, length) => Math.max(...list.map((box) => box[start] + box[length]));
  const [row, column] = [from("row"), from("column")];
  const [height, width] = [to("row", "height") - row, to("column", "width") - column];
  return { channel: list[0].channel ?? 0, row, column, height, width };
}

/** The output cells that read one source cell. */
export function readers_of(link, { channel, row, column }) {
  const channels = link.channels ? link.channels.readers(channel ?? 0) : [null];
  return boxes(channels, link.rows.readers(row), link.columns.readers(column));
}

/** The source cells that one weight ever touches, {channels, rows, columns}; `channel` is its grid in the kernel's pane. */
export function touched_by(link, { channel, row, column }) {
  const { channels: axis, shared_kernel } = link;
  const found = () =>
    shared_kernel ? axis.touched(channel ?? 0) : sorted([axis.index[channel ?? 0]]);
  return {
    channels: axis ? found() : [null],
    rows: link.rows.touched(row),
    columns: link.columns.touched(column),
  };
}

const MOST_MARKERS = 8; // along an axis: more of them would hide what they mark

/** Boxes around cells {channels, rows, columns}; where these are many and apart, around a few of them. */
export function some_boxes({ channels, rows, columns }) {
  return cross(channels, some(runs(rows)), some(runs(columns)));
}

/** The first, the last and some between. */
function some(list) {
  if (list.length <= MOST_MARKERS) return list;
  const step = (list.length - 1) / (MOST_MARKERS - 1);
  return Array.from({ length: MOST_MARKERS }, (_, i) => list[Math.round(i * step)]);
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
  return axis.sources(output).filter((source) => source === AT_PADDING).length;
}

// --- cell by cell: where a link is not a product of rows and columns -------------------------

/** Make links between single cells ready to be looked up; `size(name)` gives a pane's grids. */
export function read_cell_link(data, size) {
  const { first, second, cells, partners, verb, reverse, strong = false } = data;
  return {
    first,
    second,
    verb,
    reverse,
    strong,
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
  for (const index of sorted(indices)) {
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
