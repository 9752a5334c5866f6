// Say it when the kernel is busy for long, or gone: a lab that does not answer looks broken.

const WAIT_MS = 900; // a touched control without an answer for so long is told
const LOST = ["dead", "terminating", "restarting", "autorestarting"];

export class KernelState {
  /** Watches the controls of the lab around `root`; speaks in `line`. */
  constructor(model, root, line) {
    this.line = line;
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
  }

  say(text) {
    this.line.textContent = text;
    this.line.classList.toggle("lesson-shown", Boolean(text));
  }

  told_busy() {
    this.waiting = 0;
    if (this.gone || this.kernel?.status !== "busy") return;
    this.say("The kernel is busy. The lab answers when the running cell lets it.");
  }

  /** Python has answered: nothing to say. */
  answered() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    if (!this.gone) this.say("");
  }

  look() {
    // A restarted kernel does not know this lab any more, even when it is idle again.
    this.gone ||= LOST.includes(this.kernel.status) || this.kernel.isDisposed;
    if (this.gone)
      this.say(
        "The kernel has stopped or was restarted. Choose Run > Run All Cells to bring the lab back.",
      );
    else if (this.kernel.status === "idle") this.answered();
  }

  close() {
    clearTimeout(this.waiting);
    for (const name of this.events) this.document.removeEventListener(name, this.touched, true);
    this.kernel?.statusChanged?.disconnect(this.status);
  }
}
