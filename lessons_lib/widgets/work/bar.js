// Long work: a button that starts and stops it, a bar, and the same in words.
// job.py says what the traits mean.
import { Keys } from "../shared/keys.js";

const RUNNING = ["running", "stopping"];

/** What the button says, and what a press on it asks for; "" where there is nothing to press. */
export function button(phase, label, startable) {
  if (phase === "running") return { text: "stop", asks: "stop" };
  if (phase === "stopping") return { text: "stopping…", asks: "" };
  return startable ? { text: label, asks: "start" } : { text: "stop", asks: "" };
}

/** The sentence for a screen reader: it changes with the phase only, not ten times a second. */
export function announced(phase, label, text) {
  if (phase === "idle") return "";
  return RUNNING.includes(phase) ? `${label}: ${phase}` : `${label}: ${text}`;
}

function render({ model, el }) {
  const make = (tag, name) => {
    const made = el.ownerDocument.createElement(tag);
    made.className = name;
    el.append(made);
    return made;
  };
  el.replaceChildren();
  el.classList.add("lesson-job");
  const name = make("span", "lesson-job-name");
  const press = make("button", "lesson-button lesson-job-button");
  const bar = make("progress", "lesson-job-bar");
  const words = make("span", "lesson-job-words");
  const status = make("span", "lesson-job-status");
  press.type = "button";
  bar.max = 1;
  status.setAttribute("role", "status");

  function draw() {
    const [phase, label, text] = ["phase", "label", "text"].map((key) => model.get(key));
    const startable = model.get("startable");
    const now = button(phase, label, startable);
    const idle = !startable && !RUNNING.includes(phase);
    el.classList.toggle("lesson-job-idle", idle);
    name.textContent = startable ? "" : label;
    press.textContent = now.text;
    press.setAttribute("aria-label", now.text === label ? label : `${now.text} (${label})`);
    // Not `disabled`, which would take the keyboard's place on the page away.
    press.setAttribute("aria-disabled", String(!now.asks));
    press.tabIndex = idle ? -1 : 0;
    bar.value = model.get("fraction");
    bar.setAttribute("aria-label", label);
    bar.setAttribute("aria-valuetext", text || "not begun");
    if (words.textContent !== text) words.textContent = text;
    const said = announced(phase, label, text);
    if (status.textContent !== said) status.textContent = said;
  }

  function pressed(event) {
    event.stopPropagation();
    const { asks } = button(model.get("phase"), model.get("label"), model.get("startable"));
    if (!asks) return;
    try {
      model.send({ type: asks });
    } catch {
      words.textContent = "the kernel was restarted or has stopped: run the cells again";
    }
  }

  press.addEventListener("click", pressed);
  const keys = new Keys(el);
  model.on("change", draw);
  draw();
  return () => {
    press.removeEventListener("click", pressed);
    keys.close();
    model.off("change", draw);
  };
}

export default { render };
