"""Questions of lesson 03: how much a padding adds, and with what."""

from __future__ import annotations

from itertools import product

import torch
from torch.nn import functional as F

from lessons_lib.geometry import usage_counts
from lessons_lib.practice.questions.answers import places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    different_numbers,
    numbers,
    one_of,
    pair,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import (
    Cell,
    Choice,
    Grid,
    Number,
    Order,
    Shape,
    whole_words,
)
from lessons_lib.practice.questions.sizes import ORDER, Sizes, size_slips

# What `F.pad` calls them; a layer's name for "constant" is "zeros".
MODES = ("constant", "reflect", "replicate", "circular")
WHAT_IT_IS = {
    "constant": "This is the border of zeros.",
    "reflect": "This is `reflect`: a mirror, and the edge itself is not repeated.",
    "replicate": "This is `replicate`: the pixel at the edge again and again.",
    "circular": "This is `circular`: the border goes on with the other end of the picture.",
}


def padding_size(generator: torch.Generator) -> Asked:
    """Ask for the size of an output with a padding for each axis."""

    def draw() -> Sizes:
        n, k, p = (pair(generator, low, high) for low, high in ((6, 30), (2, 5), (1, 4)))
        return Sizes(n, k, (whole(generator, 1, 3),) * 2, p)

    sizes = until(draw, _is_fair_size)
    (height, width), k, p = sizes.n, sizes.k, sizes.p
    stride = f"`stride={sizes.s[0]}`" if sizes.s[0] > 1 else "stride 1"
    return Asked(
        f"A picture of {height} × {width} pixels, `kernel_size={k}`, `padding={p}`, {stride}. "
        "What is the size of the output?",
        Shape(),
        sizes.line,
        {},
        tuple,
        size_slips(sizes),
        settings={"sizes": sizes},
    )


def _is_fair_size(sizes: Sizes) -> bool:
    height, width = sizes.output
    shown = {*sizes.n, *sizes.k, *sizes.s, *sizes.p}
    plain = sizes.p[0] != sizes.p[1] and sizes.n[0] != sizes.n[1]
    return plain and height != width and min(height, width) > 1 and not shown & {height, width}


