"""Games: find the settings that made a target; the nearer the own picture, the warmer it is.

A game says which settings it hides, how its picture is made and which settings torch takes. Here a
target is drawn from its number, compared with the reader's picture, and put into words. What was
drawn stays here: a lab is given the target's picture and what may be said, and nothing else.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.kit import photo
from lessons_lib.kit.controls import Choice, Seed, Setting
from lessons_lib.kit.layers import conv
from lessons_lib.kit.layers.described import Named
from lessons_lib.kit.result import IllegalSettingError, Pane, Result
from lessons_lib.kit.terms import Line
from lessons_lib.kit.vocabulary import Kind
from lessons_lib.visualization.colours import signed_range
from lessons_lib.visualization.numbers import short_text, size_text

LEVELS = (1, 2, 3)
HINTS = (("no hint", "none"), ("what is wrong", "what"), ("which way", "way"))
VISIBLE = 1e-4  # what differs by less is taken for the same picture when a target is drawn
TRIES = 30  # so many targets are made until one differs from the picture of the start

# (warmth below which it is said, word)
_WORDS = (
    (0.25, "Ice cold"),
    (0.45, "Very cold"),
    (0.5, "Cold"),
    (0.75, "Lukewarm"),
    (0.9, "Warm"),
    (0.97, "Hot"),
    (1.0, "Very hot"),
)


@dataclass(frozen=True)
class GoalParams:
    """What every game has: how much is hidden, which target it is, and how much is given away."""

    level: int = 1
    target: int = 1
    hint: str = "none"


@dataclass(frozen=True, eq=False)
class Hidden:
    """A setting that the reader is to find.

    Attributes:
        name: of the parameter; at its default the game starts.
        values: those that a target may have, all within reach of its control.
        levels: at which it is hidden. At the others it counts for nothing: it stays at its default.
        label: as its control is called; "": as its parameter.
    """

    name: str
    values: tuple[Any, ...]
    levels: tuple[int, ...] = LEVELS
    label: str = ""

    @property
    def called(self) -> str:
        """The name that the reader knows it by."""
        return self.label or self.name


@dataclass(frozen=True, eq=False)
class Game:
    """What is hidden, and how what is to be matched is made.

    Attributes:
        hidden: all settings that a target is made with.
        picture: from parameters to what is to be matched, (1, C, H, W).
        fits: from parameters to whether a target may be made with them, told without making its
            picture: torch takes them, and it would not be a poor one.
    """

    hidden: tuple[Hidden, ...]
    picture: Callable[[Any], Tensor]
    fits: Callable[[Any], bool]

    def sought(self, level: int) -> tuple[Hidden, ...]:
        """Give the settings that are hidden at a level."""
        return tuple(each for each in self.hidden if level in each.levels)

    def controls(self) -> tuple[Setting, ...]:
        """Give the controls that every game has in its header."""
        levels = tuple((f"{level}: {self._added(level)}", level) for level in LEVELS)
        return (
            Seed("target", "target", 1, 9999),
            Choice("level", "level", levels, in_header=True, chips=True),
            Choice("hint", "hint", HINTS, in_header=True),
        )

    def _added(self, level: int) -> str:
        """Say what a level hides: what it adds to the one before, or all."""
        before, now = self.sought(level - 1), self.sought(level)
        if before and set(before) < set(now):
            return f"+ {', '.join(each.called for each in now if each not in before)}"
        return _listed([each.called for each in now])

    def counted(self, params: Any) -> Any:
        """Give the parameters with what is not hidden at their level at its default."""
        kept = {each.name for each in self.sought(params.level)}
        return replace(params, **{k: v for k, v in self._start(params).items() if k not in kept})

    def named(self, level: int, named: Named) -> Named:
        """Keep of torch's arguments those that the reader can set at a level."""
        there = {each.name for each in self.sought(level)}
        return {
            argument: names
            for argument, names in named.items()
            if there.issuperset((names,) if isinstance(names, str) else names)
        }

    def deck(self, level: int) -> tuple[dict[str, Any], ...]:
        """Give all that may be drawn at a level, shuffled, but for what the game starts with.

        The numbers of the targets go through it, so that none comes again before all were there.
        """
        return _deck(self, level)

    def goal(self, params: Any) -> Goal | None:
        """Draw the target of these parameters, and make its picture; None where none fits."""
        return _goal(self, replace(params, hint="none", **self._start(params)))

    def _start(self, params: Any) -> dict[str, Any]:
        defaults = {field.name: field.default for field in fields(params)}
        return {each.name: defaults[each.name] for each in self.hidden}


@dataclass(frozen=True, eq=False)
class Goal:
    """A target.

    Attributes:
        settings: what it was made with: never to be shown.
        picture: (1, C, H, W).
        channels, first: the same as (C, H, W), and (H, W) of its first channel: one tensor for all
            panes that show it, so that it is sent once.
    """

    settings: Mapping[str, Any]
    picture: Tensor
    channels: Tensor
    first: Tensor


