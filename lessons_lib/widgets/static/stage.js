// The stage: draws the newest scene in one animation frame and never calls back while doing so.
import { link_table, output_count, padding_taps, runs, sources_of, spoken } from "./links.js";
import { held, moved } from "./layout.js";
import { Pane } from "./pane.js";
import { cost_text, show_terms, write } from "./words.js";

const WAIT_MS = 900; // a touched control without an answer for so long is told

// --- the parts of the stage -----------------------------------------------------------------------

function build(el) {
  const document = el.ownerDocument;
  const make = (tag, css, parent, text = "") => {
    const element = document.createElement(tag);
    element.className = css;
    if (text) element.textContent = text;
    parent.append(element);
    return element;
  };
  const button = (css, parent, text, label) => {
    const element = make("button", `lesson-button ${css}`, parent, text);
    element.type = "button";
    element.title = label;
    element.setAttribute("aria-label", label);
    return element;
  };
  const root = make("div", "lesson-stage", el);
  root.tabIndex = -1;
  const tools = make("div", "lesson-tools", root);
  const parts = { root, document };
  parts.large = button("lesson-large-button", tools, "large view", "fill the window with this lab");
  parts.state = make("div", "lesson-kernel-state", root);
  parts.state.setAttribute("role", "status");
  parts.crash = make("pre", "lesson-crash", root);
  parts.view = make("div", "lesson-view", root);
  parts.panes = make("div", "lesson-panes", parts.view);
  parts.error = make("div", "lesson-error", parts.view);
  parts.error.setAttribute("role", "alert");
  parts.pointer = make("div", "lesson-pointer", root);
  const foot = make("div", "lesson-foot", root);
  parts.formula = make("div", "lesson-formula", foot);
  const line = make("div", "lesson-code-line", foot);
  parts.code = make("code", "lesson-code", line);
  parts.copy = button("lesson-copy", line, "copy", "copy the PyTorch line");
  parts.keep = button("lesson-keep", line, "keep output", "keep this output beside the next ones");
  parts.cost = make("div", "lesson-cost", foot);
  parts.sentence = make("div", "lesson-sentence", foot);
  parts.sentence.setAttribute("role", "status");
  parts.sentence.setAttribute("aria-live", "polite");
  return parts;
}

// --- drawing ---------------------------------------------------------------------------------------

class Stage {
  constructor(model, el) {
    this.model = model;
    this.parts = build(el);
    this.document = el.ownerDocument;
    this.panes = new Map();
    this.links = [];
    this.focus = null;
    this.frame = 0;
    this.texts = {};
    this.cleanups = [];
    this.box = [0, 0];
    this.redraw = () => { this.frame ||= requestAnimationFrame((time) => this.draw(time)); };
    const listen = (target, name, handler, options) => {
      target.addEventListener(name, handler, options);
      this.cleanups.push(() => target.removeEventListener(name, handler, options));
    };
    this.listen = listen;
    this.watch_model();
    this.watch_size();
    this.watch_pointer();
    this.watch_buttons();
    this.watch_kernel();
    this.redraw();
  }

  watch_model() {
    const changed = () => { this.answered(); this.redraw(); };
    for (const name of ["change:scene", "change:crash", "change:timing"]) {
      this.model.on(name, changed);
      this.cleanups.push(() => this.model.off(name, changed));
    }
  }

  draw(time) {
    this.frame = 0;
    const scene = this.model.get("scene");
    this.draw_crash();
    if (!scene?.panes) return;
    const fresh = scene !== this.scene;
    this.scene = scene;
    if (fresh) this.take_links(scene);
    if (!this.draw_error(scene)) {
      this.arrange(scene);
      this.measure();
      const ratio = this.ratio();
      const tables = this.model.get("tables");
      for (const pane of scene.panes) {
        const view = this.model.get(`pixels_${pane.slot}`);
        this.panes.get(pane.name).update(pane, view, tables[pane.table], this.box, ratio);
      }
      this.draw_outlines();
    }
    this.draw_words(scene);
    if (fresh && !this.named) { this.named = true; this.name_sliders(); }
    if (fresh) this.tell_drawn(scene, time);
  }

  tell_drawn(scene, time) {
    const view = this.document.defaultView;
    const wanted = view.__lessonDigest === true;
    const all = wanted ? [...this.panes.values()].map((pane) => pane.fingerprint()).join("-") : null;
    const detail = { seq: scene.seq, exact: scene.exact, digest: all, frame_time: time };
    this.parts.root.dispatchEvent(new CustomEvent("lesson-drawn", { bubbles: true, detail }));
  }

