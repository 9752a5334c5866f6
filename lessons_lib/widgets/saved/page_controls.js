// The controls of a lab on a page without a kernel, drawn from plain data; they look and behave as
// those do that ipywidgets makes in JupyterLab, and the labs' style sheets speak of both.
import { make, make_button } from "../shared/elements.js";
import { more_button } from "../shared/more_button.js";
import { PageModel } from "./page_model.js";

/** A control: `draw(part)` shows the value of that part of the key, `element` stands on the page. */
const MAKERS = { slider, list, toggle, chips };

let named = 0; // labels so far: each has a name of its own for its control

function frame(document, { name, role }, css) {
  const element = make(document, "div", `lesson-control lesson-control-${name} ${css}`, null);
  if (role) element.classList.add(`lesson-role-of-${role}`);
  return element;
}

/** A control that takes the keyboard, behind its label. */
function make_labelled(document, element, { label }, tag, css) {
  named += 1;
  const words = make(document, "label", "widget-label", element, label);
  const control = make(document, tag, css, element);
  control.id = `lesson-saved-${named}`;
  words.htmlFor = control.id;
  return control;
}

const place_of_part = ({ values }, part) => values.findIndex((value) => value.part === part);

/** "−0.5" -> -0.5 */
const number_of = (text) => Number(text.trim().replace("−", "-").replace(",", ".") || NaN);

/** The value of a slider that is the nearest to a number, of two the lower; undefined for no number. */
export function nearest_value({ values }, number) {
  if (Number.isNaN(number)) return undefined;
  const far = ({ word }) => Math.abs(Number(word) - number);
  return values.reduce((best, value) => (far(value) < far(best) ? value : best));
}

function slider(document, spec, choose) {
  const element = frame(document, spec, "lesson-slider lesson-saved-slider");
  const input = make_labelled(document, element, spec, "input", "lesson-saved-range");
  const readout = make(document, "input", "widget-readout", element);
  Object.assign(input, { type: "range", min: 0, max: spec.values.length - 1, step: 1 });
  Object.assign(readout, { type: "text", autocomplete: "off", spellcheck: false });
  readout.setAttribute("aria-label", `${spec.label}, as a number`);
  input.addEventListener("input", () => choose(spec.values[Number(input.value)].part));
  let shown = null;
  const write = () => {
    readout.value = shown.text;
  };
  readout.addEventListener("focus", () => readout.select());
  readout.addEventListener("change", () => {
    const found = nearest_value(spec, number_of(readout.value)) ?? shown;
    write();
    if (found !== shown) choose(found.part);
  });
  return {
    element,
    draw(part) {
      const index = place_of_part(spec, part);
      shown = spec.values[index];
      input.value = index;
      input.setAttribute("aria-valuetext", shown.text);
      write();
    },
  };
}

function list(document, spec, choose) {
  const element = frame(document, spec, "widget-dropdown");
  const select = make_labelled(document, element, spec, "select", "");
  spec.values.forEach(({ text }, i) => {
    Object.assign(make(document, "option", "", select, text), { value: i });
  });
  select.addEventListener("change", () => choose(spec.values[Number(select.value)].part));
  return {
    element,
    draw(part) {
      select.value = place_of_part(spec, part);
    },
  };
}

function toggle(document, spec, choose) {
  const element = frame(document, spec, "lesson-toggle");
  const label = make(document, "label", "widget-label-basic", element);
  const input = make(document, "input", "", label);
  input.type = "checkbox";
  make(document, "span", "", label, spec.label);
  input.addEventListener("change", () => choose(input.checked ? "True" : "False"));
  return {
    element,
    draw(part) {
      input.checked = part === "True";
    },
  };
}

