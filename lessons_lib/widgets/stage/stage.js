// The stage: draws the newest scene in one animation frame and never calls back while doing so.
import { make, make_button } from "../shared/elements.js";
import { Foot } from "./foot.js";
import { KernelState } from "../shared/kernel_state.js";
import { large_view } from "./large_view.js";
import { held } from "./layout.js";
import { Microscope } from "./microscope.js";
import { Pane } from "./panes/pane.js";
import { Pointing } from "./pointing.js";
import { Room } from "./room.js";
import { Sliders } from "../lab/sliders.js";
import { factors, stamp_terms, stamps, step_of, Stepper, sum_terms } from "./stepper.js";
import { show_terms } from "../shared/words.js";

// --- the parts of the stage -----------------------------------------------------------------------

function build(el) {
  const document = el.ownerDocument;
  const root = make(document, "div", "lesson-stage", el);
  root.tabIndex = -1;
  const tools = make(document, "div", "lesson-tools", root);
  const parts = { root, document };
  parts.large = make_button(
    document,
    "lesson-large-button",
    tools,
    "large view",
    "fill the window with this lab",
  );
  parts.state = make(document, "div", "lesson-kernel-state", root);
  parts.state.setAttribute("role", "status");
  parts.crash = make(document, "pre", "lesson-crash", root);
  parts.view = make(document, "div", "lesson-view", root);
  parts.panes = make(document, "div", "lesson-panes", parts.view);
  parts.error = make(document, "div", "lesson-error", parts.view);
  parts.error.setAttribute("role", "alert");
  parts.steps = make(document, "div", "lesson-steps", root);
  parts.written = make(document, "div", "lesson-written", root);
  parts.pointer = make(document, "div", "lesson-pointer", root);
  parts.below = make(document, "div", "lesson-below", root);
  const foot = make(document, "div", "lesson-foot", parts.below);
  parts.formula = make(document, "div", "lesson-formula", foot);
  const line = make(document, "div", "lesson-code-line", foot);
  parts.code = make(document, "code", "lesson-code", line);
  parts.copy = make_button(document, "lesson-copy", line, "copy", "copy the PyTorch line");
  parts.keep = make_button(
    document,
    "lesson-keep",
    line,
    "keep output",
    "keep this output beside the next ones",
  );
  parts.cost = make(document, "div", "lesson-cost", foot);
  parts.sentence = make(document, "div", "lesson-sentence", foot);
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
    this.frame = 0;
    this.said = ""; // the sum that is written out
    this.written = null; // the cell that it belongs to
    this.cleanups = [];
    this.redraw = () => {
      this.frame ||= requestAnimationFrame((time) => this.draw(time));
    };
    const listen = (target, name, handler, options) => {
      target.addEventListener(name, handler, options);
      this.cleanups.push(() => target.removeEventListener(name, handler, options));
    };
    this.listen = listen;
    this.pointing = new Pointing(this.panes, this.parts.pointer, (focus) => this.chosen(focus));
    this.microscope = new Microscope(this.parts.root, this.document, () => this.look_away());
    this.foot = new Foot(this.parts, (settings) => this.model.send({ type: "apply", settings }));
    this.room = new Room(this.parts, this.panes, (box) => {
      this.model.set("box", box);
      this.model.save_changes();
    });
    this.stepper = null;
    this.watch_model();
    this.watch_page();
    this.watch_pointer();
    this.sliders = new Sliders(this.parts.root, (released) =>
      this.model.send({ type: "released", ...released }),
    );
    this.watch_buttons();
    this.kernel = new KernelState(this.model, this.parts.root, this.parts.state);
    this.redraw();
  }

  watch_model() {
    const changed = () => {
      this.kernel.answered();
      this.redraw();
    };
    const watched = ["scene", "crash", "timing", "probe"].map((name) => [
      `change:${name}`,
      changed,
    ]);
    watched.push(["change:pointer", this.redraw]); // set by a hand, here or in another view: no answer
    for (const [name, handler] of watched) {
      this.model.on(name, handler);
      this.cleanups.push(() => this.model.off(name, handler));
    }
  }

  draw(time) {
    this.frame = 0;
    const scene = this.model.get("scene");
    this.foot.draw_crash(this.model.get("crash"));
    if (!scene?.panes) return;
    const fresh = scene !== this.scene;
    this.scene = scene;
    if (!this.foot.draw_error(scene, this.panes.size > 0)) {
      this.arrange(scene);
      if (fresh) this.take(scene);
      this.room.measure(scene);
      const { ratio } = this.room;
      const tables = this.model.get("tables");
      for (const pane of scene.panes) {
        const view = this.stepper?.painting_of(pane.name) ?? this.model.get(`pixels_${pane.slot}`);
        const reveal = this.stepper?.reveal_of(pane.name) ?? Infinity;
        this.panes
          .get(pane.name)
          .update(pane, view, tables[pane.table], this.room.box_of(pane), ratio, reveal);
      }
      this.pointing.draw();
      this.draw_written();
      this.draw_probe(tables, ratio, time);
    } else if (this.said) {
      this.said = "";
      this.parts.written.replaceChildren();
    }
    this.foot.draw_words(scene, this.model.get("timing"));
    if (fresh) this.sliders.name();
    if (fresh) this.tell_drawn(scene, time);
  }

  tell_drawn(scene, time) {
    const view = this.document.defaultView;
    const wanted = view.__lessonDigest === true;
    const all = wanted
      ? [...this.panes.values()].map((pane) => pane.fingerprint()).join("-")
      : null;
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
    const old = new Map(this.panes);
    this.panes.clear(); // the same Map for good: pointing looks into it
    for (const { name, title } of scene.panes) {
      const pane = old.get(name) ?? new Pane(this.document, name);
      this.panes.set(name, pane);
      this.parts.panes.insertBefore(pane.root, first_kept);
      const active =
        scene.links.some(({ output, source, kernel }) => [output, source, kernel].includes(name)) ||
        (scene.cell_links ?? []).some(({ first, second }) => [first, second].includes(name));
      pane.box.tabIndex = active ? 0 : -1;
      pane.box.setAttribute("role", active ? "application" : "img");
      pane.box.setAttribute(
        "aria-label",
        active ? `${title}; arrow keys move the outlined cell` : title,
      );
      pane.box.classList.toggle("lesson-active", active);
    }
  }

  // --- size and theme ---

  watch_page() {
    this.cleanups.push(this.room.watch(this.redraw));
    // What is drawn in the page's own ink is drawn again when the page changes its theme.
    const themes = new MutationObserver(() => {
      for (const pane of this.panes.values()) pane.forget();
      this.microscope.forget();
      this.redraw();
    });
    themes.observe(this.document.body, {
      attributes: true,
      attributeFilter: ["data-jp-theme-name", "class"],
    });
    this.cleanups.push(() => themes.disconnect());
    this.listen(this.document.defaultView, "resize", this.redraw);
  }

  // --- pointing ---

  /** Take what hangs on a new scene: links and, where the lab has one, the stepper. */
  take(scene) {
    this.pointing.take(scene);
    const walks = Boolean(scene.stepper);
    if (walks && !this.stepper)
      this.stepper = new Stepper(this.parts.steps, this.document, (cell) => this.walk(cell));
    if (!walks && this.stepper) {
      this.stepper.remove();
      this.stepper = null;
    }
    this.parts.written.classList.toggle("lesson-shown", walks);
    if (!walks) return;
    const walked = scene.stepper.walks || scene.stepper.output;
    const pane = scene.panes.find(({ name }) => name === walked);
    this.stepper.take(scene.stepper, {
      channels: pane.channels,
      rows: pane.height,
      columns: pane.width,
    });
  }

  walk(cell) {
    if (cell) this.pointing.point(this.stepper.walks, cell);
    this.redraw();
  }

  /** A hand, or the stepper, has put the focus on a cell. */
  chosen(focus) {
    if (this.stepper) this.draw_written();
    if (!this.has_microscope(focus.pane)) return;
    this.model.set("pointer", {
      seq: this.scene.seq,
      pane: focus.pane,
      row: focus.row,
      column: focus.column,
    });
    this.model.save_changes();
  }

  has_microscope(name) {
    return Boolean(this.scene?.microscopes.includes(name));
  }

  /** Escape in a box of numbers or words is that box's own. */
  takes_escape(target) {
    const lab = this.parts.root.closest(".lesson-lab") ?? this.parts.root;
    return lab.contains(target) && !["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName);
  }

  get is_pointed() {
    return this.model.get("pointer")?.row !== undefined;
  }

  look_away() {
    this.model.set("pointer", {});
    this.model.save_changes();
  }

  draw_written() {
    const { stepper, pointing } = this;
    if (!stepper) return;
    if ([stepper.output, stepper.walks].includes(pointing.focus?.pane))
      this.written = pointing.focus;
    const pane = this.panes.get(this.written?.pane);
    if (!pane?.pane) return;
    const focus = { pane: pane.name, ...held(this.written, pane.extent) }; // the output may be smaller now
    const link = pointing.links.find(({ output, kernel }) => output === stepper.output && kernel);
    const [output, source, kernel] = [link?.output, link?.source, link?.kernel].map((name) =>
      this.panes.get(name),
    );
    if (!output?.values || !source?.values || !kernel?.values) return;
    const terms =
      focus.pane === stepper.output
        ? this.sum_of(focus, link, output, source, kernel)
        : stamp_terms(stamps(link, focus, source, kernel));
    const line = [{ text: `${pointing.name_of(focus)}:  `, role: "", style: "" }, ...terms];
    const key = JSON.stringify(line);
    if (this.said === key) return;
    this.said = key;
    show_terms(this.parts.written, line, this.document);
  }

  /** The sum behind one output cell, as terms; as far as it has been painted. */
  sum_of(focus, link, output, source, kernel) {
    const { stepper } = this;
    const at = step_of(focus, { rows: output.pane.height, columns: output.pane.width });
    const result = at < stepper.reveal_of(output.name) ? output.values[at] : undefined;
    const painted = stepper.walks === output.name ? Infinity : stepper.reveal;
    const bias = this.scene.stepper.biases[focus.channel];
    return sum_terms(factors(link, focus, source, kernel, painted), bias, result);
  }

  /** Show the newest probe, unless it was made for an older scene or nobody points any more. */
  draw_probe(tables, ratio, time) {
    const probe = this.model.get("probe");
    const wanted = probe?.seq === this.scene.seq && this.is_pointed;
    if (wanted) this.microscope.show(probe, tables, ratio, this.panes.get(probe.pane));
    else if (!this.scene.microscopes.length || !this.is_pointed) this.microscope.hide();
    if (!wanted || this.told === probe) return;
    this.told = probe;
    const { seq, row, column } = probe;
    this.parts.root.dispatchEvent(
      new CustomEvent("lesson-probed", {
        bubbles: true,
        detail: { seq, row, column, frame_time: time },
      }),
    );
  }

  watch_pointer() {
    const pane_of = (event) => {
      const root = event.target.closest?.(".lesson-pane");
      return [...this.panes.values()].find((pane) => pane.root === root);
    };
    const leave = () => {
      // The numbers may still be under way: they must not open a card for a hand that has gone.
      if (this.microscope.pinned || !this.is_pointed) return;
      this.microscope.dismiss();
    };
    this.listen(this.parts.panes, "pointermove", (event) => {
      const pane = pane_of(event);
      if (!pane || this.scene?.error || this.microscope.pinned) return;
      const cell = pane.cell_under(event);
      if (cell) this.pointing.point(pane.name, cell);
      if (!cell || !this.has_microscope(pane.name)) leave();
    });
    this.listen(this.parts.panes, "pointerleave", leave);
    this.listen(this.parts.panes, "pointerdown", (event) => {
      const pane = pane_of(event);
      const cell = pane?.cell_under(event);
      if (!cell || this.scene?.error) return;
      this.pointing.point(pane.name, cell);
      if (this.has_microscope(pane.name)) this.pin(true);
      if (pane.pane.click_sets.length)
        this.model.send({ type: "click", pane: pane.name, row: cell.row, column: cell.column });
    });
    // JupyterLab takes keys on the document before they arrive here; the window comes before it.
    this.listen(
      this.document.defaultView,
      "keydown",
      (event) => {
        if (event.key === "Escape" && this.microscope.open && this.takes_escape(event.target)) {
          this.microscope.dismiss();
          event.preventDefault();
          event.stopPropagation();
          return;
        }
        if (!this.parts.panes.contains(event.target)) return;
        const pane = pane_of(event);
        if (!pane?.pane || event.ctrlKey || event.metaKey || event.altKey) return;
        if (!this.press(pane, event)) return;
        event.preventDefault();
        event.stopPropagation();
      },
      true,
    );
  }

  press(pane, { key, shiftKey }) {
    const seen = this.has_microscope(pane.name);
    if (key === "Enter" && seen) {
      this.pin(!this.microscope.pinned);
      return true;
    }
    if (key === " " && this.stepper) {
      this.stepper.toggle();
      return true;
    }
    const moved = this.pointing.press(pane, key, shiftKey ? 10 : 1);
    if (moved && seen) this.pin(true);
    return moved;
  }

  /** A pinned card may stand elsewhere: it leaves the controls free. */
  pin(on) {
    this.microscope.pin(on);
    this.redraw();
  }

  // --- buttons ---

  watch_buttons() {
    const { copy, keep } = this.parts;
    const flash = (button, text) => {
      button.dataset.text ??= button.textContent;
      button.textContent = text;
      setTimeout(() => {
        button.textContent = button.dataset.text;
      }, 1200);
    };
    this.listen(copy, "click", () => {
      navigator.clipboard.writeText(this.parts.code.textContent).then(
        () => flash(copy, "copied"),
        () => flash(copy, "select it"),
      );
    });
    this.listen(keep, "click", () => this.keep_output());
    this.cleanups.push(large_view(this.parts.root, this.parts.large, this.redraw));
  }

  keep_output() {
    const pane = [...this.panes.values()].find((each) => each.pane?.keepable && each.size);
    if (!pane || this.scene.error) return;
    const copy = pane.root.cloneNode(true);
    copy.classList.add("lesson-kept");
    copy.querySelector(".lesson-pane-overlay").remove();
    copy.querySelector(".lesson-pane-box").removeAttribute("tabindex");
    const picture = copy.querySelector(".lesson-pane-picture");
    picture.getContext("2d").drawImage(pane.canvas, 0, 0);
    picture.style.height = "auto"; // the panes may be narrower one day
    copy.querySelector(".lesson-pane-title strong").textContent = "kept output";
    copy.querySelector(".lesson-pane-note").textContent = this.parts.code.textContent;
    const remove = make_button(
      this.document,
      "lesson-remove",
      copy.querySelector(".lesson-pane-title"),
      "✕",
      "remove this kept output",
    );
    remove.addEventListener("click", () => {
      copy.remove();
      this.redraw();
    });
    this.parts.panes.append(copy);
    this.redraw();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.kernel.close();
    this.sliders.close();
    this.stepper?.remove();
    this.microscope.remove();
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
