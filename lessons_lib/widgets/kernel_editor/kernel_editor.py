"""A grid of numbers in which the reader edits a kernel: type, drag, press keys, choose a preset.

The kernel lives in Python, in the trait `values`. The browser asks for each change by a message and
sends the next one when the last is answered. It does not set `values` itself: ipywidgets holds such
a change back while an earlier one is on its way, but sends messages at once, so that a click on
"flip" could overtake the number typed before it.

    browser -> Python   {type: "edit", row, column, value, gesture}   one cell; a gesture = one undo
                        {type: "preset", name}
                        {type: "resize", rows} or {type: "resize", columns}
                        {type: "normalise" | "flip" | "transpose" | "undo"}
                        each with a token
    Python  -> browser  the traits; `answered` becomes the token, in the same message as `values`
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import torch
import torch.nn.functional as F
import traitlets
from torch import Tensor

from lessons_lib.geometry.arguments import is_real, is_whole
from lessons_lib.kernels import NAMED_KERNELS, named_kernel
from lessons_lib.visualization.colours import colour_table
from lessons_lib.widgets.shared.page import joined_modules, joined_styles

LARGEST = 7
"""Rows and columns at most: what fits beside a picture and can still be read."""

UNDO_STEPS = 100

PRESETS = {
    "identity": "identity",
    "box": "box",
    "gaussian": "Gaussian",
    "sharpen": "sharpen",
    "emboss": "emboss",
    "sobel_x": "Sobel x",
    "sobel_y": "Sobel y",
    "laplacian": "Laplacian",
    "laplacian_8": "Laplacian, 8 neighbours",
    "random": "random",
}
"""What the kernels of `named_kernel` are called on the screen, and "random"."""

_ANY_SIZE = ("identity", "box", "gaussian")
_NEARLY_ZERO = 1e-9
_ROUNDING = 1e-6  # a float32 box of 1/9 sums to 1 but for this
_FLOAT32_LARGEST = torch.finfo(torch.float32).max


Values = list[list[float]]


# ---------------------------------------------------------------------------- pure functions


def checked_values(values: Tensor | Sequence[Sequence[float]]) -> Values:
    """Make sure that these are the numbers of a kernel, and give them as rows of floats.

    Args:
        values: (rows, columns), each 1 to 7; finite numbers, also in float32.

    Returns:
        A new list of rows; -0.0 has become 0.0.

    Raises:
        ValueError: the rows are no such grid, or a number is not finite.

    Example:
        >>> checked_values([[1, 2, 3]])
        [[1.0, 2.0, 3.0]]
    """
    rows = values.tolist() if isinstance(values, Tensor) else values
    if not _is_list(rows) or not all(_is_list(row) for row in rows):
        raise ValueError(f"`values` (={values!r}) must be a list of rows, each a list of numbers.")
    if not 1 <= len(rows) <= LARGEST:
        raise ValueError(f"`values` has {len(rows)} rows; a kernel here has 1 to {LARGEST}.")
    lengths = [len(row) for row in rows]
    if len(set(lengths)) > 1:
        raise ValueError(f"`values` has rows of lengths {lengths}; all rows must be equally long.")
    if not 1 <= lengths[0] <= LARGEST:
        raise ValueError(f"`values` has {lengths[0]} columns; a kernel here has 1 to {LARGEST}.")
    return [
        [_checked_number(number, f"values[{r}][{c}]") for c, number in enumerate(row)]
        for r, row in enumerate(rows)
    ]


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _checked_number(number: object, name: str) -> float:
    if not is_real(number):
        raise ValueError(f"`{name}` (={number!r}) must be a number.")
    try:
        value = float(number)
    except OverflowError:
        value = math.inf
    if not abs(value) <= _FLOAT32_LARGEST:  # also true for NaN
        raise ValueError(f"`{name}` (={number!r}) must be finite, also in float32.")
    return value + 0.0


def resized(kernel: Tensor, rows: int, columns: int) -> Tensor:
    """Give a kernel more or fewer rows and columns around the same middle; new numbers are 0.

    The middle of n rows is row (n - 1) // 2, the one that lies on the output's place under
    torch's `padding="same"`. It stays the middle, so going from 3 to 4 to 5 rows is the same as
    going from 3 to 5, and an identity stays an identity.

    Args:
        kernel: (kh, kw).
        rows: 1 to 7.
        columns: 1 to 7.

    Returns:
        (rows, columns), the same dtype.

    Raises:
        ValueError: `rows` or `columns` is not a whole number from 1 to 7.

    Example:
        >>> resized(torch.tensor([[1, 2, 3]]), 1, 5).tolist()
        [[0, 1, 2, 3, 0]]
    """
    for name, size in (("rows", rows), ("columns", columns)):
        if not is_whole(size) or not 1 <= size <= LARGEST:
            raise ValueError(f"`{name}` (={size!r}) must be a whole number from 1 to {LARGEST}.")
    pads = []  # before and after, columns first, as F.pad wants them; negative: cut off
    for old, new in ((kernel.shape[1], columns), (kernel.shape[0], rows)):
        before = (new - 1) // 2 - (old - 1) // 2
        pads += [before, new - old - before]
    return F.pad(kernel, pads)


def flipped(kernel: Tensor) -> Tensor:
    """Turn a kernel by 180°: the difference between cross-correlation and convolution.

    Args:
        kernel: (kh, kw).

    Returns:
        (kh, kw), the last number first.

    Example:
        >>> flipped(torch.tensor([[1, 2, 3]])).tolist()
        [[3, 2, 1]]
    """
    return kernel.flip(0, 1)


def normalised(kernel: Tensor) -> tuple[Tensor, str]:
    """Divide a kernel by its sum, so that a flat picture keeps its brightness.

    Where the sum is 0, as in edge detectors, it is divided by the sum of the absolute values.

    Args:
        kernel: (kh, kw), floating point.

    Returns:
        The kernel (kh, kw), and what was done, in words.

    Raises:
        ValueError: nothing can be divided: all numbers are 0, or the sum is 1 already.

    Example:
        >>> normalised(torch.tensor([[1.0, 3.0]]))[0].tolist()
        [[0.25, 0.75]]
    """
    total, size = float(kernel.sum()), float(kernel.abs().sum())
    if size == 0:
        raise ValueError("Nothing to divide by: all numbers are 0.")
    if abs(total) >= _NEARLY_ZERO:
        if abs(total - 1) < _ROUNDING:
            raise ValueError("The sum is 1 already.")
        return kernel / total, f"Divided by the sum, {_text(total)}."
    if abs(size - 1) < _ROUNDING:
        raise ValueError("The sum is 0, and the absolute values add up to 1 already.")
    return kernel / size, f"The sum is 0: divided by the sum of the absolute values, {_text(size)}."


def preset_kernel(name: str, rows: int, columns: int, seed: int = 0) -> Tensor:
    """Give a kernel by its name, in the present size where it exists in that size.

    Args:
        name: one of PRESETS.
        rows: of the present kernel.
        columns: of the present kernel.
        seed: for "random"; torch's own random state is left as it was.

    Returns:
        float32: "random" (rows, columns), normally distributed; "identity", "box" and "gaussian"
        (rows, rows) where rows = columns, and odd for "identity"; everything else (3, 3).

    Raises:
        ValueError: the name is unknown.
    """
    if name not in PRESETS:
        raise ValueError(f"`name` (={name!r}) must be one of {', '.join(PRESETS)}.")
    if name == "random":
        return torch.randn(rows, columns, generator=torch.Generator().manual_seed(seed))
    fits = rows == columns and name in _ANY_SIZE and (name != "identity" or rows % 2 == 1)
    return named_kernel(name, rows if fits else 3)


def preset_name(kernel: Tensor) -> str:
    """Say which preset this kernel is, in float32, or "".

    Args:
        kernel: (kh, kw).

    Returns:
        One of NAMED_KERNELS or "".

    Example:
        >>> preset_name(torch.tensor([[0, 1, 0], [1, -4, 1], [0, 1, 0]]))
        'laplacian'
    """
    rows, columns = kernel.shape
    single = kernel.float()
    names = (n for n in NAMED_KERNELS if torch.equal(preset_kernel(n, rows, columns), single))
    return next(names, "")


def _text(number: float) -> str:
    return f"{round(number, 3):g}".replace("-", "−")


# ---------------------------------------------------------------------------- the widget


class _KernelValues(traitlets.TraitType[Any, Any]):
    """The rows of a kernel; what is no kernel is refused with a sentence that says why."""

    info_text = f"1 to {LARGEST} rows of 1 to {LARGEST} finite numbers"

    def validate(self, obj: Any, value: Any) -> Values:
        try:
            return checked_values(value)
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from None


class KernelEditor(anywidget.AnyWidget):
    """A grid in which the reader edits a kernel of 1 x 1 to 7 x 7 numbers.

    Args:
        values: the kernel, rows of numbers or a tensor (kh, kw); the 3 x 3 identity if left out.
        seed: "random" draws with this seed, then with the next one, and so on.
        patience: seconds without an answer after which the kernel is said not to answer.

    Traits:
        values: the kernel; always a new list, so observe it and assign it, do not change it inside.
        can_undo: whether there is a step to take back; changes made in Python count as steps too.
        preset: name of the preset that `values` are at this moment, or "".
        message: what the last step did, or why it did nothing; one sentence beside the grid.

    Example:
        >>> editor = KernelEditor(values=[[-1, 0, 1]])
        >>> editor.observe(lambda change: print(change.new), names="values")
        >>> editor.values = [[1, 0, -1]]
        [[1.0, 0.0, -1.0]]
    """

    # as text: of a path anywidget keeps one object for all, which holds every widget for good
    _esm = joined_modules("kernel_editor/kernel_editor.js")
    _css = joined_styles("kernel_editor/kernel_editor.css")

    values = _KernelValues().tag(sync=True)
    can_undo = traitlets.Bool(False).tag(sync=True)
    preset = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    answered = traitlets.Unicode("").tag(sync=True)
    patience = traitlets.Float(10.0).tag(sync=True)
    presets = traitlets.List([list(item) for item in PRESETS.items()]).tag(sync=True)
    table = traitlets.Bytes(colour_table("signed")).tag(sync=True)

    def __init__(self, values: Any = None, *, seed: int = 0, **traits: Any) -> None:
        self._history: list[Values] = []
        self._gesture: str | None = None  # whose changes so far are the newest step
        self._source: str | None = None  # the gesture that is changing `values` right now
        self._undoing = False
        self._stepping = False  # in a step of the reader, which has set its own message
        self._seed = seed
        self._on_crash: Callable[[Exception], None] | None = None
        super().__init__(values=named_kernel("identity") if values is None else values, **traits)
        self.preset = preset_name(self.kernel)
        self.observe(self._note_change, names="values")

    @property
    def kernel(self) -> Tensor:
        """The numbers as a tensor (kh, kw) of float64, new each time."""
        return torch.tensor(self.values, dtype=torch.float64)

    def on_crash(self, callback: Callable[[Exception], None]) -> None:
        """Say who is told of an unexpected exception after a step of the reader.

        Such exceptions come from callbacks that observe `values`. Without this the exception is
        named in `message` and raised again; in a running kernel that reaches only the log.

        Args:
            callback: takes the exception.
        """
        self._on_crash = callback

    def undo(self) -> bool:
        """Take the newest step back.

        Returns:
            Whether there was one.
        """
        if not self._history:
            return False
        before = self._history.pop()
        self._gesture = None
        self._undoing = True
        try:
            self.values = before
        finally:
            self._undoing = False
        return True

    def _note_change(self, change: Any) -> None:
        if not self._undoing:
            self._remember(change.old, change.new)
        if not self._stepping:
            self.message = ""
        self.can_undo = bool(self._history)
        self.preset = preset_name(self.kernel)

    def _remember(self, old: Values, new: Values) -> None:
        if self._source is None or self._source != self._gesture:
            self._history.append([list(row) for row in old])
            del self._history[:-UNDO_STEPS]
            self._gesture = self._source
        elif self._history and self._history[-1] == new:
            self._history.pop()  # the gesture came back to where it began: no step at all
            self._gesture = None

    # ------------------------------------------------------------------------ messages

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take traits that a browser has set; a bad kernel becomes a sentence, and is not used."""
        try:
            if "values" in sync_data:
                checked_values(sync_data["values"])
        except ValueError as problem:
            self.message = f"Not used: {problem}"
            self.send_state("values")  # the browser goes back to the kernel that holds
            sync_data = {name: value for name, value in sync_data.items() if name != "values"}
        super().set_state(sync_data)

    # Not through on_msg: ipywidgets swallows what a callback registered there raises.
    def _handle_custom_msg(self, content: Any, buffers: list[Any]) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind not in ("edit", "preset", "resize", "normalise", "flip", "transpose", "undo"):
            super()._handle_custom_msg(content, buffers)
            return
        # One message for all that changes: the browser sees the numbers with the answer.
        with self.hold_sync():
            self._stepping = True
            try:
                self._take(kind, content)
            except Exception as error:
                if self._on_crash is None:
                    self.message = f"An error: {type(error).__name__}: {error}"
                    raise
                self._on_crash(error)
            finally:
                self._stepping = False
                self.answered = str(content.get("token", ""))

    def _take(self, kind: str, content: dict[str, Any]) -> None:
        """Do one step that the browser asks for; what cannot be done becomes the message."""
        if kind == "undo":
            self.message = "One step taken back." if self._history else "There is no step before."
            self.undo()
            return
        try:
            kernel, said = self._step(kind, content)
            values = checked_values(kernel)
        except ValueError as problem:
            self.message = str(problem)
            return
        same = kind != "edit" and values == self.values
        self.message = f"{said} The kernel stays the same." if same else said
        self._source = str(content.get("gesture")) if kind == "edit" else None
        try:
            self.values = values
        finally:
            self._source = None

    def _step(self, kind: str, content: dict[str, Any]) -> tuple[Any, str]:
        """Give the kernel after a step, and what the step did, in words."""
        kernel = self.kernel
        rows, columns = kernel.shape
        if kind == "edit":
            return self._edited(content), ""
        if kind == "resize":
            new = resized(kernel, content.get("rows", rows), content.get("columns", columns))
            return new, f"Now {new.shape[0]} × {new.shape[1]}, around the same middle."
        if kind == "flip":
            return flipped(kernel), "Turned by 180°."
        if kind == "transpose":
            return kernel.T, f"Rows and columns swapped: {columns} × {rows}."
        if kind == "normalise":
            return normalised(kernel)
        name = str(content.get("name"))
        new = preset_kernel(name, rows, columns, self._seed)
        size = f"{new.shape[0]} × {new.shape[1]}"
        if name == "random":
            self._seed += 1
            return new, f"Random numbers, {size}, seed {self._seed - 1}."
        return new, f"{PRESETS[name]}, {size}.".capitalize()

    def _edited(self, content: dict[str, Any]) -> Any:
        row: Any = content.get("row")
        column: Any = content.get("column")
        values: Any = checked_values(self.values)  # a copy
        try:
            if min(row, column) < 0:
                raise IndexError
            values[row][column] = content.get("value")
        except (IndexError, TypeError):
            rows, columns = len(values), len(values[0])
            raise ValueError(
                f"Not used: there is no row {row}, column {column} in a kernel of "
                f"{rows} × {columns}."
            ) from None
        return values
