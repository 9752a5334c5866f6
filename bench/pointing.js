// How fast pointing answers: from the pointer's event to the first animation frame that shows it.
// A grid outlines at once, between two frames; a photo's microscope draws inside a frame and tells
// its beginning in `lesson-probed`. A browser brings pointer events in the frame that they belong to:
// what is outlined at once is shown by that same frame, and counts as 0.

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
    const probed = ({ detail }) => done(detail.frame_time);
    cell.addEventListener("lesson-probed", probed, { once: true });
    return () => cell.removeEventListener("lesson-probed", probed);
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
      const stop = answers[kind](cell, (time) =>
        finish(moved === null ? null : Math.max(0, time - moved)),
      );
      const timer = setTimeout(() => finish(null), limit);
    });
})();
