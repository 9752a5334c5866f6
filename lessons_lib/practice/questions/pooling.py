"""Questions of lesson 06: which number of a window is kept, and what counts at the border."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch.nn import functional as F

from lessons_lib.geometry import pool_output_size
from lessons_lib.practice.questions.answers import inside, places_in_order, row_of, telling
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
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.refusing import refusal
from lessons_lib.practice.questions.sizes import ONE, ORDER, Sizes, size_slips

BY_ONE = (
    "you let the window move on by one pixel. Its stride is the window itself, if none is named."
)


@dataclass(frozen=True)
class Pool:
    """A pooling as it is written; stride None where it is not named."""

    k: Pair
    s: Pair | None = None
    p: Pair = (0, 0)
    ceil_mode: bool = False
    kind: str = "Max"

    @property
    def line(self) -> str:
        """The layer, without `nn.`"""
        named = {"stride": self.s, "padding": self.p if any(self.p) else None}
        more = "".join(f", {name}={_plain(it)}" for name, it in named.items() if it)
        return f"{self.kind}Pool2d({_plain(self.k)}{more}{', ceil_mode=True' * self.ceil_mode})"

    def size(self, n: Pair) -> Pair:
        """The size of the output."""
        size = pool_output_size(n, self.k, self.s, self.p, ceil_mode=self.ceil_mode)
        height, width = size
        return height, width


def _plain(size: Pair) -> str:
    return str(size[0]) if size[0] == size[1] else str(size)


def pooling_size(generator: torch.Generator) -> Asked:
    """Ask for the size of an output, often with no stride named."""

    def draw() -> tuple[Pair, Pool]:
        k = pair(generator, 2, 5)
        p = (whole(generator, 0, k[0] // 2), whole(generator, 0, k[1] // 2))
        s = one_of(generator, (None, None, pair(generator, 1, 4)))
        return pair(generator, 9, 40), Pool(k, s, p, kind=one_of(generator, ("Max", "Avg")))

    n, pool = until(draw, lambda drawn: _is_fair_size(*drawn))
    sizes = Sizes(n, pool.k, pool.s or pool.k, pool.p)
    by_one = [] if pool.s else [Slip(BY_ONE, pool_output_size(n, pool.k, 1, pool.p))]
    return _size_asked(n, pool, telling(pool.size(n), [*by_one, *size_slips(sizes)]))


def _is_fair_size(n: Pair, pool: Pool) -> bool:
    if n[0] == n[1] or pool.k[0] == pool.k[1] or (pool.s and pool.s[0] == pool.s[1]):
        return False
    height, width = pool.size(n)
    shown = {2, *n, *pool.k, *(pool.s or ()), *pool.p}
    return min(height, width) > 1 and height != width and not shown & {height, width}


def _size_asked(n: Pair, pool: Pool, slips: tuple[Slip, ...]) -> Asked:
    return Asked(
        f"A picture of {n[0]} × {n[1]} pixels goes through `nn.{pool.line}`. "
        "What is the size of the output?",
        Shape(),
        f"nn.{pool.line}(torch.ones(1, 1, {n[0]}, {n[1]})).shape[-2:]",
        {},
        tuple,
        slips,
        settings={"n": n, "pool": pool},
    )


def pooling_ceil(generator: torch.Generator) -> Asked:
    """Ask for the size with `ceil_mode=True`, where a window may be dropped."""

    def draw() -> tuple[Pair, Pool]:
        k, s = pair(generator, 2, 4), pair(generator, 2, 5)
        p = one_of(generator, ((0, 0), (1, 1)))
        return pair(generator, 9, 30), Pool(k, s, p, ceil_mode=True)

    def fair(drawn: tuple[Pair, Pool]) -> bool:
        n, pool = drawn
        return _is_fair_size(n, pool) and _rounded(n, pool) != _down(n, pool)

    n, pool = until(draw, fair)
    slips = [
        Slip(ORDER, pool.size(n)[::-1], whole=True),
        Slip("you rounded down. `ceil_mode=True` rounds up.", _down(n, pool)),
        Slip(
            "a window must begin inside the picture, or in the padding before it. The last one "
            "does not: it is dropped.",
            _rounded(n, pool),
        ),
        Slip(ONE, (pool.size(n)[0] - 1, pool.size(n)[1] - 1)),
    ]
    return _size_asked(n, pool, telling(pool.size(n), slips))


def _down(n: Pair, pool: Pool) -> Pair:
    return replace(pool, ceil_mode=False).size(n)


def _rounded(n: Pair, pool: Pool) -> Pair:
    """Give the size rounded up, without the rule that a window begins inside."""
    axes = zip(n, pool.k, pool.s or pool.k, pool.p, strict=True)
    height, width = (-(-(size + 2 * p - k) // s) + 1 for size, k, s, p in axes)
    return height, width


def pooling_output(generator: torch.Generator) -> Asked:
    """Ask for the whole output of a max or an average pooling."""
    k = one_of(generator, ((2, 2), (2, 3), (3, 2)))
    across = 3 if k == (2, 2) else 2
    average = bool(whole(generator, 0, 1))

    def fair(picture: torch.Tensor) -> bool:
        largest, mean, smallest = _pooled(picture, k)
        differs = are_different(map(row_of, (largest, mean, smallest)))
        return differs and len({*row_of(mean if average else largest)}) > 1

    picture = until(lambda: _windows(generator, k, across, average), fair)
    largest, mean, smallest = _pooled(picture, k)
    key, other = (mean, largest) if average else (largest, mean)
    slips = [
        Slip(
            "You took the largest. An average pooling takes the mean."
            if average
            else "You took the mean. A max pooling takes the largest.",
            row_of(other),
        ),
        Slip("You took the smallest.", row_of(smallest)),
        Slip(
            "Your windows overlap. They lie side by side: each begins where the one before ends.",
            row_of(_pooled(picture, k, 1)[average][: key.shape[0], : key.shape[1]]),
        ),
    ]
    name = "avg_pool2d" if average else "max_pool2d"
    kind = "average" if average else "max"
    return Asked(
        f"A window of {k[0]} × {k[1]} goes over this picture and jumps by its own size. "
        f"What is the output of {kind} pooling?",
        Grid("output", *key.shape),
        f"F.{name}(picture, {k})[0, 0]",
        {"picture": picture[None, None]},
        row_of,
        telling(row_of(key), slips),
        (Shown("picture", picture, "input"),),
        {"k": k, "average": average},
    )


def _windows(generator: torch.Generator, k: Pair, across: int, average: bool) -> torch.Tensor:
    """Draw a picture; for an average the last number of each window makes its sum a multiple."""
    picture = numbers(generator, (2 * k[0], across * k[1]), 0, 9)
    if average:
        sums = F.avg_pool2d(picture[None], k, divisor_override=1)[0]
        last = picture[k[0] - 1 :: k[0], k[1] - 1 :: k[1]]
        last += -sums % (k[0] * k[1])
    return picture


def _pooled(
    picture: torch.Tensor, k: Pair, s: int | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Give the largest, the mean and the smallest of each window."""
    grid = picture[None]
    largest, smallest = F.max_pool2d(grid, k, s), -F.max_pool2d(-grid, k, s)
    return largest[0], F.avg_pool2d(grid, k, s)[0], smallest[0]


