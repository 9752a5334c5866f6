"""Runs of text with the colour roles they belong to: formulas, code and sums are made of them."""

from __future__ import annotations

from dataclasses import dataclass

from lessons_lib.kit.vocabulary import Role


@dataclass(frozen=True)
class Term:
    """A run of text with the colour role it belongs to; `style` "sub" sets it low and small."""

    text: str
    role: Role = ""
    style: str = ""


Line = tuple[Term, ...]
