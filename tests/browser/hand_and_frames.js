// What the hand does to a lab, and all that was seen on its stage meanwhile.

window.hand_and_frames = (() => {
  const REST = 1500; // ms that the hand rests at the most, until the shelf is full
  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  // --- what is seen -----------------------------------------------------------------------------

  const seen = new Map(); // by lab: {events, stop}
  const text = (lab, css) => lab.querySelector(css)?.textContent ?? "";

  /** What the microscope tells; "" where its numbers are hidden. */
  function card_of(lab) {
    const shown = lab.querySelector(".lesson-microscope.lesson-shown:not(.lesson-waiting)");
    return shown ? `${text(shown, ".lesson-microscope-title")}: ${numbers_of(shown)}` : "";
  }

  const numbers_of = (card) => text(card, ".lesson-microscope-sum");

  /** A frame as it stands on the page, in the moment in which it was drawn. */
  function frame_of(lab, { key, exact, shelf, digest, drawn }) {
    return {
      type: "frame",
      key,
      exact,
      shelf,
      canvas: digest,
      sizes: [...lab.querySelectorAll(".lesson-pane-picture")].map((c) => `${c.width}x${c.height}`),
      drawn,
      sentence: text(lab, ".lesson-sentence"),
      code: text(lab, ".lesson-code"),
      formula: [...lab.querySelectorAll(".lesson-formula > div")].map((line) => line.textContent),
      error: text(lab, ".lesson-error-title"),
      controls: controls(lab),
      card: card_of(lab),
      refused: lab.querySelector(".lesson-stage").classList.contains("lesson-refused"),
    };
  }

  /** Whether Python has handled all that widgets have sent: JupyterLab keeps a future for each. */
  function is_heard(path) {
    const sent = [...window.live.kernel(path)._futures.values()];
    return !sent.some(({ msg }) => msg.header.msg_type.startsWith("comm"));
  }

  /**
   * Note every frame of a lab and every move of a hand in it, from now on. Each event tells whether
   * it is sure what the lab comes to: not while a button's work is to be done, nor where two controls
   * were moved at once: a slider's last value may be held back, and reach Python after the other's.
   */
  function watch(lab, path) {
    window.__lessonDigest = true;
    const events = [];
    seen.set(lab, events);
    let sure = true;
    let last = "";
    const moved = (detail) => {
      sure &&= is_heard(path) || detail.control === last;
      events.push({ type: "move", ...detail, sure });
      last = detail.control;
      if (last.startsWith("presets")) sure = false;
    };
    const note = ({ type, detail }) => {
      if (is_heard(path)) sure = true;
      if (type === "lesson-drawn") events.push({ ...frame_of(lab, detail), sure });
      else if (type === "lesson-moved") moved(detail);
      else if (type === "lesson-probed")
        events.push({ type: "probe", ...detail, card: card_of(lab) });
      else events.push({ type: "shelf", ...detail });
    };
    for (const name of ["lesson-drawn", "lesson-moved", "lesson-shelf", "lesson-probed"])
      lab.addEventListener(name, note);
    lab.querySelector(".lesson-reset").addEventListener("click", () => {
      sure = false;
    });
  }

  const names_of_bytes = new Map();

  /** A name for bytes by their content, as Python's hashlib gives it. */
  async function sha256(numbers) {
    if (!names_of_bytes.has(numbers)) {
      const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      const hex = [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      names_of_bytes.set(numbers, hex);
    }
    return names_of_bytes.get(numbers);
  }

  /** All events since `watch`, the bytes of the panes by their names. */
  async function story(lab) {
    const told = [];
    for (const event of seen.get(lab)) {
      const panes = {};
      for (const [name, numbers] of Object.entries(event.drawn ?? {}))
        panes[name] = numbers ? await sha256(numbers) : null;
      const { drawn, ...rest } = event;
      told.push(event.type === "frame" ? { ...rest, panes } : rest);
    }
    names_of_bytes.clear();
    return told;
  }

  /** Note that something else happens to the lab than a move that it tells. */
  function other(lab) {
    seen.get(lab).push({ type: "other" });
  }

  const frames = (lab) => seen.get(lab).filter(({ type }) => type === "frame");

  /** Whether the exact picture of the newest state is shown, and nothing is on its way. */
  function is_at_rest(lab, path) {
    return is_heard(path) && (frames(lab).at(-1)?.exact ?? true);
  }

  // --- what the hand does -----------------------------------------------------------------------

  /** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
  function dice(seed) {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  const is_there = (element) => element.offsetParent !== null && !element.disabled;
  const all = (lab, css) => [...lab.querySelectorAll(css)].filter(is_there);

  // noUiSlider asks for the mouse's events; the lab itself listens to the pointer's.
  function point(handle, type, x, y) {
    const place = { bubbles: true, cancelable: true, composed: true, clientX: x, clientY: y };
    const held = { ...place, view: window, button: 0, buttons: type === "up" ? 0 : 1 };
    const pointer = { pointerId: 1, pointerType: "mouse", isPrimary: true };
    handle.dispatchEvent(new PointerEvent(`pointer${type}`, { ...held, ...pointer }));
    handle.dispatchEvent(new MouseEvent(`mouse${type}`, held));
  }

  async function drag(handle, random, count) {
    const base = handle.closest(".noUi-base").getBoundingClientRect();
    const low = Number(handle.getAttribute("aria-valuemin"));
    const high = Number(handle.getAttribute("aria-valuemax"));
    const now = Number(handle.getAttribute("aria-valuenow"));
    const y = base.top + base.height / 2;
    let x = base.left + ((now - low) / (high - low)) * base.width;
    const step = Math.ceil(3 * random()) * (random() < 0.5 ? -1 : 1);
    const stride = (step / (high - low)) * base.width;
    point(handle, "down", x, y);
    for (let n = 0; n < count; n += 1) {
      x = Math.min(base.right, Math.max(base.left, x + stride * (random() < 0.2 ? -1 : 1)));
      point(handle, "move", x, y);
      await sleep(16);
    }
    point(handle, "up", x, y);
  }

  async function press(handle, random, count) {
    const key = random() < 0.5 ? "ArrowRight" : "ArrowLeft";
    for (let n = 0; n < count; n += 1) {
      handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await sleep(30 * random());
    }
  }

  function choose(list, random) {
    list.selectedIndex = Math.floor(random() * list.options.length);
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function number(input, random) {
    input.value = String(Math.floor(random() * 6));
    for (const type of ["input", "change"])
      input.dispatchEvent(new Event(type, { bubbles: true }));
  }

  const KINDS = [
    [".noUi-handle", 4, drag],
    [".noUi-handle", 4, press],
    ["select", 2, choose],
    [".lesson-presets button", 3, (button) => button.click()],
    [".lesson-toggle input", 1, (box) => box.click()],
    [".lesson-header input[type=number]", 1, number],
    [".lesson-reset", 0.5, (button) => button.click()],
  ];
  const WAITS = [0, 20, REST]; // ms from the coming of the hand to what it does
  const PAUSES = [0, 0, 5, 16, 50, 120, 400]; // ms between one thing and the next

  async function rest(lab, ms) {
    if (ms < REST) return sleep(ms);
    const { dataset } = lab.querySelector(".lesson-stage");
    for (let waited = 0; waited < REST && dataset.shelf !== "full"; waited += 50) await sleep(50);
  }

  /** One thing that a hand does; how many moves it was. */
  async function act(lab, random, most) {
    const there = KINDS.map(([css, weight, action]) => [all(lab, css), weight, action]).filter(
      ([elements]) => elements.length,
    );
    let left = random() * there.reduce((sum, [, weight]) => sum + weight, 0);
    const [elements, , action] = there.find(([, weight]) => (left -= weight) < 0) ?? there[0];
    const element = elements[Math.floor(random() * elements.length)];
    element.dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    await rest(lab, WAITS[Math.floor(random() * WAITS.length)]);
    const count = Math.min(most, 1 + Math.floor(8 * random()));
    other(lab);
    await action(element, random, count);
    await sleep(PAUSES[Math.floor(random() * PAUSES.length)]);
    return action === drag || action === press ? count : 1;
  }

  /** So many moves of all the controls that are there, at random speed. */
  async function play(lab, seed, moves) {
    const random = dice(seed);
    for (let done = 0; done < moves; ) done += await act(lab, random, moves - done);
  }

  /** So many moves of one slider. */
  const drag_on = (handle, moves) => drag(handle, dice(1), moves);

  /** Where the controls stand on the page, by name. */
  function controls(lab) {
    const value = (control) => {
      const handle = control.querySelector(".noUi-handle");
      if (handle) return Number(handle.getAttribute("aria-valuenow"));
      const list = control.querySelector("select");
      if (list) return list.options[list.selectedIndex]?.textContent.replaceAll("\u00a0", " ");
      const input = control.querySelector("input");
      return input?.type === "number" ? Number(input.value) : input?.checked;
    };
    const found = {};
    for (const control of lab.querySelectorAll(".lesson-control")) {
      const [, name] = /lesson-control-(\S+)/.exec(control.className) ?? [];
      if (name && is_there(control)) found[name] = value(control);
    }
    return found;
  }

  return { watch, story, other, is_at_rest, play, drag_on, controls };
})();
