"""Check JavaScript and CSS: `python -m tests.js.checks` from the top of the repository.

biome looks at their form, Node.js runs their tests. Where Node.js or its npm is missing, the check
is skipped and says so; with LESSONS_REQUIRE_BROWSER=1 that is a failure.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BIOME = "@biomejs/biome"
PLACE = TOP / ".venv" / "biome"  # nothing of it is committed, no list of where it came from


def main() -> int:
    """Run both; give 0, or the exit status of the first that failed."""
    return check_form(PLACE) or run_tests(TOP / "tests" / "js")


def check_form(place: Path) -> int:
    """Let biome check format and lint of what biome.json names; warnings fail too."""
    version = wanted_version((TOP / "biome.json").read_text())
    if installed_version(place) != version:
        npm = shutil.which("npm")
        if npm is None:
            return missing("npm", "the form of JavaScript and CSS is not checked")
        print(f"Installing biome {version}, which checks JavaScript and CSS ...", flush=True)
        status = install(npm, place, BIOME, version)
        if status:
            return status
    return subprocess.run(biome_command(place), cwd=TOP).returncode


def biome_command(place: Path) -> list[str]:
    """Format and lint of every file that biome.json names; a warning counts as an error."""
    return [str(place / "node_modules" / ".bin" / "biome"), "check", "--error-on-warnings"]


def run_tests(folder: Path) -> int:
    """Let Node.js run every test file of a folder."""
    node = shutil.which("node")
    if node is None:
        return missing("Node.js", "the JavaScript tests do not run")
    files = sorted(str(path) for path in folder.glob("*.test.mjs"))
    if not files:
        print(f"{folder}: no JavaScript test was found", file=sys.stderr)
        return 1
    return subprocess.run([node, "--test", "--test-reporter=dot", *files], cwd=TOP).returncode


def missing(program: str, so: str) -> int:
    """Say that a program is missing; give the exit status that this has."""
    required = os.environ.get("LESSONS_REQUIRE_BROWSER") == "1"
    print(f"{'failed' if required else 'skipped'}: {so}, because {program} is not installed")
    return 1 if required else 0


def wanted_version(settings: str) -> str:
    """Read from biome.json which version of biome its rules belong to.

    Raises:
        ValueError: "$schema" names no version.
    """
    schema = json.loads(settings)["$schema"]
    found = re.search(r"/schemas/(\d+\.\d+\.\d+)/", schema)
    if found is None:
        raise ValueError(f"$schema (={schema!r}) of biome.json must name a version of biome")
    return found[1]


def installed_version(place: Path, package: str = BIOME) -> str | None:
    """Say which version of a package stands in a folder, or None."""
    file = place / "node_modules" / package / "package.json"
    return str(json.loads(file.read_text())["version"]) if file.exists() else None


def install(npm: str, place: Path, package: str, version: str) -> int:
    """Fetch one exact version of a package; without a lock file, which would name a registry."""
    place.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    command = [npm, "install", *quiet, "--prefix", str(place), f"{package}@{version}"]
    return subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL).returncode


if __name__ == "__main__":
    sys.exit(main())
