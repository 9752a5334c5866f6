// A question: what is asked, a place for the guess, and what is said of it. Python judges; see question.py.
import { coded, draw_shown } from "./shown.js";
import { open_folds } from "./folds.js";
import { Keys } from "../shared/keys.js";
import { KernelState } from "../shared/kernel_state.js";
import { ANSWERS } from "./kinds/kinds.js";
import { large_view } from "../shared/large_view.js";
import { make, make_button } from "../shared/elements.js";
import { tell } from "../shared/sender.js";

const MARKS = { open: "", wrong: "✗", right: "✓", shown: "→" };

export class Question {
  constructor(model, el) {
    this.model = model;
    this.document = el.ownerDocument;
    this.cleanups = [];
    this.build(el);
    this.keys = new Keys(this.root);
    this.kernel = new KernelState(model, this.foot, this.state, "question");
    this.cleanups.push(large_view(this.root, this.large, () => undefined));
    this.listen();
    this.draw_asked();
    this.draw_said();
    this.draw_crash();
  }

  build(el) {
    const { document } = this;
    const add = (tag, css, parent, text) => make(document, tag, css, parent, text);
    this.root = add("section", "lesson-lab lesson-question", el);
    this.root.setAttribute("aria-label", "question");
    this.head = add("div", "lesson-question-head", this.root);
    add("b", "lesson-question-word", this.head, "Predict first");
    this.large = make_button(
      document,
      "lesson-large-button",
      this.head,
      "large view",
      "fill the window with this question",
    );
    this.text = add("p", "lesson-question-text", this.root);
    this.state = add("div", "lesson-question-kernel", this.root);
    this.state.setAttribute("role", "status");
    this.crash = add("pre", "lesson-question-crash", this.root);
    this.form = add("div", "lesson-controls lesson-question-form", this.root);
    this.shown = add("div", "lesson-question-panes", this.form);
    this.place = add("div", "lesson-question-place", this.shown);
    this.line = add("div", "lesson-question-line", this.form);
    const button = (css, text, label) => make_button(document, css, this.line, text, label);
    this.commit = button("lesson-question-commit", "commit", "commit your answer");
    this.show = button("lesson-question-show", "show me", "show the answer");
    this.another = button("lesson-question-another", "another one", "ask with new numbers");
    this.foot = add("div", "lesson-question-foot", this.root);
    this.feedback = add("div", "lesson-question-feedback", this.foot);
    this.feedback.setAttribute("role", "status");
    this.mark = add("span", "lesson-question-mark", this.feedback);
    this.mark.setAttribute("aria-hidden", "true");
    this.message = add("span", "lesson-question-message", this.feedback);
    this.answer = add("div", "lesson-question-answer", this.foot);
    this.code = add("code", "lesson-code", this.answer);
    this.result = add("code", "lesson-question-result", this.answer);
  }

  listen() {
    const on = (target, name, handler) => {
      target.addEventListener(name, handler);
      this.cleanups.push(() => target.removeEventListener(name, handler));
    };
    const hear = (name, handler) => {
      this.model.on(name, handler);
      this.cleanups.push(() => this.model.off(name, handler));
    };
    on(this.commit, "click", () => this.give());
    on(this.show, "click", () => this.send({ type: "show" }));
    on(this.another, "click", () => this.send({ type: "another" }));
    on(this.root, "keydown", (event) => this.pressed(event));
    hear("change:asked", () => this.draw_asked());
    hear("change:said", () => this.draw_said());
    hear("change:crash", () => this.draw_crash());
  }

  pressed(event) {
    // On a button Enter presses it.
    if (event.key !== "Enter" || event.target.closest?.(".lesson-button")) return;
    event.preventDefault();
    if (!this.kernel.gone) this.give();
  }

  send(content) {
    const { turn } = this.model.get("asked");
    tell(() => this.model.send({ ...content, turn }));
  }

  /** Give the guess, if it is finished. */
  give() {
    if (this.is_revealed) return;
    const guess = this.part.guess();
    if (guess.includes(null)) this.say("open", this.model.get("asked").missing);
    else this.send({ type: "commit", guess });
  }

  get is_revealed() {
    return ["right", "shown"].includes(this.model.get("said").state);
  }

  draw_asked() {
    const asked = this.model.get("asked");
    const had_focus = this.root.contains(this.document.activeElement);
    this.text.replaceChildren();
    coded(this.document, this.text, asked.text);
    this.shown.replaceChildren();
    draw_shown(this.document, asked.shown, this.shown);
    this.place = make(this.document, "div", "lesson-question-place", this.shown);
    this.part = ANSWERS[asked.kind](this.document, asked, this.place, () => this.changed());
    if (had_focus) this.part.focus();
  }

  /** A hand has changed the guess: what was said of the last one holds no more. */
  changed() {
    this.feedback.classList.add("lesson-question-old");
  }

  draw_said() {
    const said = this.model.get("said");
    // Python tells both at once; a question that is not drawn yet is judged when it is.
    if (said.turn !== this.model.get("asked").turn) return;
    this.kernel.answered();
    const revealed = this.is_revealed;
    if (revealed) this.part.fill(said.key, "key");
    else this.part.fill(said.guess, "guess");
    this.say(said.state, revealed ? `${said.message} ${said.words}` : said.message);
    this.code.textContent = revealed ? said.code : "";
    this.result.textContent = revealed ? said.result : "";
    this.draw_buttons(said.state, revealed);
    if (revealed) this.close_folds ??= open_folds(this.root);
    else this.forget_folds();
  }

  draw_buttons(state, revealed) {
    const held = this.document.activeElement;
    this.commit.hidden = revealed;
    this.show.hidden = state !== "wrong";
    const lost = held?.hidden || (revealed && this.form.contains(held));
    if (lost) this.another.focus({ preventScroll: true });
  }

  say(state, message) {
    this.mark.textContent = MARKS[state];
    this.message.replaceChildren();
    coded(this.document, this.message, message);
    this.feedback.dataset.state = state;
    this.feedback.classList.remove("lesson-question-old");
  }

  draw_crash() {
    const crash = this.model.get("crash");
    this.crash.textContent = crash ? `This should not have happened.\n\n${crash}` : "";
    this.crash.hidden = !crash;
  }

  forget_folds() {
    this.close_folds?.();
    this.close_folds = null;
  }

  close() {
    this.forget_folds();
    this.kernel.close();
    this.keys.close();
    for (const cleanup of this.cleanups) cleanup();
    this.root.remove();
  }
}

export default {
  render({ model, el }) {
    const question = new Question(model, el);
    return () => question.close();
  },
};
