"""Measure how fast the lessons answer: `python -m bench` from the top of the repository.

Prints a table and writes bench/latest.json. Missed targets are said, not punished: the exit code is
0 whenever the measuring itself worked, for a busy machine is no fault of the lessons.
"""

import argparse
import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench import learning, pointing, slider_to_pixel, startup, training
from bench.report import TARGETS, doubts, figures, table
from bench.variants import VARIANTS, Variant
from tests.browser.live_jupyter import LiveJupyter, find_chromium, open_chromium

LATEST = Path(__file__).with_name("latest.json")
PACKAGES = ("torch", "ipywidgets", "anywidget", "jupyterlab", "ipykernel")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few presses, for trying")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these variants")
    parser.add_argument("--no-startup", action="store_true", help="skip start-up and memory")
    parser.add_argument("--output", type=Path, default=LATEST, help="the JSON file to write")
    return parser.parse_args()


def chosen(names: list[str] | None) -> tuple[Variant, ...]:
    """Pick variants by name.

    Raises:
        SystemExit: a name is unknown; the known ones are listed.
    """
    known = {variant.name: variant for variant in VARIANTS}
    unknown = set(names or ()) - set(known)
    if unknown:
        raise SystemExit(f"--only (={', '.join(sorted(unknown))}) must be of: {', '.join(known)}")
    return tuple(known[name] for name in names) if names else VARIANTS


def machine(chromium_version: str) -> dict[str, Any]:
    """Describe what was measured on, as far as it matters for comparing runs."""
    return {
        "cpus": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "chromium": chromium_version,
        **{package: version(package) for package in PACKAGES},
    }


def main() -> int:
    """Measure, print, write."""
    options = arguments()
    if find_chromium() is None:
        print("bench: no Chromium is installed (set LESSONS_CHROMIUM to its path)", file=sys.stderr)
        return 1
    variants = chosen(options.only)
    plan = slider_to_pixel.QUICK if options.quick else slider_to_pixel.Plan()
    with LiveJupyter() as jupyter, open_chromium() as chromium:
        about = machine(chromium.version)
        start: dict[str, Any] = {}
        if not options.no_startup:
            start = startup.measure(jupyter, chromium, times=1 if options.quick else 3)
        if not options.only:
            start |= pointing.measure(jupyter, chromium, times=10 if options.quick else 45)
            start |= learning.measure(jupyter, chromium, seconds=2 if options.quick else 6)
        measured = slider_to_pixel.measure(jupyter, chromium, variants, plan)
    if not options.only:
        start |= training.measure(steps=3 if options.quick else 20)
    failed = start.pop("startup_failed", None)
    found = {**figures(variants, measured), **start}
    targets = {target.figure: target.met(found) for target in TARGETS}
    notes = [*doubts(measured), *([f"start-up: {failed}"] if failed else [])]
    report = {**found, "targets_met": targets, "notes": notes, "variants": measured}
    options.output.write_text(json.dumps({**report, "machine": about}, indent=2) + "\n")
    print(table(variants, measured, found))
    print("\n".join(f"note: {note}" for note in notes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
