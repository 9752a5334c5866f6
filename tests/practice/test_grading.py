"""A class hands in its notebooks: the table is right, and nothing that they do is felt outside."""

from __future__ import annotations

import io
import json
import os
import re
import socket
import sys
from collections.abc import Iterator
from contextlib import nullcontext, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from lessons_lib.practice import __main__ as command
from lessons_lib.practice.checking import process
from lessons_lib.practice.grading import Graded, Limits, Mark, grade
from lessons_lib.practice.grading.programs import Nursery, Plain, Programs
from lessons_lib.practice.grading.reading import Reading
from lessons_lib.practice.grading.table import table
from tests.practice.handed_in import (
    CORRELATE,
    DAEMON,
    IN_FUNCTION,
    LEFT_BEHIND,
    SIZE,
    WRONG_SIZE,
    Marks,
    write_class,
    written,
)

NAMES = ["correlate2d", "output_size"]
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only Linux has what shuts notebooks in"
)


def left_behind() -> list[int]:
    """Processes that a notebook started and that outlived it."""
    return [one.pid for one in psutil.process_iter() if LEFT_BEHIND in _command(one)]


def _command(one: psutil.Process) -> str:
    try:
        return " ".join(one.cmdline())
    except psutil.Error:
        return ""


@dataclass
class Lesson:
    """What came of grading a whole class by the command."""

    expected: dict[Path, Marks]
    code: int
    said: str
    data: dict[str, Any]

    @property
    def found(self) -> dict[Path, Marks]:
        return {
            Path(one["notebook"]): tuple(one["exercises"][name]["state"] for name in NAMES)
            for one in self.data["notebooks"]
        }

    def notebook(self, name: str) -> dict[str, Any]:
        return next(n for n in self.data["notebooks"] if Path(n["notebook"]).stem == name)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with Nursery() as started:
        yield started


@pytest.fixture(scope="module")
def lesson(nursery: Nursery, tmp_path_factory: pytest.TempPathFactory) -> Lesson:
    folder = tmp_path_factory.mktemp("class")
    expected = write_class(folder)
    json_file, said = folder / "found.json", folder / "said.txt"
    limits = ["--seconds", "16", "--memory", "1024", "--jobs", "4"]
    with pytest.MonkeyPatch.context() as patch, said.open("w") as file, redirect_stdout(file):
        patch.setattr(process, "CALL_SECONDS", 2.0)
        patch.setattr(command, "hide", lambda: None)  # this process tests other things too
        patch.setattr(command, "programs_here", lambda: nullcontext(nursery))
        stdout = os.dup(1)
        os.dup2(file.fileno(), 1)
        code = command.main(["grade", *map(str, expected), "--json", str(json_file), *limits])
        os.dup2(stdout, 1)
        os.close(stdout)
    return Lesson(expected, code, said.read_text(), json.loads(json_file.read_text()))


def test_the_table_is_right_about_every_notebook_of_a_class(lesson: Lesson) -> None:
    assert len(lesson.expected) > 30
    assert lesson.found == lesson.expected


def test_what_is_printed_is_the_table_and_nothing_of_the_notebooks(lesson: Lesson) -> None:
    table, _, notes = lesson.said.partition("\n\n")
    head, *rows = table.splitlines()
    assert head.split() == ["notebook", *NAMES, "points"]
    for row, (path, marks) in zip(rows, lesson.expected.items(), strict=True):
        passed, tried = marks.count("passed"), marks.count("passed") + marks.count("failed")
        assert row.startswith(str(path))
        assert re.split("  +", row.removeprefix(str(path)).strip()) == [
            *marks,
            f"{passed}/{tried}",
        ]
    names = tuple(f"{path}: " for path in lesson.expected)
    assert all(note.startswith(names) for note in notes.splitlines())


def test_the_command_says_by_its_code_that_some_could_not_be_graded(lesson: Lesson) -> None:
    assert lesson.code == 1


def test_no_process_of_a_notebook_is_left(lesson: Lesson) -> None:
    assert left_behind() == []