def padding_same(generator: torch.Generator) -> Asked:
    """Ask for the padding that keeps the size."""

    def draw() -> Pair:
        return 2 * whole(generator, 2, 8) + 1, 2 * whole(generator, 2, 8) + 1

    k = until(draw, lambda k: k[0] != k[1] and not {k[0] // 2, k[1] // 2} & {*k})
    key = (k[0] // 2, k[1] // 2)
    slips = [
        Slip(ORDER, key[::-1], whole=True),
        Slip(
            "this is what both sides need together. `padding` counts on each side.",
            (k[0] - 1, k[1] - 1),
        ),
        Slip("the pixel in the middle needs no padding.", (key[0] + 1, key[1] + 1)),
        Slip("without the pixel in the middle, half of the kernel lies on each side.", k),
    ]
    search = "next(p for p in range(20) if F.conv2d(picture, weight, padding=p).shape[axis] == 40)"
    return Asked(
        f"A layer has `kernel_size={k}` and stride 1. Which `padding` keeps any picture's size?",
        Shape(("above and below", "left and right")),
        f"[{search} for axis in (2, 3)]",
        {"picture": torch.ones(1, 1, 40, 40), "weight": torch.ones(1, 1, *k)},
        tuple,
        telling(key, slips),
        settings={"k": k},
    )


def padding_row(generator: torch.Generator) -> Asked:
    """Ask for the first row of a padded picture."""
    shape = (3, whole(generator, 3, 5))
    picture = different_numbers(generator, shape)
    mode = one_of(generator, MODES[1:])
    rows = {each: _padded(picture, 1, each)[0] for each in MODES}
    slips = [Slip(WHAT_IT_IS[each], row_of(rows[each])) for each in MODES if each != mode]
    not_down = F.pad(picture[None], (1, 1), mode=mode)[0, 0]
    slips += [
        Slip(
            "This is the picture's own first row, padded. One row comes above it.", row_of(not_down)
        )
    ]
    return Asked(
        f'This picture gets a border: `padding=1, padding_mode="{mode}"`. '
        "What stands in the first row of the padded picture?",
        Grid("first row", 1, shape[1] + 2),
        f'F.pad(picture, (1, 1, 1, 1), mode="{mode}")[0, 0, 0]',
        {"picture": picture[None, None]},
        row_of,
        telling(row_of(rows[mode]), slips),
        (Shown("picture", picture, "input"),),
        {"mode": mode, "p": 1},
    )


def _padded(picture: torch.Tensor, p: int, mode: str) -> torch.Tensor:
    return F.pad(picture[None, None], (p, p, p, p), mode=mode)[0, 0]


def padding_mode(generator: torch.Generator) -> Asked:
    """Ask which mode has made a border."""
    picture = different_numbers(generator, (3, whole(generator, 3, 4)))
    p = whole(generator, 1, 2)
    right = whole(generator, 0, 3)
    padded = _padded(picture, p, MODES[right])
    in_words = {
        "constant": "`zeros` puts nothing but 0 around the picture.",
        "reflect": "`reflect` is a mirror: the edge itself is not repeated.",
        "replicate": "`replicate` puts the pixel at the edge again and again.",
        "circular": "`circular` goes on with the other end of the picture.",
    }
    slips = [Slip(in_words[mode], (place,)) for place, mode in enumerate(MODES) if place != right]
    return Asked(
        f"A picture of {picture.shape[0]} × {picture.shape[1]} pixels was padded by {p}. "
        "Which `padding_mode` was it?",
        Choice(("`zeros`", "`reflect`", "`replicate`", "`circular`")),
        f"[torch.equal(F.pad(picture, ({p},) * 4, mode=mode), padded) for mode in {MODES}]",
        {"picture": picture[None, None], "padded": padded[None, None]},
        lambda found: (found.index(True),),
        tuple(slips),
        (Shown("padded picture", padded, "padding"),),
        {"shape": tuple(picture.shape), "p": p},
    )


def padding_source(generator: torch.Generator) -> Asked:
    """Ask which pixel a cell of the border is a copy of."""

    def draw() -> tuple[str, int, Pair]:
        p = whole(generator, 1, 3)
        at = (whole(generator, 0, rows + 2 * p - 1), whole(generator, 0, columns + 2 * p - 1))
        return one_of(generator, MODES[1:]), p, at

    def fair(drawn: tuple[str, int, Pair]) -> bool:
        mode, p, at = drawn
        outside = not (p <= at[0] < p + rows) and not (p <= at[1] < p + columns)
        sources = [_source(shape, p, each, at) for each in MODES[1:]]
        return outside and are_different(sources) and _source(shape, p, mode, at) != at

    shape = rows, columns = (4, whole(generator, 5, 6))
    mode, p, at = until(draw, fair)
    slips = [
        Slip(WHAT_IT_IS[each], _source(shape, p, each, at)) for each in MODES[1:] if each != mode
    ]
    if at[0] < rows and at[1] < columns:
        slips.append(Slip("You counted in the picture. Row 0 is the first row of the border.", at))
    return Asked(
        f'This picture is padded by {p}, with `padding_mode="{mode}"`. Rows and columns count from '
        f"0, and row 0 is the first row of the border. Which pixel of the picture stands in row "
        f"{at[0]}, column {at[1]} of the padded one? Click on it.",
        Cell("picture"),
        f"F.pad(torch.arange({rows * columns}.).view(1, 1, {rows}, {columns}), ({p},) * 4, "
        f'mode="{mode}")[0, 0, {at[0]}, {at[1]}]',
        {},
        lambda found: divmod(int(found), columns),
        telling(_source(shape, p, mode, at), slips),
        (Shown("picture", different_numbers(generator, shape), "input"),),
        {"shape": shape, "mode": mode, "p": p, "at": at},
    )


def _source(shape: Pair, p: int, mode: str, at: Pair) -> Pair:
    places = torch.arange(float(shape[0] * shape[1])).view(shape)
    row, column = divmod(int(_padded(places, p, mode)[at]), shape[1])
    return row, column


def padding_usage(generator: torch.Generator) -> Asked:
    """Ask how often one pixel is read, with a border of zeros."""

    def draw() -> tuple[Pair, int, int, Pair]:
        k = whole(generator, 3, 5)
        at = (whole(generator, 0, 2), whole(generator, 0, 2))
        return pair(generator, 6, 9), k, whole(generator, 1, k - 2), at

    def fair(drawn: tuple[Pair, int, int, Pair]) -> bool:
        shape, k, p, at = drawn
        down, across = _times(shape, k, p, at)
        return 1 < down < k and across > 1 and down * across not in {*shape, k, p, *at}

    shape, k, p, at = until(draw, fair)
    down, across = _times(shape, k, p, at)
    plain = _times(shape, k, 0, at)
    slips = [
        Slip("So often is a pixel read that lies far from all edges. This one does not.", (k * k,)),
        Slip(
            "You left the padding out. With it more windows reach the pixel.",
            (plain[0] * plain[1],),
        ),
        Slip(
            "You added. Each of the rows goes with each of the columns: multiply.",
            (down + across,),
        ),
    ]
    return Asked(
        f"A picture of {shape[0]} × {shape[1]} pixels, a kernel of {k} × {k}, stride 1, "
        f"`padding={p}` with zeros. Rows and columns count from 0. How many windows read the pixel "
        f"in row {at[0]}, column {at[1]}?",
        Number("windows"),
        f"F.fold(F.unfold(torch.ones(1, 1, {shape[0]}, {shape[1]}), {k}, padding={p}), "
        f"{shape}, {k}, padding={p})[0, 0, {at[0]}, {at[1]}].int()",
        {},
        lambda found: (int(found),),
        telling((down * across,), slips),
        settings={"shape": shape, "k": k, "p": p, "at": at},
    )


def _times(shape: Pair, k: int, p: int, at: Pair) -> Pair:
    """Say in how many rows of windows, and columns of windows, a pixel lies."""
    down, across = (
        int(usage_counts(size, k, padding=p)[place]) for size, place in zip(shape, at, strict=True)
    )
    return down, across


def padding_corner(generator: torch.Generator) -> Asked:
    """Ask for the number at a corner of an output, with zeros around and a bias."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, int, Pair]:
        picture = numbers(generator, (3, 4), 0, 5)
        bias = one_of(generator, (-3, -2, -1, 1, 2, 3))
        at = (one_of(generator, (0, 2)), one_of(generator, (0, 3)))
        return picture, numbers(generator, (3, 3), -2, 2), bias, at

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, int, Pair]) -> bool:
        picture, weight, bias, at = drawn
        sums = _corner_sums(*drawn)
        shown = {*row_of(picture), *row_of(weight), bias, *at, 0, 1}
        return are_different(sums) and sums[0] not in shown and bool((weight != 0).sum() > 6)

    picture, weight, bias, at = until(draw, fair)
    key, no_bias, flipped, turned, repeated = _corner_sums(picture, weight, bias, at)
    slips = [
        Slip("You forgot the bias. It is added to every output.", (no_bias,)),
        Slip("You turned the kernel by 180 degrees. torch does not.", (flipped,)),
        Slip("You took the rows of the kernel for its columns.", (turned,)),
        Slip("You repeated the edge. Beyond it stand zeros here.", (repeated,)),
    ]
    return Asked(
        f"The picture is padded by 1 with zeros. The layer has this kernel, and the bias "
        f"{whole_words(bias)}. Rows and columns count from 0. What stands in row {at[0]}, column "
        f"{at[1]} of the output?",
        Number(),
        f"F.conv2d(picture, weight, torch.tensor([{bias}.0]), padding=1)[0, 0, {at[0]}, {at[1]}]",
        {"picture": picture[None, None], "weight": weight[None, None]},
        lambda found: (float(found),),
        telling((key,), slips),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
        {"bias": bias, "at": at},
    )


def _corner_sums(
    picture: torch.Tensor, weight: torch.Tensor, bias: int, at: Pair
) -> tuple[float, ...]:
    """Give the right sum, and those without the bias, with other kernels, with another border."""

    def total(kernel: torch.Tensor, mode: str = "constant") -> float:
        window = _padded(picture, 1, mode)[at[0] : at[0] + 3, at[1] : at[1] + 3]
        return float((window * kernel).sum())

    right = total(weight)
    others = (total(weight.flip(0, 1)), total(weight.T), total(weight, "replicate"))
    return (right + bias, right, *(other + bias for other in others))


def padding_order(generator: torch.Generator) -> Asked:
    """Ask which of some pixels is read the least often."""

    def draw() -> tuple[int, int, list[Pair]]:
        k = one_of(generator, (3, 5))
        places = list(product(range(4), repeat=2))
        picked = torch.randperm(len(places), generator=generator)[: 3 if k == 3 else 4]
        return whole(generator, 8, 12), k, [places[place] for place in picked]

    def fair(drawn: tuple[int, int, list[Pair]]) -> bool:
        counts = _read(*drawn)
        return are_different(counts) and counts != sorted(counts)

    n, k, places = until(draw, fair)
    counts = _read(n, k, places)
    key = places_in_order(counts)
    near = places_in_order([row + column for row, column in places])
    slips = [
        Slip("You began with the one that is read most often.", key[::-1]),
        Slip(
            "You went by the distance from the corner. Count for rows and columns apart.",
            near,
        ),
    ]
    return Asked(
        f"A picture of {n} × {n} pixels, a kernel of {k} × {k}, stride 1, `padding={k // 2}` with "
        "zeros. How many windows read each of these pixels? Put them in order.",
        Order(
            tuple(f"row {row}, column {column}" for row, column in places),
            "read by the fewest windows",
            "read by the most windows",
        ),
        f"[int(F.fold(F.unfold(picture, {k}, padding={k // 2}), ({n}, {n}), {k}, "
        f"padding={k // 2})[0, 0, row, column]) for row, column in {tuple(places)}]",
        {"picture": torch.ones(1, 1, n, n)},
        places_in_order,
        telling(key, slips),
        settings={"n": n, "k": k, "places": places},
    )


def _read(n: int, k: int, places: list[Pair]) -> list[int]:
    return [down * across for down, across in (_times((n, n), k, k // 2, at) for at in places)]


PADDING: dict[str, Draw] = {
    "padding_size": padding_size,
    "padding_row": padding_row,
    "padding_mode": padding_mode,
    "padding_source": padding_source,
    "padding_corner": padding_corner,
    "padding_usage": padding_usage,
    "padding_order": padding_order,
    "padding_same": padding_same,
}
