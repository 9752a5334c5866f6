// The hand on the panes: it points, pins and clicks; the keys that do the same.
import { lab_of } from "../shared/elements.js";

export class Hand {
  /** stage: its panes, pointing, looking, microscope, model and scene are used. */
  constructor(stage) {
    this.stage = stage;
    const { listen, document, parts } = stage;
    listen(parts.panes, "pointermove", (event) => this.move(event));
    listen(parts.panes, "pointerleave", () => this.leave());
    // A finger may mean to scroll the page: it points when it is lifted, and the page did not move.
    const by_touch = ({ pointerType }) => pointerType === "touch";
    listen(parts.panes, "pointerdown", (event) => by_touch(event) || this.click(event));
    listen(parts.panes, "pointerup", (event) => by_touch(event) && this.click(event));
    // JupyterLab takes keys on the document before they arrive here; the window comes before it.
    listen(document.defaultView, "keydown", (event) => this.key(event), true);
  }

  pane_of(event) {
    const root = event.target.closest?.(".lesson-pane");
    return [...this.stage.panes.values()].find((pane) => pane.root === root);
  }

  move(event) {
    const { scene, microscope, pointing } = this.stage;
    const pane = this.pane_of(event);
    if (!pane || scene?.error || microscope.pinned) return;
    const cell = pane.cell_under(event);
    if (cell) pointing.point(pane.name, cell);
    if (!cell || !this.has_microscope(pane.name)) this.leave();
  }

  /** The numbers may still be under way: they must not open a card for a hand that has gone. */
  leave() {
    const { microscope, looking } = this.stage;
    if (!microscope.pinned && looking.is_mine) microscope.dismiss();
  }

  click(event) {
    const { scene, pointing } = this.stage;
    const pane = this.pane_of(event);
    const cell = pane?.cell_under(event);
    if (!cell || scene?.error) return;
    pointing.point(pane.name, cell);
    if (this.has_microscope(pane.name)) this.pin(true);
    if (pane.pane.click_sets.length) this.tell_click(pane, cell);
  }

  tell_click({ name }, { row, column }) {
    this.stage.send({ type: "click", pane: name, row, column });
  }

  key(event) {
    const { microscope, parts } = this.stage;
    if (event.key === "Escape" && microscope.open && this.takes_escape(event.target)) {
      microscope.dismiss();
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (!parts.panes.contains(event.target)) return;
    const pane = this.pane_of(event);
    if (!pane?.pane || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target !== pane.box || !this.press(pane, event)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  press(pane, { key, shiftKey }) {
    const { microscope, stepper, pointing } = this.stage;
    const seen = this.has_microscope(pane.name);
    if (key === "Enter" && seen) {
      if (microscope.pinned) microscope.dismiss();
      else if (pointing.again(pane)) this.pin(true);
      return true;
    }
    if (key === "Enter" && pane.pane.click_sets.length && pointing.again(pane)) {
      this.tell_click(pane, pointing.focus);
      return true;
    }
    if (key === " " && stepper) {
      stepper.toggle();
      return true;
    }
    const moved = pointing.press(pane, key, shiftKey ? 10 : 1);
    if (moved && seen) this.pin(true);
    return moved;
  }

  /** Escape in a box of numbers or words is that box's own. */
  takes_escape(target) {
    const { root } = this.stage.parts;
    return (
      lab_of(root).contains(target) && !["INPUT", "SELECT", "TEXTAREA"].includes(target.tagName)
    );
  }

  has_microscope(name) {
    return Boolean(this.stage.scene?.microscopes.includes(name));
  }

  /** A pinned card may stand elsewhere: it leaves the controls free. */
  pin(on) {
    this.stage.microscope.pin(on);
    this.stage.redraw();
  }
}
