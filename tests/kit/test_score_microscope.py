"""Under the microscope of a segmentation: one score per class, their softmax, and who wins."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.geometry import AxisLayer
from lessons_lib.kernels import seeded_draws
from lessons_lib.kit.layers.stack import axis_layer, receptive_links
from lessons_lib.kit.links import Links
from lessons_lib.kit.score_microscope import ScoreMicroscope
from tests.labs.all_labs import written

NAMES = ("background", "disc", "ring", "square", "triangle")


def scores(classes: int = 5, height: int = 4, width: int = 6) -> Tensor:
    generator = torch.Generator().manual_seed(7)
    return 3 * torch.randn(classes, height, width, generator=generator)


def test_every_pixel_has_its_scores_its_shares_and_its_winner() -> None:
    given = scores()
    seen = ScoreMicroscope("prediction", given, NAMES)
    shares, winners = given.softmax(0), given.argmax(0)
    for row in range(4):
        for column in range(6):
            probe = seen.look(row, column)
            assert (probe.row, probe.column, probe.operation) == (row, column, "scores")
            assert probe.labels == NAMES
            score, share = probe.part("score"), probe.part("share")
            assert torch.equal(score.values[:, 0, 0], given[:, row, column])
            torch.testing.assert_close(share.values[:, 0, 0], 100 * shares[:, row, column])
            best = int(winners[row, column])
            assert probe.value == best
            for part in (score, share):
                assert part.marked is not None
                assert part.marked.flatten().nonzero().tolist() == [[best]]
            assert written(probe.line).endswith(f"; largest: {NAMES[best]}")


def test_places_beyond_the_picture_are_held_at_its_edge() -> None:
    probe = ScoreMicroscope("prediction", scores(), NAMES).look(99, -3)
    assert (probe.row, probe.column) == (3, 0)


def test_the_shares_are_written_from_the_largest_on() -> None:
    given = torch.tensor([0.0, 4.0, 1.0, -20.0, 2.0])[:, None, None]
    probe = ScoreMicroscope("prediction", given, NAMES).look(0, 0)
    assert written(probe.line) == (
        "scores → softmax: disc 0.8310, triangle 0.1125, ring 0.0414, background 0.0152, "
        "square 3·10⁻¹¹; largest: disc"
    )
    assert [term.text for term in probe.line if term.style == "winner"] == [
        "disc ",
        "0.8310",
        "disc",
    ]


def test_of_many_classes_the_unlikely_ones_are_added_up() -> None:
    given = torch.arange(21.0)[:, None, None]
    line = written(ScoreMicroscope("prediction", given, NAMES).look(0, 0).line)
    assert line.startswith("scores → softmax: class 20 0.6321, class 19 0.2325, class 18 0.0855, ")
    assert "class 16 0.0116, 16 other classes together 0.0067; largest: class 20" in line


def test_two_equal_scores_have_one_winner_the_first() -> None:
    given = torch.tensor([1.0, 3.0, 3.0])[:, None, None]
    probe = ScoreMicroscope("prediction", given, NAMES).look(0, 0)
    assert probe.value == 1
    assert written(probe.line).startswith("scores → softmax: disc 0.4683, ring 0.4683, ")


# ------------------------------------------------------------------------------ receptive field

with seeded_draws(1):  # with some other weights ReLU lets nothing through at all
    BODY = (
        nn.Sequential(nn.Conv2d(3, 4, (3, 5), padding=(1, 2)), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Conv2d(4, 5, 1),
        nn.ConvTranspose2d(5, 5, 4, stride=2, padding=1, bias=False),
    )


def test_a_pixel_is_linked_with_all_pixels_that_move_it_and_with_no_others() -> None:
    links = receptive_links(BODY, (8, 12), "prediction")
    assert (links.output, links.source, links.spans) == ("prediction", "input", True)
    image = torch.rand(1, 3, 8, 12, generator=torch.Generator().manual_seed(1)).requires_grad_()
    found = image
    for layer in BODY:
        if isinstance(layer, nn.ConvTranspose2d):
            nn.init.ones_(layer.weight)
        found = layer(found)
    assert found.shape[-2:] == (len(links.rows), len(links.columns)) == (8, 12)
    for row, column in ((0, 0), (3, 7), (7, 11), (4, 2)):
        (gradient,) = torch.autograd.grad(found[0, :, row, column].sum(), image, retain_graph=True)
        moved = gradient[0].abs().sum(0) > 0
        (top, bottom, _), (left, right, _) = (
            links.rows[row].tolist(),
            links.columns[column].tolist(),
        )
        assert moved[top : bottom + 1, left : right + 1].any()
        moved[top : bottom + 1, left : right + 1] = False
        assert not moved.any()


def test_the_line_says_how_many_pixels_a_pixel_was_computed_from() -> None:
    links = receptive_links(BODY, (8, 12), "prediction")
    line = written(ScoreMicroscope("prediction", scores(5, 8, 12), NAMES, links).look(4, 6).line)
    assert line.endswith("; computed from 6 × 8 pixels of the picture")
    taps = torch.tensor([[-1, 0, 1]] * 8)
    own = Links("prediction", "input", taps, taps)
    line = written(ScoreMicroscope("prediction", scores(5, 8, 8), NAMES, own).look(4, 6).line)
    assert line.endswith("; computed from 2 × 2 pixels of the picture")


def test_layers_whose_field_is_not_known_are_refused() -> None:
    with pytest.raises(TypeError, match="Linear"):
        receptive_links([nn.Linear(3, 3)], (8, 8), "out")
    with pytest.raises(ValueError, match="ceil_mode"):
        receptive_links([nn.MaxPool2d(2, ceil_mode=True)], (8, 8), "out")
    with pytest.raises(ValueError, match="padding"):
        receptive_links([nn.Conv2d(1, 1, 3, padding="same")], (8, 8), "out")
    assert axis_layer(nn.BatchNorm2d(3), 0) is None


def test_every_layer_that_is_known_says_what_it_does_along_each_axis() -> None:
    for each in (nn.ReLU(), nn.Identity(), nn.Dropout(), nn.Dropout2d()):
        assert axis_layer(each, 1) is None
    assert axis_layer(nn.AvgPool2d((2, 3), padding=1), 1) == AxisLayer(3, 3, 1)
    assert axis_layer(nn.Conv2d(1, 1, 3, dilation=(2, 4)), 1) == AxisLayer(3, 1, 0, 4)
    up = nn.ConvTranspose2d(1, 1, 3, stride=2, output_padding=(0, 1))
    assert axis_layer(up, 0) == AxisLayer(3, 2, 0, 1, True, 0)
    assert axis_layer(up, 1) == AxisLayer(3, 2, 0, 1, True, 1)


def test_six_classes_are_written_one_by_one_and_those_without_a_name_by_their_number() -> None:
    given = torch.arange(6.0)[:, None, None]
    probe = ScoreMicroscope("prediction", given, NAMES).look(0, 0)
    assert probe.labels == (*NAMES, "class 5")
    assert probe.part("score").value_range == (-5.0, 5.0)
    assert "together" not in written(probe.line)
    assert written(probe.line).count("background") == 1


def test_layers_may_lie_in_boxes_within_boxes_and_the_picture_has_any_name() -> None:
    boxed = nn.Sequential(nn.Sequential(nn.Sequential(nn.Conv2d(1, 1, 3)), nn.ReLU()))
    links = receptive_links([boxed], (5, 6), "out", "photo")
    assert (links.output, links.source) == ("out", "photo")
    assert links.columns[:, :2].tolist() == [[0, 2], [1, 3], [2, 4], [3, 5]]
