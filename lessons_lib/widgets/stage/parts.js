// The parts of a stage: its elements, made once.
import { make, make_button } from "../shared/elements.js";

/** Make all elements of a stage inside `el`; gives them by name. */
export function build(el) {
  const document = el.ownerDocument;
  const root = make(document, "div", "lesson-stage", el);
  root.tabIndex = -1;
  const tools = make(document, "div", "lesson-tools", root);
  const parts = { root, document };
  parts.large = make_button(
    document,
    "lesson-large-button",
    tools,
    "large view",
    "fill the window with this lab",
  );
  parts.state = make(document, "div", "lesson-kernel-state", root);
  parts.state.setAttribute("role", "status");
  parts.crash = make(document, "pre", "lesson-crash", root);
  parts.view = make(document, "div", "lesson-view", root);
  parts.panes = make(document, "div", "lesson-panes", parts.view);
  parts.error = make(document, "div", "lesson-error", parts.view);
  parts.error.setAttribute("role", "alert");
  parts.steps = make(document, "div", "lesson-steps", root);
  parts.written = make(document, "div", "lesson-written", root);
  parts.pointer = make(document, "div", "lesson-pointer", root);
  parts.pointer.setAttribute("aria-live", "polite"); // the cell that the arrow keys have come to
  parts.below = make(document, "div", "lesson-below", root);
  const foot = make(document, "div", "lesson-foot", parts.below);
  parts.foot = foot;
  parts.formula = make(document, "div", "lesson-formula", foot);
  const line = make(document, "div", "lesson-code-line", foot);
  parts.code = make(document, "code", "lesson-code", line);
  parts.copy = make_button(document, "lesson-copy", line, "copy", "copy the PyTorch line");
  parts.keep = make_button(
    document,
    "lesson-keep",
    line,
    "keep output",
    "keep this output beside the next ones",
  );
  parts.scale = make_button(
    document,
    "lesson-scale-button",
    line,
    "same scale",
    "show input and output at one scale, so that their true sizes can be compared",
  );
  parts.scale.hidden = true;
  parts.scale.setAttribute("aria-pressed", "false");
  parts.cost = make(document, "div", "lesson-cost", foot);
  parts.sentence = make(document, "div", "lesson-sentence", parts.below);
  parts.sentence.setAttribute("role", "status");
  parts.sentence.setAttribute("aria-live", "polite");
  return parts;
}

/** Keep so many lines free for each text that grows and shrinks, as the lab wishes it. */
export function show_lines(root, look) {
  for (const [name, lines] of Object.entries(look))
    if (name.endsWith("_lines"))
      root.style.setProperty(`--lesson-${name.replace("_", "-")}`, String(lines));
  root.classList.toggle("lesson-first-shape", look.shapes === "first");
}
