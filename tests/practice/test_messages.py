"""What a check tells: in words, as plain text, and on the page."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
import torch
from torch import Tensor

from lessons_lib.practice.checking import CheckResult
from lessons_lib.practice.checking.faults import is_close
from lessons_lib.practice.checking.process import Outcome
from lessons_lib.practice.checking.result import Grid, grids_of
from lessons_lib.practice.exercises import EXERCISES
from tests.practice.run_here import checked_here

solution = EXERCISES["correlate2d"].solution


def told(function: object, exercise: str = "correlate2d") -> str:
    result = checked_here(exercise, function)
    assert (result.passed, result.tried) == (False, True)
    return result.message


# ------------------------------------------------------------------------------- not tried yet


def dots(image: Tensor, kernel: Tensor) -> Any: ...


def passes(image: Tensor, kernel: Tensor) -> Any:
    pass


def described(image: Tensor, kernel: Tensor) -> Any:
    """Your turn."""


def raises(image: Tensor, kernel: Tensor) -> Any:
    raise NotImplementedError


def raises_later(image: Tensor, kernel: Tensor) -> Any:
    """Your turn."""
    assert image.shape >= kernel.shape
    raise NotImplementedError("write on from here")


def returns_dots(image: Tensor, kernel: Tensor) -> Any:
    return ...


UNTRIED = [
    dots,
    passes,
    described,
    raises,
    raises_later,
    returns_dots,
    lambda i, k: None,
    None,
    ...,
]


@pytest.mark.parametrize("function", UNTRIED)
def test_a_body_that_is_not_written_is_not_tried_yet(function: object) -> None:
    result = checked_here("correlate2d", function)
    assert (result.tried, result.passed, result.failed) == (False, False, 0)
    assert (
        result.message == "Write the body of `correlate2d(image, kernel)`, then run the cell again."
    )


def test_a_part_that_is_not_written_yet_is_a_try() -> None:
    def only_zeros(image: Tensor, padding: tuple[int, int], padding_mode: str) -> Tensor:
        if padding_mode != "zeros":
            raise NotImplementedError
        return torch.nn.functional.pad(image, (padding[1], padding[1], padding[0], padding[0]))

    assert "raises NotImplementedError" in told(only_zeros, "pad2d")


@pytest.mark.parametrize(
    "asked",
    [
        lambda image: torch.nn.functional.pad(image, (1, 1, 1, 1), "reflect"),
        lambda image: image.to_sparse().flip(0),
        torch.nn.Module(),
    ],
    ids=["in C++", "in C++ at once", "in Python"],
)
def test_what_torch_has_not_implemented_is_a_try(asked: Callable[[Tensor], Tensor]) -> None:
    assert "NotImplementedError" in told(lambda image, kernel: asked(image))


# ------------------------------------------------------------------------------- words for each


def ends(image: Tensor, kernel: Tensor) -> None:
    raise SystemExit


def calls_itself(image: Tensor, kernel: Tensor) -> Any:
    return calls_itself(image, kernel)


def divides(image: Tensor, kernel: Tensor) -> Any:
    return 1 / (image.shape[0] - image.shape[0])


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (lambda image, kernel: print(), "gives back nothing; a tensor is expected"),
        (lambda image, kernel: "3", "of type str"),
        (lambda image, kernel: {"a": 1}, "of type dict"),
        (lambda image, kernel: [[1.0], [1.0, 2.0]], "of type list"),
        (lambda image, kernel: True, "of type bool"),
        (lambda image, kernel: 1j * solution(image, kernel), "of type Tensor"),
        (lambda image, kernel: solution(image, kernel)[None], "yours is 1 × 1 × 1"),
        (lambda image, kernel: solution(image, kernel).flatten(), "yours is a row of 1"),
        (lambda image, kernel: solution(image, kernel)[:0], "yours is 0 × 1"),
        (lambda image, kernel: solution(image, kernel).sum(), "yours is a single number"),
        (lambda image, kernel: torch.zeros(400, 400), "should be 1 × 1, and yours is 400 × 400"),
        (lambda image, kernel: solution(image, kernel) * torch.nan, "NaN, which is no number"),
        (lambda image, kernel: solution(image, kernel) / 0, "and yours is ∞"),
        (lambda image, kernel: solution(image, kernel).bool(), "and yours is 1"),
        (ends, "Your function ends Python, in line"),
        (calls_itself, "Your function calls itself without end, in line"),
        (divides, "raises ZeroDivisionError: division by zero, in line"),
        (lambda image: image, "cannot be called as `correlate2d(image, kernel)`"),
        (torch.zeros(2, 2), "Hand over the function itself"),
        (5, "Hand over the function itself"),
    ],
)
def test_each_fault_has_words_of_its_own(function: object, said: str) -> None:
    assert said in told(function)


def test_who_asks_for_input_is_told_that_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())  # as in the process
    assert "asks for input" in told(lambda image, kernel: input())


def test_where_nothing_came_after_the_first_case_no_others_are_counted() -> None:
    result = checked_here("correlate2d", divides, calls_of=lambda *_: [Outcome("late")])
    assert result.message.startswith("The first case fails:\nYour function does not come back")
    assert (result.cases, result.failed) == (1, 1)


def test_who_answers_by_the_turn_of_the_call_is_found_out() -> None:
    cases = EXERCISES["correlate2d"].drawn(0)
    answers = cycle([solution(*case.values) for case in cases])
    assert "answers differently" in told(lambda image, kernel: next(answers))


def test_a_function_written_in_c_is_tried() -> None:
    assert "should be" in told(max, "output_size")


def refuses() -> None:
    raise ValueError


@pytest.mark.parametrize(
    "later", [lambda right: None, lambda right: torch.zeros(400, 400), lambda right: refuses()]
)
@pytest.mark.parametrize("name", ["correlate2d", "output_size"])
def test_who_answers_right_the_first_time_only_is_found_out(
    name: str, later: Callable[[Any], Any]
) -> None:
    seen: list[object] = []

    def tired(*arguments: Any) -> Any:
        seen.append(arguments)
        right = EXERCISES[name].solution(*arguments)
        return right if len(seen) <= len(EXERCISES[name].drawn(0)) else later(right)

    assert "Called twice with the same arguments" in told(tired, name)


def test_rounding_is_forgiven_where_the_right_answer_is_zero() -> None:
    assert is_close(torch.tensor([1e-9, 0.0]), torch.zeros(2))
    assert not is_close(torch.tensor([1e-2, 0.0]), torch.zeros(2))


def test_of_a_tensor_with_many_channels_the_first_dozen_is_shown() -> None:
    assert [grid.name for grid in grids_of("w", torch.zeros(20, 1, 1))][-1] == "w[11]"


def test_in_a_row_of_numbers_the_wrong_one_is_marked() -> None:
    assert [grid.place for grid in grids_of("yours", torch.zeros(3), (2,))] == [(0, 2)]


def test_the_line_that_went_wrong_is_quoted() -> None:
    assert "`return 1 / (image.shape[0] - image.shape[0])`" in told(divides)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((3, 3), "One whole number is expected; your function gives back a row of 2."),
        ("3", "of type str; a whole number is expected"),
        (None, "gives back nothing; a whole number is expected"),
        (-2, "should be 1, and yours is −2"),
    ],
)
def test_a_number_is_asked_for(answer: Any, said: str) -> None:
    assert said in told(lambda n, k, s: (answer, s)[0], "output_size")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (3, "2 numbers are expected, height first; you give back a single number."),
        ((1, 1, 1), "you give back a row of 3"),
        ((1, 4), "`answer[1]` should be 1, and yours is 4."),
    ],
)
def test_sizes_are_asked_for(answer: Any, said: str) -> None:
    assert said in told(lambda n, k, s, p, d: (answer, s)[0], "conv_output_size")


# ------------------------------------------------------------------------------- the smallest case


def last_row_wrong(image: Tensor, kernel: Tensor) -> Tensor:
    """Right but for the last row of outputs with more than two rows."""
    print("seen", tuple(image.shape))
    right = solution(image, kernel)
    return torch.cat([right[:-1], right[-1:] - 0.5]) if len(right) > 2 else right


@pytest.fixture
def failed() -> CheckResult:
    return checked_here("correlate2d", last_row_wrong)


def test_the_smallest_failing_case_is_shown(failed: CheckResult) -> None:
    image, kernel, expected, yours = failed.grids
    assert [grid.name for grid in failed.grids] == ["image", "kernel", "expected", "yours"]
    assert torch.equal(expected.values, solution(image.values, kernel.values).double())
    assert torch.equal(yours.values, last_row_wrong(image.values, kernel.values).double())
    cases = EXERCISES["correlate2d"].drawn(0)
    failing = [case for case in cases if len(solution(*case.values)) > 2]
    assert image.values.numel() + kernel.values.numel() <= min(case.size for case in failing)


def test_the_first_differing_cell_is_marked_and_named(failed: CheckResult) -> None:
    *_, expected, yours = failed.grids
    first = (len(expected.values) - 1, 0)
    assert expected.place == yours.place == first
    assert f"`output[{first[0]}, 0]` should be" in failed.message


def test_what_the_smallest_case_printed_is_shown(failed: CheckResult) -> None:
    assert failed.printed == f"seen {tuple(failed.grids[0].values.shape)}\n"
    assert failed.printed in repr(failed)


def test_plain_text_marks_the_cell_without_colour(failed: CheckResult) -> None:
    assert failed.head == "✗ correlate2d: not yet"
    plain = repr(failed)
    assert len(re.findall("▸", plain)) == 2
    assert "correlate2d(image, kernel)" in plain


def test_settings_stand_in_the_call() -> None:
    result = checked_here("strided_correlate2d", lambda image, kernel, stride: image.sum() + 500)
    assert result.call == "strided_correlate2d(image, kernel, stride=(1, 1))"


def test_the_page_takes_its_colours_from_the_theme(failed: CheckResult) -> None:
    page = failed._repr_html_()
    outside = re.sub(r"<table.*?</table>", "", page)
    for kind in ("color", "background"):
        for value in re.findall(rf"[ ;\"]{kind}: ([^;\"]+)", outside):
            assert value.startswith("var(--jp-"), value


def test_a_check_that_failed_says_where_a_hint_is(failed: CheckResult) -> None:
    assert f'practice.hint("{failed.exercise}")' in failed._repr_html_()
    assert "practice.hint" not in replace(failed, passed=True)._repr_html_()
    assert "practice.hint" not in replace(failed, tried=False)._repr_html_()


def test_the_page_marks_the_cell_without_colour(failed: CheckResult) -> None:
    page = failed._repr_html_()
    assert len(re.findall(r"<td[^>]*inset[^>]*><b>▸", page)) == 2
    assert "✗" in page


def test_the_page_shows_each_grid_with_its_size(failed: CheckResult) -> None:
    page = failed._repr_html_()
    for grid in failed.grids:
        assert f'<table aria-label="{grid.title}"' in page
    cells = sum(grid.values.numel() for grid in failed.grids)
    assert page.count("<td") == cells


@pytest.fixture
def with_channels() -> CheckResult:
    def last_channel_wrong(image: Tensor, weight: Tensor) -> Tensor:
        right = torch.as_tensor(EXERCISES["depthwise2d"].oracle(image, weight)).clone()
        right[2:, -1, 0] += 1
        return right

    return checked_here("depthwise2d", last_channel_wrong)


def test_each_channel_is_a_grid_and_the_wrong_one_is_marked(with_channels: CheckResult) -> None:
    grids = with_channels.grids
    channels = len(grids) // 4
    assert [grid.name for grid in grids[: channels + 1]] == [
        *(f"image[{c}]" for c in range(channels)),
        "weight[0]",
    ]
    marked = [grid.name for grid in grids if grid.place is not None]
    assert marked == ["expected[2]", "yours[2]"]


def test_the_channels_of_a_tensor_share_their_colours(with_channels: CheckResult) -> None:
    images = [grid for grid in with_channels.grids if grid.name.startswith("image")]
    largest = max(images, key=lambda grid: float(grid.values.abs().max()))
    colours = {
        (float(value), tuple(colour.tolist()))
        for grid in images
        for value, colour in zip(
            grid.values.flatten(), grid.cells.colours.reshape(-1, 3), strict=True
        )
    }
    assert len(colours) == len({value for value, _ in colours})
    alone = Grid("image", largest.values).cells.colours
    assert torch.equal(alone, largest.cells.colours)


def test_the_channels_of_a_tensor_stand_in_a_row_of_their_own(with_channels: CheckResult) -> None:
    assert with_channels._repr_html_().count("flex-basis: 100%") == 4


def test_a_row_of_numbers_is_one_grid() -> None:
    def no_bias(image: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        return torch.nn.functional.conv2d(image, weight)

    (bias,) = [g for g in checked_here("conv2d_channels", no_bias).grids if g.name == "bias"]
    assert bias.values.shape[0] == 1


def test_what_the_learner_wrote_is_not_read_as_html() -> None:
    def shouting(image: Tensor, kernel: Tensor) -> Tensor:
        print("<b>loud</b>")
        raise ValueError("<script>alert(1)</script> & `more`")

    page = checked_here("correlate2d", shouting)._repr_html_()
    assert "<script>" not in page
    assert "<b>loud" not in page


def test_numbers_carry_a_true_minus_sign() -> None:
    result = checked_here("correlate2d", lambda image, kernel: -solution(image, kernel))
    assert not re.search(r"-\d", result.message + "".join(map(repr, [result])))


def test_a_grid_too_large_is_cut_and_says_so() -> None:
    grid = Grid("yours", torch.arange(40.0 * 30).view(40, 30))
    assert grid.title == "yours, 40 × 30: its first 12 rows, 12 columns"
    assert (len(grid.cells.words), len(grid.cells.words[0])) == (12, 12)


# ------------------------------------------------------------------------------- the cases


@pytest.mark.parametrize("name", EXERCISES)
def test_cases_come_smallest_first_and_again_with_the_same_seed(name: str) -> None:
    first, again = EXERCISES[name].drawn(4), EXERCISES[name].drawn(4)
    assert [case.size for case in first] == sorted(case.size for case in first)
    assert str([case.arguments for case in first]) == str([case.arguments for case in again])


@pytest.mark.parametrize("name", [name for name in EXERCISES if name != "tent_kernel"])
def test_another_seed_draws_other_cases(name: str) -> None:
    first, other = (EXERCISES[name].drawn(seed) for seed in (1, 2))
    assert str([case.arguments for case in first]) != str([case.arguments for case in other])


def _sides(value: Any) -> tuple[int, ...]:
    """Height and width, or the setting of each axis; () for what has none."""
    if isinstance(value, Tensor):
        return tuple(value.shape[-2:]) if value.dim() > 1 else ()
    return value if isinstance(value, tuple) else ()


@pytest.mark.parametrize(
    "name", [n for n in EXERCISES if EXERCISES[n].arguments[0] in ("image", "first")]
)
def test_cases_differ_per_axis_are_not_square_have_fractions_and_single_pixels(name: str) -> None:
    cases = EXERCISES[name].drawn(0)
    for argument in EXERCISES[name].arguments:
        sides = [_sides(case.arguments[argument]) for case in cases]
        if any(sides):
            assert sum(len(set(each)) > 1 for each in sides) >= min(4, len(cases) - 2), argument
    images = [case.values[0] for case in cases]
    assert any(image.shape[-2:] == (1, 1) for image in images) or name == "find_kernel"
    assert any(bool((image != image.round()).any()) for image in images)


@pytest.mark.parametrize("name", EXERCISES)
def test_drawing_and_judging_leave_torchs_random_numbers_alone(name: str) -> None:
    before = torch.get_rng_state()
    checked_here(name, EXERCISES[name].solution)
    assert torch.equal(torch.get_rng_state(), before)
