// Things to put in order: the arrows move the one that has the focus, a pointer drags it.
import { coded } from "../shown.js";
import { make, make_button } from "../../shared/elements.js";

/** The list with what stands at `from` put at `to`. */
export function put_at(list, from, to) {
  const rest = list.filter((_, at) => at !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

export function order(document, { items, first, last }, place, changed) {
  const root = make(document, "div", "lesson-question-order", place);
  make(document, "div", "lesson-question-end", root, first);
  const list = make(document, "ol", "lesson-question-items", root);
  make(document, "div", "lesson-question-end", root, last);
  let places = items.map((_, i) => i);
  let dragged = null;
  let fixed = false;
  const rows = items.map((item, i) => make_row(item, i));

  function make_row(item, i) {
    const row = make(document, "li", "lesson-question-item", list);
    row.tabIndex = 0;
    coded(document, make(document, "code", "lesson-question-words", row), item);
    for (const [text, by, where] of [
      ["▲", -1, "up"],
      ["▼", 1, "down"],
    ]) {
      const button = make_button(document, "lesson-question-step", row, text, `${item}: ${where}`);
      button.tabIndex = -1; // the arrows do the same
      button.addEventListener("click", () => step(i, by));
    }
    row.addEventListener("keydown", (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!by || event.target !== row) return;
      event.preventDefault();
      step(i, by);
      row.focus({ preventScroll: true }); // moving it may have taken the focus
    });
    row.addEventListener("pointerdown", (event) => {
      if (fixed || event.target.closest?.(".lesson-question-step")) return;
      dragged = i;
      row.setPointerCapture?.(event.pointerId);
    });
    row.addEventListener("dragstart", (event) => event.preventDefault()); // of selected text
    row.addEventListener("pointermove", ({ clientY }) => dragged === i && drag(i, clientY));
    for (const end of ["pointerup", "pointercancel"])
      row.addEventListener(end, () => {
        dragged = null;
      });
    return row;
  }

  function step(i, by) {
    const from = places.indexOf(i);
    const to = from + by;
    if (fixed || to < 0 || to >= places.length) return;
    places = put_at(places, from, to);
    draw();
    changed();
  }

  /** Take a dragged row's new place as soon as the pointer is beyond its neighbour's middle. */
  function drag(i, y) {
    const at = places.indexOf(i);
    for (const by of [-1, 1]) {
      const other = rows[places[at + by]]?.getBoundingClientRect();
      if (!other) continue;
      const middle = other.top + other.height / 2;
      if (by < 0 ? y < middle : y > middle) return step(i, by);
    }
  }

  function draw() {
    const held = list.ownerDocument.activeElement;
    list.append(...places.map((i) => rows[i]));
    if (list.contains(held)) held.focus({ preventScroll: true });
    places.forEach((i, at) => {
      const keys = fixed ? "" : "; the arrow keys move it";
      rows[i].setAttribute("aria-label", `${at + 1} of ${items.length}: ${items[i]}${keys}`);
    });
  }

  draw();
  return {
    guess: () => [...places],
    fill(numbers, state) {
      fixed = state === "key";
      places = numbers ? [...numbers] : items.map((_, i) => i);
      list.classList.toggle("lesson-question-key", fixed);
      draw();
    },
    focus: () => rows[0].focus({ preventScroll: true }),
  };
}
