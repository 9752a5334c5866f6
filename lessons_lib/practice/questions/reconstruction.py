"""Questions of lesson 10: what comes back, what is lost, where patterns come from."""

from __future__ import annotations

import torch
from torch.nn import functional as F

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
from lessons_lib.practice.questions.sizes import ORDER, Sizes

LOST = "what the first layer rounds down, the second does not know. It is missing."


def reconstruction_back(generator: torch.Generator) -> Asked:
    """Ask for the size that comes back from a stride."""

    def draw() -> Sizes:
        n, k, s = (pair(generator, *ends) for ends in ((10, 36), (2, 5), (2, 6)))
        return Sizes(n, k, s, pair(generator, 0, 2))

    def fair(sizes: Sizes) -> bool:
        key = _back(sizes)
        shown = {*sizes.n, *sizes.k, *sizes.s, *sizes.p}
        differ = sizes.n[0] != sizes.n[1] and sizes.s[0] != sizes.s[1]
        return differ and sizes.fits and key[0] != key[1] and not {*key} & shown

    sizes = until(draw, fair)
    key, s = _back(sizes), sizes.s
    crops = [(n - k) // step * step + k for n, k, step in zip(sizes.n, sizes.k, s, strict=True)]
    slips = [
        Slip(LOST, sizes.n),
        Slip(ORDER, key[::-1], whole=True),
        Slip("this is the size between the two layers.", sizes.output),
        Slip(
            "you rounded up. The first layer takes no window that would stick out.",
            (key[0] + s[0], key[1] + s[1]),
        ),
        Slip("you left the padding out. It decides how many windows fit.", tuple(crops)),
    ]
    settings = f"kernel_size={sizes.k}, stride={s}, padding={sizes.p}"
    height, width = sizes.n
    picture, weight = (f"torch.ones(1, 1, {h}, {w})" for h, w in (sizes.n, sizes.k))
    given = f"{weight}, stride={s}, padding={sizes.p}"
    return Asked(
        f"A photo of {height} × {width} pixels goes through a convolution with `{settings}`, and "
        "back through a transposed convolution with the same settings. What size comes back?",
        Shape(),
        f"F.conv_transpose2d(F.conv2d({picture}, {given}), {given}).shape[-2:]",
        {},
        tuple,
        telling(key, slips),
        settings={"sizes": sizes},
    )


def _back(sizes: Sizes) -> Pair:
    height, width = (
        n - (n + 2 * p - k) % s
        for n, k, s, p in zip(sizes.n, sizes.k, sizes.s, sizes.p, strict=True)
    )
    return height, width


def reconstruction_kernels(generator: torch.Generator) -> Asked:
    """Ask how many kernels it takes to keep as many numbers as the photo has."""

    def draw() -> tuple[int, int, int, Pair]:
        s = whole(generator, 2, 6)
        size = pair(generator, 2, 6)
        return one_of(generator, (1, 3, 4)), s, whole(generator, 0, 2), (size[0] * s, size[1] * s)

    def fair(drawn: tuple[int, int, int, Pair]) -> bool:
        channels, s, p, size = drawn
        return size[0] != size[1] and channels * s * s not in (*size, s + 2 * p, channels, s, 1)

    channels, s, p, (height, width) = until(draw, fair)
    key, k = channels * s * s, s + 2 * p
    slips = [
        Slip("You left the channels out. Each pixel has that many numbers.", (s * s,)),
        Slip("You took the stride once. It makes fewer rows and fewer columns.", (channels * s,)),
        Slip(
            "You counted what one kernel reads. What counts is how many places the code has.",
            (channels * k * k,),
        ),
        Slip(
            "That would do if each pixel had a place in the code. With a stride there are fewer.",
            (channels,),
        ),
    ]
    photo = f"torch.ones(1, {channels}, {height}, {width})"
    has = "channel" if channels == 1 else "channels"
    return Asked(
        f"A photo with {channels} {has} and {height} × {width} pixels goes through a layer with "
        f"`kernel_size={k}, stride={s}, padding={p}`. How many kernels does the layer need at "
        "least, so that the code has as many numbers as the photo?",
        Number("kernels"),
        f"{photo}.numel() // F.conv2d({photo}, torch.ones(1, {channels}, {k}, {k}), stride={s}, "
        f"padding={p}).numel()",
        {},
        lambda found: (found,),
        telling((key,), slips),
        settings={"channels": channels, "k": k, "s": s, "p": p, "n": (height, width)},
    )


def reconstruction_order(generator: torch.Generator) -> Asked:
    """Ask which of some codes keeps more numbers."""

    def draw() -> list[Pair]:
        return [
            (one_of(generator, (1, 3, 6, 12, 24, 48, 96)), one_of(generator, (1, 2, 4, 8)))
            for _ in range(4)
        ]

    def fair(layers: list[Pair]) -> bool:
        counts = _numbers(layers)
        return are_different(counts) and counts != sorted(counts)

    layers = until(draw, fair)
    key = places_in_order(_numbers(layers))
    slips = [
        Slip("You began with the code that has most numbers.", key[::-1]),
        Slip(
            "You took the stride once. It makes fewer rows and fewer columns.",
            places_in_order([count * 64 // s for count, s in layers]),
        ),
        Slip(
            "You went by the kernels alone. With a stride there are fewer places.",
            places_in_order([count for count, _ in layers]),
        ),
        Slip(
            "You went by the stride alone. At each place there is a number for each kernel.",
            places_in_order([-s for _, s in layers]),
        ),
    ]
    built = ", ".join(map(str, layers))
    return Asked(
        "Four layers make a code of the same photo; the kernel is as large as the stride. Put the "
        "codes in order by the numbers that they keep.",
        Order(
            tuple(
                f"{count} {'kernel' if count == 1 else 'kernels'}, stride={s}"
                for count, s in layers
            ),
            "fewest numbers",
            "most numbers",
        ),
        f"[F.conv2d(photo, torch.ones(c, 3, s, s), stride=s).numel() for c, s in ({built})]",
        {"photo": torch.ones(1, 3, 8, 8)},
        places_in_order,
        telling(key, slips),
        settings={"layers": layers},
    )


def _numbers(layers: list[Pair]) -> list[int]:
    """Count the numbers for each block of 8 × 8 pixels."""
    return [count * 64 // s**2 for count, s in layers]


def reconstruction_unread(generator: torch.Generator) -> Asked:
    """Ask how many pixels a stride with a dilation never reads."""

    def draw() -> tuple[int, int, int, int]:
        s, d = whole(generator, 2, 4), whole(generator, 2, 6)
        return whole(generator, 14, 32), whole(generator, 2, 3), s, d

    def fair(drawn: tuple[int, int, int, int]) -> bool:
        n, k, s, d = drawn
        key = n - len(_read(*drawn))
        return n - d * (k - 1) > 2 * s and key > 2 and key not in (*drawn, 0, 1)

    n, k, s, d = until(draw, fair)
    read = len(_read(n, k, s, d))
    slips = [
        Slip("You counted the pixels that are read. The others are asked for.", (read,)),
        Slip(
            "You left the dilation out. The taps of a window stand apart.",
            (n - len(_read(n, k, s, 1)),),
        ),
        Slip(
            "You took all pixels between the taps for read. A window reads at its taps only.",
            (n - len(_read(n, d * (k - 1) + 1, s, 1)),),
        ),
        Slip("You left the stride out. The window jumps.", (n - len(_read(n, k, 1, d)),)),
        Slip("You counted one window. There are more.", (n - k,)),
    ]
    return Asked(
        f"A layer with `kernel_size={k}, stride={s}, dilation={d}`, without padding, makes a code "
        f"of {n} pixels in a row. How many of the pixels can nobody bring back, as no window reads "
        "them?",
        Number("pixels"),
        f"F.conv_transpose1d(torch.ones_like(F.conv1d(row, weight, stride={s}, dilation={d})), "
        f"weight, stride={s}, dilation={d}).count_nonzero().neg() + {n}",
        {"row": torch.ones(1, 1, n), "weight": torch.ones(1, 1, k)},
        lambda found: (int(found),),
        telling((n - read,), slips),
        settings={"n": n, "k": k, "s": s, "d": d},
    )


def _read(n: int, k: int, s: int, d: int) -> set[int]:
    starts = range(0, n - d * (k - 1), s)
    return {start + tap * d for start in starts for tap in range(k)}


def reconstruction_decibel(generator: torch.Generator) -> Asked:
    """Ask how many decibels a smaller error makes."""

    def draw() -> tuple[int, int, bool]:
        return whole(generator, 8, 25), whole(generator, 1, 2), bool(whole(generator, 0, 1))

    before, zeros, squared = until(draw, lambda drawn: drawn[0] % 10 != 0)
    times = 10**zeros
    more = 10 * zeros if squared else 20 * zeros
    slips = [
        Slip(
            "So it would be for the differences themselves. Here their mean square is so many "
            "times smaller."
            if squared
            else "So it would be for the mean squared error. Here the differences are so many "
            "times smaller: square that.",
            (before + 30 * zeros - more,),
        ),
        Slip("Decibels do not grow by a factor: a factor adds some.", (before * times,)),
        Slip("You went the wrong way. A smaller error means more decibels.", (before - more,)),
    ]
    what = "its mean squared error is" if squared else "the difference at each of its pixels is"
    smaller = "difference / 10" if times == 10 else "difference / 100"
    mean = f"difference.square().mean() / {times}" if squared else f"({smaller}).square().mean()"
    return Asked(
        f"A reconstruction of a photo has {before} dB (PSNR, for pixels between 0 and 1). A second "
        f"one is better: {what} {times} times smaller. How many decibels has the second one?",
        Number("dB", tolerance=0.5),
        f"(-10 * ({mean}).log10()).round()",
        {"difference": torch.full((4, 5), 10 ** (-before / 20), dtype=torch.float64)},
        lambda found: (float(found),),
        telling((before + more,), slips),
        settings={"before": before, "times": times, "squared": squared},
    )


def reconstruction_flat(generator: torch.Generator) -> Asked:
    """Ask what a transposed layer makes of a flat picture."""

    def draw() -> tuple[Pair, Pair]:
        return pair(generator, 2, 7), pair(generator, 2, 4)

    def fair(drawn: tuple[Pair, Pair]) -> bool:
        k, s = drawn
        reaches = all(size >= step for size, step in zip(k, s, strict=True))
        return reaches and k[0] != k[1] and s[0] != s[1] and _uneven(k, s) == right

    right = whole(generator, 0, 3)
    k, s = until(draw, fair)
    divide = (
        "Divide for each axis: the height of the kernel by the stride of the rows, its width by "
        "the stride of the columns."
    )
    other_way = "It is the other way round: where the height of a kernel is not divided by its "
    about = {place: divide for place in range(4) if place != right}
    if right in (1, 2):
        about[3 - right] = f"{other_way}stride, the rows get different numbers of stamps."
    slips = [Slip(message, (place,)) for place, message in about.items()]
    return Asked(
        f"A white picture goes through a transposed convolution with `kernel_size={k}, stride={s}` "
        "whose weights are all 1. What does the output look like, away from its border?",
        Choice(
            (
                "It is flat.",
                "It has horizontal stripes: the rows differ.",
                "It has vertical stripes: the columns differ.",
                "It is a checkerboard: rows and columns differ.",
            )
        ),
        f"F.conv_transpose2d(torch.ones(1, 1, 6, 6), torch.ones(1, 1, *{k}), stride={s})[0, 0]"
        f"[{k[0]} : {k[0] + s[0]}, {k[1]} : {k[1] + s[1]}].int()",
        {},
        lambda found: (int((found != found[0]).any()) + 2 * int((found != found[:, :1]).any()),),
        tuple(slips),
        settings={"k": k, "s": s},
    )


def _uneven(k: Pair, s: Pair) -> int:
    """Add 1 where the rows differ and 2 where the columns do."""
    return bool(k[0] % s[0]) + 2 * bool(k[1] % s[1])


def reconstruction_counts(generator: torch.Generator) -> Asked:
    """Ask how many stamps lie on each place of a row."""

    def draw() -> tuple[int, int, int]:
        return whole(generator, 3, 5), whole(generator, 2, 6), whole(generator, 2, 4)

    n, k, s = until(draw, lambda drawn: drawn[1] > drawn[2] and _width(*drawn) < 13)
    row = one_of(generator, (1, 2, 3, 4, 5)) * torch.ones(1, n)
    key = _stamped(row, k, s)
    level = float(row[0, 0])
    inner = [level * len(range(phase, k, s)) for phase in range(s)]
    slips = [
        Slip("Where stamps overlap they are added.", _width(n, k, s) * (level,)),
        Slip(
            "At both ends fewer stamps arrive.",
            tuple(inner[place % s] for place in range(_width(n, k, s))),
        ),
        Slip(
            "You counted the stamps. Each of them has the value of its pixel.",
            tuple(value / level for value in key),
        ),
    ]
    return Asked(
        f"This flat row goes through a transposed convolution with `stride={s}` and without "
        f"padding. Its kernel is {' '.join(k * ['1'])}. What comes out?",
        Grid("output", 1, _width(n, k, s)),
        f"F.conv_transpose1d(row, torch.ones(1, 1, {k}), stride={s})[0, 0]",
        {"row": row[None]},
        row_of,
        telling(key, slips),
        (Shown("row", row, "input"),),
        {"k": k, "s": s},
    )


def _width(n: int, k: int, s: int) -> int:
    return (n - 1) * s + k


def _stamped(row: torch.Tensor, k: int, s: int) -> tuple[float, ...]:
    return row_of(F.conv_transpose1d(row[None], torch.ones(1, 1, k), stride=s))


def reconstruction_between(generator: torch.Generator) -> Asked:
    """Ask for one new pixel of a photo that is made twice as large."""

    def draw() -> tuple[torch.Tensor, Pair]:
        picture = 16 * numbers(generator, (3, 4), 0, 6)
        return picture, (whole(generator, 1, 4), whole(generator, 1, 6))

    def fair(drawn: tuple[torch.Tensor, Pair]) -> bool:
        picture, at = drawn
        key, *others = _mixed(picture, at)
        shown = {*row_of(picture), *at, 0, 1, 2, 3, 4}
        return at[0] != at[1] and key not in shown and are_different((key, *others))

    picture, at = until(draw, fair)
    key, nearest, mean, far, along, other = _mixed(picture, at)
    slips = [
        Slip("This is the nearest pixel alone. Bilinear mixes four.", (nearest,)),
        Slip("You took the mean of the four. The nearer ones count more.", (mean,)),
        Slip("You gave the far pixels the large weights. The nearer ones count more.", (far,)),
        Slip("You mixed along the row only. Mix the row below or above as well.", (along,)),
        Slip("You took row and column the wrong way round. The row comes first.", (other,)),
    ]
    if at[1] >= 2 * picture.shape[0]:  # the large picture has no such row
        del slips[-1]
    return Asked(
        "This picture is made twice as large by bilinear interpolation. Rows and columns count "
        f"from 0. What stands in row {at[0]}, column {at[1]} of the large one? (The middle of a "
        "pixel lies half a pixel behind its number.)",
        Number(),
        'F.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)'
        f"[0, 0, {at[0]}, {at[1]}]",
        {"picture": picture[None, None]},
        lambda found: (float(found),),
        telling((key,), slips),
        (Shown("picture", picture, "input"),),
        {"at": at},
    )


def _mixed(picture: torch.Tensor, at: Pair) -> tuple[float, ...]:
    """Give the right mixture, and those that typical slips make."""
    row, column = (place // 2 for place in at)
    down, across = (2 * (place % 2) - 1 for place in at)  # the way to the pixels farther off
    near, side = float(picture[row, column]), float(picture[row, column + across])
    above, far = float(picture[row + down, column]), float(picture[row + down, column + across])
    key = (9 * near + 3 * side + 3 * above + far) / 16
    reverse = (near + 3 * side + 3 * above + 9 * far) / 16
    mean, along = (near + side + above + far) / 4, (3 * near + side) / 4
    turned = picture.T[None, None]
    large = F.interpolate(turned, scale_factor=2, mode="bilinear", align_corners=False)[0, 0]
    other = float(large[at]) if at[1] < large.shape[1] else -1.0
    return key, near, mean, reverse, along, other


def reconstruction_nearest(generator: torch.Generator) -> Asked:
    """Ask which small pixel counts most in a new one."""

    def draw() -> tuple[int, Pair]:
        f = whole(generator, 2, 5)
        return f, (whole(generator, f, rows * f - 1), whole(generator, f, columns * f - 1))

    def fair(drawn: tuple[int, Pair]) -> bool:
        f, at = drawn
        rounded = [round(place / f) for place in at]
        key = [place // f for place in at]
        return key != rounded and key[0] != key[1]

    shape = rows, columns = (4, whole(generator, 5, 6))
    f, at = until(draw, fair)
    key = (at[0] // f, at[1] // f)
    slips = [
        Slip(
            "You rounded to the nearest number. The middle of a pixel lies half a pixel behind its "
            "number, in the large picture and in the small one.",
            (round(at[0] / f), round(at[1] / f)),
        ),
        Slip("You took row and column the wrong way round. The row comes first.", key[::-1]),
        Slip("You counted from 1. The first row is row 0.", (key[0] - 1, key[1] - 1)),
    ]
    count = rows * columns
    return Asked(
        f"This picture is made {f} times as large by bilinear interpolation. Rows and columns "
        f"count from 0. In row {at[0]}, column {at[1]} of the large picture: which pixel of the "
        "small one counts most? Click on it.",
        Cell("picture"),
        f"F.interpolate(torch.eye({count}).view({count}, 1, {rows}, {columns}), scale_factor={f}, "
        f'mode="bilinear", align_corners=False)[:, 0, {at[0]}, {at[1]}].argmax()',
        {},
        lambda found: divmod(int(found), columns),
        inside(telling(key, slips), shape),
        (Shown("picture", different_numbers(generator, shape), "input"),),
        {"f": f, "at": at, "shape": shape},
    )


RECONSTRUCTION: dict[str, Draw] = {
    "reconstruction_back": reconstruction_back,
    "reconstruction_decibel": reconstruction_decibel,
    "reconstruction_kernels": reconstruction_kernels,
    "reconstruction_order": reconstruction_order,
    "reconstruction_unread": reconstruction_unread,
    "reconstruction_counts": reconstruction_counts,
    "reconstruction_flat": reconstruction_flat,
    "reconstruction_between": reconstruction_between,
    "reconstruction_nearest": reconstruction_nearest,
}
