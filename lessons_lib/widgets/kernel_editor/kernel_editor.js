// The kernel editor: a grid of numbers to type, drag and step through with keys; tools beside it.
// kernel_editor.py says which messages go where, and why the browser does not set `values` itself.
import { Keys } from "../shared/keys.js";
import { new_id, Sender } from "../shared/sender.js";

const LARGEST = 7; // rows and columns
const DRAG_START = 4; // CSS pixels up or down: less is a click
const PER_PIXEL = 0.02;
const HINT =
  "type a number (also 1/9), or drag up and down; Shift+↑ ↓ changes it by 0.1, " +
  "Shift+Page Up and Down by 1, arrows go to other cells, Ctrl+Z takes back";

export const NO_ANSWER =
  "The kernel of the notebook does not answer, it is busy or has stopped: your change is used " +
  "when it answers; if it has stopped, restart it and run the cells again.";

export const NO_CONNECTION =
  "This editor has lost the kernel of the notebook, which was restarted or has stopped: run the " +
  "cells again.";

// ------------------------------------------------------------------------------- numbers

/** What a text stands for, also Infinity and NaN (1/0, 0/0); undefined where it is no number. */
function meaning(text) {
  const parts = text
    .trim()
    .replace(/[−–]/g, "-")
    .replaceAll(",", ".")
    .split("/")
    .map((part) => part.trim());
  if (
    parts.length > 2 ||
    !parts.every((part) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(part))
  )
    return undefined;
  const [above, below = 1] = parts.map(Number);
  return above / below;
}

/** "-1", "−1", "1/9", ".5", "0,5" -> number; null for what is none or does not fit float32. */
export function parse_number(text) {
  const value = meaning(text);
  return Number.isFinite(Math.fround(value)) ? value + 0 : null;
}

/** Whether this is how a number begins: "-", ".", "1/", "2e-". It is not called wrong at once. */
export function is_unfinished(text) {
  return (
    parse_number(text) === null &&
    parse_number(`${text}1`) !== null &&
    /[−–+\-.,/e]\s*$/i.test(text)
  );
}

/** Why a text is not used. */
export function refusal(text, kept) {
  const shown = text.trim();
  const what = shown === "" ? "An empty cell" : `“${shown}”`;
  const wanted = meaning(text) === undefined ? "a number" : "a finite number";
  return `${what} is not ${wanted}; the cell keeps ${edit_text(kept)}.`;
}

const signed = (text) => text.replaceAll("-", "−");

/** At most 6 characters, at most 3 decimals; a number that is not 0 never looks like 0. */
export function cell_text(value) {
  if (value !== 0 && Math.abs(value) < 0.0005) return signed(value.toExponential(0));
  for (const digits of [3, 2, 1, 0]) {
    const text = String(Number(value.toFixed(digits)));
    if (text.length <= 6 && !text.includes("e")) return signed(text);
  }
  return signed(value.toExponential(0).replace("e+", "e"));
}

/** Up to 6 significant digits, for the cell that has the focus. */
export function edit_text(value) {
  const rounded = Number(value.toPrecision(6));
  return signed(
    Math.abs(rounded) < 1e7 ? String(rounded) : rounded.toExponential().replace("e+", "e"),
  );
}

/** Add without the dust of binary fractions: 0.1 + 0.2 is 0.3. */
export function stepped(value, step) {
  return Number((value + step).toPrecision(12)) + 0;
}

/** The value of a drag that began at `start` and has gone `up` CSS pixels up. */
export function dragged(start, up) {
  return Math.round((start + PER_PIXEL * up) * 100) / 100 + 0;
}

/** The sum of the kernel, without the dust of float32. */
export function sum_text(values) {
  const sum = values.flat().reduce((total, value) => total + value, 0);
  return edit_text(Math.abs(sum) < 5e-7 ? 0 : Number(sum.toPrecision(5)));
}

// ------------------------------------------------------------------------------- colours

const linear = (level) => ((level / 255 + 0.055) / 1.055) ** 2.4;

