"""Who runs the cells, told by what only that program does."""

from types import SimpleNamespace
from typing import Any

import pytest

from lessons_lib.reader.folding import FOLDED_BY_THE_PAGE, fold_results
from lessons_lib.reader.front_end import KEEP_VIEWS, nobody_watches

NBCLIENT: dict[str, Any] = {"history": ":memory:", "content": {"allow_stdin": False}}
VOILA = "VOILA_KERNEL_ID"


def runs_in(monkeypatch: pytest.MonkeyPatch, history: str, content: dict[str, Any]) -> Any:
    """Let this process be a kernel that a program has started and sent a cell to."""
    kernel = SimpleNamespace(get_parent=lambda channel: {"content": content})
    manager = SimpleNamespace(hist_file=history)
    events = SimpleNamespace(register=lambda name, call: None)
    shell = SimpleNamespace(kernel=kernel, history_manager=manager, events=events)
    monkeypatch.setattr("IPython.core.getipython.get_ipython", lambda: shell)
    return shell


def test_nobody_watches_where_nbclient_runs_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    runs_in(monkeypatch, **NBCLIENT)
    assert nobody_watches()


@pytest.mark.parametrize(
    ("history", "content"),
    [
        ("/home/anna/.ipython/history.sqlite", {"allow_stdin": True}),  # JupyterLab
        (":memory:", {"allow_stdin": True}),  # JupyterLab, by the reader's own settings
        ("/home/anna/.ipython/history.sqlite", {"allow_stdin": False}),  # pages that never ask
        (":memory:", {"data": {}}),  # a move of a slider, and no cell
    ],
)
def test_a_page_is_there_where_something_else_runs_them(
    monkeypatch: pytest.MonkeyPatch, history: str, content: dict[str, Any]
) -> None:
    runs_in(monkeypatch, history, content)
    assert not nobody_watches()


@pytest.mark.parametrize("name", [VOILA, KEEP_VIEWS])
def test_voila_watches_and_whoever_says_so(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    runs_in(monkeypatch, **NBCLIENT)
    monkeypatch.setenv(name, "1")
    assert not nobody_watches()


def test_outside_jupyter_there_is_nobody_to_ask() -> None:
    assert not nobody_watches()


@pytest.mark.parametrize(("voila", "shown"), [(True, [FOLDED_BY_THE_PAGE]), (False, [])])
def test_in_voila_the_page_folds_the_results(
    monkeypatch: pytest.MonkeyPatch, voila: bool, shown: list[str]
) -> None:
    runs_in(monkeypatch, "history.sqlite", {"allow_stdin": not voila})
    if voila:
        monkeypatch.setenv(VOILA, "1")
    displayed: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda html: displayed.append(html.data))
    fold_results()
    assert displayed == shown