def pooling_place(generator: torch.Generator) -> Asked:
    """Ask where in the picture an output comes from."""

    def draw() -> tuple[Pair, Pair | None, Pair]:
        s = one_of(generator, (None, (1, 1), (1, 2), (2, 1), (2, 3)))
        return pair(generator, 2, 3), s, pair(generator, 0, 2)

    def fair(drawn: tuple[Pair, Pair | None, Pair]) -> bool:
        k, s, at = drawn
        begins = _begin(at, s or k)
        if any(b + size > n for b, size, n in zip(begins, k, shape, strict=True)) or at[0] == at[1]:
            return False
        return k != s and _winner(picture, begins, k) not in {at, k, s}

    shape = (whole(generator, 6, 7), whole(generator, 7, 9))
    picture = different_numbers(generator, shape)
    k, s, at = until(draw, fair)
    begins = _begin(at, s or k)
    slips = [
        Slip(
            f"Y{BY_ONE[1:]}"
            if s is None
            else "You let the window jump by its own size. Another stride is named.",
            _winner(picture, _begin(at, (1, 1) if s is None else k), k),
        ),
        Slip(
            "You took row and column of the output the wrong way round. The row comes first.",
            _winner(picture, _begin(at[::-1], s or k), k),
        ),
        Slip("There stands the smallest of the window.", _winner(-picture, begins, k)),
        Slip("There the window begins. Which of its numbers is kept?", begins),
        Slip("There stands the largest of the whole picture.", _winner(picture, (0, 0), shape)),
    ]
    layer = Pool(k, s).line
    return Asked(
        f"The picture goes through `nn.{layer}`. Rows and columns count from 0. Click on the "
        f"number that stands in row {at[0]}, column {at[1]} of the output.",
        Cell("picture"),
        f"nn.{layer[:-1]}, return_indices=True)(picture)[1][0, 0, {at[0]}, {at[1]}]",
        {"picture": picture[None, None]},
        lambda found: divmod(int(found), shape[1]),
        inside(telling(_winner(picture, begins, k), slips), shape),
        (Shown("picture", picture, "input"),),
        {"k": k, "s": s or k, "at": at},
    )


