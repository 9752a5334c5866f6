"""No setting that is drawn is one that torch refuses, unless the question is about refusals."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from lessons_lib.practice.questions import QUESTIONS, Asked
from lessons_lib.practice.questions.kinds import Cell, Kind, Number, Order
from lessons_lib.practice.questions.refusing import refusal
from tests.practice.questions.described import described, is_taken
from tests.practice.questions.drawn import drawn, draws, tried

every_question = pytest.mark.parametrize("name", QUESTIONS)


def is_about_refusals(asked: Asked) -> bool:
    return asked.settings.get("about") == "refusals"


# By one draw each: a thousand would be drawn while tests are collected, in every worker.
ABOUT_REFUSALS = [
    name
    for name, draw in QUESTIONS.items()
    if is_about_refusals(draw(torch.Generator().manual_seed(11)))
]


@every_question
def test_torch_takes_every_line(name: str) -> None:
    refused = [(asked.text, key) for asked, key in tried(name) if isinstance(key, Exception)]
    assert refused == []


@every_question
def test_torch_takes_every_layer_that_a_text_describes(name: str) -> None:
    if name in ABOUT_REFUSALS:
        return
    told = [(asked.text, layer) for asked in draws(name)[:100] for layer in described(asked)]
    assert [(text, layer) for text, layer in told if not is_taken(*layer)] == []


@every_question
def test_only_a_question_about_refusals_looks_for_one(name: str) -> None:
    asks = {("refusal" in asked.names, is_about_refusals(asked)) for asked in draws(name)}
    assert asks == {(name in ABOUT_REFUSALS,) * 2}


@pytest.mark.parametrize("name", ABOUT_REFUSALS)
def test_a_question_about_refusals_has_both_what_is_taken_and_what_is_refused(name: str) -> None:
    for asked in draws(name)[:100]:
        said: list[str] = []

        def heard(call, said=said):  # type: ignore[no-untyped-def]
            said.append(refusal(call))
            return said[-1]

        replace(asked, names={**asked.names, "refusal": heard}).run()
        assert "" in said
        assert any(said)


@every_question
def test_the_right_answer_can_be_given(name: str) -> None:
    for asked, key in drawn(name):
        assert all(map(math.isfinite, key)), asked.text
        assert asked.kind.read(list(key)) == key
        if isinstance(asked.kind, Cell):
            (pane,) = [each.values for each in asked.shown if each.name == asked.kind.pane]
            assert all(0 <= at < n for at, n in zip(key, pane.shape[-2:], strict=True))


def told(text: str, kind: Kind | None = None) -> list[bool]:
    asked = Asked(text, kind or Number(), "", {}, tuple, ())
    return [is_taken(*each) for each in described(asked)]


@pytest.mark.parametrize(
    "text",
    [
        "A picture of 4 × 9 pixels and a kernel of 5 × 2.",
        "A picture of 4 × 9 pixels, `kernel_size=(2, 5)`, `dilation=(4, 1)`, no padding.",
        'A picture of 4 × 9 pixels gets a border: `padding=4, padding_mode="reflect"`.',
        "A row of 3 pixels, a kernel of 4, stride 2.",
        "A picture of 4 × 9 pixels goes through `nn.MaxPool2d(5, stride=1)`.",
        "A picture of 4 × 9 pixels goes through `nn.AvgPool2d((2, 3), padding=(1, 2))`.",
        "A film of 2 frames, each of 9 × 9 pixels. It goes through `nn.Conv3d(3, 8, (3, 2, 2))`.",
    ],
)
def test_a_text_with_an_illegal_setting_is_noticed(text: str) -> None:
    assert told(text) == [False]


def test_among_things_to_be_put_in_order_the_illegal_one_is_noticed() -> None:
    items = ("kernel_size=3, stride=2", "kernel_size=7, stride=1")
    order = Order(items, "smallest", "largest")
    assert told("For a picture of 6 × 6 pixels.", order) == [True, False]


def test_a_layer_that_cannot_be_made_is_noticed() -> None:
    with pytest.raises(ValueError, match="divisible by groups"):
        told("What is the shape of the weight of `nn.Conv2d(3, 8, 3, groups=2)`?")


def test_a_line_that_torch_refuses_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def illegal(generator: torch.Generator) -> Asked:
        return Asked(
            "?", Number(), "nn.MaxPool2d(3, padding=2)(torch.ones(1, 4, 4))", {}, tuple, ()
        )

    monkeypatch.setitem(QUESTIONS, "illegal", illegal)
    _asked, error = tried("illegal")[0]
    assert "at most half" in str(error)


def test_what_torch_takes_is_no_refusal() -> None:
    assert refusal(lambda: nn.Conv2d(4, 8, 3, groups=2)) == ""
    assert (
        refusal(lambda: nn.Conv2d(3, 8, 3, groups=2)) == "in_channels must be divisible by groups"
    )