def test_messages_tell_the_likely_slip(lesson: Lesson) -> None:
    mark = lesson.notebook("wrong")["exercises"]["correlate2d"]
    assert "You turn the kernel by 180 degrees" in mark["message"]
    assert (mark["cases"], mark["failed"] > 10) == (24, True)


def test_an_error_is_told_with_its_line(lesson: Lesson) -> None:
    message = lesson.notebook("10 GB in the function")["exercises"]["output_size"]["message"]
    assert "in line 2: `x = [0] * (10 * 2**30 // 8)`" in message


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("endless and stubborn", "Code cell 2 takes too long and was left out."),
        ("os._exit", "Code cell 2 ends the process and was left out."),
        ("endless", "Code cells that fail: 1 (OutOfTime)."),
        ("a cell fails", "Code cells that fail: 1 (ZeroDivisionError), 3 (SyntaxError)."),
        ("10 GB", "Code cells that fail: 1 (MemoryError)."),
        ("no JSON", "It cannot be run: the file is no notebook: it is not JSON."),
        ("a number without end", "It cannot be run: the file is no notebook: it is not JSON."),
        ("no cell", "It cannot be run: the file is no notebook: a cell is not one."),
        ("again", "It cannot be run: it is a folder: name the notebooks in it."),
        ("huge", "It cannot be run: the file is larger than 50 MB."),
        ("missing", "It cannot be run: there is no such file."),
    ],
)
def test_what_went_wrong_in_a_notebook_is_noted(lesson: Lesson, name: str, note: str) -> None:
    assert lesson.notebook(name)["notes"] == [note]


@pytest.mark.parametrize("name", ["right", "a whole lesson", "helpers of other cells", "empty"])
def test_of_a_sound_notebook_nothing_is_noted(lesson: Lesson, name: str) -> None:
    assert lesson.notebook(name)["notes"] == []


# ------------------------------------------------------------------------------- what did not run


@pytest.mark.parametrize(
    ("source", "state"),
    [
        ("def output_size(n, k, s): return 1", "broken"),
        ("output_size = lambda n, k, s: 1", "broken"),
        ("assert output_size == 3", "not tried"),
        ("def my_output_size(n): return 1", "not tried"),
    ],
)
def test_what_a_cell_that_did_not_run_defines_is_not_known(source: str, state: str) -> None:
    assert Graded("a.ipynb", not_run=[source]).mark("output_size").state == state


@pytest.mark.parametrize(("finished", "state"), [(False, "broken"), (True, "not tried")])
def test_a_process_that_ended_before_the_first_cell_blames_no_cell(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, finished: bool, state: str
) -> None:
    def not_read(reading: Reading, _start: object) -> None:
        reading.left_out[0] = "ends the process"
        reading.finished = finished

    monkeypatch.setattr(Reading, "read", not_read)
    file = written(tmp_path / "a.ipynb", [SIZE])
    (one,) = grade([file], NAMES, 7, Plain(), Limits(20))
    assert one.mark("output_size").state == state
    assert one.notes[0] == "The process of the cells ends the process."


def test_a_cell_whose_turn_it_is_not_is_not_believed_to_run() -> None:
    reading = Reading([SIZE, CORRELATE, SIZE], NAMES, Limits())
    reading._to_come = [1, 2, 3]
    assert not reading._takes({"cell": 3})
    assert reading._takes({"cell": 1})


# ------------------------------------------------------------------------------- walls


def graded(programs: Programs, folder: Path, *cells: str) -> dict[str, str]:
    """Grade one notebook; the state of what it defines."""
    (one,) = grade([written(folder / "a.ipynb", [*cells])], NAMES, 7, programs, Limits(20))
    return {name: mark.state for name, mark in one.marks.items()}


@pytest.fixture
def walls(nursery: Nursery) -> Nursery:
    if not nursery.isolated:
        pytest.skip("this system shuts no process in")
    return nursery


