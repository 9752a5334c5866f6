// Long work of a lab on a page without a kernel: its steps, recorded, to be played again.
import { make, make_button } from "../shared/elements.js";

const STEP_MS = 150;
const AFTER = ["lesson-presets", "lesson-more", "lesson-saved-note"]; // stand below it

export class PageWork {
  /**
   * work: as replay.py gives it; body: where it stands; has: says whether the state of some parts is
   * saved; move: takes {place: part}; clock has setInterval and clearInterval.
   */
  constructor(work, body, { has, move, clock = globalThis }) {
    const document = body.ownerDocument;
    Object.assign(this, { work, has, move, clock, steps: [], timer: 0 });
    const { name, label, role } = work;
    const css = `lesson-control lesson-work lesson-job lesson-control-${name}`;
    this.row = make(document, "div", css, null);
    if (role) this.row.classList.add(`lesson-role-of-${role}`);
    const button = (css, text, says) => make_button(document, css, this.row, text, says);
    this.press = button("lesson-job-button", "replay", `replay (${label})`);
    this.input = make(document, "input", "lesson-saved-range lesson-saved-step", this.row);
    Object.assign(this.input, { type: "range", min: 0, step: 1 });
    this.input.setAttribute("aria-label", `step (${label})`);
    this.words = make(document, "span", "lesson-job-words", this.row);
    const anew = button("lesson-saved-anew", `${label}: needs a kernel`, "");
    anew.setAttribute("aria-label", `${label} anew: needs a kernel, in JupyterLab`);
    anew.setAttribute("aria-disabled", "true");
    this.press.addEventListener("click", () => this.play_or_stop());
    this.input.addEventListener("input", () => {
      this.stop();
      this.go(Number(this.input.value));
    });
    const is_after = ({ classList }) => AFTER.some((css) => classList.contains(css));
    body.insertBefore(this.row, [...body.children].find(is_after) ?? null);
  }

  /** The part of the key that says that nothing was found. */
  get none() {
    return this.work.steps[0].part;
  }

  draw(parts) {
    const { place } = this.work;
    const present = parts[place];
    const others = Object.assign([...parts], { [place]: "" }).join();
    if (this.others !== undefined && this.others !== others) this.stop();
    this.others = others;
    const is_saved = ({ part }) => this.has(Object.assign([...parts], { [place]: part }));
    this.steps = this.work.steps.filter(is_saved);
    this.at = this.steps.findIndex(({ part }) => part === present);
    const replays = this.steps.length > 1;
    for (const each of [this.press, this.input, this.words]) each.hidden = !replays;
    if (!replays || this.at < 0) return;
    const { text } = this.steps[this.at];
    this.input.max = this.steps.length - 1;
    this.input.value = this.at;
    this.input.setAttribute("aria-valuetext", text);
    this.words.textContent = text;
  }

  go(at) {
    this.move({ [this.work.place]: this.steps[at].part });
  }

  play_or_stop() {
    if (this.timer) return this.stop();
    if (this.at === this.steps.length - 1) this.go(0);
    this.say("stop");
    this.timer = this.clock.setInterval(() => {
      if (this.at < this.steps.length - 1) this.go(this.at + 1);
      else this.stop();
    }, STEP_MS);
  }

  stop() {
    this.clock.clearInterval(this.timer);
    this.timer = 0;
    this.say("replay");
  }

  say(text) {
    this.press.textContent = text;
    this.press.setAttribute("aria-label", `${text} (${this.work.label})`);
  }
}
