// The button "your picture…": sends a file of the reader's computer to Python, piece by piece.
// upload.py says which messages go where, and why they are small.
import { Keys } from "../shared/keys.js";
import { new_id, Sender } from "../shared/sender.js";

const LABEL = "your picture…";
const HINT = "choose a picture on your computer, or drop one here";
// Decoding a photo of 40 megapixels and computing the lab anew may well take some seconds.
const READING_PATIENCE = 60; // s

// ------------------------------------------------------------------------------- what is said

/** Megabytes as file managers count them, to one decimal. */
export function megabytes(bytes, round = Math.round) {
  return `${round(bytes / 1e5) / 10} MB`;
}

/** Why a file is not sent at all, or "". */
export function refusal(name, size, limit, lab_call) {
  if (size <= limit) return "";
  // Rounded apart: never "67.1 MB, more than the 67.1 MB".
  const [has, most] = [megabytes(size, Math.ceil), megabytes(limit, Math.floor)];
  return (
    `'${name}' has ${has}, more than the ${most} that the browser may send: give its path to ` +
    `the lab, as in ${lab_call}, or read it with load_image("/path/to/photo.jpg")`
  );
}

export function unreadable(name) {
  return `'${name}' cannot be read by the browser: choose one picture, no folder`;
}

export const NO_FILE = "what was dropped is no file: save the picture, then choose or drop it";

export const NO_ANSWER =
  "the kernel does not answer, it is busy or has stopped: the picture is used when it answers; " +
  "if it has stopped, restart it and run the cells again";

export const NO_CONNECTION =
  "this button has lost its kernel, which was restarted or has stopped: run the cells again";

/** The text on the button. */
export function buttonText({ phase, percent }) {
  if (phase === "sending") return `sending ${percent} %`;
  return phase === "reading" ? "reading…" : LABEL;
}

// ------------------------------------------------------------------------------- pieces

/** Cut a file of `size` bytes: [start, end) of each piece. An empty file is one empty piece. */
export function pieces(size, piece_size) {
  const count = Math.max(1, Math.ceil(size / piece_size));
  return Array.from({ length: count }, (_, index) => [
    index * piece_size,
    Math.min(size, (index + 1) * piece_size),
  ]);
}

// ------------------------------------------------------------------------------- sending

/**
 * Send one file at a time, one piece at a time.
 *
 * A kernel that is silent for too long is reported and the button is free again; should the answer
 * come after all, sending goes on where it was.
 *
 * @param send (content, buffers) => void
 * @param settings () => ({ limit, piece_size, patience, lab_call }), asked for each file
 * @param onChange called whenever state() has changed
 * @param clock has setTimeout and clearTimeout
 */
export function createSender({ send, settings, onChange, clock = globalThis }) {
  let job = null; // { id, file, parts, patience, index, phase }
  let problem = "";
  const words = { no_answer: NO_ANSWER, no_connection: NO_CONNECTION };
  const sender = new Sender({ send, words, changed: onChange, clock });

  function state() {
    const active = job !== null && !sender.stalled;
    return {
      phase: active ? job.phase : "idle",
      percent: active ? Math.floor((100 * job.index) / job.parts.length) : 0,
      problem: problem || sender.problem,
    };
  }

  function drop() {
    sender.land();
    job = null;
  }

  function fail(sentence) {
    drop();
    problem = sentence;
    onChange();
    // Python holds the sentence too, so that the lab can take it away.
    try {
      send({ type: "problem", message: sentence }, []);
    } catch {
      // The connection is closed; the reader sees the sentence all the same.
    }
  }

  async function sendPiece(current) {
    const { id, index, file, parts, patience } = current;
    let buffer;
    try {
      buffer = await file.slice(...parts[index]).arrayBuffer();
    } catch {
      // A folder, or a file that was moved or changed meanwhile.
      if (job === current) fail(unreadable(file.name));
      return;
    }
    if (job !== current) return;
    const piece = { type: "piece", id, index, count: parts.length, name: file.name };
    if (!sender.send(index, patience, { ...piece, size: file.size }, [buffer])) fail(NO_CONNECTION);
  }

  /** Begin with a file, unless another one is on its way. */
  function start(file) {
    if (state().phase !== "idle") return undefined;
    drop();
    problem = "";
    const { limit, piece_size, patience, lab_call } = settings();
    const sentence = refusal(file.name, file.size, limit, lab_call);
    if (sentence) return fail(sentence);
    const parts = pieces(file.size, piece_size);
    job = { id: new_id(), file, parts, patience, index: 0, phase: "sending" };
    onChange();
    return sendPiece(job);
  }

  /** Take a message of Python's; those for an earlier file are left alone. */
  function answer(content) {
    if (job === null || content?.id !== job.id) return undefined;
    if (content.type === "done") {
      drop();
      problem = "";
      onChange();
    } else if (content.type === "ack" && sender.answered(content.index)) return nextPiece();
    return undefined;
  }

  function nextPiece() {
    job.index += 1;
    const all = job.index === job.parts.length;
    if (all) {
      job.phase = "reading";
      sender.wait(READING_PATIENCE);
    }
    onChange();
    return all ? undefined : sendPiece(job);
  }

  /** Forget the sentence; Python has set its own. */
  function forgetProblem() {
    problem = "";
    sender.problem = "";
    onChange();
  }

  return { state, start, answer, fail, forgetProblem, drop };
}

