"""Questions of lesson 07: slopes of a loss, the steps they lead to, what cannot be learned."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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

TRIED = "A kernel is tried on a row. The loss is the sum of the squared errors: (output − wanted)²."
SLOPES = "torch.func.grad(lambda w: (F.conv1d(row, w) - wanted).square().sum())(weight)"


@dataclass(frozen=True, eq=False)
class Try:
    """A kernel of two weights that is tried on a row, beside the output that is wanted.

    Attributes:
        row: (1, n).
        weight: (1, 2), the kernel that is tried.
        wanted: (1, n - 1), what another kernel makes of the row.
    """

    row: torch.Tensor
    weight: torch.Tensor
    wanted: torch.Tensor

    @cached_property
    def output(self) -> torch.Tensor:
        return F.conv1d(self.row[None], self.weight[None])[0]

    @cached_property
    def slopes(self) -> Pair:
        """The slopes of the sum of the squared errors, for the left weight and the right one."""
        error = self.output - self.wanted
        left, right = ((2 * error * part).sum() for part in (self.row[:, :-1], self.row[:, 1:]))
        return int(left), int(right)

    @property
    def names(self) -> dict[str, torch.Tensor]:
        """What a line of torch calls by a name."""
        return {"row": self.row[None], "weight": self.weight[None], "wanted": self.wanted[None]}

    @property
    def shown(self) -> tuple[Shown, ...]:
        return (
            Shown("row", self.row, "input"),
            Shown("kernel", self.weight, "kernel"),
            Shown("output", self.output, "output"),
            Shown("wanted", self.wanted),
        )


def _any_try(generator: torch.Generator) -> Try:
    row = numbers(generator, (1, 4), 0, 3)
    weight, forgotten = (numbers(generator, (1, 2), -2, 2) for _ in range(2))
    return Try(row, weight, F.conv1d(row[None], forgotten[None])[0])


def learning_slope(generator: torch.Generator) -> Asked:
    """Ask for the slope of the loss for one of two weights."""

    def fair(tried: Try) -> bool:
        return 0 not in tried.slopes and abs(tried.slopes[0]) != abs(tried.slopes[1])

    tried = until(lambda: _any_try(generator), fair)
    side = whole(generator, 0, 1)
    slope, other = tried.slopes[side], tried.slopes[1 - side]
    slips = [
        Slip("The sign is the wrong one: the error is output minus wanted.", (-slope,)),
        Slip("You forgot the factor that comes from the square.", (slope / 2,)),
        Slip("You took the pixels under the other weight.", (other,)),
        Slip(
            "You took the mean over the output. The loss is the sum.",
            (slope / tried.wanted.numel(),),
        ),
        Slip(
            "You added up the errors. Each is multiplied with the pixel under the weight.",
            (float(2 * (tried.output - tried.wanted).sum()),),
        ),
    ]
    name = ("left", "right")[side]
    return Asked(
        f"{TRIED} What is the slope of the loss for the {name} weight?",
        Number(),
        f"{SLOPES}[0, 0, {side}].item()",
        tried.names,
        lambda found: (found,),
        telling((slope,), slips),
        tried.shown,
        {"side": side},
    )


WAYS = (
    "Both grow.",
    "Both shrink.",
    "The left grows, the right shrinks.",
    "The left shrinks, the right grows.",
)


def learning_sign(generator: torch.Generator) -> Asked:
    """Ask which way each of two weights must go."""
    want = whole(generator, 0, 3)

    def fair(tried: Try) -> bool:
        return 0 not in tried.slopes and _way(*tried.slopes) == want

    tried = until(lambda: _any_try(generator), fair)
    uphill = _way(*(-slope for slope in tried.slopes))
    alone = "Look at the slope for each weight by itself: the errors, times the pixels under it."
    slips = [
        Slip("That way leads uphill. The loss falls against the slope.", (uphill,)),
        *(Slip(alone, (way,)) for way in range(4)),
    ]
    return Asked(
        f"{TRIED} Which way must the two weights go, each by itself, so that the loss falls?",
        Choice(WAYS),
        f"{SLOPES}[0, 0]",
        tried.names,
        lambda found: (_way(*found.tolist()),),
        telling((want,), slips),
        tried.shown,
    )


def _way(left: float, right: float) -> int:
    """Say where slopes lead: downhill, as a place in `WAYS`."""
    return {(True, True): 0, (False, False): 1, (True, False): 2, (False, True): 3}[
        left < 0, right < 0
    ]


def learning_step(generator: torch.Generator) -> Asked:
    """Ask for the kernel after one step."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, float]:
        rate = one_of(generator, (0.5, 0.25))
        weight, steps = numbers(generator, (1, 2), -4, 4), numbers(generator, (1, 2), -4, 4)
        return weight, steps / rate, rate

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, float]) -> bool:
        weight, slopes, rate = drawn
        ways = (
            weight - rate * slopes,
            weight + rate * slopes,
            weight - slopes,
            -rate * slopes,
            slopes,
        )
        moves = bool(slopes.all()) and bool(weight.all()) and len({*row_of(ways[0])}) > 1
        return moves and are_different(map(row_of, (*ways, weight)))

    weight, slopes, rate = until(draw, fair)
    slips = [
        Slip("You went uphill. The slope is taken off.", row_of(weight + rate * slopes)),
        Slip("You forgot the learning rate.", row_of(weight - slopes)),
        Slip("This is the step. The kernel begins where it is.", row_of(-rate * slopes)),
        Slip(
            "Only the sign is right. The step is as long as the slope times the rate.",
            row_of(weight - rate * slopes.sign()),
        ),
    ]
    return Asked(
        "A kernel and the slopes of the loss for its two weights. What is the kernel after one "
        f"step of gradient descent with learning rate {rate}?",
        Grid("kernel after the step", 1, 2),
        f"weight - {rate} * slopes",
        {"weight": weight, "slopes": slopes},
        row_of,
        telling(row_of(weight - rate * slopes), slips),
        (Shown("kernel", weight, "kernel"), Shown("slopes", slopes)),
        {"rate": rate},
    )


