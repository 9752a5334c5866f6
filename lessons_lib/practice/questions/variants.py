"""Questions of lesson 08: what the kinds of convolution cost, what they reach, what splits."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import torch

from lessons_lib.practice.questions.answers import places_in_order, row_of, telling
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
from lessons_lib.practice.questions.kinds import Cell, Choice, Grid, Number, Order, Shape
from lessons_lib.practice.questions.sizes import ONE, ORDER

GROUPS = "You left the groups out. A kernel reads only the channels of its own group."


def variants_groups(generator: torch.Generator) -> Asked:
    """Ask for the weights of a grouped layer."""

    def draw() -> tuple[int, int, int, Pair]:
        g = whole(generator, 2, 4)
        return g, g * whole(generator, 2, 6), g * whole(generator, 2, 6), pair(generator, 2, 5)

    def fair(drawn: tuple[int, int, int, Pair]) -> bool:
        g, c_in, c_out, k = drawn
        key = prod(k) * c_in * c_out // g
        return are_different((g, c_in, c_out)) and k[0] != k[1] and key not in (c_in, c_out)

    g, c_in, c_out, k = until(draw, fair)
    key = prod(k) * c_in * c_out // g
    slips = [
        Slip(GROUPS, (g * key,)),
        Slip("You counted the weights of one group. All groups have weights.", (key // g,)),
        Slip(
            "You took it for a depthwise layer: one kernel for each input channel.",
            (prod(k) * c_in,),
        ),
        Slip("You added height and width of the kernel: multiply.", (sum(k) * key // prod(k),)),
    ]
    built = f"nn.Conv2d({c_in}, {c_out}, kernel_size={k}, groups={g}, bias=False"
    return Asked(
        f"A layer is built by `{built})`. How many weights does it have?",
        Number("weights"),
        f'{built}, device="meta").weight.numel()',
        {},
        lambda found: (found,),
        telling((key,), slips),
        settings={"layers": ((c_in, c_out, k, g),)},
    )


def variants_work(generator: torch.Generator) -> Asked:
    """Ask for the multiply-adds of a grouped layer with a stride."""

    def draw() -> tuple[int, int, int, int, Pair]:
        g, s = whole(generator, 2, 4), whole(generator, 2, 3)
        channels = g * whole(generator, 1, 3), g * whole(generator, 1, 3)
        places = whole(generator, 2, 5), whole(generator, 2, 5)
        return g, *channels, s, places

    g, c_in, c_out, s, (down, across) = until(
        draw, lambda drawn: drawn[1] != drawn[2] and drawn[4][0] != drawn[4][1]
    )
    n, weights = (down * s, across * s), 9 * c_in * c_out // g
    key = weights * down * across
    slips = [
        Slip(GROUPS, (g * key,)),
        Slip(
            "You took the places of the input. With a stride there are fewer of the output.",
            (key * s * s,),
        ),
        Slip("The stride makes both sides shorter, not one of them.", (key * s,)),
        Slip("These are the weights. Each of them is used once at each place.", (weights,)),
    ]
    built = f"nn.Conv2d({c_in}, {c_out}, 3, stride={s}, padding=1, groups={g}, bias=False"
    return Asked(
        f"`{built})` goes over maps of {n[0]} × {n[1]}. The output has {s} times fewer rows and "
        f"columns. How many multiply-adds does it take, with those at the border's zeros?",
        Number("multiply-adds"),
        f'{built}, device="meta").weight.numel() * '
        f"F.unfold(torch.ones(1, 1, {n[0]}, {n[1]}), 3, padding=1, stride={s}).shape[-1]",
        {},
        lambda found: (found,),
        telling((key,), slips),
        settings={"layers": ((c_in, c_out, (3, 3), g),), "n": n, "s": s},
    )


def variants_separable(generator: torch.Generator) -> Asked:
    """Ask for the weights of a depthwise separable layer."""

    def draw() -> tuple[int, int, int]:
        return 4 * whole(generator, 1, 8), 4 * whole(generator, 1, 8), whole(generator, 2, 5)

    c_in, c_out, k = until(draw, lambda drawn: drawn[0] != drawn[1])
    look, mix = c_in * k * k, c_in * c_out
    slips = [
        Slip("These are the weights of a plain layer.", (look * c_out,)),
        Slip("You multiplied the two parts. They follow one another: add.", (look * mix,)),
        Slip("This is the depthwise part alone. The 1 × 1 kernels have weights too.", (look,)),
        Slip("This is the 1 × 1 part alone. The depthwise kernels have weights too.", (mix,)),
        Slip(
            "You counted a depthwise kernel for each output channel. Each input channel has one.",
            (c_out * k * k + mix,),
        ),
        Slip("A kernel has k · k weights for its channel, not k.", (c_in * k + mix,)),
    ]
    parts = (
        f"nn.Conv2d({c_in}, {c_in}, {k}, groups={c_in}, bias=False",
        f"nn.Conv2d({c_in}, {c_out}, 1, bias=False",
    )
    return Asked(
        f"A depthwise separable layer: {c_in} channels in, {c_out} out, kernels of {k} × {k}, no "
        "bias. How many weights do its two parts have together?",
        Number("weights"),
        " + ".join(f'{part}, device="meta").weight.numel()' for part in parts),
        {},
        lambda found: (found,),
        telling((look + mix,), slips),
        settings={"layers": ((c_in, c_in, (k, k), c_in), (c_in, c_out, (1, 1), 1))},
    )


def variants_lines(generator: torch.Generator) -> Asked:
    """Ask for the weights of one kernel that is made of three lines."""

    def draw() -> tuple[int, Pair]:
        return 2 * whole(generator, 2, 16), pair(generator, 2, 7)

    deep, (high, wide) = until(draw, lambda drawn: drawn[1][0] != drawn[1][1])
    key = deep + high + wide
    slips = [
        Slip("This is the block as a whole: you multiplied.", (deep * high * wide,)),
        Slip("Down and across there are two lines, not a kernel.", (deep + high * wide,)),
        Slip("You gave each channel lines of its own.", (deep * (high + wide),)),
        Slip("You forgot the line along the channels.", (high + wide,)),
    ]
    return Asked(
        f"One kernel of a flattened layer: a block {deep} channels deep, {high} high and {wide} "
        "wide, made of three lines of numbers. How many weights are in the lines?",
        Number("weights"),
        "sum(line.numel() for line in "
        f"(torch.ones({deep}), torch.ones({high}), torch.ones({wide})))",
        {},
        lambda found: (found,),
        telling((key,), slips),
        settings={"block": (deep, high, wide)},
    )


def variants_size(generator: torch.Generator) -> Asked:
    """Ask for the size of what a column and then a row make."""

    def draw() -> tuple[Pair, Pair]:
        return pair(generator, 12, 40), pair(generator, 2, 7)

    def fair(drawn: tuple[Pair, Pair]) -> bool:
        n, k = drawn
        key = (n[0] - k[0] + 1, n[1] - k[1] + 1)
        return n[0] != n[1] and k[0] != k[1] and key[0] != key[1] and not {*key} & {*n, *k, 1}

    (height, width), (tall, wide) = until(draw, fair)
    key = (height - tall + 1, width - wide + 1)
    slips = [
        Slip(ORDER, key[::-1], whole=True),
        Slip(
            "the column is high and makes fewer rows; the row is wide and makes fewer columns.",
            (height - wide + 1, width - tall + 1),
        ),
        Slip(
            "a kernel that is 1 wide takes no columns away, and one that is 1 high no rows.",
            (key[0] - wide + 1, key[1] - tall + 1),
        ),
        Slip(ONE, (height - tall, width - wide)),
    ]
    return Asked(
        f"A picture of {height} × {width} pixels. A column of {tall} × 1 slides over it, then a "
        f"row of 1 × {wide} over what came out, both without padding. What is the size in the end?",
        Shape(),
        f"F.conv2d(F.conv2d(torch.ones(1, 1, {height}, {width}), torch.ones(1, 1, {tall}, 1)), "
        f"torch.ones(1, 1, 1, {wide})).shape[-2:]",
        {},
        tuple,
        telling(key, slips),
        settings={"n": (height, width), "k": (tall, wide)},
    )


def variants_wrong(generator: torch.Generator) -> Asked:
    """Ask which number keeps a kernel from being a column times a row."""

    def draw() -> tuple[torch.Tensor, Pair, int]:
        lines = (numbers(generator, (1, size), 1, 6)[0] for size in shape)
        at = (whole(generator, 0, shape[0] - 1), whole(generator, 0, shape[1] - 1))
        return torch.outer(*lines), at, one_of(generator, (-3, -2, -1, 1, 2, 3))

    def fair(drawn: tuple[torch.Tensor, Pair, int]) -> bool:
        product, at, off = drawn
        changed = _changed(*drawn)
        extreme = changed[at] in (changed.min(), changed.max()) or changed[at] < 1
        return not extreme and product.unique().numel() > 5 and off != product[at]

    shape = (whole(generator, 3, 4), whole(generator, 4, 5))
    product, at, off = until(draw, fair)
    shown = _changed(product, at, off)
    slips = [
        Slip(
            "This number is only the largest. Divide neighbours instead: in a column times a row "
            "each row is a multiple of each other row.",
            divmod(int(shown.argmax()), shape[1]),
        ),
        Slip(
            "This number is only the smallest. Divide neighbours instead: in a column times a row "
            "each row is a multiple of each other row.",
            divmod(int(shown.argmin()), shape[1]),
        ),
    ]
    left_out = "torch.stack([grid[torch.arange(len(grid)) != at] for at in range(len(grid))])"
    return Asked(
        "This kernel was a column times a row, until one of its numbers was changed. Which one? "
        "Click on it.",
        Cell("kernel"),
        f"[torch.linalg.matrix_rank({left_out}).argmin().item() for grid in (kernel, kernel.T)]",
        {"kernel": shown},
        tuple,
        telling(at, slips),
        (Shown("kernel", shown, "kernel"),),
    )


def _changed(product: torch.Tensor, at: Pair, off: int) -> torch.Tensor:
    changed = product.clone()
    changed[at] += off
    return changed


def variants_rank(generator: torch.Generator) -> Asked:
    """Ask for the rank of a kernel."""

    def draw() -> torch.Tensor:
        rows = numbers(generator, (right + 1, 3), -3, 4)
        if right == 2:
            return rows
        mixed = numbers(generator, (3, right + 1), -2, 2) @ rows
        return mixed[torch.randperm(3, generator=generator)]

    def fair(kernel: torch.Tensor) -> bool:
        rows, columns = kernel.tolist(), kernel.T.tolist()
        if not all(map(any, rows + columns)) or float(kernel.abs().max()) > 9:
            return False
        is_new = are_different(map(tuple, rows)) and are_different(map(tuple, columns))
        return is_new and int(torch.linalg.matrix_rank(kernel)) == right + 1

    right = whole(generator, 0, 2)
    kernel = until(draw, fair)
    low = "Take one row. Is each of the other rows a multiple of it?"
    high = (
        "Look once more for a row that is a multiple of another one, or a mixture of the other two."
    )
    about = {0: low, 1: high if right == 0 else low, 2: high}
    if right == 2:
        about[1] = "Try to mix the last row from the other two: a times the one, b times the other."
    slips = [Slip(about[place], (place,)) for place in range(3) if place != right]
    return Asked(
        "How many products of a column and a row does it take to make this kernel exactly: what is "
        "its rank?",
        Choice(("One: its rank is 1.", "Two: its rank is 2.", "Three: its rank is 3.")),
        "torch.linalg.matrix_rank(kernel)",
        {"kernel": kernel},
        lambda found: (int(found) - 1,),
        tuple(slips),
        (Shown("kernel", kernel, "kernel"),),
    )


def variants_shuffle(generator: torch.Generator) -> Asked:
    """Ask for the order of the channels after a shuffle."""
    g, size = one_of(generator, ((2, 3), (2, 4), (2, 5), (3, 2), (4, 2), (5, 2)))
    row = different_numbers(generator, (1, g * size))
    key = _dealt(row, g)
    groups = row.view(g, size)
    slips = [
        Slip(f"You took groups of {g} channels. There are {g} groups.", row_of(_dealt(row, size))),
        Slip("You began with the last group.", row_of(groups.flip(0).T)),
        Slip("You laid down the last channel of each group first.", row_of(groups.flip(1).T)),
        Slip(
            "You put group behind group. They lay down one channel each, in turn.",
            row_of(groups.flip(0)),
        ),
    ]
    return Asked(
        f"Each of {g * size} channels is a single number here. They are in {g} groups, and then "
        "shuffled: each group lays down one channel in turn. In which order do they lie then?",
        Grid("after the shuffle", 1, g * size),
        f"nn.ChannelShuffle({g})(channels.view(1, {g * size}, 1, 1)).flatten()",
        {"channels": row},
        row_of,
        telling(row_of(key), slips),
        (Shown("channels", row, "input"),),
        {"groups": g},
    )


def _dealt(row: torch.Tensor, groups: int) -> torch.Tensor:
    """Let each group lay down one channel in turn: (1, channels) again."""
    return row.view(groups, -1).T.reshape(1, -1)


@dataclass(frozen=True)
class _Groups:
    """Grouped layers one after the other, with a shuffle between them or without."""

    channels: int
    groups: int
    layers: int
    shuffle: bool

    @property
    def line(self) -> str:
        """The line of PyTorch that counts the outputs that channel 0 reaches."""
        read = f"weight, groups={self.groups}"
        line = f"F.conv2d(channel, {read})"
        for _ in range(self.layers - 1):
            given = f"nn.ChannelShuffle({self.groups})({line})" if self.shuffle else line
            line = f"F.conv2d({given}, {read})"
        return f"{line}.count_nonzero()"

    @property
    def names(self) -> dict[str, torch.Tensor]:
        """Channel 0 is 1, all others 0; each weight is 1."""
        channel = torch.zeros(1, self.channels, 1, 1)
        channel[0, 0] = 1
        weight = torch.ones(self.channels, self.channels // self.groups, 1, 1)
        return {"channel": channel, "weight": weight}

    @property
    def reached(self) -> int:
        """How many output channels read channel 0, however far back."""
        size, reached = self.channels // self.groups, {0}
        for layer in range(self.layers):
            if layer and self.shuffle:
                reached = {at % size * self.groups + at // size for at in reached}
            reached = {at // size * size + of for at in reached for of in range(size)}
        return len(reached)


def variants_reach(generator: torch.Generator) -> Asked:
    """Ask how many outputs one channel reaches through grouped layers."""

    def draw() -> _Groups:
        g = whole(generator, 2, 6)
        channels, layers = g * whole(generator, 2, 6), whole(generator, 2, 3)
        return _Groups(channels, g, layers, bool(whole(generator, 0, 2)))

    def fair(stack: _Groups) -> bool:
        return stack.reached not in (0, stack.channels, stack.groups, stack.layers)

    stack = until(draw, fair)
    size = stack.channels // stack.groups
    other = _Groups(stack.channels, stack.groups, stack.layers, not stack.shuffle).reached
    between = (
        "between the layers the channels are shuffled, one of each group in turn"
        if stack.shuffle
        else "the channels are not shuffled"
    )
    slips = [
        Slip(
            "You left the shuffle out. It lays the channels of a group into several groups."
            if stack.shuffle
            else "So it would be with a shuffle between. Without one the groups never meet.",
            (other,),
        ),
        Slip("You left the groups out: then it would be all.", (stack.channels,)),
        Slip(
            "You added the layers up. Each channel that is reached leads on to a whole group.",
            (stack.layers * size,),
        ),
        Slip("You counted the groups, not the channels.", (stack.groups,)),
    ]
    return Asked(
        f"{stack.channels} channels go through {stack.layers} layers, one after the other, each "
        f"with `groups={stack.groups}` and {stack.channels} channels out; {between}. How many of "
        "the last outputs does input channel 0 reach?",
        Number("channels"),
        stack.line,
        stack.names,
        lambda found: (int(found),),
        telling((stack.reached,), slips),
        settings={"stack": stack},
    )


_Layer = tuple[int, int, Pair, int]  # channels in, channels out, kernel, groups


def variants_order(generator: torch.Generator) -> Asked:
    """Ask which of some kinds has fewer weights."""

    def draw() -> tuple[dict[str, tuple[_Layer, ...]], list[str]]:
        c_in, c_out = (one_of(generator, (16, 32, 48, 64)) for _ in range(2))
        kinds = _kinds(c_in, c_out, one_of(generator, (3, 5, 7)), one_of(generator, (2, 4, 8)))
        return kinds, shuffled(generator, list(kinds))[:3]

    def fair(drawn: tuple[dict[str, tuple[_Layer, ...]], list[str]]) -> bool:
        kinds, names = drawn
        counts = [_weights(kinds[name]) for name in names]
        return are_different(counts) and counts != sorted(counts)

    kinds, names = until(draw, fair)
    picked = [kinds[name] for name in names]
    (c_in, c_out, (k, _), _), *_ = kinds["plain"]
    key = places_in_order([_weights(layers) for layers in picked])
    slips = [
        Slip("You began with the kind that has most weights.", key[::-1]),
        Slip(
            "You went by the number of layers. Several cheap ones can have less than one.",
            places_in_order([len(layers) for layers in picked]),
        ),
        Slip(GROUPS, places_in_order([_weights(layers, 1) for layers in picked])),
        Slip(
            "You multiplied the weights of the parts. They follow one another: add.",
            places_in_order([prod(_weights((layer,)) for layer in layers) for layers in picked]),
        ),
    ]
    built = ", ".join(str(layers) for layers in picked)
    return Asked(
        f"{c_in} channels in, {c_out} out, kernels of {k} × {k}, no bias; in a spatially separable "
        f"layer {c_out} channels between. Put these kinds in order by their weights.",
        Order(tuple(names), "fewest weights", "most weights"),
        '[sum(nn.Conv2d(i, o, k, groups=g, bias=False, device="meta").weight.numel()'
        " for i, o, k, g in layers)"
        f" for layers in ({built})]",
        {},
        places_in_order,
        telling(key, slips),
        settings={"kinds": picked},
    )


def _kinds(c_in: int, c_out: int, k: int, g: int) -> dict[str, tuple[_Layer, ...]]:
    one = (1, 1)
    down, across = (k, 1), (1, k)
    return {
        "plain": ((c_in, c_out, (k, k), 1),),
        f"grouped, groups={g}": ((c_in, c_out, (k, k), g),),
        "depthwise separable": ((c_in, c_in, (k, k), c_in), (c_in, c_out, one, 1)),
        "pointwise (1 × 1)": ((c_in, c_out, one, 1),),
        "spatially separable": ((c_in, c_out, down, 1), (c_out, c_out, across, 1)),
        "flattened": (
            (c_in, c_out, one, 1),
            (c_out, c_out, down, c_out),
            (c_out, c_out, across, c_out),
        ),
    }


def _weights(layers: tuple[_Layer, ...], groups: int | None = None) -> int:
    """Count the weights of some layers, as they are or with other groups."""
    return sum(c_in * c_out * prod(k) // (groups or g) for c_in, c_out, k, g in layers)


VARIANTS: dict[str, Draw] = {
    "variants_size": variants_size,
    "variants_wrong": variants_wrong,
    "variants_rank": variants_rank,
    "variants_separable": variants_separable,
    "variants_lines": variants_lines,
    "variants_groups": variants_groups,
    "variants_reach": variants_reach,
    "variants_shuffle": variants_shuffle,
    "variants_order": variants_order,
    "variants_work": variants_work,
}
