"""A class of notebooks that were handed in: honest ones, careless ones, and some that mean harm.

Each stands with what the table has to say about `correlate2d` and `output_size`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

SIZE = """
def output_size(input_size, kernel_size, stride):
    return (input_size - kernel_size) // stride + 1
"""
WRONG_SIZE = SIZE.replace(" + 1", "")
CORRELATE = """
import torch
import torch.nn.functional as F

def correlate2d(image, kernel):
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]
"""
WRONG_CORRELATE = CORRELATE.replace("kernel[None", "kernel.flip(0, 1)[None")
SWALLOWS = """
import time
while True:
    try:
        while True: time.sleep(0.01)
    except BaseException:
        pass
"""
IN_FUNCTION = """
def output_size(input_size, kernel_size, stride):
    {}
    return (input_size - kernel_size) // stride + 1
"""
GIGABYTES = "[0] * (10 * 2**30 // 8)"
FORGED = """
import json, os
ANSWER = {"kind": "int", "type": "int", "shape": [], "data": None}
QUOTES = {"type": "E", "message": "", "raised": True, "frames": [["/dev/zero", 1, "f", 1]]}
LINES = [
    {"cell": 2.0},
    {"function": "output_size", "untouched": False, "code": ""},
    {"exercise": "output_size", "passed": True, "tried": True},
    {"done": True},
]
def forge(*lines):
    for line in lines or LINES:
        for place in range(1, 20):
            try: os.write(place, json.dumps(line).encode() + b"\\n")
            except OSError: pass
"""
PARENTS_STREAMS = """
import os
for process in (os.getppid(), 1):
    for stream in (1, 2):
        try: open(f"/proc/{process}/fd/{stream}", "w").write("output_size passed")
        except OSError: pass
"""
TAMPERS = """
from lessons_lib import practice
from lessons_lib.practice import CheckResult
import lessons_lib.geometry
practice.check = lambda *_: print("✓ output_size: passed")
CheckResult.passed = True
import torch
torch.equal = torch.allclose = lambda *_, **__: True
torch.isclose = lambda *_, **__: torch.ones(1).bool()
"""
CHANGED_PACKAGE = """
import sys
from pathlib import Path
Path("lessons_lib/practice/checking").mkdir(parents=True)
for name in ("", "practice/", "practice/checking/"):
    Path(f"lessons_lib/{name}__init__.py").write_text("checked = lambda *_: True")
sys.path.insert(0, ".")
"""
UNPACKS = """
import os
class Ends:
    def __reduce__(self): return os._exit, (0,)
ends = Ends()
def output_size(input_size, kernel_size, stride):
    return ends and (input_size - kernel_size) // stride + 1
"""
LEFT_BEHIND = "left behind by a notebook"
DAEMON = f"""
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600) # {LEFT_BEHIND}"],
                 start_new_session=True)