SIDES = (
    "On the same side, and nearer.",
    "On the other side, and nearer.",
    "On the other side, and farther away.",
)
RATES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4)


def learning_rate(generator: torch.Generator) -> Asked:
    """Ask where one step leads, with a rate below the limit or above it."""
    want = whole(generator, 0, 2)

    def draw() -> tuple[int, float]:
        return 2 * whole(generator, 1, 20), one_of(generator, RATES)

    def fair(drawn: tuple[int, float]) -> bool:
        product = drawn[0] * drawn[1]
        clear = min(abs(product - 1), abs(product - 2)) > 0.15 and 0.2 < product < 5
        return clear and _side(1 - product) == want

    curvature, rate = until(draw, fair)
    begin, lowest = until(lambda: pair(generator, 1, 9), lambda drawn: drawn[0] != drawn[1])
    half_curvature = curvature // 2
    step = "Multiply the rate with the curvature: so many times the distance is the step long."
    limit = "Compare the rate with its limit: 2 divided by the curvature."
    slips = [Slip(limit if 2 in (want, side) else step, (side,)) for side in range(3)]
    return Asked(
        f"A loss has one weight only: it is {half_curvature} · (weight − {lowest})², so it is "
        f"lowest at {lowest} and its curvature is {curvature}. The weight stands at {begin}. Where "
        f"does it stand after one step with learning rate {rate}, seen from the lowest point?",
        Choice(SIDES),
        f"round({begin} - {rate} * torch.func.grad(lambda w: {half_curvature} * (w - {lowest}) "
        f"** 2)(torch.tensor({begin}.0)).item(), 4)",
        {},
        lambda found: (_side((found - lowest) / (begin - lowest)),),
        telling((want,), slips),
        settings={"curvature": curvature, "rate": rate, "begin": begin, "lowest": lowest},
    )


def _side(share: float) -> int:
    """Say what is left of a distance, as a place in `SIDES`."""
    return 0 if share > 0 else 1 if share > -1 else 2


def learning_order(generator: torch.Generator) -> Asked:
    """Ask which learning rate comes nearest in one step."""

    def draw() -> tuple[int, list[float]]:
        return 2 * whole(generator, 1, 12), [one_of(generator, RATES) for _ in range(4)]

    def fair(drawn: tuple[int, list[float]]) -> bool:
        curvature, rates = drawn
        left = [round(each, 3) for each in _left(curvature, rates)]
        clear = are_different(left) and are_different(rates) and max(left) < 6
        return clear and left != sorted(left) and any(curvature * rate > 1.1 for rate in rates)

    curvature, rates = until(draw, fair)
    key = places_in_order(_left(curvature, rates))
    slips = [
        Slip("You began with the one that ends farthest away.", key[::-1]),
        Slip(
            "You thought: the larger the rate, the nearer. A step that is too long jumps over the "
            "lowest point.",
            places_in_order([-rate for rate in rates]),
        ),
        Slip(
            "You went by the rates: the smaller, the nearer. A short step leaves most of the way.",
            places_in_order(rates),
        ),
    ]
    return Asked(
        f"A loss has one weight only, and its curvature is {curvature} everywhere. From the same "
        "start, one step with each of these learning rates: put them in order by how far from the "
        "lowest point the weight is then.",
        Order(tuple(f"lr={rate}" for rate in rates), "nearest", "farthest"),
        f"[round(abs(1 - lr * slope), 4) for slope in [torch.func.grad(lambda w: {curvature} / 2 "
        f"* w ** 2)(torch.tensor(1.0)).item()] for lr in {tuple(rates)}]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"curvature": curvature, "rates": rates},
    )


