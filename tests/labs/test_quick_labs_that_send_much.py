"""Labs that compute quickly but change several pictures send coarse ones while the hand moves."""

from __future__ import annotations

import pytest

from lessons_lib.kit.result import IllegalSettingError, LabDefinition
from lessons_lib.labs import fcn_shapes, pooling, separable, shift

BOX = (120, 120)


@pytest.mark.parametrize(
    ("lab", "settings", "changing"),
    [
        (pooling.LAB, {"before": "photo"}, {"output", "unpooled"}),
        (pooling.LAB, {"before": "conv_relu"}, {"output", "unpooled"}),
        (shift.LAB, {"shift": 3}, {"input", "output", "change"}),
        (separable.LAB, {"rank": 2}, {"part_output", "difference"}),
        (fcn_shapes.LAB, {"height": 300, "width": 451}, {"picture"}),
    ],
    ids=("pooling", "pooling features", "shift", "separable", "sizes"),
)
def test_a_preview_says_the_same_and_only_what_changes_is_coarser(
    lab: LabDefinition, settings: dict[str, object], changing: set[str]
) -> None:
    params = lab.params(**settings)
    assert lab.preview is not None
    exact, coarse = lab.compute(params), lab.preview(params, BOX)
    assert coarse is not None
    assert (coarse.sentence, coarse.formula, coarse.code) == (
        exact.sentence,
        exact.formula,
        exact.code,
    )
    assert [pane.shape for pane in coarse.panes] == [pane.shape for pane in exact.panes]
    pictures = {pane.name for pane in exact.panes if pane.kind in ("photo", "map")}
    assert changing <= pictures
    for name in pictures:
        whole, sent = (each.pane(name).values for each in (exact, coarse))
        if name in changing:
            assert max(sent.shape[-2:]) == 60
        else:
            assert sent is whole


def test_a_refused_setting_is_refused_while_the_hand_moves_too() -> None:
    assert pooling.LAB.preview is not None
    with pytest.raises(IllegalSettingError):
        pooling.LAB.preview(pooling.PoolingParams(padding=2), BOX)
