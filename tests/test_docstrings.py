"""The examples in docstrings are run: what they show is what comes out."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from typing import Any

import pytest
import torch
from torch import nn

import lessons_lib

PREFIX = "lessons_lib."
NAMES = [module.name for module in pkgutil.walk_packages(lessons_lib.__path__, PREFIX)]


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_in_the_docstrings_are_true(name: str, lena: torch.Tensor) -> None:
    module = importlib.import_module(name)
    given: dict[str, Any] = {"torch": torch, "nn": nn, "photo": lena}
    assert doctest.testmod(module, extraglobs=given).failed == 0


def test_readable_modules_show_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in ("convolution", "padding", "transposed", "kernels.named", "geometry.sizes"):
        found = finder.find(importlib.import_module(f"lessons_lib.{name}"))
        assert sum(len(test.examples) for test in found) > 0, name
