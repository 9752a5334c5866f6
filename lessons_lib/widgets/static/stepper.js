// The stepper: goes through the cells of an output one by one and writes out each sum.
import { make, make_button } from "./elements.js";
import { kernel_grid } from "./links.js";
import { number_text, write } from "./words.js";

const SPEEDS = [["slow", 1500], ["1 a second", 1000], ["2 a second", 500], ["5 a second", 200], ["20 a second", 50]];
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

/** Every product behind one output cell: [{value, weight, outside}], tap after tap. */
export function factors(link, { channel, row, column }, source, kernel) {
  const found = [];
  const channels = link.channels ? link.channels.sources(channel) : [0];
  channels.forEach((from, c) => {
    link.rows.sources(row).forEach((r, i) => {
      link.columns.sources(column).forEach((k, j) => {
        const missing = from < 0 || r < 0 || k < 0;
        const outside = missing || on_padding(source.pane.ring, r, k);
        const value = missing ? 0 : source.values[(from * source.pane.height + r) * source.pane.width + k];
        const grid = kernel_grid(link, channel, c);
        const weight = kernel.values[(grid * kernel.pane.height + i) * kernel.pane.width + j];
        found.push({ value, weight, outside });
      });
    });
  });
  return found;
}

function on_padding(ring, row, column) {
  if (!ring) return false;
  const [top, left, rows, columns] = ring;
  return row < top || row >= top + rows || column < left || column >= left + columns;
}

/** The sum as terms: values, weights, products (where there is room for them) and the result. */
export function sum_terms(products, bias, result, room = 12) {
  const terms = [];
  const add = (text, role = "", style = "") => terms.push({ text, role, style });
  const signed = (value) => {
    const number = number_text(value);
    return number.startsWith("−") ? `(${number})` : number;
  };
  products.forEach(({ value, weight, outside }, i) => {
    if (i) add(" + ");
    add(signed(value), outside ? "padding" : "input");
    add("·");
    add(signed(weight), "kernel");
  });
  if (bias !== undefined) { add(" + "); add(signed(bias), "kernel"); add(" (bias)"); }
  const parts = products.map(({ value, weight }) => value * weight);
  if (products.length <= room) {
    add(closing(parts, bias, parts.reduce((a, b) => a + b, bias ?? 0), true));
    add([...parts, ...(bias === undefined ? [] : [bias])].map(signed).join(" + "));
  }
  if (result === undefined) { add(" = ?"); return terms; }
  add(closing(parts, bias, result, products.length <= room));
  add(number_text(result), "output");
  return terms;
}

/** "=" where the printed numbers really add up, "≈" where they were rounded. */
function closing(parts, bias, result, printed) {
  const rounded = (value) => Number(value.toFixed(2));
  const list = bias === undefined ? parts : [...parts, bias];
  const exact = list.every((part) => Math.abs(part - rounded(part)) < 1e-6) && Math.abs(result - rounded(result)) < 1e-6;
  const sum = list.reduce((total, part) => total + (printed ? rounded(part) : part), 0);
  return exact && Math.abs(sum - result) < 5e-3 ? " = " : " ≈ ";
}

export class Stepper {
  /** Builds its bar in `parent`; `go(cell)` is called with the cell of each step, or null before the first. */
  constructor(parent, document, go) {
    Object.assign(this, { document, go, step: 0, count: 0, timer: 0, extent: null, in_view: true });
    this.bar = make(document, "div", "lesson-stepper", parent);
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", "step through the output; space plays, arrow keys step");
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

  /** Take the size of a new output; a walk that was under way goes on as far as it can. */
  take(extent) {
    const count = extent.channels * extent.rows * extent.columns;
    const all = this.step === this.count;
    Object.assign(this, { extent, count });
    this.step = all ? count : Math.min(this.step, count);
    this.show();
  }

  get reveal() {
    return this.step >= this.count ? Infinity : this.step;
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
      if (this.step >= this.count) { this.pause(); return; }
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
    if (event.target === this.speed) { event.stopPropagation(); return; }
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
    write(this.counter, `step ${this.step} of ${this.count}`);
  }

  remove() {
    this.pause();
    this.observer?.disconnect();
    for (const cleanup of this.cleanups) cleanup();
    this.bar.remove();
  }
}
