// The room of the panes: one height for all boxes, told to Python, which reduces larger pictures to it.
import { grid_layout } from "./layout.js";

const LEAST_HEIGHT = 140; // CSS pixels of a pane in the large view
const SIGNAL_HEIGHT = 140; // CSS pixels of a pane with a curve
const KERNEL_SHARE = 0.5; // the kernel's pane beside curves is so much lower
const SETTLED_MS = 60; // a page that is being resized is not told at every step

export class Room {
  /** parts: the elements of the stage; panes: Map name -> Pane; tell: takes a new [height, width]. */
  constructor(parts, panes, tell) {
    Object.assign(this, { parts, panes, tell, document: parts.document, box: [0, 0], scene: null });
  }

  get ratio() {
    return this.document.defaultView.devicePixelRatio || 1;
  }

  /** Call `changed` when the width of the panes has changed; gives the function that ends it. */
  watch(changed) {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      this.width = Math.round(contentRect.width); // asking the page each frame would force a layout
      changed();
    });
    observer.observe(this.parts.panes);
    return () => {
      observer.disconnect();
      clearTimeout(this.box_timer);
    };
  }

  /** Give every box the same size, and tell Python when it changed: larger pictures are reduced there. */
  measure(scene) {
    this.scene = scene;
    const first = scene.panes[0];
    const pane = this.panes.get(first.name);
    const window = this.document.defaultView;
    const large = this.parts.root.closest(".lesson-large");
    const key = [
      this.width,
      window.innerHeight,
      Boolean(large),
      this.ratio,
      ...scene.panes.map(({ name }) => name),
      this.parts.panes.children.length,
      ...this.scene.panes.map((each) => [each.source_height, each.source_width]),
    ].join();
    if (key === this.measured) return;
    this.parts.panes.classList.toggle("lesson-signals", this.has_signals);
    this.parts.panes.classList.toggle("lesson-many", this.parts.panes.children.length > 3);
    const width = pane.box.clientWidth;
    if (!width) return;
    this.measured = key;
    this.parts.root.style.setProperty("--lesson-beside-height", "0px"); // it must not count as taken
    this.widths = new Map([...this.panes].map(([name, { box }]) => [name, box.clientWidth]));
    // Many grids stand in several rows: what they do not need is taken off again below. Of slices
    // the first pane decides alone: an output that shrinks with the stride must not move the page.
    const many = first.kind === "grid" && first.channels > 3;
    const slices = many && first.channels > 4;
    const usual = slices ? Math.max(300, window.innerHeight * 0.36) : window.innerHeight * 0.5;
    const tallest = large ? Math.max(LEAST_HEIGHT, this.room_of_boxes(large, pane)) : usual;
    const aspect = many
      ? 1.4
      : Math.min(
          1.4,
          Math.max(0.4, first.source_height / first.source_width, this.square_of_grids),
        );
    const wanted = Math.floor(Math.min(width * aspect, tallest));
    const height = this.has_signals
      ? this.curve_height(large)
      : Math.min(wanted, this.tallest_grid(wanted, slices ? [first] : this.scene.panes));
    this.parts.root.style.setProperty("--lesson-box-height", `${height}px`);
    this.parts.root.style.setProperty(
      "--lesson-kernel-height",
      `${Math.floor(KERNEL_SHARE * height)}px`,
    );
    if (large)
      this.parts.root.style.setProperty("--lesson-beside-height", `${this.room_beside(large)}px`);
    this.fit_rows(large || slices ? Infinity : height);
    const ratio = this.ratio;
    this.box = [Math.floor(height * ratio), Math.floor(width * ratio)];
    clearTimeout(this.box_timer);
    this.box_timer = setTimeout(() => this.tell(this.box), SETTLED_MS);
  }

  /** Height over width of the tallest grid, up to a square, where all panes are grids; else 0. */
  get square_of_grids() {
    const { panes } = this.scene;
    if (panes.some(({ kind }) => kind !== "grid")) return 0;
    return Math.min(
      1,
      Math.max(...panes.map(({ source_height, source_width }) => source_height / source_width)),
    );
  }

  get has_signals() {
    return this.scene.panes.some(({ kind }) => kind === "signal");
  }

  /** The room of one pane, in device pixels. */
  box_of(pane) {
    const [height, width] = this.box;
    const own = pane.kind === "grid" ? Math.floor(this.widths.get(pane.name) * this.ratio) : width;
    return [Math.floor(height * this.share_of(pane)), own];
  }

  share_of({ role }) {
    return this.has_signals && role === "kernel" ? KERNEL_SHARE : 1;
  }

  /** How high a foot beside the panes can be: from their top to the line under the pointer. */
  room_beside(lab) {
    const [whole, view] = [lab, this.parts.view].map((each) => each.getBoundingClientRect());
    return Math.floor(
      lab.clientHeight - (view.top - whole.top + lab.scrollTop) - this.parts.pointer.offsetHeight,
    );
  }

  /** How high a curve is drawn: as it is, or so that all of a large lab fits on the screen. */
  curve_height(large) {
    if (!large) return SIGNAL_HEIGHT;
    const boxes = [...this.panes.values()].reduce((sum, { box }) => sum + box.offsetHeight, 0);
    const shares = this.scene.panes.reduce((sum, pane) => sum + this.share_of(pane), 0);
    const room = (large.clientHeight - (this.taken_by(large) - boxes)) / shares;
    return Math.round(Math.max(0.8 * SIGNAL_HEIGHT, Math.min(2 * SIGNAL_HEIGHT, room)));
  }

  taken_by(lab) {
    return [...lab.children].reduce((sum, child) => sum + child.offsetHeight, 0);
  }

  /** The height that the grids of a lab without pictures need; no limit where there is a picture. */
  tallest_grid(height, panes) {
    if (this.scene.panes.some(({ kind }) => kind !== "grid")) return Infinity;
    return Math.max(
      ...panes.map((pane) => grid_layout(pane, [height, this.widths.get(pane.name)], 1).height),
      100,
    );
  }

  /** Take off below each row of grids what its highest one has left free so far: a row never shrinks under a moving slider. */
  fit_rows(height) {
    const [panes, boxes] = [
      this.scene.panes,
      this.scene.panes.map(({ name }) => this.panes.get(name).box),
    ];
    for (const box of boxes) box.style.height = "";
    if (!Number.isFinite(height) || panes.some(({ kind }) => kind !== "grid")) return;
    const tops = boxes.map((box) => box.offsetTop);
    const key = [
      this.width,
      this.document.defaultView.innerHeight,
      ...panes.map(({ name }) => name),
    ].join();
    if (key !== this.rows_key) Object.assign(this, { rows_key: key, needed: panes.map(() => 0) });
    panes.forEach((pane, n) => {
      const now = grid_layout(pane, [height, this.widths.get(pane.name)], 1).height;
      this.needed[n] = Math.max(this.needed[n], now);
    });
    const highest = (row) => Math.max(...this.needed.filter((_, n) => tops[n] === row));
    boxes.forEach((box, n) => {
      box.style.height = `${highest(tops[n])}px`;
    });
  }

  /** How high a box can be when all of the lab is to fit on the screen. */
  room_of_boxes(lab, pane) {
    const box = pane.box.offsetHeight;
    const rows = new Set([...this.parts.panes.children].map((each) => each.offsetTop)).size;
    return (lab.clientHeight - (this.taken_by(lab) - rows * box)) / rows;
  }
}
