"""A kernel is taken apart into columns and rows, and put together again."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.kernels import named_kernel, photo_weight
from lessons_lib.separable import (
    columns_and_rows,
    kernel_rank,
    low_rank_part,
    separable_layer,
    share_kept,
    singular_values,
)
from lessons_lib.variants import weights_of

COUNTED = torch.arange(1.0, 16.0).reshape(3, 5) ** 2


def random_kernel(height: int, width: int, seed: int = 5) -> Tensor:
    return torch.randn(height, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize(
    ("name", "size", "rank"),
    [
        ("identity", 3, 1),
        ("box", 3, 1),
        ("box", 7, 1),
        ("sobel_x", 3, 1),
        ("sobel_y", 3, 1),
        *[("gaussian", size, 1) for size in (2, 3, 5, 7, 11)],
        ("laplacian", 3, 2),
        ("laplacian_8", 3, 2),
        ("sharpen", 3, 2),
        ("emboss", 3, 3),
    ],
)
def test_a_known_kernel_has_its_rank(name: str, size: int, rank: int) -> None:
    assert kernel_rank(named_kernel(name, size)) == rank


def test_the_tolerance_is_a_share_of_the_largest_singular_value() -> None:
    kernel = torch.diag(torch.tensor([1000.0, 1.0, 0.01]))
    ranks = [kernel_rank(kernel, tolerance) for tolerance in (0, 1e-6, 1e-4, 1e-2)]
    assert ranks == [3, 3, 2, 1]
    assert kernel_rank(1e-8 * kernel) == kernel_rank(kernel)


def test_zeros_have_rank_0_and_lose_nothing() -> None:
    assert kernel_rank(torch.zeros(3, 2)) == 0
    assert share_kept(torch.zeros(3, 2), 1) == 1
    columns, rows = columns_and_rows(torch.zeros(3, 2))
    assert (columns.shape, rows.shape) == ((3, 0), (0, 2))
    assert low_rank_part(torch.zeros(3, 2), 2).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (5, 1), (3, 5), (7, 4), (7, 7)])
def test_all_columns_times_all_rows_are_the_kernel(shape: tuple[int, int]) -> None:
    kernel = random_kernel(*shape).double()
    columns, rows = columns_and_rows(kernel, min(shape))
    assert (columns.shape, rows.shape) == ((shape[0], min(shape)), (min(shape), shape[1]))
    torch.testing.assert_close(columns @ rows, kernel)
    torch.testing.assert_close(low_rank_part(kernel, min(shape)), kernel)


def test_sobel_is_written_in_whole_numbers() -> None:
    columns, rows = columns_and_rows(named_kernel("sobel_x"))
    assert columns.flatten().tolist() == [1, 2, 1]
    assert rows.flatten().tolist() == pytest.approx([-1, 0, 1], abs=1e-12)
    columns, rows = columns_and_rows(named_kernel("sobel_y"))
    assert columns.flatten().tolist() == [-1, 0, 1]
    assert rows.flatten().tolist() == pytest.approx([1, 2, 1])


def test_other_columns_and_rows_share_their_size() -> None:
    columns, rows = columns_and_rows(random_kernel(5, 6), 5)
    largest = columns.max(dim=0).values
    torch.testing.assert_close(largest, rows.abs().max(dim=1).values)
    assert bool((columns.abs() <= largest * (1 + 1e-6)).all())
    column, row = columns_and_rows(named_kernel("gaussian", 5))
    torch.testing.assert_close(column.T, row)


@pytest.mark.parametrize("rank", [1, 2, 3, 4])
def test_what_a_part_loses_is_what_its_singular_values_lack(rank: int) -> None:
    kernel = random_kernel(5, 7).double()
    lost = (kernel - low_rank_part(kernel, rank)).square().sum()
    torch.testing.assert_close(lost, singular_values(kernel)[rank:].square().sum())
    assert share_kept(kernel, rank) == pytest.approx(1 - float(lost / kernel.square().sum()))
    assert kernel_rank(low_rank_part(kernel, rank)) == rank


def test_no_other_column_and_row_come_closer() -> None:
    kernel = random_kernel(3, 4).double()
    columns, rows = columns_and_rows(kernel, 1)
    least = float((kernel - columns @ rows).square().sum())
    generator = torch.Generator().manual_seed(2)
    for _ in range(50):
        column = columns + 0.05 * torch.randn(3, 1, generator=generator, dtype=torch.float64)
        row = rows + 0.05 * torch.randn(1, 4, generator=generator, dtype=torch.float64)
        assert float((kernel - column @ row).square().sum()) > least


def test_whole_numbers_are_taken_as_well() -> None:
    kernel = torch.tensor([[1, 2], [3, 6], [2, 4]])
    assert kernel_rank(kernel) == 1
    part = low_rank_part(kernel, 1)
    assert part.dtype == torch.float32
    torch.testing.assert_close(part, kernel.float())


@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_two_layers_answer_as_the_part_does(rank: int, channels: int) -> None:
    kernel = COUNTED.double() - 40
    image = torch.randn(
        1, channels, 9, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(1)
    )
    layer = separable_layer(kernel, rank, channels)
    weight = photo_weight(low_rank_part(kernel, rank), channels)
    torch.testing.assert_close(layer(image), F.conv2d(image, weight))
    torch.testing.assert_close(layer.as_plain().weight.detach(), weight)
    assert weights_of(layer) == rank * (channels * 3 + 5)
    assert weights_of(layer) == sum(each.numel() for each in layer.parameters())


def test_building_the_two_layers_leaves_the_global_random_numbers_alone() -> None:
    state = torch.get_rng_state()
    separable_layer(COUNTED, 2)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: kernel_rank(torch.ones(3)), r"`kernel` \(shape \(3,\)\) must be"),
        (lambda: singular_values(torch.ones(0, 3)), "`kernel` .* an axis without anything"),
        (lambda: kernel_rank(torch.tensor([[1.0, float("nan")]])), "must be finite"),
        (lambda: kernel_rank(torch.ones(3, 3), tolerance=1.0), r"`tolerance` \(=1.0\)"),
        (lambda: columns_and_rows(torch.ones(3, 2), 3), r"`rank` \(=3\).*at most 2"),
        (lambda: columns_and_rows(torch.ones(3, 2), -1), r"`rank` \(=-1\)"),
        (lambda: separable_layer(torch.ones(3, 2), 0), r"`rank` \(=0\) must be at least 1"),
    ],
)
def test_what_is_no_kernel_or_no_rank_is_refused(call, words: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=words):
        call()


def test_a_column_is_written_in_whole_numbers_up_to_twelve() -> None:
    columns, rows = columns_and_rows(
        torch.outer(torch.tensor([5.0, 12, 7]), torch.tensor([0.5, 2])), 1
    )
    assert columns.flatten().tolist() == [5, 12, 7]
    assert rows.flatten().tolist() == pytest.approx([0.5, 2])


def test_nothing_of_columns_and_rows_is_minus_zero() -> None:
    for row in ([1.0, 0, -1], [-1.0, 0, 1], [0.0, -2, 0]):
        kernel = -torch.outer(torch.tensor([1.0, 0, -3, 0]), torch.tensor(row))
        for numbers in columns_and_rows(kernel, 1):
            assert not bool(numbers[numbers == 0].signbit().any())


def test_the_two_layers_know_the_size_of_the_kernel_that_they_stand_for() -> None:
    layer = separable_layer(torch.outer(torch.arange(1.0, 4), torch.arange(1.0, 6)), 1)
    assert layer.kernel_size == (3, 5)
    image = torch.arange(3.0 * 7 * 9).view(1, 3, 7, 9) % 11
    assert torch.allclose(layer.as_plain()(image), layer(image), rtol=1e-5)
