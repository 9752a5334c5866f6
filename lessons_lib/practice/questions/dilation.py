"""Questions of lesson 04: how far a dilated kernel reaches, and what it skips."""

from __future__ import annotations

from itertools import product

import torch
from torch.nn import functional as F

from lessons_lib.practice.questions.answers import inside, places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    numbers,
    pair,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import Sizes, size_slips

PLAIN = "You took the kernel without its dilation. Its taps stand apart."


def dilation_size(generator: torch.Generator) -> Asked:
    """Ask for the size of an output with a dilation for each axis."""

    def draw() -> Sizes:
        n, k, d = (pair(generator, low, high) for low, high in ((12, 40), (2, 5), (1, 5)))
        return Sizes(n, k, d=d)

    def fair(sizes: Sizes) -> bool:
        if not sizes.fits or sizes.d[0] == sizes.d[1] or sizes.n[0] == sizes.n[1]:
            return False
        height, width = sizes.output
        shown = {*sizes.n, *sizes.k, *sizes.d}
        return min(height, width) > 1 and height != width and not shown & {height, width}

    sizes = until(draw, fair)
    (height, width), k, d = sizes.n, sizes.k, sizes.d
    taps = [n - d * k + 1 for n, k, d in zip(sizes.n, k, d, strict=True)]
    by_taps = Slip(
        "you took d · k for the span. Between k taps there are only k − 1 steps of d.", (*taps,)
    )
    return Asked(
        f"A picture of {height} × {width} pixels, `kernel_size={k}`, `dilation={d}`, no padding. "
        "What is the size of the output?",
        Shape(),
        sizes.line,
        {},
        tuple,
        telling(sizes.output, [by_taps, *size_slips(sizes)]),
        settings={"sizes": sizes},
    )