/** How light a colour is, 0 to 1, as WCAG measures it (dark levels a little simplified). */
export function luminance([red, green, blue]) {
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** The colour of a value in the signed table, and black or white, whichever reads better on it. */
export function cell_colours(table, value, reach) {
  const scaled = reach > 0 ? Math.max(-1, Math.min(1, value / reach)) : 0;
  const at = 4 * Math.round(127 * (scaled + 1));
  const colour = [table[at], table[at + 1], table[at + 2]];
  // 0.18: the luminance at which black and white have the same contrast
  return { ground: `rgb(${colour.join(", ")})`, ink: luminance(colour) > 0.18 ? "#000" : "#fff" };
}

/** The largest size of a number in the kernel: it has the darkest colour. */
export function reach_of(values) {
  return Math.max(...values.flat().map(Math.abs));
}

// ------------------------------------------------------------------------------- sending

/**
 * Send one request at a time, in order; of the edits of one gesture that wait, only the last.
 *
 * @param send (content) => void, throws where the connection is closed
 * @param patience () => seconds
 * @param onChange called whenever problem() or edits() may have changed
 * @param clock has setTimeout and clearTimeout
 */
export function create_sender({ send, patience, onChange, clock = globalThis }) {
  const name = new_id();
  let waiting = [];
  let flying = null;
  let count = 0;
  const changed = () => {
    pump();
    onChange();
  };
  const words = { no_answer: NO_ANSWER, no_connection: NO_CONNECTION };
  const sender = new Sender({ send, words, changed, clock });

  function pump() {
    if (sender.waits || waiting.length === 0) return;
    const { problem } = sender;
    count += 1;
    flying = { ...waiting.shift(), token: `${name}-${count}` };
    if (!sender.send(flying.token, patience(), flying)) {
      flying = null;
      waiting = [];
    } else if (problem) sender.problem = problem; // said until Python answers
  }

  function post(request) {
    sender.problem = "";
    const last = waiting.at(-1);
    if (last?.type === "edit" && request.gesture === last.gesture) waiting.pop();
    waiting.push(request);
    pump();
    onChange();
  }

  /** Take note that Python has answered a request; answers to others are left alone. */
  function answered(token) {
    if (sender.answered(token)) {
      flying = null;
      pump();
    }
    onChange();
  }

  function drop() {
    sender.land();
    flying = null;
    waiting = [];
  }

  /** The edits that Python does not know yet, oldest first. */
  function edits() {
    return [flying, ...waiting].filter((each) => each?.type === "edit");
  }

  return { post, answered, edits, drop, problem: () => sender.problem };
}

// ------------------------------------------------------------------------------- the view

function render({ model, el }) {
  const document = el.ownerDocument;
  const view = document.defaultView;
  const make = (tag, css, more = {}) => {
    const element = document.createElement(tag);
    element.className = css;
    for (const [key, value] of Object.entries(more)) element.setAttribute(key, value);
    return element;
  };

  // --- the parts ---------------------------------------------------------------------------

  const grid = make("div", "lesson-kernel-grid", { role: "group" });
  const sum = make("div", "lesson-kernel-sum");
  const left = make("div", "lesson-kernel-left");
  left.append(grid, sum);

  const select = (css, label, options) => {
    const element = make("select", `lesson-kernel-select ${css}`, {
      "aria-label": label,
      title: label,
    });
    for (const [value, text] of options) {
      const option = make("option", "", { value });
      option.value = value;
      option.textContent = text;
      element.append(option);
    }
    return element;
  };
  const sizes = Array.from({ length: LARGEST }, (_, i) => [String(i + 1), String(i + 1)]);
  const rows = select("lesson-kernel-rows", "rows of the kernel", sizes);
  const columns = select("lesson-kernel-columns", "columns of the kernel", sizes);
  const presets = select("lesson-kernel-presets", "well-known kernels", [
    ["", "choose…"],
    ...model.get("presets"),
  ]);

  const button = (type, text, label) => {
    const element = make("button", `lesson-kernel-button lesson-kernel-${type}`, {
      type: "button",
      title: label,
      "aria-label": `${text}: ${label}`,
    });
    element.textContent = text;
    return element;
  };
  const buttons = {
    normalise: button(
      "normalise",
      "normalise",
      "divide by the sum; where the sum is 0, by the sum of the absolute values",
    ),
    flip: button(
      "flip",
      "flip 180°",
      "turn the kernel upside down and left to right, as convolution does",
    ),
    transpose: button("transpose", "transpose", "swap rows and columns"),
    undo: button("undo", "undo", "take the last step back (Ctrl+Z in a cell)"),
  };

  const line = (label, ...parts) => {
    const element = make("div", "lesson-kernel-line");
    const word = make("span", "lesson-kernel-word");
    word.textContent = label;
    element.append(word, ...parts);
    return element;
  };
  const times = make("span", "lesson-kernel-times", { "aria-hidden": "true" });
  times.textContent = "×";
  const actions = make("div", "lesson-kernel-actions");
  actions.append(...Object.values(buttons));
  const tools = make("div", "lesson-kernel-tools");
  tools.append(line("rows × columns", rows, times, columns), line("preset", presets), actions);
  const status = make("div", "lesson-kernel-status", { role: "status" });
  const body = make("div", "lesson-kernel-body");
  body.append(left, tools);
  el.classList.add("lesson-kernel-editor");
  el.replaceChildren(body, status);

  // --- state -------------------------------------------------------------------------------

  let cells = []; // [row][column]: inputs
  let focus = null; // { cell, row, column, before, typing, gesture }
  let drag = null; // { cell, row, column, pointer, y, start, moving, gesture }
  let problem = "";
  let unsent = null; // an edit that waits for the next frame
  let frame = 0;
  let gestures = 0;

  const sender = create_sender({
    send: (content) => model.send(content),
    patience: () => model.get("patience"),
    onChange: draw,
  });
  const viewed = Math.random().toString(36).slice(2);
  const new_gesture = () => {
    gestures += 1;
    return `${viewed}-${gestures}`;
  };

  /** The kernel of Python with the edits on top that it does not know yet. */
  function shown() {
    const values = model.get("values").map((row) => [...row]);
    for (const { row, column, value } of [...sender.edits(), ...(unsent ? [unsent] : [])]) {
      if (values[row]?.[column] !== undefined) values[row][column] = value;
    }
    return values;
  }

  /** Change one cell: seen at once, sent at most once a frame. */
  function edit({ row, column, gesture }, value) {
    problem = "";
    if (shown()[row]?.[column] === value) return draw();
    if (unsent && unsent.gesture !== gesture) flush();
    unsent = { type: "edit", row, column, value, gesture };
    frame ||= requestAnimationFrame(flush);
    return draw();
  }

  function flush() {
    cancelAnimationFrame(frame);
    frame = 0;
    const request = unsent;
    unsent = null;
    if (request) sender.post(request);
  }

  function ask(request) {
    problem = "";
    flush();
    sender.post(request);
  }

  // --- drawing -----------------------------------------------------------------------------

  function put(target, key, value) {
    if (target[key] !== value) target[key] = value;
  }

  function attribute(target, name, value) {
    if (target.getAttribute(name) !== value) target.setAttribute(name, value);
  }

  function build(height, width) {
    if (cells.length === height && cells[0].length === width) return;
    focus = null;
    drag = null;
    cells = Array.from({ length: height }, (_, row) =>
      Array.from({ length: width }, (__, column) => {
        const cell = make("input", "lesson-kernel-cell", {
          type: "text",
          inputmode: "decimal",
          autocomplete: "off",
          spellcheck: "false",
          "aria-label": `row ${row}, column ${column}`,
          "aria-description": HINT,
        });
        cell.classList.toggle("lesson-kernel-last", width > 1 && column === width - 1);
        return cell;
      }),
    );
    grid.style.setProperty("--lesson-kernel-columns", String(width));
    grid.setAttribute("aria-label", `kernel of ${height} rows and ${width} columns`);
    grid.replaceChildren(...cells.flat());
  }

  /** Longer texts in smaller letters; the cell with the focus grows over its neighbour instead. */
  function fit(cell, focused) {
    const { length } = cell.value;
    cell.classList.toggle("lesson-kernel-wide", focused && length > 5);
    cell.classList.toggle("lesson-kernel-long", !focused && length === 5);
    cell.classList.toggle("lesson-kernel-longer", !focused && length > 5);
  }

  function draw_cell(cell, value, table, reach) {
    const { ground, ink } = cell_colours(table, value, reach);
    put(cell.style, "backgroundColor", ground);
    put(cell.style, "color", ink);
    const focused = focus?.cell === cell;
    if (!(focused && focus.typing)) {
      const text = focused ? edit_text(value) : cell_text(value);
      if (cell.value !== text) {
        cell.value = text;
        if (focused) cell.select();
      }
    }
    fit(cell, focused);
    put(cell, "title", `${signed(String(value))}: ${HINT}`);
  }

  function draw() {
    const values = shown();
    build(values.length, values[0].length);
    const data = model.get("table");
    const table = new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength);
    const reach = reach_of(values);
    for (const [r, row] of values.entries())
      for (const [c, value] of row.entries()) draw_cell(cells[r][c], value, table, reach);
    put(sum, "textContent", `sum ${sum_text(values)}`);
    put(rows, "value", String(values.length));
    put(columns, "value", String(values[0].length));
    put(presets, "value", model.get("preset"));
    // Not `disabled`, which would take the keyboard's place on the page away.
    attribute(
      buttons.undo,
      "aria-disabled",
      String(!model.get("can_undo") && !unsent && sender.edits().length === 0),
    );
    put(status, "textContent", problem || sender.problem() || model.get("message"));
  }

  // --- typing ------------------------------------------------------------------------------

  function place_of(cell) {
    for (const [row, line_of_cells] of cells.entries()) {
      const column = line_of_cells.indexOf(cell);
      if (column >= 0) return { cell, row, column };
    }
    return null;
  }

  function enter(event) {
    const place = place_of(event.target);
    if (!place || focus?.cell === place.cell) return;
    focus = {
      ...place,
      before: shown()[place.row][place.column],
      typing: false,
      gesture: new_gesture(),
    };
    draw();
    place.cell.select();
  }

  function mark(bad) {
    if (bad) focus.cell.setAttribute("aria-invalid", "true");
    else focus.cell.removeAttribute("aria-invalid");
  }

  function typed(event) {
    if (focus?.cell !== event.target) return;
    focus.typing = true;
    const text = focus.cell.value;
    const value = parse_number(text);
    mark(value === null && !is_unfinished(text));
    if (value !== null) {
      edit(focus, value);
    } else {
      problem = is_unfinished(text) ? "" : refusal(text, shown()[focus.row][focus.column]);
      draw();
    }
  }

  /** Good text is in use already; bad text is marked and named. */
  function commit() {
    const text = focus.cell.value;
    const good = !focus.typing || parse_number(text) !== null;
    if (!good) problem = refusal(text, shown()[focus.row][focus.column]);
    mark(!good);
    return good;
  }

  function leave(event) {
    if (focus?.cell !== event.target) return;
    commit();
    mark(false); // the cell shows its number again; the sentence stays
    focus = null;
    flush();
    draw();
  }

  function settle() {
    if (commit()) {
      const { cell, row, column } = focus;
      focus = { ...focus, before: shown()[row][column], typing: false, gesture: new_gesture() };
      flush();
      draw();
      cell.select();
    } else {
      draw();
    }
  }

  function restore() {
    mark(false);
    focus.typing = false;
    problem = "";
    edit(focus, focus.before);
    flush();
    focus.gesture = new_gesture();
    focus.cell.select();
  }

  // --- keys --------------------------------------------------------------------------------

  const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const STEPS = { ArrowUp: 0.1, ArrowDown: -0.1, PageUp: 1, PageDown: -1 };

  /** What a key does in a cell; null where it is the browser's. */
  function action(event) {
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    if (drag?.moving && key === "Escape") return cancel_drag;
    if (!focus || event.target !== focus.cell) return null;
    if (command && !event.shiftKey && key.toLowerCase() === "z" && !focus.typing)
      return () => ask({ type: "undo" });
    if (command || event.altKey) return null;
    if (event.shiftKey) {
      const step = STEPS[key];
      return (
        step &&
        (() => {
          if (!commit()) return draw();
          focus.typing = false;
          return edit(focus, stepped(shown()[focus.row][focus.column], step));
        })
      );
    }
    if (key === "Enter") return settle;
    if (key === "Escape" && (focus.typing || shown()[focus.row][focus.column] !== focus.before))
      return restore;
    const move = focus.typing ? null : MOVES[key];
    return move && (() => cells[focus.row + move[0]]?.[focus.column + move[1]]?.focus());
  }

  function key(event) {
    const act = action(event);
    if (!act) return; // the browser's: shared/keys.js keeps it from Jupyter
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  // --- dragging ----------------------------------------------------------------------------

  function press(event) {
    drag = null;
    const place = place_of(event.target);
    if (!place || event.button > 0 || event.isPrimary === false) return;
    if (focus?.cell === place.cell && focus.typing) return; // there the mouse selects text
    const start = shown()[place.row][place.column];
    drag = {
      ...place,
      start,
      y: event.clientY,
      pointer: event.pointerId,
      moving: false,
      gesture: new_gesture(),
    };
    place.cell.setPointerCapture?.(event.pointerId);
  }

  function move(event) {
    if (!drag || drag.ended || event.pointerId !== drag.pointer) return;
    const up = drag.y - event.clientY;
    if (!drag.moving && Math.abs(up) < DRAG_START) return;
    drag.moving = true;
    el.classList.add("lesson-kernel-dragging");
    edit(drag, dragged(drag.start, up));
  }

  function release(event) {
    if (!drag || event.pointerId !== drag.pointer) return;
    el.classList.remove("lesson-kernel-dragging");
    flush();
    // The click that follows a drag must not begin to edit.
    drag = drag.moving ? { ended: true, cell: drag.cell } : null;
  }

  function cancel_drag() {
    const { cell, pointer, start } = drag;
    edit(drag, start);
    flush();
    cell.releasePointerCapture?.(pointer);
    el.classList.remove("lesson-kernel-dragging");
    drag = { ended: true, cell };
  }

  // The browser would focus the cell and select text in it as soon as the button goes down.
  function hold(event) {
    if (place_of(event.target) && !(focus?.cell === event.target && focus.typing))
      event.preventDefault();
  }

  function click(event) {
    const after_drag = drag?.ended;
    drag = null;
    const place = place_of(event.target);
    if (!place || after_drag) return;
    if (focus?.cell !== place.cell) {
      place.cell.focus();
    } else if (!focus.typing) {
      focus.typing = true; // a second click sets the caret
      place.cell.setSelectionRange?.(place.cell.value.length, place.cell.value.length);
    }
  }

  // --- tools -------------------------------------------------------------------------------

  // Each alone: the other one may show a number that an earlier request is about to change.
  const resize_rows = () => ask({ type: "resize", rows: Number(rows.value) });
  const resize_columns = () => ask({ type: "resize", columns: Number(columns.value) });

  function choose() {
    if (presets.value) ask({ type: "preset", name: presets.value });
    else draw();
  }

  const changed = () => draw();
  const answer = () => sender.answered(model.get("answered"));

  const listeners = [
    [grid, "focusin", enter],
    [grid, "focusout", leave],
    [grid, "input", typed],
    [grid, "pointerdown", press],
    [grid, "pointermove", move],
    [grid, "pointerup", release],
    [grid, "pointercancel", release],
    [grid, "mousedown", hold],
    [grid, "click", click],
    [rows, "change", resize_rows],
    [columns, "change", resize_columns],
    [presets, "change", choose],
    ...Object.entries(buttons).map(([type, element]) => [element, "click", () => ask({ type })]),
    [view, "keydown", key, true],
  ];
  for (const [target, ...listener] of listeners) target.addEventListener(...listener);
  const traits = ["values", "can_undo", "preset", "message"];
  for (const trait of traits) model.on(`change:${trait}`, changed);
  model.on("change:answered", answer);
  const keys = new Keys(el);
  draw();

  return () => {
    flush();
    sender.drop();
    keys.close();
    for (const trait of traits) model.off(`change:${trait}`, changed);
    model.off("change:answered", answer);
    for (const [target, ...listener] of listeners) target.removeEventListener(...listener);
  };
}

export default { render };