def test_a_notebook_reaches_neither_files_nor_processes_nor_the_network(
    walls: Nursery, tmp_path: Path
) -> None:
    kept, said = tmp_path / "kept.txt", tmp_path / "said"
    kept.write_text("mine")
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.2)
    harm = f"""
import os, socket
from pathlib import Path
def tried(work):
    try: work()
    except OSError: return 0
    return 1
def output_size(n, k, s):
    done = tried(lambda: Path({str(kept)!r}).unlink())
    done += tried(lambda: Path({str(said)!r}).write_text("x"))
    done += tried(lambda: os.kill({os.getpid()}, 0))
    done += tried(lambda: socket.create_connection({server.getsockname()!r}, 1))
    done += tried(lambda: os.kill(1, 9))  # allowed, and does nothing
    return (n - k) // s + done
"""
    assert graded(walls, tmp_path, harm) == {"output_size": "passed"}
    assert kept.read_text() == "mine"
    assert not said.exists()
    with server, pytest.raises(TimeoutError):
        server.accept()


def test_ending_all_processes_ends_only_the_notebooks_own(walls: Nursery, tmp_path: Path) -> None:
    cells = ["import os", "os.kill(-1, 9)", SIZE, IN_FUNCTION.format("os.kill(-1, 9)")]
    assert graded(walls, tmp_path, *cells) == {"output_size": "failed"}


def test_a_notebook_finds_its_folder_empty_and_its_home_in_it(
    walls: Nursery, tmp_path: Path
) -> None:
    looks = "import os, tempfile\nfrom pathlib import Path\nhere = Path().resolve()\n"
    looks += (
        "assert not list(here.iterdir()) and Path.home() == Path(tempfile.gettempdir()) == here"
    )
    cell = f"{looks}\n(here / 'x').write_text('x')\n{SIZE}"
    for _ in range(2):
        assert graded(walls, tmp_path, cell) == {"output_size": "passed"}


# ------------------------------------------------------------------------------- without walls


ENDS_PARENT = "import os; os.kill(os.getppid(), 9)"
ENDS_NURSERY = """
import os
above = os.getppid()
for _ in range(2):
    above = int(open(f"/proc/{above}/stat").read().rpartition(")")[2].split()[1])
os.kill(above, 9)
"""
ENDS_PARENT_IN_FUNCTION = IN_FUNCTION.format("__import__('os').kill(__import__('os').getppid(), 9)")


def test_without_walls_the_grader_outlives_who_ends_its_processes(tmp_path: Path) -> None:
    with Nursery(walls=False) as nursery:
        assert not nursery.isolated
        cells = [DAEMON, CORRELATE, ENDS_PARENT, WRONG_SIZE, ENDS_PARENT]
        marks = {"correlate2d": "passed", "output_size": "failed"}
        assert graded(nursery, tmp_path, *cells) == marks
        cells = [ENDS_NURSERY, ENDS_PARENT_IN_FUNCTION]
        assert graded(nursery, tmp_path, *cells) == {"output_size": "passed"}
    assert left_behind() == []


def test_plain_processes_grade_too(tmp_path: Path) -> None:
    # Its step-parent is gone then, and the answers are right all the same.
    assert graded(Plain(), tmp_path, ENDS_PARENT_IN_FUNCTION) == {"output_size": "passed"}


# ------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required"),
        (["grade"], "required"),
        (["grade", "a.ipynb", "--exercises", "output_size,outputsize"], "no exercise 'outputsize'"),
        (["grade", "a.ipynb", "--seconds", "0"], "0 is not above 0"),
        (["grade", "a.ipynb", "--json"], "expected one argument"),
        (
            ["grade", "--json", "a.ipynb", "b.ipynb"],
            "a.ipynb is a notebook and is not written over",
        ),
        (["grade", "a.ipynb", "--json", "nowhere/found.json"], "cannot be written"),
        (["grade", "a.ipynb", "--json", "."], "cannot be written"),
    ],
)
def test_wrong_usage_is_said_before_anything_is_graded_and_ends_with_2(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delattr(command, "grade")
    with pytest.raises(SystemExit) as ended:
        command.main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.fixture
def no_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "programs_here", lambda: nullcontext(Plain()))
    monkeypatch.setattr(command, "hide", lambda: None)


