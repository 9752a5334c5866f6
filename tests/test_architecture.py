"""Imports point one way, what is heavy is imported late, and notebooks are committed clean.

    notebooks -> widgets -> labs, practice -> kit -> reader -> the readable modules
              -> visualization, geometry, machine -> torch

The rules read source code as a tree and run none of it, so that each breach is named with its line.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.labs.all_labs import all_labs

# Higher may import lower and its own level, but for rooms that stand side by side.
LEVELS = {
    "site": 6,
    "widgets": 5,
    "labs": 4,
    "practice": 4,
    "kit": 3,
    "reader": 2,
    "visualization": 0,
    "geometry": 0,
    "machine": 0,
}
READABLE = 1  # every other module: what a learner reads
# 80 MB, 28 MB and a second or more: paid where they are used, inside a function.
HEAVY = {"torchvision", "matplotlib"}
ONLY_IN_WIDGETS = {"ipywidgets", "anywidget"}
# The Jupyter server imports these; they may use what comes with Python and nothing else.
LIGHT = {"lessons_lib/__init__.py", "lessons_lib/server.py"}
FOLDERS_NOBODY_IMPORTS = {"tests", "bench", "notebooks"}


# ---------------------------------------------------------------------------- rules for modules


def imports(tree: ast.Module, module: str) -> Iterator[tuple[str, int, bool]]:
    """Each imported module: its full name, the line, and whether it is imported with the file."""
    for node, at_once in walk(tree, at_once=True):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield name.name, node.lineno, at_once
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: -node.level]
                base = ".".join([*package, *([base] if base else [])])
            for name in node.names:
                yield f"{base}.{name.name}", node.lineno, at_once


def walk(node: ast.AST, at_once: bool) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes below; False for those that run only when a function is called, or never."""
    for child in ast.iter_child_nodes(node):
        inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        only_for_types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        below = at_once and not inside and not only_for_types
        yield child, below
        yield from walk(child, below)


def level(module: str) -> int:
    """How far up a module of lessons_lib stands."""
    parts = module.split(".")
    return LEVELS.get(parts[1], READABLE) if len(parts) > 1 else 0


