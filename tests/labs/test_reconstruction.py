"""The reconstruction lab shows what lessons_lib.reconstruction computes."""

from __future__ import annotations

import math
import re
from dataclasses import fields, replace
from typing import Any

import pytest
import torch

from lessons_lib.images import Picture
from lessons_lib.kernels import seeded_layer
from lessons_lib.kit.controls import Work, round_numbers
from lessons_lib.kit.result import Result
from lessons_lib.labs import reconstruction
from lessons_lib.labs.reconstruction import ReconstructionParams, compute
from lessons_lib.labs.reconstruction import search as found_once
from lessons_lib.labs.reconstruction.search import ENCODERS, prepared
from lessons_lib.reconstruction import (
    adjoint,
    blur_layer,
    encode,
    least_squares,
    overlap_normalised,
    overlaps,
    psnr,
    with_noise,
)
from lessons_lib.visualization.pixels import as_bytes
from tests.labs.all_labs import small_pictures, written

every_encoder = pytest.mark.parametrize("encoder", ENCODERS)


def start(**settings: Any) -> ReconstructionParams:
    """The lab's start with 30 x 45 pixels of a photo, which no stride divides."""
    return ReconstructionParams(**{"picture": small_pictures()[0], **settings})


def told(result: Result, name: str) -> float:
    """The PSNR in a pane's title."""
    found = re.search(r"([−\d.]+) dB", result.pane(name).title)
    assert found
    return float(found[1].replace("−", "-"))


LAYERS = {
    "16_kernels_4x4_stride_2": lambda seed: seeded_layer(seed, 3, 16, 4, stride=2, padding=1),
    "48_kernels_4x4_stride_4": lambda seed: seeded_layer(seed, 3, 48, 4, stride=4),
    "12_kernels_3x3_stride_2": lambda seed: seeded_layer(seed, 3, 12, 3, stride=2, padding=1),
    "1_kernel_3x3_stride_1": lambda seed: seeded_layer(seed, 3, 1, 3),
    "16_kernels_3x3_stride_2_dilation_2": lambda seed: seeded_layer(
        seed, 3, 16, 3, stride=2, padding=2, dilation=2
    ),
    "blur_7x7": lambda seed: blur_layer(7),
}


@pytest.mark.parametrize("noise", [0.0, 0.03])
@every_encoder
def test_each_pane_is_what_the_function_of_its_name_gives(encoder: str, noise: float) -> None:
    params = start(encoder=encoder, seed=5, iterations=7, display="raw", noise=noise)
    image, layer = params.picture.image, LAYERS[encoder](5)
    code = with_noise(encode(image, layer), noise, seed=5)
    dtype = torch.float32 if encoder == "blur_7x7" else torch.float64
    expected = {
        "adjoint": adjoint(code, layer, (30, 45)),
        "least_squares": list(least_squares(code, layer, (30, 45), 7, dtype))[-1].image,
    }
    if encoder == "blur_7x7":
        expected["blurred"] = code
    else:
        expected["overlap"] = overlap_normalised(code, layer, (30, 45))
    result = compute(params)
    for name, picture in expected.items():
        assert torch.equal(result.pane(name).values, as_bytes(picture[0])), name
        assert told(result, name) == pytest.approx(psnr(picture, image), abs=0.06)
    assert f"{code.numel():,}".replace(",", " ") in written(result.formula[-1])


@every_encoder
def test_the_iterations_can_be_visited_in_any_order(encoder: str) -> None:
    params = start(encoder=encoder, seed=6)
    visits = [12, 3, 12, 40, 7, 1, 33]  # the slider itself has no 7 and no 33
    shown = [compute(replace(params, iterations=n)).pane("least_squares") for n in visits]
    for n, pane in zip(visits, shown, strict=True):
        found_once._prepare.cache_clear()
        afresh = compute(replace(params, iterations=n)).pane("least_squares")
        assert afresh.title == pane.title
        assert torch.equal(afresh.values, pane.values)


@every_encoder
def test_more_iterations_are_never_worse(encoder: str) -> None:
    found = [
        told(compute(start(encoder=encoder, iterations=n)), "least_squares") for n in (1, 5, 20)
    ]
    assert found == sorted(found)


