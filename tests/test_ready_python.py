"""A forked kernel knows what a fresh one knows, is interrupted, and ends when it is killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager, start_new_kernel

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere kernels start plainly"),
    # a kernel manager warns that local connections are not encrypted
    pytest.mark.filterwarnings("ignore:.*TCP without encryption.*"),
]
SECONDS = 60  # a busy machine, no measure of speed

Kernel = tuple[KernelManager, BlockingKernelClient]


@pytest.fixture
def kernel(ready_kernels: None) -> Iterator[Kernel]:
    manager, client = start_new_kernel(startup_timeout=SECONDS)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def printed(client: BlockingKernelClient, source: str) -> str:
    """Run a cell, and give what it printed or the name of its error."""
    texts: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        texts.append(message["content"].get("text", ""))

    answer = client.execute_interactive(source, timeout=SECONDS, output_hook=hear)
    return answer["content"].get("ename") or "".join(texts).strip()


def test_a_kernel_has_torch_in_memory_and_no_name_nor_lesson(kernel: Kernel) -> None:
    _, client = kernel
    known = "import sys; print('torch' in sys.modules, 'lessons_lib' in sys.modules)"
    assert printed(client, known) == "True False"
    assert printed(client, "torch") == "NameError"
    assert printed(client, "print(__name__)") == "__main__"


def test_a_kernel_has_the_environment_and_folder_of_its_start(
    ready_kernels: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LESSONS_PICTURE", "of this test")
    manager, client = start_new_kernel(startup_timeout=SECONDS, cwd=str(tmp_path))
    told = printed(client, "import os; print(os.environ['LESSONS_PICTURE'], os.getcwd())")
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    assert told == f"of this test {tmp_path}"


def test_a_kernel_that_works_is_interrupted(kernel: Kernel) -> None:
    manager, client = kernel
    client.execute("print('works', flush=True)\nwhile True: pass")
    while client.get_iopub_msg(timeout=SECONDS)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    assert client.get_shell_msg(timeout=SECONDS)["content"]["ename"] == "KeyboardInterrupt"
    assert printed(client, "print(1)") == "1"


def test_a_kernel_that_is_killed_ends_though_it_works(kernel: Kernel) -> None:
    manager, client = kernel
    process = psutil.Process(int(printed(client, "import os; print(os.getpid())")))
    assert process.pid != os.getpid()
    client.execute("while True: pass")
    manager.shutdown_kernel(now=True)
    process.wait(SECONDS)
    assert not process.is_running()
