// The microscope: what Python looked up for the pointed pixel - the parts under its window, and the written line.
import { as_bytes, as_floats } from "../shared/pixels.js";
import { make, make_button } from "../shared/elements.js";
import { draw_grids } from "./panes/grid.js";
import { card_top, grid_layout } from "./layout.js";
import { show_terms, write } from "../shared/words.js";

const TALLEST = 168; // CSS pixels for the numbers of a 7 x 7 kernel
const LEAST_PART = 180; // CSS pixels of each of three parts side by side
const LOW_CELL = 34; // CSS pixels of a cell at most where the parts stand one above the other

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
    this.parts = new Map();
    this.line = make(document, "div", "lesson-microscope-sum", this.root);
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
    const beside = Math.floor((width - 48) / probe.parts.length);
    const stacked = beside < LEAST_PART;
    this.arrange(probe.parts);
    for (const part of probe.parts) {
      const { canvas, heading } = this.parts.get(part.name);
      write(heading, part.title);
      heading.className = `lesson-role lesson-role-${part.role}`;
      const pane = {
        ...part,
        labels: probe.labels,
        per_row: stacked ? part.channels : 0,
        outside: part.outside && as_bytes(part.outside),
        chosen: part.marked && as_bytes(part.marked),
      };
      const [tallest, widest] = stacked ? [part.height * LOW_CELL, width] : [TALLEST, beside];
      const layout = grid_layout(pane, [tallest * ratio, widest * ratio], ratio);
      draw_grids(canvas, pane, as_floats(part.values), layout, tables[part.table], { ratio, ink });
      canvas.style.width = `${layout.width / ratio}px`;
      canvas.style.height = `${layout.height / ratio}px`;
    }
    show_terms(this.line, probe.line, this.document);
  }

  /** Make the parts that a probe has, in its order; those of the last one are used again. */
  arrange(parts) {
    if ([...this.parts.keys()].join() === parts.map(({ name }) => name).join()) return;
    this.parts = new Map(
      parts.map(({ name }) => {
        const css = `lesson-microscope-part lesson-microscope-${name}`;
        const root = make(this.document, "div", css);
        const heading = make(this.document, "div", "lesson-role", root);
        return [
          name,
          { root, heading, canvas: make(this.document, "canvas", "lesson-microscope-grid", root) },
        ];
      }),
    );
    this.row.replaceChildren(...[...this.parts.values()].map(({ root }) => root));
  }

  remove() {
    this.cross.removeEventListener("click", this.dismiss);
    this.root.remove();
  }
}
