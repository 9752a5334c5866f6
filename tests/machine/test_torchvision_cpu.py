"""`import torchvision` works beside a CPU PyTorch, and nothing is touched where it works anyway.

All in processes of their own: what is imported or declared cannot be taken back.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

MAKE = "from lessons_lib.machine.torchvision_cpu import make_torchvision_importable as make\n"
REFUSED = "operator torchvision::nms does not exist"


def python(program: str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program in a new interpreter, with `folder` first in its search path."""
    if folder is not None:
        program = f"import sys; sys.path.insert(0, {str(folder)!r})\n{program}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def check(program: str, folder: Path | None = None) -> None:
    done = python(program, folder)
    assert done.returncode == 0, done.stderr


@functools.cache
def plain_import_error() -> str:
    return python("import torchvision").stderr


@pytest.fixture
def beside_a_cpu_torch() -> None:
    """Run the test only where torchvision's compiled library does not fit the installed torch."""
    if REFUSED not in plain_import_error():
        pytest.skip("here torchvision's compiled library fits torch: there is nothing to cure")


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A folder with a package torchvision whose compiled library can be loaded."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or sys.platform == "win32":
        pytest.skip("needs a C compiler to build a library that loads")
    package = tmp_path / "torchvision"
    package.mkdir()
    (package / "__init__.py").write_text("")
    source = tmp_path / "library.c"
    source.write_text("int answer(void) { return 42; }\n")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-o", package / "_C.so", source], check=True, timeout=60
    )
    return tmp_path


def test_the_cure_makes_the_parts_that_lessons_use_work(beside_a_cpu_torch: None) -> None:
    check(
        MAKE + "assert make() is True\n"
        "import torch\n"
        "from torchvision import datasets, models, transforms, utils\n"
        "picture = torch.rand(3, 10, 12)\n"
        "assert transforms.Resize((5, 6))(picture).shape == (3, 5, 6)\n"
        "assert transforms.CenterCrop(4)(transforms.ToPILImage()(picture)).size == (4, 4)\n"
        "with torch.inference_mode():\n"
        "    assert models.resnet18(weights=None)(torch.rand(1, 3, 64, 64)).shape == (1, 1000)\n"
        "assert len(datasets.FakeData(size=3)) == 3\n"
        "assert utils.make_grid([picture, picture]).shape[0] == 3\n"
    )


def test_it_may_be_called_twice_and_after_the_import(beside_a_cpu_torch: None) -> None:
    check(
        MAKE + "assert make() is True\n"
        "assert make() is True\n"
        "import torchvision\n"
        "assert make() is True\n"
    )


def test_an_import_that_failed_before_the_cure_works_after_it(beside_a_cpu_torch: None) -> None:
    check(
        "try:\n"
        "    import torchvision\n"
        "except RuntimeError as error:\n"
        f"    assert {REFUSED!r} in str(error)\n" + MAKE + "assert make() is True\n"
        "from torchvision import transforms\n"
    )


def test_a_cure_pasted_by_hand_before_ours_is_no_conflict(beside_a_cpu_torch: None) -> None:
    check(
        "import torch\n"
        "library = torch.library.Library('torchvision', 'FRAGMENT')\n"
        "library.define('nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor')\n"
        + MAKE
        + "assert make() is True\n"  # only qnms was left to declare
        "import torchvision\n"
    )


def test_the_declarations_survive_garbage_collection(beside_a_cpu_torch: None) -> None:
    check(MAKE + "make()\nimport gc\ngc.collect()\nimport torchvision\n")


def test_torchvision_itself_is_not_imported_by_the_cure() -> None:
    check(MAKE + "make()\nimport sys\nassert 'torchvision' not in sys.modules\n")


def test_where_the_compiled_library_loads_nothing_is_declared(compiled: Path) -> None:
    check(
        MAKE + "assert make() is False\n"
        "assert make() is False\n"
        "import torch\n"
        "assert not hasattr(torch.ops.torchvision, 'nms')\n"
        "assert not hasattr(torch.ops.torchvision, 'qnms')\n"
        "loaded = torch.ops.loaded_libraries\n"
        "assert any(path.endswith('_C.so') for path in loaded), loaded\n",
        compiled,
    )


def test_operators_that_the_compiled_library_declares_are_not_declared_again(
    compiled: Path,
) -> None:
    # Loading the real library declares the operators; declaring one again would be an error.
    check(
        "import torch\n"
        "real = torch.library.Library('torchvision', 'DEF')\n"
        "def load(path):\n"
        "    real.define('nms(Tensor a, Tensor b, float c) -> Tensor')\n"
        "    real.define('qnms(Tensor a, Tensor b, float c) -> Tensor')\n"
        "torch.ops.load_library = load\n" + MAKE + "assert make() is False\n",
        compiled,
    )


def test_where_the_compiled_library_is_broken_the_operators_are_declared(compiled: Path) -> None:
    (compiled / "torchvision" / "_C.so").write_bytes(b"built for another machine")
    check(
        MAKE + "assert make() is True\n"
        "import torch\n"
        "assert 'iou_threshold' in str(torch.ops.torchvision.nms.default._schema)\n"
        "assert 'iou_threshold' in str(torch.ops.torchvision.qnms.default._schema)\n",
        compiled,
    )


def test_without_torchvision_nothing_happens() -> None:
    check(
        "import importlib.util\n"
        "find = importlib.util.find_spec\n"
        "absent = lambda name, *more: None if name == 'torchvision' else find(name, *more)\n"
        "importlib.util.find_spec = absent\n" + MAKE + "assert make() is False\n"
        "import torch\n"
        "assert not hasattr(torch.ops.torchvision, 'nms')\n"
    )


def test_once_torchvision_is_imported_nothing_happens(compiled: Path) -> None:
    check(
        "import torchvision, torch\n"
        "def load(path): raise AssertionError('tried to load ' + path)\n"
        "torch.ops.load_library = load\n" + MAKE + "assert make() is False\n"
        "assert not hasattr(torch.ops.torchvision, 'nms')\n",
        compiled,
    )


def test_after_the_cure_torchvision_can_be_imported_wherever_the_tests_run() -> None:
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("torchvision is not installed")
    check(MAKE + "make()\nfrom torchvision import transforms\n")
