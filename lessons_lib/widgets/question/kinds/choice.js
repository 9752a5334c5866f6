// One of some sentences.
import { coded } from "../shown.js";
import { make } from "../../shared/elements.js";
import { new_id } from "../../shared/sender.js";

export function choice(document, { options }, place, changed) {
  const root = make(document, "div", "lesson-question-options", place);
  root.setAttribute("role", "radiogroup");
  root.setAttribute("aria-label", "your answer");
  const name = new_id(); // of this view: buttons of one name belong together
  const labels = [];
  const buttons = options.map((option) => {
    const label = make(document, "label", "lesson-question-option", root);
    const button = make(document, "input", "", label);
    button.type = "radio";
    button.name = name;
    coded(document, make(document, "span", "", label), option);
    labels.push(label);
    button.addEventListener("change", changed);
    return button;
  });
  return {
    guess() {
      const at = buttons.findIndex(({ checked }) => checked);
      return [at < 0 ? null : at];
    },
    fill(numbers, state) {
      buttons.forEach((button, i) => {
        button.checked = numbers?.[0] === i;
        button.disabled = state === "key" && !button.checked;
        labels[i].classList.toggle("lesson-question-key", state === "key" && button.checked);
      });
    },
    focus: () => buttons[0].focus({ preventScroll: true }),
  };
}
