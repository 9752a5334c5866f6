"""A Jupyter Server extension: the labs of one reader, and of thirty, answer at once.

**Small messages leave at once.** Each move of a slider is a small message, and so is each answer.
TCP holds a small message back until the one before was acknowledged (Nagle's algorithm), and the
receiver takes about 40 ms to acknowledge (delayed ACK), even inside one computer. This extension
switches the holding back off for the kernels' websockets: an empty round trip takes 7 ms instead of
45, which is what makes the labs feel live.

**Kernels do not wait in a loop.** Each operation of torch is shared among threads, and a thread
that is done keeps its core busy for some milliseconds in case more comes (OpenMP spins). One reader
gains nothing by that, and the kernels of several take the cores from each other: ten readers who
drag on two cores got an answer in 228 ms, with a short spin in 7 (`bench/readers.py`). Without any
spin it is 6, but a step of training takes up to 1.3 times as long; with the short one 1.01 times.

The Jupyter server imports this module, so it imports nothing: no torch, no widgets.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Mapping
from typing import Any

# Long enough for the next operation of a training step, short enough for the other kernels.
SHORT_WAIT = {
    "GOMP_SPINCOUNT": "10000",  # turns of a loop: GCC's OpenMP, in torch from PyPI for Linux
    "KMP_BLOCKTIME": "1",  # milliseconds: LLVM's and Intel's, in torch from conda, macOS, Windows
}
# Who sets one of these has decided how threads wait.
SAYS_HOW_THREADS_WAIT = ("OMP_WAIT_POLICY", *SHORT_WAIT, "KMP_LIBRARY")


def without_nagle(connection_class: type) -> type:
    """Make a kernel connection that sends each message at once out of one that may wait.

    Args:
        connection_class: the class that the server uses between a page and its kernel; it has a
            `connect` method and keeps its websocket as `websocket_handler`.

    Returns:
        A subclass that does the same with Nagle's algorithm off; `connection_class` itself if it is
        such a subclass already.

    Example:
        >>> class Connection:
        ...     def connect(self): return "connected"
        >>> without_nagle(Connection).__name__
        'ConnectionWithoutNagle'
    """
    if getattr(connection_class, "sends_at_once", False):
        return connection_class

    class ConnectionWithoutNagle(connection_class):  # the base is known only at run time
        sends_at_once = True

        def connect(self) -> Any:
            try:
                self.websocket_handler.set_nodelay(True)
            except Exception as error:  # slower, but connected: speed must not cost the connection
                self.log.warning("lessons_lib: Nagle's algorithm stays on: %r", error)
            return super().connect()

    # Settings files name the class; the server's own error messages should name it too.
    ConnectionWithoutNagle.__name__ = f"{connection_class.__name__}WithoutNagle"
    ConnectionWithoutNagle.__qualname__ = ConnectionWithoutNagle.__name__
    return ConnectionWithoutNagle


def short_wait(environment: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that keep a kernel's threads from spinning long.

    Args:
        environment: the kernel's variables so far.

    Returns:
        What to add: `SHORT_WAIT`, or nothing where one of `SAYS_HOW_THREADS_WAIT` is set.

    Example:
        >>> short_wait({"OMP_WAIT_POLICY": "ACTIVE"})
        {}
    """
    said = any(name in environment for name in SAYS_HOW_THREADS_WAIT)
    return {} if said else dict(SHORT_WAIT)


def with_short_wait(kernel_manager: Any) -> Callable[..., Any]:
    """Make a `start_kernel` whose kernels get `short_wait` in their environment.

    It must stand there before torch is loaded, so the server sets it, not the lessons. A restart
    uses the same environment again.

    Args:
        kernel_manager: the server's; its own `start_kernel` takes `kernel_name` and `env`, and its
            `kernel_spec_manager` knows what the kernel's specification sets.

    Returns:
        A function with the same arguments and the same result.
    """
    start_kernel = kernel_manager.start_kernel

    @functools.wraps(start_kernel)
    def start(*args: Any, **settings: Any) -> Any:
        try:
            environment = settings.get("env") or dict(os.environ)
            name = settings.get("kernel_name") or kernel_manager.default_kernel_name
            spec = kernel_manager.kernel_spec_manager.get_kernel_spec(name)
            wait = short_wait({**environment, **spec.env})
            settings = {**settings, "env": {**environment, **wait}}
        except Exception as error:  # slower, but started: the server says itself what is wrong
            kernel_manager.log.warning("lessons_lib: a kernel's threads wait long: %r", error)
        return start_kernel(*args, **settings)

    return start


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "lessons_lib.server"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    settings = server_app.web_app.settings
    connection_class = settings.get("kernel_websocket_connection_class")
    if connection_class is None:
        server_app.log.warning("lessons_lib: this server has no kernel websockets to speed up")
        return
    settings["kernel_websocket_connection_class"] = without_nagle(connection_class)
    server_app.log.info("lessons_lib: kernel websockets send small messages at once")
    kernel_manager = settings.get("kernel_manager")
    gateway = getattr(server_app, "gateway_config", None)  # its kernels run on another machine
    if kernel_manager is not None and not getattr(gateway, "gateway_enabled", False):
        kernel_manager.start_kernel = with_short_wait(kernel_manager)
        server_app.log.info("lessons_lib: threads of kernels do not spin long")