  /** Make the panes that the scene names, in its order; kept pictures stay at the end. */
  arrange(scene) {
    const names = scene.panes.map((pane) => pane.name).join();
    if (names === this.names) return;
    this.names = names;
    for (const pane of this.panes.values()) pane.root.remove();
    const first_kept = this.parts.panes.querySelector(".lesson-kept");
    const old = this.panes;
    this.panes = new Map();
    for (const { name, title } of scene.panes) {
      const pane = old.get(name) ?? new Pane(this.document, name);
      this.panes.set(name, pane);
      this.parts.panes.insertBefore(pane.root, first_kept);
      const active = scene.links.some((link) => link.output === name);
      pane.box.tabIndex = active ? 0 : -1;
      pane.box.setAttribute("role", active ? "application" : "img");
      pane.box.setAttribute("aria-label", active ? `${title}; arrow keys move the outlined pixel` : title);
      pane.box.classList.toggle("lesson-active", active);
    }
  }

  // --- words ---

  draw_words(scene) {
    const set = (name, key, draw) => {
      if (this.texts[name] === key) return;
      this.texts[name] = key;
      draw();
    };
    set("formula", JSON.stringify(scene.formula), () => {
      const { formula } = this.parts;
      while (formula.children.length > scene.formula.length) formula.lastChild.remove();
      scene.formula.forEach((terms, i) => {
        const line = formula.children[i] ?? formula.appendChild(this.document.createElement("div"));
        show_terms(line, terms, this.document);
      });
    });
    set("code", JSON.stringify(scene.code), () => show_terms(this.parts.code, scene.code, this.document));
    const timing = this.model.get("timing");
    const cost = cost_text(scene.cost, timing.seq === scene.seq ? timing.milliseconds : 0);
    set("cost", cost, () => write(this.parts.cost, cost));
    set("sentence", scene.sentence, () => write(this.parts.sentence, scene.sentence));
  }

  draw_crash() {
    const crash = this.model.get("crash");
    if (this.texts.crash === crash) return;
    this.texts.crash = crash;
    this.parts.crash.textContent = crash ? `This should not have happened. The lab stays at its last state.\n\n${crash}` : "";
    this.parts.crash.classList.toggle("lesson-shown", Boolean(crash));
  }

  /** Show a refused setting over the last good panes; true when there is one. */
  draw_error(scene) {
    const { error } = scene;
    const { root, view } = this.parts;
    root.classList.toggle("lesson-refused", Boolean(error));
    this.parts.keep.disabled = Boolean(error);
    view.classList.toggle("lesson-empty", Boolean(error) && !this.panes.size);
    const key = error ? JSON.stringify(error) : "";
    if (this.texts.error === key) return Boolean(error);
    this.texts.error = key;
    const parts = [];
    if (error) {
      const make = (tag, css, text) => {
        const element = this.document.createElement(tag);
        element.className = css;
        element.textContent = text;
        parts.push(element);
        return element;
      };
      make("div", "lesson-error-title", "torch refuses this setting");
      make("code", "lesson-error-message", error.message);
      make("div", "lesson-error-why", error.explanation);
      if (this.panes.size) make("div", "lesson-error-stale", "The grey pictures behind are those of the last setting that worked.");
      if (error.nearest_text) {
        const use = make("button", "lesson-button lesson-nearest", `use ${error.nearest_text}`);
        use.type = "button";
        use.addEventListener("click", () => this.model.send({ type: "apply", settings: error.nearest }));
      }
    }
    this.parts.error.replaceChildren(...parts);
    return Boolean(error);
  }

  /** ipywidgets leaves the handles of its sliders without a name. */
  name_sliders() {
    for (const control of this.parts.root.closest(".lesson-lab")?.querySelectorAll(".lesson-slider") ?? []) {
      const label = control.querySelector(".widget-label");
      control.querySelector(".noUi-handle")?.setAttribute("aria-label", label?.textContent ?? "");
    }
  }

  // --- size ---

  ratio() {
    return this.document.defaultView.devicePixelRatio || 1;
  }

  watch_size() {
    const observer = new ResizeObserver(([{ contentRect }]) => {
      this.room = Math.round(contentRect.width); // asking the page each frame would force a layout
      this.redraw();
    });
    observer.observe(this.parts.panes);
    this.cleanups.push(() => observer.disconnect());
    this.listen(this.document.defaultView, "resize", this.redraw);
  }

