// Keys pressed in a lab are the lab's own: none of them reaches JupyterLab's command mode.
import { lab_of } from "./elements.js";

// Lumino, which hands JupyterLab its keys, passes over a focused element that carries this itself.
const APART = "data-lm-suppress-shortcuts";

// With Ctrl or Cmd: what edits text stays here, because in JupyterLab it would edit cells instead.
const EDITING = ["a", "c", "v", "x", "y", "z"];
const EDITING_WITH_SHIFT = ["m", "z"]; // merge cells, redo
const ALWAYS_EDITING = /^(Backspace|Delete|Home|End|PageUp|PageDown|Arrow(Up|Down|Left|Right))$/;

/** Whether a key is for JupyterLab: a chord such as Ctrl+S, not one that edits what has the focus. */
export function is_for_the_page({ key, ctrlKey, metaKey, shiftKey }) {
  if (!ctrlKey && !metaKey) return false;
  const editing = shiftKey ? EDITING_WITH_SHIFT : EDITING;
  return !editing.includes(key.toLowerCase()) && !ALWAYS_EDITING.test(key);
}

export class Keys {
  /** root: an element of the lab whose keys are kept. */
  constructor(root) {
    this.root = root;
    this.heard = (event) => {
      if (!this.lab.contains(event.target)) return;
      this.keep(event);
      // Afterwards it is known whether Escape meant something; ipywidgets' boxes let no key rise.
      if (event.key === "Escape") setTimeout(() => this.leave(event));
    };
    // JupyterLab takes keys on the document before they come down to the lab; the window is earlier.
    this.view.addEventListener("keydown", this.heard, { capture: true });
  }

  get view() {
    return this.root.ownerDocument.defaultView;
  }

  get lab() {
    return lab_of(this.root);
  }

  keep(event) {
    if (is_for_the_page(event)) event.target.removeAttribute(APART);
    else event.target.setAttribute(APART, "true");
  }

  /** Escape that means nothing else leaves a control: the lab as a whole has the focus then. */
  leave({ target, defaultPrevented }) {
    const { lab } = this;
    const active = lab.ownerDocument.activeElement;
    const gone = active && !active.contains(lab) && !lab.contains(active); // elsewhere meanwhile
    if (defaultPrevented || target === lab || gone) return;
    lab.tabIndex = -1;
    lab.focus({ preventScroll: true });
  }

  close() {
    this.view.removeEventListener("keydown", this.heard, { capture: true });
  }
}