def room(module: str) -> str:
    """The folder of lessons_lib that a module lies in; "" for those that lie in none."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and parts[1] in LEVELS else ""


def are_neighbours(one: str, other: str) -> bool:
    """Two rooms of one level, which are to know nothing of each other."""
    return bool(one and other and one != other and LEVELS[one] == LEVELS[other])


def breaches(path: str, source: str) -> list[str]:
    """What the file `path`, such as "lessons_lib/labs/stride.py", imports against the rules."""
    parts = list(Path(path).with_suffix("").parts)
    # In a package's __init__.py one dot means the package itself, so the name is kept.
    module = ".".join(parts)
    found = []
    for name, line, at_once in imports(ast.parse(source), module):
        top = name.split(".")[0]
        where = f"{path}:{line} imports {name}"
        if path in LIGHT and top not in sys.stdlib_module_names:
            found.append(f"{where}, but the Jupyter server imports this file: nothing heavy in it")
        if top == "lessons_lib" and level(name) > level(module):
            found.append(f"{where}, which stands above it")
        elif top == "lessons_lib" and are_neighbours(room(name), room(module)):
            found.append(f"{where}, which stands beside it")
        if top in ONLY_IN_WIDGETS and level(module) < LEVELS["widgets"]:
            found.append(f"{where}, but widgets are for lessons_lib/widgets only")
        if top in HEAVY and at_once:
            found.append(f"{where} at once: import it in the function that uses it")
        if top in FOLDERS_NOBODY_IMPORTS:
            found.append(f"{where}, which is not part of the package")
    return found


@pytest.fixture(scope="module")
def sources(repository: Path) -> dict[str, str]:
    files = sorted((repository / "lessons_lib").rglob("*.py"))
    assert len(files) > 3
    return {file.relative_to(repository).as_posix(): file.read_text("utf-8") for file in files}


def test_imports_point_one_way(sources: dict[str, str]) -> None:
    found = [breach for path, source in sources.items() for breach in breaches(path, source)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("lessons_lib/geometry/sizes.py", "from lessons_lib.labs import stride", "stands above"),
        ("lessons_lib/geometry/cost.py", "from lessons_lib import visualization", "stands beside"),
        ("lessons_lib/geometry/cost.py", "from ..visualization import sheet", "stands beside"),
        ("lessons_lib/visualization/sheet.py", "import lessons_lib.labs.stride", "stands above"),
        ("lessons_lib/visualization/sheet.py", "from lessons_lib.images import a", "stands above"),
        (
            "lessons_lib/images/loading.py",
            "from lessons_lib.reader import preferences",
            "stands above",
        ),
        ("lessons_lib/kit/photo.py", "from lessons_lib.labs import stride", "stands above"),
        ("lessons_lib/machine/memory.py", "from lessons_lib.images import a", "stands above"),
        (
            "lessons_lib/kit/links.py",
            "if TYPE_CHECKING:\n  from lessons_lib.widgets.lab.lab import Lab",
            "stands above",
        ),
        ("lessons_lib/labs/stride.py", "from ..widgets.lab import Lab", "stands above"),
        ("lessons_lib/labs/__init__.py", "from ..widgets.lab import Lab", "stands above"),
        (
            "lessons_lib/practice/questions/stride.py",
            "from lessons_lib.widgets import question",
            "stands above",
        ),
        ("lessons_lib/practice/a.py", "from lessons_lib.labs import stride", "stands beside"),
        ("lessons_lib/kit/result.py", "from lessons_lib.practice import questions", "stands above"),
        ("lessons_lib/labs/stride.py", "def f():\n  import ipywidgets as w", "widgets are for"),
        ("lessons_lib/visualization/sheet.py", "import anywidget", "widgets are for"),
        ("lessons_lib/visualization/sheet.py", "import matplotlib.pyplot as plt", "at once"),
        ("lessons_lib/widgets/lab/lab.py", "from torchvision import transforms", "at once"),
        ("lessons_lib/a.py", "try:\n  import torchvision\nexcept E: pass", "at once"),
        ("lessons_lib/a.py", "class A:\n  from matplotlib import cm", "at once"),
        ("lessons_lib/server.py", "def f():\n  import torch", "nothing heavy"),
        ("lessons_lib/__init__.py", "from .images import load_image", "nothing heavy"),
        ("lessons_lib/a.py", "from tests.conftest import REPOSITORY", "not part of the package"),
        ("lessons_lib/a.py", "import bench.drag", "not part of the package"),
    ],
)
def test_a_wrong_import_is_noticed(path: str, source: str, said: str) -> None:
    (found,) = breaches(path, source)
    assert said in found
    assert found.startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "lessons_lib/widgets/lab/lab.py",
            "import ipywidgets\nfrom lessons_lib.labs import stride",
        ),
        ("lessons_lib/labs/stride.py", "from lessons_lib.visualization.colours import signed"),
        ("lessons_lib/widgets/question/a.py", "from lessons_lib.practice.questions import judge"),
        ("lessons_lib/practice/questions/a.py", "from lessons_lib.kit.vocabulary import Role"),
        (
            "lessons_lib/labs/stride.py",
            "from ..kit.result import Result\nfrom ..geometry import size",
        ),
        ("lessons_lib/labs/__init__.py", "from .stride import Params"),
        ("lessons_lib/visualization/sheet.py", "def f():\n  import matplotlib.pyplot as plt"),
        ("lessons_lib/a.py", "if TYPE_CHECKING:\n  from matplotlib.figure import Figure"),
        ("lessons_lib/server.py", "from typing import Any"),
        ("lessons_lib/transposed.py", "import torch\nfrom lessons_lib.padding import pad2d"),
        ("lessons_lib/images/loading.py", "from ..kernels import named_kernel"),
    ],
)
def test_a_right_import_is_no_breach(path: str, source: str) -> None:
    assert breaches(path, source) == []


def test_modules_below_do_not_import_each_other_in_circles(sources: dict[str, str]) -> None:
    modules = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sources
    }
    needs: dict[str, set[str]] = {}
    for path, source in sources.items():
        module = path.removesuffix(".py").replace("/", ".")
        # Also what is imported late, or for its type only: it is needed to be understood.
        names = [name for name, _, _ in imports(ast.parse(source), module)]
        found = {name if name in modules else name.rpartition(".")[0] for name in names}
        name = module.removesuffix(".__init__")
        # A package's __init__ may gather what lies in it.
        needs[name] = {other for other in found & modules if not other.startswith(f"{name}.")}
    assert circle(needs) == []


def circle(needs: dict[str, set[str]]) -> list[str]:
    """One chain of modules that ends where it began, or nothing."""
    done: set[str] = set()

    def follow(module: str, chain: list[str]) -> list[str]:
        if module in chain:
            return [*chain[chain.index(module) :], module]
        if module in done:
            return []
        for other in sorted(needs.get(module, set())):
            if found := follow(other, [*chain, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(needs) if (found := follow(module, []))), [])


# A stage draws from the shelf; a page without a kernel shows what the others show.
PAGE_ARROWS = {"stage": {"shelf"}, "saved": {"stage", "shelf", "question"}}


def test_a_room_of_the_page_imports_only_itself_and_what_is_shared(repository: Path) -> None:
    widgets = repository / "lessons_lib/widgets"
    found = []
    files = sorted(widgets.rglob("*.js"))
    assert len(files) > 20
    for file in files:
        own = file.relative_to(widgets).parts[0]
        for needed in re.findall(r'from "(\.[^"]+)"', file.read_text("utf-8")):
            other = (file.parent / needed).resolve().relative_to(widgets.resolve()).parts[0]
            if other not in {own, "shared", *PAGE_ARROWS.get(own, ())}:
                found.append(f"{file.relative_to(repository)} imports {needed}")
    assert found == []


def test_a_circle_is_noticed() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_importing_all_modules_costs_neither_matplotlib_nor_torchvision(
    sources: dict[str, str],
) -> None:
    # What the source does not show: a heavy package that comes in through another one.
    names = [
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in sources
    ]
    below = [name for name in names if level(name) < LEVELS["widgets"]]
    program = (
        "import importlib, sys\n"
        f"for name in {below!r}:\n"
        "    importlib.import_module(name)\n"
        "heavy = {'matplotlib', 'torchvision', 'ipywidgets', 'anywidget'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
        f"for name in {names!r}:\n"
        "    importlib.import_module(name)\n"
        "heavy = {'matplotlib', 'torchvision'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------------------- rules for labs

# These may name labs: each is one, or is where they are listed.
KNOWS_LABS = ("lessons_lib/labs/", "lessons_lib/widgets/__init__.py")


def knowledge_of_labs(path: str, source: str, names: set[str]) -> list[str]:
    """Where a general file or style sheet knows a lab by its name.

    Words such as "stride" are names of parameters and roles too: they count where they are
    compared with the name of a definition. Names with a hyphen stand for nothing but a lab.
    """
    found = [
        f"{path} has the selector {match}"
        for match in re.findall(r"lesson-lab-[a-z][\w-]*", source)
        if match.removeprefix("lesson-lab-") in names
    ]
    own = "|".join(sorted(name for name in names if "-" in name))
    found += [f"{path} names {match}" for match in re.findall(rf"""["'`]({own})["'`]""", source)]
    if path.endswith(".py"):
        found += [f"{path} {said}" for said in compared_names(ast.parse(source), names)]
    return found


def compared_names(tree: ast.Module, names: set[str]) -> Iterator[str]:
    """Comparisons of a definition's name with the name of a lab."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Compare):
            continue
        sides = [node.left, *node.comparators]
        is_name = any(
            isinstance(side, ast.Attribute)
            and ast.unparse(side).endswith(("definition.name", "lab.name"))
            for side in sides
        )
        words = {
            each.value
            for side in sides
            for each in ast.walk(side)
            if isinstance(each, ast.Constant)
        }
        if is_name and words & names:
            yield f"compares in line {node.lineno}: {ast.unparse(node)}"


def test_no_general_file_knows_a_lab(repository: Path) -> None:
    names = {lab.name for lab in all_labs()}
    files = [
        file.relative_to(repository).as_posix()
        for file in sorted((repository / "lessons_lib").rglob("*"))
        if file.suffix in (".py", ".js", ".css")
    ]
    general = [path for path in files if not path.startswith(KNOWS_LABS)]
    assert len(general) > 60
    found = [
        said
        for path in general
        for said in knowledge_of_labs(path, (repository / path).read_text("utf-8"), names)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lessons_lib/widgets/a.css", ".lesson-lab-stride .lesson-pane { width: 1px; }"),
        ("lessons_lib/widgets/a.js", 'const wide = lab.matches(".lesson-lab-round-trip");'),
        ("lessons_lib/widgets/a.py", 'LOW = ("bilinear", "seed-gallery")'),
        ("lessons_lib/widgets/a.py", 'if definition.name == "stride":\n    pass'),
        ("lessons_lib/widgets/a.py", 'x = self._definition.name in ("matrix", "kernel")'),
    ],
)
def test_a_general_file_that_knows_a_lab_is_noticed(path: str, source: str) -> None:
    assert knowledge_of_labs(path, source, {lab.name for lab in all_labs()})


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("lessons_lib/widgets/a.css", ".lesson-role-stride { color: red; }"),
        ("lessons_lib/widgets/a.py", 'if term.role == "stride":\n    pass'),
        ("lessons_lib/widgets/a.py", 'self.add_class(f"lesson-lab-{definition.name}")'),
    ],
)
def test_a_role_or_a_parameter_is_no_lab(path: str, source: str) -> None:
    assert knowledge_of_labs(path, source, {lab.name for lab in all_labs()}) == []


# ---------------------------------------------------------------------------- rules for notebooks


def untidiness(notebook: dict[str, Any]) -> list[str]:
    """What is in the notebook that belongs to one run of it, or to one computer."""
    found = []
    if "widgets" in notebook["metadata"]:
        found.append("the notebook stores the state of widgets")
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        if cell["outputs"]:
            found.append(f"cell {number} has outputs")
        if cell["execution_count"] is not None:
            found.append(f"cell {number} has an execution count")
        if "execution" in cell["metadata"]:
            found.append(f"cell {number} stores when it ran")
        if "sys.path" in "".join(cell["source"]):
            found.append(f"cell {number} edits sys.path: the package is installed")
    return found


def test_notebooks_are_committed_clean(repository: Path) -> None:
    found = [
        f"{file.name}: {problem}"
        for file in sorted((repository / "notebooks").glob("*.ipynb"))
        for problem in untidiness(json.loads(file.read_text("utf-8")))
    ]
    assert not found, "\n".join(found)


def test_a_notebook_that_was_run_is_noticed() -> None:
    cell: dict[str, Any] = {
        "cell_type": "code",
        "source": ["import sys\n", "sys.path.insert(0, '..')"],
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}],
        "execution_count": 1,
        "metadata": {"execution": {}},
    }
    clean = {**cell, "source": ["1 + 1"], "outputs": [], "execution_count": None, "metadata": {}}
    text = {"cell_type": "markdown", "source": ["We never edit sys.path."], "metadata": {}}
    used = {"metadata": {"widgets": {}}, "cells": [text, clean, cell]}
    assert untidiness(used) == [
        "the notebook stores the state of widgets",
        "cell 3 has outputs",
        "cell 3 has an execution count",
        "cell 3 stores when it ran",
        "cell 3 edits sys.path: the package is installed",
    ]
    assert untidiness({"metadata": {}, "cells": [text, clean]}) == []
