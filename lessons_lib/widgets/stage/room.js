// The room of one view of a lab: measured when it changes, given to the panes by the layout, and told
// to Python, which reduces larger pictures to it.
import { arrange, side_in, sum } from "./arrangement.js";
import { lab_of } from "../shared/elements.js";
import { RAILS, ranked_frames, worth_of } from "./frame.js";
import { KINDS } from "./panes/kinds.js";

const SETTLED_MS = 60; // a page that is being resized is not told at every step
// CSS pixels: in a notebook no picture is made smaller than that to save height; of grids it is ten cells.
const COMFORT = { few: 235, many: 120, grids: 150, scaled: 60 };
const COMFORT_WITH_WORDS = { grids: 380 }; // so that the words are seen as well, cells shrink less
const LEAST_BESIDE = 300; // CSS pixels of pictures beside which a column of grids may stand in a notebook
const FEW = 3;
const MANY = 4; // more panes than that have smaller type
const TALLEST_SHARE = 0.5; // of the window's height: no picture in a notebook is higher
const LEGIBLE = 30; // CSS pixels of a cell; where grids grow, the layout changes before cells are smaller
const SCALES = [0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.15, 1.35, 1.6, 2, 2.5, 3.2, 4, 5, 6.5, 8, 12, 16];
const NAME_BESIDE = { column: 108, window: 150 }; // CSS pixels of a name that stands beside its picture
const BELOW_LAST = 12; // CSS pixels that each pane keeps free below itself
const TRIES = 5; // texts that wrap make a lab higher than was foreseen
const FRAMES = 8; // that are tried on the page

const PLAIN = { rail: 0, controls: "above", facts: "below", said: "below" };

const height_of = (element) => element?.offsetHeight || 0;

export class Room {
  /**
   * parts: the elements of the stage; panes: Map name -> Pane; look: the lab's wishes; tell:
   * takes {pane: [height, width, scale]} in device pixels, for the pictures.
   */
  constructor(parts, panes, look, tell) {
    Object.assign(this, { parts, panes, look, tell, document: parts.document });
    Object.assign(this, { same_scale: false, boxes: new Map(), needed: new Map(), grown: 0 });
  }

  get ratio() {
    return this.document.defaultView.devicePixelRatio || 1;
  }

  get lab() {
    return lab_of(this.parts.root);
  }

  get is_large() {
    return this.lab.classList.contains("lesson-large");
  }

  /** Call `changed` when the room has changed; gives the function that ends it. */
  watch(changed) {
    const observer = new ResizeObserver((entries) => {
      this.watch_lab(observer);
      // asking the page each frame would force a layout
      for (const { target, contentRect } of entries) {
        if (target === this.lab) this.width = Math.round(contentRect.width);
        if (target === this.controls) this.controls_height = Math.round(contentRect.height);
      }
      changed();
    });
    observer.observe(this.parts.root);
    return () => {
      observer.disconnect();
      clearTimeout(this.timer);
    };
  }

  /** The stage is made before it stands in its lab: its parts are watched from then on. */
  watch_lab(observer) {
    if (this.watched === this.lab) return;
    this.watched = this.lab;
    this.controls = this.lab.querySelector(".lesson-controls");
    for (const each of [this.lab, this.controls]) if (each) observer.observe(each);
  }

  /** The room of a pane, [height, width, scale] in device pixels; scale as in `tell`. */
  box_of({ name }) {
    return this.boxes.get(name) ?? [1, 1, 0];
  }

