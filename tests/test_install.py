"""`make` says in a few lines what it installs and checks, and fails where that fails."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import install
from tests.js import checks

PIP = """Obtaining file:///somewhere
Collecting torch<2.14,>=2.13 (from convolution-lessons==0.1.0)
  Downloading torch-2.13.0-cp311-none-any.whl.metadata (27 kB)
Collecting numpy>=2.0
  Downloading https://pypi.example/numpy-2.4.6-cp311-linux.whl (16.1 MB)
"""


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


# ---------------------------------------------------------------------------- what pip is doing


def test_how_far_pip_is_can_be_read_from_what_it_said() -> None:
    lines = PIP.splitlines()
    assert install.how_far(lines[0]) == ""
    assert install.how_far("\n".join(lines[:3])) == "package 1: torch<2.14,>=2.13"
    assert install.how_far(PIP) == "package 2: numpy-2.4.6 (16.1 MB)"
    assert install.how_far(f"{PIP}Installing collected packages: torch, numpy") == "unpacking"


# ---------------------------------------------------------------------------- a stage


def test_what_goes_well_is_told_in_two_lines_and_its_words_stand_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    program = "import sys; print('Requirement already satisfied\\n' * 300); sys.stderr.write('!')"
    assert install.stage("Installing", python(program), log) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Installing ..."
    assert told[1].startswith("  done in ")
    assert len(told) == 2
    assert log.read_text().count("Requirement already satisfied") == 300
    assert log.read_text().endswith("!")


def test_what_fails_shows_the_end_of_its_log_and_keeps_its_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    program = "import sys; print(*range(99), sep='\\n'); print('No space left'); sys.exit(7)"
    assert install.stage("Installing", python(program), log) == 7
    told = capsys.readouterr().out.splitlines()
    assert told[1].startswith("  failed after ")
    assert told[-2:] == ["No space left", f"All that it said: {log}"]
    assert "98" in told
    assert "1" not in told


def test_a_terminal_sees_one_line_that_counts(capsys: pytest.CaptureFixture[str]) -> None:
    line = install.Line("Installing")
    line.rewrites = True
    line.show(61.4, "package 3: torch")
    assert capsys.readouterr().out.endswith("\r\x1b[KInstalling ... 61 s, package 3: torch")
    line.show(62.4, "package 4: " + "a-long-name" * 99)
    rewritten = capsys.readouterr().out.removeprefix("\r\x1b[K")
    assert rewritten.startswith("Installing ... 62 s, package 4: a-long-name")
    assert len(rewritten) < shutil.get_terminal_size().columns


def test_a_log_file_gets_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    line = install.Line("Installing")
    for second in range(45):
        line.show(second, "unpacking")
    lines = ["Installing ...", "  20 s, unpacking", "  40 s, unpacking"]
    assert capsys.readouterr().out.splitlines() == lines


# ---------------------------------------------------------------------------- what is installed


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands that would have been run, in a .venv that is made already."""
    made: list[list[str]] = []
    monkeypatch.setattr(install, "MADE", tmp_path / ".made")
    install.MADE.touch()

    def stage(what: str, command: list[str]) -> int:
        made.append(command)
        return 3

    monkeypatch.setattr(install, "stage", stage)
    return made


def test_pip_installs_the_lessons_in_their_exact_versions(commands: list[list[str]]) -> None:
    assert install.main(["--extra-index-url", "ADDRESS"]) == 3
    (command,) = commands
    assert command[:4] == [str(install.PYTHON), "-m", "pip", "install"]
    assert command[command.index("-c") + 1] == str(install.HERE / "constraints.txt")
    assert command[-4:] == ["--extra-index-url", "ADDRESS", "-e", str(install.HERE)]


def test_the_word_test_adds_what_the_checks_need(commands: list[list[str]]) -> None:
    install.main(["test", "--pre"])
    (command,) = commands
    assert command[-3:] == ["--pre", "-e", f"{install.HERE}[test]"]


def test_an_old_python_is_refused_with_a_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(install, "MADE", tmp_path / ".made")
    monkeypatch.setattr(install, "OLDEST_PYTHON", (99, 0))
    assert install.main([]) == 1
    assert "make lab PYTHON=python3.12" in capsys.readouterr().out
    assert not install.MADE.exists()


def test_an_environment_that_cannot_be_made_counts_as_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("HERE", tmp_path),
        ("FOLDER", tmp_path / ".venv"),
        ("MADE", tmp_path / "m"),
    ):
        monkeypatch.setattr(install, name, value)
    monkeypatch.setattr(install, "stage", lambda *_: 4)
    assert install.main([]) == 4
    assert "apt install python3-venv" in capsys.readouterr().out
    assert not install.MADE.exists()


# ---------------------------------------------------------------------------- make


@pytest.fixture
def dry(repository: Path, tmp_path: Path) -> Path:
    """A copy of the Makefile beside files that make takes for an installation that is done."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt", "install.py"):
        (tmp_path / name).write_text((repository / name).read_text())
    (tmp_path / ".venv").mkdir()
    for at, name in enumerate((".installed", ".installed-test"), start=1):
        stamp = tmp_path / ".venv" / name
        stamp.touch()
        later = stamp.stat().st_mtime + 10 * at
        os.utime(stamp, (later, later))
    return tmp_path


def make(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a terminal, also where these tests were started by make themselves."""
    own = ("MAKE", "MFLAGS", "ARGS", "PIP_ARGS", "PYTHON")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return subprocess.run(["make", *words], cwd=folder, capture_output=True, text=True, env=clean)