def _left(curvature: int, rates: list[float]) -> list[float]:
    """Give the share of the distance that is left after one step, for each rate."""
    return [abs(1 - curvature * rate) for rate in rates]


def learning_mean(generator: torch.Generator) -> Asked:
    """Ask how much larger a rate must be when the mean takes the place of the sum."""

    def draw() -> tuple[Pair, Pair]:
        return pair(generator, 5, 12), pair(generator, 1, 4)

    def fair(drawn: tuple[Pair, Pair]) -> bool:
        n, k = drawn
        return n[0] != n[1] and k[0] != k[1] and _windows(n, k) not in {*n, *k}

    n, k = until(draw, fair)
    key = _windows(n, k)
    slips = [
        Slip(
            "You counted the pixels of the picture. The mean is taken over the output.",
            (n[0] * n[1],),
        ),
        Slip("You counted the weights. The mean is taken over the output.", (k[0] * k[1],)),
        Slip(
            "You added rows and columns of the output: multiply.",
            (sum(size - taps + 1 for size, taps in zip(n, k, strict=True)),),
        ),
        Slip("You forgot the first place along each axis.", ((n[0] - k[0]) * (n[1] - k[1]),)),
        Slip(
            "You took height and width of the kernel the wrong way round.", (_windows(n, k[::-1]),)
        ),
    ]
    return Asked(
        f"A picture of {n[0]} × {n[1]} pixels, a kernel of {k[0]} × {k[1]}, no padding. The loss "
        "was the sum of the squared errors. Now it is their mean. How many times as large must the "
        "learning rate be, so that each step stays as it was?",
        Number("times"),
        "(F.conv2d(picture, weight).square().sum() / F.conv2d(picture, weight).square().mean())"
        ".round().item()",
        {"picture": torch.ones(1, 1, *n), "weight": torch.ones(1, 1, *k)},
        lambda found: (found,),
        telling((key,), slips),
        settings={"n": n, "k": k},
    )


def _windows(n: Pair, k: Pair) -> int:
    return (n[0] - k[0] + 1) * (n[1] - k[1] + 1)


