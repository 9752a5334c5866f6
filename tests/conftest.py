"""What all tests share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from lessons_lib.images import load_image
from tests.ready_python import ready_python

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests apart from what is the reader's who runs them: a chosen picture, progress."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path_factory.mktemp("jupyter-config")))
        patch.setenv("LESSONS_DATA_DIR", str(tmp_path_factory.mktemp("lessons-data")))
        patch.delenv("LESSONS_PICTURE", raising=False)
        yield


@pytest.fixture(scope="session")
def ready_kernels(own_settings: None) -> Iterator[None]:
    """Let Jupyter's kernels start as forks of a Python that has imported torch already."""
    if sys.platform != "linux":  # elsewhere a fork of such a process may fail: a plain start then
        yield
        return
    with ready_python() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(folder))
        yield


@pytest.fixture(autouse=True)
def own_threads() -> Iterator[None]:
    """Leave torch's threads as they were: a second one that waits takes a core from the others."""
    before = torch.get_num_threads()
    yield
    if torch.get_num_threads() != before:
        torch.set_num_threads(before)


@pytest.fixture
def lena() -> torch.Tensor:
    """The photo of the experiments: (1, 3, 512, 512), float32, 0..1; a copy to write into."""
    return load_image("lena")


@pytest.fixture(scope="session")
def repository() -> Path:
    """The folder with README.md, notebooks and assets."""
    return REPOSITORY


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser's tests last: Playwright keeps an event loop running in their thread."""
    browser = Path(__file__).parent / "browser"
    items.sort(key=lambda item: item.path.is_relative_to(browser))
