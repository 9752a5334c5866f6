"""The look inside: its panes against autograd and the network itself, and what is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kernels import seeded_draws
from lessons_lib.kit.controls import Presets
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import look_inside
from lessons_lib.labs.look_inside import LookInsideParams, networks, told
from lessons_lib.segmentation.look_inside import receptive_window
from lessons_lib.segmentation.meaning import TARGETS, class_correlations
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.patches import strongest_patches
from lessons_lib.segmentation.scenes import HELD_OUT, draw_scene
from lessons_lib.segmentation.trained import trained_fcn
from tests.labs.all_labs import small_pictures, written

SCENES = 20
FIELDS = (3, 8, 18, 38, 54, 70, 86)  # of the small network's seven convolutions


def params(**settings: Any) -> LookInsideParams:
    given = {"weights": "untrained", "scenes": SCENES, **settings}
    return LookInsideParams(**given)


def inside(**settings: Any) -> Result:
    return look_inside.compute(params(**settings))


def held_out(count: int = SCENES) -> tuple[Tensor, Tensor]:
    scenes = [draw_scene(HELD_OUT + i) for i in range(count)]
    images = torch.cat([scene.image for scene in scenes])
    return images, torch.stack([scene.labels for scene in scenes])


def index_of(body: nn.Sequential, layer: int) -> int:
    """The ReLU behind a convolution, counted from 1."""
    return [i for i, each in enumerate(body) if isinstance(each, nn.ReLU)][layer - 1]


def window_of(result: Result, body: nn.Sequential, layer: int) -> tuple[int, int, int, int]:
    """What the marked place of the map sees, beyond the picture too."""
    row, column, _, _ = result.pane("map").marked[0]
    return receptive_window(body, index_of(body, layer), (row, column))


def cut(values: Tensor, window: tuple[int, int, int, int]) -> Tensor:
    """The window of (1, 3, H, W); 0 beyond it."""
    top, left, height, width = window
    padded = nn.functional.pad(values, (width,) * 2 + (height,) * 2)[0]
    return padded[:, top + height : top + 2 * height, left + width : left + 2 * width]


def coloured(values: Tensor) -> Tensor:
    """As signed numbers are shown: grey is 0, and a hundredth is beyond the colours."""
    strong = values.abs().flatten().quantile(look_inside.STRONG)
    return (0.5 + values / (2 * strong)).clamp(0, 1)


# ---------------------------------------------------------------------------------- against torch


@pytest.mark.parametrize("layer", [1, 2, 4, 7])
def test_the_map_is_the_networks_own_and_the_gradient_is_autograds(layer: int) -> None:
    scene, channel = 4, 5
    result = inside(scene=scene, layer=layer, channel=channel, seed=4)
    body = small_fcn(4).body
    image = draw_scene(HELD_OUT + scene).image.requires_grad_()
    maps = body[: index_of(body, layer) + 1](image)
    torch.testing.assert_close(result.pane("map").values, maps[0, channel].detach())
    largest = maps[0, channel].max()
    (gradient,) = torch.autograd.grad(largest, image)
    row, column, _, _ = result.pane("map").marked[0]
    assert maps[0, channel, row, column] == largest > 0
    top, left, height, width = result.pane("input").marked[0]
    outside = gradient.clone()
    outside[..., top : top + height, left : left + width] = 0
    assert not outside.any()
    window = cut(gradient, window_of(result, body, layer))
    assert window.shape == (3, FIELDS[layer - 1], FIELDS[layer - 1])
    assert window.any()
    torch.testing.assert_close(result.pane("gradient").values, coloured(window))


@pytest.mark.parametrize("way", ["deconvnet", "gradient", "guided", "none"])
@pytest.mark.parametrize("source", ["scene", "picture"])
def test_the_code_to_copy_goes_back_in_the_same_way(source: str, way: Any) -> None:
    # not of a scene with flat ground: of numbers that are equal, rounding chooses the largest
    settings = {"source": source, "scene": 6, "layer": 5, "channel": 9, "way": way}
    result = inside(**settings, picture=load_picture("chelsea"))
    known: dict[str, Any] = {}
    exec(result.copied, known)
    window = cut(known["back"], window_of(result, known["body"], 5))
    torch.testing.assert_close(result.pane("back").values, coloured(window), atol=1e-4, rtol=0)


def test_the_way_back_is_told_in_the_code_as_it_is_chosen() -> None:
    lines = {
        way: written(inside(layer=4, way=way).code)
        for way in ("deconvnet", "gradient", "guided", "none")
    }
    inner = "F.conv_transpose2d({}, conv4.weight, padding=1)"
    for way, relu in told._RELU.items():
        step = inner.format(relu)
        assert (
            lines[way] == f"back = F.max_unpool2d({step}, places, 2)  # and so on, layer by layer"
        )
    first = "back = F.conv_transpose2d(F.relu(back), conv1.weight, padding=1)"
    assert written(inside(layer=1).code) == first


def test_the_formula_says_how_far_a_layer_sees() -> None:
    for layer, field in enumerate(FIELDS, start=1):
        sees, back = (written(line) for line in inside(layer=layer).formula)
        total, last = sees.removeprefix("sees ").removesuffix(" pixels").split(" = ")
        assert eval(total.replace("·", "*").replace("−", "-")) == field == int(last)
        deepest = f"conv{layer}ᵀ" if layer <= 4 else f"conv{layer}–4ᵀ"
        assert back.startswith(f"way back → {deepest} →")
        assert max(len(sees), len(back)) <= 95, "one line beside the list of files"
        assert back.endswith("conv1ᵀ → 3 × 96 × 128")
        assert back.count("unpool") == min(layer - 1, 3)


# ------------------------------------------------------------------------------------ what is told


def test_the_sentence_counts_zeros_and_names_what_the_map_follows() -> None:
    result = inside(layer=6, channel=3, scene=2)
    body = small_fcn(3).body
    layer = index_of(body, 6)
    images, labels = held_out()
    found = class_correlations(body, images, labels, layer)[3]
    best = TARGETS[int(found.argmax())]
    zeros = float((result.pane("map").values == 0).double().mean())
    words = told._TARGETS[best]
    assert f"it is 0 at {100 * zeros:.0f} % of its places" in result.sentence
    said = f"it follows nothing well (best: {words}, correlation {float(found.max()):.2f})."
    assert said in result.sentence.replace("−", "-")


def test_only_a_correlation_that_random_weights_do_not_reach_is_called_following() -> None:
    map_of_squares = inside(weights="trained", layer=7, channel=9, scene=0)
    assert "it follows squares best (correlation 0." in map_of_squares.sentence
    assert "it follows nothing well (best: " in inside(weights="trained", layer=1).sentence


def test_the_first_layers_way_back_is_its_kernel_and_the_gradient() -> None:
    row, column = 30, 40
    first = small_fcn(3).body[0]
    values = first(draw_scene(HELD_OUT).image)[0, :, row, column]
    channel = int(values.argmax())
    result = inside(layer=1, channel=channel, place="clicked", row=row, column=column)
    kernel = first.get_parameter("weight")[channel].detach()
    torch.testing.assert_close(result.pane("back").values, coloured(kernel))
    assert torch.equal(result.pane("back").values, result.pane("gradient").values)
    assert "is the gradient: ReLU changes nothing on this way." in result.sentence
    deep = inside(layer=5, channel=2)
    assert not torch.allclose(deep.pane("back").values, deep.pane("gradient").values)
    assert "Likeness to the gradient: 0." in deep.sentence
    assert inside(layer=5, channel=2, way="gradient").sentence.endswith("is the gradient.")


def test_a_map_or_a_layer_beyond_the_last_is_the_last_and_that_is_said() -> None:
    beyond, last = inside(layer=1, channel=40), inside(layer=1, channel=15)
    assert torch.equal(beyond.pane("map").values, last.pane("map").values)
    assert beyond.sentence == f"There is no map 40. {last.sentence}"
    assert beyond.pane("map").title == "conv1, map 15 of 0–15"
    short = FCN(nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU()), 4, 5, 1)
    assert inside(network=short, weights="trained", layer=7).pane("map").title.startswith("conv1,")


def test_a_clicked_place_is_taken_and_held_within_smaller_maps() -> None:
    clicked = {"place": "clicked", "row": 40, "column": 50}
    assert inside(layer=2, channel=1, **clicked).pane("map").marked == ((40, 50, 1, 1),)
    assert inside(layer=4, channel=1, **clicked).pane("map").marked == ((11, 15, 1, 1),)
    strongest = inside(layer=2, channel=1, **{**clicked, "place": "strongest"})
    assert strongest.pane("map").marked == inside(layer=2, channel=1).pane("map").marked


def test_a_clicked_place_stays_where_it_is_in_the_picture_when_the_layer_changes() -> None:
    clicked = {"place": "clicked", "row": 5, "column": 11, "clicked_layer": 4}
    for layer in range(1, 8):
        results = (inside(layer=layer, channel=channel, **clicked) for channel in range(9))
        alive = next(result for result in results if "everywhere" not in result.sentence)
        top, left, height, width = window_of(alive, small_fcn(3).body, layer)
        middle = top + (height - 1) / 2, left + (width - 1) / 2
        # that of (5, 11) in conv4, where places are 8 pixels apart
        assert middle == pytest.approx((43.5, 91.5), abs=2 if layer < 4 else 0)
    pane = inside(layer=6, channel=1).pane("map")
    assert pane.click_also == {"place": "clicked", "clicked_layer": 6}


def test_where_the_map_is_0_nothing_comes_back_and_that_is_said() -> None:
    plain = inside(layer=3, channel=6)
    zeros = (plain.pane("map").values == 0).nonzero()
    row, column = zeros[len(zeros) // 2].tolist()
    result = inside(layer=3, channel=6, place="clicked", row=row, column=column)
    assert f"Map 6 of conv3 is 0 at ({row}, {column}), so nothing comes back" in result.sentence
    for name in ("back", "gradient"):
        assert torch.equal(result.pane(name).values, torch.full((3, 18, 18), 0.5))
        assert result.pane(name).note == "nothing comes back"


def dead_network() -> FCN:
    """The untrained network with a map that nothing moves."""
    network = small_fcn(3)
    layer = network.body[0]
    with torch.no_grad():
        layer.get_parameter("weight")[6] = 0
        layer.get_parameter("bias")[6] = -1
    return network


def test_a_dead_map_is_said_to_be_dead_and_nothing_is_marked() -> None:
    result = inside(network=dead_network(), weights="trained", layer=1, channel=6)
    assert result.sentence == (
        "Map 6 of conv1 is 0 everywhere in this picture: there is nothing to go back from. "
        f"It is 0 in all {SCENES} scenes: it is dead."
    )
    assert result.pane("map").marked == result.pane("input").marked == ()
    assert result.pane("patches").note == "0 in all scenes"
    assert result.pane("patches").values.eq(1).all()
    assert result.pane("seen").note == "no place to look at"


def test_the_presets_show_maps_that_have_learnt_something_to_follow() -> None:
    """The trained network belongs to the lessons; of another one, other maps would be shown."""
    images, labels = held_out(40)
    body = trained_fcn().body
    (presets,) = (each for each in look_inside.LAB.controls if isinstance(each, Presets))
    best = {}
    for label, settings in presets.settings:
        network = small_fcn(3).body if settings["weights"] == "untrained" else body
        found = class_correlations(network, images, labels, index_of(network, settings["layer"]))
        best[label] = float(found[settings["channel"]].max())
    assert best["conv3, map 11"] > 0.4
    assert min(best[f"conv7, map {channel}"] for channel in (9, 30, 36)) > 0.5
    assert best["untrained"] < 0.25


# ----------------------------------------------------------------------- the patches and the search


def test_the_patches_are_the_strongest_of_the_scenes_in_reading_order() -> None:
    result = inside(layer=3, channel=8)
    body = small_fcn(3).body
    patches = strongest_patches(body, held_out()[0], index_of(body, 3), 8)
    values = result.pane("patches").values
    step = FIELDS[2] + 1
    assert values.shape == (3, 3 * 18 + 2, 3 * 18 + 2)
    for index, patch in enumerate(patches):
        top, left = index // 3 * step, index % 3 * step
        assert torch.equal(values[:, top : top + 18, left : left + 18], patch.pixels)
    assert values[:, 18].eq(1).all()
    assert result.pane("patches").note.startswith("in the middle: ")


def test_the_middle_of_a_patch_at_the_edge_is_looked_for_within_the_picture() -> None:
    scene = networks.held_out_scenes()[0][1]
    images, _ = held_out(1)
    for window in ((-30, -30, 10, 10), (90, 120, 40, 40), (10, 20, 8, 6)):
        patch = look_inside.Patch(images[0], 1.0, 0, (0, 0), window)
        row = min(max(window[0] + window[2] // 2, 0), 95)
        column = min(max(window[1] + window[3] // 2, 0), 127)
        assert told._middle(patch) == int(scene[row, column])


def test_the_search_is_due_goes_on_in_steps_and_may_be_stopped() -> None:
    wanted = params(seed=77, scenes=30)
    assert look_inside.due(wanted)
    before = look_inside.meanwhile(wanted)
    assert before.pane("patches").note == "searching"
    assert "follows" not in before.sentence
    steps = look_inside.search_on(wanted)
    first = next(steps)
    assert (first.step, first.steps) == (10, 30)
    assert look_inside.due(wanted)
    assert look_inside.as_far_as_searched(wanted) == {"scenes": 10}
    stopped = replace(wanted, scenes=10)
    assert not look_inside.due(stopped)
    assert "Over 10 scenes" in look_inside.compute(stopped).sentence
    assert [step.step for step in steps] == [20, 30]
    assert not look_inside.due(wanted)
    assert "scenes" in look_inside.compute(wanted).sentence


@pytest.mark.parametrize(("scenes", "told_of"), [(5, 10), (15, 20), (250, 200)])
def test_any_number_of_scenes_is_searched_some_at_a_time_and_never_more_than_there_are(
    scenes: int, told_of: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = networks.Search(nn.Sequential(small_fcn(3).body[0], nn.ReLU()))
    first = draw_scene(HELD_OUT)
    drawn = (first.image[0, :, :4, :6], first.labels[:4, :6])
    monkeypatch.setattr(networks, "held_out_scenes", lambda: [drawn] * 200)
    for _ in range(30):
        if few.missing(scenes):
            few.advance()
    assert not few.missing(scenes)
    found = few.found(1, scenes)
    assert found is not None
    assert len(found.strongest.values) == few.count == told_of


# --------------------------------------------------------------------------- pictures and networks


def test_a_picture_that_is_too_small_is_refused_and_the_deepest_layer_that_works_is_named() -> None:
    pixel = small_pictures()[-1]
    with pytest.raises(IllegalSettingError) as caught:
        inside(source="picture", picture=pixel, layer=5)
    assert "Output size is too small" in caught.value.message
    assert caught.value.nearest == {"layer": 1}
    assert written(caught.value.code).startswith("nn.MaxPool2d(")
    assert inside(source="picture", picture=pixel, layer=1).pane("map").shape == (1, 1)
    seven = Picture("seven", torch.rand(1, 3, 7, 30, generator=torch.Generator().manual_seed(1)))
    with pytest.raises(IllegalSettingError) as caught:
        inside(source="picture", picture=seven, layer=4)
    assert caught.value.nearest == {"layer": 3}
    assert "7 × 30" in caught.value.explanation


def test_a_convolution_without_room_is_not_called_a_pooling() -> None:
    with seeded_draws(1):
        body = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 5), nn.ReLU())
    network, small = FCN(body, 4, 5, 1), Picture("small", torch.ones(1, 3, 5, 9))
    with pytest.raises(IllegalSettingError, match="5 × 9") as caught:
        inside(network=network, weights="trained", source="picture", picture=small, layer=2)
    assert "a convolution up to this layer would leave nothing" in caught.value.explanation
    assert written(caught.value.code).startswith("nn.Conv2d(4, 4")
    assert caught.value.nearest == {"layer": 1}


@pytest.mark.parametrize("size", [(20, 20), (8, 8), (33, 61), (96, 20)])
def test_pictures_of_any_other_size_are_looked_into(size: tuple[int, int]) -> None:
    noise = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    for layer in range(1, 8):
        result = inside(source="picture", picture=Picture("noise", noise), layer=layer, channel=1)
        assert result.pane("input").shape == (3, *size)
        assert result.pane("back").shape == (3, FIELDS[layer - 1], FIELDS[layer - 1])


def test_every_seed_is_another_untrained_network_and_the_same_each_time() -> None:
    first, again, other = (inside(layer=3, channel=4, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(first.pane("back").values, again.pane("back").values)
    assert not torch.equal(first.pane("back").values, other.pane("back").values)
    trained = inside(layer=3, channel=4, weights="trained")
    assert not torch.equal(first.pane("map").values, trained.pane("map").values)


def test_a_network_that_is_trained_further_is_looked_into_anew() -> None:
    network = small_fcn(8)
    settings: dict[str, Any] = {"network": network, "weights": "trained", "layer": 2, "channel": 5}
    before = inside(**settings)
    with torch.no_grad():
        network.body[0].get_parameter("weight").mul_(0.5)
    after = inside(**settings)
    assert not torch.equal(before.pane("map").values, after.pane("map").values)
    assert after.copied.count("body = network.body") == 1
    assert network.body[0].get_parameter("weight").requires_grad
    # its control has the same layers, drawn anew
    control = inside(**{**settings, "weights": "untrained", "seed": 1})
    assert control.pane("map").shape == after.pane("map").shape
    assert not torch.equal(control.pane("map").values, after.pane("map").values)


def test_the_control_of_the_lessons_network_is_the_start_of_its_training() -> None:
    given = inside(network=trained_fcn(), weights="untrained", layer=2, channel=5, seed=4)
    start = inside(weights="untrained", layer=2, channel=5, seed=4)
    assert torch.equal(given.pane("map").values, start.pane("map").values)
    assert given.copied == start.copied


def test_a_network_with_layers_that_are_not_known_is_refused_by_name() -> None:
    first, last = nn.Conv2d(3, 4, 3, padding=1), nn.Conv2d(4, 4, 3, padding=1)
    body = nn.Sequential(first, nn.BatchNorm2d(4), nn.ReLU(), last)
    with pytest.raises(ValueError, match=r"BatchNorm2d at 1.*or a network without one"):
        inside(network=FCN(body, 4, 5, 1), weights="trained")


@pytest.mark.parametrize("weights", ["trained", "untrained"])
def test_layers_that_are_in_no_fcn_are_refused_and_the_cure_is_named(weights: str) -> None:
    with pytest.raises(TypeError, match=r"`network` \(a Sequential\) must be an FCN.*put your"):
        inside(network=nn.Sequential(nn.Conv2d(3, 4, 3)), weights=weights)


def test_the_code_for_a_network_of_ones_own_goes_back_through_strides_too() -> None:
    with seeded_draws(1):
        first, last = nn.Conv2d(3, 6, 5, stride=3, padding=1), nn.Conv2d(6, 4, 3)
    nn.init.constant_(last.get_parameter("bias"), -0.1)
    network = FCN(nn.Sequential(first, nn.ReLU(), last), 4, 5, 3)
    result = inside(network=network, weights="trained", layer=2, channel=1, scene=3)
    known: dict[str, Any] = {"network": network}
    exec(result.copied, known)
    row, column, _, _ = result.pane("map").marked[0]
    window = cut(known["back"].detach(), receptive_window(network.body, 2, (row, column)))
    assert window.shape == (3, 11, 11)
    torch.testing.assert_close(result.pane("back").values, coloured(window), atol=1e-4, rtol=0)
    # its last layer has no ReLU: its map has signs
    assert float(result.pane("map").values.min()) < 0
    assert result.pane("map").table == "signed"


def test_pointing_at_the_map_frames_what_the_place_sees() -> None:
    result = inside(layer=4)
    (links,) = result.links
    assert (links.output, links.source, links.spans) == ("map", "input", True)
    row, column, _, _ = result.pane("map").marked[0]
    top, left, height, width = result.pane("input").marked[0]
    assert links.rows[row, :2].tolist() == [top, top + height - 1]
    assert links.columns[column, :2].tolist() == [left, left + width - 1]


def test_the_frame_ends_where_the_picture_does() -> None:
    clicked = {"place": "clicked", "row": 0, "column": 15}
    results = (inside(layer=7, channel=channel, **clicked) for channel in range(20))
    alive = next(result for result in results if "everywhere" not in result.sentence)
    assert alive.pane("input").marked == ((0, 81, 47, 47),)  # of 86 x 86 around (3.5, 123.5)
    assert alive.pane("seen").values.shape == (3, 86, 86)
    assert alive.pane("seen").note == "black: beyond the picture"
