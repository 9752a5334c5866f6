// The button that shows the controls which wait; controls.css folds them while it says "false".
import { make } from "./elements.js";

const TRAITS = ["change:unfolded", "change:inside"];

/** What stands behind "more": what is set inside, while that cannot be seen. */
export function told(open, inside) {
  return open || !inside ? "" : `· ${inside}`;
}

/** The button inside `el`; gives the cleanup. model: has the traits of `MoreButton`. */
export function more_button({ model, el }) {
  el.replaceChildren();
  const document = el.ownerDocument;
  const button = make(document, "button", "lesson-button lesson-more-button", el);
  const mark = make(document, "span", "lesson-more-mark", button);
  make(document, "span", "lesson-more-word", button, "more");
  const words = make(document, "span", "lesson-more-inside", button);
  button.type = "button";
  mark.setAttribute("aria-hidden", "true");

  function draw() {
    const [open, inside] = [model.get("unfolded"), model.get("inside")];
    button.setAttribute("aria-expanded", String(open));
    button.title = open ? "fold these controls away" : "show more controls";
    if (!open && inside) button.title += `; set there: ${inside}`;
    mark.textContent = open ? "▾" : "▸";
    words.textContent = told(open, inside);
  }

  function pressed(event) {
    event.stopPropagation();
    model.set("unfolded", !model.get("unfolded"));
    try {
      model.save_changes();
    } catch {
      // without a kernel the page still folds and unfolds
    }
  }

  button.addEventListener("click", pressed);
  for (const name of TRAITS) model.on(name, draw);
  draw();
  return () => {
    button.removeEventListener("click", pressed);
    for (const name of TRAITS) model.off(name, draw);
  };
}
