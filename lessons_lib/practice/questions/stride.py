"""Questions of lesson 02: what a stride does to sizes, and to what is read."""

from __future__ import annotations

import torch

from lessons_lib.images import load_image
from lessons_lib.practice.questions.answers import inside, places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    numbers,
    one_of,
    pair,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import Sizes, size_slips
from lessons_lib.reader.preferences import default_picture


def stride_size(generator: torch.Generator) -> Asked:
    """Ask for the size of an output with a stride for each axis."""

    def draw() -> Sizes:
        n, k, s = (pair(generator, low, high) for low, high in ((9, 40), (2, 5), (2, 5)))
        return Sizes(n, k, s)

    sizes = until(draw, _is_fair_size)
    (height, width), k, s = sizes.n, sizes.k, sizes.s
    return Asked(
        f"A picture of {height} × {width} pixels, `kernel_size={k}`, `stride={s}`, no padding. "
        "What is the size of the output?",
        Shape(),
        sizes.line,
        {},
        tuple,
        size_slips(sizes),
        settings={"sizes": sizes},
    )


def _is_fair_size(sizes: Sizes) -> bool:
    if not sizes.fits or sizes.n[0] == sizes.n[1] or sizes.s[0] == sizes.s[1]:
        return False
    has_rest = any(jumps % 1 for jumps in sizes.jumps)
    shown = {*sizes.n, *sizes.k, *sizes.s}
    height, width = sizes.output
    return has_rest and min(height, width) > 1 and height != width and not shown & {height, width}


def stride_unread(generator: torch.Generator) -> Asked:
    """Ask how many pixels of a row no window reads: in the gaps, and at the end."""

    def draw() -> tuple[int, int, int]:
        k = whole(generator, 2, 4)
        return whole(generator, 15, 40), k, k + whole(generator, 1, 4)

    n, k, s = until(draw, lambda drawn: are_different([*drawn, *_unread(*drawn)]))
    unread, gaps, rest, read = _unread(n, k, s)
    slips = [
        Slip("You counted the gaps. There are pixels left over at the end as well.", (gaps,)),
        Slip("You counted what is left over at the end. There are gaps as well.", (rest,)),
        Slip("You counted the pixels that are read. The others are asked for.", (read,)),
        Slip(
            "You counted a gap behind the last window too. What lies there is what is left over.",
            (unread + s - k,),
        ),
    ]
    return Asked(
        f"A row of {n} pixels, a kernel of {k}, stride {s}, no padding. "
        "How many of the pixels are read by no window?",
        Number("pixels"),
        f"{n} - torch.arange({n}).unfold(0, {k}, {s}).unique().numel()",
        {},
        lambda found: (found,),
        telling((unread,), slips),
        settings={"n": n, "k": k, "s": s},
    )


def _unread(n: int, k: int, s: int) -> tuple[int, int, int, int]:
    """Count all pixels that are not read, those in the gaps, those at the end, and the others."""
    places = (n - k) // s + 1
    gaps, rest = (places - 1) * (s - k), (n - k) % s
    return gaps + rest, gaps, rest, places * k


def stride_overlap(generator: torch.Generator) -> Asked:
    """Ask how neighbouring windows lie."""
    right = whole(generator, 0, 2)
    k = whole(generator, 2, 7)
    s = (whole(generator, 1, k - 1), k, k + whole(generator, 1, 4))[right]
    way = "It is the other way round: compare how far the window jumps with how wide it is."
    touch = "They touch only where the jump is exactly as long as the kernel."
    look = "Write down the places that the first window reads, and the second one."
    return Asked(
        f"A kernel of {k} moves along a row of pixels with stride {s}. "
        "How do two neighbouring windows lie?",
        Choice(("They overlap.", "They touch.", "They leave a gap.")),
        f"torch.arange({k + 2 * s}).unfold(0, {k}, {s}).flatten().bincount()",
        {},
        lambda counts: (0 if max(counts) > 1 else 2 if min(counts) == 0 else 1,),
        telling(
            (right,),
            [Slip(way, (2 - right,)), Slip(touch, (1,)), *[Slip(look, (each,)) for each in (0, 2)]],
        ),
        settings={"k": k, "s": s},
    )


