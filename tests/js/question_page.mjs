// A question on a page that only remembers: what it asks, and hands that answer it.
import question from "../../lessons_lib/widgets/question/question.js";
import { fake_page } from "./fake_page.mjs";

export const OPEN = { state: "open", message: "", guess: null, turn: 1 };
export const GRID = {
  name: "picture",
  role: "input",
  rows: 2,
  columns: 3,
  photo: "",
  cells: [
    ["1", "2", "3"],
    ["4", "5", "−6"],
  ],
};
const ASKED = {
  number: { parts: [""], unit: "pixels" },
  shape: { parts: ["height", "width"] },
  choice: { parts: [""], options: ["They overlap.", "They `touch`.", "A gap."] },
  order: { parts: ["", "", ""], items: ["a", "b", "c"], first: "small", last: "large" },
  cell: { parts: ["row", "column"], pane: "picture", shown: [GRID] },
  grid: { parts: ["0, 0", "0, 1", "1, 0", "1, 1"], title: "output", rows: 2, columns: 2 },
};

export function asked(kind, more = {}) {
  return {
    turn: 1,
    text: "With `stride=2`?",
    kind,
    missing: "Type.",
    shown: [],
    ...ASKED[kind],
    ...more,
  };
}

export function shown(kind, more = {}, traits = {}) {
  const page = fake_page({ asked: asked(kind, more), said: OPEN, crash: "", ...traits });
  page.close = question.render({ model: page.model, el: page.element });
  page.fields = () => page.element.querySelectorAll(".lesson-question-field");
  page.message = () => page.find("lesson-question-message").textContent;
  page.button = (name) => page.find(`lesson-question-${name}`);
  page.say = (said) => page.tell({ said: { ...OPEN, ...said } });
  return page;
}

export const click = (element) => element.dispatchEvent(new Event("click"));

export function press(element, key, more = {}) {
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, ...more });
  element.dispatchEvent(event);
  return event;
}

export function type(field, text) {
  field.value = text;
  field.dispatchEvent(new Event("input"));
}

export const RIGHT = {
  state: "right",
  message: "Right.",
  words: "7 × 3",
  code: "F.x()",
  result: "[7, 3]",
};
