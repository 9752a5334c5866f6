// What the hand does in the page, and what it saw meanwhile: one key press, one drag, one placing.

window.bench_hand = (() => {
  const { forget, seen, newest, sleep, calm } = window.bench;
  let pressed = null;
  let handled = null;

  document.addEventListener(
    "keydown",
    (event) => {
      pressed ??= event.timeStamp;
      handled ??= performance.now();
    },
    true,
  );

  // --- one key press ----------------------------------------------------------------------------

  /** Resolves once a change came and nothing more changed for `quiet` ms; the key is another's. */
  async function answer(quiet, limit) {
    pressed = null;
    handled = null;
    forget();
    const begin = performance.now();
    while (performance.now() - begin < limit) {
      await sleep(10);
      const last = newest();
      if (pressed !== null && last?.exact && performance.now() - last.noted > quiet) break;
    }
    return { pressed, handled, ...seen() };
  }

  // --- one drag ---------------------------------------------------------------------------------

  // noUiSlider asks for mousedown on the handle and mousemove, mouseup on the document, and takes
  // `buttons` 0 in a move for a lost release. A browser sends the pointer event first: so do we.
  function send(handle, type, x, y) {
    const buttons = type === "up" ? 0 : 1;
    const shared = {
      bubbles: true,
      cancelable: true,
      composed: true,
      view: window,
      clientX: x,
      clientY: y,
      button: type === "move" ? -1 : 0,
      buttons,
    };
    const pointer = { pointerId: 1, pointerType: "mouse", isPrimary: true };
    handle.dispatchEvent(new PointerEvent(`pointer${type}`, { ...shared, ...pointer }));
    handle.dispatchEvent(new MouseEvent(`mouse${type}`, { ...shared, button: 0 }));
  }

  function grip(handle) {
    const base = handle.closest(".noUi-base").getBoundingClientRect();
    const number = (name) => Number(handle.getAttribute(`aria-${name}`));
    const low = number("valuemin"),
      high = number("valuemax"),
      now = number("valuenow");
    const x = (value) => base.left + ((value - low) / (high - low)) * base.width;
    return { low, high, now, x, y: base.top + base.height / 2, width: base.width };
  }

  // Up and down the whole range, one value per move: from `now`, `count` moves.
  function* path({ low, high, now }, count) {
    let value = now,
      step = now < high ? 1 : -1;
    for (let n = 0; n < count; n += 1) {
      if (value + step > high || value + step < low) step = -step;
      value += step;
      yield value;
    }
  }

  /** `seconds` of 60 moves a second on the slider, the release one tick after the last move. */
  async function drag(handle, seconds, quiet, limit) {
    const before = forget();
    const slider = grip(handle);
    const down = performance.now();
    let tick = 0,
      sent = 0;
    const next = () => sleep(Math.max(0, down + (++tick * 1000) / 60 - performance.now()));
    send(handle, "down", slider.x(slider.now), slider.y);
    let x = 0;
    for (const value of path(slider, Math.round(seconds * 60) - 1)) {
      await next();
      x = slider.x(value);
      send(handle, "move", x, slider.y);
      sent += 1;
    }
    await next();
    const released = performance.now();
    send(handle, "up", x, slider.y);
    await calm(released, quiet, limit);
    return { before, down, released, ...seen(), sent, width: slider.width };
  }

  /** Put the handle on a value with one short drag, outside every measurement. */
  async function place(handle, value, quiet, limit) {
    const { x, y, now } = grip(handle);
    if (now === value) return;
    send(handle, "down", x(now), y);
    send(handle, "move", x(value), y);
    send(handle, "up", x(value), y);
    await calm(performance.now(), quiet, limit);
  }

  return { answer, drag, place };
})();