def _begin(at: Pair, s: Pair) -> Pair:
    return at[0] * s[0], at[1] * s[1]


def _winner(picture: torch.Tensor, begins: Pair, k: Pair) -> Pair:
    """Say where in the picture the largest number of a window stands."""
    window = picture[begins[0] : begins[0] + k[0], begins[1] : begins[1] + k[1]]
    if not window.numel():
        return begins
    row, column = divmod(int(window.argmax()), window.shape[1])
    return begins[0] + row, begins[1] + column


def pooling_corner(generator: torch.Generator) -> Asked:
    """Ask for a mean at the border, with the zeros counted or not."""

    def draw() -> tuple[torch.Tensor, Pair]:
        at = (one_of(generator, (0, 2)), one_of(generator, (0, 1, 3)))
        picture = numbers(generator, (3, 4), 0, 9)
        window = _around(picture, at)
        picture[at] += float(-window.sum() % (9 if counted else window.numel()))
        return picture, at

    def fair(drawn: tuple[torch.Tensor, Pair]) -> bool:
        window = _around(*drawn)
        total, parts = float(window.sum()), window.numel()
        key = total / (9 if counted else parts)
        wrong = (total / (parts if counted else 9), total, float(window.max()))
        return key > 3 and are_different((key, *wrong))

    counted = bool(whole(generator, 0, 1))
    picture, at = until(draw, fair)
    window = _around(picture, at)
    total, parts = float(window.sum()), window.numel()
    key, other = (total / 9, total / parts) if counted else (total / parts, total / 9)
    slips = [
        Slip(
            "You left the zeros out. By default they count as numbers of the window."
            if counted
            else "You counted the zeros. Here only what is there is counted.",
            (other,),
        ),
        Slip("This is the sum. It is divided by how many numbers count.", (total,)),
        Slip("This is the largest. An average pooling takes the mean.", (float(window.max()),)),
    ]
    layer = f"nn.AvgPool2d(3, stride=1, padding=1{'' if counted else ', count_include_pad=False'})"
    return Asked(
        f"The picture goes through `{layer}`. Rows and columns count from 0. What stands in row "
        f"{at[0]}, column {at[1]} of the output?",
        Number(tolerance=0.05),
        f"round({layer}(picture)[0, 0, {at[0]}, {at[1]}].item(), 4)",
        {"picture": picture[None, None]},
        lambda found: (found,),
        telling((key,), slips),
        (Shown("picture", picture, "input"),),
        {"at": at, "counted": counted},
    )


def _around(picture: torch.Tensor, at: Pair) -> torch.Tensor:
    """Give the part of a 3 × 3 window that lies inside the picture."""
    return picture[max(0, at[0] - 1) : at[0] + 2, max(0, at[1] - 1) : at[1] + 2]


