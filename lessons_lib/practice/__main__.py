"""The practice as a command, for teachers: `python -m lessons_lib.practice grade a.ipynb`."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.grading import Graded, Limits, grade, programs_here
from lessons_lib.practice.grading.isolation import hide
from lessons_lib.practice.grading.table import columns, data, is_graded, plain, table

_OPEN = (
    "Note: here the notebooks are not shut in. They are run with your rights, and reach your files "
    "and the network."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade the notebooks of the command line and print the table.

    Returns:
        0 all were graded; 1 some could not be graded wholly; wrong usage ends with 2.
    """
    parser = _parser()
    given = parser.parse_args(arguments)
    hide()
    names = given.exercises or list(EXERCISES)
    limits = Limits(given.seconds, given.memory << 20)
    with programs_here() as started:
        if not started.isolated:
            print(_OPEN, file=sys.stderr)
        notebooks = [each for path in given.notebooks for each in _meant(path)]
        tell = _counting(len(notebooks))
        graded = grade(notebooks, names, given.seed, started, limits, given.jobs, tell)
    shown = columns(graded, names, bool(given.exercises))
    if given.json:
        found = {"seed": given.seed, "isolated": started.isolated, "notebooks": data(graded, shown)}
        try:
            given.json.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
        except OSError as error:
            parser.error(f"{given.json} cannot be written: {error.strerror}")
    print(_as_written(table(graded, shown)))
    return 0 if all(is_graded(one, shown) for one in graded) else 1


def _counting(notebooks: int) -> Callable[[Graded], None]:
    """Say how far the grading of several notebooks is, beside the table."""
    done = itertools.count(1)

    def tell(one: Graded) -> None:
        print(f"{next(done)} of {notebooks}: {plain(one.name)}", file=sys.stderr)

    return tell if notebooks > 1 else lambda _: None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m lessons_lib.practice",
        description="Check the exercises of the lessons in notebooks that were handed in.",
    )
    commands = parser.add_subparsers(required=True, metavar="grade")
    one = commands.add_parser(
        "grade",
        help="run notebooks, check the functions that they define, print a table",
        epilog="Ends with 0 if all were graded, 1 if some could not be graded wholly, 2 after "
        "wrong usage.",
    )
    one.add_argument("notebooks", nargs="+", type=Path, metavar="notebook.ipynb")
    one.add_argument(
        "--json", type=_result, metavar="FILE", help="write what was found, messages too"
    )
    one.add_argument(
        "--exercises",
        type=_exercises,
        metavar="NAME,NAME",
        help="the columns; without it, every exercise that some notebook defines",
    )
    one.add_argument(
        "--seconds", type=_above_0, default=120, help="for the cells of a notebook (%(default)s)"
    )
    one.add_argument(
        "--memory", type=_above_0, default=2048, metavar="MB", help="for its cells (%(default)s)"
    )
    one.add_argument("--jobs", type=_above_0, default=_cores(), help="at a time (%(default)s)")
    one.add_argument(
        "--seed", type=int, default=secrets.randbits(32), help="of the cases; else a new one"
    )
    return parser


def _meant(path: Path) -> Sequence[Path]:
    """Give the notebooks that a pattern means: the shells of Windows leave it as it is."""
    found = sorted(path.parent.glob(path.name)) if "*" in path.name and not path.exists() else []
    return found or [path]


def _as_written(text: str) -> str:
    """Replace what the terminal, or the file behind it, has no letters for."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def _result(text: str) -> Path:
    """Take a file that may be written; said at once, not after the grading."""
    file = Path(text)
    if file.suffix == ".ipynb":  # of `--json *.ipynb`
        raise argparse.ArgumentTypeError(f"{file} is a notebook and is not written over")
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{file} cannot be written")
    return file


def _above_0(text: str) -> int:
    number = int(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{number} is not above 0")
    return number


def _exercises(text: str) -> list[str]:
    names = text.split(",")
    for name in names:
        if name not in EXERCISES:
            known = ", ".join(EXERCISES)
            raise argparse.ArgumentTypeError(f"there is no exercise {name!r}; choose from {known}")
    return names


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
