"""The layers that the text of a question describes, read from its words alone."""

from __future__ import annotations

import ast
import re
from typing import Any

import torch
from torch import nn

from lessons_lib.practice.questions import Asked
from lessons_lib.practice.questions.kinds import Choice, Order

NUMBER, PAIR = r"(\d+)(?! ×)", r"(\d+) × (\d+)"
KERNELS = (rf"kernel of {PAIR}", rf"{PAIR} kernel", rf"kernel of {NUMBER}")
PICTURES = (rf"(\d+) frames, each of {PAIR} pixels", rf"{PAIR} pixels", rf"row of {NUMBER} pixels")
KNOWN = {"kernel_size", "stride", "padding", "dilation", "padding_mode", "output_padding"}
WORDS = {"stride": r"stride (\d+)", "padding": r"padded by (\d+)"}
Size = tuple[int, ...]


def first_found(patterns: tuple[str, ...], text: str) -> Size | None:
    """The numbers of the first pattern that is found."""
    found = next((match for each in patterns if (match := re.search(each, text))), None)
    return found and tuple(map(int, found.groups()))


def codes_in(asked: Asked) -> list[str]:
    """The code in a text, and each thing to be put in order."""
    items = asked.kind.items if isinstance(asked.kind, Order) else ()
    options = asked.kind.options if isinstance(asked.kind, Choice) else ()
    return [*re.findall(r"`([^`]+)`", asked.text), *items, *(each.strip("`") for each in options)]


def shown_size(asked: Asked, role: str) -> Size | None:
    """Rows and columns of the first grid or photo of a role."""
    sizes = (tuple(each.values.shape[-2:]) for each in asked.shown if each.role == role)
    return next(sizes, None)


def described(asked: Asked) -> list[tuple[nn.Module, Size | None]]:
    """The layers that are told of, each with the size of its picture.

    Raises:
        RuntimeError, ValueError: torch refuses to make one.
    """
    picture = first_found(PICTURES, asked.text) or shown_size(asked, "input")
    calls = [call for code in codes_in(asked) if (call := parsed(code)) is not None]
    layers = [made(call) for call in calls if call.args]
    if not layers:
        settings = [named(call) for call in calls if KNOWN & named(call).keys()]
        layers = told_in_words(asked, picture, settings)
    return [(layer, picture if slides_in(layer, picture) else None) for layer in layers]


def parsed(code: str) -> ast.Call | None:
    """`nn.Conv2d(3, 8, 3)`, `Conv2d(3, 8, 3)` or `kernel_size=3, stride=2` as a call."""
    name = r"(?:nn\.)?(Conv(?:Transpose)?[123]d|MaxPool2d|AvgPool2d)"
    text = code if re.match(rf"{name}\(", code) else f"settings({code})"
    try:
        tree = ast.parse(text, mode="eval").body
    except SyntaxError:
        return None
    if not isinstance(tree, ast.Call):
        return None
    return tree if text == code or (tree.keywords and not tree.args) else None


def named(call: ast.Call) -> dict[str, Any]:
    return {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}


def made(call: ast.Call) -> nn.Module:
    kind = ast.unparse(call.func).removeprefix("nn.")
    device = {"device": "meta"} if kind.startswith("Conv") else {}
    arguments = [ast.literal_eval(each) for each in call.args]
    layer: nn.Module = getattr(nn, kind)(*arguments, **named(call), **device)
    return layer


def slides_in(layer: nn.Module, picture: Size | None) -> bool:
    return picture is not None and str(len(picture)) in type(layer).__name__


def told_in_words(
    asked: Asked, picture: Size | None, settings: list[dict[str, Any]]
) -> list[nn.Module]:
    """Those told by settings: each thing to be put in order is a layer, else all belong to one."""
    found = ((name, re.search(each, asked.text)) for name, each in WORDS.items())
    words: dict[str, Any] = {name: int(match[1]) for name, match in found if match}
    kernel = first_found(KERNELS, asked.text) or shown_size(asked, "kernel")
    if kernel is not None:
        words["kernel_size"] = kernel if len(kernel) > 1 else kernel[0]
    one = {name: value for each in settings for name, value in each.items()}
    each_layer = settings if isinstance(asked.kind, Order) else [one]
    plain = nn.Conv1d if picture is not None and len(picture) == 1 else nn.Conv2d
    kind = nn.ConvTranspose2d if "painted" in asked.text else plain
    return [
        kind(1, 1, **{"kernel_size": 1, **words, **each}, device="meta")
        for each in each_layer
        if words or each
    ]


def is_taken(layer: nn.Module, picture: Size | None) -> bool:
    """Whether torch lays the layer on its picture; without a picture there is nothing to refuse."""
    if picture is None:
        return True
    channels = getattr(layer, "in_channels", 1)
    device = "meta" if hasattr(layer, "in_channels") else "cpu"
    try:
        layer(torch.empty(1, channels, *picture, device=device))
    except (RuntimeError, ValueError):
        return False
    return True
