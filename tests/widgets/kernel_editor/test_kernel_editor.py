"""The kernel editor without a browser: every step with kernels that show a flip or a swap."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import traitlets

from lessons_lib.kernels import NAMED_KERNELS, named_kernel
from lessons_lib.visualization.colours import colour_table
from lessons_lib.widgets.kernel_editor.kernel_editor import (
    PRESETS,
    UNDO_STEPS,
    KernelEditor,
    checked_values,
    flipped,
    normalised,
    preset_kernel,
    preset_name,
    resized,
)

TWO_BY_THREE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
NINE = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]


def step(editor: KernelEditor, kind: str, **content: Any) -> None:
    """Take a message as the browser sends it."""
    editor._handle_custom_msg({"type": kind, "token": f"token of {kind}", **content}, [])


def edit(editor: KernelEditor, row: Any, column: Any, value: Any, gesture: str = "g") -> None:
    step(editor, "edit", row=row, column=column, value=value, gesture=gesture)


@pytest.fixture
def editor() -> KernelEditor:
    return KernelEditor(values=TWO_BY_THREE)


# ---------------------------------------------------------------------------- values


def test_the_kernel_is_the_identity_unless_said_otherwise() -> None:
    assert KernelEditor().values == named_kernel("identity").tolist()


@pytest.mark.parametrize("values", [((1, 2, 3), (4, 5, 6)), torch.tensor(TWO_BY_THREE)], ids=type)
def test_tuples_whole_numbers_and_tensors_become_rows_of_floats(values: Any) -> None:
    editor = KernelEditor(values=values)
    assert editor.values == TWO_BY_THREE
    assert all(type(number) is float for row in editor.values for number in row)
    assert editor.kernel.dtype == torch.float64


def test_minus_zero_becomes_zero() -> None:
    assert math.copysign(1, checked_values([[-0.0]])[0][0]) == 1


BAD = [
    ([], "0 rows"),
    ([[]], "0 columns"),
    ([[1.0]] * 8, "8 rows"),
    ([[1.0] * 8], "8 columns"),
    ([[1, 2], [3]], r"lengths \[2, 1\]"),
    ([1, 2], "list of rows"),
    ("12", "list of rows"),
    (None, "list of rows"),
    (torch.tensor(3.0), "list of rows"),
    ([[1, math.nan]], r"values\[0\]\[1\]` \(=nan\)"),
    ([[1], [-math.inf]], r"values\[1\]\[0\]` \(=-inf\)"),
    ([[1e39]], "finite, also in float32"),
    ([[10**400]], "finite"),
    ([["1"]], r"values\[0\]\[0\]` \(='1'\) must be a number"),
    ([[True]], "must be a number"),
    ([[None]], "must be a number"),
]


@pytest.mark.parametrize(("values", "said"), BAD, ids=str)
def test_bad_values_are_refused_with_their_name(values: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        checked_values(values)
    editor = KernelEditor(values=TWO_BY_THREE)
    with pytest.raises(traitlets.TraitError, match=said):
        editor.values = values
    assert editor.values == TWO_BY_THREE
    assert not editor.can_undo


@pytest.mark.parametrize("values", [[[1, math.nan]], [[1], [2, 3]], "text", None, []], ids=str)
def test_bad_values_set_by_a_browser_are_a_sentence(editor: KernelEditor, values: Any) -> None:
    editor.set_state({"values": values, "patience": 3.0})
    assert editor.values == TWO_BY_THREE
    assert editor.message.startswith("Not used: `values")
    assert editor.patience == 3.0


def test_good_values_set_by_a_browser_are_a_step(editor: KernelEditor) -> None:
    editor.set_state({"values": [[7]]})
    assert (editor.values, editor.can_undo) == ([[7.0]], True)


def test_the_list_that_was_given_can_change_without_the_kernel() -> None:
    given = [[1.0, 2.0]]
    editor = KernelEditor(values=given)
    given[0][0] = 9.0
    assert editor.values == [[1.0, 2.0]]


# ---------------------------------------------------------------------------- resizing


@pytest.mark.parametrize(
    ("values", "rows", "columns", "expected"),
    [
        ([[1, 2, 3]], 1, 5, [[0, 1, 2, 3, 0]]),
        ([[1, 2, 3]], 1, 4, [[1, 2, 3, 0]]),
        ([[1, 2]], 1, 3, [[0, 1, 2]]),
        ([[1, 2]], 1, 4, [[0, 1, 2, 0]]),
        ([[1, 2, 3, 4, 5]], 1, 3, [[2, 3, 4]]),
        ([[1, 2, 3]], 1, 2, [[2, 3]]),
        ([[1, 2, 3, 4]], 1, 1, [[2]]),
        ([[1], [2], [3]], 5, 1, [[0], [1], [2], [3], [0]]),
        (TWO_BY_THREE, 3, 1, [[0], [2], [5]]),
        (TWO_BY_THREE, 1, 5, [[0, 1, 2, 3, 0]]),
    ],
)
def test_resizing_keeps_the_middle(
    values: Any, rows: int, columns: int, expected: list[list[float]]
) -> None:
    assert resized(torch.tensor(values), rows, columns).tolist() == expected


@pytest.mark.parametrize("size", range(1, 8))
def test_the_middle_is_the_one_of_padding_same(size: int) -> None:
    grown = resized(torch.ones(1, 1), size, 8 - size)
    picture = torch.arange(54.0).reshape(1, 1, 6, 9)
    out = F.conv2d(F.pad(picture, same_padding(8 - size) + same_padding(size)), grown[None, None])
    assert torch.equal(out, picture)


def same_padding(size: int) -> list[int]:
    return [(size - 1) // 2, size // 2]


def test_growing_step_by_step_and_shrinking_again_moves_nothing() -> None:
    kernel = torch.tensor(NINE)
    for size in (4, 5, 6, 7):
        kernel = resized(kernel, size, size)
    assert torch.equal(kernel, resized(torch.tensor(NINE), 7, 7))
    for size in (6, 5, 4, 3):
        kernel = resized(kernel, size, size)
    assert kernel.tolist() == NINE


@pytest.mark.parametrize("size", [0, 8, -1, 2.0, "3", None, True, [1]], ids=str)
def test_a_size_that_cannot_be_is_a_sentence(editor: KernelEditor, size: Any) -> None:
    step(editor, "resize", columns=size)
    assert editor.message.startswith(f"`columns` (={size!r})")
    assert editor.values == TWO_BY_THREE


def test_rows_alone_leave_the_columns(editor: KernelEditor) -> None:
    step(editor, "resize", rows=1)
    assert editor.values == [[1.0, 2.0, 3.0]]
    assert editor.message == "Now 1 × 3, around the same middle."


# ---------------------------------------------------------------------------- other operations


def test_flip_turns_by_180_degrees(editor: KernelEditor) -> None:
    step(editor, "flip")
    assert editor.values == [[6, 5, 4], [3, 2, 1]]
    assert flipped(flipped(torch.tensor(NINE))).tolist() == NINE


def test_transpose_swaps_rows_and_columns(editor: KernelEditor) -> None:
    step(editor, "transpose")
    assert editor.values == [[1, 4], [2, 5], [3, 6]]
    assert editor.message == "Rows and columns swapped: 3 × 2."


@pytest.mark.parametrize(
    ("values", "expected", "said"),
    [
        ([[1, 3]], [[0.25, 0.75]], "Divided by the sum, 4."),
        ([[-1, -3]], [[0.25, 0.75]], "Divided by the sum, −4."),
        ([[-1, 2, 1]], [[-0.5, 1, 0.5]], "Divided by the sum, 2."),
        ([[-1, 0, 1]], [[-0.5, 0, 0.5]], "The sum is 0: divided by the sum of the absolute"),
        ([[1e-12]], [[1]], "The sum is 0"),
    ],
)
def test_normalise(values: Any, expected: Any, said: str) -> None:
    editor = KernelEditor(values=values)
    step(editor, "normalise")
    assert editor.values == expected
    assert editor.message.startswith(said)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([[0, 0]], "all numbers are 0"),
        (named_kernel("box"), "sum is 1 already"),
        ([[-0.5, 0.5]], "absolute values add up to 1 already"),
        ([[3e38, -3e38], [2e-9, 0]], "must be finite, also in float32"),
    ],
)
def test_normalise_says_why_it_does_nothing(values: Any, said: str) -> None:
    editor = KernelEditor(values=values)
    before = editor.values
    step(editor, "normalise")
    assert said in editor.message
    assert editor.values == before
    assert not editor.can_undo


def test_normalise_twice_is_normalise_once() -> None:
    once, _ = normalised(torch.tensor(NINE, dtype=torch.float64))
    assert float(once.sum()) == pytest.approx(1)
    with pytest.raises(ValueError, match="already"):
        normalised(once)


# ---------------------------------------------------------------------------- presets


@pytest.mark.parametrize("name", NAMED_KERNELS)
def test_a_preset_is_the_named_kernel(name: str, editor: KernelEditor) -> None:
    step(editor, "preset", name=name)
    assert editor.values == named_kernel(name).tolist()
    assert editor.preset == name


def test_every_named_kernel_is_a_preset() -> None:
    assert set(PRESETS) == {*NAMED_KERNELS, "random"}


@pytest.mark.parametrize(
    ("name", "rows", "columns", "shape"),
    [
        ("box", 4, 4, (4, 4)),
        ("gaussian", 6, 6, (6, 6)),
        ("identity", 5, 5, (5, 5)),
        ("identity", 4, 4, (3, 3)),
        ("box", 5, 7, (3, 3)),
        ("sobel_x", 5, 5, (3, 3)),
        ("random", 2, 5, (2, 5)),
    ],
)
def test_presets_take_the_present_size_where_they_exist_in_it(
    name: str, rows: int, columns: int, shape: tuple[int, int]
) -> None:
    assert tuple(preset_kernel(name, rows, columns).shape) == shape


def test_random_counts_its_seed_up_and_leaves_the_global_one(editor: KernelEditor) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    step(editor, "preset", name="random")
    first = editor.values
    step(editor, "preset", name="random")
    assert torch.equal(torch.rand(3), expected)
    assert editor.values != first
    assert editor.message == "Random numbers, 2 × 3, seed 1."
    again = torch.randn(2, 3, generator=torch.Generator().manual_seed(0))
    assert first == again.tolist()


@pytest.mark.parametrize("name", ["blur", None, 7, ["box"]], ids=str)
def test_an_unknown_preset_is_a_sentence(editor: KernelEditor, name: Any) -> None:
    step(editor, "preset", name=name)
    assert "must be one of identity, box" in editor.message
    assert editor.values == TWO_BY_THREE


def test_a_kernel_typed_by_hand_is_recognised(editor: KernelEditor) -> None:
    editor.values = [[1 / 9] * 3] * 3
    assert editor.preset == "box"
    edit(editor, 0, 2, 5)
    assert editor.preset == ""
    assert preset_name(torch.tensor(NINE)) == ""


# ---------------------------------------------------------------------------- edits and undo


def test_an_edit_changes_one_cell(editor: KernelEditor) -> None:
    edit(editor, 1, 2, -0.5)
    assert editor.values == [[1, 2, 3], [4, 5, -0.5]]


def test_observers_are_told_of_a_new_list(editor: KernelEditor) -> None:
    seen: list[Any] = []
    editor.observe(lambda change: seen.append((change.old, change.new)), names="values")
    edit(editor, 0, 0, 9)
    assert seen == [(TWO_BY_THREE, [[9, 2, 3], [4, 5, 6]])]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        (2, 0, 1.0),
        (0, 3, 1.0),
        (-1, 0, 1.0),
        (0, -1, 1.0),
        (None, 0, 1.0),
        (0, "1", 1.0),
        (0.0, 1, 1.0),
        (0, 0, None),
        (0, 0, "1"),
        (0, 0, math.nan),
        (0, 0, 1e300),
        (0, 0, [1]),
    ],
)
def test_a_bad_edit_is_a_sentence(editor: KernelEditor, row: Any, column: Any, value: Any) -> None:
    edit(editor, row, column, value)
    assert editor.message != ""
    assert editor.values == TWO_BY_THREE
    assert editor.answered == "token of edit"
    assert not editor.can_undo


def test_one_gesture_is_one_step_back(editor: KernelEditor) -> None:
    for value in (1.5, 2.5, 3.5):
        edit(editor, 0, 1, value, "drag")
    for value in (7, 77):
        edit(editor, 1, 1, value, "typing")
    step(editor, "undo")
    assert editor.values == [[1, 3.5, 3], [4, 5, 6]]
    step(editor, "undo")
    assert (editor.values, editor.can_undo) == (TWO_BY_THREE, False)


def test_steps_of_all_kinds_go_back_in_order(editor: KernelEditor) -> None:
    states = [editor.values]
    for kind, content in (
        ("flip", {}),
        ("edit", {"row": 0, "column": 0, "value": 8, "gesture": "a"}),
        ("transpose", {}),
        ("edit", {"row": 0, "column": 0, "value": 9, "gesture": "a"}),
        ("normalise", {}),
        ("resize", {"rows": 5}),
        ("preset", {"name": "sobel_y"}),
    ):
        step(editor, kind, **content)
        states.append(editor.values)
    editor.values = [[1, 2]]
    for state in reversed(states):
        assert editor.can_undo
        step(editor, "undo")
        assert editor.values == state
        assert editor.message == "One step taken back."
    assert not editor.can_undo
    step(editor, "undo")
    assert editor.message == "There is no step before."
    assert editor.undo() is False


def test_a_gesture_that_comes_back_is_no_step(editor: KernelEditor) -> None:
    edit(editor, 0, 0, 5, "a")
    edit(editor, 0, 0, 1, "a")
    assert not editor.can_undo
    edit(editor, 0, 0, 6, "a")
    step(editor, "undo")
    assert editor.values == TWO_BY_THREE


def test_a_step_that_changes_nothing_is_no_step() -> None:
    editor = KernelEditor(values=named_kernel("laplacian"))
    step(editor, "flip")
    assert not editor.can_undo
    assert editor.message == "Turned by 180°. The kernel stays the same."


def test_the_oldest_steps_are_forgotten(editor: KernelEditor) -> None:
    for value in range(UNDO_STEPS + 20):
        edit(editor, 0, 0, value + 10, f"gesture {value}")
    steps = 0
    while editor.undo():
        steps += 1
    assert steps == UNDO_STEPS
    assert editor.values[0][0] == 10 + 19


def test_the_message_goes_when_python_changes_the_kernel(editor: KernelEditor) -> None:
    step(editor, "flip")
    assert editor.message
    editor.values = NINE
    assert editor.message == ""


# ---------------------------------------------------------------------------- messages


@pytest.mark.parametrize("content", [{"type": "other"}, {"type": ["flip"]}, {}, "text", None])
def test_messages_of_other_kinds_are_left_to_others(editor: KernelEditor, content: Any) -> None:
    seen: list[Any] = []
    editor.on_msg(lambda widget, content, buffers: seen.append(content))
    editor._handle_custom_msg(content, [])
    assert seen == [content]
    assert editor.answered == ""
    assert editor.values == TWO_BY_THREE


def test_the_answer_travels_with_the_values() -> None:
    sent: list[set[str]] = []

    class Recorded(KernelEditor):
        def send_state(self, key: Any = None) -> None:
            sent.append({key} if isinstance(key, str) else set(key or ()))

    editor = Recorded(values=TWO_BY_THREE)
    sent.clear()
    step(editor, "flip")
    assert sent == [{"values", "can_undo", "message", "answered"}]
    assert editor.answered == "token of flip"


def broken(change: Any) -> None:
    raise ZeroDivisionError("broken on purpose")


def test_an_exception_of_an_observer_goes_to_the_lab(editor: KernelEditor) -> None:
    crashes: list[Exception] = []
    editor.on_crash(crashes.append)
    editor.observe(broken, names="values")
    for kind in ("flip", "undo"):
        step(editor, kind)
        assert editor.answered == f"token of {kind}"
    assert [type(error) for error in crashes] == [ZeroDivisionError] * 2
    assert editor.values == TWO_BY_THREE


def test_without_a_lab_an_exception_is_shown_and_raised(editor: KernelEditor) -> None:
    editor.observe(broken, names="values")
    with pytest.raises(ZeroDivisionError):
        edit(editor, 0, 0, 9)
    assert editor.message == "An error: ZeroDivisionError: broken on purpose"
    assert editor.answered == "token of edit"
    editor.unobserve(broken, names="values")
    step(editor, "flip")
    assert editor.values == [[6, 5, 4], [3, 2, 9]]


def test_the_colours_are_those_of_the_signed_table(editor: KernelEditor) -> None:
    assert editor.table == colour_table("signed")


def test_numbers_and_sizes_of_numpy_are_taken_as_pythons() -> None:
    given: Any = [[np.int64(2), np.float32(0.5)]]
    (row,) = checked_values(given)
    assert row == [2.0, 0.5]
    assert {type(number) for number in row} == {float}
    two: Any = np.int64(2)
    assert torch.equal(resized(torch.ones(1, 1), two, two), resized(torch.ones(1, 1), 2, 2))
