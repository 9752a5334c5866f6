// The stepper: goes through the cells of an output one by one and writes out each sum.
import { make, make_button } from "../shared/elements.js";
import { kernel_grid } from "./links.js";
import { as_bytes } from "../shared/pixels.js";
import { number_text, write } from "../shared/words.js";

const SPEEDS = [
  ["slow", 1500],
  ["1 a second", 1000],
  ["2 a second", 500],
  ["5 a second", 200],
  ["20 a second", 50],
];
const CALM_MS = 1000; // with "reduce motion" no step comes sooner

/** The cell that comes `step`-th, counted through the grids row by row from 0. */
export function cell_of(step, { rows, columns }) {
  const channel = Math.floor(step / (rows * columns));
  const rest = step - channel * rows * columns;
  return { channel, row: Math.floor(rest / columns), column: rest % columns };
}

/** The place of a cell in that order. */
export function step_of({ channel, row, column }, { rows, columns }) {
  return (channel * rows + row) * columns + column;
}

/**
 * Every product behind one output cell: [{value, weight, outside}], tap after tap. A tap that brings
 * nothing to this cell has no product: in a transposed convolution, or while only the first
 * `painted` source cells have stamped.
 */
export function factors(link, { channel, row, column }, source, kernel, painted = Infinity) {
  const found = [];
  const channels = link.channels ? link.channels.sources(channel) : [0];
  channels.forEach((from, c) => {
    link.rows.sources(row).forEach((r, i) => {
      link.columns.sources(column).forEach((k, j) => {
        const missing = from < 0 || r < 0 || k < 0;
        const at = (from * source.pane.height + r) * source.pane.width + k;
        if (link.transposed && (missing || at >= painted)) return;
        const outside = missing || is_apart(source.pane, at, r, k);
        const value = missing ? 0 : source.values[at];
        const grid = kernel_grid(link, channel, c);
        const weight = kernel.values[(grid * kernel.pane.height + i) * kernel.pane.width + j];
        found.push({ value, weight, outside });
      });
    });
  });
  return found;
}

/** Whether a pane draws a cell apart: a ring of padding, or zeros between the pixels. */
function is_apart({ ring, outside }, at, row, column) {
  if (outside) return Boolean(as_bytes(outside)[at]);
  if (!ring) return false;
  const [top, left, rows, columns] = ring;
  return row < top || row >= top + rows || column < left || column >= left + columns;
}

/** One stamp: the products of a source cell with every weight, and the cells where they land. */
export function stamps(link, { channel, row, column }, source, kernel) {
  const value = source.values[(channel * source.pane.height + row) * source.pane.width + column];
  const found = [];
  link.rows.targets(row).forEach((r, i) => {
    link.columns.targets(column).forEach((k, j) => {
      const weight = kernel.values[i * kernel.pane.width + j];
      found.push({ value, weight, row: r, column: k, lost: r < 0 || k < 0 });
    });
  });
  return found;
}

/** A stamp as terms; a large kernel is not written out. */
export function stamp_terms(products, room = 9) {
  const value = { text: signed(products[0].value), role: "input", style: "" };
  const plain = (text) => ({ text, role: "", style: "" });
  if (products.length > room)
    return [
      value,
      plain(` times the kernel, ${products.length} products, added to the outlined cells`),
    ];
  return products.flatMap(({ weight, row, column, lost }, i) => [
    plain(i ? ", " : ""),
    value,
    plain("·"),
    { text: signed(weight), role: "kernel", style: "" },
    plain(" = "),
    { text: signed(products[i].value * weight), role: "output", style: "" },
    plain(lost ? " cut off" : ` at (${row}, ${column})`),
  ]);
}

function signed(value) {
  const number = number_text(value);
  return number.startsWith("−") ? `(${number})` : number;
}

/** The sum as terms: values, weights, products (where there is room for them) and the result. */
export function sum_terms(products, bias, result, room = 12) {
  const terms = [];
  const add = (text, role = "", style = "") => terms.push({ text, role, style });
  if (!products.length) add("no stamp: 0");
  products.forEach(({ value, weight, outside }, i) => {
    if (i) add(" + ");
    add(signed(value), outside ? "padding" : "input");
    add("·");
    add(signed(weight), "kernel");
  });
  if (bias !== undefined) {
    add(" + ");
    add(signed(bias), "kernel");
    add(" (bias)");
  }
  const parts = products.map(({ value, weight }) => value * weight);
  if (products.length + (bias === undefined ? 0 : 1) > 1 && products.length <= room) {
    add(
      closing(
        parts,
        bias,
        parts.reduce((a, b) => a + b, bias ?? 0),
        true,
      ),
    );
    add([...parts, ...(bias === undefined ? [] : [bias])].map(signed).join(" + "));
  }
  if (result === undefined) {
    add(" = ?");
    return terms;
  }
  add(closing(parts, bias, result, products.length <= room));
  add(number_text(result), "output");
  return terms;
}

/** "=" where the printed numbers really add up, "≈" where they were rounded. */
function closing(parts, bias, result, printed) {
  const rounded = (value) => Number(value.toFixed(2));
  const list = bias === undefined ? parts : [...parts, bias];
  const exact =
    list.every((part) => Math.abs(part - rounded(part)) < 1e-6) &&
    Math.abs(result - rounded(result)) < 1e-6;
  const sum = list.reduce((total, part) => total + (printed ? rounded(part) : part), 0);
  return exact && Math.abs(sum - result) < 5e-3 ? " = " : " ≈ ";
}

