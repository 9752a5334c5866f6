// The words of a stage: formula, code, cost and sentence below the panes, and what went wrong above them.
import { make, make_button } from "../shared/elements.js";
import { compared_text, cost_text, show_terms, unbroken, write } from "../shared/words.js";

const LONG_COST = 64; // signs: a longer one has a line to itself, else the sentence beside it has no room

export class Foot {
  /** parts: the elements of the stage; apply: takes the settings of a cure that was clicked. */
  constructor(parts, apply) {
    Object.assign(this, { parts, apply, document: parts.document, texts: {} });
  }

  draw_words(scene, timing) {
    const set = (name, key, draw) => {
      if (this.texts[name] === key) return;
      this.texts[name] = key;
      draw();
    };
    set("formula", JSON.stringify(scene.formula), () => {
      const { formula } = this.parts;
      while (formula.children.length > scene.formula.length) formula.lastChild.remove();
      scene.formula.forEach((terms, i) => {
        const line = formula.children[i] ?? formula.appendChild(this.document.createElement("div"));
        show_terms(line, terms, this.document);
      });
    });
    set("code", JSON.stringify(scene.code), () =>
      show_terms(this.parts.code, scene.code, this.document),
    );
    set("copied", scene.copied, () => this.draw_copy(scene.copied));
    const none = timing ? 0 : null; // without a kernel nothing is ever measured
    const measured = timing?.key === scene.key ? timing : { milliseconds: none, compared: none };
    const { milliseconds, compared = 0 } = measured;
    const lines = [
      cost_text(scene.cost, milliseconds),
      compared_text(scene.cost, scene.compared, milliseconds, compared),
    ];
    const cost = lines.filter(Boolean).join("\n");
    set("cost", cost, () => {
      write(this.parts.cost, cost);
      const is_long = cost_text(scene.cost, 0).length > LONG_COST;
      this.parts.cost.classList.toggle("lesson-apart", Boolean(scene.compared) || is_long);
    });
    set("sentence", scene.sentence, () => write(this.parts.sentence, unbroken(scene.sentence)));
  }

  /** What the button copies: the line that is shown, or longer code where the lab has some. */
  get copied() {
    return this.texts.copied || this.parts.code.textContent;
  }

  draw_copy(copied) {
    const label = `copy the PyTorch line${copied ? " with its weights" : ""}`;
    this.parts.copy.title = label;
    this.parts.copy.setAttribute("aria-label", label);
  }

  draw_crash(crash) {
    if (this.texts.crash === crash) return;
    this.texts.crash = crash;
    this.parts.crash.textContent = crash
      ? `This should not have happened. The lab stays at its last state.\n\n${crash}`
      : "";
    this.parts.crash.classList.toggle("lesson-shown", Boolean(crash));
  }

  /** Show a refused setting, over the last good panes where there are any; true when there is one. */
  draw_error({ error }, has_panes) {
    const { root, view } = this.parts;
    root.classList.toggle("lesson-refused", Boolean(error));
    this.parts.keep.disabled = Boolean(error);
    view.classList.toggle("lesson-empty", Boolean(error) && !has_panes);
    const key = error ? JSON.stringify(error) : "";
    if (this.texts.error === key) return Boolean(error);
    this.texts.error = key;
    const parts = [];
    if (error) {
      const say = (tag, css, text) => parts.push(make(this.document, tag, css, null, text));
      say("div", "lesson-error-title", error.title);
      say("code", "lesson-error-message", error.message);
      say("div", "lesson-error-why", error.explanation);
      if (has_panes)
        say(
          "div",
          "lesson-error-stale",
          "The grey pictures behind are the last ones that could be shown.",
        );
      if (error.nearest_text) {
        const use = make_button(
          this.document,
          "lesson-nearest",
          null,
          `use ${error.nearest_text}`,
          "the nearest setting that works",
        );
        parts.push(use);
        use.addEventListener("click", () => this.apply(error.nearest));
      }
    }
    this.parts.error.replaceChildren(...parts);
    return Boolean(error);
  }
}