def pooling_border(generator: torch.Generator) -> Asked:
    """Ask for a max pooling with padding, where the numbers are below zero."""
    k = one_of(generator, (2, 3))
    shape = (3, 3) if k == 2 else (3, 4)

    def outputs(picture: torch.Tensor) -> tuple[torch.Tensor, ...]:
        grid = picture[None]
        largest = F.max_pool2d(grid, k, 2, padding=1)
        smallest = -F.max_pool2d(-grid, k, 2, padding=1)
        return largest, F.max_pool2d(F.pad(grid, (1, 1, 1, 1)), k, 2), smallest

    def fair(picture: torch.Tensor) -> bool:
        largest = outputs(picture)[0]
        return are_different(map(row_of, outputs(picture))) and largest.unique().numel() > 1

    picture = until(lambda: numbers(generator, shape, -9, 2), fair)
    largest, with_zeros, smallest = outputs(picture)
    slips = [
        Slip(
            "You let zeros win. A max pooling is padded with minus infinity, which never wins.",
            row_of(with_zeros),
        ),
        Slip(
            "You took the smallest: of two numbers below zero the one nearer to zero is larger.",
            row_of(smallest),
        ),
        Slip("The first window begins in the padding.", row_of(_late(picture, k))),
    ]
    return Asked(
        f"The picture goes through `nn.MaxPool2d({k}, stride=2, padding=1)`. What is the output?",
        Grid("output", 2, 2),
        f"F.max_pool2d(picture, {k}, stride=2, padding=1)[0, 0]",
        {"picture": picture[None, None]},
        row_of,
        telling(row_of(largest), slips),
        (Shown("picture", picture, "input"),),
        {"k": k},
    )


def _late(picture: torch.Tensor, k: int) -> torch.Tensor:
    """Let the first window begin in the picture, and cut off what sticks out behind."""
    return torch.stack([picture[i : i + k, j : j + k].max() for i in (0, 2) for j in (0, 2)])


