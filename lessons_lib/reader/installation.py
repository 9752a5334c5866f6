"""Check what is installed, for readers whose labs do not come alive, and for those who help them.

Only names and versions are looked up; nothing heavy is imported, nothing is changed.
"""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, NamedTuple

from jupyter_core.paths import jupyter_config_path
from packaging.requirements import Requirement

from lessons_lib.images import BUNDLED, PictureError, load_picture
from lessons_lib.reader.preferences import default_picture

PACKAGE = "convolution-lessons"
EXTENSION = "lessons_lib.server"
SHOWN = ("torch", "torchvision", "jupyterlab", "ipywidgets", "anywidget", "matplotlib")
OLDEST_PYTHON = (3, 11)

_AGAIN = "install the lessons again: see README.md"


class Finding(NamedTuple):
    """One line of the check.

    Attributes:
        what: what was looked at.
        value: what was found.
        verdict: "ok", or what to do.
    """

    what: str
    value: str
    verdict: str


def check_installation() -> list[Finding]:
    """Look up what the lessons need, and say what to do where something is missing.

    Returns:
        (what, value, verdict) for Python, each package, the pair of torch and torchvision, the
        server extension, the bundled pictures and the reader's default picture; a verdict is "ok"
        or a cure.

    Example:
        >>> check_installation()[0].what
        'Python'
    """
    wanted = _requirements(PACKAGE)
    return [
        _python(),
        *(_package(name, wanted) for name in SHOWN),
        _pair(),
        _server_extension(),
        _pictures(),
        _default_picture(),
    ]


def installation_table(findings: list[Finding] | None = None) -> str:
    """Write the check as a table to read, or to paste into a question.

    Args:
        findings: of `check_installation`; None: check now.

    Returns:
        Lines of text, a heading first.

    Example:
        >>> print(installation_table([Finding("Python", "3.12.1", "ok")]))
        what    found   verdict
        Python  3.12.1  ok
    """
    found = check_installation() if findings is None else findings
    rows = [Finding("what", "found", "verdict"), *found]
    what, value = (max(len(row[i]) for row in rows) for i in (0, 1))
    return "\n".join(f"{row.what:{what}}  {row.value:{value}}  {row.verdict}" for row in rows)


# ------------------------------------------------------------------------------------- the versions


def _python() -> Finding:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    now = platform.python_version_tuple()
    fits = (int(now[0]), int(now[1])) >= OLDEST_PYTHON
    return Finding(
        "Python", platform.python_version(), "ok" if fits else f"install {oldest} or newer"
    )


def _package(name: str, wanted: dict[str, Requirement]) -> Finding:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "missing", _AGAIN)
    rule = wanted.get(name)
    if rule is None or rule.specifier.contains(found, prereleases=True):
        return Finding(name, found, "ok")
    return Finding(name, found, f"the lessons need {rule.specifier}: {_AGAIN}")


def _pair() -> Finding:
    """torchvision works with one version of torch only."""
    what = "torchvision fits torch"
    try:
        torch, rule = version("torch"), _requirements("torchvision").get("torch")
    except PackageNotFoundError:
        return Finding(what, "unknown", _AGAIN)
    if rule is None or rule.specifier.contains(torch, prereleases=True):
        return Finding(what, "yes", "ok")
    return Finding(what, "no", f"torchvision was made for torch {rule.specifier}: {_AGAIN}")


def _requirements(package: str) -> dict[str, Requirement]:
    try:
        rules = [Requirement(line) for line in requires(package) or ()]
    except PackageNotFoundError:
        return {}
    return {rule.name: rule for rule in rules if "extra" not in str(rule.marker or "")}


# ----------------------------------------------------------------------------------- the extension


def _server_extension() -> Finding:
    what = "server extension"
    if _extension_enabled([Path(folder) for folder in jupyter_config_path()]):
        return Finding(what, "on", "ok")
    cure = f"labs work, but answer later: `jupyter server extension enable {EXTENSION}`, restart"
    return Finding(what, "off", cure)


def _extension_enabled(folders: list[Path]) -> bool:
    """Say what Jupyter's settings say, read as the server reads them; first folders win."""
    from jupyter_server.config_manager import BaseJSONConfigManager

    enabled = False
    for folder in reversed(folders):
        manager: Any = BaseJSONConfigManager(config_dir=str(folder))
        settings = manager.get("jupyter_server_config").get("ServerApp", {})
        enabled = settings.get("jpserver_extensions", {}).get(EXTENSION, enabled)
    return bool(enabled)


# ------------------------------------------------------------------------------------ the pictures


def _pictures() -> Finding:
    missing = [name for name in BUNDLED if not _loads(name)]
    value = f"{len(BUNDLED) - len(missing)} of {len(BUNDLED)}"
    verdict = f"cannot be read: {', '.join(missing)}; {_AGAIN}" if missing else "ok"
    return Finding("bundled pictures", value, verdict)


def _loads(name: str) -> bool:
    try:
        load_picture(name)
    except (PictureError, OSError):
        return False
    return True


def _default_picture() -> Finding:
    return Finding("default picture", default_picture(), "ok")