export class Stepper {
  /** Builds its bar in `parent`; `go(cell)` is called with the cell of each step, or null before the first. */
  constructor(parent, document, go) {
    Object.assign(this, { document, go, step: 0, count: 0, timer: 0, extent: null, in_view: true });
    this.bar = make(document, "div", "lesson-stepper", parent);
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute(
      "aria-label",
      "go through the cells one by one; space plays, arrow keys step",
    );
    this.cleanups = [];
    const listen = (target, name, handler, options) => {
      target.addEventListener(name, handler, options);
      this.cleanups.push(() => target.removeEventListener(name, handler, options));
    };
    const button = (name, text, label, action) => {
      const element = make_button(document, `lesson-step-${name}`, this.bar, text, label);
      listen(element, "click", action);
      return element;
    };
    button("first", "|◀", "before the first step (Home)", () => this.move(0));
    button("back", "◀ step", "one step back (left arrow)", () => this.move(this.step - 1));
    this.play_button = button("play", "▶ play", "play or pause (space)", () => this.toggle());
    button("next", "step ▶", "one step forward (right arrow)", () => this.move(this.step + 1));
    button("last", "▶|", "all steps (End)", () => this.move(this.count));
    this.scrub = make(document, "input", "lesson-step-scrub", this.bar);
    Object.assign(this.scrub, { type: "range", min: 0, step: 1 });
    this.scrub.setAttribute("aria-label", "step");
    listen(this.scrub, "input", () => this.move(Number(this.scrub.value)));
    this.counter = make(document, "span", "lesson-step-count", this.bar);
    this.speed = make(document, "select", "lesson-step-speed", this.bar);
    this.speed.title = "speed";
    this.speed.setAttribute("aria-label", "speed");
    for (const [label, wait] of SPEEDS) {
      make(document, "option", "", this.speed, label).value = String(wait);
    }
    this.speed.value = "500";
    // JupyterLab takes keys on the document before they arrive here; the window comes before it.
    listen(document.defaultView, "keydown", (event) => this.press(event), true);
    this.calm = document.defaultView.matchMedia?.("(prefers-reduced-motion: reduce)");
    if (document.defaultView.IntersectionObserver) {
      this.observer = new document.defaultView.IntersectionObserver((entries) => {
        this.in_view = entries.at(-1).isIntersecting;
        if (!this.in_view) this.pause();
      });
      this.observer.observe(this.bar);
    }
  }

  /**
   * Take what a new scene says: the output that fills, the pane whose cells are gone through (the
   * output itself, or the source that is stamped), its size, and the paintings after each stamp.
   * A walk that was under way goes on as far as it can.
   */
  take({ output, walks, paintings = null }, extent) {
    Object.assign(this, { output, walks: walks || output, paintings, views: null });
    const count = extent.channels * extent.rows * extent.columns;
    const all = this.step === this.count;
    Object.assign(this, { extent, count });
    this.step = all ? count : Math.min(this.step, count);
    this.show();
  }

  /** How many cells have been gone through; Infinity when all have. */
  get reveal() {
    return this.step >= this.count ? Infinity : this.step;
  }

  /** How many cells of a pane are shown: an output that is painted stamp by stamp is all there. */
  reveal_of(name) {
    return name === this.output && this.walks === name ? this.reveal : Infinity;
  }

  /** What a painted pane holds after the stamps so far, as bytes; null where the scene's own will do. */
  painting_of(name) {
    if (name !== this.output || !this.paintings || this.step >= this.count) return null;
    const size = this.paintings.byteLength / (this.count + 1);
    const { buffer, byteOffset } = this.paintings;
    this.views ??= new Map(); // the same view for the same step: it is drawn only once
    if (!this.views.has(this.step))
      this.views.set(this.step, new DataView(buffer, byteOffset + this.step * size, size));
    return this.views.get(this.step);
  }

  move(step) {
    this.pause();
    this.to(step);
  }

  to(step) {
    this.step = Math.max(0, Math.min(this.count, step));
    this.show();
    this.go(this.step > 0 ? cell_of(this.step - 1, this.extent) : null);
  }

  toggle() {
    if (this.timer) this.pause();
    else this.play();
  }

  play() {
    if (this.step >= this.count) this.to(0);
    write(this.play_button, "⏸ pause");
    const next = () => {
      if (this.step >= this.count) {
        this.pause();
        return;
      }
      this.to(this.step + 1);
      const wait = Number(this.speed.value);
      this.timer = setTimeout(next, this.calm?.matches ? Math.max(wait, CALM_MS) : wait);
    };
    this.timer = setTimeout(next, 0);
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = 0;
    write(this.play_button, "▶ play");
  }

  press(event) {
    if (!this.bar.contains(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target === this.speed) {
      event.stopPropagation();
      return;
    }
    const on_button = event.target !== this.scrub && event.target !== this.bar;
    const action = {
      " ": on_button ? null : () => this.toggle(),
      ArrowLeft: () => this.move(this.step - 1),
      ArrowRight: () => this.move(this.step + 1),
      ArrowUp: () => this.move(this.step - this.extent.columns),
      ArrowDown: () => this.move(this.step + this.extent.columns),
      Home: () => this.move(0),
      End: () => this.move(this.count),
    }[event.key];
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  show() {
    this.scrub.max = String(this.count);
    this.scrub.value = String(this.step);
    const all = this.step === this.count;
    write(this.counter, all ? `all ${this.count} shown` : `step ${this.step} of ${this.count}`);
  }

  remove() {
    this.pause();
    this.observer?.disconnect();
    for (const cleanup of this.cleanups) cleanup();
    this.bar.remove();
  }
}
