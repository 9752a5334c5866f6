// The controls of a lab: ipywidgets makes and moves them; here they get names for those who cannot
// see the page, a slider's handle follows the hand in every page, and its release is told.
import { lab_of } from "./elements.js";

const SLIDER = ".lesson-slider";
const PRESETS = ".lesson-presets";
const CHANGES = { subtree: true, childList: true, attributes: true, attributeFilter: ["class"] };

export class Controls {
  /** root: an element of the lab; tell: called with {name, value} when a hand lets go of a slider. */
  constructor(root, tell) {
    const document = root.ownerDocument;
    Object.assign(this, { root, tell, document, held: null, focused: null, observer: null });
    const up = () => this.let_go();
    this.listeners = [
      ["pointerdown", (event) => this.take(event)],
      ["pointerup", up],
      ["pointercancel", up],
      // where all text is selected, the browser would drag the text instead of the handle
      ["dragstart", (event) => this.held && event.preventDefault()],
      ["focusin", ({ target }) => Object.assign(this, { focused: target })],
    ];
    for (const listener of this.listeners)
      document.addEventListener(...listener, { capture: true });
  }

  /** Say what ipywidgets leaves unsaid: the lab's name, that of each slider and of each row of buttons. */
  name() {
    const lab = lab_of(this.root);
    if (this.observer || lab === this.root) return;
    lab.tabIndex = -1; // Escape in a control comes here
    name_group(lab, `${lab.querySelector(".lesson-title")?.textContent ?? ""} lab`);
    for (const slider of lab.querySelectorAll(SLIDER))
      slider.querySelector(".noUi-handle")?.setAttribute("aria-label", label_of(slider));
    this.observer = new MutationObserver((changes) => {
      for (const presets of lab.querySelectorAll(PRESETS)) tell_pressed(presets);
      this.focus_again(changes);
    });
    for (const presets of lab.querySelectorAll(PRESETS)) {
      name_group(presets, label_of(presets));
      tell_pressed(presets);
      this.observer.observe(presets, CHANGES);
    }
  }

  /** ipywidgets makes some buttons anew when one is pressed: the new one takes the focus over. */
  focus_again(changes) {
    for (const { target, removedNodes } of changes) {
      if (![...removedNodes].includes(this.focused)) continue;
      const same = ({ textContent }) => textContent === this.focused.textContent;
      [...target.children].find(same)?.focus({ preventScroll: true });
      return;
    }
  }

  take({ target }) {
    const slider = target.closest?.(SLIDER);
    this.held = slider && lab_of(slider) === lab_of(this.root) ? slider : null;
  }

  let_go() {
    const handle = this.held?.querySelector(".noUi-handle");
    const [, name] = /lesson-control-(\S+)/.exec(this.held?.className) ?? [];
    this.held = null;
    if (handle && name) this.tell({ name, value: Number(handle.getAttribute("aria-valuenow")) });
  }

  close() {
    this.observer?.disconnect();
    for (const listener of this.listeners)
      this.document.removeEventListener(...listener, { capture: true });
  }
}

const label_of = (control) => control.querySelector(".widget-label")?.textContent ?? "";

function name_group(element, label) {
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
}

function tell_pressed(presets) {
  for (const button of presets.querySelectorAll(".widget-toggle-button"))
    button.setAttribute("aria-pressed", String(button.classList.contains("mod-active")));
}
