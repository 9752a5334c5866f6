"""Few controls first: what stands in sight, what waits, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import ipywidgets
import pytest
import torch

from lessons_lib.kit.controls import Choice, KernelEdit, Presets, Seed, Slider, Toggle, Work
from lessons_lib.kit.result import LabDefinition, Pane, Result
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.lab.more import in_sight
from tests.labs.all_labs import all_labs
from tests.widgets.hand import Ear, browser_sets, control, family, folded, with_class


@dataclass(frozen=True)
class Params:
    size: int = 1
    border: str = "zeros"
    own: bool = False
    across: int = 5
    kernel: tuple[tuple[float, ...], ...] = ((1.0,),)
    seed: int = 3
    found: Any = None


def compute(params: Params) -> Result:
    values = torch.full((1, 2, 2), float(params.size))
    pane = Pane("output", "output", "output", values, "grid", (1, 2, 2), "signed")
    return Result((pane,), "It is so.")


SMALL = LabDefinition(
    name="small",
    title="Small",
    params=Params,
    compute=compute,
    controls=(
        Seed(),
        Choice(
            "border",
            "border",
            (("zeros", "zeros"), ("a mirror", "mirror")),
            "padding",
            True,
            more=True,
        ),
        Slider("size", "size", 1, 9, "kernel"),
        Toggle("own", "own across", "stride", more=True),
        Slider("across", "across", 1, 9, "stride", shown_with="own"),
        Presets(
            "try",
            (
                ("1", {"size": 1, "border": "zeros"}),
                ("9", {"size": 9}),
                ("mirror", {"size": 2, "border": "mirror"}),
                ("own 7", {"own": True, "across": 7}),
            ),
        ),
    ),
)


@pytest.fixture
def make() -> Iterator[Callable[..., Lab]]:
    """Make labs; they are closed at the end."""
    made: list[Lab] = []

    def one(definition: LabDefinition = SMALL, **settings: Any) -> Lab:
        made.append(Lab(definition, **settings))
        return made[-1]

    yield one
    for lab in made:
        lab.close()


Make = Callable[..., Lab]


def told(lab: Lab) -> str:
    """What the button says about the controls behind it."""
    return str(with_class(lab, "lesson-more").children[0].inside)


# ------------------------------------------------------------------------------- what stands where


def test_what_the_lab_marks_waits_with_what_depends_on_it_and_the_presets_that_move_it(
    make: Make,
) -> None:
    assert folded(make()) == ["border", "own", "across", "mirror", "own 7"]


def test_a_notebook_names_what_stands_in_sight(make: Make) -> None:
    assert folded(make(controls=("border", "size"))) == ["own", "across", "own 7"]
    others = ["size", "own", "across", "9", "mirror", "own 7"]
    assert folded(make(controls=("border",))) == others


def test_one_name_may_stand_without_a_row_of_names(make: Make) -> None:
    assert folded(make(controls="own")) == ["border", "size", "9", "mirror"]


def test_all_leaves_nothing_to_be_asked_for(make: Make) -> None:
    lab = make(controls="all")
    assert folded(lab) == []
    assert not [each for each in family(lab) if "lesson-more" in getattr(each, "_dom_classes", ())]


def test_what_is_shown_with_a_toggle_in_sight_stands_there_too(make: Make) -> None:
    lab = make(controls=("own",))
    across = control(lab, "across")
    assert "lesson-folded" not in across._dom_classes
    assert across.layout.display == "none"
    lab.set(own=True)
    assert across.layout.display == ""


def test_the_control_of_a_setting_in_the_call_stands_in_sight(make: Make) -> None:
    assert folded(make(border="mirror")) == ["own", "across", "own 7"]
    named = make(border="mirror", controls=("size",))
    assert folded(named) == ["border", "own", "across", "own 7"]


def test_a_list_of_the_header_stands_there_only_while_it_is_in_sight(make: Make) -> None:
    lab = make(controls="all")
    assert control(lab, "border") in lab.panel.header.children
    lab = make()
    assert control(lab, "border") not in lab.panel.header.children


def test_seed_and_work_that_begins_by_itself_always_stand_in_sight() -> None:
    work = Work("found", "find", lambda _: iter(()), ())
    due = replace(work, name="search", due=lambda _: False)
    assert in_sight((Seed(), work, due), ()) == {"seed", "search"}
    assert in_sight((Seed(), work, due)) == {"seed", "found", "search"}


@pytest.mark.parametrize(
    ("chosen", "error", "said"),
    [
        ("sise", ValueError, r"`controls` \(='sise'\).*\"all\", or names out of .*size, own"),
        (("size", "picture"), ValueError, r"`controls` \(='picture'\)"),
        (("all", "size"), ValueError, r"`controls` \(='all'\)"),
        (3, TypeError, r"`controls` \(=3\) must be \"all\", or names out of seed, border"),
    ],
)
def test_a_wrong_name_is_an_error_that_lists_the_right_ones(
    make: Make, chosen: Any, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        make(controls=chosen)


def test_a_condition_on_nothing_is_an_error(make: Make) -> None:
    lost = Slider("size", "size", 1, 9, shown_with="sise")
    with pytest.raises(ValueError, match=r"`shown_with` \(='sise'\) must be one of"):
        make(replace(SMALL, controls=(lost,)))


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_no_parameter_of_a_lab_is_in_the_way_of_the_argument(definition: LabDefinition) -> None:
    assert "controls" not in {field.name for field in fields(definition.params)}


@pytest.mark.parametrize("definition", all_labs(), ids=lambda lab: lab.name)
def test_every_lab_shows_few_controls_first_and_can_show_all(definition: LabDefinition) -> None:
    named = {spec.name for spec in definition.controls if not isinstance(spec, Presets)}
    first = in_sight(definition.controls)
    assert first
    assert in_sight(definition.controls, "all") == named
    counted = [
        spec
        for spec in definition.controls
        if isinstance(spec, Slider | Toggle | Choice) and spec.name in first and not spec.shown_with
    ]
    assert len(counted) <= 6, "who meets so many at once?"


# --------------------------------------------------------------------------------------- in use


def test_a_folded_control_works_and_is_told(make: Make) -> None:
    lab = make()
    assert told(lab) == ""
    lab.set(border="mirror")
    assert control(lab, "border").value == "mirror"
    assert told(lab) == "border a mirror"
    lab.set(own=True, across=7)
    assert told(lab) == "border a mirror, own across, across 7"
    lab.reset()
    assert lab.params == Params()
    assert told(lab) == ""


def test_what_counts_for_nothing_is_not_told(make: Make) -> None:
    lab = make()
    lab.set(across=7)
    assert told(lab) == ""


def test_a_lab_that_begins_with_a_folded_setting_tells_it(make: Make) -> None:
    lab = make(border="mirror", controls=("size",))
    assert told(lab) == "border a mirror"
    lab.reset()
    assert told(lab) == "border a mirror"
    lab.set(border="zeros")
    assert told(lab) == ""


def test_a_preset_in_either_row_is_marked_and_told(make: Make) -> None:
    lab = make()
    near, far = (each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons))
    browser_sets(far, index=0)
    assert lab.params == Params(size=2, border="mirror")
    assert (near.value, far.label, told(lab)) == (None, "mirror", "border a mirror")
    browser_sets(near, index=0)
    assert (near.label, far.value, told(lab)) == ("1", None, "")


def test_presets_too_may_wait_and_be_shown_under_a_condition(make: Make) -> None:
    rows = (
        Presets("own", (("3", {"across": 3}),), shown_with="own"),
        Presets("sizes", (("4", {"size": 4}),), more=True),
    )
    lab = make(replace(SMALL, controls=(*SMALL.controls[:-1], *rows)), controls=("own", "size"))
    own, _sizes = (each for each in family(lab) if isinstance(each, ipywidgets.ToggleButtons))
    assert folded(lab) == ["border", "4"]
    assert own.layout.display == "none"
    lab.set(own=True)
    assert own.layout.display == ""


def test_a_kernel_editor_waits_like_any_other_control(make: Make) -> None:
    lab = make(replace(SMALL, controls=(KernelEdit(more=True), *SMALL.controls)))
    assert folded(lab)[0] == "kernel"
    lab.set(kernel=((2.0, -1.0),))
    assert told(lab) == "kernel 2 −1"


def test_a_move_in_the_open_box_costs_no_message_of_the_button(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = make(own=False, controls=("size",))
    button = with_class(lab, "lesson-more").children[0]
    browser_sets(button, unfolded=True)
    ear = Ear(button, monkeypatch)
    lab.panel.show_or_hide(replace(lab.params, border="mirror"))
    assert ear.states() == []
    lab.set(border="mirror")
    browser_sets(button, unfolded=False)
    assert {"inside": "border a mirror"} in ear.states()


def test_a_closed_lab_takes_its_button_along(make: Make) -> None:
    lab = make()
    button = with_class(lab, "lesson-more").children[0]
    lab.close()
    assert button.comm is None
