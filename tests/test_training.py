"""A kernel is found again: step by step as far as the figures say, and at once by least squares."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.images import load_image
from lessons_lib.kernels import (
    fresh_layer,
    named_kernel,
    photo_weight,
    seeded_layer,
    weighted_layer,
)
from lessons_lib.training import (
    LearningStep,
    learn_kernel,
    learning_steps,
    loss_valley,
    make_optimizer,
    solve_kernel,
    squared_loss,
    window_matrix,
)

PHOTOS = ("lena", "chelsea", "coffee", "astronaut")
EDGE = torch.tensor([[[[1.0, -1.0]]]])
HIDDEN = torch.tensor([[[[1.0, -2.0, 0.5], [0.25, 3.0, -1.0], [0.0, 0.5, 2.0]]]])


def black_bar() -> Tensor:
    image = torch.ones(1, 1, 6, 8)
    image[..., 2:6] = 0
    return image


def noise(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def edge_error(seed: int, bias: bool = False, **settings: Any) -> LearningStep:
    """Learn [1, -1] on the black bar in 10 steps at 0.03."""
    image = black_bar()
    layer = fresh_layer(seed, 1, 1, (1, 2), bias=bias)
    return learn_kernel(layer, image, F.conv2d(image, EDGE), 10, 0.03, target=EDGE, **settings)


# ------------------------------------------------------------------------------- the edge example


def test_the_edge_kernel_is_found_in_ten_steps_from_any_start() -> None:
    errors = torch.tensor([edge_error(seed).error for seed in range(50)])
    assert float(errors.median()) == pytest.approx(0.03, abs=0.005)
    assert float(errors.max()) == pytest.approx(0.08, abs=0.005)


def test_the_mean_of_squares_gets_nowhere_in_ten_steps() -> None:
    errors = torch.tensor([edge_error(seed, loss="mean").error for seed in range(50)])
    assert float(errors.median()) > 0.9
    assert float(errors.min()) > 0.3


def test_with_a_bias_it_diverges_and_the_limit_says_so() -> None:
    limits = [
        loss_valley(black_bar(), (1, 2), bias).learning_rate_limit() for bias in (False, True)
    ]
    assert limits[1] < 0.03 < limits[0]
    errors = torch.tensor([edge_error(seed, bias=True).error for seed in range(50)])
    assert float(errors.median()) > 1000


# ------------------------------------------------------------------------- steps are torch's steps


@pytest.mark.parametrize("loss", ["sum", "mean"])
@pytest.mark.parametrize("name", ["gradient_descent", "adam", "lbfgs"])
@pytest.mark.parametrize("bias", [False, True])
def test_each_step_is_the_one_that_plain_torch_makes(name: str, loss: str, bias: bool) -> None:
    image, rate = noise(1, 2, 7, 9), 0.002
    wanted = F.conv2d(image, noise(1, 2, 3, 2, seed=2))
    by_hand = fresh_layer(5, 2, 1, (3, 2), bias=bias)
    optimizer = {
        "gradient_descent": lambda p: torch.optim.SGD(p, lr=rate),
        "adam": lambda p: torch.optim.Adam(p, lr=rate),
        "lbfgs": lambda p: torch.optim.LBFGS(p, line_search_fn="strong_wolfe"),
    }[name](by_hand.parameters())

    def closure() -> Tensor:
        optimizer.zero_grad()
        square = (by_hand(image) - wanted) ** 2
        value = square.sum() if loss == "sum" else square.mean()
        value.backward()
        return value

    layer = fresh_layer(5, 2, 1, (3, 2), bias=bias)
    for step in learning_steps(layer, image, wanted, 4, rate, optimizer=name, loss=loss):
        assert torch.equal(step.kernel, by_hand.weight.detach())
        if by_hand.bias is not None:
            assert step.bias is not None
            assert torch.equal(step.bias, by_hand.bias)
        assert step.loss == closure().item()
        optimizer.step(closure)  # type: ignore[arg-type]  # torch takes a tensor as well
    assert torch.equal(step.kernel, layer.weight), "the layer itself has learned"


@pytest.mark.parametrize("name", ["gradient_descent", "adam", "lbfgs"])
def test_a_stopped_learning_goes_on_as_if_it_had_not_stopped(name: str) -> None:
    image = load_image("chelsea")[..., :20, :31]
    target = seeded_layer(4, bias=False).weight.detach()
    settings: dict[str, Any] = {
        "image": image,
        "wanted": F.conv2d(image, target),
        "learning_rate": 0.1,
        "optimizer": name,
        "loss": "mean",
        "target": target,
    }
    through = list(learning_steps(fresh_layer(1), steps=9, **settings))
    stopped = next(s for s in learning_steps(fresh_layer(1), steps=9, **settings) if s.step == 3)
    resumed = list(learning_steps(fresh_layer(8), steps=9, resume=stopped, **settings))
    again = list(learning_steps(fresh_layer(9), steps=9, resume=stopped, **settings))
    assert [step.step for step in resumed] == [4, 5, 6, 7, 8, 9]
    for straight, first, second in zip(through[4:], resumed, again, strict=True):
        assert torch.equal(first.kernel, straight.kernel)
        assert torch.equal(second.kernel, straight.kernel), "the step was used up"
        assert first.loss == straight.loss


def test_another_rate_is_allowed_after_a_stop() -> None:
    image = noise(1, 1, 8, 9)
    wanted = F.conv2d(image, HIDDEN)
    first = learn_kernel(fresh_layer(2, 1, bias=False), image, wanted, 3, 0.001)
    half, whole = (
        learn_kernel(fresh_layer(2, 1, bias=False), image, wanted, 4, rate, resume=first).kernel
        for rate in (0.0005, 0.001)
    )
    assert not torch.equal(half, first.kernel)
    torch.testing.assert_close(whole - first.kernel, 2 * (half - first.kernel))


def test_learning_works_in_whatever_mode_the_caller_is() -> None:
    with torch.inference_mode():
        image = noise(1, 1, 6, 7)
        wanted = F.conv2d(image, HIDDEN)
        target = HIDDEN.clone()
    losses = []
    layer = fresh_layer(1, 1, bias=False)
    with torch.inference_mode():
        for step in learning_steps(layer, image, wanted, 5, 0.005, target=target):
            assert torch.is_inference_mode_enabled()
            losses.append(step.loss)
    assert losses == sorted(losses, reverse=True)


def test_the_callback_sees_every_step_and_stops_when_it_says_true() -> None:
    image = noise(1, 1, 6, 7)
    wanted = F.conv2d(image, HIDDEN)
    seen: list[int] = []

    def look(step: LearningStep) -> bool:
        seen.append(step.step)
        return step.step == 4

    last = learn_kernel(fresh_layer(1, 1, bias=False), image, wanted, 9, 0.001, look)
    assert (last.step, seen) == (4, [0, 1, 2, 3, 4])
    learn_kernel(fresh_layer(1, 1, bias=False), image, wanted, 2, 0.001, lambda s: seen.append(9))
    assert seen[5:] == [9, 9, 9], "None goes on"


def test_a_rate_just_above_the_limit_diverges_and_just_below_does_not() -> None:
    image = noise(1, 2, 9, 10)
    wanted = F.conv2d(image, noise(1, 2, 3, 3, seed=2))
    for loss in ("sum", "mean"):
        limit = loss_valley(image, (3, 3)).learning_rate_limit(loss)
        below, above = (
            learn_kernel(
                fresh_layer(1, 2, bias=False), image, wanted, 3000, factor * limit, loss=loss
            )
            for factor in (0.98, 1.05)
        )
        assert below.trouble == ""
        assert below.loss < 1e-4
        assert above.step < 3000
        assert above.trouble.startswith(f"It diverged: at step {above.step} the loss is inf. ")
        assert "learning rate" in above.trouble


def test_numbers_too_large_for_float32_from_the_start_are_not_blamed_on_the_rate() -> None:
    image = torch.full((1, 1, 3, 3), 1e30)
    for name in ("gradient_descent", "adam", "lbfgs"):
        last = learn_kernel(fresh_layer(1, 1, 1, 1), image, image, 3, optimizer=name)
        assert (last.step, "learning rate" in last.trouble) == (0, False)


def test_what_does_not_fit_is_refused_by_name() -> None:
    layer, image = fresh_layer(1, 1), torch.ones(1, 1, 4, 5)
    with pytest.raises(ValueError, match=r"`steps` \(=0\)"):
        learning_steps(layer, image, image, 0)
    with pytest.raises(ValueError, match=r"`learning_rate` \(=0\)"):
        learning_steps(layer, image, image, 1, 0)
    with pytest.raises(ValueError, match=r"`name` \(='sgd'\)"):
        make_optimizer(layer, "sgd", 0.1)
    with pytest.raises(ValueError, match=r"`loss` \(='l1'\)"):
        squared_loss(image, image, "l1")
    with pytest.raises(ValueError, match=r"`wanted` \(shape \(1, 1, 4, 5\)\)"):
        next(learning_steps(layer, image, image, 1))
    last = learn_kernel(layer, image, layer(image).detach(), 2)
    with pytest.raises(ValueError, match=r"`steps` \(=2\) must be beyond"):
        learn_kernel(layer, image, layer(image).detach(), 2, resume=last)
    with pytest.raises(ValueError, match=r"at least as large as `kernel_size` \(=\(5, 1\)\)"):
        loss_valley(image, (5, 1))


# -------------------------------------------------------------------------------------- the photo


def photo(name: str = "lena", grey: bool = False) -> Tensor:
    image = load_image(name)
    return image.mean(dim=1, keepdim=True) if grey else image


@pytest.mark.parametrize(
    ("name", "grey", "condition"),
    [
        ("lena", True, 140),
        ("lena", False, 314),
        ("chelsea", False, 1185),
        ("coffee", False, 479),
        ("astronaut", False, 539),
    ],
)
def test_neighbouring_pixels_are_alike(name: str, grey: bool, condition: float) -> None:
    valley = loss_valley(photo(name, grey), (3, 3))
    assert valley.condition_number == pytest.approx(condition, rel=0.01)
    assert valley.rank == (9 if grey else 27)


def test_the_limit_on_lena_is_that_of_the_experiment() -> None:
    assert loss_valley(photo(), (3, 3)).learning_rate_limit("mean") == pytest.approx(
        0.124, abs=5e-4
    )


@pytest.mark.parametrize("loss", ["sum", "mean"])
def test_twenty_calls_of_l_bfgs_find_the_hidden_kernel_on_lena(loss: str) -> None:
    target = photo_weight(named_kernel("sobel_x"))
    wanted = F.conv2d(photo(), target)
    layer = fresh_layer(3, bias=False)
    last = learn_kernel(layer, photo(), wanted, 20, optimizer="lbfgs", loss=loss, target=target)
    assert last.error < 1e-2


@pytest.mark.parametrize(
    ("name", "rate"), [("gradient_descent", 0.12), ("adam", 0.01), ("adam", 0.03)]
)
def test_after_300_steps_the_loss_is_small_and_the_kernel_is_not_found(
    name: str, rate: float
) -> None:
    target = photo_weight(named_kernel("sobel_x"))
    wanted = F.conv2d(photo(), target)
    layer = fresh_layer(3, bias=False)
    settings: dict[str, Any] = {"optimizer": name, "loss": "mean", "target": target}
    last = learn_kernel(layer, photo(), wanted, 300, rate, **settings)
    assert last.loss < 0.1 * float(wanted.square().mean())
    assert last.error > 0.1


def test_on_noise_plain_descent_is_quick() -> None:
    image = noise(1, 3, 60, 70)
    target = photo_weight(named_kernel("sobel_x"))
    valley = loss_valley(image, (3, 3))
    assert valley.condition_number < 2
    layer = fresh_layer(3, bias=False)
    rate = 0.5 * valley.learning_rate_limit("mean")
    last = learn_kernel(layer, image, F.conv2d(image, target), 30, rate, loss="mean", target=target)
    assert last.error < 1e-2


# ---------------------------------------------------------------------------------------- at once


@pytest.mark.parametrize("bias", [False, True])
def test_the_matrix_times_the_kernel_is_the_convolution(bias: bool) -> None:
    image = torch.arange(42.0).reshape(1, 2, 3, 7) % 5
    layer = weighted_layer(
        nn.Conv2d,
        torch.arange(1.0, 13.0).reshape(1, 2, 2, 3),
        torch.tensor([4.0]) if bias else None,
    )
    numbers = (
        layer.weight.flatten()
        if layer.bias is None
        else torch.cat([layer.weight.flatten(), layer.bias])
    )
    made = window_matrix(image, (2, 3), bias) @ numbers
    assert torch.equal(made, layer(image).flatten())


@pytest.mark.parametrize("bias", [False, True])
def test_the_valley_is_that_of_the_whole_matrix(bias: bool) -> None:
    image = noise(1, 2, 70, 5).double()  # more rows than one strip
    valley = loss_valley(image, (3, 2), bias)
    matrix = window_matrix(image, (3, 2), bias)
    gram = valley.directions @ torch.diag(valley.steepness) @ valley.directions.T
    torch.testing.assert_close(gram, matrix.T @ matrix)
    assert valley.positions == len(matrix) == 68 * 4
    assert valley.condition_number == pytest.approx(float(torch.linalg.cond(matrix)))


def test_the_loss_grows_along_each_direction_as_the_valley_says() -> None:
    image = photo("coffee")[..., 100:140, 50:99]
    target = seeded_layer(2, bias=False).weight.detach().double()
    start = fresh_layer(7, bias=False).weight.detach().double()
    valley = loss_valley(image, (3, 3))
    output, wanted = (F.conv2d(image.double(), kernel) for kernel in (start, target))
    loss = squared_loss(output, wanted, "sum")
    distances = valley.distances(start, target)
    assert float((valley.steepness * distances**2).sum()) == pytest.approx(float(loss))


@pytest.mark.parametrize("name", PHOTOS)
@pytest.mark.parametrize("bias", [False, True])
def test_least_squares_in_float64_finds_the_kernel(name: str, bias: bool) -> None:
    image = photo(name).double()
    target = photo_weight(named_kernel("emboss")).double()
    found = solve_kernel(image, F.conv2d(image, target) + (0.25 if bias else 0.0), (3, 3), bias)
    assert float((found.kernel - target).abs().max()) < 1e-8
    offset = None if found.bias is None else pytest.approx(float(found.bias), abs=1e-8)
    assert offset == (0.25 if bias else None)


def test_least_squares_finds_it_from_a_float32_output_too() -> None:
    target = photo_weight(named_kernel("sharpen"))
    found = solve_kernel(photo(), F.conv2d(photo(), target), (3, 3))
    assert float((found.kernel - target).abs().max()) < 1e-6


def test_the_usual_solver_in_float32_gives_a_wrong_kernel_and_says_nothing() -> None:
    matrix = window_matrix(photo(), (3, 3))
    errors: dict[str, list[float]] = {"gelsy": [], "gels": []}
    for name in ("sobel_x", "emboss", "sharpen"):
        target = photo_weight(named_kernel(name)).flatten()
        wanted = F.conv2d(photo(), target.reshape(1, 3, 3, 3)).reshape(-1, 1)
        for driver, found in (
            ("gelsy", torch.linalg.lstsq(matrix, wanted).solution),
            ("gels", torch.linalg.lstsq(matrix, wanted, driver="gels").solution),
        ):
            errors[driver].append(float((found[:, 0] - target).abs().max()))
    assert min(errors["gelsy"]) > 0.2
    assert max(errors["gelsy"]) < 1.7
    assert max(errors["gels"]) < 1e-3


# ------------------------------------------------------------------------- what cannot be known


@pytest.mark.parametrize("level", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("bias", [False, True])
def test_a_flat_picture_tells_the_sum_of_the_weights_and_no_more(level: float, bias: bool) -> None:
    image = torch.full((1, 1, 40, 30), level)
    target = HIDDEN
    valley = loss_valley(image, (3, 3), bias)
    numbers = 9 + bias
    assert (valley.rank, valley.unknown.shape) == (1, (numbers, numbers - 1))
    assert math.isinf(valley.condition_number)
    found = solve_kernel(image, F.conv2d(image, target), (3, 3), bias, valley)
    outputs = F.conv2d(image.double(), found.kernel, found.bias)
    torch.testing.assert_close(outputs, F.conv2d(image, target).double(), rtol=1e-5, atol=1e-5)
    assert float(found.kernel.max() - found.kernel.min()) < 1e-9, "all weights alike"
    for direction in valley.unknown.T:
        moved = target.double() + 3 * direction[:9].reshape(1, 1, 3, 3)
        offset = 3 * direction[9:] if bias else None
        same = F.conv2d(image.double(), moved, offset)
        torch.testing.assert_close(same, F.conv2d(image.double(), target.double()))


def test_a_black_picture_tells_nothing() -> None:
    valley = loss_valley(torch.zeros(1, 1, 5, 6), (2, 2))
    assert (valley.rank, valley.learning_rate_limit()) == (0, math.inf)
    black = torch.zeros(1, 1, 4, 5)
    assert torch.equal(
        solve_kernel(torch.zeros(1, 1, 5, 6), black, (2, 2)).kernel.float(), torch.zeros(1, 1, 2, 2)
    )


def test_descent_on_a_flat_picture_keeps_what_it_cannot_know_from_its_start() -> None:
    image = torch.full((1, 1, 9, 8), 0.5)
    wanted = F.conv2d(image, HIDDEN)
    layer = fresh_layer(6, 1, bias=False)
    start = layer.weight.detach().clone()
    last = learn_kernel(layer, image, wanted, 50, 0.4, loss="mean", target=HIDDEN)
    assert last.loss < 1e-9
    assert last.error > 1
    moved = last.kernel - start
    assert float(moved.max() - moved.min()) < 1e-5


@pytest.mark.parametrize("name", ["gradient_descent", "adam"])
def test_the_start_too_can_be_gone_on_from(name: str) -> None:
    image = noise(1, 1, 8, 9)
    wanted = F.conv2d(image, HIDDEN)
    settings: dict[str, Any] = {"learning_rate": 0.001, "optimizer": name}
    through = list(learning_steps(fresh_layer(2, 1), image, wanted, 2, **settings))
    resumed = list(
        learning_steps(fresh_layer(5, 1), image, wanted, 2, resume=through[0], **settings)
    )
    assert [step.step for step in resumed] == [1, 2]
    for straight, step in zip(through[1:], resumed, strict=True):
        assert torch.equal(step.kernel, straight.kernel)


def test_each_step_keeps_a_bias_of_its_own() -> None:
    image = noise(1, 1, 8, 9)
    wanted = F.conv2d(image, HIDDEN) + 3
    found = list(learning_steps(fresh_layer(2, 1), image, wanted, 3, 0.001))
    biases = [float(step.bias) for step in found if step.bias is not None]
    assert biases == sorted(set(biases))
    assert len(biases) == 4


@pytest.mark.parametrize("size", [(2, 7), (7, 2)])
def test_a_valley_needs_a_picture_as_large_as_the_kernel(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"must be at least as large as `kernel_size` \(=\(3, 3\)"):
        loss_valley(torch.zeros(1, 1, *size), (3, 3))


def test_no_direction_of_a_valley_is_steep_below_0() -> None:
    for seed in range(5):
        flat = torch.full((1, 3, 9, 11), 0.1 + 0.17 * seed)
        assert float(loss_valley(flat, (3, 3), bias=True).steepness.min()) >= 0
