"""Questions of lesson 09: where stamps land, how large the painting is, what it equals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import torch
from torch.nn import functional as F

from lessons_lib.geometry import conv_transpose_output_size
from lessons_lib.practice.questions.answers import inside, places_in_order, row_of, telling
from lessons_lib.practice.questions.asked import Asked, Draw, Shown, Slip
from lessons_lib.practice.questions.drawing import (
    Pair,
    are_different,
    different_numbers,
    numbers,
    one_of,
    pair,
    shuffled,
    until,
    whole,
)
from lessons_lib.practice.questions.kinds import Answer, Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import DILATION, ORDER, OTHER_AXIS

READS = "you used the formula of the convolution. There the stride divides, here it multiplies."
ADDS = "you added the padding. Here it crops: it takes rows and columns off."
PADDING_ONCE = "you counted the padding once. It crops on both sides."
NO_PADDING = "you left the padding out. It crops."
EXTRA = "you left `output_padding` out. It adds at the end."
STEPS = "you took n steps. Between n stamps there are n − 1 steps of the stride."
FOR_DILATION = (
    "you took stride and dilation for each other. The stride is the step from stamp to stamp, "
    "the dilation that from tap to tap within a stamp."
)


@dataclass(frozen=True)
class Painting:
    """What the size of a painting follows from, height first."""

    n: Pair
    k: Pair
    s: Pair = (1, 1)
    p: Pair = (0, 0)
    extra: Pair = (0, 0)
    d: Pair = (1, 1)

    @property
    def output(self) -> Pair:
        """The size by the formula, 0 or less where nothing is left."""
        height, width = (self._size(axis) for axis in (0, 1))
        return height, width

    def _size(self, axis: int) -> int:
        n, k, s, p, extra, d = (each[axis] for each in self._all)
        return (n - 1) * s - 2 * p + d * (k - 1) + extra + 1

    @property
    def _all(self) -> tuple[Pair, ...]:
        return self.n, self.k, self.s, self.p, self.extra, self.d

    @property
    def given(self) -> str:
        """The arguments after the kernel's size, those that are not torch's own."""
        named = {"stride": self.s, "padding": self.p, "output_padding": self.extra}
        plain = {"stride": (1, 1), "padding": (0, 0), "output_padding": (0, 0), "dilation": (1, 1)}
        named["dilation"] = self.d
        return "".join(f", {name}={it}" for name, it in named.items() if it != plain[name])

    @property
    def line(self) -> str:
        """The line of PyTorch that gives the size."""
        picture, weight = (f"torch.ones(1, 1, {h}, {w})" for h, w in (self.n, self.k))
        return f"F.conv_transpose2d({picture}, {weight}{self.given}).shape[-2:]"


def transposed_size(generator: torch.Generator) -> Asked:
    """Ask for the size of a painting."""

    def draw() -> Painting:
        n, k, s, p = (pair(generator, *ends) for ends in ((3, 12), (2, 5), (2, 4), (0, 2)))
        if whole(generator, 0, 1):
            return Painting(n, k, s, p, extra=pair(generator, 0, 1))
        return Painting(n, k, s, p, d=pair(generator, 1, 3))

    def fair(painting: Painting) -> bool:
        height, width = painting.output
        shown = {1, *(number for axes in painting._all for number in axes)}
        differ = painting.n[0] != painting.n[1] and painting.s[0] != painting.s[1]
        return differ and height != width and min(height, width) > 1 and not {height, width} & shown

    painting = until(draw, fair)
    (height, width), k = painting.n, painting.k
    return Asked(
        f"A picture of {height} × {width} pixels goes through the transposed convolution "
        f"`nn.ConvTranspose2d(1, 1, kernel_size={k}{painting.given})`. What is the size of the "
        "output?",
        Shape(),
        painting.line,
        {},
        tuple,
        _size_slips(painting),
        settings={"painting": painting},
    )


def _size_slips(painting: Painting) -> tuple[Slip, ...]:
    """List the slips that give another size here, the likelier first."""
    key, p, extra = painting.output, painting.p, painting.extra
    exchanged = Painting(painting.n, *(each[::-1] for each in painting._all[1:]))
    slips = [
        Slip(ORDER, key[::-1], whole=True),
        Slip(OTHER_AXIS, exchanged.output, whole=True),
        Slip(ADDS, replace(painting, p=(-p[0], -p[1])).output),
        Slip(NO_PADDING, replace(painting, p=(0, 0)).output),
        Slip(PADDING_ONCE, (key[0] + p[0], key[1] + p[1])),
        Slip(EXTRA, (key[0] - extra[0], key[1] - extra[1])),
        Slip(STEPS, (key[0] + painting.s[0], key[1] + painting.s[1])),
        Slip(DILATION, replace(painting, d=(1, 1)).output),
        Slip(FOR_DILATION, replace(painting, s=painting.d, d=painting.s).output),
        Slip(READS, _as_convolution(painting)),
    ]
    return tuple(slip for slip in telling(key, slips) if min(slip.answer) > 0)


def _as_convolution(painting: Painting) -> Answer:
    axes = zip(painting.n, painting.k, painting.s, painting.p, painting.d, strict=True)
    return tuple((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, s, p, d in axes)


def transposed_extra(generator: torch.Generator) -> Asked:
    """Ask which output_padding brings a size back."""

    def draw() -> tuple[int, int, int, int]:
        s = whole(generator, 3, 7)
        return whole(generator, 20, 60), whole(generator, 2, 7), s, whole(generator, 0, 2)

    def fair(drawn: tuple[int, int, int, int]) -> bool:
        n, k, s, p = drawn
        rest = (n + 2 * p - k) % s
        return rest > 0 and rest not in (*drawn, (n + 2 * p - k) // s + 1)

    n, k, s, p = until(draw, fair)
    rest = (n + 2 * p - k) % s
    small = (n + 2 * p - k) // s + 1
    slips = [
        Slip(
            "So many pixels are missing for one window more. Work out what comes back.", (s - rest,)
        ),
        Slip("You left the padding out on the way there.", ((n - k) % s,)),
        Slip("This is the largest that torch takes here. It picks the largest size.", (s - 1,)),
        Slip("Without any, the smallest of the sizes comes back.", (0,)),
    ]
    settings = f"stride={s}, padding={p}"
    there = f"F.conv1d(row, weight, {settings})"
    back = f"F.conv_transpose1d({there}, weight, {settings}, output_padding=extra)"
    return Asked(
        f"A convolution with `kernel_size={k}, {settings}` makes {small} of {n} "
        "pixels in a row. A transposed convolution has the same settings. Which `output_padding` "
        f"brings {n} pixels back?",
        Number(),
        f"next(extra for extra in range({s}) if {back}.numel() == {n})",
        {"row": torch.ones(1, 1, n), "weight": torch.ones(1, 1, k)},
        lambda found: (found,),
        telling((rest,), slips),
        settings={"n": n, "k": k, "s": s, "p": p},
    )


def transposed_hand(generator: torch.Generator) -> Asked:
    """Ask for a small painting."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        return numbers(generator, (2, columns), 0, 4), numbers(generator, (2, 2), 0, 4)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        picture, weight = drawn
        outputs = [_painted(picture, weight), _painted(picture, weight.flip(0, 1))]
        enough = int((picture != 0).sum()) > 2 and int((weight != 0).sum()) > 2
        return enough and are_different(map(row_of, [*outputs, _covering(picture, weight)]))

    columns = whole(generator, 2, 3)
    picture, weight = until(draw, fair)
    key = _painted(picture, weight)
    slips = [
        Slip(
            "You turned the kernel by 180 degrees. A stamp shows it as it is.",
            row_of(_painted(picture, weight.flip(0, 1))),
        ),
        Slip(
            "Where stamps overlap you kept the last one. They are added.",
            row_of(_covering(picture, weight)),
        ),
        Slip(
            "You took the rows of the kernel for its columns.",
            row_of(_painted(picture, weight.T)),
        ),
    ]
    return Asked(
        "Each pixel of the picture stamps the kernel, times its value, at stride 1 and without "
        "padding. What is the painting?",
        Grid("output", 3, columns + 1),
        "F.conv_transpose2d(picture, weight)[0, 0]",
        {"picture": picture[None, None], "weight": weight[None, None]},
        row_of,
        telling(row_of(key), slips),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
    )


