// What stands beside a question: its text, grids of numbers, photos.
import { make } from "../shared/elements.js";

/** Put a text into a parent; what stands between backticks is code. */
export function coded(document, parent, text) {
  text.split("`").forEach((piece, i) => {
    if (piece) make(document, i % 2 ? "code" : "span", "", parent, piece);
  });
  return parent;
}

/** Draw grids and photos with their names and sizes. */
export function draw_shown(document, shown, place) {
  for (const each of shown) {
    const root = make(document, "div", "lesson-question-shown", place);
    const title = make(document, "div", "lesson-question-title", root);
    const role = each.role ? `lesson-role lesson-role-${each.role}` : "";
    make(document, "span", role, title, each.name);
    make(document, "span", "lesson-question-size", title, `${each.rows} × ${each.columns}`);
    const pane = each.photo ? draw_photo(document, each, root) : draw_grid(document, each, root);
    pane.dataset.pane = each.name;
  }
}

function draw_grid(document, { name, role, columns, cells }, root) {
  const css = `lesson-question-grid lesson-question-pane lesson-role-${role || "none"}`;
  const grid = make(document, "div", css, root);
  grid.style.setProperty("--lesson-question-columns", String(columns));
  grid.setAttribute("role", "table");
  grid.setAttribute("aria-label", name);
  for (const row of cells) {
    const line = make(document, "div", "lesson-question-row", grid);
    line.setAttribute("role", "row");
    for (const text of row)
      make(document, "div", "lesson-question-cell", line, text).setAttribute("role", "cell");
  }
  return grid;
}

function draw_photo(document, { name, photo, rows, columns }, root) {
  root.style.setProperty("--lesson-question-shape", String(columns / rows));
  const frame = make(document, "div", "lesson-question-photo lesson-question-pane", root);
  const image = make(document, "img", "", frame);
  image.src = photo;
  image.alt = name;
  image.draggable = false;
  return frame;
}

/** The grid or photo of that name, in the question around `place`. */
export function find_shown(place, name) {
  const panes = [...place.closest(".lesson-question").querySelectorAll(".lesson-question-pane")];
  return panes.find(({ dataset }) => dataset.pane === name);
}