def stride_window(generator: torch.Generator) -> Asked:
    """Ask where the window of one output begins."""

    def draw() -> tuple[Pair, Pair, Pair]:
        return pair(generator, 2, 3), pair(generator, 1, 3), pair(generator, 1, 3)

    def fair(drawn: tuple[Pair, Pair, Pair]) -> bool:
        (k, s, at), (rows, columns) = drawn, shape
        begins = (at[0] * s[0], at[1] * s[1])
        fits = begins[0] + k[0] <= rows and begins[1] + k[1] <= columns
        return fits and s[0] != s[1] and begins[0] != begins[1] and begins not in (at, k, s)

    shape = (whole(generator, 7, 8), whole(generator, 8, 10))
    k, s, at = until(draw, fair)
    key = (at[0] * s[0], at[1] * s[1])
    slips = [
        Slip("You went on by 1. From one output to the next the window jumps by its stride.", at),
        Slip("You took row and column the wrong way round. The row comes first.", key[::-1]),
        Slip(
            "You took the stride of the width for the rows. The first stride is that of the rows.",
            (at[0] * s[1], at[1] * s[0]),
        ),
        Slip(
            "You counted from 1. The first output is row 0, column 0.",
            (key[0] - s[0], key[1] - s[1]),
        ),
        Slip(
            "You jumped by the size of the kernel. It is the stride that counts.",
            (at[0] * k[0], at[1] * k[1]),
        ),
        Slip(
            "This is the last pixel of the window. The first one is asked for.",
            (key[0] + k[0] - 1, key[1] + k[1] - 1),
        ),
    ]
    return Asked(
        f"A layer has `kernel_size={k}` and `stride={s}`, and no padding. Rows and columns count "
        f"from 0. Click on the pixel at the top left of the window that gives output row {at[0]}, "
        f"column {at[1]}.",
        Cell("picture"),
        f"torch.arange({shape[0] * shape[1]}).view{shape}"
        f".unfold(0, {k[0]}, {s[0]}).unfold(1, {k[1]}, {s[1]})[{at[0]}, {at[1]}, 0, 0]",
        {},
        lambda found: divmod(int(found), shape[1]),
        inside(telling(key, slips), shape),
        (Shown("picture", numbers(generator, shape, 0, 9), "input"),),
        {"shape": shape, "s": s, "at": at},
    )