  /** Arrange the panes of a scene, if the room, or the shape of the scene, is another one. */
  measure(scene) {
    if (!this.width) return;
    const base = this.base_key(scene);
    if (base !== this.base) {
      if (this.lab.offsetHeight === 0) return; // hidden, as while JupyterLab changes its theme
      Object.assign(this, { base, grown: 0, needed: new Map() });
      this.parts.panes.style.minHeight = "";
    }
    this.grow(scene);
    const key = `${base},${this.grown},${this.scales_of(scene).join()}`;
    if (key === this.measured) return;
    this.measured = key;
    this.scene = scene;
    const items = this.items();
    this.parts.panes.classList.toggle("lesson-tight", items.length > MANY);
    if (this.is_large) this.fill_window(items);
    else this.fill_column(items);
    this.take_boxes(items);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.tell(this.rooms), SETTLED_MS);
  }

  base_key({ panes }) {
    const window = this.document.defaultView;
    const picture = panes.find((pane) => KINDS[pane.kind].wish(pane, 1).place === "picture");
    return [
      this.width,
      window.innerHeight,
      this.ratio,
      this.is_large,
      this.is_large && this.controls_height,
      this.same_scale,
      ...panes.map(({ name, kind }) => `${name}:${kind}`),
      picture?.room ?? [picture?.source_height, picture?.source_width],
    ].join();
  }

  /** Note the largest that each grid has been; where its cells get too small for its box, it is time for another layout. */
  grow({ panes }) {
    for (const pane of panes) {
      const { name, channels, height, width } = pane;
      const most = this.needed.get(name) ?? { channels: 0, height: 0, width: 0 };
      const now = {
        channels: Math.max(channels, most.channels),
        height: Math.max(height, most.height),
        width: Math.max(width, most.width),
      };
      if (["channels", "height", "width"].every((key) => now[key] === most[key])) continue;
      this.needed.set(name, now);
      const box = this.boxes.get(name);
      const wish = KINDS[pane.kind].wish(pane, this.ratio);
      if (wish.place !== "small" || !box) continue;
      const [tall, wide] = box.map((each) => each / this.ratio);
      if (side_in(wish, { height: tall, width: wide }) < LEGIBLE) this.grown += 1;
    }
  }

  /** Whether several panes of the scene can be shown at one scale. */
  can_share({ panes }) {
    return panes.filter((pane) => this.shares_scale(pane)).length > 1;
  }

  /** Whether the true size of a pane, or of the one it was kept from, may be compared. */
  shares_scale({ name, of = name }) {
    return (this.look.same_scale ?? []).includes(of);
  }

  /** How large the panes that share one scale are against the first of them, in steps. */
  scales_of({ panes }) {
    if (!this.same_scale || !this.can_share({ panes })) return [];
    const shared = panes.filter((pane) => this.shares_scale(pane));
    const [first] = shared;
    return panes.map((pane) => {
      if (!shared.includes(pane)) return 0;
      const of_first = (side) => pane[`source_${side}`] / first[`source_${side}`];
      const wanted = Math.max(of_first("height"), of_first("width"));
      return SCALES.find((step) => step >= wanted - 1e-6) ?? wanted;
    });
  }

  /** What is to be arranged: {name, root, box, pane, wish}. */
  items() {
    const scales = this.scales_of(this.scene);
    return this.scene.panes.map((pane, n) => {
      const { root, box } = this.panes.get(pane.name);
      const wish = KINDS[pane.kind].wish({ ...pane, ...this.needed.get(pane.name) }, this.ratio);
      const saved = wish.place === "picture" && this.look.saved_room; // for which it was made, for good
      const own_width = saved ? Math.ceil(saved / this.ratio) : wish.own_width;
      const scale = scales[n] || undefined;
      return { name: pane.name, root, box, pane, wish: { ...wish, own_width, scale } };
    });
  }

  // --- in a notebook, which scrolls ---

  /** As large as the column lets it: so low that slider, panes and words are seen together, or at least slider and panes. */
  fill_column(items) {
    this.frame(PLAIN);
    const { lab, parts } = this;
    const reserved = parseFloat(parts.panes.style.minHeight) || 0;
    parts.panes.style.minHeight = ""; // an arrangement is judged by its own height
    const edges = (element) => element.getBoundingClientRect();
    const seen = this.seen_height();
    const first = this.first_control();
    const above = first ? edges(parts.panes).top - edges(first).top : 0;
    const below = edges(lab).bottom - edges(parts.panes).bottom;
    const { comfort, with_words } = this.comfort_of(items);
    const room = { ...this.around(), width: parts.panes.clientWidth || this.width };
    const tries = [
      [seen - above - below, with_words],
      [seen - above, comfort],
    ];
    if (!tries.some(([height, least]) => this.fit_column({ ...room, height }, items, least)))
      this.apply(items, arrange({ ...room, height: Infinity, comfort }, items, this.look));
    const height = Math.max(reserved, height_of(parts.panes)); // it never shrinks under a moving slider
    parts.panes.style.minHeight = `${height}px`;
  }

  /** How small a picture, or ten times a cell, may get so that all is seen together. */
  comfort_of(items) {
    const of = (kind) => ({
      comfort: COMFORT[kind],
      with_words: COMFORT_WITH_WORDS[kind] ?? COMFORT[kind],
    });
    if (items.some(({ wish }) => wish.scale)) return of("scaled");
    if (!items.some(({ wish }) => wish.place === "picture")) return of("grids");
    return of(items.length > FEW ? "many" : "few");
  }

  /** Fit the panes into a height as they come out on the page; false where they would be too small. */
  fit_column(room, items, comfort) {
    let height = room.height - BELOW_LAST;
    for (let tries = 0; tries < TRIES; tries += 1) {
      const arrangement = arrange({ ...room, height }, items, this.look);
      if (arrangement.smallest < comfort || arrangement.over > 0) return false;
      this.apply(items, arrangement);
      const more = height_of(this.parts.panes) - room.height;
      if (more <= 0) return true;
      height -= more;
    }
    return false;
  }

  /** The control that the hand moves first. */
  first_control() {
    const controls = this.lab.querySelector(".lesson-controls");
    const sliders = [...(controls?.querySelectorAll(".lesson-slider") ?? [])];
    return sliders.find((slider) => height_of(slider)) ?? controls;
  }

  /** How much of the lab can be seen at once: the outermost thing that scrolls, or the window. */
  seen_height() {
    const view = this.document.defaultView;
    let seen = view.innerHeight;
    for (let each = this.lab.parentElement; each?.clientHeight; each = each.parentElement)
      if (/auto|scroll/.test(getComputedStyle(each).overflowY)) seen = each.clientHeight;
    return Math.min(seen, view.innerHeight);
  }

  /** What stands around each picture and how it is laid out, as panes.css and large_view.css have it. */
  around() {
    const { title_lines = 1, note_lines = 1 } = this.look;
    const large = this.is_large;
    const many = this.parts.panes.classList.contains("lesson-tight");
    return {
      title: 4 + (large && !many ? 28 : 22) * title_lines,
      under: 24 * note_lines,
      beside: large ? NAME_BESIDE.window : NAME_BESIDE.column,
      least_name: large && !many ? 190 : 150,
      least_beside: large ? 0 : LEAST_BESIDE,
      fill: large,
      patience: large ? 1 : 1.05,
      tallest: large ? Infinity : TALLEST_SHARE * this.document.defaultView.innerHeight,
    };
  }

  // --- in the large view, which does not ---

  /** Try the frames that promise most on the page itself, where texts wrap, and take the best. */
  fill_window(items) {
    const measured = this.measured_window();
    let best = null;
    for (const promised of ranked_frames(measured, items, this.look).slice(0, FRAMES)) {
      if (best && worth_of(promised) <= worth_of(best)) break;
      const arrangement = this.fitted_in(promised, measured, items);
      const found = { ...promised, arrangement };
      if (!best || worth_of(found) > worth_of(best)) best = found;
    }
    this.frame(best);
    this.apply(items, best.arrangement);
  }

  /** The arrangement that fits into a frame as it comes out on the page. */
  fitted_in(frame, { room }, items) {
    const { lab } = this;
    this.frame(frame);
    let { arrangement, height } = frame;
    for (let tries = 0; tries < TRIES; tries += 1) {
      this.apply(items, arrangement);
      const more = lab.scrollHeight - lab.clientHeight;
      if (more <= 0) return arrangement;
      height -= more;
      arrangement = arrange({ ...room, width: arrangement.width, height }, items, this.look);
    }
    return { ...arrangement, over: 1 };
  }

  /** What `ranked_frames` wants to know, read off the page in every frame that is tried. */
  measured_window() {
    const { lab, parts } = this;
    const [facts, said] = ["foot", "sentence"].map((name) => lab.querySelector(`.lesson-${name}`));
    const controls = lab.querySelector(".lesson-controls");
    const words = () => ({ facts: height_of(facts), said: height_of(said) });
    const plain_words = this.in_frame(PLAIN, words);
    const plain = { controls: height_of(controls), ...plain_words };
    const header = height_of(lab.querySelector(".lesson-header"));
    const rest = sum(
      [parts.steps, parts.written, parts.pointer, parts.state, parts.crash].map(height_of),
    );
    const rails = RAILS.map((rail) => {
      const inside = this.in_frame({ rail, controls: "rail", facts: "rail", said: "rail" }, () => ({
        controls: controls?.scrollHeight || 0, // it scrolls where it is too high
        ...words(),
      }));
      const below = this.in_frame({ rail, controls: "rail", facts: "below", said: "below" }, words);
      return { rail, ...inside, facts_below: below.facts, said_below: below.said };
    });
    return {
      width: lab.clientWidth,
      height: lab.clientHeight,
      header,
      rest,
      edges: { across: 32, down: 12 + BELOW_LAST },
      room: this.around(),
      plain,
      rails,
    };
  }

  in_frame(frame, read) {
    this.frame(frame);
    return read();
  }

  /** Put controls and words where they belong. */
  frame({ rail, controls, facts, said }) {
    const { classList, style } = this.lab;
    classList.toggle("lesson-railed", rail > 0);
    classList.toggle("lesson-controls-aside", controls === "rail");
    classList.toggle("lesson-facts-aside", facts === "rail");
    classList.toggle("lesson-said-aside", said === "rail");
    style.setProperty("--lesson-rail", `${rail}px`);
    if (!rail) return;
    const [header, panel] = ["header", "controls"].map((name) =>
      height_of(this.lab.querySelector(`.lesson-${name}`)),
    );
    style.setProperty("--lesson-rail-top", `${header + (controls === "rail" ? 0 : panel)}px`);
    style.setProperty("--lesson-aside-top", `${header + panel}px`);
  }

  // --- from the layout to the page ---

  apply(items, { columns, places, unit }) {
    this.parts.panes.style.gridTemplateColumns = columns.map((width) => `${width}px`).join(" ");
    this.parts.panes.style.setProperty("--lesson-beside", `${this.around().beside}px`);
    for (const { name, root, box } of items) {
      const place = places.find((each) => each.name === name);
      root.style.gridColumn = `${place.column + 1} / span ${place.columns}`;
      root.style.gridRow = `${3 * place.row + 1} / span ${3 * place.rows}`;
      root.classList.toggle("lesson-beside", place.beside);
      box.style.height = `${place.height}px`;
    }
    Object.assign(this, { places, unit });
  }

  /** The boxes in device pixels, and how large a pixel of a picture is where one scale is shared. */
  take_boxes(items) {
    const { ratio } = this;
    this.boxes.clear();
    this.rooms = {};
    const first = items.find(({ wish }) => wish.scale);
    const at = (name) => this.places.find((place) => place.name === name);
    const scale = first ? this.scale_in(first, at(first.name)) : 0;
    for (const { name, wish } of items) {
      const { height, width } = at(name);
      const box = [Math.floor(height * ratio), Math.floor(width * ratio), wish.scale ? scale : 0];
      this.boxes.set(name, box);
      if (wish.place === "picture") this.rooms[name] = box;
    }
  }

  scale_in({ pane }, { height }) {
    const scale = this.ratio * Math.min(this.unit / pane.source_width, height / pane.source_height);
    return scale >= 1 ? Math.floor(scale) : scale;
  }
}