def dilation_span(generator: torch.Generator) -> Asked:
    """Ask for the largest dilation that still fits."""

    def draw() -> tuple[int, int]:
        return whole(generator, 20, 90), whole(generator, 3, 6)

    def fair(drawn: tuple[int, int]) -> bool:
        n, k = drawn
        key = (n - 1) // (k - 1)
        return key not in (n, k) and are_different((key, n // k, n // (k - 1)))

    n, k = until(draw, fair)
    key = (n - 1) // (k - 1)
    slips = [
        Slip("You divided by k. Between k taps there are k − 1 steps.", (n // k,)),
        Slip("With that dilation the kernel spans one pixel too many: d(k − 1) + 1.", (key + 1,)),
        Slip("One step more still fits.", (key - 1,)),
    ]
    # With 500 zeros behind the row there are more than 500 places if there is one without them.
    search = f"F.conv1d(F.pad(row, (0, 500)), torch.ones(1, 1, {k}), dilation=d).numel() > 500"
    return Asked(
        f"A row of {n} pixels, a kernel of {k}, no padding. What is the largest `dilation` that "
        "torch takes?",
        Number(),
        f"max(d for d in range(1, {n}) if {search})",
        {"row": torch.ones(1, 1, n)},
        lambda found: (found,),
        telling((key,), slips),
        settings={"n": n, "k": k},
    )


def dilation_tap(generator: torch.Generator) -> Asked:
    """Ask which pixel one tap of a window reads."""

    def draw() -> tuple[Pair, Pair, Pair]:
        d = pair(generator, 1, 4)
        return d, (whole(generator, 0, 2), whole(generator, 0, 3)), pair(generator, 0, 2)

    def fair(drawn: tuple[Pair, Pair, Pair]) -> bool:
        d, at, tap = drawn
        key = _tap(d, at, tap)
        fits = all(a + 2 * step < size for a, step, size in zip(at, d, shape, strict=True))
        asks = d[0] != d[1] and 0 not in tap and key[0] != key[1]
        return fits and asks and key not in (d, at, tap)

    shape = (whole(generator, 8, 9), whole(generator, 9, 11))
    d, at, tap = until(draw, fair)
    key = _tap(d, at, tap)
    slips = [
        Slip(PLAIN, _tap((1, 1), at, tap)),
        Slip("You took the dilation of the width for the rows.", _tap(d[::-1], at, tap)),
        Slip("You took row and column the wrong way round. The row comes first.", key[::-1]),
        Slip("You forgot where the window begins.", _tap(d, (0, 0), tap)),
        Slip(
            "The window itself moves on by 1: that is the stride.",
            _tap(d, (at[0] * d[0], at[1] * d[1]), tap),
        ),
    ]
    return Asked(
        f"A layer has `kernel_size=3` and `dilation={d}`, stride 1, no padding. Rows and columns "
        f"count from 0, in the kernel as well. For the output in row {at[0]}, column {at[1]}: "
        f"click on the pixel that meets the kernel's weight in row {tap[0]}, column {tap[1]}.",
        Cell("picture"),
        f"F.unfold(torch.arange({shape[0] * shape[1]}.).view(1, 1, {shape[0]}, {shape[1]}), 3, "
        f"dilation={d}).view(3, 3, {shape[0] - 2 * d[0]}, {shape[1] - 2 * d[1]})"
        f"[{tap[0]}, {tap[1]}, {at[0]}, {at[1]}]",
        {},
        lambda found: divmod(int(found), shape[1]),
        inside(telling(key, slips), shape),
        (Shown("picture", numbers(generator, shape, 0, 9), "input"),),
        {"d": d, "at": at, "tap": tap},
    )


def _tap(d: Pair, at: Pair, tap: Pair) -> Pair:
    return at[0] + tap[0] * d[0], at[1] + tap[1] * d[1]


def dilation_row(generator: torch.Generator) -> Asked:
    """Ask for the output along one row."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, int]:
        row = numbers(generator, (1, whole(generator, 7, 8)), 0, 9)
        return row, numbers(generator, (1, 3), -1, 1), whole(generator, 2, 3)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, int]) -> bool:
        row, weight, d = drawn
        views = (weight, weight.flip(1))
        if row.shape[1] - 2 * d > 4 or row.shape[1] - 2 * d < 2:
            return False
        outputs = [_spread(row, view, d) for view in views] + [_spread(row, weight, 1)]
        plain = outputs[0].unique().numel() > 1 and row_of(outputs[0]) != row_of(weight)
        return plain and are_different(map(row_of, outputs)) and bool(weight[0, [0, 2]].all())

    row, weight, d = until(draw, fair)
    key = row_of(_spread(row, weight, d))
    slips = [
        Slip(PLAIN, row_of(_spread(row, weight, 1))[: len(key)]),
        Slip(
            "You turned the kernel. torch lays it on as it is.",
            row_of(_spread(row, weight.flip(1), d)),
        ),
        Slip(
            "You jumped: that is a stride. The window moves on by 1.",
            row_of(_spread(row, weight, 1)[:, ::d])[: len(key)],
        ),
    ]
    return Asked(
        f"The kernel goes over this row with `dilation={d}`, without padding. What is the output?",
        Grid("output", 1, len(key)),
        f"F.conv1d(row, weight, dilation={d})[0, 0]",
        {"row": row[None], "weight": weight[None]},
        row_of,
        tuple(slip for slip in telling(key, slips) if len(slip.answer) == len(key)),
        (Shown("row", row, "input"), Shown("kernel", weight, "kernel")),
        {"d": d},
    )


def _spread(row: torch.Tensor, weight: torch.Tensor, d: int) -> torch.Tensor:
    return F.conv1d(row[None], weight[None], dilation=d)[0]


def dilation_field(generator: torch.Generator) -> Asked:
    """Ask how far a stack of dilated layers sees."""

    def draw() -> tuple[int, ...]:
        return tuple(whole(generator, 1, 6) for _ in range(3))

    def fair(dilations: tuple[int, ...]) -> bool:
        return are_different(dilations) and 1 + 2 * sum(dilations) not in dilations

    dilations = until(draw, fair)
    key = 1 + 2 * sum(dilations)
    slips = [
        Slip("You forgot the pixel itself: one more.", (key - 1,)),
        Slip(
            "You added the spans of the layers. Each layer adds d(k − 1).",
            (sum(2 * d + 1 for d in dilations),),
        ),
        Slip("You counted ordinary layers. A tap of a dilated one stands d pixels away.", (7,)),
        Slip(
            "You counted one side only. A kernel of 3 reaches to both sides.", (1 + sum(dilations),)
        ),
    ]
    return Asked(
        f"Three layers one after the other, each with a kernel of 3, with the dilations "
        f"{dilations[0]}, {dilations[1]} and {dilations[2]}. How many pixels wide is the receptive "
        "field of one output?",
        Number("pixels"),
        f"100 - F.conv1d(F.conv1d(F.conv1d(row, weight, dilation={dilations[0]}), weight, "
        f"dilation={dilations[1]}), weight, dilation={dilations[2]}).numel() + 1",
        {"row": torch.ones(1, 1, 100), "weight": torch.ones(1, 1, 3)},
        lambda found: (found,),
        telling((key,), slips),
        settings={"dilations": dilations},
    )


def dilation_holes(generator: torch.Generator) -> Asked:
    """Ask whether a stack of dilated layers reads every pixel of its field."""

    def draw() -> Pair:
        return pair(generator, 1, 6)

    want = bool(whole(generator, 0, 1))
    dilations = until(draw, lambda d: _has_holes(d) == want and d[0] != d[1])
    first, second = dilations
    weight = "torch.ones(1, 1, 3)"
    n = 1 + 2 * (first + second)
    message = (
        "Write down where the three taps of the first layer stand, and then those of the second "
        "layer around each of them."
    )
    return Asked(
        f"Two layers along a row, each with a kernel of 3: first dilation {first}, then dilation "
        f"{second}. Does one output read every pixel of its receptive field?",
        Choice(("Yes, each of them.", "No, some are never read.")),
        f"F.conv_transpose1d(F.conv_transpose1d(torch.ones(1, 1, 1), {weight}, dilation={second}), "
        f"{weight}, dilation={first})[0, 0]",
        {},
        lambda found: (int((found == 0).any()),),
        telling((int(want),), [Slip(message, (1 - int(want),))]),
        settings={"dilations": dilations, "n": n},
    )


def _has_holes(dilations: Pair) -> bool:
    read = {a * dilations[0] + b * dilations[1] for a, b in product((-1, 0, 1), repeat=2)}
    return len(read) < 1 + 2 * sum(dilations)


def dilation_order(generator: torch.Generator) -> Asked:
    """Ask which of some kernels spans more."""

    def draw() -> list[Pair]:
        return [(whole(generator, 2, 9), whole(generator, 1, 6)) for _ in range(4)]

    def fair(kernels: list[Pair]) -> bool:
        spans = [d * (k - 1) + 1 for k, d in kernels]
        return are_different(spans) and spans != sorted(spans)

    kernels = until(draw, fair)
    key = places_in_order([d * (k - 1) + 1 for k, d in kernels])
    slips = [
        Slip("You began with the widest.", key[::-1]),
        Slip("You went by the number of taps alone.", places_in_order([k for k, _ in kernels])),
        Slip("You went by the dilation alone.", places_in_order([d for _, d in kernels])),
        Slip(
            "You took d · k. Between k taps there are only k − 1 steps.",
            places_in_order([d * k for k, d in kernels]),
        ),
    ]
    built = ", ".join(f"({k}, {d})" for k, d in kernels)
    return Asked(
        "Put these kernels in order by the number of pixels that they span.",
        Order(
            tuple(f"kernel_size={k}, dilation={d}" for k, d in kernels),
            "spans the fewest",
            "spans the most",
        ),
        "[101 - F.conv1d(torch.ones(1, 1, 100), torch.ones(1, 1, k), dilation=d).numel()"
        f" for k, d in ({built})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"kernels": kernels},
    )


DILATION: dict[str, Draw] = {
    "dilation_size": dilation_size,
    "dilation_span": dilation_span,
    "dilation_tap": dilation_tap,
    "dilation_row": dilation_row,
    "dilation_field": dilation_field,
    "dilation_holes": dilation_holes,
    "dilation_order": dilation_order,
}
