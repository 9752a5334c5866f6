"""One reader of a Jupyter server, without a browser: a kernel, an open lab, a hand on its slider.

It speaks as a page does, over a real websocket: one change of the slider under way at a time, later
ones merge, and what the lab shows is the scene that its stage is sent, or one that lies on the
page's shelf: that is there at once.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from bench.page_shelf import PageShelf

# What every reader runs, with a shelf in the page and without.
CELL = "from lessons_lib.widgets import stride_lab\n\nstride_lab(ahead={ahead})"
SLIDER = "stride"
VALUES = range(1, 33)

ROOM = {name: [260, 260, 0] for name in ("input", "output", "kernel")}  # as in a notebook

OPEN_SECONDS = 300.0
FILL_SECONDS = 60.0
PROTOCOL = "v1.kernel.websocket.jupyter.org"
# Without a login the server asks for the same word in a cookie and in a header.
SAME_WORD = uuid.uuid4().hex
COOKIE = {"Cookie": f"_xsrf={SAME_WORD}", "X-XSRFToken": SAME_WORD}


def walk(values: range, start: int) -> Iterator[int]:
    """Give the values up and down without end, the first of them `start` places up.

    Example:
        >>> walked = walk(range(1, 4), 1)
        >>> [next(walked) for _ in range(6)]
        [2, 3, 2, 1, 2, 3]
    """
    there_and_back = [*values, *values[-2:0:-1]]
    while True:
        yield there_and_back[start % len(there_and_back)]
        start += 1


def says(scene: dict[str, Any]) -> str:
    """Tell what a scene says of the slider, such as "stride 5"."""
    return str(scene["state"][SLIDER])


@dataclass
class Hand:
    """A hand on a slider, and what the page makes of its moves.

    A change waits while the one before is under way, and a later one takes its place. The answer to
    a change is the first scene that names its value; its time runs from the move of the hand.

    Attributes:
        answers: seconds for each answer; 0 where the page has shown it by itself.
        found: how many of them the page has shown by itself.
        merged: moves whose place a later one took.
        missed: changes that the kernel was done with without a scene that names them, as it is with
            a change to the value that is shown already.
        under_way: whether the kernel is not done with a change.
    """

    answers: list[float] = field(default_factory=list)
    found: int = 0
    merged: int = 0
    missed: int = 0
    under_way: bool = False
    _wished: tuple[int, float | None] | None = None  # the value, and since when it is waited for
    _asked: tuple[int, float] | None = None

    def move(self, value: int, now: float, found: bool = False) -> int | None:
        """Move to a value; give what is to be sent now, None where it must wait.

        Args:
            value: of the slider.
            now: seconds.
            found: whether the page shows it by itself. The kernel is told all the same.
        """
        self.merged += self._wished is not None and self._wished[1] is not None
        self._wished = (value, None if found else now)
        if found:
            self.found += 1
            self.answers.append(0.0)
        return self._send()

    def see(self, said: str, now: float) -> None:
        """See a scene that says this of the slider."""
        if self._asked is not None and said == f"{SLIDER} {self._asked[0]}":
            self.answers.append(now - self._asked[1])
            self._asked = None

    def done(self) -> int | None:
        """Hear that the kernel is done with the change; give what is to be sent now, or None."""
        self.under_way = False
        self.missed += self._asked is not None
        self._asked = None
        return self._send()

    def _send(self) -> int | None:
        if self.under_way or self._wished is None:
            return None
        value, since = self._wished
        self._asked = None if since is None else (value, since)
        self._wished, self.under_way = None, True
        return value


class Reader:
    """A kernel of its own on a running server; the lab is opened by `open`."""

    def __init__(self, url: str, ahead: bool) -> None:
        """Remember the server.

        Args:
            url: its address, such as http://127.0.0.1:8888; it asks for no login.
            ahead: whether the lab fills a shelf in the page.
        """
        self._url = url
        self._ahead = ahead
        self._session = uuid.uuid4().hex
        self._http = AsyncHTTPClient(force_instance=True)  # a shared one lets ten through at once
        self._socket: WebSocketClientConnection
        self._listening: asyncio.Task[None] | None = None
        self._on_done: dict[str, Callable[[], None]] = {}  # by the message that is waited for
        self._slider = self._stage = ""  # their comms
        self.hand = Hand()
        self.shelf = PageShelf(SLIDER)
        self.kernel_id = ""

    async def open(self) -> None:
        """Start the kernel, run the cell, and wait until its lab stands.

        Raises:
            RuntimeError: the cell failed, or showed no lab.
            TimeoutError: it was not done within `OPEN_SECONDS`.
        """
        answer = await self._ask("POST", "/api/kernels", body="{}")
        self.kernel_id = json.loads(answer)["id"]
        address = self._url.replace("http", "ws", 1)
        channels = f"{address}/api/kernels/{self.kernel_id}/channels?session_id={self._session}"
        request = HTTPRequest(channels, headers=COOKIE, request_timeout=OPEN_SECONDS)
        self._socket = await websocket_connect(request, subprotocols=[PROTOCOL])
        if self._socket.protocol is not None:
            self._socket.protocol.set_nodelay(True)  # as browsers do
        self._listening = asyncio.create_task(self._listen())
        ran = asyncio.Event()
        asked = {"code": CELL.format(ahead=self._ahead), "silent": False, "stop_on_error": True}
        self._send("execute_request", asked, ran.set)
        await self._unless_broken(ran.wait(), OPEN_SECONDS)
        if not (self._slider and self._stage):
            raise RuntimeError("the cell showed no lab with a slider and a stage")

    async def fill(self) -> None:
        """Come to the slider, and wait until the lab has put its states on the page's shelf.

        Nothing happens where it works out none; `FILL_SECONDS` are the most.
        """
        self._say({"type": "room", "view": self._session, "boxes": ROOM})
        self._say({"type": "hold", "control": SLIDER})
        end = asyncio.get_running_loop().time() + FILL_SECONDS
        while self.shelf.is_on and not self.shelf.full and asyncio.get_running_loop().time() < end:
            await self._unless_broken(asyncio.sleep(0.05), 60)

    async def drag(self, moves: int, pause: float, start: int) -> Hand:
        """Drag the slider, and give the hand with what it has seen.

        Args:
            moves: how often it is moved.
            pause: seconds between two moves.
            start: where among the values it begins.
        """
        self.hand = hand = Hand()
        loop = asyncio.get_running_loop()
        begin = loop.time()
        for number, value in zip(range(moves), walk(VALUES, start), strict=False):
            await self._unless_broken(asyncio.sleep(begin + number * pause - loop.time()), 60)
            found = self.shelf.holds(value)
            self._change(hand, hand.move(value, loop.time(), found))
        while hand.under_way:  # the next hand begins with nothing under way
            await self._unless_broken(asyncio.sleep(pause), 60)
        return hand

    async def close(self) -> None:
        """End the kernel."""
        if self._listening is not None:
            self._listening.cancel()
            self._socket.close()
        if self.kernel_id:
            await self._ask("DELETE", f"/api/kernels/{self.kernel_id}")
        self._http.close()

    # --- inside -----------------------------------------------------------------------------------

    async def _ask(self, method: str, path: str, **more: Any) -> bytes:
        request = HTTPRequest(
            self._url + path, method, headers=COOKIE, request_timeout=OPEN_SECONDS, **more
        )
        return (await self._http.fetch(request)).body

    async def _unless_broken(self, awaited: Awaitable[Any], seconds: float) -> None:
        """Wait, but no longer than the listening goes well."""
        assert self._listening is not None, "open comes first"
        waiting = asyncio.ensure_future(awaited)
        both = {waiting, self._listening}
        done, _ = await asyncio.wait(both, timeout=seconds, return_when="FIRST_COMPLETED")
        if waiting in done:
            return
        waiting.cancel()
        if self._listening in done:
            self._listening.result()
            raise RuntimeError(f"the websocket of kernel {self.kernel_id} was closed")
        raise TimeoutError(f"kernel {self.kernel_id} was not done within {seconds:.0f} s")

    def _change(self, hand: Hand, value: int | None) -> None:
        if value is None:
            return
        change = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        content = {"comm_id": self._slider, "data": change}
        self._send("comm_msg", content, lambda: self._change(hand, hand.done()))

    def _say(self, content: dict[str, Any]) -> None:
        """Send the stage a message of the page's."""
        data = {"method": "custom", "content": content}
        self._send("comm_msg", {"comm_id": self._stage, "data": data}, lambda: None)

    def _send(self, kind: str, content: dict[str, Any], on_done: Callable[[], None]) -> None:
        header = {
            "msg_id": uuid.uuid4().hex,
            "msg_type": kind,
            "session": self._session,
            "username": "",
            "date": "2000-01-01T00:00:00Z",
            "version": "5.3",
        }
        self._on_done[header["msg_id"]] = on_done
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        packed = serialize_msg_to_ws_v1(message, "shell", lambda part: json.dumps(part).encode())
        self._socket.write_message(packed, binary=True)

    async def _listen(self) -> None:
        while True:
            message = await self._socket.read_message()
            if message is None:
                return
            channel, parts = deserialize_msg_from_ws_v1(message)
            if channel == "iopub":
                header, parent, _, content = (json.loads(part) for part in parts[:4])
                self._hear(header["msg_type"], parent.get("msg_id", ""), content)

    def _hear(self, kind: str, parent: str, content: dict[str, Any]) -> None:
        if kind == "status" and content["execution_state"] == "idle":
            self._on_done.pop(parent, lambda: None)()
        elif kind == "comm_open":
            self._meet(content["comm_id"], content["data"]["state"])
        elif kind == "comm_msg" and content["comm_id"] == self._stage:
            self._hear_stage(content["data"])
        elif kind == "error":
            raise RuntimeError(f"the cell failed: {content['ename']}: {content['evalue']}")

    def _hear_stage(self, data: dict[str, Any]) -> None:
        state, told = data.get("state", {}), data.get("content", {})
        self.shelf.learn(state)
        if "scene" in state:
            self.hand.see(says(state["scene"]), asyncio.get_running_loop().time())
        if told.get("type") == "shelf" and (number := self.shelf.take(told)) is not None:
            self._say({"type": "shelved", "number": number})

    def _meet(self, comm: str, state: dict[str, Any]) -> None:
        """Remember the comms of the stage, and of the slider by its label."""
        if "scene" in state:
            self._stage = comm
            self.shelf.learn(state)
        elif state.get("_model_name") == "IntSliderModel" and state["description"] == SLIDER:
            self._slider = comm
