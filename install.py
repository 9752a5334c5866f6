"""Install the lessons into .venv and say in a few lines how far it is: `python3 install.py`.

It needs nothing but Python. `python3 install.py test` also installs what the checks need, and
`python3 install.py front-ends` the other programs that show the lessons; words after that go to
pip. What pip itself has to say stands in .venv/install.log.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

OLDEST_PYTHON = (3, 11)
HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".venv"
LOG = FOLDER / "install.log"
PYTHON = FOLDER / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
MADE = FOLDER / ".made"  # written when the environment is whole
EXTRAS = {"test": "what the checks need", "front-ends": "Voila, Notebook and JupyterHub"}
TAIL_LINES = 20
SPEAK_SECONDS = 20  # where no terminal can rewrite a line, a new one comes so often


def main(words: list[str]) -> int:
    """Make the environment where it is missing, then install.

    Args:
        words: one of EXTRAS or nothing, then arguments for pip.

    Returns:
        0, or the exit status of what failed.
    """
    extra = words[0] if words and words[0] in EXTRAS else ""
    pip_words = words[bool(extra) :]
    if not MADE.exists():
        status = make_environment()
        if status:
            return status
    pip = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    pip += ["-c", str(HERE / "constraints.txt"), *pip_words]
    if extra:
        return stage(f"Installing {EXTRAS[extra]}", [*pip, "-e", f"{HERE}[{extra}]"])
    return stage(
        "Installing PyTorch, JupyterLab and the lessons (a few minutes)",
        [*pip, "-e", str(HERE)],
    )


def make_environment() -> int:
    """Make .venv with the Python that runs this; give 0 or an exit status."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST_PYTHON:
        print(f"The lessons need Python 3.11 or newer, but {sys.executable} is {found}.")
        print("Install a newer Python and name it: make lab PYTHON=python3.12")
        return 1
    FOLDER.mkdir(exist_ok=True)
    status = stage(
        f"Making .venv with Python {found}",
        [sys.executable, "-m", "venv", "--clear", str(FOLDER)],
        HERE / ".venv.log",  # the environment is emptied first
    )
    if status:
        print("No .venv could be made. On Debian and Ubuntu: sudo apt install python3-venv")
        return status
    (HERE / ".venv.log").unlink()
    MADE.touch()
    return 0


def stage(what: str, command: list[str], log: Path = LOG) -> int:
    """Run a command; its words go into the log, one line tells how far it is and how long it took.

    Args:
        what: said in front.
        command: a list of words.
        log: the file, written anew.

    Returns:
        the command's exit status; where that is not 0, the end of the log has been shown.
    """
    began = time.monotonic()
    line = Line(what)
    # Unbuffered, or the log would lag behind what is being done.
    surroundings = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("w", encoding="utf-8") as words:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            env=surroundings,
        )
        while True:
            try:
                status = process.wait(timeout=1)
                break
            except subprocess.TimeoutExpired:
                line.show(time.monotonic() - began, how_far(read(log)))
    seconds = time.monotonic() - began
    line.end(f"done in {seconds:.0f} s" if status == 0 else f"failed after {seconds:.0f} s")
    if status:
        print("\n".join(read(log).splitlines()[-TAIL_LINES:]))
        print(f"All that it said: {log}")
    return status


def read(log: Path) -> str:
    """Read what the log holds by now."""
    return log.read_text(encoding="utf-8", errors="replace")


def how_far(said: str) -> str:
    """Say what pip is doing, from what it said so far.

    Example:
        >>> how_far("Collecting torch<2.14\\n  Downloading torch-2.13.0-cp311-linux.whl (190 MB)")
        'package 1: torch-2.13.0 (190 MB)'
    """
    lines = [line.strip() for line in said.splitlines()]
    if any(line.startswith("Installing collected packages") for line in lines):
        return "unpacking"
    packages = [line.split()[1] for line in lines if line.startswith("Collecting ")]
    if not packages:
        return ""
    now = packages[-1]
    verb, _, rest = lines[-1].partition(" ")
    if verb == "Downloading" and ".metadata" not in rest:
        file, _, size = rest.partition(" ")
        now = " ".join(["-".join(file.rpartition("/")[2].split("-")[:2]), size]).strip()
    return f"package {len(packages)}: {now}"


class Line:
    """One line that is rewritten on a terminal; elsewhere a new one now and then."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.rewrites = sys.stdout.isatty()
        self.spoken = 0.0
        print(f"{what} ...", end="" if self.rewrites else "\n", flush=True)

    def show(self, seconds: float, far: str) -> None:
        """Say how long it takes and how far it is."""
        text = f"{seconds:.0f} s" + (f", {far}" if far else "")
        if self.rewrites:
            # A line that wraps could not be rewritten.
            room = shutil.get_terminal_size().columns - 1
            print("\r\x1b[K" + f"{self.what} ... {text}"[:room], end="", flush=True)
        elif seconds - self.spoken >= SPEAK_SECONDS:
            self.spoken = seconds
            print(f"  {text}", flush=True)

    def end(self, text: str) -> None:
        """Say how it ended."""
        print(f"\r\x1b[K{self.what}: {text}" if self.rewrites else f"  {text}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here.")
        sys.exit(130)
