"""Questions of lesson 01: what lies under a window, and what comes out of it."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from lessons_lib.practice.questions.answers import places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    numbers,
    one_of,
    pair,
    shuffled,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import Sizes, size_slips

INSIDE = "at the last pixels the kernel would stick out. It must stay inside."
FLIPPED = "You turned the kernel by 180 degrees. torch does not: it lays it on as it is."


def window_size(generator: torch.Generator) -> Asked:
    """Ask for the size of an output of a kernel that is not square."""

    def draw() -> Sizes:
        return Sizes(pair(generator, 8, 40), pair(generator, 2, 7))

    def fair(sizes: Sizes) -> bool:
        height, width = sizes.output
        shown = {*sizes.n, *sizes.k}
        return height != width and sizes.k[0] != sizes.k[1] and not shown & {height, width}

    sizes = until(draw, fair)
    (height, width), k = sizes.n, sizes.k
    return Asked(
        f"A picture of {height} × {width} pixels and a kernel of {k[0]} × {k[1]}. "
        "What is the size of the output?",
        Shape(),
        sizes.line,
        {},
        tuple,
        telling(sizes.output, [*size_slips(sizes), Slip(INSIDE, sizes.n)]),
        settings={"sizes": sizes},
    )


def window_sum(generator: torch.Generator) -> Asked:
    """Ask for one number of an output."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, Pair]:
        picture, weight = numbers(generator, (4, 5), 0, 6), numbers(generator, (2, 2), -2, 3)
        return picture, weight, pair(generator, 0, 2)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, Pair]) -> bool:
        picture, weight, at = drawn
        sums = _sums(*drawn)
        shown = {*row_of(picture), *row_of(weight), *at, 0, 1}
        telling_sums = are_different(sums) and sums[0] not in shown
        return telling_sums and at[0] != at[1] and bool(weight.all())

    picture, weight, at = until(draw, fair)
    key, flipped, turned = _sums(picture, weight, at)
    slips = [
        Slip(FLIPPED, (flipped,)),
        Slip("You took the rows of the kernel for its columns.", (turned,)),
        Slip(
            "You took row and column of the output the wrong way round.",
            (float(picture[at[1] : at[1] + 2, at[0] : at[0] + 2].mul(weight).sum()),),
        ),
    ]
    return Asked(
        "The kernel goes over the picture. Rows and columns count from 0. What stands in row "
        f"{at[0]}, column {at[1]} of the output?",
        Number(),
        f"F.conv2d(picture, weight)[0, 0, {at[0]}, {at[1]}]",
        {"picture": picture[None, None], "weight": weight[None, None]},
        lambda found: (float(found),),
        telling((key,), slips),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
        {"at": at},
    )


def _sums(picture: torch.Tensor, weight: torch.Tensor, at: Pair) -> tuple[float, ...]:
    """Give the right sum, that of the turned kernel, and that of its rows for its columns."""
    window = picture[at[0] : at[0] + 2, at[1] : at[1] + 2]
    kernels = (weight, weight.flip(0, 1), weight.T)
    return tuple(float((window * kernel).sum()) for kernel in kernels)


