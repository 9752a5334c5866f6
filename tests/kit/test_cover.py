"""Covering a lab's result: what is covered is gone, whatever leads to it too; the rest stays."""

import pytest

from lessons_lib.kit.cover import SENTENCE, Cover, covered
from lessons_lib.kit.result import LabDefinition, Result
from lessons_lib.labs import transposed_grid
from tests.labs.all_labs import all_labs

every_lab = pytest.mark.parametrize("lab", all_labs(), ids=lambda lab: lab.name)


def result_of(lab: LabDefinition) -> Result:
    return lab.compute(lab.params())


@every_lab
def test_of_a_covered_output_only_the_name_is_left(lab: LabDefinition) -> None:
    result = result_of(lab)
    for pane, before in zip(covered(result, Cover()).panes, result.panes, strict=True):
        if before.role != "output":
            assert pane is before
            continue
        assert (pane.name, pane.kind, pane.shape) == (before.name, "covered", (1, 1))
        assert pane.values.tolist() == [[0.0]]
        assert not pane.note


@every_lab
def test_nothing_leads_to_a_covered_pane(lab: LabDefinition) -> None:
    result = covered(result_of(lab), Cover())
    hidden = {pane.name for pane in result.panes if pane.kind == "covered"}
    ends = {name for link in result.links for name in (link.output, link.source)}
    ends |= {name for link in result.cell_links for name in (link.first, link.second)}
    ends |= {each.output for each in result.microscopes}
    if result.stepper:
        ends |= {result.stepper.output, result.stepper.walks}
    assert not hidden & ends


@every_lab
def test_formula_cost_and_sentence_are_gone_and_the_line_of_code_stays(lab: LabDefinition) -> None:
    before = result_of(lab)
    result = covered(before, Cover())
    assert (result.formula, result.cost, result.compared) == ((), None, None)
    assert result.sentence == SENTENCE
    assert result.code == before.code


@every_lab
def test_what_is_not_to_be_covered_stays(lab: LabDefinition) -> None:
    before = result_of(lab)
    result = covered(before, Cover(panes=(), formula=False, sentence=False))
    assert result.panes == before.panes
    assert result.links == before.links
    assert (result.formula, result.cost, result.sentence) == (
        before.formula,
        before.cost,
        before.sentence,
    )


def test_nothing_leads_from_a_covered_input() -> None:
    result = covered(result_of(transposed_grid.LAB), Cover(("input",)))
    assert "input" not in {link.source for link in result.links}
    assert result.stepper is None


def test_without_a_cover_the_result_is_the_same() -> None:
    result = result_of(all_labs()[0])
    assert covered(result, None) is result


def test_each_cover_has_a_word_of_its_own() -> None:
    covers = [
        Cover(),
        Cover(("output",)),
        Cover(("output", "map")),
        Cover(formula=False),
        Cover(sentence=False),
    ]
    assert len({cover.word for cover in covers}) == len(covers)
