// Touching a control lights its terms in the formula and in the code.
//
// A rule with :has() could do it without a script; the browser would then look through the whole lab
// after every change in it.
import { lab_of } from "../shared/elements.js";

const ROLE = /lesson-role-of-(\w+)/;

export class Lights {
  /** root: of the stage; foot: the element with formula and code. */
  constructor(root, foot) {
    Object.assign(this, { root, foot, document: root.ownerDocument });
    this.touched = { pointer: "", focus: "" };
    const at = (place) => (event) => this.touch(place, event.target);
    const away = (place) => (event) => {
      if (!event.relatedTarget) this.touch(place, null); // else it comes somewhere else
    };
    this.listeners = [
      ["pointerover", at("pointer")],
      ["pointerout", away("pointer")],
      ["focusin", at("focus")],
      ["focusout", away("focus")],
    ];
    for (const listener of this.listeners)
      this.document.addEventListener(...listener, { capture: true });
  }

  /** The pointer or the focus has come to an element; null: to none. */
  touch(place, target) {
    const control = target?.closest?.(".lesson-control");
    const own = control && lab_of(control) === lab_of(this.root);
    const [, role = ""] = (own && ROLE.exec(control.className)) || []; // not all have one
    if (role === this.touched[place]) return;
    const before = this.touched[place];
    this.touched[place] = role;
    const lit = Object.values(this.touched);
    if (before && !lit.includes(before)) this.foot.classList.remove(`lesson-lit-${before}`);
    if (role) this.foot.classList.add(`lesson-lit-${role}`);
  }

  close() {
    for (const listener of this.listeners)
      this.document.removeEventListener(...listener, { capture: true });
  }
}
