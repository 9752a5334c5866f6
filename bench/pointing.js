// How fast pointing answers: from the pointer's event until the answer is on the screen, by the rule
// of measure.js: until a message arrives that was posted inside the frame that paints it. A grid
// outlines between two frames; a photo's microscope draws inside one and tells it: `lesson-probed`.

window.pointing = (() => {
  const answers = { grid: grid_answer, photo: photo_answer };

  function grid_answer(cell, done) {
    const outlines = cell.querySelectorAll(".lesson-window-dark");
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(done);
    });
    for (const path of outlines)
      observer.observe(path, { attributes: true, attributeFilter: ["d"] });
    return () => observer.disconnect();
  }

  function photo_answer(cell, done) {
    cell.addEventListener("lesson-probed", done, { once: true });
    return () => cell.removeEventListener("lesson-probed", done);
  }

  // Resolves to milliseconds, or null after `limit` ms without an answer.
  return (index, kind, limit) =>
    new Promise((resolve) => {
      const cell = document.querySelectorAll(".jp-Notebook .jp-Cell")[index];
      let moved = null;
      const note = (event) => {
        moved ??= event.timeStamp;
      };
      document.addEventListener("pointermove", note, { capture: true });
      const finish = (value) => {
        clearTimeout(timer);
        stop();
        document.removeEventListener("pointermove", note, { capture: true });
        resolve(value);
      };
      const painted = new MessageChannel();
      painted.port1.onmessage = () => finish(moved === null ? null : performance.now() - moved);
      const stop = answers[kind](cell, () => painted.port2.postMessage(null)); // in the frame
      const timer = setTimeout(() => finish(null), limit);
    });
})();