@pytest.mark.usefixtures("no_processes")
def test_what_is_asked_for_on_the_command_line_is_what_is_graded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    told: list[Any] = []

    def grade_all(*arguments: Any) -> list[Graded]:
        told.extend(arguments)
        return [Graded("a.ipynb", {"output_size": Mark("failed")}, not_run=[])]

    monkeypatch.setattr(command, "grade", grade_all)
    monkeypatch.setattr(command, "hide", lambda: told.append("hidden"))
    json_file = tmp_path / "found.json"
    options = ["--seconds=7", "--memory=3", "--jobs=5", "--seed=11", f"--json={json_file}"]
    options.append("--exercises=output_size,pad2d")
    assert command.main(["grade", "a.ipynb", "b.ipynb", *options]) == 0
    hidden, notebooks, names, seed, _, limits, jobs, _ = told
    assert hidden == "hidden"
    assert notebooks == [Path("a.ipynb"), Path("b.ipynb")]
    assert (names, seed, jobs) == (["output_size", "pad2d"], 11, 5)
    assert limits == Limits(7, 3 * 1024**2)
    found = json.loads(json_file.read_text())
    assert (found["seed"], found["isolated"]) == (11, False)


@pytest.mark.usefixtures("no_processes")
def test_exercises_that_are_asked_for_have_a_column_though_nobody_defines_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["grade", "missing.ipynb", "--exercises", "pad2d,output_size"]) == 1
    said = capsys.readouterr()
    head, row = said.out.splitlines()[:2]
    assert head.split() == ["notebook", "pad2d", "output_size", "points"]
    assert row.split() == ["missing.ipynb", "broken", "broken", "0/0"]
    assert "run with your rights" in said.err


@pytest.mark.usefixtures("no_processes")
def test_a_disk_that_is_full_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["grade", "missing.ipynb", "--json", "/dev/full"])
    assert ended.value.code == 2
    assert "/dev/full cannot be written: No space left on device" in capsys.readouterr().err


@pytest.mark.usefixtures("no_processes")
def test_what_was_found_is_kept_though_the_table_cannot_be_printed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    sys.stdout.close()
    with pytest.raises(ValueError, match="closed file"):
        command.main(["grade", "missing.ipynb", "--json", str(tmp_path / "found.json")])
    (found,) = json.loads((tmp_path / "found.json").read_text())["notebooks"]
    assert found["notebook"] == "missing.ipynb"


@pytest.mark.usefixtures("no_processes")
def test_letters_that_the_terminal_does_not_have_are_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written_out := io.BytesIO(), "ascii"))
    assert command.main(["grade", "jürgen.ipynb"]) == 1
    sys.stdout.flush()
    assert written_out.getvalue().decode().splitlines()[1] == "j?rgen.ipynb  0/0"


@pytest.mark.usefixtures("no_processes")
def test_a_pattern_that_the_shell_leaves_means_the_notebooks_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("b.ipynb", "a.ipynb", "a.txt", "*.md", "c.md"):
        (tmp_path / name).write_text("{}")
    patterns = [str(tmp_path / pattern) for pattern in ("*.ipynb", "*.md", "*.py")]
    assert command.main(["grade", *patterns]) == 1
    said = capsys.readouterr()
    rows = said.out.partition("\n\n")[0].splitlines()[1:]
    assert sorted(line.partition(":")[0] for line in said.err.splitlines()[1:]) == [
        f"{done} of 4" for done in (1, 2, 3, 4)
    ]
    names = [Path(row.split()[0]).name for row in rows]
    assert names == ["a.ipynb", "b.ipynb", "*.md", "*.py"]


def test_the_name_of_a_notebook_cannot_steer_the_terminal() -> None:
    shown = table([Graded("\x1b[2Ja.ipynb", notes=["It\nis \u202eso."])], [])
    assert shown.splitlines()[1:] == ["?[2Ja.ipynb  0/0", "", "?[2Ja.ipynb: It?is ?so."]