  /** Give every box the same size, and tell Python when it changed: larger pictures are reduced there. */
  measure() {
    const first = this.scene.panes[0];
    const pane = this.panes.get(first.name);
    const window = this.document.defaultView;
    const large = this.parts.root.closest(".lesson-large");
    const key = [this.room, window.innerHeight, Boolean(large), this.ratio(), this.names,
      this.parts.panes.children.length, first.source_height / first.source_width].join();
    if (key === this.measured) return;
    this.parts.panes.classList.toggle("lesson-many", this.parts.panes.children.length > 3);
    const width = pane.box.clientWidth;
    if (!width) return;
    this.measured = key;
    const tallest = large ? Math.max(160, this.room_of_boxes(large, pane)) : window.innerHeight * 0.5;
    const aspect = Math.min(1.4, Math.max(0.4, first.source_height / first.source_width));
    const height = Math.round(Math.min(width * aspect, tallest));
    this.parts.root.style.setProperty("--lesson-box-height", `${height}px`);
    const ratio = this.ratio();
    this.box = [Math.floor(height * ratio), Math.floor(width * ratio)];
    clearTimeout(this.box_timer);
    this.box_timer = setTimeout(() => {
      this.model.set("box", this.box);
      this.model.save_changes();
    }, 60);
  }

  /** How high a box can be when all of the lab is to fit on the screen. */
  room_of_boxes(lab, pane) {
    const box = pane.box.offsetHeight;
    const rows = new Set([...this.parts.panes.children].map((each) => each.offsetTop)).size;
    const taken = [...lab.children].reduce((sum, child) => sum + child.offsetHeight, 0);
    return (lab.clientHeight - (taken - rows * box)) / rows;
  }

  // --- pointing ---

  take_links(scene) {
    this.links = scene.links.map((link) => ({
      output: link.output,
      source: link.source,
      rows: link_table(link.rows, link.row_taps),
      columns: link_table(link.columns, link.column_taps),
    }));
    const [first] = this.links;
    if (!first) { this.focus = null; return; }
    const rows = output_count(first.rows);
    const columns = output_count(first.columns);
    if (!this.focus || !this.pointed) {
      this.focus = { pane: first.output, row: Math.floor(rows / 2), column: Math.floor(columns / 2) };
    }
    const own = this.links.find((link) => link.output === this.focus.pane) ?? first;
    const cell = held(this.focus, output_count(own.rows), output_count(own.columns));
    this.focus = { pane: own.output, ...cell };
  }

  watch_pointer() {
    const pane_of = (event) => {
      const root = event.target.closest?.(".lesson-pane");
      return [...this.panes.values()].find((pane) => pane.root === root);
    };
    const is_output = (pane) => pane && this.links.some((link) => link.output === pane.name);
    const point = (event) => {
      const pane = pane_of(event);
      if (!is_output(pane) || this.scene?.error) return;
      const cell = pane.cell_under(event);
      if (!cell) return;
      this.pointed = true;
      this.focus = { pane: pane.name, ...cell };
      this.draw_outlines();
    };
    this.listen(this.parts.panes, "pointermove", point);
    this.listen(this.parts.panes, "pointerdown", (event) => {
      point(event);
      const pane = pane_of(event);
      const cell = pane?.pane.clickable && pane.cell_under(event);
      if (cell) this.model.send({ type: "click", row: cell.row, column: cell.column });
    });
    // JupyterLab takes keys on the document before they arrive here; the window comes before it.
    this.listen(this.document.defaultView, "keydown", (event) => {
      if (!this.parts.panes.contains(event.target)) return;
      const pane = pane_of(event);
      if (!is_output(pane) || !this.focus || event.ctrlKey || event.metaKey || event.altKey) return;
      const { source_height, source_width } = pane.pane;
      const from = this.focus.pane === pane.name ? this.focus : { row: 0, column: 0 };
      const next = moved(from, event.key, source_height, source_width, event.shiftKey ? 10 : 1);
      if (!next) return;
      event.preventDefault();
      event.stopPropagation();
      this.pointed = true;
      this.focus = { pane: pane.name, ...next };
      this.draw_outlines();
    }, true);
  }

  draw_outlines() {
    const boxes = new Map([...this.panes.keys()].map((name) => [name, []]));
    const said = [];
    const links = this.links.filter((link) => link.output === this.focus?.pane);
    for (const link of links) {
      const rows = sources_of(link.rows, this.focus.row);
      const columns = sources_of(link.columns, this.focus.column);
      for (const [row, height] of runs(rows)) {
        for (const [column, width] of runs(columns)) boxes.get(link.source)?.push([row, column, height, width]);
      }
      const outside = padding_taps(link.rows, this.focus.row) + padding_taps(link.columns, this.focus.column);
      const title = this.panes.get(link.source)?.pane.title ?? link.source;
      const where = `${spoken("row", rows)}, ${spoken("column", columns)}`;
      said.push(`${title} ${where}${outside ? " and padding" : ""}`);
    }
    if (this.focus) boxes.get(this.focus.pane)?.push([this.focus.row, this.focus.column, 1, 1]);
    for (const [name, pane] of this.panes) pane.outline(boxes.get(name), pane.pane?.marked ?? []);
    const text = this.focus && said.length
      ? `${this.panes.get(this.focus.pane)?.pane.title} (${this.focus.row}, ${this.focus.column}) was computed from ${said.join("; ")}` : "";
    if (this.texts.pointer === text) return;
    this.texts.pointer = text;
    write(this.parts.pointer, text);
  }

