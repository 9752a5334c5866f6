"""Kernels that start in a fifth of the time: forks of a Python that has imported torch already.

Importing torch takes longer than most tests. So one process imports it and waits; each kernel that
Jupyter starts is a small program that asks it for a fork of itself, hands over its arguments,
environment, folder and standard streams, passes interrupts on, and ends with it. Nothing of
lessons_lib is imported before: a kernel knows what a fresh one knows.

    with ready_python() as folder:  # for JUPYTER_PATH: its kernel "python3" is such a fork
        ...
"""

import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

IMPORTED = ("torch", "ipykernel.kernelapp", "anywidget")
LONGEST = 1 << 20  # bytes of a request; an environment is far shorter
STREAMS = (0, 1, 2)  # standard input, output and error


@contextmanager
def ready_python() -> Iterator[Path]:
    """Start the process that waits, and give a folder whose kernel "python3" is a fork of it."""
    with tempfile.TemporaryDirectory() as folder:
        address = str(Path(folder, "socket"))
        ask = [sys.executable, __file__, "ask", address]
        spec = Path(folder, "kernels", "python3", "kernel.json")
        spec.parent.mkdir(parents=True)
        argv = [*ask, "-f", "{connection_file}"]
        spec.write_text(
            json.dumps({"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"})
        )
        waiting = [sys.executable, __file__, "wait", address]
        with subprocess.Popen(waiting, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdout.readline()  # it says when it waits
            try:
                yield Path(folder)
            finally:
                process.stdin.close()  # it ends where nobody needs it any more


def wait(address: str) -> None:
    """Import what takes long, then fork for each who asks until standard input closes."""
    for module in IMPORTED:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no fork is waited for
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen()
        print("waits", flush=True)
        while True:
            readable, _, _ = select.select([listening, sys.stdin], [], [])
            if sys.stdin in readable:
                return
            asked, _ = listening.accept()
            with asked:
                if os.fork() == 0:
                    listening.close()
                    become_a_kernel(asked)


def become_a_kernel(asked: socket.socket) -> NoReturn:
    """Be, in a fork, the kernel that the one who asked would be; end with it."""
    request, streams, _, _ = socket.recv_fds(asked, LONGEST, len(STREAMS))
    wanted = json.loads(request)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for stream, own in zip(streams, STREAMS, strict=True):
        os.dup2(stream, own)
        os.close(stream)
    os.chdir(wanted["folder"])
    os.environ.clear()
    os.environ.update(wanted["environment"])
    asked.sendall(os.getpid().to_bytes(8))

    def end_with_it() -> None:
        asked.recv(1)
        os._exit(1)

    threading.Thread(target=end_with_it, daemon=True).start()
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"  # it read another at its import
    sys.argv = ["ipykernel_launcher", *wanted["arguments"], parent]
    sys.path.remove(str(Path(__file__).parent))
    try:
        runpy.run_module("ipykernel_launcher", run_name="__main__")
    finally:
        sys.stdout.flush()
        os._exit(0)


def ask(address: str, arguments: list[str]) -> None:
    """Ask for a kernel, pass interrupts on to it, and end with it."""
    wanted = {"arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asking:
        asking.connect(address)
        socket.send_fds(asking, [json.dumps(wanted).encode()], STREAMS)
        kernel = int.from_bytes(asking.recv(8))
        signal.signal(signal.SIGINT, lambda *_: os.kill(kernel, signal.SIGINT))
        asking.recv(1)  # nothing comes but the end


if __name__ == "__main__":
    part, address, *arguments = sys.argv[1:]
    wait(address) if part == "wait" else ask(address, arguments)