@lru_cache(maxsize=64)
def _deck(game: Game, level: int) -> tuple[dict[str, Any], ...]:
    sought = game.sought(level)
    names = [each.name for each in sought]
    drawn = [
        dict(zip(names, values, strict=True))
        for values in itertools.product(*(each.values for each in sought))
    ]
    random.Random(level).shuffle(drawn)
    return tuple(drawn)


@lru_cache(maxsize=16)
def _drawn(game: Game, start: Any) -> tuple[tuple[dict[str, Any], ...], Tensor | None]:
    """Give of a deck what fits, and the picture of the start, for all numbers of targets."""
    drawn = tuple(
        settings
        for settings in game.deck(start.level)
        if replace(start, **settings) != start and game.fits(replace(start, **settings))
    )
    with torch.inference_mode():
        return drawn, game.picture(start) if drawn and game.fits(start) else None


@lru_cache(maxsize=16)
def _goal(game: Game, start: Any) -> Goal | None:
    drawn, first = _drawn(game, replace(start, target=1))
    with torch.inference_mode():
        for further in range(min(TRIES, len(drawn))):
            settings = drawn[(start.target + further) % len(drawn)]
            picture = game.picture(replace(start, **settings))
            if _differ(picture, picture.mean()) and (first is None or _differ(picture, first)):
                return Goal(settings, picture, picture[0], picture[0, 0])
    return None


def _differ(one: Tensor, other: Tensor) -> bool:
    """Say whether a picture differs from another, or from a number, by more than rounding."""
    if other.dim() and one.shape != other.shape:
        return True
    return float((one - other).abs().max()) > VISIBLE


# ------------------------------------------------------------------------------------- how near


@dataclass(frozen=True)
class Nearness:
    """How near a picture is to a target.

    Attributes:
        error: mean of the differences of its values without their signs, 0 only where all are
            equal; None where the sizes differ.
        warmth: below 0.5 where the sizes differ, less the further they are apart; then more, the
            smaller the error; 1 only where all values are equal.
    """

    error: float | None
    warmth: float

    @property
    def reached(self) -> bool:
        """Whether the picture is exactly the target's."""
        return self.error == 0

    @property
    def word(self) -> str:
        """The warmth in a word, with its place among the others."""
        if self.reached:
            return "Found"
        return f"{_WORDS[self._step - 1][1]} ({self._step} of {len(_WORDS)})"

    @property
    def bar(self) -> str:
        """The warmth in squares: as many are full as there are steps, from cold on."""
        if self.reached:
            return "■" * len(_WORDS) + " found"
        return "■" * self._step + "□" * (len(_WORDS) - self._step)

    @property
    def _step(self) -> int:
        return 1 + next(n for n, (end, _) in enumerate(_WORDS) if self.warmth < end)


def nearness(yours: Tensor, target: Tensor) -> Nearness:
    """Compare a picture with a target.

    Args:
        yours, target: (1, C, H, W) each, of as many channels.

    Example:
        >>> target = torch.tensor([[[[1.0, 2.0], [3.0, 6.0]]]])
        >>> nearness(target, target).word, nearness(target + 1, target).error
        ('Found', 1.0)
        >>> nearness(target[..., :1], target).word
        'Very cold (2 of 7)'
        >>> nearness(target[..., :1], target).bar
        '■■□□□□□'
    """
    sizes = list(zip(yours.shape[2:], target.shape[2:], strict=True))
    if any(mine != theirs for mine, theirs in sizes):
        apart = sum(abs(mine - theirs) / max(mine, theirs) for mine, theirs in sizes) / 2
        return Nearness(None, 0.5 * (1 - apart))
    wanted = target.double()
    error = float((yours.double() - wanted).abs().mean())
    if error == 0:
        return Nearness(0.0, 1.0)
    spread = float((wanted - wanted.mean()).abs().mean()) or 1.0
    below_one = 1 - 2**-40  # however small the error is
    return Nearness(error, min(0.5 + 0.5 / (1 + error / spread), below_one))


# ------------------------------------------------------------------------------------- a round