@pytest.mark.long
@pytest.mark.parametrize(
    ("encoder", "noise", "reached"),
    [
        ("16_kernels_4x4_stride_2", 0.0, 29.9),
        ("48_kernels_4x4_stride_4", 0.0, 31.2),
        ("12_kernels_3x3_stride_2", 0.0, 30.3),
        ("12_kernels_3x3_stride_2", 0.01, 29.9),
        ("1_kernel_3x3_stride_1", 0.0, 15.1),
        ("blur_7x7", 0.0, 26.0),
    ],
)
def test_on_the_photo_training_reaches_what_the_lesson_says(
    encoder: str, noise: float, reached: float
) -> None:
    steps = list(reconstruction.train(ReconstructionParams(encoder=encoder, noise=noise)))
    assert len(steps) == reconstruction.TRAINING_STEPS + 1
    assert steps[-1].found.psnr > steps[0].found.psnr + 10
    assert steps[-1].found.psnr == pytest.approx(reached, abs=0.4)


@pytest.mark.long
@pytest.mark.parametrize(
    ("encoder", "noise", "decibels"),
    [
        ("12_kernels_3x3_stride_2", 0.0, {50: 25.4, 80: 30.0, 100: 33.1, 200: 34.7}),
        ("12_kernels_3x3_stride_2", 0.01, {20: 22.2, 200: 19.1}),
        ("1_kernel_3x3_stride_1", 0.0, {50: 5.6, 200: 5.6}),
        ("blur_7x7", 0.01, {7: 31.6, 20: 25.6}),
    ],
)
def test_on_the_photo_the_search_goes_as_far_as_the_lesson_says(
    encoder: str, noise: float, decibels: dict[int, float]
) -> None:
    for iterations, wanted in decibels.items():
        params = ReconstructionParams(encoder=encoder, noise=noise, iterations=iterations)
        assert told(compute(params), "least_squares") == pytest.approx(wanted, abs=0.3)


@pytest.mark.parametrize(
    ("encoder", "steps"), [("48_kernels_4x4_stride_4", 80), ("16_kernels_4x4_stride_2", 100)]
)
def test_a_code_that_keeps_all_brings_all_of_it_back(encoder: str, steps: int) -> None:
    params = ReconstructionParams(Picture("part", lena_part()), encoder=encoder, iterations=steps)
    assert told(compute(params), "least_squares") > 100


def lena_part() -> torch.Tensor:
    """64 x 80 pixels of lena, which every stride divides."""
    return ReconstructionParams().picture.image[..., 200:264, 240:320].contiguous()


def test_float32_needs_more_steps_than_float64_for_the_windows_of_48_numbers() -> None:
    layer = LAYERS["48_kernels_4x4_stride_4"](3)
    middle = ReconstructionParams().picture.image[..., 128:384, 128:384]
    code = encode(middle, layer)
    steps = [
        next(
            found.step
            for found in least_squares(code, layer, (256, 256), 200, dtype)
            if psnr(found.image, middle) > 100
        )
        for dtype in (torch.float32, torch.float64)
    ]
    assert steps == pytest.approx([85, 64], abs=3)


@every_encoder
def test_training_makes_the_decoder_better_step_by_step(
    encoder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruction, "TRAINING_STEPS", 60)
    params = start(encoder=encoder)
    before = compute(params)
    steps = list(reconstruction.train(params))
    assert [each.step for each in steps] == list(range(61))
    assert {each.steps for each in steps} == {60}
    assert steps[0].found.psnr == pytest.approx(told(before, "learned"), abs=0.06)
    after = compute(replace(params, training=steps[-1].found))
    assert told(after, "learned") > told(before, "learned") + 5
    assert after.pane("learned").note.startswith("step 60; random start ")
    assert "after 60 steps of training" in after.sentence
    again = list(reconstruction.train(params))[-1].found
    assert torch.equal(again.image, steps[-1].found.image), "the same seed trains the same decoder"


def test_the_photo_and_what_is_known_of_it_keep_their_tensors() -> None:
    params = start(training=list(reconstruction.train(start()))[3].found)
    first, second = compute(params), compute(replace(params, iterations=11))
    for name in ("input", "adjoint", "overlap", "learned"):
        assert first.pane(name).values is second.pane(name).values, name


def test_the_best_brightness_is_never_worse_and_the_title_stays() -> None:
    raw, fitted = (compute(start(display=display)) for display in ("raw", "fitted"))
    for name in ("adjoint", "overlap"):
        assert raw.pane(name).title == fitted.pane(name).title
        best = float(fitted.pane(name).note.split()[0])
        assert best >= told(raw, name)
        shown = fitted.pane(name).values.double() / 255
        assert psnr(shown, start().picture.image[0]) == pytest.approx(best, abs=0.3)


