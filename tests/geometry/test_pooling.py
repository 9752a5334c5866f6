"""Where the windows of a pooling lie, checked against what torch reads, picks and refuses."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.geometry import (
    explain_pool,
    pool_output_size,
    pool_source_indices,
    pool_window_indices,
)

max_pool: Any = {1: F.max_pool1d, 2: F.max_pool2d, 3: F.max_pool3d}
avg_pool: Any = {1: F.avg_pool1d, 2: F.avg_pool2d, 3: F.avg_pool3d}

Setting = tuple[list[int], list[int], list[int] | None, list[int], list[int], bool]


def settings(dims: int, count: int, seed: int = 0) -> Iterator[Setting]:
    """Input sizes and settings that differ per axis, also illegal ones."""
    chance = random.Random(dims + 10 * seed)

    def each(low: int, high: int) -> list[int]:
        return [chance.randint(low, high) for _ in range(dims)]

    for _ in range(count):
        stride = None if chance.random() < 0.2 else each(1, 4)
        k = each(1, 5)
        padding = [chance.randint(0, cells // 2) for cells in k]
        if chance.random() < 0.3:
            padding = each(0, 3)
        yield each(1, 9), k, stride, padding, each(1, 3), chance.random() < 0.5


def accepts(pool: Any, n: list[int], *rest: Any) -> bool:
    try:
        pool(torch.zeros(1, *n), *rest)
    except RuntimeError:
        return False
    return True


def tables(n: list[int], k: Any, s: Any, p: Any, d: Any, ceil_mode: bool) -> list[Tensor]:
    steps = k if s is None else s
    return [pool_source_indices(*axis, ceil_mode) for axis in zip(n, k, steps, p, d, strict=True)]


# ------------------------------------------------------------------------------------------ sizes


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_sizes_are_torchs_and_what_has_none_is_refused(dims: int) -> None:
    legal = 0
    for n, *rest in settings(dims, 500):
        if accepts(max_pool[dims], n, *rest):
            legal += 1
            expected = tuple(max_pool[dims](torch.zeros(1, *n), *rest).shape[1:])
            assert pool_output_size(n, *rest) == expected, (n, rest)  # type: ignore[arg-type]  # of several kinds
        else:
            with pytest.raises(ValueError, match=r"must (fit into|be at most half)"):
                pool_output_size(n, *rest)  # type: ignore[arg-type]
    assert legal > 100


def test_one_axis_has_one_size() -> None:
    assert pool_output_size(512, 2) == 256
    assert pool_output_size(5, 2, ceil_mode=True) == 3
    assert pool_output_size((5,), 2, ceil_mode=True) == (3,)


def test_ceil_mode_adds_no_window_that_begins_behind_the_input() -> None:
    assert pool_output_size(3, 2, 2, 1, ceil_mode=True) == 2  # -(-(3 + 2 - 2) // 2) + 1 would be 3
    assert pool_source_indices(3, 2, 2, 1, ceil_mode=True).tolist() == [[-1, 0], [1, 2]]


# ----------------------------------------------------------------------------------------- tables


def test_tables_tell_padding_from_what_lies_beyond_it() -> None:
    source = pool_source_indices(4, 3, stride=2, padding=1, ceil_mode=True)
    assert source.tolist() == [[-1, 0, 1], [1, 2, 3], [3, -1, -2]]
    window = pool_window_indices(4, 3, stride=2, padding=1, ceil_mode=True)
    assert window.tolist() == [[0, 1, 2], [2, 3, 4], [4, 5, -2]]


def test_without_ceil_mode_nothing_lies_beyond_the_padding() -> None:
    for n, *rest in settings(2, 200):
        k, s, p, d, _ = rest
        if accepts(F.max_pool2d, n, k, s, p, d, False):
            assert all(int(table.min()) >= -1 for table in tables(n, k, s, p, d, False))


def test_a_mean_reads_what_its_table_names_and_nothing_else() -> None:
    seen = 0
    for n, k, s, p, _, ceil_mode in settings(2, 150, seed=1):
        rest = (k, s, p, ceil_mode, False)
        if not accepts(F.avg_pool2d, n, *rest):
            continue
        rows, columns = tables(n, k, s, p, (1, 1), ceil_mode)
        image = torch.ones(1, *n, requires_grad=True)
        output = F.avg_pool2d(image, *rest)[0]
        for i in range(output.shape[0]):
            for j in range(output.shape[1]):
                (pull,) = torch.autograd.grad(output[i, j], image, retain_graph=True)
                named = torch.zeros(*n)
                down, across = rows[i][rows[i] >= 0], columns[j][columns[j] >= 0]
                named[down[:, None], across] = 1 / (len(down) * len(across))
                assert torch.allclose(pull[0], named), (n, rest)
                seen += 1
    assert seen > 300


def test_a_mean_counts_padding_and_never_what_lies_beyond() -> None:
    for n, k, s, p, _, ceil_mode in settings(2, 300, seed=2):
        if not accepts(F.avg_pool2d, n, k, s, p, ceil_mode):
            continue
        rows, columns = tables(n, k, s, p, (1, 1), ceil_mode)
        met = ((rows >= 0).sum(1)[:, None] * (columns >= 0).sum(1)).double()
        counted = (rows >= -1).sum(1)[:, None] * (columns >= -1).sum(1)
        means = F.avg_pool2d(torch.ones(1, *n, dtype=torch.float64), k, s, p, ceil_mode)
        assert torch.allclose(means[0], met / counted), (n, k, s, p)


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_largest_of_what_the_tables_name_is_where_torch_finds_it(dims: int) -> None:
    generator = torch.Generator().manual_seed(7)
    seen = 0
    for n, *rest in settings(dims, 250, seed=3):
        if not accepts(max_pool[dims], n, *rest):
            continue
        image = torch.randperm(torch.Size(n).numel(), generator=generator).double().view(n)
        values, places = max_pool[dims](image[None], *rest, return_indices=True)
        found = tables(n, *rest)  # type: ignore[arg-type]
        cells = torch.arange(image.numel()).view(n)
        for output in torch.cartesian_prod(*map(torch.arange, values.shape[1:])).view(-1, dims):
            reads = [t[i][t[i] >= 0] for t, i in zip(found, output.tolist(), strict=True)]
            if any(len(each) == 0 for each in reads):
                assert float(values[0][tuple(output)]) == -float("inf")
                continue
            grid = torch.meshgrid(*reads, indexing="ij")
            best = image[grid].argmax()
            assert float(values[0][tuple(output)]) == float(image[grid].max())
            assert int(places[0][tuple(output)]) == int(cells[grid].flatten()[best])
            seen += 1
    assert seen > 300


# --------------------------------------------------------------------------------------- refusals


def torch_takes(n: list[int], asked: dict[str, Any], ceil_mode: bool, average: bool) -> bool:
    rest = [*asked.values(), ceil_mode]
    if average:
        del rest[3]  # it has no dilation
    return accepts((avg_pool if average else max_pool)[len(n)], n, *rest)


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("average", [False, True])
def test_what_torch_refuses_is_explained_and_nothing_else(dims: int, average: bool) -> None:
    refused = 0
    for n, k, s, p, d, ceil_mode in settings(dims, 500, seed=4):
        if average:
            d = [1] * dims
        asked = {"kernel_size": k, "stride": s, "padding": p, "dilation": d}
        why = explain_pool(tuple(n), k, s, p, d, ceil_mode, average)
        assert (why is None) == torch_takes(n, asked, ceil_mode, average), (n, asked, ceil_mode)
        if why:
            refused += 1
            assert why.explanation.endswith(".")
            cured = {**asked, **why.nearest}
            assert torch_takes(n, cured, ceil_mode, average), (n, asked, ceil_mode, why)
    assert refused > 80


def test_too_much_padding_is_cured_by_the_nearest_padding() -> None:
    why = explain_pool((28, 28), 3, 1, 2)
    assert why is not None
    assert why.nearest == {"padding": 1}
    assert "3 // 2 = 1, and here it is 2" in why.explanation
    assert "a kernel of 4 would do too" in why.explanation
    assert accepts(F.max_pool2d, [28, 28], 4, 1, 2)


def test_torch_counts_the_cells_of_a_window_and_not_how_far_it_reaches() -> None:
    why = explain_pool((20, 20), 3, 1, 2, dilation=3)  # spans 7, yet padding 2 is too much
    assert why is not None
    assert why.nearest == {"padding": 1}
    assert not accepts(F.max_pool2d, [20, 20], 3, 1, 2, 3)
    assert accepts(F.max_pool2d, [20, 20], 3, 1, 1, 3)


@pytest.mark.parametrize(
    ("size", "rest", "nearest", "said"),
    [
        ((4, 9), (5,), {"kernel_size": 4}, "A window of 5 spans 5 pixels, but .* 4 pixels high"),
        ((9,), (3, 1, 0, 6), {"dilation": 4}, r"dilation 6 spans 6 \* \(3 - 1\) \+ 1 = 13 samples"),
        ((4,), (3, 1, 0, 2), {"dilation": 1}, r"dilation 2 spans 2 \* \(3 - 1\) \+ 1 = 5 samples"),
        ((3,), (3, 1, 1, 3), {"dilation": 2}, "= 7 samples, but the padded input is only 5 sampl"),
        ((9, 9), (0,), {"kernel_size": 1}, "A window needs at least one cell: kernel_size=0"),
        ((9, 9), (2, 0), {"stride": 1}, "must move on by at least one pixel: stride=0"),
        ((9, 9), (2, 1, -3), {"padding": 0}, "cannot take any away: padding=-3"),
        ((9, 9), (2, 1, 0, 0), {"dilation": 1}, "at least one pixel apart: dilation=0"),
        ((1, 99), (8, 8, (0, 4)), {"kernel_size": 1, "padding": 0}, "only 1 pixel high"),
    ],
)
def test_a_refusal_names_the_rule_and_the_cure(
    size: Any, rest: Any, nearest: dict[str, int], said: str
) -> None:
    why = explain_pool(size, *rest)
    assert why is not None
    assert why.nearest == nearest
    assert re.search(said, why.explanation), why.explanation


def test_an_average_over_a_volume_needs_room_without_its_padding() -> None:
    why = explain_pool((1, 4, 4), 2, 1, (1, 0, 0), average=True)
    assert why is not None
    assert why.nearest == {"kernel_size": 1, "padding": 0}
    assert "fits into it without its padding" in why.explanation
    assert explain_pool((1, 4, 4), 2, 1, (1, 0, 0)) is None
    assert not accepts(F.avg_pool3d, [1, 4, 4], 2, 1, (1, 0, 0))


def test_axes_must_be_one_two_or_three() -> None:
    with pytest.raises(ValueError, match="must name one, two or three axes"):
        explain_pool((2, 2, 2, 2), 1)
