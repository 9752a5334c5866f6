// Long work: a button that starts, stops and resumes it, one that resets it, a bar, and the same in
// words.
// job.py says what the traits mean.
import { Keys } from "../shared/keys.js";

const RUNNING = ["running", "stopping"];

/** What the button says, and what a press on it asks for; "" where there is nothing to press. */
export function button(phase, label, startable, resumes = false) {
  if (phase === "running") return { text: "stop", asks: "stop" };
  if (phase === "stopping") return { text: "stopping…", asks: "" };
  if (!startable) return { text: "stop", asks: "" };
  return { text: resumes ? "resume" : label, asks: "start" };
}

/** Whether there is something to reset: what runs, or what was found. */
export function resets(phase, resumes) {
  return phase !== "idle" || resumes;
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
  const back = make("button", "lesson-button lesson-job-reset");
  const bar = make("progress", "lesson-job-bar");
  const words = make("span", "lesson-job-words");
  const status = make("span", "lesson-job-status");
  press.type = back.type = "button";
  back.textContent = "reset";
  bar.max = 1;
  status.setAttribute("role", "status");

  function draw() {
    const [phase, label, text] = ["phase", "label", "text"].map((key) => model.get(key));
    const [startable, resumes] = [model.get("startable"), model.get("resumes")];
    const now = button(phase, label, startable, resumes);
    const idle = !startable && !RUNNING.includes(phase);
    el.classList.toggle("lesson-job-idle", idle);
    name.textContent = startable ? "" : label;
    press.textContent = now.text;
    press.setAttribute("aria-label", now.text === label ? label : `${now.text} (${label})`);
    // Not `disabled`, which would take the keyboard's place on the page away.
    press.setAttribute("aria-disabled", String(!now.asks));
    press.tabIndex = idle ? -1 : 0;
    back.hidden = !model.get("resettable");
    back.setAttribute("aria-label", `reset (${label})`);
    back.setAttribute("aria-disabled", String(!resets(phase, resumes)));
    bar.value = model.get("fraction");
    bar.setAttribute("aria-label", label);
    bar.setAttribute("aria-valuetext", text || "not begun");
    if (words.textContent !== text) words.textContent = text;
    const said = announced(phase, label, text);
    if (status.textContent !== said) status.textContent = said;
  }

  function pressed(event) {
    event.stopPropagation();
    ask(button(model.get("phase"), model.get("label"), model.get("startable")).asks);
  }

  function taken_back(event) {
    event.stopPropagation();
    ask(resets(model.get("phase"), model.get("resumes")) ? "reset" : "");
  }

  function ask(asks) {
    if (!asks) return;
    try {
      model.send({ type: asks });
    } catch {
      words.textContent = "the kernel was restarted or has stopped: run the cells again";
    }
  }

  press.addEventListener("click", pressed);
  back.addEventListener("click", taken_back);
  const keys = new Keys(el);
  model.on("change", draw);
  draw();
  return () => {
    press.removeEventListener("click", pressed);
    back.removeEventListener("click", taken_back);
    keys.close();
    model.off("change", draw);
  };
}

export default { render };
