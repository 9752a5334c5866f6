// Opening the folded results that belong to a question: those of the cells that follow it.

const CELL = ".jp-Cell";
const FOLD = ".lesson-folded"; // see reader/folding.py
const QUESTION = ".lesson-question";

/** The folded results in the cells after that of `root`, up to the next question. */
export function folds_after(root) {
  const found = [];
  let cell = root.closest(CELL)?.nextElementSibling;
  for (; cell && !cell.querySelector(QUESTION); cell = cell.nextElementSibling)
    found.push(...cell.querySelectorAll(FOLD));
  return found;
}

/**
 * Opens these results, each once: who folds one again means it. One that JupyterLab has not put
 * into the page yet is opened as soon as it comes. Returns the cleanup.
 */
export function open_folds(root) {
  const opened = new Set();
  const open = () => {
    for (const fold of folds_after(root)) {
      if (opened.has(fold)) continue;
      opened.add(fold);
      fold.open = true;
    }
  };
  open();
  const notebook = root.closest(CELL)?.parentElement;
  if (!notebook) return () => undefined;
  const observer = new MutationObserver(open);
  observer.observe(notebook, { childList: true, subtree: true });
  return () => observer.disconnect();
}
