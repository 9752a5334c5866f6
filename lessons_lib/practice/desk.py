"""Where a learner works: checks, hints and solutions, and who has tried what so far."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from difflib import get_close_matches

from lessons_lib.practice.checking import CheckResult, checked
from lessons_lib.practice.exercises import EXERCISES, Exercise
from lessons_lib.practice.places import stands_here


class Told:
    """A text that a cell shows."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


class Desk:
    """What one learner has tried, in this kernel.

    Attributes:
        on_checked: called after each check of a function that has a body.
    """

    def __init__(self) -> None:
        self.on_checked: list[Callable[[CheckResult], None]] = []
        self._tried: set[str] = set()
        self._hints_given: dict[str, int] = {}

    def check(self, name: str, function: object, *, seed: int = 0) -> CheckResult:
        """Check the function that you wrote for an exercise; the cell shows what comes out.

        It is tried on small cases, random ones and edge cases, and compared with torch. It runs in
        a process of its own, in an empty folder: an endless loop is ended after some seconds,
        and the notebook feels nothing of it. On Linux its memory is limited as well; macOS and
        Windows know no such limit.

        Args:
            name: of the exercise, such as "correlate2d".
            function: yours, not called. A body that is still `...` is not tried yet.
            seed: draws other cases.

        Returns:
            what was found; shown where it is the last line of a cell.

        Raises:
            ValueError: there is no such exercise.
            RuntimeError: no process can be started here.

        Example:
            >>> def correlate2d(image, kernel): ...
            >>> Desk().check("correlate2d", correlate2d)
            … correlate2d: not tried yet
            Write the body of `correlate2d(image, kernel)`, then run the cell again.
        """
        exercise = found(name)
        stands_here(name)
        result = checked(exercise, function, seed)
        if result.tried:
            self._tried.add(name)
            for tell in self.on_checked:
                tell(result)
        return result

    def hint(self, name: str) -> Told:
        """Give the next hint for an exercise; after the last one, the last one again.

        Raises:
            ValueError: there is no such exercise.

        Example:
            >>> Desk().hint("correlate2d").text.splitlines()[0]
            '**Hint 1 of 3**'
        """
        hints = found(name).hints
        number = min(self._hints_given.get(name, 0) + 1, len(hints))
        self._hints_given[name] = number
        text = f"**Hint {number} of {len(hints)}**\n\n{hints[number - 1]}"
        if number == len(hints):
            text += f'\n\nThis was the last one. After a try, `practice.solution("{name}")` helps.'
        return Told(text)

    def solution(self, name: str) -> Told:
        """Show a solution of an exercise, once a function of your own was checked.

        Raises:
            ValueError: there is no such exercise.

        Example:
            >>> Desk().solution("correlate2d")
            First check a function of your own: `practice.check("correlate2d", correlate2d)`.
        """
        exercise = found(name)
        if name not in self._tried:
            call = f'practice.check("{name}", {name})'
            return Told(f"First check a function of your own: `{call}`.")
        return Told(f"```python\n{for_a_cell(exercise.solution)}\n```")


def for_a_cell(function: Callable[..., object]) -> str:
    """Give the text of a function as a learner writes it: its head without types.

    A cell that knows no `Tensor` can run it then.
    """
    source = inspect.getsource(function)
    (tree,) = ast.parse(source).body
    assert isinstance(tree, ast.FunctionDef)
    takes = inspect.signature(function).parameters.values()
    untyped = [each.replace(annotation=each.empty) for each in takes]
    head = f"def {tree.name}{inspect.Signature(untyped)}:"
    return "\n".join([head, *source.rstrip().splitlines()[tree.body[0].lineno - 1 :]])


def found(name: str) -> Exercise:
    """Find an exercise.

    Raises:
        ValueError: there is none of this name.
    """
    if name in EXERCISES:
        return EXERCISES[name]
    near = get_close_matches(str(name), EXERCISES, 1)
    names = ", ".join(EXERCISES)
    cure = f"did you mean {near[0]!r}?" if near else f"choose one of {names}."
    raise ValueError(f"`name` (={name!r}) must be the name of an exercise: {cure}")
