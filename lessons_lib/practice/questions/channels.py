"""Questions of lesson 05: how deep a kernel is, what groups keep apart, where a kernel slides."""

from __future__ import annotations

import torch

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
from lessons_lib.practice.questions.kinds import (
    Cell,
    Choice,
    Grid,
    Number,
    Order,
    Shape,
    whole_words,
)
from lessons_lib.practice.questions.refusing import refusal
from lessons_lib.practice.questions.sizes import ORDER

NO_GROUPS = "you forgot the groups. A kernel sees only the input channels of its own group."
IN_TURN = "You dealt the channels out in turn. A group is made of channels that stand side by side."


def channels_weight(generator: torch.Generator) -> Asked:
    """Ask for the shape of a grouped layer's weight."""

    def draw() -> tuple[int, int, int, Pair]:
        groups = whole(generator, 2, 4)
        ins, outs = pair(generator, 2, 6)
        return groups * ins, groups * outs, groups, pair(generator, 1, 7)

    def fair(drawn: tuple[int, int, int, Pair]) -> bool:
        ins, outs, groups, k = drawn
        return ins != outs and k[0] != k[1] and ins // groups not in {2, ins, outs, groups, *k}

    ins, outs, groups, k = until(draw, fair)
    key = (outs, ins // groups, *k)
    slips = [
        Slip(ORDER, (*key[:2], *k[::-1]), whole=True),
        Slip("The output channels come first.", (ins // groups, outs, *k), whole=True),
        Slip(
            "You took input for output. The output channels come first.",
            (ins, outs // groups, *k),
            whole=True,
        ),
        Slip(NO_GROUPS, (outs, ins, *k)),
        Slip(
            "with groups there are as many kernels as before. Each of them is less deep.",
            (outs // groups, *key[1:]),
        ),
    ]
    return Asked(
        f"What is the shape of the weight of `nn.Conv2d({ins}, {outs}, {k}, groups={groups})`?",
        Shape(("first", "second", "third", "fourth")),
        f'nn.Conv2d({ins}, {outs}, {k}, groups={groups}, device="meta").weight.shape',
        {},
        tuple,
        telling(key, slips),
        settings={"ins": ins, "outs": outs, "groups": groups, "k": k},
    )


def channels_film(generator: torch.Generator) -> Asked:
    """Ask for the size of what a kernel with three axes makes of a film."""

    def draw() -> tuple[int, Triple, Triple]:
        size = (whole(generator, 5, 12), *pair(generator, 12, 40))
        return whole(generator, 4, 9), size, (whole(generator, 2, 4), *pair(generator, 2, 7))

    def fair(drawn: tuple[int, Triple, Triple]) -> bool:
        outs, size, k = drawn
        key = _places(size, k)
        plain = are_different(k) and are_different(size) and are_different(key)
        return plain and not {1, 2, 3, outs, *size, *k} & {*key}

    outs, size, k = until(draw, fair)
    key = _places(size, k)
    frames, rows, columns = key
    slips = [
        Slip(ORDER, (frames, columns, rows), whole=True),
        Slip(
            "the kernel slides in time, too, and must stay inside the film.",
            (size[0], rows, columns),
        ),
        Slip(
            "the kernel is shorter than the film. It has several places in time.",
            (1, rows, columns),
        ),
        Slip("this is how far the kernel itself reaches. Count its places.", k),
        Slip("at the last pixels the kernel would stick out.", (frames, *size[1:])),
        Slip("you forgot the first place: one more.", (frames - 1, rows - 1, columns - 1)),
    ]
    picture = f'torch.empty(1, 3, {size[0]}, {size[1]}, {size[2]}, device="meta")'
    return Asked(
        f"A film of {size[0]} frames, each of {size[1]} × {size[2]} pixels, in colour. It goes "
        f"through `nn.Conv3d(3, {outs}, {k})`. How large is each output channel?",
        Shape(("frames", "rows", "columns")),
        f'nn.Conv3d(3, {outs}, {k}, device="meta")({picture}).shape[2:]',
        {},
        tuple,
        telling(key, slips),
        settings={"size": size, "k": k},
    )


Triple = tuple[int, int, int]


def _places(size: Triple, k: Triple) -> Triple:
    frames, rows, columns = (n - taps + 1 for n, taps in zip(size, k, strict=True))
    return frames, rows, columns


def channels_count(generator: torch.Generator) -> Asked:
    """Ask how many numbers a layer has to learn."""

    def draw() -> tuple[int, int, int, int]:
        groups = one_of(generator, (1, 2, 2, 3, 4))
        ins, outs = pair(generator, 2, 4)
        return groups * ins, groups * outs, whole(generator, 1, 5), groups

    def fair(drawn: tuple[int, int, int, int]) -> bool:
        ins, outs, k, _groups = drawn
        return ins != outs and k != 2

    ins, outs, k, groups = until(draw, fair)
    weights = outs * (ins // groups) * k * k
    slips = [
        Slip("You forgot the biases.", (weights,)),
        Slip("You counted a single bias. There is one for each output channel.", (weights + 1,)),
        Slip(
            "The biases belong to the output channels, not to the input channels.", (weights + ins,)
        ),
        Slip(f"Y{NO_GROUPS[1:]}", (outs * ins * k * k + outs,)),
        Slip("The kernel has rows and columns: multiply.", (outs * (ins // groups) * k + outs,)),
        Slip(
            "You counted one kernel. There is one for each output channel.", (weights // outs + 1,)
        ),
    ]
    layer = f"nn.Conv2d({ins}, {outs}, {k}{_in_groups(groups)}"
    return Asked(
        f"How many numbers does `{layer})` have to learn?",
        Number("numbers"),
        f'sum(p.numel() for p in {layer}, device="meta").parameters())',
        {},
        lambda found: (found,),
        telling((weights + outs,), slips),
        settings={"ins": ins, "outs": outs, "k": k, "groups": groups},
    )


def _in_groups(groups: int) -> str:
    return f", groups={groups}" if groups > 1 else ""


def channels_sum(generator: torch.Generator) -> Asked:
    """Ask what one kernel makes of a window of two channels."""

    def draw() -> tuple[torch.Tensor, torch.Tensor, int]:
        picture, weight = (
            torch.stack([numbers(generator, (2, 2), low, high) for _ in range(2)])
            for low, high in ((0, 5), (-2, 3))
        )
        return picture, weight, one_of(generator, (-3, -2, -1, 1, 2, 3))

    def fair(drawn: tuple[torch.Tensor, torch.Tensor, int]) -> bool:
        parts, bias = _results(*drawn[:2]), drawn[2]
        key = sum(parts) + bias
        others = (sum(parts), sum(parts) + 2 * bias, max(parts) + bias, parts[0] + bias)
        return are_different((key, *others)) and key not in {0, 1, bias, abs(bias)}

    picture, weight, bias = until(draw, fair)
    first, second = _results(picture, weight)
    slips = [
        Slip("You forgot the bias.", (first + second,)),
        Slip("The bias comes in once, not once for each channel.", (first + second + 2 * bias,)),
        Slip(
            "You took the mean of the two results. They are added.", ((first + second) / 2 + bias,)
        ),
        Slip("You kept the larger result. They are added.", (max(first, second) + bias,)),
        Slip("You left channel 1 out.", (first + bias,)),
        Slip("You left channel 0 out.", (second + bias,)),
        Slip(
            "You turned the kernel by 180 degrees. torch does not.",
            (sum(_results(picture, weight.flip(1, 2))) + bias,),
        ),
    ]
    return Asked(
        "A window of two channels, and a kernel for it, both channel by channel. The bias is "
        f"{whole_words(bias)}. Which number comes out?",
        Number(),
        f"F.conv2d(picture, weight, torch.tensor([{bias}.0])).item()",
        {"picture": picture[None], "weight": weight[None]},
        lambda found: (found,),
        telling((first + second + bias,), slips),
        (
            *(Shown(f"channel {c}", picture[c], "input") for c in range(2)),
            *(Shown(f"kernel for channel {c}", weight[c], "kernel") for c in range(2)),
        ),
        {"bias": bias},
    )


def _results(picture: torch.Tensor, weight: torch.Tensor) -> tuple[float, float]:
    first, second = (picture * weight).sum(dim=(1, 2)).tolist()
    return first, second


def channels_grouped(generator: torch.Generator) -> Asked:
    """Ask for the output channels of a pixel, with two groups."""

    def draw() -> tuple[torch.Tensor, torch.Tensor]:
        deep = whole(generator, 2, 3)
        pixel = numbers(generator, (1, 2 * deep), 0, 5)
        return pixel, numbers(generator, (4, deep), -2, 2)

    def fair(drawn: tuple[torch.Tensor, torch.Tensor]) -> bool:
        outputs = [row_of(each) for each in _groupings(*drawn).values()]
        return are_different(outputs) and len({*outputs[0]}) > 2

    pixel, weight = until(draw, fair)
    right, *wrong = _groupings(pixel, weight).items()
    slips = [Slip(message, row_of(output)) for message, output in wrong]
    ins = pixel.shape[1]
    return Asked(
        f"One pixel with {ins} channels, and the weights of `nn.Conv2d({ins}, 4, 1, groups=2, "
        "bias=False)`: a row for each output channel. What are the output channels of this pixel?",
        Grid("output channels", 1, 4),
        "F.conv2d(pixel, weight, groups=2)[0, :, 0, 0]",
        {"pixel": pixel[0, :, None, None][None], "weight": weight[:, :, None, None]},
        row_of,
        telling(row_of(right[1]), slips),
        (Shown("pixel", pixel, "input"), Shown("weights", weight, "kernel")),
    )


def _groupings(pixel: torch.Tensor, weight: torch.Tensor) -> dict[str, torch.Tensor]:
    """Give the output channels, the right ones first, then those of other ways to split."""
    deep = weight.shape[1]
    halves = pixel.view(2, deep)
    mixed = pixel.view(deep, 2).T
    all_first = torch.stack([halves[0], halves[0]])
    return {
        "": _by_group(halves, weight),
        "You let each kernel read the first channels. The second half of the kernels reads the "
        "second half of the channels.": _by_group(all_first, weight),
        IN_TURN: _by_group(mixed, weight),
        "You exchanged the groups. The first kernels read the first channels.": _by_group(
            halves.flip(0), weight
        ),
    }


def _by_group(groups: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Lay the first two kernels on the first group, the others on the second one."""
    return (groups.repeat_interleave(2, dim=0) * weight).sum(dim=1)


def channels_place(generator: torch.Generator) -> Asked:
    """Ask for the weight at which an output channel meets an input channel."""

    def draw() -> tuple[int, Pair, int, Pair]:
        groups = whole(generator, 2, 3)
        size = (whole(generator, 2, 6 - groups), whole(generator, 2, 4))
        group = whole(generator, 1, groups - 1)
        return (
            groups,
            size,
            group,
            (whole(generator, 0, size[0] - 1), whole(generator, 0, size[1] - 1)),
        )

    groups, (tall, deep), group, (row, column) = until(
        draw, lambda drawn: drawn[1][0] != drawn[1][1]
    )
    ins, outs = groups * deep, groups * tall
    channel_in, channel_out = group * deep + column, group * tall + row
    key = (channel_out, column)
    weight = different_numbers(generator, (outs, deep))
    slips = [
        Slip(
            "Its group begins with column 0. Count from the first channel of the group.",
            (channel_out, channel_in),
        ),
        Slip("Rows are output channels, all of them. Count the rows from the top.", (row, column)),
        Slip("You took input for output. The rows are the output channels.", key[::-1]),
        Slip(
            IN_TURN,
            (channel_out, channel_in // groups),
        ),
        Slip(
            "You counted from 1. Row 0 is the first one, and so is column 0.",
            (channel_out - 1, column - 1),
        ),
        Slip("You counted the columns from 1.", (channel_out, column - 1)),
    ]
    return Asked(
        f"These are the weights of `nn.Conv2d({ins}, {outs}, 1, groups={groups})`: a row for each "
        f"output channel. Channels count from 0. Click on the weight with which input channel "
        f"{channel_in} comes into output channel {channel_out}.",
        Cell("weights"),
        f"(weight == F.conv2d(torch.eye({ins})[:, :, None, None], weight, groups={groups})"
        f"[{channel_in}, {channel_out}]).nonzero()[0, :2]",
        {"weight": weight[:, :, None, None]},
        row_of,
        inside(telling(key, slips), (outs, deep)),
        (Shown("weights", weight, "kernel"),),
        {"groups": groups, "ins": ins, "in": channel_in, "out": channel_out},
    )


def channels_order(generator: torch.Generator) -> Asked:
    """Ask which of some layers has fewer weights."""

    def draw() -> list[Layer]:
        return [
            (
                one_of(generator, (8, 16, 32)),
                one_of(generator, (8, 16, 32)),
                one_of(generator, (1, 3, 3, 5)),
                one_of(generator, (1, 1, 2, 4, 8)),
            )
            for _ in range(4)
        ]

    def fair(layers: list[Layer]) -> bool:
        counts = [i * o * k * k // g for i, o, k, g in layers]
        return are_different(counts) and counts != sorted(counts)

    layers = until(draw, fair)
    key = places_in_order([i * o * k * k // g for i, o, k, g in layers])
    slips = [
        Slip("You began with the layer that has most weights.", key[::-1]),
        Slip(
            "You forgot the groups. They make each kernel less deep.",
            places_in_order([i * o * k * k for i, o, k, _ in layers]),
        ),
        Slip(
            "You took the kernels' width once. A kernel has rows and columns.",
            places_in_order([i * o * k // g for i, o, k, g in layers]),
        ),
        Slip(
            "You went by the size of the kernels alone. Count the channels, too.",
            places_in_order([k for *_, k, _ in layers]),
        ),
        Slip(
            "You went by the channels alone. Count the size of the kernels, too.",
            places_in_order([i * o // g for i, o, _, g in layers]),
        ),
    ]
    items = tuple(f"Conv2d({i}, {o}, {k}{_in_groups(g)})" for i, o, k, g in layers)
    built = ", ".join(map(str, layers))
    return Asked(
        "Put these layers in order by the number of their weights.",
        Order(items, "fewest weights", "most weights"),
        f'[nn.Conv2d(i, o, k, groups=g, device="meta").weight.numel() for i, o, k, g in ({built})]',
        {},
        places_in_order,
        telling(key, slips),
        settings={"layers": layers},
    )


Layer = tuple[int, int, int, int]


def channels_groups(generator: torch.Generator) -> Asked:
    """Ask for the number of groups that torch takes."""

    def draw() -> tuple[int, int]:
        return one_of(generator, _NUMBERS), one_of(generator, _NUMBERS)

    def fair(drawn: tuple[int, int]) -> bool:
        return all(_splits(*drawn, *which) for which in _WHICH)

    ins, outs = until(draw, fair)
    order = shuffled(generator, _WHICH)
    groups = tuple(one_of(generator, _splits(ins, outs, *which)) for which in order)
    slips = [Slip(_ABOUT[which], (at,)) for at, which in enumerate(order) if which != (True, True)]
    return Asked(
        f"A layer from {ins} to {outs} channels: which of these does torch take?",
        Choice(tuple(f"`groups={each}`" for each in groups)),
        f'[refusal(lambda: nn.Conv2d({ins}, {outs}, 3, groups=g, device="meta"))'
        f" for g in {groups}]",
        {"refusal": refusal},
        lambda found: (found.index(""),),
        tuple(slips),
        settings={"about": "refusals", "ins": ins, "outs": outs, "groups": groups},
    )


_NUMBERS = (6, 8, 9, 10, 12, 14, 15, 16, 18, 20, 21, 24, 28, 30)
# Whether a number of groups divides the input channels, and the output channels.
_WHICH = ((True, True), (True, False), (False, True), (False, False))
_ABOUT = {
    (True, False): "The output channels cannot be split into so many equal groups.",
    (False, True): "The input channels cannot be split into so many equal groups.",
    (False, False): "Neither the input channels nor the output channels can be split so.",
}


def _splits(ins: int, outs: int, of_ins: bool, of_outs: bool) -> list[int]:
    """List the numbers of groups that divide both, one of them, or none."""
    return [
        groups
        for groups in range(2, 10)
        if (ins % groups == 0, outs % groups == 0) == (of_ins, of_outs)
    ]


CHANNELS: dict[str, Draw] = {
    "channels_sum": channels_sum,
    "channels_weight": channels_weight,
    "channels_groups": channels_groups,
    "channels_place": channels_place,
    "channels_grouped": channels_grouped,
    "channels_count": channels_count,
    "channels_order": channels_order,
    "channels_film": channels_film,
}
