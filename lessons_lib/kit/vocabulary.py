"""The closed sets of words that panes, terms and controls are made of."""

from __future__ import annotations

from typing import Literal

from lessons_lib.visualization.colours import Table

# What something stands for; each role has one colour, everywhere. "": none.
Role = Literal["", "input", "kernel", "output", "stride", "padding", "dilation"]

# How a pane is drawn: widgets/stage/panes/ has a file for each, pane_pixels.py its bytes.
Kind = Literal["photo", "map", "classes", "grid", "signal", "curves", "wiring", "layers", "covered"]

# What is done with the numbers under a window, or with the scores of the classes;
# widgets/stage/operations.js has an entry for each.
Operation = Literal["sum", "mean", "max", "scores"]

__all__ = ["Kind", "Operation", "Role", "Table"]
