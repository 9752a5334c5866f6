"""All long work of a lab: what a change of its parameters means for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from lessons_lib.widgets.work.row import WorkRow


class Works(Mapping[str, WorkRow]):
    """The rows of long work of a lab, by their names; the lab's lock is held around each call.

    Args:
        keep: sets the parameter of a work, by its name, to what was found.
    """

    def __init__(self, keep: Callable[[str, Any], None]) -> None:
        self._keep = keep
        self._rows: dict[str, WorkRow] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __getitem__(self, name: str) -> WorkRow:
        """Give the row of this name.

        Raises:
            ValueError: this lab has no such work.
        """
        if name not in self._rows:
            raise ValueError(f"`work` (={name!r}) must be one of {list(self._rows)}")
        return self._rows[name]

    def add(self, row: WorkRow) -> None:
        """Add a row."""
        self._rows[row.spec.name] = row

    def offer(self, params: Any) -> None:
        """Say on every button whether it goes on or begins anew with these parameters."""
        for row in self._rows.values():
            row.offer(params)

    def without_outdated(self, old: Any, new: Any) -> Any:
        """End the work that was begun for other parameters, and forget what it found.

        Args:
            old: the parameters up to now.
            new: those that are to come.

        Returns:
            `new` without what was found for others.
        """
        for name, row in self._rows.items():
            if not row.outdated(old, new):
                continue
            if row.spec.due is not None:
                row.abandon()
            elif row.running or getattr(new, name) is getattr(old, name):
                row.forget()
                self._keep(name, None)
                new = replace(new, **{name: None})
        for name, row in self._rows.items():
            if row.spec.due is None:
                if getattr(new, name) is None and getattr(old, name) is not None:
                    row.forget()  # a setting took it back
                row.steer(old, new)
        return new

    def meanwhile(self, params: Any) -> Any:
        """Give what is to be shown while work for these parameters is due; None where none is."""
        shown = (row.meanwhile(params) for row in self._rows.values())
        return next((each for each in shown if each is not None), None)

    def hinders(self, old: Any, new: Any) -> bool:
        """Say whether the step from `old` to `new` loses what was found, or takes long work."""
        rows = self._rows.values()
        return any(row.would_lose(old, new) for row in rows) or any(row.is_due(new) for row in rows)

    def forget(self) -> None:
        """End all of it and show that nothing has been done."""
        for row in self._rows.values():
            row.forget()

    def end(self, params: Any) -> Any:
        """End all of it, and give the parameters without what was found: that may be large."""
        for name, row in self._rows.items():
            row.abandon()
            if row.spec.due is None:
                self._keep(name, None)
                params = replace(params, **{name: None})
        return params
