// What the page itself sees, for every variant by one rule: a change is on the screen when a message
// arrives that was posted inside the animation-frame callback that paints it. The browser works such
// a message off after the frame: style, layout and painting are in the time.
//
// A stage tells `lesson-drawn` inside the frame that paints. A label or a picture changes between two
// frames; the callback asked for at the change runs in the frame that paints it. What the changes
// say is reckoned in Python (changes.py); the frame's own time stamp stands beside, for the old rule.

window.bench = (() => {
  const watched = { stop: () => {}, changes: [], moves: [], out_of_order: 0 };

  // --- the rule ---------------------------------------------------------------------------------

  const channel = new MessageChannel();
  const unpainted = [];
  channel.port1.onmessage = () => {
    unpainted.shift().painted = performance.now();
  };

  /** Call it inside the frame that paints. Only what differs from the last one is a change. */
  function note(frame, key, { exact = true, digest = null, shelf = false } = {}) {
    const last = watched.last;
    if (last && key === last.key && exact === last.exact) return;
    const change = { frame, noted: performance.now(), painted: null, key, exact, digest, shelf };
    watched.last = change;
    watched.changes.push(change);
    unpainted.push(change);
    channel.port2.postMessage(null);
  }

  // --- seeing changes ---------------------------------------------------------------------------

  function watch_label(cell) {
    const label = cell.querySelector(".bench-label");
    const observer = new MutationObserver(() => {
      requestAnimationFrame((time) => note(time, label.textContent));
    });
    observer.observe(label, { childList: true, characterData: true, subtree: true });
    return [{ key: label.textContent, exact: true }, () => observer.disconnect()];
  }

  // widgets.Image changes the address of its picture; an Output widget puts a new one in its place.
  function watch_image(cell) {
    const shown = (image) =>
      requestAnimationFrame((time) => {
        const digest = window.__lessonDigest && image.isConnected ? image_digest(image) : null;
        note(time, image.src, { digest });
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
    cell.addEventListener("load", loaded, true);
    observer.observe(cell, { childList: true, subtree: true });
    const stop = () => {
      observer.disconnect();
      cell.removeEventListener("load", loaded, true);
    };
    return [{ key: cell.querySelector("img")?.src ?? null, exact: true }, stop];
  }

  // A state is known by its key, its preview and its exact picture alike. Where a stage tells none,
  // the number of the scene stands for it. Scenes of Python come in the order of their numbers; one
  // that paints another state over a picture from the shelf, no hand having moved, comes too late.
  function watch_stage(cell) {
    const stage = cell.querySelector(".lesson-stage"); // remembers, for the next turn
    stage.bench ??= { newest: -Infinity, shelved: null, last: null };
    const drawn = ({ detail }) => {
      const { seq, key = String(seq), exact = true, digest, frame_time, shelf = false } = detail;
      if (comes_too_late(stage.bench, seq, key, shelf)) watched.out_of_order += 1;
      note(frame_time ?? performance.now(), key, { exact, digest, shelf });
    };
    const moved = ({ detail: { control, found } }) => {
      stage.bench.shelved = null;
      watched.moves.push({ control, found });
    };
    cell.addEventListener("lesson-drawn", drawn);
    cell.addEventListener("lesson-moved", moved);
    const stop = () => {
      stage.bench.last = watched.last;
      cell.removeEventListener("lesson-drawn", drawn);
      cell.removeEventListener("lesson-moved", moved);
    };
    return [stage.bench.last, stop];
  }

  function comes_too_late(known, seq, key, shelf) {
    if (shelf) {
      known.shelved = key;
      return false;
    }
    const { newest, shelved } = known;
    known.newest = Math.max(newest, seq);
    return seq < newest || (shelved !== null && shelved !== key);
  }

  /** Watch one cell from now on, and no other; `shows` is "label", "image" or "stage". */
  function watch(index, shows) {
    watched.stop();
    const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[index];
    forget();
    const watchers = { label: watch_label, image: watch_image, stage: watch_stage };
    const [last, stop] = watchers[shows](cell);
    Object.assign(watched, { stop, last, cell });
  }

  /** Begin anew; gives the state that is shown. */
  function forget() {
    Object.assign(watched, { changes: [], moves: [], out_of_order: 0 });
    return watched.last?.key ?? null;
  }

  /** What was seen since: changes that are on the screen, and moves. */
  function seen() {
    const changes = watched.changes.filter(({ painted }) => painted !== null);
    return { changes, moves: watched.moves, out_of_order: watched.out_of_order };
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

  // --- waiting ----------------------------------------------------------------------------------

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  const newest = () => watched.changes.at(-1);

  /** Wait until nothing has changed for `quiet` ms, counted from `since` on. */
  async function calm(since, quiet, limit) {
    while (performance.now() - since < limit) {
      await sleep(20);
      if (performance.now() - Math.max(since, newest()?.noted ?? 0) > quiet) return;
    }
  }

  /** Wait while the shelf of the watched stage is being filled; gives its state, null: it has none. */
  async function shelf(limit) {
    const stage = watched.cell.querySelector(".lesson-stage");
    const begin = performance.now();
    while (stage?.dataset.shelf === "filling" && performance.now() - begin < limit) await sleep(20);
    return stage?.dataset.shelf ?? null;
  }

  return { watch, forget, seen, newest, sleep, calm, shelf };
})();