// ------------------------------------------------------------------------------- the view

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "lesson-upload-button";
  const input = document.createElement("input");
  input.type = "file";
  input.accept = "image/*";
  input.hidden = true;
  const status = document.createElement("span");
  status.className = "lesson-upload-message";
  status.setAttribute("role", "status");
  el.classList.add("lesson-upload");
  el.replaceChildren(button, input, status);

  const sender = createSender({
    send: (content, buffers) => model.send(content, undefined, buffers),
    settings: () =>
      Object.fromEntries(
        ["limit", "piece_size", "patience", "lab_call"].map((key) => [key, model.get(key)]),
      ),
    onChange: draw,
  });

  function draw() {
    const state = sender.state();
    const idle = state.phase === "idle";
    const text = buttonText(state);
    button.textContent = text;
    button.title = idle ? HINT : "";
    button.setAttribute("aria-label", idle ? `${text} (${HINT})` : text);
    // Not `disabled`, which would take the keyboard's place on the page away.
    button.setAttribute("aria-disabled", String(!idle));
    const message = idle ? state.problem || model.get("message") : "";
    if (status.textContent !== message) status.textContent = message;
  }

  function choose(event) {
    event.stopPropagation();
    if (sender.state().phase === "idle") input.click();
  }

  function chosen() {
    const file = input.files[0];
    if (file) sender.start(file);
    input.value = ""; // the same file chosen again is a change again
  }

  function over(event) {
    event.preventDefault(); // otherwise the browser leaves the page to show the file
    event.stopPropagation();
    const idle = sender.state().phase === "idle";
    event.dataTransfer.dropEffect = idle ? "copy" : "none";
    button.classList.toggle("lesson-upload-over", idle);
  }

  function leave() {
    button.classList.remove("lesson-upload-over");
  }

  function dropped(event) {
    event.preventDefault();
    event.stopPropagation();
    leave();
    if (sender.state().phase !== "idle") return;
    const file = event.dataTransfer.files[0];
    if (file) sender.start(file);
    else sender.fail(NO_FILE);
  }

  const listeners = [
    [button, "click", choose],
    [button, "dragenter", over],
    [button, "dragover", over],
    [button, "dragleave", leave],
    [button, "drop", dropped],
    [input, "change", chosen],
  ];
  for (const [target, ...listener] of listeners) target.addEventListener(...listener);
  const keys = new Keys(el);
  model.on("msg:custom", sender.answer);
  model.on("change:message", sender.forgetProblem);
  draw();

  return () => {
    sender.drop();
    keys.close();
    model.off("msg:custom", sender.answer);
    model.off("change:message", sender.forgetProblem);
    for (const [target, ...listener] of listeners) target.removeEventListener(...listener);
  };
}

export default { render };
