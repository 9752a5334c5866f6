// Making the elements of a widget, and finding its lab.

/** The lab that an element stands in, or the element itself where there is none. */
export function lab_of(element) {
  return element.closest(".lesson-lab") ?? element;
}

/** An element with its class names and text, at the end of its parent. */
export function make(document, tag, css, parent, text = "") {
  const element = document.createElement(tag);
  element.className = css;
  if (text) element.textContent = text;
  parent?.append(element);
  return element;
}

/** A button; `label` says in words what it does. */
export function make_button(document, css, parent, text, label) {
  const button = make(document, "button", `lesson-button ${css}`, parent, text);
  button.type = "button";
  button.title = label;
  button.setAttribute("aria-label", label);
  return button;
}

/** Whether the page is Voila's: text and labs of a whole notebook, without code and without menus. */
export const is_voila = (document) => Boolean(document.body?.dataset.voila);