/** Buttons of which one at most is marked: `mark` takes its number, -1 for none. */
function row_of_buttons(document, label, texts, press, css) {
  const element = make(document, "div", `lesson-control lesson-presets ${css}`, null);
  make(document, "div", "widget-label", element, label);
  const box = make(document, "div", "widget-toggle-buttons", element);
  const buttons = texts.map((text, i) => {
    const button = make(document, "button", "widget-toggle-button", box, text);
    button.type = "button";
    button.addEventListener("click", () => press(i));
    return button;
  });
  const mark = (marked) => {
    buttons.forEach((button, i) => {
      button.classList.toggle("mod-active", i === marked);
    });
  };
  return { element, mark };
}

function chips(document, spec, choose) {
  const texts = spec.values.map(({ text }) => text);
  const css = `lesson-control-${spec.name} ${spec.role && `lesson-role-of-${spec.role}`}`;
  const press = (i) => choose(spec.values[i].part);
  const { element, mark } = row_of_buttons(document, spec.label, texts, press, css);
  return { element, draw: (part) => mark(place_of_part(spec, part)) };
}

/** Whether a control counts for something with these parts of a key. */
const is_there = ({ needs }, parts) => !needs || needs.parts.includes(parts[needs.place]);

/** What is set behind "more" and differs from the usual, each with its label; words: by name. */
export function set_inside(folded, parts, words) {
  const changed = folded.filter(
    (spec) => spec.kind !== "presets" && parts[spec.place] !== spec.plain && is_there(spec, parts),
  );
  const told = changed.map(({ label, name }) => {
    const said = words[name] ?? "";
    return said.includes(label) ? said : `${label} ${said}`.trimEnd();
  });
  return told.join(", ");
}

export class PageControls {
  /** data: of the lab; header, body: where they stand; go: takes {place: part} of a move. */
  constructor(data, { header, body }, go) {
    const document = header.ownerDocument;
    Object.assign(this, { data, go, shown: [], rows: 0 });
    const drawn = data.controls.filter(
      ({ kind, values }) => kind === "presets" || (MAKERS[kind] && values.length > 1),
    );
    for (const spec of drawn.filter(({ more }) => !more))
      (spec.in_header ? header : body).append(this.control(document, spec));
    const reset = make_button(
      document,
      "lesson-reset",
      header,
      "reset",
      "back to where this lab began",
    );
    reset.addEventListener("click", () => go(null));
    this.folded = drawn.filter(({ more }) => more);
    if (this.folded.length) this.more(document, body);
    if (data.note) make(document, "div", "lesson-saved-note", body, data.note);
  }

  control(document, spec) {
    const { element, draw } =
      spec.kind === "presets"
        ? this.presets(document, spec)
        : MAKERS[spec.kind](document, spec, (part) => this.go({ [spec.place]: part }));
    this.shown.push((parts) => {
      draw(spec.kind === "presets" ? parts : parts[spec.place]);
      element.hidden = !is_there(spec, parts);
    });
    return element;
  }

  presets(document, { label, role, buttons }) {
    const texts = buttons.map(({ text }) => text);
    const css = `lesson-presets-${this.rows} ${role && `lesson-role-of-${role}`}`;
    const press = (i) => this.go(buttons[i].sets);
    const { element, mark } = row_of_buttons(document, label, texts, press, css);
    this.rows += 1;
    const is_set = (parts, sets) => Object.entries(sets).every(([at, part]) => parts[at] === part);
    return { element, draw: (parts) => mark(buttons.findIndex(({ sets }) => is_set(parts, sets))) };
  }

  /** What stands behind "more", as in JupyterLab: controls.css folds it. */
  more(document, body) {
    const box = make(document, "div", "lesson-more", body);
    const model = new PageModel({ unfolded: false, inside: "" }, () => undefined);
    more_button({ model, el: make(document, "div", "", box) });
    for (const spec of this.folded) {
      const element = this.control(document, spec);
      element.classList.add("lesson-folded");
      box.append(element);
    }
    this.inside = (parts, words) => model.show({ inside: set_inside(this.folded, parts, words) });
  }

  /** parts: of the key that is to be shown; words: the settings in words, by name. */
  draw(parts, words = {}) {
    for (const show of this.shown) show(parts);
    this.inside?.(parts, words);
  }
}