def would_run(folder: Path, *words: str) -> str:
    done = make(folder, "-n", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("target", ["lab", "test", "test-fast", "bench", "bench-readers"])
def test_what_is_installed_is_not_installed_again(dry: Path, target: str) -> None:
    assert "install.py" not in would_run(dry, target)


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "install.py"])
def test_another_list_of_packages_is_installed_for_readers_and_for_tests(
    dry: Path, name: str
) -> None:
    later = (dry / ".venv" / ".installed-test").stat().st_mtime + 10
    os.utime(dry / name, (later, later))
    assert "install.py --pre" in would_run(dry, "lab", "PIP_ARGS=--pre")
    told = would_run(dry, "test", "PYTHON=python3.12")
    assert told.index("python3.12 install.py \n") < told.index("python3.12 install.py test")


def test_the_first_lesson_opens_alone_in_a_workspace_of_its_own(dry: Path) -> None:
    told = would_run(dry, "lab", "ARGS=--no-browser")
    page = "/doc/workspaces/convolution-lessons/tree/notebooks/00_start_here.ipynb"
    assert f"--LabApp.default_url={page} --no-browser" in told
    assert f'--ServerApp.root_dir="{dry}"' in told


def test_the_fast_checks_are_all_checks_but_those_that_take_long(dry: Path) -> None:
    whole, fast = (would_run(dry, target).splitlines() for target in ("test", "test-fast"))
    assert fast[:-1] == whole[:-2]
    for tool in ("ruff check", "ruff format --check", "mypy", "tests.js.checks"):
        assert [line for line in whole if tool in line], tool
    assert '-m "not browser and not notebooks and not long"' in fast[-1]
    assert '-n auto -m "not browser" ' in whole[-2]


def test_the_tests_of_the_browser_share_two_workers_and_none_stands_idle(dry: Path) -> None:
    last = would_run(dry, "test").splitlines()[-1]
    assert last.rstrip().endswith("pytest -q --dist worksteal -n 2 -m browser")


@pytest.mark.parametrize(("words", "status"), [((), 2), (("ARGS=-k geometry",), 0)])
def test_a_choice_may_leave_nothing_for_the_browser_but_without_one_something_must_run(
    dry: Path, words: tuple[str, ...], status: int
) -> None:
    nothing = ["-o", "lint", "PYTEST=sh -c 'exit 5' --", *words]
    done = make(dry, *nothing, "test")
    assert done.returncode == status, done.stderr


def test_a_failing_test_fails_whatever_was_chosen(dry: Path) -> None:
    failing = ["-o", "lint", "PYTEST=sh -c 'exit 1' --", "ARGS=-k geometry"]
    assert make(dry, *failing, "test").returncode == 2


# ---------------------------------------------------------------------------- form


def test_the_formatter_is_hardly_ever_argued_with(repository: Path) -> None:
    quiet = re.compile(r"# fmt: *(skip|off)$", re.M)
    found = {
        path.name: quiet.findall(path.read_text())
        for folder in ("lessons_lib", "tests", "bench", "docs")
        for path in (repository / folder).rglob("*.py")
    }
    counts = {name: len(words) for name, words in found.items() if words}
    assert sum(counts.values()) <= 5, f"change the settings or the shape of the code: {counts}"


# ---------------------------------------------------------------------------- JavaScript and CSS


def test_the_checker_has_the_version_that_its_settings_name(repository: Path) -> None:
    settings = (repository / "biome.json").read_text()
    assert checks.wanted_version(settings) == "2.6.8"
    with pytest.raises(ValueError, match="must name a version"):
        checks.wanted_version('{"$schema": "./schema.json"}')


def test_the_installed_version_is_read_from_its_package(tmp_path: Path) -> None:
    assert checks.installed_version(tmp_path) is None
    package = tmp_path / "node_modules" / "@biomejs" / "biome"
    package.mkdir(parents=True)
    (package / "package.json").write_text(json.dumps({"version": "1.2.3"}))
    assert checks.installed_version(tmp_path) == "1.2.3"


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_without_npm_or_node_the_check_is_skipped_or_fails_where_it_is_required(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    required: str,
    status: int,
) -> None:
    monkeypatch.setenv("LESSONS_REQUIRE_BROWSER", required)
    monkeypatch.setattr(checks.shutil, "which", lambda name: None)
    assert checks.check_form(tmp_path) == status
    assert checks.run_tests(tmp_path) == status
    told = capsys.readouterr().out
    word = "failed" if status else "skipped"
    assert told.count(word) == 2
    assert "because npm is not installed" in told
    assert "because Node.js is not installed" in told


@pytest.mark.parametrize(
    ("name", "source", "fails"),
    [
        ("good.js", "export const a = 1;\n", False),
        ("form.js", "export const a=1\n", True),
        ("lint.js", "export const a = (b) => b[(b += 1)];\n", True),
        ("warning.css", ".a {\n  color: red !important;\n}\n", True),
    ],
)
def test_bad_form_a_finding_and_a_mere_warning_fail(
    repository: Path, tmp_path: Path, name: str, source: str, fails: bool
) -> None:
    biome = repository / ".venv" / "biome"
    if checks.installed_version(biome) is None:
        pytest.skip("biome is not installed: `make lint` fetches it where there is npm")
    (tmp_path / "lessons_lib").mkdir()
    (tmp_path / "lessons_lib" / name).write_text(source)
    (tmp_path / "biome.json").write_text((repository / "biome.json").read_text())
    done = subprocess.run(checks.biome_command(biome), cwd=tmp_path, capture_output=True)
    assert (done.returncode != 0) == fails, done.stdout


def test_a_folder_without_tests_is_no_success(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks.shutil, "which", lambda name: name)
    assert checks.run_tests(tmp_path) == 1
    assert "no JavaScript test was found" in capsys.readouterr().err
