"""Whether a cell runs: told by the shell, whatever messages come meanwhile."""

from __future__ import annotations

import pytest
from IPython.core.interactiveshell import InteractiveShell

from lessons_lib.widgets.lab import cells


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> InteractiveShell:
    """A shell of its own, which the labs watch."""
    own = InteractiveShell()
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: own)
    monkeypatch.setattr(cells._Cells, "watched", None)
    monkeypatch.setattr(cells._Cells, "running", False)
    return own


def test_a_cell_runs_from_its_first_line_to_its_last(shell: InteractiveShell) -> None:
    shell.run_cell("from lessons_lib.widgets.lab.cells import *\nwatch_cells()")
    seen: list[bool] = [cells.a_cell_runs()]
    shell.user_ns["look"] = lambda: seen.append(cells.a_cell_runs())
    shell.run_cell("look()")
    seen.append(cells.a_cell_runs())
    shell.run_cell("look()\n1 / 0")
    seen.append(cells.a_cell_runs())
    assert seen == [False, True, False, True, False]


def test_the_cell_that_makes_the_first_lab_runs_already(shell: InteractiveShell) -> None:
    seen: list[bool] = []
    shell.user_ns["look"] = lambda: seen.append(cells.a_cell_runs())
    shell.run_cell("from lessons_lib.widgets.lab.cells import *\nwatch_cells()\nlook()")
    assert (seen, cells.a_cell_runs()) == ([True], False)


def test_a_widget_s_message_that_comes_meanwhile_does_not_end_the_cell(
    shell: InteractiveShell,
) -> None:
    cells.watch_cells()
    shell.run_cell("1")
    seen: list[bool] = []

    def message() -> None:
        shell.events.trigger("pre_execute")  # as ipykernel does around each
        shell.events.trigger("post_execute")
        seen.append(cells.a_cell_runs())

    shell.user_ns["message"] = message
    shell.run_cell("message()")
    message()
    assert seen == [True, False]
