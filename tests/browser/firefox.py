"""Firefox as it is installed, driven by puppeteer-core: Playwright takes only one of its own."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.js.checks import TOP, install, installed_version

NAMES = ("firefox-esr", "firefox")
PUPPETEER = "puppeteer-core"
VERSION = "24.43.1"
PLACE = Path(sys.prefix) / "puppeteer"  # nothing of it is committed
SCRIPT = TOP / "tests" / "js" / "in_firefox.mjs"


def missing_program() -> str | None:
    """Say what is not installed of what it takes, or None."""
    if _firefox() is None:
        return "Firefox"
    return next((name for name in ("node", "npm") if shutil.which(name) is None), None)


def in_firefox(address: str, timeout: float = 120.0) -> dict[str, Any]:
    """Let a hand at the lab of a page do what in_firefox.mjs says, and give what was seen.

    Raises:
        RuntimeError: puppeteer-core could not be fetched, or the script failed.
    """
    if installed_version(PLACE, PUPPETEER) != VERSION:
        npm = shutil.which("npm")
        if npm is None or install(npm, PLACE, PUPPETEER, VERSION):
            raise RuntimeError(f"{PUPPETEER} {VERSION} could not be installed")
    command = ["node", str(SCRIPT), str(PLACE), str(_firefox()), address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def _firefox() -> Path | None:
    found = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in found if path), None)
