"""The button with which readers bring a picture of their own into a lab.

A message above 10 MiB never reaches the kernel: the Jupyter server's websocket drops it and says
nothing. ipywidgets' FileUpload sends a file as one message. This button therefore sends pieces of
512 KiB, the next one when Python has acknowledged the last.

    browser -> Python   {type: "piece", id, index, count, name, size} and one buffer
    Python  -> browser  {type: "ack", id, index}    the next piece may come
    Python  -> browser  {type: "done", id}          nothing more is wanted: used, or refused
    browser -> Python   {type: "problem", message}  why the browser did not send a file
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import anywidget
import traitlets

from lessons_lib.images import PictureError
from lessons_lib.widgets.shared.page import joined_modules, joined_styles

LIMIT = 64 * 1024 * 1024
"""Largest file, in bytes, that the browser sends: the kernel holds it twice for a moment."""

PIECE_SIZE = 512 * 1024
"""Bytes in one message; far below the 10 MiB of the websocket, so that progress moves."""


class _Broken(Exception):
    """A piece that does not fit the ones before it."""


@dataclass
class _Incoming:
    """The pieces of one file that have arrived so far; an empty file is one empty piece."""

    id: str
    count: int
    name: str
    size: int
    parts: list[bytes] = field(default_factory=list)


class Upload(anywidget.AnyWidget):
    """A button that takes a picture from the reader's computer, by click, by key or dropped on it.

    Args:
        message: what is wrong with the last file, one sentence shown beside the button; "" = fine.
        lab_call: how to give this lab a path, named where a file is too large to be sent.
        limit: largest file in bytes.
        piece_size: bytes per message.
        patience: seconds without an answer after which the kernel is said not to answer.

    Example:
        >>> upload = Upload()
        >>> upload.on_file(lambda data, name: print(f"{name}: {len(data)} bytes"))
    """

    # as text: of a path anywidget keeps one object for all, which holds every widget for good
    _esm = joined_modules("upload/upload.js")
    _css = joined_styles("upload/upload.css")

    message = traitlets.Unicode("").tag(sync=True)
    lab_call = traitlets.Unicode('stride_lab(picture="/path/to/photo.jpg")').tag(sync=True)
    limit = traitlets.Int(LIMIT).tag(sync=True)
    piece_size = traitlets.Int(PIECE_SIZE).tag(sync=True)
    patience = traitlets.Float(10.0).tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        self._incoming: _Incoming | None = None
        self._on_file: Callable[[bytes, str], None] | None = None
        self._on_crash: Callable[[Exception], None] | None = None
        super().__init__(**traits)

    def on_file(self, callback: Callable[[bytes, str], None]) -> None:
        """Say what happens with a file: `callback(data, name)`, in place of an earlier callback.

        A `PictureError` that it raises becomes the `message`; any other exception is a crash.

        Args:
            callback: takes the whole content of the file and its name without folders.
        """
        self._on_file = callback

    def on_crash(self, callback: Callable[[Exception], None]) -> None:
        """Say who is told of an unexpected exception in the callback of `on_file`.

        Without this the exception is named in `message` and raised again; in a running kernel that
        reaches only the log.

        Args:
            callback: takes the exception.
        """
        self._on_crash = callback

    def close(self) -> None:
        """Close the widget and forget an unfinished file."""
        self._incoming = None
        super().close()

    # ------------------------------------------------------------------------ messages

    # Not through on_msg: ipywidgets swallows what a callback registered there raises.
    def _handle_custom_msg(self, content: Any, buffers: list[Any]) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "piece":
            self._receive(content, buffers)
        elif kind == "problem":
            self.message = str(content.get("message", ""))
        else:
            super()._handle_custom_msg(content, buffers)

    def _receive(self, content: dict[str, Any], buffers: list[Any]) -> None:
        try:
            incoming = self._collect(content, buffers)
        except _Broken as problem:
            self._incoming = None
            self.message = f"{_base_name(content.get('name'))!r} {problem}"
            self.send({"type": "done", "id": content.get("id")})
            return
        self.send({"type": "ack", "id": incoming.id, "index": len(incoming.parts) - 1})
        if len(incoming.parts) < incoming.count:
            return
        self._incoming = None
        try:
            self._use(b"".join(incoming.parts), incoming.name)
        finally:
            self.send({"type": "done", "id": incoming.id})

    def _collect(self, content: dict[str, Any], buffers: list[Any]) -> _Incoming:
        """Add one piece to its file; the first piece of another file drops an unfinished one."""
        incoming = self._incoming
        if incoming is None or incoming.id != content.get("id"):
            incoming = self._incoming = self._begin(content)
        expected = (len(incoming.parts), incoming.count, incoming.size)
        if tuple(content.get(key) for key in ("index", "count", "size")) != expected:
            raise _Broken("arrived in the wrong order: choose it again")
        incoming.parts.append(bytes(buffers[0]) if buffers else b"")
        arrived = sum(map(len, incoming.parts))
        complete = len(incoming.parts) >= incoming.count
        if arrived > incoming.size or (complete and arrived != incoming.size):
            raise _Broken(
                f"arrived with {arrived:,} bytes in place of {incoming.size:,}: choose it again"
            )
        return incoming

    def _begin(self, content: dict[str, Any]) -> _Incoming:
        self.message = ""
        numbers = [content.get(key) for key in ("index", "count", "size")]
        if not isinstance(content.get("id"), str) or any(
            not isinstance(number, int) or isinstance(number, bool) or number < 0
            for number in numbers
        ):
            raise _Broken("was announced in a way that cannot be understood: run the cell again")
        if content["size"] > self.limit:
            raise _Broken(
                f"has {content['size']:,} bytes, more than the {self.limit:,} that the browser may "
                f"send: give its path to the lab, as in {self.lab_call}"
            )
        return _Incoming(
            id=content["id"],
            count=content["count"],
            name=_base_name(content.get("name")),
            size=content["size"],
        )

    def _use(self, data: bytes, name: str) -> None:
        try:
            if self._on_file is None:
                raise RuntimeError("no callback: call Upload.on_file before a file is chosen")
            self._on_file(data, name)
        except PictureError as error:
            self.message = str(error)
        except Exception as error:
            if self._on_crash is None:
                self.message = f"{name!r} met an error: {type(error).__name__}: {error}"
                raise
            self._on_crash(error)


def _base_name(name: object) -> str:
    """Leave the folders away, as Windows and as all others write them."""
    return str(name or "").replace("\\", "/").rpartition("/")[2] or "your picture"
