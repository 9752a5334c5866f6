"""Let `import torchvision` work beside a PyTorch that was built without CUDA.

The torchvision wheel that pip installs by default is compiled for CUDA. Beside a CPU-only PyTorch
its compiled library cannot be loaded, so the operators in it do not exist, and `import torchvision`
stops with "operator torchvision::nms does not exist": while it is imported, torchvision describes
to PyTorch what shapes its operators `nms` and `qnms` return, and PyTorch has never heard of them.

The cure is to declare those two operators: name, arguments and result, with nothing behind them.
Then the import goes through, and everything that is written in Python works: transforms, models,
datasets, utils. Only calling `torchvision.ops.nms` and its like still fails, with a clear message.

Where the compiled library does load, it declares the operators itself, and declaring an operator
twice is an error. So loading is tried first, and where it works nothing else is done.
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

import torch

# As torchvision's own source declares them; the names of the arguments are part of the schema.
_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}

# A Library takes its declarations back when it is garbage-collected, so it has to stay alive.
_declared: list[torch.library.Library] = []


def make_torchvision_importable() -> bool:
    """Do what is needed so that `import torchvision` works; usually that is nothing.

    Call it before the first `import torchvision`, as often as you like. torchvision itself is not
    imported: that costs 80 MB, which only the lessons that use it should pay.

    Returns:
        True if the two operators had to be declared, by this call or by an earlier one: torchvision
        runs without its compiled operators. False if there was nothing to do: its compiled library
        loads, or torchvision is imported already, or it is not installed.

    Example:
        >>> declared = make_torchvision_importable()
        >>> from torchvision import transforms
    """
    if _declared or "torchvision" in sys.modules:
        return bool(_declared)
    folder = _torchvision_folder()
    if folder is None or _compiled_library_loads(folder):
        return False
    missing = [schema for name, schema in _SCHEMAS.items() if not _exists(name)]
    if missing:
        library = torch.library.Library("torchvision", "FRAGMENT")
        for schema in missing:
            library.define(schema)
        _declared.append(library)
    return bool(missing)


def _torchvision_folder() -> Path | None:
    spec = importlib.util.find_spec("torchvision")  # looks for the package without running it
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def _compiled_library_loads(folder: Path) -> bool:
    candidates = [folder / f"_C{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    for library in filter(Path.is_file, candidates):
        with _windows_finds_libraries_in(folder):
            try:
                torch.ops.load_library(str(library))
            except (OSError, RuntimeError, ImportError):
                return False  # built for another PyTorch: CUDA, or another version
            return True
    return False


def _windows_finds_libraries_in(folder: Path) -> contextlib.AbstractContextManager[object]:
    if sys.platform == "win32":
        return os.add_dll_directory(str(folder))
    return contextlib.nullcontext()


def _exists(operator: str) -> bool:
    return hasattr(torch.ops.torchvision, operator)
