"""Measure how fast the lessons answer: `python -m bench` from the top of the repository.

Prints tables and writes bench/latest.json. Missed targets are said, not punished: the exit code is
0 whenever the measuring itself worked, for a busy machine is no fault of the lessons.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from bench import cold, learning, pointing, politeness, slider_to_pixel, startup, training
from bench.delay_proxy import DelayProxy
from bench.doubts import doubts
from bench.figures import figures, over_floor
from bench.plan import QUICK, Plan
from bench.report import line_name, table, targets_table
from bench.targets import TARGETS
from bench.variants import VARIANTS, Variant
from tests.browser.live_jupyter import LiveJupyter, find_chromium, open_chromium

LATEST = Path(__file__).with_name("latest.json")
PACKAGES = ("torch", "ipywidgets", "anywidget", "jupyterlab", "ipykernel")
PARTS = ("startup", "pointing", "learning", "training", "politeness", "cold", "slider")


def round_trip(word: str) -> int:
    """Read a line's name: `direct`, or its round trip in whole milliseconds."""
    return 0 if word == "direct" else int(word)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few presses, for trying")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="only these variants")
    parser.add_argument(
        "--parts",
        nargs="+",
        choices=PARTS,
        help="only these parts; with --only it is slider alone where nothing is said",
    )
    parser.add_argument(
        "--lines",
        nargs="+",
        type=round_trip,
        metavar="LINE",
        help="of the slider: `direct`, or milliseconds there and back (direct 30 100; quick: "
        "direct 100)",
    )
    parser.add_argument("--output", type=Path, default=LATEST, help="the JSON file to write")
    options = parser.parse_args()
    options.lines = options.lines or ([0, 100] if options.quick else [0, 30, 100])
    options.parts = options.parts or (("slider",) if options.only else PARTS)
    return options


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


def measure_parts(
    parts: Sequence[str],
    jupyter: LiveJupyter,
    chromium: Browser,
    variants: Sequence[Variant],
    plan: Plan,
) -> dict[str, Any]:
    """Measure everything but the slider's lines; gives figures by name."""
    quick = plan == QUICK
    measuring = {
        "startup": lambda: startup.measure(jupyter, chromium, times=1 if quick else 3),
        "pointing": lambda: pointing.measure(jupyter, chromium, times=10 if quick else 45),
        "learning": lambda: learning.measure(jupyter, chromium, seconds=2 if quick else 6),
        "training": lambda: training.measure(steps=3 if quick else 20),
        "politeness": lambda: politeness.measure(jupyter, chromium, plan),
        "cold": lambda: cold.measure(jupyter, chromium, variants, plan),
    }
    found: dict[str, Any] = {}
    for part, measure in measuring.items():
        if part in parts:
            print(part, flush=True)
            found |= measure()
    return found


def measure_line(
    line: int, jupyter: LiveJupyter, chromium: Browser, variants: Sequence[Variant], plan: Plan
) -> dict[str, dict[str, Any]]:
    """Measure the variants on one line, by its round trip in ms; gives their summaries."""
    print(line_name(line), flush=True)
    if not line:
        return slider_to_pixel.measure(jupyter, chromium, variants, plan, jupyter.url)
    with DelayProxy(jupyter.url, line) as slow:
        return slider_to_pixel.measure(jupyter, chromium, variants, plan.over(line), slow.url)


def report_line(
    line: int,
    variants: Sequence[Variant],
    measured: dict[str, dict[str, Any]],
    others: dict[str, Any],
) -> dict[str, Any]:
    """Print one line's tables; gives what latest.json holds of it.

    Args:
        line: its round trip in ms.
        variants: in their order.
        measured: their summaries; empty where the slider was not measured.
        others: figures measured apart from the slider.
    """
    rows = over_floor(measured)
    failed = others.get("startup_failed")
    found = {**figures(variants, rows), **others}
    targets = TARGETS.get(line, ())
    notes = [*doubts(measured, compared=not line), *([f"start-up: {failed}"] if failed else [])]
    if measured:
        print(table(variants, rows, line))
    if targets:
        print(targets_table(targets, found, line))
    for note in notes:
        print(f"note: {note}")
    met = {target.figure: target.met(found) for target in targets}
    return {**found, "targets_met": met, "notes": notes, "variants": rows}


def main() -> int:
    """Measure, print, write."""
    options, begin = arguments(), time.monotonic()
    if find_chromium() is None:
        print("bench: no Chromium is installed (set LESSONS_CHROMIUM to its path)", file=sys.stderr)
        return 1
    variants = chosen(options.only)
    plan = QUICK if options.quick else Plan()
    lines = options.lines if "slider" in options.parts else []
    with LiveJupyter() as jupyter, open_chromium() as chromium:
        about = machine(chromium.version)
        others = measure_parts(options.parts, jupyter, chromium, variants, plan)
        measured = {
            line: measure_line(line, jupyter, chromium, variants, plan) for line in sorted(lines)
        }
    report: dict[str, Any] = {}
    if 0 in measured or others:
        report = report_line(0, variants, measured.pop(0, {}), others)
    report["lines"] = {
        str(line): report_line(line, variants, rows, {}) for line, rows in measured.items()
    }
    report |= {"machine": about, "minutes": round((time.monotonic() - begin) / 60, 1)}
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(f"measured in {report['minutes']} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