def _painted(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return F.conv_transpose2d(picture[None, None], weight[None, None])[0, 0]


def _covering(picture: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Paint so that each stamp covers what lies under it."""
    canvas = torch.zeros(picture.shape[0] + 1, picture.shape[1] + 1)
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            canvas[i : i + 2, j : j + 2] = picture[i, j] * weight
    return canvas


def transposed_cropped(generator: torch.Generator) -> Asked:
    """Ask what a padding leaves of a painting."""
    above, aside = one_of(generator, ((1, 1), (1, 2), (2, 1)))
    rows, columns = 2 * above + whole(generator, 2, 3), 2 * aside + whole(generator, 2, 3)
    whole_one = different_numbers(generator, (rows, columns))
    key = whole_one[above : rows - above, aside : columns - aside]
    slips = [
        Slip(
            "You took all of it off at the top and at the left. Padding crops each side.",
            row_of(whole_one[2 * above :, 2 * aside :]),
        ),
        Slip(
            "You took all of it off at the bottom and at the right. Padding crops each side.",
            row_of(whole_one[: -2 * above, : -2 * aside]),
        ),
    ]
    return Asked(
        "This is the output of a transposed convolution without padding. What is the output of the "
        f"same layer with `padding={(above, aside)}`?",
        Grid(f"output with padding {(above, aside)}", *key.shape),
        f"F.conv_transpose2d(picture, weight, padding={(above, aside)})[0, 0]",
        {"picture": whole_one[None, None], "weight": torch.ones(1, 1, 1, 1)},
        row_of,
        telling(row_of(key), slips),
        (Shown("output without padding", whole_one, "output"),),
        {"padding": (above, aside)},
    )


def transposed_landing(generator: torch.Generator) -> Asked:
    """Ask where one weight of a stamp lands."""

    def draw() -> tuple[Pair, Pair, Pair, Pair]:
        at, tap = pair(generator, 0, 3), pair(generator, 0, 2)
        return at, tap, pair(generator, 1, 3), pair(generator, 1, 2)

    def fair(drawn: tuple[Pair, Pair, Pair, Pair]) -> bool:
        at, tap, s, d = drawn
        if s[0] == s[1] or 0 in at or tap in (at, (1, 1)) or d[0] == 1:
            return False
        key, shape = _landing(at, tap, s, p, d), _canvas(s, p, d)
        lies_inside = all(0 <= place < size for place, size in zip(key, shape, strict=True))
        return lies_inside and max(shape) < 12 and key not in (at, tap, s, d)

    p = whole(generator, 0, 1)
    at, tap, s, d = until(draw, fair)
    key, shape = _landing(at, tap, s, p, d), _canvas(s, p, d)
    turned = (2 - tap[0], 2 - tap[1])
    slips = [
        Slip("You went on by 1. The stamps are the stride apart.", _landing(at, tap, (1, 1), p, d)),
        Slip(
            "You added the padding. It crops: rows and columns are gone.",
            _landing(at, tap, s, -p, d),
        ),
        Slip(
            "You left the padding out. It crops the first row and column.",
            _landing(at, tap, s, 0, d),
        ),
        Slip(
            "You left the dilation out. The weights of a stamp stand apart.",
            _landing(at, tap, s, p, (1, 1)),
        ),
        Slip(
            "You turned the kernel by 180 degrees. A stamp shows it as it is.",
            _landing(at, turned, s, p, d),
        ),
        Slip("There the stamp begins. Go on to the weight.", _landing(at, (0, 0), s, p, d)),
        Slip("You took row and column the wrong way round. The row comes first.", key[::-1]),
        Slip(
            "You took the stride of the width for the rows. The first stride is that of the rows.",
            _landing(at, tap, s[::-1], p, d),
        ),
    ]
    rows = _PICTURE[1] * at[0] + at[1]
    one = "F.one_hot(torch.tensor({}), {}).view(1, 1, {}, {}).float()"
    pixel = one.format(rows, prod(_PICTURE), *_PICTURE)
    weight = one.format(3 * tap[0] + tap[1], 9, 3, 3)
    return Asked(
        f"A picture of {_PICTURE[0]} × {_PICTURE[1]} pixels is painted onto this empty output "
        f"with `kernel_size=3, stride={s}, padding={p}, dilation={d}`. Rows and columns count from "
        f"0, in the kernel as well. The pixel in row {at[0]}, column {at[1]} stamps: where does "
        f"the weight in row {tap[0]}, column {tap[1]} land? Click on the place.",
        Cell("output"),
        f"F.conv_transpose2d({pixel}, {weight}, stride={s}, padding={p}, dilation={d})[0, 0]"
        ".argmax()",
        {},
        lambda found: divmod(int(found), shape[1]),
        inside(telling(key, slips), shape),
        (Shown("output", torch.zeros(shape), "output"),),
        {"at": at, "tap": tap, "s": s, "p": p, "d": d},
    )


_PICTURE = (4, 4)


def _canvas(s: Pair, p: int, d: Pair) -> Pair:
    return Painting(_PICTURE, (3, 3), s, (p, p), d=d).output


def _landing(at: Pair, tap: Pair, s: Pair, p: int, d: Pair) -> Pair:
    return at[0] * s[0] - p + tap[0] * d[0], at[1] * s[1] - p + tap[1] * d[1]


def transposed_stamps(generator: torch.Generator) -> Asked:
    """Ask how many stamps lie on one place."""

    def draw() -> tuple[Pair, Pair, Pair]:
        return pair(generator, 2, 6), pair(generator, 2, 4), pair(generator, 6, 14)

    def fair(drawn: tuple[Pair, Pair, Pair]) -> bool:
        k, s, at = drawn
        down, across = _stamps(*drawn)
        uneven = any(size % step for size, step in zip(k, s, strict=True))
        shown = {*k, *s, *at, _MANY, 0}
        return uneven and k[0] != k[1] and down * across not in shown and max(down, across) > 1

    k, s, at = until(draw, fair)
    down, across = _stamps(k, s, at)
    slips = [
        Slip(
            "You added. Each of the rows goes with each of the columns: multiply.", (down + across,)
        ),
        Slip("So many it would be with stride 1. Here the stamps stand further apart.", (prod(k),)),
        Slip("You counted along the rows only.", (down,)),
        Slip("You counted along the columns only.", (across,)),
        Slip(
            "You rounded k / s up. Not each place is reached by so many.",
            (-(-k[0] // s[0]) * -(-k[1] // s[1]),),
        ),
    ]
    return Asked(
        f"A picture of {_MANY} × {_MANY} pixels is painted with `kernel_size={k}, stride={s}`, "
        "without padding. Rows and columns count from 0. How many stamps lie on the output's "
        f"pixel in row {at[0]}, column {at[1]}?",
        Number("stamps"),
        f"F.conv_transpose2d(torch.ones(1, 1, {_MANY}, {_MANY}), torch.ones(1, 1, *{k}), "
        f"stride={s})[0, 0, {at[0]}, {at[1]}]",
        {},
        lambda found: (int(found),),
        telling((down * across,), slips),
        settings={"k": k, "s": s, "at": at},
    )


_MANY = 20


def _stamps(k: Pair, s: Pair, at: Pair) -> Pair:
    """Say in how many rows of stamps, and columns of stamps, a place lies."""
    down, across = (
        sum(0 <= place - begin < size for begin in range(0, _MANY * step, step))
        for size, step, place in zip(k, s, at, strict=True)
    )
    return down, across


def transposed_same(generator: torch.Generator) -> Asked:
    """Ask which convolution of the stuffed picture gives the same."""
    k = whole(generator, 3, 5)
    s = whole(generator, 2, 3)
    p = until(lambda: whole(generator, 0, k - 2), lambda p: 2 * p != k - 1)
    picture, weight = (different_numbers(generator, shape) for shape in ((3, 3), (k, k)))
    stuffed = torch.zeros(2 * s + 1, 2 * s + 1)
    stuffed[::s, ::s] = picture
    calls = {
        "right": f"F.conv2d(stuffed, turned, padding={k - 1 - p})",
        "kernel": f"F.conv2d(stuffed, weight, padding={k - 1 - p})",
        "padding": f"F.conv2d(stuffed, turned, padding={p})",
        "stride": f"F.conv2d(stuffed, turned, padding={k - 1 - p}, stride={s})",
    }
    about = {
        "kernel": "The kernel must be turned: a stamp shows it upright, a convolution turned.",
        "padding": "The more the transposed layer crops, the fewer zeros stand around here.",
        "stride": "The work of the stride is done by the zeros between the pixels.",
    }
    order = shuffled(generator, list(calls))
    slips = [Slip(about[name], (order.index(name),)) for name in order if name != "right"]
    listed = ", ".join(calls[name] for name in order)
    wanted = f"F.conv_transpose2d(picture, weight, stride={s}, padding={p})"
    return Asked(
        f"`weight` is a kernel of {k} × {k}, and `turned` is this kernel turned by 180 degrees. "
        f"`stuffed` is the picture with {s - 1} {'zero' if s == 2 else 'zeros'} between "
        f"neighbouring pixels. Which line gives the same as `{wanted}`?",
        Choice(tuple(f"`{calls[name]}`" for name in order)),
        f"[torch.equal(output, wanted) for wanted in [{wanted}] for output in ({listed})]",
        {
            "picture": picture[None, None],
            "stuffed": stuffed[None, None],
            "weight": weight[None, None],
            "turned": weight.flip(0, 1)[None, None],
        },
        lambda found: (found.index(True),),
        tuple(slips),
        settings={"k": k, "s": s, "p": p, "order": order},
    )


def transposed_matrix(generator: torch.Generator) -> Asked:
    """Ask for one row of a convolution's matrix."""
    columns = whole(generator, 3, 4)
    weight = different_numbers(generator, (2, 2))
    outputs = 2 * (columns - 1)
    row = whole(generator, 1, outputs - 1)
    first = row + row // (columns - 1)
    laid, close = (_laid_out(weight, width) for width in (columns, 2))
    turned = _laid_out(weight.flip(0, 1), columns)
    pixels = 3 * columns
    slips = [
        Slip(
            "You left no gap. Between the two rows of the kernel lies the rest of a row of pixels.",
            _begun(close, first, pixels),
        ),
        Slip(
            "You moved on by 1 for each output. At the end of a row of outputs the window jumps to "
            "the next row of pixels.",
            _begun(laid, row, pixels),
        ),
        Slip("You turned the kernel. torch lays it on as it is.", _begun(turned, first, pixels)),
        Slip("This is another output: they count from 0.", _begun(laid, first - 1, pixels)),
    ]
    return Asked(
        f"The kernel goes over a picture of 3 × {columns} pixels at stride 1, without padding. "
        f"As a matrix, this has a row for each output and a column for each of the {pixels} "
        f"pixels, row by row. Outputs count from 0. What is the row of output {row}?",
        Grid(f"row {row} of the matrix", 1, pixels),
        f"F.conv2d(torch.eye({pixels}).view({pixels}, 1, 3, {columns}), weight)"
        f".flatten(1)[:, {row}]",
        {"weight": weight[None, None]},
        row_of,
        telling(_begun(laid, first, pixels), slips),
        (Shown("kernel", weight, "kernel"),),
        {"columns": columns, "row": row},
    )


def _laid_out(weight: torch.Tensor, columns: int) -> Sequence[float]:
    """Lay the kernel's rows one behind the other, as in a picture of so many columns."""
    upper, lower = weight.tolist()
    return [*upper, *(columns - 2) * [0.0], *lower]


def _begun(laid: Sequence[float], first: int, pixels: int) -> Answer:
    return (*first * [0.0], *laid, *(pixels - first - len(laid)) * [0.0])


def transposed_weight(generator: torch.Generator) -> Asked:
    """Ask for the shape of a transposed layer's weight."""

    def draw() -> tuple[int, int, int, Pair]:
        g = whole(generator, 2, 4)
        return g, g * whole(generator, 2, 6), g * whole(generator, 2, 6), pair(generator, 2, 5)

    g, c_in, c_out, k = until(
        draw, lambda drawn: are_different((drawn[1], drawn[2], drawn[1] // drawn[0]))
    )
    shapes = {
        "right": (c_in, c_out // g, *k),
        "plain": (c_out, c_in // g, *k),
        "whole": (c_in, c_out, *k),
        "other": (c_in // g, c_out, *k),
    }
    about = {
        "plain": "That is the weight of `nn.Conv2d`, which leads the other way.",
        "whole": "You left the groups out. A pixel paints only onto the channels of its group.",
        "other": "The groups divide the other number: each input channel has kernels of its own.",
    }
    order = shuffled(generator, list(shapes))
    slips = [Slip(about[name], (order.index(name),)) for name in order if name != "right"]
    listed = [shapes[name] for name in order]
    built = f"nn.ConvTranspose2d({c_in}, {c_out}, kernel_size={k}, groups={g}"
    return Asked(
        f"What is the shape of the weight of `{built})`?",
        Choice(tuple(f"`{shape}`" for shape in listed)),
        f'{built}, device="meta").weight.shape',
        {},
        lambda found: (listed.index(tuple(found)),),
        tuple(slips),
        settings={"channels": (c_in, c_out), "g": g, "k": k, "shapes": listed},
    )


def transposed_order(generator: torch.Generator) -> Asked:
    """Ask which of some layers gives the larger output."""

    def draw() -> list[tuple[int, int, int]]:
        return [(k, whole(generator, 1, 4), whole(generator, 0, 4)) for _ in range(4)]

    def fair(layers: list[tuple[int, int, int]]) -> bool:
        sizes = [conv_transpose_output_size(n, *layer) for layer in layers]
        return are_different(sizes) and sizes != sorted(sizes)

    n, k = whole(generator, 8, 16), whole(generator, 3, 7)
    layers = until(draw, fair)
    key = places_in_order([conv_transpose_output_size(n, *layer) for layer in layers])
    slips = [
        Slip("You began with the largest output.", key[::-1]),
        Slip(
            "You went by the formula of the convolution. Here the stride multiplies.",
            places_in_order([(n + 2 * p - k) // s + 1 for k, s, p in layers]),
        ),
        Slip(
            "You added the padding. Here it crops.",
            places_in_order([(n - 1) * s + k + 2 * p for k, s, p in layers]),
        ),
        Slip(
            "You left the padding out. It crops on both sides.",
            places_in_order([(n - 1) * s + k for k, s, p in layers]),
        ),
    ]
    asked_of = ", ".join(map(str, layers))
    return Asked(
        f"Four transposed layers for the same picture of {n} × {n} pixels, all with "
        f"`kernel_size={k}`. Put them in order by the size of the output.",
        Order(
            tuple(f"stride={s}, padding={p}" for _, s, p in layers),
            "smallest output",
            "largest output",
        ),
        f"[F.conv_transpose1d(torch.ones(1, 1, {n}), torch.ones(1, 1, k), stride=s, "
        f"padding=p).numel() for k, s, p in ({asked_of})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"n": n, "layers": layers},
    )


TRANSPOSED: dict[str, Draw] = {
    "transposed_hand": transposed_hand,
    "transposed_landing": transposed_landing,
    "transposed_cropped": transposed_cropped,
    "transposed_size": transposed_size,
    "transposed_stamps": transposed_stamps,
    "transposed_same": transposed_same,
    "transposed_weight": transposed_weight,
    "transposed_matrix": transposed_matrix,
    "transposed_extra": transposed_extra,
    "transposed_order": transposed_order,
}
