// Opening the folded results that belong to a question: those of the code cells right after it. What
// stands behind a text belongs to another question.

const NOTEBOOK_CELL = ".jp-Cell";
const FOLD = ".lesson-folded"; // see reader/folding.py
const QUESTION = ".lesson-question";
const TEXT = "jp-MarkdownCell";

/** The folded results in the cells after that of `root`, up to the next text or question. */
export function folds_after(root) {
  const found = [];
  let cell = below(root.closest(NOTEBOOK_CELL));
  for (; cell && !is_end(cell); cell = below(cell)) found.push(...cell.querySelectorAll(FOLD));
  return found;
}

/** The next cell; in Voila each stands in a frame of its own. */
function below(cell) {
  return (
    cell?.nextElementSibling ?? cell?.parentElement.nextElementSibling?.querySelector(NOTEBOOK_CELL)
  );
}

function is_end(cell) {
  return cell.classList.contains(TEXT) || cell.querySelector(QUESTION);
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
  const notebook = root.closest(NOTEBOOK_CELL)?.parentElement;
  if (!notebook) return () => undefined;
  const observer = new MutationObserver(open);
  observer.observe(notebook, { childList: true, subtree: true });
  return () => observer.disconnect();
}
