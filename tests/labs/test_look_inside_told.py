"""What the look inside says of maps and ways back, and networks whose two axes differ."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lessons_lib.images import MAX_SIDE, Picture
from lessons_lib.kernels import seeded_draws
from lessons_lib.kit.controls import Slider, Work
from lessons_lib.kit.result import IllegalSettingError, Result
from lessons_lib.labs import look_inside
from lessons_lib.labs.look_inside import LookInsideParams, networks, told
from lessons_lib.segmentation.look_inside import receptive_window
from lessons_lib.segmentation.meaning import TARGETS, class_correlations
from lessons_lib.segmentation.network import FCN, small_fcn
from lessons_lib.segmentation.patches import Patch, Strongest
from lessons_lib.segmentation.scenes import HELD_OUT, draw_scene
from tests.labs.all_labs import written


def askew() -> FCN:
    """A network of which no number is the same down and across."""
    with seeded_draws(3):
        body = nn.Sequential(
            nn.Conv2d(3, 6, (3, 5), stride=(2, 1), padding=(0, 2)),
            nn.ReLU(),
            nn.Conv2d(6, 4, (2, 3), stride=(1, 3), padding=(1, 0)),
            nn.ReLU(),
        )
    return FCN(body, 4, 5, 1)


def inside(**settings: Any) -> Result:
    return look_inside.compute(LookInsideParams(**{"scenes": 10, "weights": "trained", **settings}))


# --------------------------------------------------------------------- where the two axes differ


@pytest.mark.parametrize("place", [(0, 0), (20, 31), (47, 9), (3, 40)])
def test_of_a_network_that_is_askew_a_place_sees_what_its_gradient_reaches(
    place: tuple[int, int],
) -> None:
    network = askew()
    clicked = {"place": "clicked", "row": place[0], "column": place[1], "layer": 2}
    for channel in range(4):
        result = inside(network=network, channel=channel, scene=7, **clicked)
        if "nothing comes back" not in result.sentence:
            break
    image = draw_scene(HELD_OUT + 7).image.requires_grad_()
    network.body(image)[0, channel, place[0], place[1]].backward()
    assert image.grad is not None
    top, left, height, width = receptive_window(network.body, 3, place)
    padded = nn.functional.pad(image.grad, (20, 20, 20, 20))[0]
    window = padded[:, top + 20 : top + 20 + height, left + 20 : left + 20 + width]
    strong = window.abs().flatten().quantile(0.99)
    expected = (0.5 + window / (2 * strong)).clamp(0, 1)
    torch.testing.assert_close(result.pane("gradient").values, expected, atol=1e-4, rtol=0)
    assert result.pane("seen").shape == result.pane("back").shape == (3, height, width) == (3, 5, 7)
    begin, end = max(top, 0), max(left, 0)
    frame = (begin, end, min(top + height, 96) - begin, min(left + width, 128) - end)
    assert result.pane("input").marked == (frame,)


def test_links_formula_and_code_of_a_network_that_is_askew_name_both_axes() -> None:
    result = inside(network=askew(), layer=2, scene=7)
    (links,) = result.links
    rows, columns = result.pane("map").shape
    assert (len(links.rows), len(links.columns)) == (rows, columns) == (48, 42)
    sees, back = (written(line) for line in result.formula)
    assert sees == "sees 1 + (3−1)·1 + (2−1)·2 = 5 pixels down, 7 across"
    assert back == "way back → conv2–1ᵀ → 3 × 96 × 128"
    end = "stride=(1, 3), padding=(1, 0))  # and so on, layer by layer"
    assert written(result.code) == f"back = F.conv_transpose2d(F.relu(back), conv2.weight, {end}"


def test_the_formula_has_the_dilation_and_the_code_of_a_map_without_relu_has_none() -> None:
    with seeded_draws(3):
        body = nn.Sequential(
            nn.Conv2d(3, 4, 3, dilation=2, stride=3), nn.Conv2d(4, 4, 3, padding=1)
        )
    first, second = (inside(network=FCN(body, 4, 5, 3), layer=layer) for layer in (1, 2))
    assert written(first.formula[0]) == "sees 1 + 2·(3−1)·1 = 5 pixels"
    assert written(second.formula[0]) == "sees 1 + 2·(3−1)·1 + (3−1)·3 = 11 pixels"
    code = "back = F.conv_transpose2d(back, conv2.weight, padding=1)  # and so on, layer by layer"
    assert written(second.code) == code


def test_a_clicked_place_is_kept_down_and_across_each_by_its_own_steps() -> None:
    clicked = {"place": "clicked", "row": 30, "column": 100, "clicked_layer": 1}
    for channel in range(4):
        result = inside(network=askew(), layer=2, channel=channel, scene=7, **clicked)
        if result.pane("map").marked:
            break
    # in conv1 steps are 2 and 1 pixels, in conv2 2 and 3: fields of 3 x 5 and 5 x 7
    assert result.pane("map").marked == ((30, 33, 1, 1),)


# ------------------------------------------------------------------------------------- the panes


def test_what_comes_back_at_few_places_has_its_largest_number_in_full_colour() -> None:
    values = torch.zeros(3, 20, 20)
    values[1, 4, 7] = -0.25
    pane = look_inside._back_pane("back", "way back", values)
    assert (float(pane.values[1, 4, 7]), float(pane.values[0, 0, 0])) == (0.0, 0.5)
    assert pane.note == "grey is 0, full colour ±0.25"


def test_a_map_goes_from_black_to_its_largest_number_and_says_where_that_is() -> None:
    pane = inside(weights="untrained", layer=2, channel=3).pane("map")
    row, column, _, _ = pane.marked[0]
    largest = float(pane.values.max())
    assert pane.value_range == (0.0, pytest.approx(largest))
    assert pane.table == "grey"
    assert pane.note.endswith(f"at ({row}, {column})")


def test_a_map_that_is_0_everywhere_is_black_and_has_windows_of_its_layer() -> None:
    network = small_fcn(3)
    with torch.no_grad():
        network.body[3].get_parameter("weight")[6] = 0
        network.body[3].get_parameter("bias")[6] = -1
    result = inside(network=network, layer=2, channel=6)
    assert (result.pane("map").value_range, result.pane("map").note) == ((0.0, 1.0), "0 everywhere")
    for name in ("seen", "back", "gradient"):
        assert result.pane(name).shape == (3, 8, 8)
        assert result.pane(name).values.eq(0.5).all()
    clear = inside(weights="untrained", layer=1, channel=3, place="clicked", row=40, column=50)
    assert clear.pane("seen").note in ("", "no place to look at")


def test_a_mosaic_of_oblong_patches_is_in_reading_order_with_a_gap() -> None:
    patches = [Patch(torch.full((3, 2, 5), n / 10), 1.0, n, (0, 0), (0, 0, 2, 5)) for n in range(5)]
    whole = look_inside.mosaic(patches, (2, 5))
    assert whole.shape == (3, 3 * 2 + 2, 3 * 5 + 2)
    assert whole[0, 0].tolist() == pytest.approx([0] * 5 + [1] + [0.1] * 5 + [1] + [0.2] * 5)
    assert whole[0, 3].tolist() == pytest.approx([0.3] * 5 + [1] + [0.4] * 5 + [1] + [1] * 5)
    assert whole[0, 2].eq(1).all()


def test_the_title_names_the_way_and_the_sliders_reach_all_there_is() -> None:
    result = inside(layer=2, way="guided", channel=5)
    assert result.pane("back").title == "way back, guided"
    sliders = {each.name: each for each in look_inside.LAB.controls if isinstance(each, Slider)}
    layers = networks.inside_of("trained", 0, None).layers
    assert [layer.name for layer in layers] == [f"conv{n}" for n in range(1, 8)]
    assert sliders["layer"].high == len(layers)
    assert sliders["channel"].high == max(layer.maps for layer in layers) - 1
    assert sliders["scene"].high == networks.SCENES - 1


def test_where_not_even_the_first_layer_has_room_a_scene_is_offered() -> None:
    pixel = Picture("pixel", torch.ones(1, 3, 1, 1))
    with pytest.raises(IllegalSettingError) as caught:
        inside(network=askew(), source="picture", picture=pixel, layer=2)
    assert caught.value.nearest == {"source": "scene"}
    assert "`images`" not in caught.value.message, "torch's own words"


# --------------------------------------------------------------------------------------- the search


def test_progress_ends_at_the_scenes_that_are_asked_for_and_giving_up_shows_some_at_least() -> None:
    wanted = LookInsideParams(weights="untrained", seed=91, scenes=15)
    assert look_inside.as_far_as_searched(wanted) == {"scenes": 10}
    assert [(each.step, each.steps) for each in look_inside.search_on(wanted)] == [
        (10, 15),
        (15, 15),
    ]
    assert look_inside.as_far_as_searched(wanted) == {"scenes": 15}
    (work,) = (each for each in look_inside.LAB.controls if isinstance(each, Work))
    assert work.given_up is look_inside.as_far_as_searched


def test_fewer_scenes_than_were_searched_tell_of_themselves_alone() -> None:
    more = inside(weights="untrained", seed=92, layer=3, channel=2, scenes=20)
    fewer = inside(weights="untrained", seed=92, layer=3, channel=2)
    assert ("20 scenes" in more.sentence, "10 scenes" in fewer.sentence) == (True, True)


def test_the_correlations_over_all_that_was_searched_are_those_of_the_scenes_together() -> None:
    search = networks.Search(small_fcn(3).body)
    for _ in range(2):
        search.advance()
    found = search.found(4, 20)
    assert found is not None
    drawn = [networks.held_out_scenes()[n] for n in range(20)]
    images, labels = (torch.stack(each) for each in zip(*drawn, strict=True))
    expected = class_correlations(small_fcn(3).body, images, labels, 4)
    torch.testing.assert_close(found.sums.correlations(), expected, rtol=1e-4, atol=1e-5)
    assert found.sums.places == 20 * 48 * 64


def test_networks_of_the_same_weights_that_use_them_otherwise_are_told_apart() -> None:
    maps = []
    for step in (1, 3):
        with seeded_draws(3):
            body = nn.Sequential(nn.Conv2d(3, 4, 3, stride=step))
        maps.append(inside(network=FCN(body, 4, 5, step), layer=1).pane("map").shape)
    assert maps == [(94, 126), (32, 42)]


def test_a_network_of_ones_own_is_drawn_anew_by_the_seed() -> None:
    network = askew()
    first, again, other = (
        inside(network=network, weights="untrained", seed=seed, layer=1).pane("map").values
        for seed in (1, 1, 2)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_scene_is_called_by_its_number() -> None:
    assert inside(scene=4).pane("input").title == "scene 4"


def test_the_maps_that_are_kept_take_no_more_than_64_mb_however_large_the_pictures() -> None:
    known = networks.inside_of("untrained", 3, None)
    picture = Picture("large", torch.zeros(1, 3, MAX_SIDE, MAX_SIDE * 3 // 4))
    largest = max(networks.maps_of(known, picture, layer).nbytes for layer in known.layers)
    kept = networks.maps_of.cache_info().maxsize
    assert kept is not None
    assert kept * largest <= 64e6


# --------------------------------------------------------------------------------------- the words


def test_shares_near_none_and_near_all_are_not_rounded_to_them() -> None:
    shares = (0.001, 0.006, 0.42, 0.994, 0.996, 1.0)
    assert [told._share(each) for each in shares] == [
        "less than 1 %",
        "1 %",
        "42 %",
        "99 %",
        "more than 99 %",
        "100 %",
    ]


def over_scenes(largest: list[float], correlations: list[float]) -> str:
    """What is said of map 1 of two that was so large in each scene."""
    values = torch.stack([torch.full((len(largest),), 9.0), torch.tensor(largest)], dim=1)
    places = torch.zeros_like(values, dtype=torch.int64)

    class Known:
        def correlations(self) -> Tensor:
            return torch.tensor([[0.9] * len(TARGETS), correlations])

    sums: Any = Known()
    found = networks.Found(Strongest(values, places, places), sums)
    state: Any = type("State", (), {"found": found, "channel": 1})
    return told._over_scenes(state)


def test_the_scenes_in_which_a_map_is_above_0_are_counted_and_the_best_is_named() -> None:
    follows = [0.0, 0.125, -0.9, 0.5, 0.25, 0.1]
    assert (
        over_scenes([0.0, 2.0, 0.5], follows)
        == "Above 0 in 2 of 3 scenes, it follows squares best (correlation 0.50)."
    )
    assert over_scenes([1.0, 2.0], follows).startswith("Over 2 scenes it follows squares best")
    assert over_scenes([0.0, 0.0], follows) == "It is 0 in all 2 scenes: it is dead."


def test_the_first_map_that_is_not_there_is_said_not_to_be_there() -> None:
    result = inside(weights="untrained", layer=1, channel=16)
    assert result.sentence.startswith("There is no map 16. Map 15 of conv1 ")


def test_a_place_that_is_not_the_largest_is_not_called_so() -> None:
    pane = inside(weights="untrained", layer=1, channel=3).pane("map")
    row, column = ((pane.values > 0) & (pane.values < pane.values.max())).nonzero()[7].tolist()
    clicked = inside(
        weights="untrained", layer=1, channel=3, place="clicked", row=row, column=column
    )
    assert f"Map 3 of conv1 at ({row}, {column}) is " in clicked.sentence


def test_likeness_is_a_cosine() -> None:
    one = torch.tensor([[[3.0, 0.0, 4.0]]])
    assert told.alike(one, 2.5 * one) == pytest.approx(1)
    assert told.alike(one, -one) == pytest.approx(-1)
    assert told.alike(one, torch.tensor([[[4.0, 7.0, -3.0]]])) == pytest.approx(0)
    assert told.alike(one, torch.zeros(1, 1, 3)) is None


def agreement(back: Tensor, gradient: Tensor) -> str:
    state: Any = type(
        "State", (), {"back": back, "gradient": gradient, "params": LookInsideParams()}
    )
    return told._agreement(state)


def test_what_comes_back_is_called_the_gradient_only_where_it_is() -> None:
    gradient = torch.tensor([1.0, 0.0, 2.0])
    assert agreement(torch.zeros(3), gradient) == "Nothing comes back this way."
    same = "What comes back is the gradient: ReLU changes nothing on this way."
    assert agreement(gradient, gradient) == same
    near = agreement(torch.tensor([1.0, 0.5, 2.0]), gradient)
    assert near == "Likeness to the gradient: 0.98 (1: the same but for a factor; 0: none)."


def test_the_most_frequent_class_in_the_middle_of_patches_is_counted() -> None:
    labels = networks.held_out_scenes()[0][1]
    names = [labels.eq(n).nonzero()[0].tolist() for n in labels.unique().tolist()[:2]]
    windows = [(*names[0], 1, 1), (*names[1], 1, 1), (*names[1], 1, 1)]
    patches = [Patch(torch.zeros(3, 1, 1), 1.0, 0, (0, 0), window) for window in windows]
    name = told.CLASSES[int(labels[tuple(names[1])])]
    assert told.patches_words(patches) == f"in the middle: {name} in 2 of 3"


def test_the_program_has_the_seed_the_scene_and_the_path_of_the_reader() -> None:
    untrained = inside(weights="untrained", seed=8, scene=11, layer=1).copied
    assert "body = small_fcn(seed=8).body" in untrained
    assert "image = draw_scene(HELD_OUT + 11).image" in untrained
    for name, own in (("zone plate", False), ("holiday.jpg (yours)", True)):
        picture = Picture(name, draw_scene(5).image)
        program = inside(weights="untrained", source="picture", picture=picture).copied
        assert ("give its path" in program) == own
