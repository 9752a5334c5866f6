// What the page itself measures, for every variant by one rule:
// the time of a change is the start of the first animation frame that shows it.
//
// A stage tells its frame in `lesson-drawn`: it paints inside an animation frame, so that frame is
// the one. A label or a picture changes between two frames; the first frame that begins after the
// change shows it. Looking at the page once per frame would see a stage one frame late.

window.bench = (() => {
  const watched = { stop: () => {}, changes: [], out_of_order: 0 };
  let pressed = null;

  document.addEventListener(
    "keydown",
    (event) => {
      pressed ??= event.timeStamp;
    },
    true,
  );

  // --- seeing changes ---------------------------------------------------------------------------

  function note(time, key, exact = true, digest = null) {
    const last = watched.last;
    if (key === last) return;
    watched.last = key;
    watched.changes.push({ time, key, exact, digest, noted: performance.now() });
  }

  function watch_label(cell) {
    const label = cell.querySelector(".bench-label");
    watched.last = label.textContent;
    const observer = new MutationObserver(() => {
      requestAnimationFrame((time) => note(time, label.textContent));
    });
    observer.observe(label, { childList: true, characterData: true, subtree: true });
    return () => observer.disconnect();
  }

  // widgets.Image changes the address of its picture; an Output widget puts a new one in its place.
  function watch_image(cell) {
    const shown = (image) =>
      requestAnimationFrame((time) => {
        const digest = window.__lessonDigest && image.isConnected ? image_digest(image) : null;
        note(time, image.src, true, digest);
      });
    const loaded = (event) => {
      if (event.target.tagName === "IMG") shown(event.target);
    };
    const observer = new MutationObserver((records) => {
      for (const node of records.flatMap((record) => [...record.addedNodes])) {
        const images =
          node.tagName === "IMG" ? [node] : [...(node.querySelectorAll?.("img") ?? [])];
        images.filter((image) => image.complete && image.naturalWidth).forEach(shown);
      }
    });
    watched.last = cell.querySelector("img")?.src;
    cell.addEventListener("load", loaded, true);
    observer.observe(cell, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      cell.removeEventListener("load", loaded, true);
    };
  }

  // Only a new scene counts: drawing the same one again (hover, focus) is no answer to the hand.
  // Scenes come in order of `seq`; the exact picture may share the number of its preview.
  function watch_stage(cell) {
    let newest = cell.bench_newest ?? -Infinity;
    const drawn = (event) => {
      const { seq, exact = true, digest = null, frame_time } = event.detail;
      if (seq < newest) watched.out_of_order += 1;
      newest = Math.max(newest, seq);
      cell.bench_newest = newest;
      note(frame_time ?? performance.now(), `${seq} ${exact}`, exact, digest);
    };
    watched.last = cell.bench_last;
    cell.addEventListener("lesson-drawn", drawn);
    return () => {
      cell.bench_last = watched.last;
      cell.removeEventListener("lesson-drawn", drawn);
    };
  }

  function watch(index, shows) {
    watched.stop();
    Object.assign(watched, { changes: [], out_of_order: 0, last: undefined });
    const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[index];
    const by_kind = { label: watch_label, image: watch_image, stage: watch_stage };
    watched.stop = by_kind[shows](cell);
    return cell;
  }

  function image_digest(image) {
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    const bytes = context.getImageData(0, 0, canvas.width, canvas.height).data;
    let hash = 2166136261;
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
    return hash >>> 0;
  }

  // --- one key press ----------------------------------------------------------------------------

  // Resolves once a change came and nothing more changed for `quiet` ms; times count from keydown.
  async function answer(quiet, limit) {
    pressed = null;
    watched.changes.length = 0;
    const begin = performance.now();
    while (performance.now() - begin < limit) {
      await sleep(10);
      const last = watched.changes.at(-1);
      if (pressed !== null && last?.exact && performance.now() - last.noted > quiet) break;
    }
    const changes = watched.changes.filter((change) => change.time >= pressed);
    const first = changes[0];
    const exact = changes.find((change) => change.exact);
    return {
      first_ms: first ? first.time - pressed : null,
      exact_ms: exact ? exact.time - pressed : null,
      digest: (exact ?? first)?.digest ?? null,
      key: (exact ?? first)?.key ?? null,
    };
  }

  // --- one drag ---------------------------------------------------------------------------------

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

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

  function summary(down, released) {
    const during = watched.changes.filter(({ time }) => time >= down && time <= released);
    const pictures = watched.changes.filter(
      ({ digest }, n, all) =>
        digest === null || n === 0 || digest !== all[n - 1].digest || !all[n - 1].exact,
    );
    const final = pictures.at(-1);
    return {
      frames: new Set(during.map(({ time }) => time)).size,
      seconds: (released - down) / 1000,
      settle_ms: final ? Math.max(0, final.time - released) : null,
      settled_exactly: final?.exact ?? false,
      final_key: final?.key?.slice(0, 40) ?? null,
      out_of_order: watched.out_of_order,
    };
  }

  // `seconds` of 60 moves a second on the slider `handle`, the release one tick after the last move.
  async function drag(handle, seconds, quiet, limit) {
    watched.changes.length = 0;
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
    const final_value = Number(handle.getAttribute("aria-valuenow"));
    return { ...summary(down, released), sent, width: slider.width, final_value };
  }

  async function calm(since, quiet, limit) {
    while (performance.now() - since < limit) {
      await sleep(20);
      const last = Math.max(since, watched.changes.at(-1)?.noted ?? 0);
      if (performance.now() - last > quiet) return;
    }
  }

  // Put the handle on a value with one short drag, outside every measurement.
  async function place(handle, value, quiet, limit) {
    const { x, y, now } = grip(handle);
    if (now === value) return;
    send(handle, "down", x(now), y);
    send(handle, "move", x(value), y);
    send(handle, "up", x(value), y);
    await calm(performance.now(), quiet, limit);
  }

  return { watch, answer, drag, place };
})();
