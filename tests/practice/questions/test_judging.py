"""What is said of a guess: right, a slip by its name, part by part, or a neutral word."""

import math

import pytest
import torch

from lessons_lib.practice.questions import Asked, Slip, judge, key_of
from lessons_lib.practice.questions.kinds import (
    Answer,
    Cell,
    Choice,
    Grid,
    Kind,
    Number,
    Order,
    Shape,
    Unfinished,
)

SWAPPED = Slip("Height and width are exchanged.", (4, 7), whole=True)
ROUNDED = Slip("you rounded up.", (8, 5))


def _row(found: torch.Tensor) -> Answer:
    return tuple(found.tolist())


def size_question() -> Asked:
    picture, weight = torch.ones(1, 1, 16, 8), torch.ones(1, 1, 3, 2)
    code = "F.conv2d(picture, weight, stride=2).shape[-2:]"  # 7 x 4
    names = {"picture": picture, "weight": weight}
    return Asked("?", Shape(), code, names, tuple, (SWAPPED, ROUNDED))


def test_the_line_that_is_shown_is_the_line_that_is_run() -> None:
    key = key_of(size_question())
    assert (key.answer, key.result) == ((7, 4), "torch.Size([7, 4])")


def test_what_torch_gives_is_right() -> None:
    verdict = judge(size_question(), (7, 4))
    assert (verdict.right, verdict.message) == (True, "Right.")


def test_the_answer_of_a_slip_gets_its_message() -> None:
    assert judge(size_question(), (4, 7)).message == "Height and width are exchanged."


def test_each_axis_gets_the_message_of_its_own_slip() -> None:
    said = judge(size_question(), (7, 5)).message
    assert said == "Height: right. Width: you rounded up."


def test_several_right_parts_are_listed() -> None:
    code = "nn.Conv2d(4, 8, (3, 5), device='meta').weight.shape"
    asked = Asked("?", Shape(("first", "second", "third", "fourth")), code, {}, tuple, ())
    said = judge(asked, (8, 2, 3, 5)).message
    assert said == "First, third and fourth: right. Second: not yet."


def test_a_slip_of_the_whole_is_not_seen_in_one_axis() -> None:
    assert judge(size_question(), (7, 7)).message == "Height: right. Width: not yet."


def test_a_guess_without_a_known_slip_gets_a_neutral_word() -> None:
    assert judge(size_question(), (100, 100)).message == "Height: not yet. Width: not yet."


def test_of_a_number_without_parts_the_neutral_word_stands_alone() -> None:
    asked = Asked("?", Number(), "3 * 4", {}, lambda found: (found,), (Slip("You added.", (7,)),))
    assert judge(asked, (11,)).message == "Not yet."
    assert judge(asked, (7,)).message == "You added."


def test_the_answer_of_a_slip_may_be_rounded_to_two_places() -> None:
    mean = Slip("You took the mean.", (31 / 6, 5.0))
    asked = Asked("?", Grid("output", 1, 2), "torch.tensor([9, 8])", {}, _row, (mean,))
    assert judge(asked, (5.17, 5.0)).message == "You took the mean."
    assert judge(asked, (5.2, 5.0)).message == "Not yet. None of 2 is right."


def test_of_a_grid_and_an_order_it_is_said_how_much_is_right() -> None:
    grid = Asked("?", Grid("output", 1, 3), "torch.tensor([9, 8, 7])", {}, _row, ())
    said = [judge(grid, guess).message for guess in ((9, 8, 1), (9, 1, 8), (8, 9, 1))]
    words = ("2 of 3 are", "1 of 3 is", "None of 3 is")
    assert said == [f"Not yet. {each} right." for each in words]
    kind = Order(("a", "b", "c", "d"), "small", "large")
    assert kind.so_far((0, 3, 2, 1), (0, 1, 2, 3)) == "2 of 4 are at the right place."
    assert kind.so_far((1, 0, 3, 2), (0, 1, 2, 3)) == "None of 4 is at the right place."


def test_a_number_may_be_off_by_its_tolerance() -> None:
    kind = Number(tolerance=0.01)
    assert kind.are_equal((0.4444,), (0.44,))
    assert not kind.are_equal((0.47,), (0.44,))


def test_a_click_on_a_photo_may_be_off_in_both_directions() -> None:
    kind = Cell("photo", tolerance=4)
    assert kind.are_equal((20, 33), (24, 29))
    assert not kind.are_equal((20, 33), (20, 38))


@pytest.mark.parametrize(
    ("kind", "answer", "words"),
    [
        (Number("pixels"), (-3.0,), "−3 pixels"),
        (Number(), (0.25,), "0.25"),
        (Shape(), (7.0, 4.0), "7 × 4"),
        (Choice(("overlap", "touch")), (1.0,), "touch"),
        (Order(("a", "b", "c"), "small", "large"), (2.0, 0.0, 1.0), "c; a; b"),
        (Cell("picture"), (2.0, 5.0), "row 2, column 5"),
        (Grid("output", 2, 3), (1.0, 2.0, 3.0, -4.0, 5.0, 6.0), "1 2 3; −4 5 6"),
    ],
)
def test_an_answer_is_said_in_words(kind: Kind, answer: Answer, words: str) -> None:
    assert kind.words(answer) == words


@pytest.mark.parametrize(
    ("kind", "guess", "said"),
    [
        (Number(), [None], "Type a number first."),
        (Number(), ["3"], "Type a number first."),
        (Number(), [math.nan], "Type a number first."),
        (Shape(), [7], "Type height and width first."),
        (Shape(("frames", "rows", "columns")), [7, 5], "Type all 3 numbers first."),
        (Choice(("overlap", "touch")), [2], "Choose one of them first."),
        (Choice(("overlap", "touch")), [0.5], "Choose one of them first."),
        (Order(("a", "b", "c"), "small", "large"), [0, 0, 1], "Put them in order first."),
        (Cell("picture"), [2, None], "Choose a place in “picture” first."),
        (Grid("output", 1, 2), [2, True], "Type a number into each cell first."),
    ],
)
def test_a_guess_that_is_not_finished_is_not_judged(kind: Kind, guess: object, said: str) -> None:
    with pytest.raises(Unfinished) as caught:
        kind.read(guess)
    assert str(caught.value) == said


def test_the_line_is_run_without_a_record_for_gradients() -> None:
    asked = Asked("?", Number(), "nn.Conv2d(1, 1, 1)(torch.ones(1, 1, 1, 1))", {}, tuple, ())
    assert not asked.run().requires_grad