def test_the_middle_is_cut_out_of_every_pane_and_the_numbers_stay() -> None:
    whole, middle = compute(start()), compute(start(detail=True))
    for large, small in zip(whole.panes, middle.panes, strict=True):
        assert small.shape == (3, 15, 15)
        assert small.title == large.title
        assert torch.equal(small.values, large.values[:, 7:22, 15:30])


def test_only_what_takes_long_is_due_and_the_search_leaves_nothing_due() -> None:
    params = ReconstructionParams(
        picture=Picture("large", torch.rand(1, 3, 100, 100)), iterations=50
    )
    assert not reconstruction.due(start(iterations=50))
    assert not reconstruction.due(params)
    large = replace(params, picture=Picture("larger", torch.rand(1, 3, 128, 160)))
    assert reconstruction.due(large)
    assert "on the way to 50" in reconstruction.meanwhile(large).pane("least_squares").note
    assert dict(reconstruction.as_far_as_found(large)) == {"iterations": 1}
    steps = list(reconstruction.search_on(large))
    assert [each.step for each in steps] == list(range(2, 51))
    assert not reconstruction.due(large)
    assert compute(large).pane("least_squares").note.startswith("iteration 50")


def test_a_passed_iteration_whose_picture_was_not_kept_is_due_again() -> None:
    large = start(picture=Picture("large", torch.rand(1, 3, 128, 160)), iterations=40)
    compute(large)
    assert not reconstruction.due(replace(large, iterations=30))
    assert reconstruction.due(replace(large, iterations=33))


def test_what_was_found_is_forgotten_where_anything_that_it_hangs_on_changes() -> None:
    works = {each.name: each for each in reconstruction.LAB.controls if isinstance(each, Work)}
    names = {field.name for field in fields(ReconstructionParams)}
    shown_only = {"display", "detail", "training"}
    assert set(works["search"].depends_on) == names - shown_only
    assert set(works["training"].depends_on) == names - shown_only - {"iterations"}


def test_the_best_iteration_may_be_the_newest() -> None:
    params = start(iterations=5, seed=41)
    shown = told(compute(params), "least_squares")
    number, best = prepared(params.picture, params.encoder, params.seed).search.best(5)
    assert number == 5
    assert best == pytest.approx(shown, abs=0.06)


def test_the_share_of_numbers_outside_0_and_1_is_told_of_both_sides() -> None:
    params = start(encoder="16_kernels_3x3_stride_2_dilation_2", display="raw", seed=5)
    layer = LAYERS[params.encoder](params.seed)
    back = adjoint(encode(params.picture.image, layer), layer, (30, 45))
    below, above = (float(each.double().mean()) for each in (back < 0, back > 1))
    assert min(below, above) > 0.01
    share = round(100 * (below + above))
    assert compute(params).pane("adjoint").note == f"{share} % lie outside 0..1"


@every_encoder
def test_the_line_to_copy_has_no_bias_on_the_way_there(encoder: str) -> None:
    there, _, _ = written(compute(start(encoder=encoder)).code).partition("nn.ConvTranspose2d")
    assert "bias=False" in there


def test_an_encoder_is_called_by_what_it_is_made_of() -> None:
    assert ENCODERS["blur_7x7"].label == "blur 7 × 7"
    assert ENCODERS["1_kernel_3x3_stride_1"].label == "1 kernel 3 × 3, stride 1"
    dilated = ENCODERS["16_kernels_3x3_stride_2_dilation_2"]
    assert dilated.label == "16 kernels 3 × 3, stride 2, dilation 2"


def test_to_a_later_iteration_the_search_goes_on_from_where_it_stands() -> None:
    params = start(iterations=3, seed=41)
    compute(params)
    search = prepared(params.picture, params.encoder, params.seed).search
    search.want(33)
    assert search.count == 3


def test_a_search_that_has_found_all_says_so() -> None:
    dot = Picture("black", torch.zeros(1, 3, 8, 9))
    result = compute(start(picture=dot))
    assert result.pane("least_squares").note == "iteration 0: there is nothing left to gain"
    assert "∞ dB" in result.pane("least_squares").title
    assert math.isinf(prepared(dot, start().encoder, start().seed).search.at(3)[1].psnr)


def test_the_lesson_starts_with_the_figures_of_the_experiment() -> None:
    result = compute(ReconstructionParams())  # lena, 512 x 512
    assert told(result, "least_squares") == pytest.approx(27.3, abs=0.5)
    assert written(result.formula[-1]).startswith("code 16·256·256 = 1 048 576 numbers, ")
    assert "more numbers than the photo" in result.sentence
    one = compute(ReconstructionParams(encoder="1_kernel_3x3_stride_1", iterations=1))
    assert "260 100 of 786 432 numbers: 67 % of the photo is gone" in one.sentence
    assert told(one, "least_squares") == pytest.approx(5.5, abs=0.2)


