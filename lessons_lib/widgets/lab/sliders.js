// The sliders of a lab: ipywidgets makes and moves them; here they get a name, and their release is told.

const LAB = ".lesson-lab";
const SLIDER = ".lesson-slider";

export class Sliders {
  /** root: an element of the lab; tell: called with {name, value} when a hand lets go of a slider. */
  constructor(root, tell) {
    const document = root.ownerDocument;
    Object.assign(this, { root, tell, document, held: null, named: false });
    const up = () => this.let_go();
    this.listeners = [
      ["pointerdown", (event) => this.take(event)],
      ["pointerup", up],
      ["pointercancel", up],
    ];
    for (const listener of this.listeners)
      document.addEventListener(...listener, { capture: true });
  }

  /** ipywidgets leaves the handles without a name for screen readers. */
  name() {
    const lab = this.root.closest(LAB);
    if (this.named || !lab) return;
    this.named = true;
    for (const slider of lab.querySelectorAll(SLIDER)) {
      const label = slider.querySelector(".widget-label");
      slider.querySelector(".noUi-handle")?.setAttribute("aria-label", label?.textContent ?? "");
    }
  }

  take({ target }) {
    const slider = target.closest?.(SLIDER);
    const lab = this.root.closest(LAB);
    this.held = slider && lab && slider.closest(LAB) === lab ? slider : null;
  }

  let_go() {
    const handle = this.held?.querySelector(".noUi-handle");
    const [, name] = /lesson-control-(\S+)/.exec(this.held?.className) ?? [];
    this.held = null;
    if (handle && name) this.tell({ name, value: Number(handle.getAttribute("aria-valuenow")) });
  }

  close() {
    for (const listener of this.listeners)
      this.document.removeEventListener(...listener, { capture: true });
  }
}
