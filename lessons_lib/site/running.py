"""Run a lesson and take its labs along."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
import traitlets
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbconvert.preprocessors import ExecutePreprocessor

from lessons_lib.reader.front_end import KEEP_VIEWS
from lessons_lib.site.outputs import make_pictures_small, shown_widgets
from lessons_lib.widgets.saved.gathering import gathered
from lessons_lib.widgets.saved.page import PageData

PAGE_BYTES = int(4.9 * 2**20)
_GATHER = (
    "from lessons_lib.widgets.saved.gathering import gather\ngather({ids!r}, {path!r}, {room})"
)


class RunWithLabs(ExecutePreprocessor):
    """Runs a notebook as nbconvert's own preprocessor does.

    Attributes:
        environment: variables that the kernel gets besides those of this process.
        page_bytes: of a page: its text, its pictures, and its labs as text. Each lab's first state
            is there in any case.

    Afterwards `resources` has "places", the number of each widget's data by its model id, and
    "page_data", see `PageData`.
    """

    environment = traitlets.Dict().tag(config=True)
    page_bytes = traitlets.Int(PAGE_BYTES).tag(config=True)
    _stopped = False

    def stop(self) -> None:
        """End the run, from another thread: its cell is interrupted, and no other one begins."""
        self._stopped = True
        if self.km is not None and self.km.has_kernel:
            asyncio.run(ensure_async(self.km.interrupt_kernel()))

    def preprocess_cell(
        self, cell: nbformat.NotebookNode, resources: Any, index: int
    ) -> tuple[nbformat.NotebookNode, Any]:
        if self._stopped:
            raise RuntimeError("stopped")
        return super().preprocess_cell(cell, resources, index)

    def preprocess(
        self, nb: nbformat.NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[nbformat.NotebookNode, Any]:
        """Run the cells of `nb`, in place."""
        NotebookClient.__init__(self, nb, km)
        self._check_assign_resources(resources)
        self.store_widget_state = False
        env = {**os.environ, KEEP_VIEWS: "1", **self.environment}
        with tempfile.TemporaryDirectory() as folder, self.setup_kernel(env=env):
            for index, cell in enumerate(nb.cells):
                self.preprocess_cell(cell, self.resources, index)
            path = str(Path(folder, "labs.json"))
            make_pictures_small(nb)
            room = max(0, self.page_bytes - len(nbformat.writes(nb))) * 3 // 4  # as base64 has it
            places: dict[str, int] = {}
            data = PageData("", "")
            ids = shown_widgets(nb)
            if ids:  # a kernel that shows no widget need not know this library, nor be Python
                source = _GATHER.format(ids=ids, path=path, room=room)
                nb.cells.append(nbformat.v4.new_code_cell(source))
                self.execute_cell(nb.cells[-1], len(nb.cells) - 1)
                del nb.cells[-1]
                places, data = gathered(path)
            self.resources["places"], self.resources["page_data"] = places, data
        return nb, self.resources
