// Say it when the kernel is busy for long, gone, or was never there: a lab that does not answer looks broken.
import { is_voila, lab_of } from "./elements.js";

const WAIT_MS = 900; // a touched control without an answer for so long is told
const RUN = "Choose Run > Run All Cells";
const RELOAD = "Reload the page"; // Voila's has no menu

/**
 * What is said where the kernel is gone, was never there, or cannot be; `what`: a lab, or a question;
 * `cure`: what a reader can do.
 */
export const kernel_words = (what, cure = RUN) => ({
  stopped: `The kernel has stopped or was restarted. ${cure} to bring the ${what} back.`,
  never:
    `This is the ${what} as it was saved: no kernel computes for it yet. ` +
    `${cure} to bring it to life.`,
  nowhere:
    `This is a picture of the ${what}: no kernel computes here. ` +
    "Open the notebook in JupyterLab and choose Run > Run All Cells to bring it to life.",
});
export const { stopped: STOPPED, never: NEVER, nowhere: NOWHERE } = kernel_words("lab");
const LOST = ["dead", "terminating", "restarting", "autorestarting"];

export class KernelState {
  /** Watches the controls of the lab around `root`; speaks in `line`, of a lab or of `what`. */
  constructor(model, root, line, what = "lab") {
    this.line = line;
    this.what = what;
    this.words = kernel_words(what, is_voila(root.ownerDocument) ? RELOAD : RUN);
    this.gone = false;
    this.waiting = 0;
    this.kernel = model.widget_manager?.kernel;
    this.document = root.ownerDocument;
    this.touched = (event) => {
      const lab = root.closest(".lesson-lab");
      if (!lab?.contains(event.target) || root.contains(event.target) || this.waiting) return;
      this.waiting = setTimeout(() => this.told_busy(), WAIT_MS);
    };
    this.events = ["pointerup", "keydown", "change"];
    for (const name of this.events) this.document.addEventListener(name, this.touched, true);
    this.status = () => this.look();
    this.kernel?.statusChanged?.connect(this.status);
    // Each model says whether Python knows it; anywidget hands out its own one only in part.
    if (model.get("layout")?.comm_live === false)
      this.lose(this.kernel ? this.words.never : this.words.nowhere);
  }

  lose(text) {
    this.gone = true;
    this.say(text);
    this.shut();
  }

  /** Without a kernel no control does anything, so none can be moved. */
  shut() {
    if (!this.gone) return;
    const lab = lab_of(this.line);
    for (const part of lab.querySelectorAll(".lesson-header, .lesson-controls")) part.inert = true;
  }

  say(text) {
    this.line.textContent = text;
    this.line.classList.toggle("lesson-shown", Boolean(text));
    this.line.classList.toggle("lesson-passing", !this.gone);
  }

  told_busy() {
    this.waiting = 0;
    if (this.gone || this.kernel?.status !== "busy") return;
    this.say(`The kernel is busy. The ${this.what} answers as soon as it is free.`);
  }

  /** Python has answered: nothing to say. */
  answered() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    if (!this.gone) this.say("");
  }

  look() {
    // A restarted kernel does not know this lab any more, even when it is idle again.
    if (this.gone) return;
    if (LOST.includes(this.kernel.status) || this.kernel.isDisposed) this.lose(this.words.stopped);
    // Idle may be the end of something older than the touch, so the wait for its answer goes on.
    else if (this.kernel.status === "idle") this.say("");
  }

  close() {
    clearTimeout(this.waiting);
    for (const name of this.events) this.document.removeEventListener(name, this.touched, true);
    this.kernel?.statusChanged?.disconnect(this.status);
  }
}