def pooling_padding(generator: torch.Generator) -> Asked:
    """Ask for the largest padding that torch takes."""

    def fair(k: Pair) -> bool:
        return k[0] // 2 != k[1] // 2 and not {k[0] // 2, k[1] // 2} & {*k}

    k = until(lambda: pair(generator, 6, 17), fair)
    kind = one_of(generator, ("Max", "Avg"))
    key = (k[0] // 2, k[1] // 2)
    slips = [
        Slip(ORDER, key[::-1], whole=True),
        Slip(
            "then every window would still see the picture, but torch is stricter.",
            (k[0] - 1, k[1] - 1),
        ),
        Slip("then the first window would see padding only.", k),
        Slip("half of the window: round down.", ((k[0] + 1) // 2, (k[1] + 1) // 2)),
        Slip("a little more is allowed.", (key[0] - 1, key[1] - 1)),
    ]
    call = f"F.{kind.lower()}_pool1d(torch.ones(1, 1, 20), n, padding=p)"
    return Asked(
        f"A pooling `nn.{kind}Pool2d({k}, padding=...)`: what is the largest padding that torch "
        "takes on each side?",
        Shape(("above and below", "left and right")),
        f"[max(p for p in range(n) if not refusal(lambda: {call})) for n in {k}]",
        {"refusal": refusal},
        tuple,
        telling(key, slips),
        settings={"about": "refusals", "k": k},
    )


def pooling_order(generator: torch.Generator) -> Asked:
    """Ask which of some poolings gives the smaller output."""

    def draw() -> tuple[Pool, ...]:
        return tuple(_any_pool(generator) for _ in range(4))

    def fair(pools: tuple[Pool, ...]) -> bool:
        if sum(pool.s is not None for pool in pools) not in (1, 2, 3):
            return False
        sizes = [pool.size((n, n))[0] for pool in pools]
        return are_different(sizes) and sizes != sorted(sizes)

    n = whole(generator, 24, 64)
    pools = until(draw, fair)
    key = places_in_order([pool.size((n, n))[0] for pool in pools])
    slips = [
        Slip("You began at the other end: the smallest output comes first.", key[::-1]),
        Slip(
            f"Y{BY_ONE[1:]}",
            places_in_order([replace(pool, s=pool.s or (1, 1)).size((n, n))[0] for pool in pools]),
        ),
        Slip(
            "You went by the windows alone. It is the stride that divides.",
            places_in_order([-pool.k[0] for pool in pools]),
        ),
    ]
    built = ", ".join(f"nn.{pool.line}" for pool in pools)
    return Asked(
        f"Four layers, each for the same picture of {n} × {n} pixels. Put them in order: the one "
        "with the smallest output first.",
        Order(tuple(pool.line for pool in pools), "smallest output", "largest output"),
        f"[layer(torch.ones(1, 1, {n}, {n})).shape[-1] for layer in ({built})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"n": n, "pools": pools},
    )


def _any_pool(generator: torch.Generator) -> Pool:
    k = whole(generator, 2, 8)
    s = one_of(generator, (None, *range(1, 6)))
    return Pool((k, k), None if s is None else (s, s))


def pooling_field(generator: torch.Generator) -> Asked:
    """Ask how much of a picture one output sees behind a pooling."""

    def draw() -> tuple[int, int, int]:
        return whole(generator, 3, 7), whole(generator, 2, 5), whole(generator, 3, 7)

    def fair(layers: tuple[int, int, int]) -> bool:
        return len({*layers}) > 1

    first, pool, second = until(draw, fair)
    pooled = first + pool - 1
    slips = [
        Slip(
            "Behind the pooling one step is as long as the window of the pooling.",
            (pooled + second - 1,),
        ),
        Slip("You left the pooling out.", (first + second - 1,)),
        Slip(
            "You forgot that a window of the pooling sees several pixels.",
            (first + pool * (second - 1),),
        ),
        Slip("Between k taps there are only k − 1 steps.", (pooled + pool * second,)),
        Slip("You multiplied. Each layer adds what it reaches further.", (first * pool * second,)),
    ]
    ones = [f"torch.ones(1, 1, {size})" for size in (1, second, pool, first)]
    return Asked(
        f"Along a row: a convolution with a kernel of {first}, then max pooling with a window of "
        f"{pool}, then a convolution with a kernel of {second}. Both convolutions have stride 1. "
        "How many pixels does one output see?",
        Number("pixels"),
        f"F.conv_transpose1d(F.conv_transpose1d(F.conv_transpose1d({ones[0]}, {ones[1]}), "
        f"{ones[2]}, stride={pool}), {ones[3]}).numel()",
        {},
        lambda found: (found,),
        telling((pooled + pool * (second - 1),), slips),
        settings={"layers": (first, pool, second)},
    )


def pooling_moved(generator: torch.Generator) -> Asked:
    """Ask what the output does when a dot moves."""

    def draw() -> tuple[int, int, int]:
        k = whole(generator, 2, 5)
        return k, whole(generator, 0, 2 * k - 1), whole(generator, 1, 2 * k)

    want = whole(generator, 0, 2)
    k, column, by = until(draw, lambda drawn: _places_moved(*drawn) == want)
    n = 5 * k
    slips = [
        Slip(
            "You moved the output as far as the dot. One place of it is a whole window wide.", (by,)
        ),
        Slip(
            "You divided the move by the window. Where in its window does the dot begin?",
            (by // k,),
        ),
        Slip("Round up or down? Write down the columns of each window.", (-(-by // k),)),
        *(Slip("Write down the columns that each window holds.", (each,)) for each in range(3)),
    ]
    return Asked(
        f"A row of {n} pixels is black, with one white dot in column {column}; columns count from "
        f"0. It goes through max pooling with windows of {k} side by side. Now the dot moves by "
        f"{by} to the right. What does the output do?",
        Choice(("It stays as it is.", "It moves by one place.", "It moves by two places.")),
        f"[F.max_pool1d(torch.eye({n})[None, [c]], {k}).argmax().item() for c in "
        f"({column}, {column + by})]",
        {},
        lambda found: (found[1] - found[0],),
        tuple(slip for slip in telling((want,), slips) if slip.answer[0] < 3),
        settings={"k": k, "column": column, "by": by},
    )


def _places_moved(k: int, column: int, by: int) -> int:
    return (column + by) // k - column // k


POOLING: dict[str, Draw] = {
    "pooling_output": pooling_output,
    "pooling_field": pooling_field,
    "pooling_size": pooling_size,
    "pooling_order": pooling_order,
    "pooling_ceil": pooling_ceil,
    "pooling_corner": pooling_corner,
    "pooling_border": pooling_border,
    "pooling_padding": pooling_padding,
    "pooling_place": pooling_place,
    "pooling_moved": pooling_moved,
}
