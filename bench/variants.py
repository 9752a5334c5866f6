"""What is compared: one row per way to answer a slider, each a cell of the same notebook.

A new lab is one more line in `LABS`. Every variant gets a slider of 32 values and the same width,
so that a drag asks the same of all of them: `even_out` sets the range of a lab's own slider.
"""

from dataclasses import dataclass, replace
from typing import Literal

VALUES = 32

SETUP = '''
import io

import ipywidgets as widgets
import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

photo = np.asarray(Image.open("lena.png").convert("RGB"))
image = torch.from_numpy(photo / np.float32(255)).permute(2, 0, 1)[None]  # [1, 3, 512, 512]
kernel = torch.tensor([[1.0, 2, 1], [0, 0, 0], [-1, -2, -1]]).expand(1, 3, 3, 3) / 3


def conv(dilation):
    with torch.inference_mode():
        return F.conv2d(image, kernel, dilation=dilation)[0, 0]  # [512 - 2d, 512 - 2d]


def slider():
    return widgets.IntSlider(value=2, min=1, max=32, description="dilation")


def even_out(root, css_class, low, high):
    """Give the slider of a control the range `low` to `high`."""

    def below(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from below(child)

    for control in below(root):
        if css_class in control._dom_classes:
            for widget in below(control):
                if isinstance(widget, widgets.IntSlider):
                    with widget.hold_trait_notifications():
                        widget.min, widget.max = low, high
                    return
    raise LookupError(f"no IntSlider in a control of class {css_class!r}")
'''

FLOOR = """
label = widgets.HTML("2")
label.add_class("bench-label")
control = slider()
control.observe(lambda change: setattr(label, "value", str(change.new)), "value")
widgets.VBox([control, label])
"""

# Photo and output side by side, as a lab shows them.
INTERACT = """
def show(dilation):
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5))
    left.imshow(photo)
    right.imshow(conv(dilation), cmap="gray")
    plt.show()


_ = widgets.interact(show, dilation=slider())
"""

INTERACT_OUTPUT_ONLY = """
def show_output(dilation):
    figure, axes = plt.subplots()
    axes.imshow(conv(dilation), cmap="gray")
    plt.show()


_ = widgets.interact(show_output, dilation=slider())
"""

IMAGE_PNG = """
def png(dilation):
    output = conv(dilation)
    low, high = output.min(), output.max()
    grey = (255 * (output - low) / (high - low)).byte().numpy()
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG", compress_level=1)
    return file.getvalue()


picture = widgets.Image(value=png(2), format="png")
control = slider()
control.observe(lambda change: setattr(picture, "value", png(change.new)), "value")
widgets.VBox([control, picture])
"""


@dataclass(frozen=True)
class Variant:
    """One way to answer a slider.

    Attributes:
        name: its key in latest.json.
        title: its name in the table.
        shows: what changes on the page: a label with class `bench-label`, a picture, or a stage
            that tells of its frames with `lesson-drawn`.
        source: the cell; its output holds the slider and what it changes.
        control: class of the element that holds the slider; empty where there is but one.
        start: the value at which a series of key presses begins.
        low: the slider's first value; the last one is `low + VALUES - 1`.
        role: `lab` takes part in lab_ms and the drag's figures, `heavy` has targets of its own.
        after: a cell that runs after `source`, to make the sliders alike.
    """

    name: str
    title: str
    shows: Literal["label", "image", "stage"]
    source: str
    control: str = ""
    start: int = 2
    low: int = 1
    role: Literal["yardstick", "lab", "heavy"] = "yardstick"
    after: str = ""

    @property
    def handle(self) -> str:
        """The CSS selector of the slider's handle inside the cell."""
        return f".{self.control} .noUi-handle" if self.control else ".noUi-handle"


def lab(
    name: str,
    title: str,
    call: str,
    parameter: str,
    start: int,
    low: int = 1,
    role: Literal["lab", "heavy"] = "lab",
) -> Variant:
    """Describe a lab as a variant.

    Args:
        name: its key in latest.json.
        title: its name in the table.
        call: the line that makes it, e.g. `stride_lab(stride=2)`.
        parameter: the control that is moved, e.g. `stride`.
        start: the value at which key presses begin, and the one that `call` sets.
        low: the first value of the 32 that the slider is given.
        role: see `Variant`.
    """
    maker = call.partition("(")[0]
    control = f"lesson-control-{parameter}"
    source = f"from lessons_lib.widgets import {maker}\n\n{name} = {call}\n{name}"
    after = f"even_out({name}, {control!r}, {low}, {low + VALUES - 1})"
    return Variant(name, title, "stage", source, control, start, low, role, after)


YARDSTICKS = (
    Variant("floor", "slider -> HTML label (the floor)", "label", FLOOR),
    Variant("interact", "interact + matplotlib figure", "image", INTERACT),
    Variant("interact_output_only", "the same, output only", "image", INTERACT_OUTPUT_ONLY),
    Variant("image_png", "widgets.Image with PNG", "image", IMAGE_PNG),
)

LABS = (
    lab("stride", "stride_lab", "stride_lab(stride=2)", "stride", 2),
    lab("dilation", "dilation_lab", "dilation_lab(dilation=2)", "dilation", 2),
    lab(
        "padding_100",
        "padding_lab, 100 reflect",
        'padding_lab(padding=100, padding_mode="reflect")',
        "padding",
        start=100,
        low=84,
    ),
    lab(
        "transposed",
        "transposed_lab, stride 2",
        "transposed_lab(stride=2, padding=2)",
        "padding",
        start=2,
    ),
    lab("stride_game", "stride_game, level 1", "stride_game(stride=2)", "stride", 2),
    lab("shift", "shift_lab, max pooling", "shift_lab(shift=2)", "shift", 2),
    lab("pooling", "pooling_lab, max", "pooling_lab(kernel_size=2)", "kernel_size", 2),
    lab("fcn_shapes", "fcn_shapes_lab", "fcn_shapes_lab(height=310)", "height", 310, low=300),
    lab(
        "look_inside", "look_inside_lab, conv5", "look_inside_lab(layer=5, channel=2)", "channel", 2
    ),
    lab(
        "segmentation",
        "segmentation_lab, trained",
        'segmentation_lab(start="trained", scene=2)',
        "scene",
        2,
    ),
    lab("separable", "separable_lab, 7 × 7", "separable_lab(named='random_7x7')", "rank", 2),
    lab(
        "padding_512",
        "padding_lab, 512 circular",
        'padding_lab(padding=512, padding_mode="circular")',
        "padding",
        start=512,
        low=512 - VALUES + 1,
        role="heavy",
    ),
)

VARIANTS = YARDSTICKS + LABS

# They answer ahead of the hand in time for every move; one state of the first four is small.
SMOOTH = ("stride", "dilation", "transposed", "pooling")
AHEAD = (*SMOOTH, "padding_100")


def without_shelf(variant: Variant) -> Variant:
    """Describe the same lab with nothing put on the page's shelf."""
    call, _, shown = variant.source.rpartition("\n")
    source = f"{call.removesuffix(')')}, ahead=False)\n{shown}"
    return replace(variant, name=f"{variant.name}_without_shelf", source=source)
