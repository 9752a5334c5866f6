"""The three lists of packages agree, and what is installed holds all that a lesson needs."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

# Where conda-forge names a package otherwise than the Python package index does.
FROM_CONDA = {"matplotlib-base": "matplotlib", "pytorch-cpu": "torch"}
# What conda installs itself and pip takes for granted.
ONLY_CONDA = {"python", "pip"}
# The systems and Pythons that constraints.txt has to serve.
SYSTEMS = [
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    return tomllib.loads((repository / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def needed(project: dict[str, Any]) -> dict[str, Requirement]:
    """What the lessons need, by name."""
    return {r.name: r for r in map(Requirement, project["dependencies"])}


@pytest.fixture(scope="module")
def for_tests(project: dict[str, Any]) -> dict[str, Requirement]:
    return {r.name: r for r in map(Requirement, project["optional-dependencies"]["test"])}


@pytest.fixture(scope="module")
def environment(repository: Path) -> dict[str, Any]:
    return yaml.safe_load((repository / "environment.yml").read_text())


@pytest.fixture(scope="module")
def from_conda(environment: dict[str, Any]) -> dict[str, SpecifierSet]:
    """What environment.yml asks for, by the name that the Python package index uses."""
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    found = {}
    for line in lines:
        name, _, versions = line.partition(" ")
        found[FROM_CONDA.get(name, name)] = SpecifierSet(versions)
    assert len(found) == len(lines), "a package is named twice"
    return found


@pytest.fixture(scope="module")
def pinned(repository: Path) -> dict[str, Version]:
    found: dict[str, Version] = {}
    for line in (repository / "constraints.txt").read_text().splitlines():
        text = line.partition("#")[0].strip()
        if not text:
            continue
        requirement = Requirement(text)
        (specifier,) = requirement.specifier
        assert specifier.operator == "==", f"{text}: constraints.txt holds exact versions"
        name = canonicalize_name(requirement.name)
        assert name not in found, f"{name} is pinned twice"
        found[name] = Version(specifier.version)
    return found


# ---------------------------------------------------------------------------- the three lists


def test_conda_gets_the_same_packages_as_pip(
    needed: dict[str, Requirement], from_conda: dict[str, SpecifierSet]
) -> None:
    assert set(from_conda) - ONLY_CONDA == set(needed)


def test_conda_gets_the_same_versions_as_pip(
    project: dict[str, Any],
    needed: dict[str, Requirement],
    from_conda: dict[str, SpecifierSet],
) -> None:
    expected = {name: requirement.specifier for name, requirement in needed.items()}
    expected["python"] = SpecifierSet(project["requires-python"])
    assert {name: from_conda[name] for name in expected} == expected


def test_conda_and_binder_install_the_lessons_own_package_too(environment: dict[str, Any]) -> None:
    assert environment["dependencies"][-1] == {"pip": ["-e ."]}
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_every_line_of_the_environment_says_why_it_is_there(repository: Path) -> None:
    text = (repository / "environment.yml").read_text()
    packages = [line for line in text.splitlines() if line.lstrip().startswith("- ")]
    silent = [line for line in packages if " # " not in line and line.strip() != "- pip:"]
    assert packages
    assert not silent


def test_every_pinned_version_is_one_that_the_project_allows(
    needed: dict[str, Requirement],
    for_tests: dict[str, Requirement],
    pinned: dict[str, Version],
) -> None:
    wrong = [
        f"{requirement} but {pinned.get(canonicalize_name(name))}"
        for name, requirement in {**needed, **for_tests}.items()
        if canonicalize_name(name) not in pinned
        or pinned[canonicalize_name(name)] not in requirement.specifier
    ]
    assert not wrong


def test_no_pin_belongs_to_one_kind_of_build(pinned: dict[str, Version]) -> None:
    # 2.13.0+cpu exists in one place only; 2.13.0 is met by a CPU build and by a CUDA build alike.
    assert [name for name, version in pinned.items() if version.local] == []


def test_torch_and_torchvision_are_the_pair_that_belongs_together(
    pinned: dict[str, Version],
) -> None:
    (wanted,) = [
        Requirement(text)
        for text in importlib.metadata.requires("torchvision") or []
        if Requirement(text).name == "torch"
    ]
    assert pinned["torchvision"] == Version(importlib.metadata.version("torchvision"))
    assert pinned["torch"] in wanted.specifier


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["sys_platform"])
@pytest.mark.parametrize("python", PYTHONS)
def test_everything_that_gets_installed_is_pinned(
    system: dict[str, str],
    python: str,
    project: dict[str, Any],
    pinned: dict[str, Version],
) -> None:
    versions = {"python_version": python, "python_full_version": f"{python}.0"}
    missing, conflicts = unpinned(
        [*project["dependencies"], *project["optional-dependencies"]["test"]],
        {**default_environment(), **system, **versions},  # type: ignore[dict-item]
        pinned,
    )
    assert not missing
    assert not conflicts


def unpinned(
    requirements: list[str], environment: dict[str, str], pinned: dict[str, Version]
) -> tuple[set[str], set[str]]:
    """Follow the requirements to the end: who has no pin, whose pin is not allowed?"""
    missing: set[str] = set()
    conflicts: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name not in pinned:
            missing.add(name)
        elif pinned[name] not in requirement.specifier:
            conflicts.add(f"{requirement}, but {pinned[name]} is pinned")
        key = (name, frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            texts = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue  # belongs to another system than this one; none of those needs more
        for needed_by_it in map(Requirement, texts):
            extras = ["", *requirement.extras]
            if needed_by_it.marker is None or any(
                needed_by_it.marker.evaluate({**environment, "extra": extra}) for extra in extras
            ):
                waiting.append(needed_by_it)
    return missing, conflicts


def test_a_package_without_a_pin_and_a_pin_that_is_not_allowed_are_noticed() -> None:
    environment: dict[str, str] = {**default_environment()}  # type: ignore[dict-item]
    pins = {"matplotlib": Version("3.11.2"), "pillow": Version("1.0")}
    missing, conflicts = unpinned(["matplotlib>=3.9"], environment, pins)
    assert {"numpy", "kiwisolver"} <= missing
    assert any(text.startswith("pillow") for text in conflicts)


# ---------------------------------------------------------------------------- what is imported

# Run by their names or loaded by another package, never imported by ours.
ONLY_RUN = {
    "hatchling",
    "jupyterhub",
    "jupyterlab",
    "mypy",
    "notebook",
    "pytest-xdist",
    "ruff",
    "voila",
}


def imported(source: str) -> set[str]:
    """The packages that a module imports anywhere, as far as they are not Python's own."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names)


