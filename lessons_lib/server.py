"""A Jupyter Server extension: small messages between page and kernel leave at once.

Each move of a slider is a small message, and so is each answer. TCP holds a small message back
until the one before was acknowledged (Nagle's algorithm), and the receiver takes about 40 ms to
acknowledge (delayed ACK), even inside one computer. This extension switches the holding back off
for the kernels' websockets: an empty round trip takes 7 ms instead of 45, which is what makes the
labs feel live.

The Jupyter server imports this module, so it imports nothing: no torch, no widgets.
"""

from __future__ import annotations

from typing import Any


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
