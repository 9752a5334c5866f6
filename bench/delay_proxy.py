"""A slow line: the same server on another port, where every message takes its time to arrive.

    with DelayProxy("http://127.0.0.1:8888", round_trip=100) as line:
        page.goto(line.url)

Half of the round trip is added each way. Bytes keep their order, and as many as one likes are under
way at once: the line is long, not narrow. A connection is opened at once.
"""

import asyncio
import socket
import threading
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

CHUNK = 1 << 16
END = b""


class DelayProxy:
    """Passes TCP connections on to a server on this machine, later.

    Attributes:
        url: the server's address by way of this line, while it is open.
    """

    def __init__(self, url: str, round_trip: float) -> None:
        """Prepare a line; it is open between `with` and its end.

        Args:
            url: the server's address, such as `LiveJupyter.url`.
            round_trip: milliseconds there and back.

        Raises:
            ValueError: `url` names no host and port, or `round_trip` is negative.
        """
        self._parts = urlsplit(url)
        if self._parts.hostname is None or self._parts.port is None:
            raise ValueError(f"url (={url!r}) must name a host and a port")
        if round_trip < 0:
            raise ValueError(f"round_trip (={round_trip}) must be 0 ms or more")
        self._seconds = round_trip / 2000
        self._thread = threading.Thread(target=self._run, name="delay-proxy", daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        port = self._socket.getsockname()[1]
        self.url = self._parts._replace(netloc=f"127.0.0.1:{port}").geturl()
        self._loop, self._ended = asyncio.new_event_loop(), asyncio.Event()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())  # at its end the connections still open are cancelled

    async def _serve(self) -> None:
        connections = set()

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._connect(reader, writer))
            connections.add(task)  # a task that nobody holds may be forgotten
            task.add_done_callback(connections.discard)

        server = await asyncio.start_server(accept, sock=self._socket)
        await self._ended.wait()
        server.close()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ends = [writer]
        try:
            server_reader, server_writer = await asyncio.open_connection(
                self._parts.hostname, self._parts.port
            )
            ends.append(server_writer)
            for end in ends:
                end.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.gather(
                pass_on(reader, server_writer, self._seconds),
                pass_on(server_reader, writer, self._seconds),
            )
        except OSError:
            pass  # one side hung up: so does the other
        finally:
            for end in ends:
                end.close()


async def pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    """Carry bytes one way, each so many seconds after it came, until the sender has ended."""
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    taking = asyncio.create_task(take(reader, under_way, seconds))
    try:
        await deliver(under_way, writer)
    finally:
        taking.cancel()


async def take(
    reader: asyncio.StreamReader, under_way: asyncio.Queue[tuple[float, bytes]], seconds: float
) -> None:
    """Take what comes, at once, and note when it is due."""
    now = asyncio.get_running_loop().time
    data = None
    while data != END:
        try:
            data = await reader.read(CHUNK)
        except OSError:
            data = END
        under_way.put_nowait((now() + seconds, data))


async def deliver(
    under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter
) -> None:
    """Hand over what is due, in its order; the end ends one way only."""
    now = asyncio.get_running_loop().time
    while True:
        due, data = await under_way.get()
        await asyncio.sleep(max(0.0, due - now()))
        if data == END:
            writer.write_eof()
            return
        writer.write(data)
        await writer.drain()
