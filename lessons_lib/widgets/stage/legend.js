// The legend of a picture of classes: colour, name and share of each.
import { make } from "../shared/elements.js";
import { write } from "../shared/words.js";

const EXTRA = 255; // the class number of what is ignored

/** The name of a class; those without one are called by their number. */
export function class_name(number, labels) {
  if (number === EXTRA) return "ignored";
  return labels[number] ?? `class ${number}`;
}

/** A colour of a table as CSS. */
export function css_colour(colours, index) {
  const [red, green, blue] = colours.subarray(4 * index, 4 * index + 3);
  return `rgb(${red},${green},${blue})`;
}

export class Legend {
  /** Makes its list in `parent`. */
  constructor(document, parent) {
    this.document = document;
    this.root = make(document, "ul", "lesson-legend", parent);
    this.names = null;
  }

  /** Show [[number, name, share], ...] with the colours of a table; where only shares differ, only these are written. */
  draw(entries, colours) {
    const names = JSON.stringify(entries.map(([number, name]) => [number, name]));
    if (names !== this.names) this.make_entries(names, entries, colours);
    entries.forEach(([, , share], i) => {
      const { root, text } = this.entries[i];
      if (text.textContent !== share) write(text, share);
      root.classList.toggle("lesson-absent", !share);
    });
  }

  make_entries(names, entries, colours) {
    this.names = names;
    this.root.replaceChildren();
    this.entries = entries.map(([number, name]) => {
      const root = make(this.document, "li", "lesson-legend-entry", this.root);
      const swatch = make(this.document, "span", "lesson-swatch", root);
      swatch.style.background = css_colour(colours, number);
      make(this.document, "span", "lesson-legend-name", root, name);
      return { root, text: make(this.document, "span", "lesson-legend-share", root) };
    });
  }
}
