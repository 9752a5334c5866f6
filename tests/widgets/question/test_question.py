"""The widget that asks: what it tells the page before and after the guess."""

import json
from typing import Any

import pytest

from lessons_lib.practice.questions import QUESTIONS, key_of
from lessons_lib.widgets import question
from lessons_lib.widgets.lab import cells
from lessons_lib.widgets.question.question import Question


def told(asked: Question) -> str:
    """Everything that the page is told."""
    return json.dumps(asked.get_state(asked.keys), default=repr)


def wrong_guess(asked: Question) -> list[float]:
    """The answer of a slip."""
    return list(asked.question.slips[0].answer)


def sent(asked: Question, **content: Any) -> None:
    """What the browser sends."""
    asked._handle_custom_msg({"turn": asked.asked["turn"], **content}, [])


@pytest.mark.parametrize("name", QUESTIONS)
def test_nothing_of_the_answer_is_sent_before_the_guess(name: str) -> None:
    asked = question(name, seed=2)
    assert set(asked.said) == {"state", "message", "guess", "turn"}
    assert asked.question.code not in told(asked)
    assert not any(slip.message in told(asked) for slip in asked.question.slips)


def test_a_wrong_guess_is_answered_and_the_result_stays_covered() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="commit", guess=wrong_guess(asked))
    assert asked.said["state"] == "wrong"
    assert asked.question.slips[0].message[1:] in asked.said["message"]
    assert "key" not in asked.said
    assert asked.question.code not in told(asked)
    assert asked.known is None


def test_a_right_guess_shows_the_line_that_was_run_and_its_result() -> None:
    asked = question("stride_size", seed=2)
    key = key_of(asked.question)
    sent(asked, type="commit", guess=list(key.answer))
    assert asked.said["state"] == "right"
    assert asked.said["code"] == asked.question.code
    assert asked.said["result"] == key.result
    assert asked.said["key"] == list(key.answer)
    assert asked.known is True


def test_who_lets_it_be_shown_has_not_known_it() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="commit", guess=wrong_guess(asked))
    sent(asked, type="show")
    assert asked.said["state"] == "shown"
    assert asked.said["key"] == list(key_of(asked.question).answer)
    assert asked.said["guess"] == wrong_guess(asked)
    assert asked.known is False


def test_a_guess_after_the_answer_was_shown_counts_nothing() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="show")
    sent(asked, type="commit", guess=list(key_of(asked.question).answer))
    assert (asked.said["state"], asked.known) == ("shown", False)


def test_another_one_has_new_numbers_and_is_covered_again() -> None:
    asked = question("stride_size", seed=2)
    before = asked.asked
    sent(asked, type="show")
    sent(asked, type="another")
    assert asked.asked["text"] != before["text"]
    assert (asked.said["state"], asked.known) == ("open", None)
    assert "key" not in asked.said


def test_what_a_view_says_of_an_earlier_question_is_dropped() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="another")
    sent(asked, type="commit", turn=1, guess=[3, 4])
    assert asked.said["state"] == "open"


def test_who_has_found_the_answer_cannot_have_it_shown() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="commit", guess=list(key_of(asked.question).answer))
    sent(asked, type="show")
    assert (asked.said["state"], asked.known) == ("right", True)


def test_an_unfinished_guess_leaves_what_was_said_of_the_one_before() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="commit", guess=wrong_guess(asked))
    sent(asked, type="commit", guess=[3, None])
    assert (asked.said["state"], asked.said["guess"]) == ("wrong", wrong_guess(asked))


def test_a_new_question_comes_in_one_message_with_what_is_said_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = question("stride_size", seed=2)
    messages: list[set[str]] = []
    monkeypatch.setattr(asked, "send_state", lambda key: messages.append(set(key)))
    sent(asked, type="another")
    assert messages == [{"asked", "said"}]


def test_run_again_a_cell_closes_the_question_that_it_asked_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cells, "_made", {})
    asked = []
    for run in ("first", "second"):
        monkeypatch.setattr(cells, "running_cell", lambda run=run: ("02-ask", run))
        asked.append(question("stride_size"))
    assert [each.comm is None for each in asked] == [True, False]


def test_an_unfinished_guess_is_answered_and_not_judged() -> None:
    asked = question("stride_size", seed=2)
    sent(asked, type="commit", guess=[3, None])
    assert asked.said["message"] == "Type height and width first."
    assert asked.said["state"] == "open"


def test_the_same_seed_asks_the_same_and_no_seed_asks_anew() -> None:
    assert question("stride_size", seed=2).asked == question("stride_size", seed=2).asked
    assert len({question("stride_size").asked["text"] for _ in range(5)}) > 1


def test_a_static_page_shows_the_question_and_nothing_of_the_answer() -> None:
    asked = question("stride_window", seed=2)
    data, _ = asked._repr_mimebundle_() or ({}, {})
    assert "top left" in data["text/plain"]
    assert "<td>" in data["text/html"]
    for still in (data["text/plain"], data["text/html"]):
        assert asked.question.code not in still
        assert asked.question.kind.words(key_of(asked.question).answer) not in still


def test_what_should_not_have_happened_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = question("stride_size", seed=2)
    monkeypatch.setattr(asked, "commit", lambda _guess: 1 / 0)
    sent(asked, type="commit", guess=[3, 4])
    assert "ZeroDivisionError" in asked.crash


def test_what_should_not_have_happened_is_gone_with_the_next_answer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked = question("stride_size", seed=2)
    with monkeypatch.context() as patch:
        patch.setattr(asked, "commit", lambda _guess: 1 / 0)
        sent(asked, type="commit", guess=[3, 4])
    assert "question stride_size failed" in caplog.text
    sent(asked, type="commit", guess=wrong_guess(asked))
    assert asked.crash == ""


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of window_size"):
        question("strides")
