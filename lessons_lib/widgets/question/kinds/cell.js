// A cell of a grid, or a pixel of a photo, to click on.
import { find_shown } from "../shown.js";
import { make } from "../../shared/elements.js";

const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** The place to which a key leads; a page is ten rows. */
export function led(key, [row, column], { rows, columns }, far) {
  const held = (value, size) => Math.max(0, Math.min(size - 1, value));
  const [down, across] = ARROWS[key] ?? [0, 0];
  const by = far ? 10 : 1;
  const pages = { PageUp: -10, PageDown: 10 }[key] ?? 0;
  if (key === "Home") return [row, 0];
  if (key === "End") return [row, columns - 1];
  return [held(row + by * down + pages, rows), held(column + by * across, columns)];
}

const is_key = (key) => key in ARROWS || ["Home", "End", "PageUp", "PageDown"].includes(key);

export function cell(document, asked, place, changed) {
  const shown = find_shown(place, asked.pane);
  const size = asked.shown.find(({ name }) => name === asked.pane);
  const line = make(document, "div", "lesson-question-at", place);
  const pane = (size.photo ? pixels_to_click : cells_to_click)(shown, size);
  let at = null;
  let fixed = false;

  function draw(state) {
    line.textContent = at ? `row ${at[0]}, column ${at[1]}` : `click in “${asked.pane}”`;
    pane.mark(at, state);
  }

  function take(place) {
    if (fixed) return;
    at = place;
    draw("guess");
    pane.focus(at);
    changed();
  }

  shown.addEventListener("click", (event) => {
    const found = pane.place_of(event);
    if (found) take(found);
  });
  shown.addEventListener("keydown", (event) => {
    const here = at ?? pane.start;
    if (event.key === " ") take(here);
    else if (is_key(event.key)) take(led(event.key, here, size, event.shiftKey));
    else return;
    event.preventDefault();
  });
  draw("guess");
  return {
    guess: () => at ?? [null, null],
    fill(numbers, state) {
      at = numbers;
      fixed = state === "key";
      draw(state);
    },
    focus: () => pane.focus(pane.start),
  };
}

/** The cells of a grid: one of them can be reached with Tab, the arrows go on from there. */
function cells_to_click(shown, { columns }) {
  const all = [...shown.querySelectorAll(".lesson-question-cell")];
  const cell_of = ([row, column]) => all[row * columns + column];
  all.forEach((each, i) => {
    each.tabIndex = i === 0 ? 0 : -1;
    each.setAttribute("role", "gridcell");
    const [row, column] = [Math.floor(i / columns), i % columns];
    each.setAttribute("aria-label", `row ${row}, column ${column}: ${each.textContent}`);
  });
  shown.setAttribute("role", "grid");
  shown.classList.add("lesson-question-clicked");
  return {
    start: [0, 0],
    place_of({ target }) {
      const i = all.indexOf(target);
      return i < 0 ? null : [Math.floor(i / columns), i % columns];
    },
    mark(at, state) {
      const chosen = at && cell_of(at);
      for (const each of all) {
        each.setAttribute("aria-selected", String(each === chosen));
        each.classList.toggle("lesson-question-chosen", each === chosen);
        each.classList.toggle("lesson-question-key", each === chosen && state === "key");
        if (chosen) each.tabIndex = each === chosen ? 0 : -1;
      }
    },
    focus: (at) => cell_of(at).focus({ preventScroll: true }),
  };
}

/** The pixels of a photo: a cross stands at the place that is chosen. */
function pixels_to_click(shown, { name, rows, columns }) {
  const cross = make(shown.ownerDocument, "div", "lesson-question-cross", shown);
  cross.hidden = true;
  shown.tabIndex = 0;
  shown.setAttribute("role", "application");
  shown.setAttribute("aria-roledescription", "photo to choose a place in");
  shown.classList.add("lesson-question-clicked");
  return {
    start: [Math.floor(rows / 2), Math.floor(columns / 2)],
    place_of({ clientX, clientY }) {
      const box = shown.getBoundingClientRect();
      const place = [
        Math.floor((rows * (clientY - box.top)) / box.height),
        Math.floor((columns * (clientX - box.left)) / box.width),
      ];
      const inside = place[0] >= 0 && place[0] < rows && place[1] >= 0 && place[1] < columns;
      return inside ? place : null;
    },
    mark(at, state) {
      cross.hidden = !at;
      cross.classList.toggle("lesson-question-key", state === "key");
      const said = at ? `row ${at[0]}, column ${at[1]} chosen` : "no place chosen";
      shown.setAttribute("aria-label", `${name}, ${rows} × ${columns} pixels: ${said}`);
      if (!at) return;
      cross.style.top = `${(100 * (at[0] + 0.5)) / rows}%`;
      cross.style.left = `${(100 * (at[1] + 0.5)) / columns}%`;
    },
    focus: () => shown.focus({ preventScroll: true }),
  };
}