  // --- buttons ---

  watch_buttons() {
    const { copy, keep, large, root } = this.parts;
    const lab = () => root.closest(".lesson-lab") ?? root;
    const flash = (button, text) => {
      const before = button.dataset.text ??= button.textContent;
      button.textContent = text;
      setTimeout(() => { button.textContent = before; }, 1200);
    };
    this.listen(copy, "click", () => {
      navigator.clipboard.writeText(this.parts.code.textContent)
        .then(() => flash(copy, "copied"), () => flash(copy, "select it"));
    });
    this.listen(keep, "click", () => this.keep_output());
    this.listen(large, "click", () => {
      if (lab().classList.contains("lesson-large")) this.leave_large(lab());
      else this.enter_large(lab());
    });
    this.listen(this.document, "fullscreenchange", () => {
      if (this.document.fullscreenElement !== lab()) this.leave_large(lab());
    });
    this.listen(this.document, "keydown", (event) => {
      if (event.key === "Escape") this.leave_large(lab());
    });
  }

  enter_large(lab) {
    lab.classList.add("lesson-large");
    this.parts.large.textContent = "leave large view";
    lab.requestFullscreen?.().catch(() => { /* not allowed here: the lab fills the page instead */ });
    this.redraw();
  }

  leave_large(lab) {
    if (!lab.classList.contains("lesson-large")) return;
    lab.classList.remove("lesson-large");
    this.parts.large.textContent = "large view";
    if (this.document.fullscreenElement === lab) this.document.exitFullscreen();
    this.redraw();
  }

  keep_output() {
    const pane = [...this.panes.values()].find((each) => each.pane?.role === "output" && each.size);
    if (!pane || this.scene.error) return;
    const copy = pane.root.cloneNode(true);
    copy.classList.add("lesson-kept");
    copy.querySelector(".lesson-pane-overlay").remove();
    copy.querySelector(".lesson-pane-box").removeAttribute("tabindex");
    copy.querySelector(".lesson-pane-picture").getContext("2d").drawImage(pane.canvas, 0, 0);
    copy.querySelector(".lesson-pane-title strong").textContent = "kept output";
    copy.querySelector(".lesson-pane-note").textContent = this.parts.code.textContent;
    const remove = this.document.createElement("button");
    remove.type = "button";
    remove.className = "lesson-button lesson-remove";
    remove.textContent = "✕";
    remove.title = "remove this kept output";
    remove.setAttribute("aria-label", remove.title);
    remove.addEventListener("click", () => { copy.remove(); this.redraw(); });
    copy.querySelector(".lesson-pane-title").append(remove);
    this.parts.panes.append(copy);
    this.redraw();
  }

  // --- the kernel ---

  watch_kernel() {
    const kernel = this.model.widget_manager?.kernel;
    const lab = () => this.parts.root.closest(".lesson-lab");
    const say = (text) => {
      this.parts.state.textContent = text;
      this.parts.state.classList.toggle("lesson-shown", Boolean(text));
    };
    this.answered = () => { clearTimeout(this.waiting); this.waiting = 0; if (!this.gone) say(""); };
    const touched = (event) => {
      if (!lab()?.contains(event.target) || this.parts.root.contains(event.target) || this.waiting) return;
      this.waiting = setTimeout(() => {
        this.waiting = 0;
        if (!this.gone && kernel?.status === "busy") say("The kernel is busy. The lab answers when the running cell lets it.");
      }, WAIT_MS);
    };
    for (const name of ["pointerup", "keydown", "change"]) this.listen(this.document, name, touched, true);
    if (!kernel?.statusChanged) return;
    const status = () => {
      // A restarted kernel does not know this lab any more, even when it is idle again.
      this.gone ||= ["dead", "terminating", "restarting", "autorestarting"].includes(kernel.status) || kernel.isDisposed;
      if (this.gone) say("The kernel has stopped or was restarted. Choose Run > Run All Cells to bring the lab back.");
      else if (kernel.status === "idle") this.answered();
    };
    kernel.statusChanged.connect(status);
    this.cleanups.push(() => kernel.statusChanged.disconnect(status));
  }

  close() {
    cancelAnimationFrame(this.frame);
    clearTimeout(this.box_timer);
    clearTimeout(this.waiting);
    for (const cleanup of this.cleanups) cleanup();
    this.parts.root.remove();
  }
}

export default {
  render({ model, el }) {
    const stage = new Stage(model, el);
    return () => stage.close();
  },
};
