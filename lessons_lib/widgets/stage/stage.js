// The stage: draws the newest scene in one animation frame and never calls back while doing so.
import { Ahead } from "../shelf/ahead.js";
import { Controls } from "../shared/lab_controls.js";
import { Foot } from "./foot.js";
import { Keys } from "../shared/keys.js";
import { KernelState } from "../shared/kernel_state.js";
import { large_view } from "../shared/large_view.js";
import { Lights } from "./lights.js";
import { Hand } from "./hand.js";
import { join_links } from "../shared/setting_links.js";
import { Keep } from "./keep.js";
import { Looking } from "./looking.js";
import { Pane } from "./panes/pane.js";
import { build, show_lines } from "./parts.js";
import { Pointing } from "./pointing.js";
import { Room } from "./room.js";
import { Shown } from "./shown.js";
import { Stepper } from "./stepper.js";
import { tell } from "../shared/sender.js";
import { Written } from "./written.js";

export class Stage {
  constructor(model, el) {
    this.model = model;
    this.parts = build(el);
    this.document = el.ownerDocument;
    this.panes = new Map();
    this.view = `${Date.now().toString(36)}${Math.random().toString(36).slice(2)}`;
    this.frame = 0;
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
    this.written = new Written(this.parts.written, this.panes, this.pointing, this.document);
    this.keep = new Keep(this.document, this.redraw);
    this.send = (content) => tell(() => this.model.send(content));
    this.looking = new Looking(this.model, this.parts.root, this.panes, this.pointing);
    this.microscope = this.looking.microscope;
    this.foot = new Foot(this.parts, (settings) => this.send({ type: "apply", settings }));
    this.look = this.model.get("look") ?? {};
    this.room = new Room(this.parts, this.panes, this.look, (boxes) => this.tell_room(boxes));
    show_lines(this.parts.root, this.look);
    this.stepper = null;
    this.ahead = new Ahead({
      model: this.model,
      root: this.parts.root,
      moved: this.redraw,
      send: this.send,
    });
    this.shown = new Shown(this.model, this.ahead);
    this.watch_model();
    this.watch_page();
    this.hand = new Hand(this);
    this.controls = new Controls(this.parts.root, (released) =>
      this.send({ type: "released", ...released }),
    );
    this.lights = new Lights(this.parts.root, this.parts.foot);
    this.keys = new Keys(this.parts.root);
    this.watch_buttons();
    this.kernel = new KernelState(this.model, this.parts.root, this.parts.state);
    this.cleanups.push(join_links(this.model, this.parts.root));
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
    watched.push(["msg:custom", (message, buffers) => this.told(message, buffers)]);
    for (const [name, handler] of watched) {
      this.model.on(name, handler);
      this.cleanups.push(() => this.model.off(name, handler));
    }
  }

  draw(time) {
    this.frame = 0;
    this.foot.draw_crash(this.model.get("crash"));
    if (!this.shown.choose()) return;
    const { scene } = this.shown;
    const fresh = scene !== this.scene;
    this.scene = scene;
    const refused = this.foot.draw_error(scene, this.panes.size > 0);
    if (!refused) this.draw_state(scene, fresh);
    else {
      this.written.clear();
      if (this.panes.size) this.draw_refused(this.keep.with_kept(this.shown.good));
    }
    this.foot.draw_words(scene, this.model.get("timing"));
    if (fresh) this.controls.name();
    if (fresh) this.kernel.shut();
    if (fresh) this.tell_drawn(scene, time);
  }

  /** Draw a setting that torch takes, and what belongs to its cells. */
  draw_state(scene, fresh) {
    const shown = this.keep.with_kept(scene);
    this.arrange(shown);
    if (fresh) this.take(scene);
    if (fresh) this.parts.scale.hidden = !this.room.can_share(scene);
    this.draw_panes(shown);
    this.pointing.draw();
    if (this.stepper) this.written.draw(this.stepper);
    this.looking.draw(scene, this.model.get("tables"), this.room.ratio);
  }

  /** Draw the last setting that torch took: the room for it may have changed. */
  draw_refused(shown) {
    this.arrange(shown);
    this.draw_panes(shown);
  }

  /** Give the panes their room and draw what has changed of them. */
  draw_panes(shown) {
    this.room.measure(shown);
    const tables = this.model.get("tables");
    for (const data of shown.panes) {
      const pane = this.panes.get(data.name);
      const [view, reveal] = this.bytes_of(data);
      const room = this.room.box_of(data);
      pane.update(data, view, tables[data.table], room, this.room.ratio, reveal);
      pane.offer(this.pointing.is_linked(data.name), data.title);
    }
  }

