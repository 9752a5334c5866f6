// The microscope: what Python looked up for the pointed pixel - the parts under its window, and the written line.
import { as_bytes, as_floats } from "../shared/pixels.js";
import { make, make_button } from "../shared/elements.js";
import { draw_grids } from "./panes/grid.js";
import { card_top, room_beside } from "./card.js";
import { grid_layout } from "./layout.js";
import { OPERATIONS } from "./operations.js";
import { show_scores } from "./score_table.js";
import { show_terms, write } from "../shared/words.js";

const TALLEST = 168; // CSS pixels for the numbers of a 7 x 7 kernel
const LEAST_PART = 180; // CSS pixels of each of three parts side by side
const CARD_DIGITS = [2]; // as many as Python had in mind when it wrote "=" or "≈" above the products
const LOW_CELL = 34; // CSS pixels of a cell at most where the parts stand one above the other
const LONE_CELL = 42; // CSS pixels of a cell at most where there is one part, which has all the width

const edges = (element) => element.getBoundingClientRect();

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

  /** Hide the numbers, not the card, until those of the shown state come: nothing jumps. */
  wait(on) {
    this.root.classList.toggle("lesson-waiting", on);
  }

  /** Draw anew at the next frame. */
  forget() {
    this.probe = null;
  }

  /** Show a probe where the card covers none of `free`: what is explained and by what. */
  show(probe, tables, ratio, panes, free) {
    const width = this.root.parentElement?.clientWidth ?? 0;
    const key = [width, this.pinned, ratio].join();
    if (this.probe === probe && this.key === key) return;
    Object.assign(this, { probe, key });
    const lab = this.root.closest(".lesson-lab");
    const pictures = [...panes.values()].filter(({ size }) => size).map((pane) => pane.edges);
    const beside = lab && room_beside(edges(this.root.parentElement), pictures);
    if (beside) {
      this.draw(probe, tables, ratio, beside.width - 32);
      if (this.place_beside(this.room_in(lab, pictures), beside)) return;
    }
    this.draw(probe, tables, ratio, width - 48);
    if (lab) this.place(this.room_in(lab, pictures), pictures, free);
  }

  /** Where the card may stand: what is seen of the lab, and all of it. Pinned, it leaves the controls free. */
  room_in(lab, pictures) {
    const large = lab.classList.contains("lesson-large"); // then the lab itself is what scrolls
    const start = edges(lab).top - lab.scrollTop;
    const seen = edges((large ? null : lab.closest(".jp-WindowedPanel-outer")) ?? lab);
    const panes_top = Math.min(...pictures.map(({ top }) => top));
    const own = edges(this.root.parentElement).bottom; // the lab's own end, not the card's
    const bottom = large ? Math.max(own, edges(lab).bottom) : own;
    const all = { top: this.pinned ? panes_top : start, bottom };
    const visible = { top: Math.max(all.top, seen.top), bottom: Math.min(all.bottom, seen.bottom) };
    return { start, left: edges(lab).left, panes_top, visible, all };
  }

  /** Stand beside the pictures; false where the card is too high for that. */
  place_beside({ start, left, panes_top, visible }, beside) {
    const height = this.root.offsetHeight;
    if (height > visible.bottom - visible.top) return false;
    const top = Math.max(visible.top, Math.min(panes_top, visible.bottom - height));
    this.stand(top - start, `${Math.round(beside.left - left)}px`, `${beside.width}px`);
    return true;
  }

  /** Stand over the whole width: best where it is seen, else anywhere in the lab. */
  place({ start, visible, all }, pictures, free) {
    this.stand(0, ""); // its height is that of the whole width
    const top = card_top(this.root.offsetHeight, [visible, all], pictures, free);
    this.stand(top - start, "");
  }

  stand(top, left, most = "") {
    Object.assign(this.root.style, { top: `${Math.round(top)}px`, left, maxWidth: most });
  }

  draw(probe, tables, ratio, width) {
    this.root.classList.add("lesson-shown");
    this.pin(this.pinned);
    this.title.textContent = probe.title;
    show_terms(this.line, probe.line, this.document);
    if (OPERATIONS[probe.operation]?.as_table) {
      this.parts.clear(); // they no longer stand in the row
      show_scores(this.row, probe, tables, width, this.document);
    } else this.draw_parts(probe, tables, ratio, width);
  }

  draw_parts(probe, tables, ratio, width) {
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
      const most = probe.parts.length > 1 ? TALLEST : Math.min(TALLEST, part.height * LONE_CELL);
      const [tallest, widest] = stacked ? [part.height * LOW_CELL, width] : [most, beside];
      const layout = grid_layout(pane, [tallest * ratio, widest * ratio], ratio);
      draw_grids(canvas, pane, as_floats(part.values), layout, tables[part.table], {
        ratio,
        ink,
        digits: CARD_DIGITS,
      });
      canvas.style.width = `${layout.width / ratio}px`;
      canvas.style.height = `${layout.height / ratio}px`;
    }
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
