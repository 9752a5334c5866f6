"""What a page needs to look up the numbers behind a pixel by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from lessons_lib.kit.microscope import Microscope, SumMicroscope
from lessons_lib.kit.pool_microscope import PoolMicroscope
from lessons_lib.kit.score_microscope import ScoreMicroscope
from lessons_lib.visualization.classes import class_name
from lessons_lib.widgets.saved.tensors_data import Place, sum_data, taps_data, tensor_data


def looked_at_data(microscopes: Sequence[Microscope], place: Place) -> list[dict[str, Any]]:
    """Prepare microscopes for the page.

    Args:
        microscopes: of one result.
        place: see `Buffers.place`.

    Returns:
        of each its `kind`, as saved/page_probe.js knows it, the pane `output` that it looks at,
        names of the colour `tables` that its numbers are drawn with, and what that kind reads. Of
        a kind "kernel" the page only says that it needs one.
    """
    sums = [each for each in microscopes if isinstance(each, SumMicroscope)]
    pictures = [each.image for each in sums if each.image.shape[1] > 1]
    told = []
    for each in microscopes:
        kind, prepare = _KINDS.get(type(each), ("kernel", _nothing))
        told.append({"kind": kind, "output": each.output, **prepare(each, place, pictures)})
    return told


Pictures = Sequence[Tensor]  # that several microscopes of one result may read


def _sum(microscope: SumMicroscope, place: Place, pictures: Pictures) -> dict[str, Any]:
    return {
        **sum_data(microscope, place, pictures),
        "labels": list(microscope.labels),
        "tables": ["grey", "signed"],
    }


def _pool(microscope: PoolMicroscope, place: Place, _pictures: Pictures) -> dict[str, Any]:
    return {
        "image": tensor_data(microscope.image, place, microscope.made),
        **taps_data(microscope.links, place),
        "averages": microscope.averages,
        "counts_padding": microscope.counts_padding,
        "divisor": microscope.divisor,
        "labels": list(microscope.labels),
        "table": microscope.table,
        "tables": [microscope.table],
    }


def _scores(microscope: ScoreMicroscope, place: Place, _pictures: Pictures) -> dict[str, Any]:
    seen = microscope.links
    labels = [class_name(number, microscope.labels) for number in range(len(microscope.scores))]
    return {
        "scores": tensor_data(microscope.scores, place, microscope.made),
        "seen": None if seen is None else {"spans": seen.spans, **taps_data(seen, place)},
        "labels": labels,
        "tables": ["classes", "count", "signed"],
    }


def _nothing(_microscope: Microscope, _place: Place, _pictures: Pictures) -> dict[str, Any]:
    return {"tables": []}


_KINDS: Mapping[type, tuple[str, Callable[[Any, Place, Pictures], dict[str, Any]]]] = {
    SumMicroscope: ("sum", _sum),
    PoolMicroscope: ("pool", _pool),
    ScoreMicroscope: ("scores", _scores),
}
