"""A covered lab: nothing of what is covered reaches the page."""

import json

import pytest

from lessons_lib.kit.cover import SENTENCE
from lessons_lib.visualization.covered import Covered
from lessons_lib.widgets import Lab, question, sliding_window_lab, stride_lab
from lessons_lib.widgets.stage.stage import Stage


def told(lab: Lab) -> str:
    """The scene as the page is told it, but for the input."""
    panes = [pane for pane in lab.stage.scene["panes"] if pane["name"] != "input"]
    words = {name: lab.stage.scene[name] for name in ("formula", "code", "cost", "sentence")}
    return json.dumps([panes, words, lab.stage.scene["links"]], default=repr)


def pixels_of(lab: Lab, name: str) -> bytes:
    (slot,) = [pane["slot"] for pane in lab.stage.scene["panes"] if pane["name"] == name]
    return bytes(getattr(lab.stage, f"pixels_{slot}"))


def test_the_scene_of_a_covered_lab_has_no_size_no_formula_and_no_sentence() -> None:
    lab = stride_lab(picture="coffee", stride=7)
    assert "57" in told(lab)  # (400 - 3) // 7 + 1
    lab.cover()
    assert lab.stage.scene["formula"] == []
    assert lab.stage.scene["cost"] is None
    assert lab.stage.scene["sentence"] == SENTENCE
    assert pixels_of(lab, "output") == b"\0"
    assert "57" not in told(lab)


def test_the_stage_keeps_no_pixels_of_what_is_covered() -> None:
    lab = stride_lab(picture="coffee", stride=7)
    before = pixels_of(lab, "output")
    lab.cover()
    assert before not in [bytes(getattr(lab.stage, f"pixels_{slot}")) for slot in range(8)]


def test_a_moved_control_shows_nothing_of_what_is_covered() -> None:
    lab = stride_lab(picture="coffee")
    lab.cover()
    lab.set(stride=9)
    assert lab.stage.scene["sentence"] == SENTENCE
    assert pixels_of(lab, "output") == b"\0"


def test_uncovered_it_shows_what_it_would_have_shown() -> None:
    lab, plain = stride_lab(picture="coffee"), stride_lab(picture="coffee")
    lab.cover()
    lab.set(stride=9)
    plain.set(stride=9)
    lab.uncover()
    assert lab.stage.scene["sentence"] == plain.stage.scene["sentence"]
    assert lab.stage.scene["formula"] == plain.stage.scene["formula"]
    assert pixels_of(lab, "output") == pixels_of(plain, "output")


def test_the_page_can_tell_a_covered_state_from_the_same_one_uncovered() -> None:
    lab = stride_lab(picture="coffee")
    keys = [lab.stage.scene["key"]]
    lab.cover()
    keys.append(lab.stage.scene["key"])
    lab.cover(formula=False)
    keys.append(lab.stage.scene["key"])
    lab.uncover()
    assert len(set(keys)) == 3
    assert lab.stage.scene["key"] == keys[0]


def test_the_microscope_shows_nothing_of_a_covered_output() -> None:
    lab = stride_lab(picture="coffee")
    lab.stage.pointer = {"pane": "output", "row": 2, "column": 3}
    assert lab.stage.probe
    lab.cover()
    assert lab.stage.probe == {}
    lab.stage.pointer = {"pane": "output", "row": 4, "column": 3}
    assert lab.stage.probe == {}
    assert lab.stage.crash == ""


def test_the_static_page_of_a_covered_lab_is_covered_too() -> None:
    lab = stride_lab(picture="coffee")
    lab.cover()
    bundle = lab._repr_mimebundle_()
    assert SENTENCE in bundle["text/plain"]
    (tile,) = [tile for tile in lab._writer.rendered() if tile.name.startswith("output")]
    assert (tile.name, isinstance(tile.drawing, Covered)) == ("output", True)


def test_a_single_pane_can_be_covered() -> None:
    lab = sliding_window_lab()
    lab.cover(["kernel"], formula=False, sentence=False)
    kinds = {pane["name"]: pane["kind"] for pane in lab.stage.scene["panes"]}
    assert kinds["kernel"] == "covered"
    assert kinds["output"] != "covered"
    assert lab.stage.scene["formula"]


def test_a_pane_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"`panes` \(='outptu'\) must be out of input, "):
        stride_lab().cover(["outptu"])


def test_of_a_lab_that_begins_covered_nothing_was_ever_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(
        Stage, "notify_change", lambda _self, change: sent.append(repr(change["new"]))
    )
    lab = stride_lab(picture="coffee", stride=7, covered=True)
    assert len(sent) > 2
    assert "Covered: answer the question first." in "".join(sent)
    shape = "[1, 57, 86]"  # of (400 - 3) // 7 + 1 and (600 - 3) // 7 + 1
    assert shape not in "".join(sent)
    lab.uncover()
    assert shape in "".join(sent)


def test_a_question_covers_its_lab_until_the_answer_is_known() -> None:
    lab = stride_lab(picture="coffee")
    asked = question("stride_size", covers=lab, seed=2)
    assert lab.stage.scene["sentence"] == SENTENCE
    asked.commit(list(asked.question.slips[0].answer))
    assert lab.stage.scene["sentence"] == SENTENCE
    asked.show()
    assert lab.stage.scene["sentence"] != SENTENCE


def test_a_question_leaves_a_chosen_cover_as_it_is() -> None:
    lab = stride_lab(picture="coffee", show_unread=True)
    lab.cover(["input", "corner"])
    asked = question("stride_unread", covers=lab, seed=2)
    hidden = [pane["name"] for pane in lab.stage.scene["panes"] if pane["kind"] == "covered"]
    assert hidden == ["input", "corner"]
    asked.show()
    assert not lab.is_covered
