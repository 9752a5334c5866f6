"""A thousand draws of each question: right keys, telling slips, nothing trivial or illegal."""

import re
from collections import Counter

import pytest
import torch

from lessons_lib.practice.questions import QUESTIONS, Asked, question_of
from lessons_lib.practice.questions.kinds import Answer, Cell, Choice, Grid, Number, Order, Shape
from tests.practice.questions.drawn import DRAWS, drawn, numbers_in, pairs_in, slips_judged
from tests.practice.questions.oracles import ORACLES

every_question = pytest.mark.parametrize("name", QUESTIONS)


@every_question
def test_torch_answers_as_counting_does(name: str) -> None:
    wrong = [
        (asked.text, key, ORACLES[name](asked))
        for asked, key in drawn(name)
        if not asked.kind.are_equal(key, ORACLES[name](asked))
    ]
    assert wrong == []


@every_question
def test_no_question_can_be_answered_without_thinking(name: str) -> None:
    trivial = [(asked.text, key) for asked, key in drawn(name) if is_trivial(asked, key)]
    assert trivial == []


def is_trivial(asked: Asked, key: Answer) -> bool:
    """The answer stands in the question: as a number, as the order shown, as a whole grid."""
    kind, numbers = asked.kind, numbers_in(asked.text)
    if isinstance(kind, Number):
        return key[0] in numbers
    if isinstance(kind, Shape):
        # A weight repeats what its layer was given: one of its four numbers at least does not.
        return (all if len(key) == 4 else any)(size in numbers for size in key)
    if isinstance(kind, Order):
        return key == tuple(range(len(key)))
    if isinstance(kind, Cell):
        return key in pairs_in(asked.text)
    if isinstance(kind, Grid):
        return len(set(key)) == 1 or any(key == shown_row(each.values) for each in asked.shown)
    assert isinstance(kind, Choice)
    return kind.options[int(key[0])] in asked.text


def shown_row(values: torch.Tensor) -> Answer:
    return tuple(values.flatten().tolist())


@every_question
def test_each_answer_of_a_choice_is_right_now_and_then(name: str) -> None:
    kind = drawn(name)[0][0].kind
    if not isinstance(kind, Choice):
        return
    counts = Counter(key for _, key in drawn(name))
    assert set(counts) == {(float(place),) for place in range(len(kind.options))}
    assert min(counts.values()) > DRAWS / len(kind.options) / 2


@every_question
def test_a_slip_never_leads_to_the_right_answer(name: str) -> None:
    same = [
        (asked.text, slip.message)
        for asked, key in drawn(name)
        for slip in asked.slips
        if asked.kind.are_equal(slip.answer, key)
    ]
    assert same == []


@every_question
def test_two_slips_never_lead_to_the_same_answer(name: str) -> None:
    for asked, _ in drawn(name):
        answers = [slip.answer for slip in asked.slips]
        assert len(set(answers)) == len(answers), asked.text


@every_question
def test_a_slip_is_answered_with_its_own_message(name: str) -> None:
    for _, _, slip, verdict in slips_judged(name):
        assert not verdict.right
        assert slip.message[1:] in verdict.message


@every_question
def test_what_is_said_of_a_slip_does_not_give_the_answer_away(name: str) -> None:
    for asked, key, _, verdict in slips_judged(name):
        words, said = asked.kind.words(key), verdict.message
        assert not re.search(rf"(?<!\d){re.escape(words)}(?!\d)", said), (asked.text, said)


@every_question
def test_most_draws_have_a_slip_to_fall_for(name: str) -> None:
    assert sum(bool(asked.slips) for asked, _ in drawn(name)) > 0.95 * DRAWS


@every_question
def test_no_slip_is_there_for_nothing(name: str) -> None:
    counts = Counter(slip.message for asked, _ in drawn(name) for slip in asked.slips)
    assert min(counts.values()) > 0.02 * DRAWS, counts


@every_question
def test_another_draw_is_another_question(name: str) -> None:
    asked = {
        (each.text, each.code, *(shown_row(it.values) for it in each.shown if it.values.ndim == 2))
        for each, _ in drawn(name)[:50]
    }
    assert len(asked) > 20


@every_question
def test_the_same_seed_draws_the_same_question(name: str) -> None:
    one, other = (QUESTIONS[name](torch.Generator().manual_seed(5)) for _ in range(2))
    assert (one.text, one.code, [s.answer for s in one.slips]) == (
        other.text,
        other.code,
        [s.answer for s in other.slips],
    )


@every_question
def test_drawing_and_answering_leave_torchs_own_random_numbers_alone(name: str) -> None:
    before = torch.get_rng_state()
    QUESTIONS[name](torch.Generator().manual_seed(5)).run()
    assert torch.equal(torch.get_rng_state(), before)


def test_an_unknown_question_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ValueError, match=r"`name` \(='stride'\) must be one of window_size, "):
        question_of("stride")
