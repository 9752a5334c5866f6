"""Fold results away until the reader has guessed, though all cells were run at once.

JupyterLab cannot do it by itself: it unfolds the output of every cell that it runs.
"""

from __future__ import annotations

from typing import Any

from lessons_lib.reader.front_end import is_voila, nobody_watches

TAG = "guess-first"

# While the line is closed, a rule hides all else in the cell's output: not errors and warnings.
# A front end that does not know the rule, or its class names, shows the result at once.
FOLDED = """<style>
.lesson-folded > summary { cursor: pointer; padding: 2px 0; }
.jp-OutputArea:has(> .jp-OutputArea-child .lesson-folded:not([open]))
  > .jp-OutputArea-child:not(:has(.lesson-folded, [data-mime-type$="error"],
    [data-mime-type$="stderr"])) { display: none; }
</style>
<details class="lesson-folded" data-lm-suppress-shortcuts="true">
<summary><b>Result</b>: guess first, then click here</summary></details>"""

# Voila and nbconvert send no tags with a cell, but their pages name them: there the page folds.
FOLDED_BY_THE_PAGE = f"""<template class="lesson-fold-line">
<div class="jp-OutputArea-child">
<div class="jp-RenderedHTMLCommon jp-OutputArea-output">{FOLDED}</div>
</div>
</template>
<script>
{{
  const fold = () => {{
    const lines = document.querySelector(".lesson-fold-line").content;
    for (const area of document.querySelectorAll(".celltag_{TAG} .jp-OutputArea")) {{
      const line = lines.cloneNode(true);
      const room = area.querySelector(".jp-OutputPrompt"); // nbconvert's, beside each result
      if (room) line.firstElementChild.prepend(room.cloneNode());
      area.prepend(line);
    }}
  }};
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", fold);
  else fold();
}}
</script>"""

_seen: set[str] = set()


def fold_results() -> None:
    """From now on, fold the result of each cell that has the tag "guess-first", the first time.

    Whoever runs such a cell again wants to see what comes out, so then it is shown at once. The
    tag is part of the notebook: JupyterLab sends it with the cell, and Voila's page and nbconvert's
    have it. Elsewhere nothing is folded.
    """
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    shell = get_ipython()
    if shell is not None and (is_voila() or nobody_watches()):
        display(HTML(FOLDED_BY_THE_PAGE))
    elif shell is not None:
        shell.events.register("pre_run_cell", _fold)  # once, however often this is called


def _fold(info: Any) -> None:
    """Show the line to click on, before anything else the cell shows."""
    from IPython.core.getipython import get_ipython
    from IPython.display import HTML, display

    kernel = getattr(get_ipython(), "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    if should_fold((parent or {}).get("metadata", {})):
        display(HTML(FOLDED))


def should_fold(metadata: dict[str, Any]) -> bool:
    """Say whether a cell has the tag and runs for the first time.

    Args:
        metadata: what the front end sent with the cell: its id as "cellId", and its "tags".

    Returns:
        True at most once for each cell.

    Example:
        >>> should_fold({"cellId": "example", "tags": ["guess-first"]})
        True
    """
    cell = metadata.get("cellId")
    if not cell or cell in _seen or TAG not in metadata.get("tags", ()):
        return False
    _seen.add(cell)
    return True
