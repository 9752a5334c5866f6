"""How near a picture is to a target, what is said of it, and how targets are drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch

from lessons_lib.kit.game import Game, GoalParams, Hidden, Nearness, nearness, play
from lessons_lib.kit.result import IllegalSettingError

TARGET = torch.tensor([[[[1.0, 2.0, 4.0], [3.0, 6.0, 5.0]]]])


def near(yours: torch.Tensor) -> Nearness:
    return nearness(yours, TARGET)


def test_the_error_is_the_mean_difference_without_signs() -> None:
    yours = TARGET.clone()
    yours[0, 0, 0, 1] += 3
    yours[0, 0, 1, 2] -= 9
    assert near(yours).error == 2.0


def test_only_equal_pictures_have_no_error_and_are_found() -> None:
    assert (near(TARGET.clone()).error, near(TARGET.clone()).warmth) == (0.0, 1.0)
    yours = TARGET.clone()
    yours[0, 0, 1, 0] = torch.nextafter(yours[0, 0, 1, 0], torch.tensor(9.0))
    assert 0 < (near(yours).error or 0) < 1e-6
    assert not near(yours).reached
    assert near(yours).word == "Very hot (7 of 7)"
    smallest = torch.full((1, 1, 1, 9), 0.0)
    smallest[..., 4] = 1e-45
    assert nearness(smallest, torch.zeros(1, 1, 1, 9)).word == "Very hot (7 of 7)"


def test_the_smaller_the_error_the_warmer() -> None:
    warmth = [near(TARGET + step).warmth for step in (100.0, 8.0, 2.0, 0.5, 0.1, 0.001)]
    assert warmth == sorted(warmth)
    words = [near(TARGET + step).word for step in (9.0, 1.0, 0.2, 0.01)]
    assert words == ["Lukewarm (4 of 7)", "Warm (5 of 7)", "Hot (6 of 7)", "Very hot (7 of 7)"]


def test_the_squares_count_the_steps_and_say_when_it_is_found() -> None:
    bars = [near(TARGET + step).bar for step in (9.0, 0.01, 0.0)]
    assert bars == ["■■■■□□□", "■■■■■■■", "■■■■■■■ found"]
    assert near(torch.zeros(1, 1, 40, 60)).bar == "■□□□□□□"


def test_other_sizes_are_colder_than_any_error_the_further_apart_the_colder() -> None:
    sizes = [(2, 30), (2, 8), (3, 3), (2, 4)]
    found = [near(torch.zeros(1, 1, *size)) for size in sizes]
    assert [each.error for each in found] == [None] * 4
    warmth = [each.warmth for each in found]
    assert warmth == sorted(warmth)
    assert max(warmth) < near(TARGET + 1e6).warmth
    cold = [near(torch.zeros(1, 1, *size)).word for size in ((40, 60), (2, 4))]
    assert cold == ["Ice cold (1 of 7)", "Very cold (2 of 7)"]
    assert nearness(torch.zeros(1, 1, 50, 60), torch.zeros(1, 1, 50, 61)).word == "Cold (3 of 7)"


def test_height_and_width_are_told_apart() -> None:
    assert near(TARGET.transpose(2, 3)).error is None


def test_a_uniform_target_has_its_warmth_too() -> None:
    ones = torch.ones(1, 1, 2, 3)
    assert nearness(ones, ones).reached
    assert 0.5 < nearness(ones + 1, ones).warmth < nearness(ones + 0.5, ones).warmth


# ------------------------------------------------------------------------------- a game of numbers


@dataclass(frozen=True)
class SumParams(GoalParams):
    """Three settings whose picture is a row of their sum and their difference."""

    a: int = 1
    b: int = 0
    way: str = "up"


def row(params: SumParams) -> torch.Tensor:
    values = torch.tensor([[[[params.a + params.b, params.a * 10.0, 7.0]]]])
    return values if params.way == "up" else values.flip(3)


GAME = Game(
    (
        Hidden("a", (1, 2, 3, 4)),
        Hidden("b", (0, 1, 2), (2, 3), "the b"),
        Hidden("way", ("up", "down"), (3,)),
    ),
    row,
    lambda params: params.a + params.b < 6,
)


def sentence(hint: str = "none", **settings: object) -> str:
    params = SumParams(level=3, hint=hint, **settings)  # type: ignore[arg-type]
    return play(GAME, params, row(GAME.counted(params)), ()).sentence


def number_of(**settings: object) -> int:
    """The number of a target that was made with these settings."""
    wanted = {"a": 1, "b": 0, "way": "up", **settings}
    for target in range(1, 99):
        goal = GAME.goal(SumParams(level=3, target=target))
        if goal and goal.settings == wanted:
            return target
    raise LookupError(f"no target is made with {settings}")


def test_each_number_of_a_round_has_settings_of_its_own_and_none_is_the_start() -> None:
    drawn = []
    for target in range(1, 23):
        goal = GAME.goal(SumParams(level=3, target=target))
        assert goal is not None
        drawn.append(tuple(goal.settings.values()))
    assert len(set(drawn)) == 21  # of 24 that are there, one is the start and two do not fit
    assert drawn[0] == drawn[21]
    assert (1, 0, "up") not in drawn
    assert (4, 2, "down") not in drawn


def test_settings_that_give_the_picture_of_the_start_are_no_target() -> None:
    game = Game(
        (Hidden("a", (1, 2, 3, 5, 7)),), lambda p: row(SumParams(a=p.a % 2)), lambda _: True
    )
    goals = [game.goal(SumParams(target=target)) for target in range(1, 9)]
    assert [goal and goal.settings for goal in goals] == [{"a": 2}] * 8


def test_where_nothing_fits_there_is_no_target() -> None:
    assert replace(GAME, fits=lambda _: False).goal(SumParams()) is None


def test_a_start_that_torch_refuses_is_not_computed() -> None:
    def refusing(params: SumParams) -> torch.Tensor:
        if params.a == 1:
            raise RuntimeError
        return row(params)

    game = Game((Hidden("a", (1, 2)),), refusing, lambda params: params.a > 1)
    goal = game.goal(SumParams())
    assert goal is not None
    assert goal.settings == {"a": 2}


def test_two_maps_side_by_side_have_the_colours_of_the_target() -> None:
    params = SumParams(level=1, a=3)
    target, own = play(GAME, params, 100 * row(params), ()).target_and_own("map")
    assert target.value_range == own.value_range
    assert max(target.value_range or ()) == target.values.max()


def test_what_is_not_hidden_at_a_level_counts_for_nothing() -> None:
    params = SumParams(level=1, a=3, b=2, way="down")
    assert GAME.counted(params) == replace(params, b=0, way="up")
    goal = GAME.goal(params)
    assert goal is not None
    assert set(goal.settings) == {"a"}


def test_the_target_does_not_hang_on_what_the_reader_sets_and_is_made_once() -> None:
    goals = {id(GAME.goal(SumParams(level=3, target=5, a=a, hint="way"))) for a in (1, 2, 4)}
    assert len(goals) == 1


def test_the_first_hint_names_what_is_wrong_and_the_second_says_which_way() -> None:
    target = number_of(a=3, b=1, way="down")
    assert "Hint" not in sentence(target=target)
    what = sentence("what", target=target, a=4, b=1)
    assert what.endswith(" Hint: a and way are wrong.")
    way = sentence("way", target=target, a=4, b=0)
    assert way.endswith(" Hint: a is too large; the b is too small; way is wrong.")
    alone = sentence("what", target=target, a=3, b=1)
    assert alone.endswith(" Hint: way is wrong.")


def test_a_kernel_is_hinted_at_by_how_many_of_its_weights_are_wrong() -> None:
    kernels = (((1.0, 0.0), (0.0, -1.0)), ((0.0, 1.0), (0.0, -1.0)))

    @dataclass(frozen=True)
    class RowsParams(GoalParams):
        weights: tuple[tuple[float, ...], ...] = kernels[0]

    def image(params: RowsParams) -> torch.Tensor:
        return torch.tensor(params.weights)[None, None]

    game = Game((Hidden("weights", kernels),), image, lambda _: True)

    def said(rows: tuple[tuple[float, ...], ...]) -> str:
        params = RowsParams(hint="way", weights=rows)
        return play(game, params, image(params), ()).sentence

    assert said(kernels[0]).endswith("Hint: weights is wrong in 2 of 4 weights.")
    assert said(((1.0,),)).endswith("Hint: weights has the wrong size.")


def test_an_equal_picture_by_other_settings_is_found_and_this_is_said() -> None:
    @dataclass(frozen=True)
    class AnyParams(GoalParams):
        a: int = 1

    def parity(params: AnyParams) -> torch.Tensor:
        return torch.tensor([[[[float(params.a % 2), 5.0]]]])

    game = Game((Hidden("a", (1, 2)),), parity, lambda _: True)
    exact, other = (
        play(game, AnyParams(a=a, hint="way"), parity(AnyParams(a=a)), ()) for a in (2, 4)
    )
    assert exact.near.reached
    assert other.near.reached
    found = "Found: the error is 0, yours is exactly the target."
    assert exact.sentence == f"{found} Take the next target."
    assert other.sentence.startswith(f"{found} It was made with other settings")


def test_sizes_that_differ_are_said() -> None:
    params = SumParams(level=3, target=number_of(a=2))
    said = play(GAME, params, torch.zeros(1, 1, 4, 2), ()).sentence
    assert said == "Ice cold (1 of 7): yours is 4 × 2, the target 1 × 3."


def test_a_picture_of_which_nothing_can_be_made_is_refused_with_the_reason() -> None:
    def ones(_: SumParams) -> torch.Tensor:
        return torch.ones(1, 1, 2, 3)

    game = Game(GAME.hidden, ones, lambda _: True)
    assert game.goal(SumParams()) is None
    with pytest.raises(IllegalSettingError, match="too uniform") as caught:
        play(game, SumParams(), torch.ones(1, 1, 2, 3), ())
    assert caught.value.title == "there is no target"


def test_a_level_is_named_by_what_it_adds() -> None:
    _, level, _ = GAME.controls()
    assert [label for label, _ in getattr(level, "options", ())] == [
        "1: a",
        "2: + the b",
        "3: + way",
    ]
