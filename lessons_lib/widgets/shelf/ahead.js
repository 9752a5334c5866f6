// Ahead of the hand: which state a move leads to, and the scene of it, if it lies on the shelf.
//
// The key of a state has parts, and each control puts its own part there. So the state that the
// controls stand for is known in the page before Python has answered.
import { lab_of } from "../shared/elements.js";
import { leave_shelf, shelf_of } from "./shelf.js";

export const BETWEEN = "|";
const ACKNOWLEDGED = 4; // messages at once, or those that have come when no other comes for so long:
const PAUSE_MS = 40;
const NAME = /lesson-(?:control-(\S+)|(presets-\d+))/; // of a control or a row of buttons

/** The part of the key that a control's value stands for; undefined where it is none of its steps. */
export function parts_of(move, value) {
  if (move.sets) return move.sets[Number(value)] ?? undefined;
  const steps = (value - move.low) / move.step;
  const index = Math.round(steps);
  return Math.abs(steps - index) < 1e-6 ? { [move.part]: String(index) } : undefined;
}

/** A key with other parts in it. */
export function key_with(key, parts) {
  const all = key.split(BETWEEN);
  for (const [part, text] of Object.entries(parts)) all[part] = text;
  return all.join(BETWEEN);
}

const has_parts = (key, parts) => key_with(key, parts) === key;

export class Ahead {
  /**
   * model: of the stage; root: of the stage; moved: called when a hand has moved a control; send:
   * takes a message to Python.
   */
  constructor({ model, root, moved, send }) {
    Object.assign(this, { model, root, moved, send });
    this.view = root.ownerDocument.defaultView;
    this.lab = model.get("layout")?.model_id ?? Symbol("a lab without a kernel");
    this.shelf = shelf_of(this.view, this.lab);
    this.shelf.lost = () => {
      root.dataset.shelf = "empty";
      send({ type: "shelf_lost" });
    };
    root.dataset.shelf = "off";
    this.controls = new Map(); // by name: the move and the control's own model
    this.waits = false; // the controls stand for a state that Python has not shown yet
    this.missed = new Set(); // states the hand has come to since it left the shelf
    this.leap = null; // the parts that a row of buttons sets: its controls are moved by Python
    this.leaps = 0;
    this.held = "";
    this.unsaid = 0; // messages that have come since the last word about them
    this.cleanups = [];
    this.touched = ({ target }) => this.touch(target);
    this.events = ["pointerover", "focusin", "pointerdown"];
    for (const name of this.events) root.ownerDocument.addEventListener(name, this.touched, true);
    this.listen("change:moves", () => this.watch_controls());
    this.listen("change:scene", () => this.answered());
    this.watch_controls();
  }

  listen(event, handler) {
    this.model.on(event, handler);
    this.cleanups.push(() => this.model.off(event, handler));
  }

  /** Follow the models of the controls: they know a value before Python does. */
  async watch_controls() {
    const manager = this.model.widget_manager;
    if (!manager?.get_model) return;
    for (const move of this.model.get("moves") ?? []) {
      const known = this.controls.get(move.name);
      if (known) {
        known.move = move;
        continue;
      }
      const control = { move, model: null };
      this.controls.set(move.name, control);
      const found = await manager.get_model(move.model).catch(() => null);
      if (!found || this.closed) continue;
      control.model = found;
      const changed = (_model, _value, options) => {
        if (options?.updated_view) this.by_hand(control); // else Python has moved it
      };
      found.on(`change:${move.attribute}`, changed);
      this.cleanups.push(() => found.off(`change:${move.attribute}`, changed));
    }
  }

  by_hand(control) {
    const { move, model } = control;
    const parts = parts_of(move, model.get(move.attribute));
    if (move.leaps) this.leap_to(parts, { row: move.name, index: model.get(move.attribute) });
    else if (this.leap) for (const part of Object.keys(parts ?? {})) delete this.leap[part];
    const { key } = this;
    this.waits = key !== this.model.get("scene")?.key; // back where Python stands: it says no more
    const found = Boolean(parts && this.shelf.find(key));
    if (found) this.missed.clear();
    else this.missed.add(key);
    this.held = move.name;
    this.root.dataset.shelf = "filling";
    const detail = { control: move.name, found, key };
    this.root.dispatchEvent(new CustomEvent("lesson-moved", { bubbles: true, detail }));
    this.moved();
  }

  /** Python tells when it has come to the button, whatever it has made of it. */
  leap_to(parts, button) {
    if (!parts) return;
    this.leap = { ...parts };
    this.leaps += 1;
    this.send({ type: "leap", number: this.leaps, ...button });
  }

  leapt(number) {
    if (number !== this.leaps) return;
    this.leap = null;
    this.answered();
  }

  /** The key of the state that the controls stand for. */
  get key() {
    const { key } = this.model.get("scene") ?? {};
    if (!key) return "";
    const parts = {};
    for (const { move, model } of this.controls.values())
      if (model && !move.leaps) Object.assign(parts, parts_of(move, model.get(move.attribute)));
    return key_with(key, { ...parts, ...this.leap });
  }

  /**
   * Python has shown a state. Where it is not the one that the controls stand for, it answers an
   * earlier move of the hand: what Python moves by itself has moved before its scene comes.
   */
  answered() {
    this.watch_controls(); // the scene may come together with new moves
    const { key } = this.model.get("scene") ?? {};
    if (this.leap && has_parts(key ?? "", this.leap)) this.leap = null;
    this.waits = key !== this.key;
    if (!this.waits) this.missed.clear();
  }

  /** Whether a scene of Python's is an answer to a move that found nothing on the shelf. */
  is_missed({ key }) {
    return this.missed.has(key);
  }

  /** Take what Python lays on the shelf, and say that it is there. */
  lay_down(message, buffers) {
    const { shelf, root } = this;
    const taken = shelf.take(message, buffers);
    if (taken && message.scene) this.acknowledge(message.number);
    const full = shelf.full && message.key === this.key; // else the hand has moved meanwhile
    root.dataset.shelf = full ? "full" : "filling";
    const detail = { full, states: shelf.size, bytes: shelf.bytes };
    root.dispatchEvent(new CustomEvent("lesson-shelf", { bubbles: true, detail }));
  }

  /** Say what has come, several at once: each word costs the kernel and the page a few messages. */
  acknowledge(number) {
    this.arrived = number;
    this.unsaid += 1;
    clearTimeout(this.timer);
    const say = () => {
      this.unsaid = 0;
      this.send({ type: "shelved", number: this.arrived });
    };
    if (this.unsaid >= ACKNOWLEDGED) say();
    else this.timer = setTimeout(say, PAUSE_MS);
  }

  /** What to show instead of Python's newest scene; null for nothing better. */
  better_than(scene) {
    if (!this.waits && scene.exact) return null;
    const { key } = this;
    const found = this.shelf.find(key);
    if (!found) return null;
    return key !== scene.key || (found.scene.exact && !scene.exact) ? found : null;
  }

  /** A hand comes to a control: Python may work out what its next moves lead to. */
  touch(target) {
    const control = target.closest?.(".lesson-control");
    const [, one, row] = NAME.exec(control?.className) ?? [];
    const name = one ?? row;
    if (!name || name === this.held || !this.controls.has(name)) return;
    if (lab_of(control) !== lab_of(this.root)) return;
    this.held = name;
    this.root.dataset.shelf = "filling";
    this.send({ type: "hold", control: name });
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    for (const name of this.events)
      this.root.ownerDocument.removeEventListener(name, this.touched, true);
    for (const cleanup of this.cleanups) cleanup();
    leave_shelf(this.view, this.lab);
  }
}
