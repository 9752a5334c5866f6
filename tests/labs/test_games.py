"""The games: each target can be hit, is no gift, and nowhere in what is sent is how it was made."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import bilinear_kernel, named_kernel
from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Slider
from lessons_lib.kit.game import LEVELS, Game, Goal, Nearness, nearness
from lessons_lib.kit.photo import KERNELS
from lessons_lib.kit.result import IllegalSettingError, LabDefinition
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import all_labs, chelsea_path, has_picture, lab_named, start
from tests.widgets.hand import plain

GAMES = [lab.name for lab in all_labs() if lab.function.endswith("_game")]
TARGETS = range(1, 201)
every_game = pytest.mark.parametrize("name", GAMES)
every_level = pytest.mark.parametrize("level", LEVELS)


def game_of(name: str) -> Game:
    game: Game = importlib.import_module(f"lessons_lib.labs.{name.replace('-', '_')}").GAME
    return game


def goal_of(name: str, params: Any) -> Goal:
    goal = game_of(name).goal(params)
    assert goal is not None
    return goal


@cache
def picture() -> Picture:
    """Not square, and large enough for a border of 40 in each mode."""
    return load_picture(chelsea_path(), max_side=75)  # 50 x 75


def begun(name: str, **settings: Any) -> Any:
    """The parameters of a game at its start."""
    return start(lab_named(name), picture(), **settings)


@cache
def hits(name: str, level: int) -> tuple[tuple[Any, Goal], ...]:
    """The parameters that hit the targets of a level, and these targets."""
    goals = [(p, goal_of(name, p)) for p in (begun(name, level=level, target=n) for n in TARGETS)]
    return tuple((replace(params, **goal.settings), goal) for params, goal in goals)


def can_be_set(lab: LabDefinition, params: Any, name: str) -> bool:
    """Whether the control of a setting is there at this level and reaches the value."""
    value = getattr(params, name)
    (control,) = [c for c in lab.controls if not isinstance(c, Presets) and c.name == name]
    if isinstance(control.shown_with, tuple):
        _, levels = control.shown_with
        assert params.level in (levels if isinstance(levels, tuple) else (levels,))
    if isinstance(control, Slider):
        return control.low <= value <= control.high and isinstance(value, int)
    if isinstance(control, Choice):
        return value in [option for _, option in control.options]
    assert isinstance(control, KernelEdit)
    return 1 <= len(value) <= 7 and all(1 <= len(row) <= 7 for row in value)


def test_there_is_a_game_for_each_lesson_that_has_one() -> None:
    assert set(GAMES) == {
        "kernel-game",  # 01
        "stride-game",  # 02
        "padding-game",
        "dilation-game",
        "transposed-game",  # 09
        "enlarging-game",
    }


@every_game
@every_level
@torch.inference_mode()
def test_200_targets_can_be_reached_by_the_controls_are_hit_and_are_not_the_start(
    name: str, level: int
) -> None:
    lab, game = lab_named(name), game_of(name)
    made = game.picture(begun(name, level=level))
    seen: set[tuple[Any, ...]] = set()
    for params, goal in hits(name, level):
        if tuple(goal.settings.values()) in seen:
            continue
        seen.add(tuple(goal.settings.values()))
        assert all(can_be_set(lab, params, setting) for setting in goal.settings)
        assert goal.picture.min() < goal.picture.max()
        assert nearness(game.picture(params), goal.picture) == Nearness(0.0, 1.0)
        assert not nearness(made, goal.picture).reached


@every_game
@every_level
def test_a_lab_says_that_it_is_found_and_that_it_is_not(name: str, level: int) -> None:
    lab = lab_named(name)
    for params, _ in hits(name, level)[:2]:
        found = lab.compute(params)
        assert found.reached is True
        assert found.sentence.startswith("Found: the error is 0")
        missed = lab.compute(begun(name, level=level, target=params.target))
        assert missed.reached is False
        assert "of 7)" in missed.sentence


@every_game
@every_level
def test_the_next_target_is_another_one(name: str, level: int) -> None:
    made = [goal.settings for _, goal in hits(name, level)]
    assert all(one != other for one, other in pairwise(made))


@every_game
def test_the_target_is_made_once_and_sent_once(name: str) -> None:
    lab = lab_named(name)
    results = [lab.compute(begun(name, level=3, hint=hint)) for hint in ("none", "way")]
    assert results[0].pane("target").values is results[1].pane("target").values


@every_game
def test_no_hint_says_a_value(name: str) -> None:
    lab = lab_named(name)
    for level in LEVELS:
        for target in (1, 2, 3, 4):
            for hint in ("what", "way"):
                params = begun(name, level=level, target=target, hint=hint)
                said = lab.compute(params).sentence.partition("Hint: ")[2]
                said = said.replace("kernel of 1 and −1", "kernel").replace(" of 9 weights", "")
                digits = {each for each in said if each.isdigit()}
                assert said
                assert not digits or name == "kernel-game", said


# ------------------------------------------------------------------------------------- what is sent


@every_game
@every_level
def test_what_is_sent_hangs_on_the_target_in_its_picture_its_error_and_one_sentence(
    name: str, level: int
) -> None:
    first, second = (scene_of(name, level, target) for target in (3, 4))
    assert first["sentence"] != second["sentence"] or first["panes"] != second["panes"]
    for part in ("formula", "code", "copied", "cost", "links", "error", "stepper", "microscopes"):
        assert first[part] == second[part], part
    assert {**first["state"], "target": ""} == {**second["state"], "target": ""}
    for one, other in zip(first["panes"], second["panes"], strict=True):
        if one["name"] not in ("target", "difference"):
            # the colours of the reader's map are those of the target's picture
            apart = {"low", "high", "reach", "pixels", "table", "table_name"}
            same = {key for key in one if key not in apart}
            assert {k: one[k] for k in same} == {k: other[k] for k in same}, one["name"]


def scene_of(name: str, level: int, target: int) -> dict[str, Any]:
    definition = lab_named(name)
    settings: dict[str, Any] = {"picture": picture()} if has_picture(definition) else {}
    lab = Lab(definition, level=level, target=target, **settings)
    scene: dict[str, Any] = plain(lab.stage.scene)
    assert lab.stage.moves == []  # the page is told no moves, so that nothing is laid on its shelf
    lab.close()
    return scene


# ------------------------------------------------------------------------- the nearer, the warmer


def warmth(name: str, params: Any) -> float:
    game = game_of(name)
    with torch.inference_mode():
        yours = game.picture(game.counted(params))
    return nearness(yours, goal_of(name, params).picture).warmth


@pytest.mark.parametrize(
    ("name", "level", "setting"),
    [
        ("stride-game", 1, "stride"),
        ("dilation-game", 1, "dilation"),
        ("dilation-game", 2, "dilation"),
        ("padding-game", 2, "padding"),
        ("transposed-game", 1, "stride"),
        ("transposed-game", 3, "stride"),
    ],
)
def test_a_setting_that_changes_the_size_gets_warmer_with_each_step_towards_the_target(
    name: str, level: int, setting: str
) -> None:
    game = game_of(name)
    for hit, _ in hits(name, level)[:5]:
        wanted, begin = getattr(hit, setting), getattr(begun(name), setting)
        steps = range(begin, wanted, 1 if begin < wanted else -1)
        way = [replace(hit, **{setting: value}) for value in (*steps, wanted)]
        found = [warmth(name, params) for params in way if game.fits(game.counted(params))]
        assert found == sorted(found)
        assert found[-1] == 1


# --------------------------------------------------------------------- torch makes the same picture


def grey(picture: Picture) -> Tensor:
    return picture.image.mean(dim=1, keepdim=True)


def by_stride(p: Any) -> Tensor:
    across = p.stride_width if p.level > 1 else p.stride
    return F.avg_pool2d(grey(p.picture), p.kernel_size, (p.stride, across))


def by_padding(p: Any) -> Tensor:
    mode = {"zeros": "constant"}.get(p.padding_mode, p.padding_mode)
    return F.avg_pool2d(F.pad(grey(p.picture), (p.padding,) * 4, mode=mode), p.kernel_size, 1)


def by_dilation(p: Any) -> Tensor:
    down, across = p.dilation, p.dilation_width if p.level == 3 else p.dilation
    k, image = p.kernel_size, grey(p.picture)
    height, width = (n - d * (k - 1) for n, d in zip(image.shape[2:], (down, across), strict=True))
    shifted = [
        image[..., i * down : i * down + height, j * across : j * across + width]
        for i in range(k)
        for j in range(k)
    ]
    return torch.stack(shifted).mean(dim=0)


def by_kernel(p: Any) -> Tensor:
    if p.level == 3:
        kernel = torch.tensor(p.weights)
    else:
        kernel = named_kernel(KERNELS[p.kernel].name, KERNELS[p.kernel].size[0])
        for _ in range(p.turns):
            kernel = kernel.T.flip(0)  # a quarter against the clock
    return F.conv2d(grey(p.picture), kernel[None, None])


def by_painting(p: Any) -> Tensor:
    k, s = p.kernel_size, p.stride
    kernel = torch.arange(1.0, k * k + 1).view(k, k)
    sheet = torch.zeros(s + k + p.output_padding, 2 * s + k + p.output_padding)
    for row in range(2):
        for column in range(3):
            value = 3 * row + column + 1
            sheet[row * s : row * s + k, column * s : column * s + k] += value * kernel
    ends = [n - p.padding for n in sheet.shape]
    return sheet[p.padding : ends[0], p.padding : ends[1]][None, None]


def by_enlarging(p: Any) -> Tensor:
    image, f = p.picture.image[..., 7:67], p.factor  # 60 of the 75 columns; 50 rows are fewer
    rows, columns = (n // f for n in image.shape[2:])
    blocks = (
        image[..., : rows * f, : columns * f].unflatten(2, (rows, f)).unflatten(4, (columns, f))
    )
    small = {
        "one": image[..., ::f, ::f],
        "mean": blocks.mean(dim=(3, 5)),
        "max": blocks.amax(dim=(3, 5)),
    }[p.reduced]
    if p.enlarged == "tents":
        return F.conv_transpose2d(small, bilinear_kernel(f), stride=f, padding=f // 2, groups=3)
    side = {"dots": 1, "blocks": f, "wide": f + 1}[p.enlarged]
    rows, columns = small.shape[2:]
    sheet = torch.zeros(1, 3, (rows - 1) * f + side, (columns - 1) * f + side)
    for i in range(side):
        for j in range(side):
            sheet[..., i : i + (rows - 1) * f + 1 : f, j : j + (columns - 1) * f + 1 : f] += small
    return sheet


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("stride-game", by_stride),
        ("padding-game", by_padding),
        ("dilation-game", by_dilation),
        ("kernel-game", by_kernel),
        ("transposed-game", by_painting),
        ("enlarging-game", by_enlarging),
    ],
)
def test_a_target_is_what_its_settings_make(name: str, made: Callable[[Any], Tensor]) -> None:
    for level in LEVELS:
        for params, goal in hits(name, level)[:12]:
            torch.testing.assert_close(goal.picture, made(params), rtol=1e-5, atol=1e-5)


# --------------------------------------------------------------------------------------- the edges


def test_another_kernel_that_makes_the_same_picture_is_found() -> None:
    lab = lab_named("kernel-game")
    box = next(
        params
        for params, goal in hits("kernel-game", 2)
        if (goal.settings["kernel"], goal.settings["turns"]) == ("box_3x3", 1)
    )
    result = lab.compute(replace(box, turns=3))
    assert result.reached
    assert "other settings" in result.sentence


@pytest.mark.parametrize("name", ["kernel-game", "stride-game", "dilation-game", "enlarging-game"])
def test_a_picture_of_which_nothing_else_can_be_made_is_refused_with_the_reason(name: str) -> None:
    uniform = Picture("uniform", torch.full((1, 3, 24, 31), 0.5))
    with pytest.raises(IllegalSettingError, match="too uniform"):
        lab_named(name).compute(start(lab_named(name), uniform))
