"""What is said of a slip is true of the guess that it is said of: by code of its own."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from lessons_lib.practice.questions import Asked
from tests.practice.questions.drawn import draws

Claims = dict[str, tuple[float, ...]]


def numbers(pattern: str, text: str) -> list[int]:
    found = re.search(pattern, text)
    assert found, text
    return [int(each.replace("\N{MINUS SIGN}", "-")) for each in found.groups()]


def corner(asked: Asked) -> Claims:
    picture, kernel = (each.values[None, None] for each in asked.shown)
    (bias,) = numbers(r"bias ([\N{MINUS SIGN}\d]+)", asked.text)
    row, column = numbers(r"row (\d+), column (\d+)", asked.text)

    def at(weight: torch.Tensor, bias: float = bias, mode: str = "constant") -> tuple[float, ...]:
        output = F.conv2d(F.pad(picture, (1, 1, 1, 1), mode=mode), weight)
        return (float(output[0, 0, row, column]) + bias,)

    return {
        "You forgot the bias": at(kernel, 0),
        "You turned the kernel": at(kernel.rot90(2, (2, 3))),
        "You took the rows of the kernel": at(kernel.mT),
        "You repeated the edge": at(kernel, mode="replicate"),
    }


def unread(asked: Asked) -> Claims:
    n, k, stride = numbers(r"row of (\d+) pixels, a kernel of (\d+), stride (\d+)", asked.text)
    starts = range(0, n - k + 1, stride)
    read = {start + tap for start in starts for tap in range(k)}
    left_over = n - 1 - max(read)
    return {
        "You counted the gaps": (n - len(read) - left_over,),
        "You counted what is left over": (left_over,),
        "You counted the pixels that are read": (len(read),),
        "You counted a gap behind": (len(starts) * (stride - k) + left_over,),
    }


def extra(asked: Asked) -> Claims:
    settings = r"kernel_size=(\d+), stride=(\d+), padding=(\d+)` makes (\d+) of (\d+)"
    k, stride, padding, made, n = numbers(settings, asked.text)

    def places(size: int) -> int:
        return (size + 2 * padding - k) // stride + 1

    return {
        "So many pixels are missing": (next(m for m in range(9) if places(n + m) > made),),
        "This is the largest": (stride - 1,),
        "You left the padding out": ((n - k) % stride,),
        "Without any": (0,),
    }


@pytest.mark.parametrize(
    ("name", "claims_of"),
    [("padding_corner", corner), ("stride_unread", unread), ("transposed_extra", extra)],
)
def test_what_is_said_of_a_slip_is_true(name: str, claims_of: Callable[[Asked], Claims]) -> None:
    for asked in draws(name)[:100]:
        claims = claims_of(asked)
        for slip in asked.slips:
            (claimed,) = [each for words, each in claims.items() if slip.message.startswith(words)]
            assert slip.answer == claimed, (asked.text, slip.message)


def test_so_many_kernels_would_do_if_each_pixel_had_a_place() -> None:
    for asked in draws("reconstruction_kernels")[:100]:
        (channels,) = numbers(r"A photo with (\d+) channel", asked.text)
        told = [slip.answer for slip in asked.slips if "if each pixel had a place" in slip.message]
        assert told in ([], [(channels,)])
