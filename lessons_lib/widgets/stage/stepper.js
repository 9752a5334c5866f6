// The stepper: goes through the cells of an output one by one and writes out each sum.
import { make, make_button } from "../shared/elements.js";
import { write } from "../shared/words.js";

const SPEEDS = [
  ["slow", 1500],
  ["1 a second", 1000],
  ["2 a second", 500],
  ["5 a second", 200],
  ["20 a second", 50],
];
const CALM_MS = 1000; // with "reduce motion" no step comes sooner

/** Every key of the stepper: its name, what it does (lesson 00 lists them so), and how. */
export const STEPPER_KEYS = [
  { key: " ", name: "Space", does: "play, pause", act: (stepper) => stepper.toggle() },
  { key: "ArrowLeft", name: "left arrow", does: "one step back", act: (stepper) => stepper.by(-1) },
  {
    key: "ArrowRight",
    name: "right arrow",
    does: "one step forward",
    act: (stepper) => stepper.by(1),
  },
  { key: "ArrowUp", name: "up arrow", does: "one row back", act: (stepper) => stepper.by_rows(-1) },
  {
    key: "ArrowDown",
    name: "down arrow",
    does: "one row forward",
    act: (stepper) => stepper.by_rows(1),
  },
  { key: "Home", name: "Home", does: "before the first step", act: (stepper) => stepper.move(0) },
  { key: "End", name: "End", does: "all steps", act: (stepper) => stepper.move(Infinity) },
];

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

export class Stepper {
  /** Builds its bar in `parent`; `go(cell)` is called with the cell of each step, or null before the first. */
  constructor(parent, document, go) {
    Object.assign(this, { document, go, step: 0, count: 0, timer: 0, extent: null, in_view: true });
    this.cleanups = [];
    this.bar = make(document, "div", "lesson-stepper", parent);
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute(
      "aria-label",
      "go through the cells one by one; space plays, arrow keys step",
    );
    this.make_buttons();
    this.make_scrub();
    this.make_speed();
    // JupyterLab takes keys on the document before they arrive here; the window comes before it.
    this.listen(document.defaultView, "keydown", (event) => this.press(event), true);
    this.calm = document.defaultView.matchMedia?.("(prefers-reduced-motion: reduce)");
    this.watch_view(document.defaultView);
  }

  listen(target, name, handler, options) {
    target.addEventListener(name, handler, options);
    this.cleanups.push(() => target.removeEventListener(name, handler, options));
  }

  make_buttons() {
    const button = (name, text, label, action) => {
      const element = make_button(this.document, `lesson-step-${name}`, this.bar, text, label);
      this.listen(element, "click", action);
      return element;
    };
    button("first", "|◀", "before the first step (Home)", () => this.move(0));
    button("back", "◀ step", "one step back (left arrow)", () => this.by(-1));
    this.play_button = button("play", "▶ play", "play or pause (space)", () => this.toggle());
    button("next", "step ▶", "one step forward (right arrow)", () => this.by(1));
    button("last", "▶|", "all steps (End)", () => this.move(Infinity));
  }

  make_scrub() {
    this.scrub = make(this.document, "input", "lesson-step-scrub", this.bar);
    Object.assign(this.scrub, { type: "range", min: 0, step: 1 });
    this.scrub.setAttribute("aria-label", "step");
    this.listen(this.scrub, "input", () => this.move(Number(this.scrub.value)));
    this.counter = make(this.document, "span", "lesson-step-count", this.bar);
  }

  make_speed() {
    this.speed = make(this.document, "select", "lesson-step-speed", this.bar);
    this.speed.title = "speed";
    this.speed.setAttribute("aria-label", "speed");
    for (const [label, wait] of SPEEDS)
      make(this.document, "option", "", this.speed, label).value = String(wait);
    this.speed.value = "500";
  }

  /** Nobody watches a walk that has been scrolled away. */
  watch_view({ IntersectionObserver: Observer }) {
    if (!Observer) return;
    this.observer = new Observer((entries) => {
      this.in_view = entries.at(-1).isIntersecting;
      if (!this.in_view) this.pause();
    });
    this.observer.observe(this.bar);
  }

  /**
   * Take what a new scene says: the output that fills, the pane whose cells are gone through (the
   * output itself, or the source that is stamped), its size, and the paintings after each stamp.
   * A walk that was under way goes on as far as it can.
   */
  take(scene, extent) {
    const { output, walks, paintings = null, biases, bias_label, roles } = scene;
    const { operation = "sum", counts_outside = true } = scene;
    Object.assign(this, { operation, counts_outside, biases, bias_label, roles });
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

  by(steps) {
    this.move(this.step + steps);
  }

  by_rows(rows) {
    this.by(rows * this.extent.columns);
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
    write(this.play_button, "▮▮ pause");
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
    if (event.target === this.speed) return;
    const on_button = event.target !== this.scrub && event.target !== this.bar;
    const found = STEPPER_KEYS.find(({ key }) => key === event.key);
    if (!found || (found.key === " " && on_button)) return; // there it presses the button
    event.preventDefault();
    event.stopPropagation();
    found.act(this);
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