def stride_kept(generator: torch.Generator) -> Asked:
    """Ask for an output at a stride, next to the output at stride 1."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, Pair]:
        s = one_of(generator, ((2, 3), (3, 2), (2, 4), (4, 2), (3, 4)))
        shape = (whole(generator, 5, 7), whole(generator, 6, 8))
        return numbers(generator, shape, 0, 9), numbers(generator, (2, 2), -1, 1), s

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, Pair]) -> bool:
        picture, weight, (down, across) = drawn
        shown = _correlated(picture, weight)
        cells = shown[::down, ::across].numel()
        return 4 <= cells <= 6 and shown.unique().numel() > 0.5 * shown.numel()

    picture, weight, (down, across) = until(draw, fair)
    shown = _correlated(picture, weight)
    key = shown[::down, ::across]
    wrong = {
        "You took neighbours. The window jumps by its stride, and skips what lies between.": shown[
            : key.shape[0], : key.shape[1]
        ],
        "You took the strides the wrong way round. The first one is that of the rows.": shown[
            ::across, ::down
        ],
        "You began one jump late. The first window stands at row 0, column 0.": shown[
            down - 1 :: down, across - 1 :: across
        ],
    }
    slips = [
        Slip(message, row_of(grid)) for message, grid in wrong.items() if grid.shape == key.shape
    ]
    return Asked(
        f"This is the output of a layer at stride 1. The same layer with `stride={(down, across)}` "
        "gives fewer numbers. Which ones?",
        Grid(f"output at stride {(down, across)}", *key.shape),
        f"F.conv2d(picture, weight, stride={(down, across)})[0, 0]",
        {"picture": picture[None, None], "weight": weight[None, None]},
        row_of,
        telling(row_of(key), slips),
        (Shown("output at stride 1", shown, "output"),),
        {"stride": (down, across)},
    )


def _correlated(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.conv2d(picture[None, None], weight[None, None])[0, 0]


def stride_order(generator: torch.Generator) -> Asked:
    """Ask which of some layers gives the smaller output."""

    def draw() -> list[Pair]:
        return [(whole(generator, 1, 9), whole(generator, 1, 5)) for _ in range(4)]

    def fair(layers: list[Pair]) -> bool:
        sizes = [(n - k) // s + 1 for k, s in layers]
        return are_different(sizes) and sizes != sorted(sizes) and are_different(layers)

    n = whole(generator, 20, 40)
    layers = until(draw, fair)
    key = places_in_order([(n - k) // s + 1 for k, s in layers])
    slips = [
        Slip("You began at the other end: the smallest output comes first.", key[::-1]),
        Slip(
            "You went by the kernels. A kernel takes away a few pixels; a stride divides.",
            places_in_order([-k for k, _ in layers]),
        ),
        Slip(
            "You went by the strides alone. The kernel takes away some pixels too.",
            places_in_order([-s for _, s in layers]),
        ),
    ]
    asked_of = ", ".join(f"({k}, {s})" for k, s in layers)
    return Asked(
        f"Four layers, each for the same picture of {n} × {n} pixels, without padding. "
        "Put them in order: the one with the smallest output first.",
        Order(
            tuple(f"kernel_size={k}, stride={s}" for k, s in layers),
            "smallest output",
            "largest output",
        ),
        f"[F.conv2d(torch.ones(1, 1, {n}, {n}), torch.ones(1, 1, k, k), stride=s).shape[-1]"
        f" for k, s in ({asked_of})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"n": n, "layers": layers},
    )


def stride_place(generator: torch.Generator) -> Asked:
    """Ask where on the photo one output of a large stride looks."""

    def draw() -> tuple[int, Pair]:
        s = whole(generator, 12, 32)
        places = [(size - 3) // s for size in (rows, columns)]
        return s, (whole(generator, 1, places[0]), whole(generator, 1, places[1]))

    photo = load_image(default_picture())[0]
    rows, columns = photo.shape[-2:]
    s, at = until(draw, lambda drawn: abs(drawn[1][0] - drawn[1][1]) > 2 and min(drawn[1]) > 1)
    key = (at[0] * s + 1, at[1] * s + 1)
    slips = [
        Slip("You took row and column the wrong way round. The row comes first.", key[::-1]),
        Slip("You went on by 1. From one output to the next the window jumps by its stride.", at),
    ]
    return Asked(
        f"A 3 × 3 kernel goes over this photo with stride {s}, without padding. Rows and columns "
        f"count from 0. Click on the place that output row {at[0]}, column {at[1]} looks at. "
        f"{s} pixels off still count.",
        Cell("photo", tolerance=s),
        f"torch.arange({rows * columns}).view({rows}, {columns})"
        f".unfold(0, 3, {s}).unfold(1, 3, {s})[{at[0]}, {at[1]}, 1, 1]",
        {},
        lambda found: divmod(int(found), columns),
        inside(telling(key, slips), (rows, columns)),
        (Shown("photo", photo, "input"),),
        {"s": s, "at": at, "shape": (rows, columns)},
    )


STRIDE: dict[str, Draw] = {
    "stride_size": stride_size,
    "stride_unread": stride_unread,
    "stride_overlap": stride_overlap,
    "stride_window": stride_window,
    "stride_kept": stride_kept,
    "stride_order": stride_order,
    "stride_place": stride_place,
}
