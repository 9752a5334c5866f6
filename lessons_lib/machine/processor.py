"""What the processor is called: a measured time means nothing without it."""

from __future__ import annotations

import os
import platform
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def processor_name(cpu_info: Path = CPU_INFO) -> str:
    """Name the processor and the number of its cores that this program may use.

    Args:
        cpu_info: where Linux tells of its processors.

    Returns:
        The name as the operating system has it, else the kind of machine.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    named = _linux_name(cpu_info) or platform.processor() or platform.machine() or "processor"
    return f"{named}, {cores} core{'' if cores == 1 else 's'}"


def _linux_name(cpu_info: Path) -> str:
    if not cpu_info.is_file():
        return ""
    lines = cpu_info.read_text("utf-8", errors="replace").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return " ".join(names[0].split()) if names else ""