"""
LESSON = [
    "%matplotlib inline\nfrom lessons_lib import practice\n"
    "from lessons_lib.widgets import question, stride_lab\nimport matplotlib.pyplot as plt",
    "stride_lab(picture='coffee')",
    "!ls\nfiles = !ls\nstride_lab?",
    "%%time\n" + SIZE,
    "assert practice.check('output_size', output_size).passed",
    "question('stride_size')\nplt.plot([1, 2])\ndisplay(3)",
    CORRELATE,
    "for lab in [stride_lab()]: lab.stride = 2",
]
HELPERS = [
    "from math import floor\nimport functools",
    "@functools.cache\ndef output_size(n, k, s): return floor(places(n, k, s))",
    "def places(n, k, s): return (n - k) / s + shift.one",
    "class shift: one = 1",
]
STUBS = [
    "from lessons_lib.convolution import correlate2d\nfrom lessons_lib import practice",
    "def output_size(input_size, kernel_size, stride): ...",
    "practice.check('output_size', output_size)",
]

Marks = tuple[str, ...]
P, F, N, B = "passed", "failed", "not tried", "broken"

CLASS: Mapping[str, tuple[list[str], Marks]] = {
    # honest and careless
    "right": ([SIZE, CORRELATE], (P, P)),
    "wrong": ([WRONG_SIZE, WRONG_CORRELATE], (F, F)),
    "half": ([SIZE, WRONG_CORRELATE], (F, P)),
    "not begun": (STUBS, (N, N)),
    "empty": ([], (N, N)),
    "a whole lesson": (LESSON, (P, P)),
    "helpers of other cells": (HELPERS, (N, P)),
    "the last one is wrong": ([SIZE, WRONG_SIZE], (N, F)),
    "the last one is right": ([WRONG_SIZE, SIZE, "output_size = 5"], (N, P)),
    "a cell fails": (["1 / 0", SIZE, "def output_size(:", CORRELATE], (P, P)),
    "writes files": (["open('mine.txt', 'w').write('x')", SIZE, "open('mine.txt')"], (N, P)),
    "cannot be packed": (
        ["import threading\nlock = threading.Lock()", IN_FUNCTION.format("lock")],
        (N, F),
    ),
    "other arguments": (["def output_size(n): return n"], (N, F)),
    # ends itself, or does not end
    "sys.exit": (["import sys; sys.exit()", SIZE], (N, P)),
    "os._exit": ([SIZE, "import os; os._exit(0)", CORRELATE], (P, P)),
    "endless": (["while True: pass", SIZE], (N, P)),
    "endless and stubborn": ([CORRELATE, SWALLOWS, SIZE], (P, P)),
    "endless in the function": ([IN_FUNCTION.format("while True: pass"), CORRELATE], (P, F)),
    "endless beside the function": ([SIZE + SWALLOWS], (N, B)),
    "endless after the function": ([WRONG_SIZE, SIZE + "while True: pass"], (N, P)),
    "ends after the function": ([WRONG_SIZE, SIZE + "import os; os._exit(0)"], (N, B)),
    "10 GB": ([f"x = {GIGABYTES}", SIZE], (N, P)),
    "10 GB in the function": ([IN_FUNCTION.format(f"x = {GIGABYTES}")], (N, F)),
    "deletes its files": (["import os, shutil; shutil.rmtree(os.getcwd())", SIZE], (N, P)),
    "prints 1 GB": (["for _ in range(1000): print('x' * 2**20)", SIZE], (N, P)),
    "tells 1 GB": ([FORGED + "while True: forge({'failed': 2**20 * 'x'})", WRONG_SIZE], (N, F)),
    # means harm
    "forks": (["import os\nwhile True: os.fork()", SIZE], (N, P)),
    "forks in the function": (["import os", IN_FUNCTION.format("while True: os.fork()")], (N, F)),
    "ends its parent": (["import os; os.kill(os.getppid(), 9)", SIZE], (N, P)),
    "ends its parent in the function": (
        ["import os", IN_FUNCTION.format("os.kill(os.getppid() or 1, 9); os.kill(0, 9)")],
        (N, F),
    ),
    "writes where its parent writes": ([PARENTS_STREAMS, WRONG_SIZE], (N, F)),
    "says that it passed": ([WRONG_SIZE, "print('✓ output_size: passed')"], (N, F)),
    "forges what is said": ([WRONG_SIZE, FORGED, "forge()"], (N, F)),
    "forges in the function": ([FORGED, IN_FUNCTION.format("forge()")], (N, F)),
    "lets a device be quoted": (
        [FORGED, IN_FUNCTION.format("forge({'error': QUOTES, 'changed': [], 'printed': ''})")],
        (N, F),
    ),
    "forges a number": (
        [
            FORGED,
            IN_FUNCTION.format("forge({'answer': ANSWER, 'changed': [1e999], 'printed': ''})"),
        ],
        (N, B),
    ),
    "forges a place": (
        [FORGED, IN_FUNCTION.format("forge({'answer': ANSWER, 'changed': [99], 'printed': ''})")],
        (N, B),
    ),
    "tampers with the check": ([TAMPERS, WRONG_SIZE, CORRELATE], (P, F)),
    "brings another package": ([CHANGED_PACKAGE, WRONG_SIZE], (N, F)),
    "ends whoever unpacks it": ([UNPACKS], (N, F)),
    "leaves a process behind": ([DAEMON, SIZE], (N, P)),
}
NO_NOTEBOOKS: Mapping[str, bytes] = {
    "no JSON": b"{cells: []",
    "no text": b"\xff\xfe\x00",
    "no cells": b'{"cells": 3}',
    "no cell": b'{"cells": [3]}',
    "a number without end": b'{"cells": [' + b"9" * 5000 + b"]}",
    "no source": b'{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
    "deep": b"[" * 100_000,
}
HUGE = "huge"


def write_class(folder: Path) -> dict[Path, Marks]:
    """Write all of them, and give what the table has to say."""
    expected = {}
    for name, (cells, marks) in CLASS.items():
        expected[written(folder / f"{name}.ipynb", cells)] = marks
    for name, text in NO_NOTEBOOKS.items():
        path = folder / f"{name}.ipynb"
        path.write_bytes(text)
        expected[path] = (B, B)
    with (folder / f"{HUGE}.ipynb").open("wb") as file:
        file.truncate(1 << 40)
    expected |= {folder / f"{HUGE}.ipynb": (B, B), folder / "missing.ipynb": (B, B)}
    again = folder / "again"
    again.mkdir()
    expected[again] = (B, B)
    expected[written(again / "right.ipynb", [WRONG_SIZE])] = (N, F)  # the same name elsewhere
    return expected


def written(path: Path, cells: list[str]) -> Path:
    """Write a notebook as Jupyter does: a source is a list of lines."""
    parts: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for number, source in enumerate(cells)
    ]
    text = {"cell_type": "markdown", "id": "text", "metadata": {}, "source": "def output_size"}
    book: dict[str, object] = {
        "cells": [text, *parts],
        "metadata": {},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(book))
    return path
