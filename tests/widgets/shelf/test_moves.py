"""What the page is told of each control leads to the key that Python gives the state."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit.result import LabDefinition
from lessons_lib.labs import learn_kernel, stride
from lessons_lib.widgets.lab.lab import Lab
from tests.labs.all_labs import all_labs
from tests.widgets.hand import browser_sets, family, small_picture

MOST = 60  # moves of one control


def has_picture(definition: LabDefinition) -> bool:
    return any(spec.name == "picture" for spec in definition.controls if hasattr(spec, "name"))


# the page is told no moves of a lab that is not worked out ahead: tests/labs/test_games.py
@pytest.fixture(params=[each for each in all_labs() if each.ahead], ids=lambda lab: lab.name)
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    made = Lab(request.param)
    yield made
    made.close()


def led_to(key: str, move: dict[str, Any], value: float) -> str:
    """The key that the page makes of a move, as widgets/shelf/ahead.js does."""
    parts = key.split("|")
    if "sets" in move:
        texts = move["sets"][int(value)]
    else:
        texts = {move["part"]: str(round((value - move["low"]) / move["step"]))}
    for part, text in texts.items():
        parts[part] = text
    return "|".join(parts)


def widget_of(lab: Lab, move: dict[str, Any]) -> Any:
    (found,) = [each for each in family(lab) if each.model_id == move["model"]]
    return found


def values_of(widget: Any, move: dict[str, Any]) -> list[Any]:
    """What a hand may set the attribute to, from one end to the other."""
    if move["attribute"] == "value" and "sets" in move:
        return [False, True]
    if "sets" in move:
        return list(range(len(widget.options)))
    steps = [move["low"] + n * move["step"] for n in range(MOST)]
    return [value for value in steps if value < widget.max + move["step"] / 2]


def test_a_move_leads_to_the_key_of_the_state_that_the_lab_comes_to(lab: Lab) -> None:
    known = [field for field in lab.stage.moves if "leaps" not in field]
    assert known
    for move in known:
        widget = widget_of(lab, move)
        values = values_of(widget, move)
        for value in values if "sets" in move else values[:: 1 + len(values) // 3]:
            before = lab.stage.scene["key"]
            if getattr(widget, move["attribute"]) == value:
                continue
            browser_sets(widget, **{move["attribute"]: value})
            assert getattr(widget, move["attribute"]) == value, move["name"]
            assert lab.stage.scene["key"] == led_to(before, move, value), move["name"]
        lab.reset()


def stood_for(lab: Lab) -> str:
    """The key of the state that all controls together stand for, as the page makes it."""
    key: str = lab.stage.scene["key"]
    for move in (each for each in lab.stage.moves if "leaps" not in each):
        value = getattr(widget_of(lab, move), move["attribute"])
        on_step = "sets" in move or float((value - move["low"]) / move["step"]).is_integer()
        key = led_to(key, move, value) if on_step else key
    return key


def test_a_button_leads_to_the_state_that_the_lab_and_all_its_controls_come_to(lab: Lab) -> None:
    assert stood_for(lab) == lab.stage.scene["key"]
    for move in (each for each in lab.stage.moves if "leaps" in each):
        widget = widget_of(lab, move)
        for index in values_of(widget, move):
            before = lab.stage.scene["key"]
            widget.index = None
            browser_sets(widget, index=index)
            assert lab.stage.scene["key"] == led_to(before, move, index), move["name"]
            assert stood_for(lab) == lab.stage.scene["key"], (move["name"], index)
    lab.reset()
    assert stood_for(lab) == lab.stage.scene["key"]


def test_what_is_worked_out_ahead_are_the_states_that_a_move_leads_to(lab: Lab) -> None:
    for move in lab.stage.moves:
        widget = widget_of(lab, move)
        key = lab.stage.scene["key"]
        others = [lab.state_of(params).key for params in islice(lab._ahead.others(move["name"]), 9)]
        assert len(set(others)) == len(others)
        led = {led_to(key, move, value) for value in values_of(widget, move)}
        if "sets" in move or len(led) < MOST:
            assert set(others) <= led


def test_another_file_of_the_same_name_is_another_state() -> None:
    lab = Lab(stride.LAB, picture=small_picture())
    picture_list = next(each for each in lab.stage.moves if each["name"] == "picture")
    place = widget_of(lab, picture_list).index
    other = Picture("small", small_picture().image.flip(-1))
    lab.set(picture=other)
    told = next(each for each in lab.stage.moves if each["name"] == "picture")
    assert told["sets"][place] != picture_list["sets"][place]
    assert lab.stage.scene["key"] == led_to(lab.stage.scene["key"], told, place)
    lab.close()


def test_a_value_that_takes_a_place_of_its_own_on_a_slider_is_told_to_the_page() -> None:
    lab = Lab(learn_kernel.LAB)
    name = next(each["name"] for each in lab.stage.moves if each["name"] in ("rate", "lr"))
    before = next(each for each in lab.stage.moves if each["name"] == name)
    lab.set(**{name: 0.0123})
    after = next(each for each in lab.stage.moves if each["name"] == name)
    assert len(after["sets"]) == len(before["sets"]) + 1
    place = widget_of(lab, after).index
    assert lab.stage.scene["key"] == led_to(lab.stage.scene["key"], after, place)
    lab.close()


def test_pictures_are_loaded_only_when_it_is_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = Lab(stride.LAB)
    loaded: list[str] = []

    def load(name: str) -> Picture:
        loaded.append(name)
        return load_picture(name)

    monkeypatch.setattr("lessons_lib.widgets.lab.bindings.load_picture", load)
    others = lab._ahead.others("picture")
    assert loaded == [] or set(loaded) == {lab.params.picture.name}
    next(others)
    assert len(set(loaded)) <= 2
    lab.close()