def learning_steepest(generator: torch.Generator) -> Asked:
    """Ask for which weight the loss is steepest, with a single output that is wrong."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, Pair]:
        picture, weight = different_numbers(generator, (4, 5)), numbers(generator, k, -3, 3)
        return picture, weight, (whole(generator, 0, 4 - k[0]), whole(generator, 0, 5 - k[1]))

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, Pair]) -> bool:
        return drawn[2][0] != drawn[2][1] and _steepest(*drawn) != drawn[2]

    k = one_of(generator, ((2, 2), (2, 3), (3, 2)))
    picture, weight, at = until(draw, fair)
    by = one_of(generator, (-3, -2, -1, 1, 2, 3))
    wanted = F.conv2d(picture[None, None], weight[None, None])
    wanted[0, 0, at[0], at[1]] -= by
    key = _steepest(picture, weight, at)
    slips = [
        Slip(
            "You turned the kernel by 180 degrees. torch does not.",
            (k[0] - 1 - key[0], k[1] - 1 - key[1]),
        ),
        Slip(
            "You took the largest weight. The slope depends on the pixels under the weights.",
            divmod(int(weight.argmax()), k[1]),
        ),
        Slip(
            "You took row and column of the output the wrong way round. The row comes first.",
            _steepest(picture, weight, at[::-1]),
        ),
        Slip(
            "This weight lies on the smallest pixel: its slope is the least steep.",
            _steepest(-picture, weight, at),
        ),
    ]
    return Asked(
        f"The kernel goes over the picture, and the output is as wanted, but in one place: in row "
        f"{at[0]}, column {at[1]} it is too {'large' if by > 0 else 'small'} by {abs(by)}. Rows "
        "and columns count from 0. The loss is the sum of the squared errors. For which weight is "
        "its slope steepest? Click on it in the kernel.",
        Cell("kernel"),
        "torch.func.grad(lambda w: (F.conv2d(picture, w) - wanted).square().sum())(weight).abs()"
        ".argmax()",
        {"picture": picture[None, None], "weight": weight[None, None], "wanted": wanted},
        lambda found: divmod(int(found), k[1]),
        inside(telling(key, slips), k),
        (Shown("picture", picture, "input"), Shown("kernel", weight, "kernel")),
        {"at": at},
    )


def _steepest(picture: torch.Tensor, weight: torch.Tensor, at: Pair) -> Pair:
    """Say which weight lies on the largest pixel of a window."""
    k = weight.shape
    window = picture[at[0] : at[0] + k[0], at[1] : at[1] + k[1]]
    row, column = divmod(int(window.argmax()), window.shape[1])
    return row, column


def learning_matrix(generator: torch.Generator) -> Asked:
    """Ask for the size of the matrix of all windows."""

    def draw() -> tuple[int, Pair, Pair]:
        return one_of(generator, (1, 3, 3)), pair(generator, 5, 20), pair(generator, 2, 5)

    def fair(drawn: tuple[int, Pair, Pair]) -> bool:
        channels, n, k = drawn
        key = (_windows(n, k), channels * k[0] * k[1])
        plain = n[0] != n[1] and k[0] != k[1] and key[0] != key[1]
        return plain and not {channels, *n, *k} & {*key}

    channels, n, k = until(draw, fair)
    key = (_windows(n, k), channels * k[0] * k[1])
    slips = [
        Slip("You took rows for columns. Each window is a row.", key[::-1], whole=True),
        Slip(
            "you forgot the channels. A window holds the pixels of all of them.",
            (key[0], k[0] * k[1]),
        ),
        Slip("there is a window for each output, not for each pixel.", (n[0] * n[1], key[1])),
        Slip(
            "you forgot the first place along each axis.", ((n[0] - k[0]) * (n[1] - k[1]), key[1])
        ),
        Slip(
            "the channels do not make more windows: each window is as deep as the picture.",
            (channels * key[0], key[1]),
        ),
    ]
    colour = "in colour (3 channels)" if channels == 3 else "in grey (1 channel)"
    return Asked(
        f"A picture of {n[0]} × {n[1]} pixels {colour}, a kernel of {k[0]} × {k[1]} for it, "
        "without padding or bias. All windows are written as rows of one matrix. What is its size?",
        Shape(("rows", "columns")),
        f"F.unfold(torch.ones(1, {channels}, {n[0]}, {n[1]}), {k})[0].T.shape",
        {},
        tuple,
        telling(key, slips),
        settings={"channels": channels, "n": n, "k": k},
    )


PICTURES = {
    "uniform": "The picture is one uniform grey.",
    "rows": "All rows of the picture are the same; along a row the pixels are noise.",
    "columns": "All columns of the picture are the same; along a column the pixels are noise.",
}


def learning_unknown(generator: torch.Generator) -> Asked:
    """Ask how much of a kernel a picture cannot tell."""

    def draw() -> tuple[str, Pair]:
        return one_of(generator, ("uniform", "rows", "columns")), pair(generator, 2, 6)

    def fair(drawn: tuple[str, Pair]) -> bool:
        name, k = drawn
        return k[0] != k[1] and k[0] * k[1] - _known(name, k) not in k

    name, k = until(draw, fair)
    known = _known(name, k)
    picture = torch.full((16, 16), 0.5, dtype=torch.float64)
    if name != "uniform":
        picture = torch.rand(1, 16, generator=generator, dtype=torch.float64).expand(16, 16)
    if name == "columns":
        picture = picture.T
    weights = k[0] * k[1]
    slips = [
        Slip("So many directions are known. The others are asked for.", (known,)),
        Slip("Something is known, though not all: some sums of weights.", (weights,)),
        Slip("You took rows for columns.", (weights - _known(name, k[::-1]),)),
        Slip("Only on a uniform picture is a single sum all that is known.", (weights - 1,)),
        Slip(
            "Something stays unknown: weights that lie on equal pixels cannot be told apart.", (0,)
        ),
    ]
    return Asked(
        f"A kernel of {k[0]} × {k[1]} is to be learned, without a bias. {PICTURES[name]} In how "
        "many directions can the kernel be changed without any change of the output?",
        Number("directions"),
        f"{weights} - torch.linalg.matrix_rank(F.unfold(picture, {k})[0]).item()",
        {"picture": picture[None, None]},
        lambda found: (found,),
        telling((weights - known,), slips),
        settings={"name": name, "k": k},
    )


def _known(name: str, k: Pair) -> int:
    """Count the sums of weights that the output tells."""
    return {"uniform": 1, "rows": k[1], "columns": k[0]}[name]


LEARNING: dict[str, Draw] = {
    "learning_slope": learning_slope,
    "learning_sign": learning_sign,
    "learning_steepest": learning_steepest,
    "learning_step": learning_step,
    "learning_mean": learning_mean,
    "learning_rate": learning_rate,
    "learning_order": learning_order,
    "learning_matrix": learning_matrix,
    "learning_unknown": learning_unknown,
}