@dataclass(frozen=True, eq=False)
class Round:
    """A target and the reader's picture side by side.

    Attributes:
        goal: the target.
        yours: the reader's picture, (1, C, H, W).
        near: how near it is.
        sentence: this in words, with the hint that was asked for.
    """

    goal: Goal
    yours: Tensor
    near: Nearness
    sentence: str

    def target_and_own(self, kind: Kind) -> tuple[Pane, Pane]:
        """Show the target and the reader's picture; two maps in the same colours.

        Args:
            kind: "photo", "map" or "grid".
        """
        goal, yours = self.goal, self.yours[0]
        warmth = self.near.bar if kind == "grid" else ""  # else `difference_pane` says it
        shown: dict[str, Any] = {"kind": kind, "table": "" if kind == "photo" else "signed"}
        target, own = goal.channels, yours
        if kind == "map":
            target, own = goal.first, yours[0]
            shown["value_range"] = signed_range(target)
        shapes = tuple(goal.channels.shape), tuple(yours.shape)
        return (
            Pane("target", "target", "", target, shape=shapes[0], **shown),
            Pane(
                "output",
                "yours",
                "output",
                own,
                shape=shapes[1],
                note=warmth,
                keepable=True,
                **shown,
            ),
        )

    def difference_pane(self) -> Pane:
        """Show yours minus the target, and how warm it is; of several channels the mean.

        Where the sizes differ, it is the part from the upper left corner that both have.
        """
        rows, columns = map(min, self.yours.shape[2:], self.goal.picture.shape[2:])
        mine, theirs = (each[0, :, :rows, :columns] for each in (self.yours, self.goal.picture))
        values = (mine - theirs).mean(dim=0)
        return photo.signed_pane(
            values[None, None],
            name="difference",
            title="error",
            role="",
            keepable=False,
            note=self.near.bar,
        )


def play(game: Game, params: Any, yours: Tensor, code: Line) -> Round:
    """Compare the reader's picture with the target.

    Args:
        game: of the lab.
        params: of the lab.
        yours: (1, C, H, W), made with these parameters.
        code: the PyTorch line of the lab, for a refusal.

    Raises:
        IllegalSettingError: no setting makes a target of this picture.
    """
    goal = game.goal(params)
    if goal is None:
        raise IllegalSettingError(
            "no target",
            "This picture is too small or too uniform: no setting of this level gives another "
            "picture than the start does. Choose another picture.",
            {},
            code,
            title="there is no target",
        )
    near = nearness(yours, goal.picture)
    sentence = _sentence(params, game.sought(params.level), goal, yours, near)
    return Round(goal, yours, near, sentence)


def photo_result(game: Game, params: Any, layer: nn.Conv2d, named: Named | None = None) -> Result:
    """Show a game that is played with one layer on the photo.

    Args:
        game: of the lab.
        params: of the lab, as `Game.counted` gives them.
        layer: made with these parameters.
        named: as in `conv.described`.

    Returns:
        Panes input (3, H, W), target, output and difference (1, ...).

    Raises:
        IllegalSettingError: torch refuses the layer, or no target fits the photo.
    """
    image = photo.fast_image(params.picture)
    seen = conv.described(layer, image, named, labels=photo.RGB, weights=True)
    one = play(game, params, seen.output, seen.code)
    return seen.result(
        panes=(photo.photo_pane(params.picture), *one.target_and_own("map"), one.difference_pane()),
        sentence=one.sentence,
        reached=one.near.reached,
    )


def _sentence(
    params: Any, sought: tuple[Hidden, ...], goal: Goal, yours: Tensor, near: Nearness
) -> str:
    if near.reached:
        wrong = any(getattr(params, name) != value for name, value in goal.settings.items())
        other = " It was made with other settings: several give this picture." if wrong else ""
        return f"Found: the error is 0, yours is exactly the target.{other} Take the next target."
    if near.error is None:
        sizes = (size_text(each.shape[2:]) for each in (yours, goal.picture))
        said = "yours is {}, the target {}.".format(*sizes)
    else:
        said = f"equal sizes; the error is {short_text(near.error)}, averaged over all pixels."
    hint = "" if params.hint == "none" else f" Hint: {_hint(params, sought, goal)}."
    return f"{near.word}: {said}{hint}"


def _hint(params: Any, sought: tuple[Hidden, ...], goal: Goal) -> str:
    """Say which settings are wrong, or which way they are; never what is right."""
    wrong = [each for each in sought if getattr(params, each.name) != goal.settings[each.name]]
    if params.hint == "way":
        return "; ".join(
            f"{each.called} {_way(getattr(params, each.name), goal.settings[each.name])}"
            for each in wrong
        )
    verb = "is" if len(wrong) == 1 else "are"
    return f"{_listed([each.called for each in wrong])} {verb} wrong"


def _way(mine: Any, theirs: Any) -> str:
    if isinstance(mine, tuple):  # rows of numbers
        sizes = [(len(each), len(each[0])) for each in (mine, theirs)]
        if sizes[0] != sizes[1]:
            return "has the wrong size"
        count = sum(a != b for a, b in zip(sum(mine, ()), sum(theirs, ()), strict=True))
        return f"is wrong in {count} of {len(mine) * len(mine[0])} weights"
    if isinstance(mine, int | float):
        return "is too small" if mine < theirs else "is too large"
    return "is wrong"


def _listed(words: list[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