def imported_in(repository: Path, *folders: str) -> set[str]:
    """The distributions that the modules of these folders import, except the lessons' own."""
    found = {
        name
        for folder in folders
        for path in (repository / folder).rglob("*.py")
        for name in imported(path.read_text())
    }
    owners = importlib.metadata.packages_distributions()
    return distributions(found - {"lessons_lib", "tests", "bench", "docs", "install"}, owners)


def distributions(modules: set[str], owners: Mapping[str, list[str]]) -> set[str]:
    return {canonicalize_name(owner) for name in modules for owner in owners.get(name, [name])}


def test_what_a_module_imports_is_found_wherever_it_stands() -> None:
    source = "import os, a.b\nfrom . import c\ndef f():\n    from d.e import g\n    import h as i\n"
    assert imported(source) == {"a", "d", "h"}
    assert distributions({"PIL", "unheard_of"}, {"PIL": ["pillow"]}) == {"pillow", "unheard-of"}


def test_what_the_lessons_import_is_what_they_declare(
    repository: Path, needed: dict[str, Requirement]
) -> None:
    declared = {canonicalize_name(name) for name in needed}
    from_modules = imported_in(repository, "lessons_lib")
    from_cells = distributions(
        {name for source in cells(repository) for name in imported(source)} - {"lessons_lib"},
        importlib.metadata.packages_distributions(),
    )
    assert from_modules | from_cells == declared - ONLY_RUN


def test_what_the_tests_import_is_declared_too(
    repository: Path, needed: dict[str, Requirement], for_tests: dict[str, Requirement]
) -> None:
    found = imported_in(repository, "tests", "bench", "docs")
    declared = {canonicalize_name(name) for name in {**needed, **for_tests}}
    assert found <= declared
    assert {canonicalize_name(name) for name in for_tests} - found <= ONLY_RUN


def cells(repository: Path) -> list[str]:
    """The code of all lessons, cell by cell."""
    return [
        cell.source
        for path in (repository / "notebooks").glob("*.ipynb")
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code"
    ]


# ---------------------------------------------------------------------------- what is installed


def test_the_package_is_installed_and_not_just_lying_about() -> None:
    program = "import lessons_lib, lessons_lib.images as i; print(i.assets_folder())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(sys.prefix)
    )
    assert done.returncode == 0, done.stderr
    assert (Path(done.stdout.strip()) / "lena.png").is_file()


def test_the_server_extension_is_switched_on_by_the_installation() -> None:
    settings = Path(sys.prefix, "etc", "jupyter", "jupyter_server_config.d", "lessons_lib.json")
    extensions = json.loads(settings.read_text())["ServerApp"]["jpserver_extensions"]
    assert extensions == {"lessons_lib.server": True}


@pytest.fixture(scope="module")
def in_the_wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a wheel that is built now."""
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=repository,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_all_modules_pictures_and_page_sources(
    repository: Path, in_the_wheel: set[str]
) -> None:
    package = repository / "lessons_lib"
    expected = {
        path.relative_to(repository).as_posix()
        for pattern in ("*.py", "*.js", "*.mjs", "*.css")
        for path in package.rglob(pattern)
    }
    pictures = {f"lessons_lib/assets/{path.name}" for path in (repository / "assets").iterdir()}
    assert "lessons_lib/images/loading.py" in expected
    assert "lessons_lib/assets/lena.png" in pictures
    assert "lessons_lib/assets/ATTRIBUTION.md" in pictures
    assert "lessons_lib/assets/shapes_fcn.pt" in pictures, "the trained network"
    assert expected | pictures <= in_the_wheel


def test_the_wheel_switches_the_server_extension_on(in_the_wheel: set[str]) -> None:
    place = "data/etc/jupyter/jupyter_server_config.d/lessons_lib.json"
    assert [name for name in in_the_wheel if name.endswith(f".data/{place}")]


def test_the_wheel_holds_nothing_else(in_the_wheel: set[str]) -> None:
    tops = {name.split("/")[0] for name in in_the_wheel}
    assert {top for top in tops if not top.startswith("convolution_lessons-")} == {"lessons_lib"}
    assert not [name for name in in_the_wheel if "__pycache__" in name]