def test_with_noise_the_search_says_where_it_was_best_and_without_it_does_not() -> None:
    noisy = start(encoder="blur_7x7", noise=0.05, iterations=200)
    result = compute(noisy)
    note = result.pane("least_squares").note
    found = re.fullmatch(r"iteration 200, best ([\d.]+) dB at (\d+)", note)
    assert found
    early = compute(replace(noisy, iterations=int(found[2])))
    assert told(early, "least_squares") == float(found[1])
    assert "best" not in early.pane("least_squares").note
    assert told(result, "least_squares") < float(found[1]) - 5
    assert "best" not in compute(replace(noisy, noise=0.0)).pane("least_squares").note


def test_the_best_is_told_only_where_the_search_has_lost_a_tenth_of_a_decibel() -> None:
    params = start(encoder="blur_7x7", noise=0.01)
    image, layer = params.picture.image, blur_layer(7)
    code = with_noise(encode(image, layer), 0.01, params.seed)
    lost = [0.0]
    decibels = [psnr(torch.zeros_like(image), image)]
    for step in least_squares(code, layer, (30, 45), 20, torch.float32):
        decibels.append(psnr(step.image, image))
        lost.append(max(decibels) - decibels[-1])
    told = ["best" in note_after(replace(params, iterations=n)) for n in range(1, 21)]
    assert told == [each > 0.1 for each in lost[1:]]
    assert any(0 < each <= 0.1 for each in lost)


def note_after(params: ReconstructionParams) -> str:
    return compute(params).pane("least_squares").note


def test_of_a_blur_the_blurred_photo_stands_in_the_place_of_the_overlaps() -> None:
    result = compute(ReconstructionParams(encoder="blur_7x7"))  # lena, 512 x 512
    assert [pane.name for pane in result.panes][2] == "blurred"
    assert told(result, "blurred") == pytest.approx(29.0, abs=0.1)
    assert told(result, "adjoint") == pytest.approx(26.7, abs=0.1)
    assert told(result, "least_squares") == pytest.approx(33.3, abs=0.1)
    assert "The adjoint of a blur blurs again (26.7 dB)" in result.sentence


def test_pixels_that_are_never_read_are_said_to_be_gone() -> None:
    params = ReconstructionParams(encoder="16_kernels_3x3_stride_2_dilation_2")
    result = compute(params)
    assert result.sentence.startswith("The layer never reads 75 % of the pixels: they are gone ")
    assert result.pane("overlap").note.endswith("stamps on a pixel inside: 0, 9")
    assert told(result, "least_squares") == pytest.approx(6.4, abs=0.05)


def test_a_few_rows_left_over_at_the_edge_are_not_called_gone() -> None:
    params = start(encoder="48_kernels_4x4_stride_4")  # 2 of 30 rows, 1 of 45 columns
    read = overlaps(LAYERS[params.encoder](3), (30, 45)) > 0
    assert 0 < float((~read).double().mean()) < 0.1
    assert compute(params).sentence.startswith("The code has about as many numbers as the photo:")


@pytest.mark.parametrize(
    ("encoder", "counts"),
    [("16_kernels_4x4_stride_2", "4"), ("12_kernels_3x3_stride_2", "1, 2, 4")],
)
def test_the_stamps_on_a_pixel_are_told(encoder: str, counts: str) -> None:
    note = compute(start(encoder=encoder)).pane("overlap").note
    assert note.endswith(f"dB at best brightness · stamps on a pixel inside: {counts}")


def test_only_round_iterations_keep_their_pictures() -> None:
    params = start(iterations=200, seed=12, encoder="12_kernels_3x3_stride_2")
    compute(params)
    search = prepared(params.picture, params.encoder, params.seed).search
    assert sorted(search._found) == [0, *round_numbers(1, 200)]


def test_an_interrupted_search_begins_anew() -> None:
    params = start(iterations=20, seed=77)
    search = prepared(params.picture, params.encoder, params.seed).search
    search.advance()
    search.advance()

    def interrupted() -> Any:
        raise KeyboardInterrupt
        yield

    search._iterations = interrupted()
    with pytest.raises(KeyboardInterrupt):
        search.advance()
    result = reconstruction.compute(params)
    assert result.pane("least_squares").note.startswith("iteration 20")
