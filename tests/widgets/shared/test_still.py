"""What labs and questions show where they cannot live."""

from collections.abc import Callable
from typing import Any

import pytest

from lessons_lib.widgets import question, stride_lab
from lessons_lib.widgets.shared.still import VIEW


def lab_shows() -> dict[str, Any]:
    lab = stride_lab(picture="checkerboard")
    shown = lab._repr_mimebundle_()
    lab.close()
    return shown


def question_shows() -> dict[str, Any]:
    asked = question("stride_size", seed=2)
    shown, _ = asked._repr_mimebundle_() or ({}, {})
    asked.close()
    return shown


@pytest.mark.parametrize(
    ("shows", "still"), [(lab_shows, "image/png"), (question_shows, "text/html")]
)
@pytest.mark.parametrize("watched", [True, False])
def test_the_live_view_is_left_out_where_nobody_watches(
    monkeypatch: pytest.MonkeyPatch,
    shows: Callable[[], dict[str, Any]],
    still: str,
    watched: bool,
) -> None:
    monkeypatch.setattr("lessons_lib.widgets.shared.still.nobody_watches", lambda: not watched)
    shown = shows()
    assert (VIEW in shown) == watched
    assert {still, "text/plain"} <= set(shown)
