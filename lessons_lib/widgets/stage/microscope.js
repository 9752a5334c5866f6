// The microscope: what Python looked up for the pointed pixel - window, kernel, products and sum.
import { as_bytes, as_floats } from "../shared/pixels.js";
import { make, make_button } from "../shared/elements.js";
import { draw_grids } from "./panes/grid.js";
import { card_top, grid_layout } from "./layout.js";
import { show_terms } from "../shared/words.js";

const TALLEST = 168; // CSS pixels for the numbers of a 7 x 7 kernel
const LEAST_PART = 180; // CSS pixels of each of three parts side by side
const LOW_CELL = 34; // CSS pixels of a cell at most where the parts stand one above the other

const PARTS = [
  ["window", "window", "input", "grey"],
  ["weight", "× kernel", "kernel", "signed"],
  ["products", "= products", "output", "signed"],
];

export class Microscope {
  /** Builds its card in `parent`; `dismissed` is called when the reader closes it. */
  constructor(parent, document, dismissed) {
    this.document = document;
    this.pinned = false;
    this.root = make(document, "div", "lesson-microscope", parent);
    this.root.setAttribute("role", "status");
    const head = make(document, "div", "lesson-microscope-head", this.root);
    this.title = make(document, "strong", "lesson-microscope-title", head);
    this.hint = make(document, "span", "lesson-microscope-hint", head);
    this.cross = make_button(
      document,
      "lesson-microscope-close",
      head,
      "✕",
      "close the microscope (Escape)",
    );
    this.dismiss = () => {
      this.hide();
      dismissed();
    };
    this.cross.addEventListener("click", this.dismiss);
    this.row = make(document, "div", "lesson-microscope-row", this.root);
    this.parts = PARTS.map(([name, title, role, table]) => {
      const part = make(
        document,
        "div",
        `lesson-microscope-part lesson-microscope-${name}`,
        this.row,
      );
      const heading = make(document, "div", `lesson-role lesson-role-${role}`, part, title);
      return {
        name,
        table,
        heading,
        canvas: make(document, "canvas", "lesson-microscope-grid", part),
      };
    });
    this.sum = make(document, "div", "lesson-microscope-sum", this.root);
  }

  get open() {
    return this.root.classList.contains("lesson-shown");
  }

  pin(on) {
    this.pinned = on;
    this.root.classList.toggle("lesson-pinned", on);
    this.hint.textContent = on ? "pinned · arrow keys move it" : "click to pin";
  }

  hide() {
    this.pin(false);
    this.probe = null;
    this.root.classList.remove("lesson-shown");
  }

  /** Draw anew at the next frame. */
  forget() {
    this.probe = null;
  }

  /** Show a probe of a pixel of `pane`, where the card does not cover it. */
  show(probe, tables, ratio, pane) {
    const width = this.root.parentElement?.clientWidth ?? 0;
    const key = [width, this.pinned, ratio].join();
    if (this.probe === probe && this.key === key) return;
    Object.assign(this, { probe, key });
    this.draw(probe, tables, ratio, width - 48);
    this.place(pane, probe.row);
  }

  /** Below or above the pane: best where it is seen, else anywhere in the lab. Pinned, it leaves the controls free. */
  place(pane, row) {
    const lab = this.root.closest(".lesson-lab");
    if (!lab) return;
    const large = lab.classList.contains("lesson-large"); // then the lab itself is what scrolls
    const edges = (element) => element.getBoundingClientRect();
    const start = edges(lab).top - lab.scrollTop;
    const seen = edges((large ? null : lab.closest(".jp-WindowedPanel-outer")) ?? lab);
    const first = this.pinned ? edges(pane.root.parentElement).top : start;
    const all = { top: first, bottom: edges(this.root.parentElement).bottom }; // the lab's own end, not the card's
    const visible = { top: Math.max(first, seen.top), bottom: Math.min(all.bottom, seen.bottom) };
    const top = card_top(
      this.root.offsetHeight,
      [visible, all],
      edges(pane.box),
      pane.row_on_page(row),
    );
    this.root.style.top = `${Math.round(top - start)}px`;
  }

  draw(probe, tables, ratio, width) {
    this.root.classList.add("lesson-shown");
    this.pin(this.pinned);
    this.title.textContent = probe.title;
    const ink = getComputedStyle(this.root).getPropertyValue("--jp-ui-font-color1") || "#222";
    const beside = Math.floor((width - 48) / 3);
    const stacked = beside < LEAST_PART;
    const [tallest, widest] = stacked ? [probe.height * LOW_CELL, width] : [TALLEST, beside];
    for (const { name, table, heading, canvas } of this.parts) {
      if (name === "weight") heading.textContent = probe.turned ? "× turned kernel" : "× kernel";
      const { low, high } = probe.ranges[name];
      const outside = name === "weight" ? null : as_bytes(probe.outside);
      const pane = {
        channels: probe.channels,
        height: probe.height,
        width: probe.width,
        labels: probe.labels,
        per_row: stacked ? probe.channels : 0,
        low,
        high,
        outside,
      };
      const layout = grid_layout(pane, [tallest * ratio, widest * ratio], ratio);
      draw_grids(canvas, pane, as_floats(probe[name]), layout, tables[table], { ratio, ink });
      canvas.style.width = `${layout.width / ratio}px`;
      canvas.style.height = `${layout.height / ratio}px`;
    }
    show_terms(this.sum, probe.sum, this.document);
  }

  remove() {
    this.cross.removeEventListener("click", this.dismiss);
    this.root.remove();
  }
}
