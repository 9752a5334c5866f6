"""Long work of a lab, done once: a page without a kernel shows its steps again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import chain
from typing import Any

import torch

from lessons_lib.kit.controls import Control, Progress, Work
from lessons_lib.kit.keys import part_of, place_in_key
from lessons_lib.widgets.saved.states import classic_settings

MOST_STEPS = 32  # of one work; more of them at its beginning, where most changes
NOT_BEGUN = "not begun"
FOUND = "as it was found"  # by the reader, before the page was saved


@dataclass(frozen=True, eq=False)
class Replay:
    """What long work found from one setting.

    Attributes:
        spec: the work.
        begin: the parameters with which it began.
        steps: those that are shown again, in their order.
    """

    spec: Work
    begin: Any
    steps: tuple[Progress, ...]

    def states(self, values: Mapping[str, Sequence[Any]]) -> Iterator[Any]:
        """Give the parameters of the steps, then of what moves leave of the last one.

        The last step comes first, then those that halve the gaps: those that fit are spread out.

        Args:
            values: what each varied control offers, by name.
        """
        count = len(self.steps)
        halving = (range(count - 1, -1, -(2**n)) for n in range(count.bit_length(), -1, -1))
        for index in dict.fromkeys(chain.from_iterable(halving)):
            yield self._with(self.steps[index])
        outdating = {*self.spec.depends_on, *self.spec.steered_by}
        for name in values.keys() - outdating:
            for value in values[name]:
                yield replace(self._with(self.steps[-1]), **{name: value})

    def _with(self, step: Progress) -> Any:
        return replace(self.begin, **{self.spec.name: step.found})


def replays_of(controls: Sequence[Control], start: Any, moving: Collection[str]) -> list[Replay]:
    """Do the long work of a lab that waits for the reader's word.

    Args:
        controls: of the lab.
        start: the parameters at which the page begins.
        moving: names of the controls that move there.
    """
    works = [each for each in controls if isinstance(each, Work) and each.due is None]
    reached = [
        params
        for params in classic_settings(controls, start)
        if {
            field.name
            for field in fields(start)
            if getattr(params, field.name) != getattr(start, field.name)
        }
        <= {*moving}
    ]
    return [
        Replay(spec, begin, recorded(spec, begin))
        for spec in works
        if spec.name in moving
        for begin in (replace(each, **{spec.name: None}) for each in reached[: spec.replays])
    ]


def recorded(spec: Work, begin: Any) -> tuple[Progress, ...]:
    """Do long work from its beginning, and keep some of its steps.

    Args:
        spec: the work.
        begin: the parameters; nothing has been found yet.

    Returns:
        `MOST_STEPS` steps or fewer, the last one among them.
    """
    kept: dict[int, Progress] = {}
    last: Progress | None = None
    with torch.inference_mode(False), torch.enable_grad():
        for last in spec.run(begin):
            wanted = (round(last.steps * (n / MOST_STEPS) ** 2) for n in range(1, MOST_STEPS + 1))
            if last.step > 0 and last.step in wanted:
                kept[last.step] = last  # a step may be told again, with more
    if last is not None:
        kept[last.step] = last
    return tuple(kept.values())


def without_outdated(controls: Sequence[Control], start: Any, params: Any) -> Any:
    """Give parameters without what long work has found for the start, where it is of no use.

    Args:
        controls, start: as in `replays_of`.
        params: to which the page leads.
    """
    outdated = {
        spec.name: None
        for spec in controls
        if isinstance(spec, Work)
        and hasattr(start, spec.name)
        and getattr(params, spec.name) is getattr(start, spec.name)
        and any(getattr(params, name) != getattr(start, name) for name in spec.depends_on)
    }
    return replace(params, **outdated)


def works_data(
    controls: Sequence[Control], start: Any, replays: Sequence[Replay]
) -> list[dict[str, Any]]:
    """Prepare the long works for the page.

    Args:
        controls, start: as in `replays_of`.
        replays: what was recorded.

    Returns:
        for each work its words and place, and its `steps`, each with its `text` and the `part` that
        it puts into the key of a state; the first one is that nothing was found.
    """
    told = [
        (replay.spec, {"text": _text(step), "part": part_of(replay.spec, step.found)})
        for replay in replays
        for step in replay.steps
    ]
    return [
        {
            "name": spec.name,
            "label": spec.label,
            "role": spec.role,
            "place": place_in_key(type(start), spec.name),
            "steps": [
                {"text": NOT_BEGUN, "part": part_of(spec, None)},
                *(each for owner, each in told if owner is spec),
                *_found(spec, getattr(start, spec.name)),
            ],
        }
        for spec in controls
        if isinstance(spec, Work) and spec.due is None and hasattr(start, spec.name)
    ]


def _found(spec: Work, found: Any) -> list[dict[str, str]]:
    return [] if found is None else [{"text": FOUND, "part": part_of(spec, found)}]


def _text(step: Progress) -> str:
    return " · ".join(filter(None, (f"step {step.step} of {step.steps}", step.words)))