def _correlated(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.conv2d(picture[None, None], weight[None, None])[0, 0]


def window_impulse(generator: torch.Generator) -> Asked:
    """Ask what a kernel makes of a single white pixel."""

    def fair(weight: torch.Tensor) -> bool:
        views = (weight, weight.flip(0, 1), weight.flip(0), weight.flip(1))
        return are_different(row_of(view) for view in views)

    shape = one_of(generator, ((2, 3), (3, 2), (2, 2)))
    weight = until(lambda: numbers(generator, shape, 1, 9), fair)
    size = (2 * shape[0] - 1, 2 * shape[1] - 1)
    picture = torch.zeros(size)
    picture[shape[0] - 1, shape[1] - 1] = 1
    slips = [
        Slip(
            "This is the kernel as it is. The pixel meets the kernel's last weight first.",
            row_of(weight),
        ),
        Slip(
            "You turned it upside down only. Left and right change places too.",
            row_of(weight.flip(0)),
        ),
        Slip(
            "You changed left and right only. Top and bottom change places too.",
            row_of(weight.flip(1)),
        ),
    ]
    return Asked(
        "The picture is black, with one white pixel. The kernel goes over it: lay it on, multiply, "
        "add up. What is the output?",
        Grid("output", *shape),
        "F.conv2d(picture, weight)[0, 0]",
        {"picture": picture[None, None], "weight": weight[None, None]},
        row_of,
        telling(row_of(weight.flip(0, 1)), slips),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
    )


def window_best(generator: torch.Generator) -> Asked:
    """Ask where a kernel answers most."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        picture = numbers(generator, (4, 5), 0, 1) * 9
        return picture, one_of(generator, edges)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        output = _correlated(*drawn)
        best = int((output == output.max()).sum())
        least = int((output == output.min()).sum())
        return best == 1 and least == 1

    edges = tuple(
        torch.tensor(rows)
        for rows in (
            [[-1.0, 1.0], [-1.0, 1.0]],
            [[1.0, -1.0], [1.0, -1.0]],
            [[-1.0, -1.0], [1.0, 1.0]],
            [[1.0, 1.0], [-1.0, -1.0]],
        )
    )
    picture, weight = until(draw, fair)
    output = _correlated(picture, weight)
    columns = output.shape[1]
    key = divmod(int(output.argmax()), columns)
    turned = _correlated(picture, weight.T)
    slips = [
        Slip(
            "There the output is lowest: the signs of the kernel count.",
            divmod(int(output.argmin()), columns),
        ),
        Slip("You turned the kernel: rows for columns.", divmod(int(turned.argmax()), columns)),
    ]
    return Asked(
        "Where is the output of this kernel largest? Click on the pixel at the top left of that "
        "window.",
        Cell("picture"),
        "F.conv2d(picture, weight)[0, 0].argmax()",
        {"picture": picture[None, None], "weight": weight[None, None]},
        lambda found: divmod(int(found), columns),
        telling(key, slips),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
    )


def window_kernel(generator: torch.Generator) -> Asked:
    """Ask which kernel has made an output."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        return numbers(generator, (3, 4), 0, 5), numbers(generator, (2, 2), -1, 2)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        picture, weight = drawn
        views = [*_views(weight).values()]
        outputs = [row_of(_correlated(picture, view)) for view in views]
        return are_different(map(row_of, views)) and are_different(outputs)

    picture, weight = until(draw, fair)
    views = _views(weight)
    order = shuffled(generator, list(views))
    output = _correlated(picture, weight)
    slips = [Slip(_ABOUT[name], (order.index(name),)) for name in order if name != "right"]
    options = tuple(f"`{_written(views[name])}`" for name in order)
    kernels = ", ".join(str(views[name].tolist()) for name in order)
    return Asked(
        "One of these kernels made the output of the picture. Which one? Each is written row by "
        "row.",
        Choice(options),
        "[torch.equal(F.conv2d(picture, torch.tensor([[kernel]])), output)"
        f" for kernel in ({kernels})]",
        {"picture": picture[None, None], "output": output[None, None]},
        lambda found: (found.index(True),),
        tuple(slips),
        (Shown("picture", picture, "input"), Shown("output", output, "output")),
        {"kernels": [views[name] for name in order]},
    )


_ABOUT = {
    "flipped": "That kernel would do it in a true convolution, which turns it by 180 degrees.",
    "turned": "There the rows of the kernel are taken for its columns.",
    "mirrored": "There left and right of the kernel have changed places.",
}


def _views(weight: torch.Tensor) -> dict[str, torch.Tensor]:
    return {
        "right": weight,
        "flipped": weight.flip(0, 1),
        "turned": weight.T,
        "mirrored": weight.flip(1),
    }


def _written(weight: torch.Tensor) -> str:
    rows = (", ".join(f"{value:.0f}" for value in row) for row in weight.tolist())
    return " | ".join(rows).replace("-", "\N{MINUS SIGN}")


def window_weights(generator: torch.Generator) -> Asked:
    """Ask which of some layers has fewer numbers to learn."""

    def draw() -> list[tuple[int, int, bool]]:
        return [
            (whole(generator, 1, 6), whole(generator, 1, 7), bool(whole(generator, 0, 1)))
            for _ in range(4)
        ]

    def fair(layers: list[tuple[int, int, bool]]) -> bool:
        counts = [k * w + has_bias for k, w, has_bias in layers]
        return are_different(counts) and counts != sorted(counts)

    layers = until(draw, fair)
    counts = [k * w + has_bias for k, w, has_bias in layers]
    key = places_in_order(counts)
    slips = [
        Slip("You began with the layer that has most numbers.", key[::-1]),
        Slip(
            "You forgot the bias. It is one number more.",
            places_in_order([k * w for k, w, _ in layers]),
        ),
        Slip(
            "You added height and width of the kernel: multiply.",
            places_in_order([k + w for k, w, _ in layers]),
        ),
    ]
    built = ", ".join(f"(({k}, {w}), {has_bias})" for k, w, has_bias in layers)
    return Asked(
        "Four layers for a grey picture, each with one kernel. Put them in order by the numbers "
        "that they have to learn.",
        Order(
            tuple(f"kernel_size=({k}, {w}), bias={has_bias}" for k, w, has_bias in layers),
            "fewest numbers",
            "most numbers",
        ),
        '[sum(p.numel() for p in nn.Conv2d(1, 1, k, bias=bias, device="meta").parameters())'
        f" for k, bias in ({built})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"layers": layers},
    )


WINDOW: dict[str, Draw] = {
    "window_size": window_size,
    "window_sum": window_sum,
    "window_impulse": window_impulse,
    "window_best": window_best,
    "window_kernel": window_kernel,
    "window_weights": window_weights,
}