  /** What a pane shows, and how many of its cells. */
  bytes_of({ name }) {
    const kept = this.keep.get(name);
    if (kept) return [this.keep.view_of(kept), kept.reveal];
    const view = this.stepper?.painting_of(name) ?? this.shown.view_of(name);
    return [view, this.stepper?.reveal_of(name) ?? Infinity];
  }

  /** Python speaks to all views: the lab goes back to its start, asks who is there, works ahead. */
  told(message, buffers) {
    if (message.type === "reset") this.reset();
    if (message.type === "roll_call") this.tell_room(this.room.rooms);
    if (message.type === "shelf") this.ahead.lay_down(message, buffers);
    if (message.type === "leapt") this.ahead.leapt(message.number);
  }

  /** Tell Python how much room the panes have in this view; the same again where it asks. */
  tell_room(boxes) {
    if (boxes) this.send({ type: "room", view: this.view, boxes });
  }

  /** This view shows nothing any more, as far as the page knows: no pixels are needed for it. */
  leave_room() {
    this.send({ type: "gone", view: this.view });
  }

  tell_drawn(scene, time) {
    const view = this.document.defaultView;
    const panes = view.__lessonDigest === true ? [...this.panes.values()] : null;
    const all = panes?.map((pane) => pane.fingerprint()).join("-") ?? null;
    const drawn = panes && Object.fromEntries(panes.map(({ name, values }) => [name, values]));
    const { seq, key, exact } = scene;
    const shelf = this.shown.from_shelf;
    const detail = { seq, key, exact, digest: all, drawn, frame_time: time, shelf };
    this.parts.root.dispatchEvent(new CustomEvent("lesson-drawn", { bubbles: true, detail }));
  }

  /** Make the panes that the scene names, in its order. */
  arrange(scene) {
    const names = scene.panes.map((pane) => pane.name).join();
    if (names === this.names) return;
    this.names = names;
    for (const pane of this.panes.values()) pane.root.remove();
    const old = new Map(this.panes);
    this.panes.clear(); // the same Map for good: pointing looks into it
    for (const { name } of scene.panes) {
      const pane = old.get(name) ?? this.keep.get(name)?.pane ?? new Pane(this.document, name);
      this.panes.set(name, pane);
      this.parts.panes.append(pane.root);
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
    const filter = ["data-jp-theme-name", "data-jp-theme-light", "class"];
    for (const each of [this.document.documentElement, this.document.body])
      themes.observe(each, { attributes: true, attributeFilter: filter });
    this.cleanups.push(() => themes.disconnect());
    this.listen(this.document.defaultView, "resize", this.redraw);
    this.listen(this.document.defaultView, "pagehide", () => this.leave_room());
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
    this.written.show(walks);
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
  chosen({ pane, row, column }) {
    if (this.stepper) this.written.draw(this.stepper);
    if (!this.hand.has_microscope(pane)) return;
    this.looking.at({ pane, row, column });
  }

  /** The lab has gone back to its start, and so does what only the page knows of. */
  reset() {
    this.stepper?.move(Infinity);
    this.keep.clear();
    this.pointing.forget();
    if (this.looking.is_pointed || this.microscope.open) this.microscope.dismiss();
  }

  // --- buttons ---

  watch_buttons() {
    const { copy, keep, scale } = this.parts;
    const flash = (button, text) => {
      button.dataset.text ??= button.textContent;
      button.textContent = text;
      setTimeout(() => {
        button.textContent = button.dataset.text;
      }, 1200);
    };
    this.listen(copy, "click", () => {
      const copied = navigator.clipboard?.writeText(this.foot.copied) ?? Promise.reject();
      copied.then(
        () => flash(copy, "copied"),
        () => flash(copy, "select it"),
      );
    });
    this.listen(keep, "click", () => this.keep_output());
    this.listen(scale, "click", () => {
      this.room.same_scale = !this.room.same_scale;
      scale.setAttribute("aria-pressed", String(this.room.same_scale));
      this.redraw();
    });
    this.cleanups.push(large_view(this.parts.root, this.parts.large, this.redraw));
  }

  keep_output() {
    const pane = Keep.candidate(this.panes);
    if (pane && !this.scene.error) this.keep.add(pane, this.scene, this.parts.code.textContent);
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.kernel.close();
    this.ahead.close();
    this.controls.close();
    this.lights.close();
    this.keys.close();
    this.stepper?.remove();
    this.microscope.remove();
    for (const cleanup of this.cleanups) cleanup();
    this.parts.root.remove();
    this.leave_room();
  }
}

export default {
  render({ model, el }) {
    const stage = new Stage(model, el);
    return () => stage.close();
  },
};
