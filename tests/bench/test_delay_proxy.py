"""The slow line: it delays and does nothing else."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from bench.delay_proxy import DelayProxy

ROUND_TRIP = 100


@pytest.fixture
def echo_url() -> Iterator[str]:
    """A server that sends back what it gets, and ends when its reader ends."""

    def echo(connection: socket.socket) -> None:
        with connection:
            while data := connection.recv(1 << 16):
                connection.sendall(data)

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(connection,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def connection(echo_url: str) -> Iterator[socket.socket]:
    """A connection to the server by way of the line."""
    with DelayProxy(echo_url, ROUND_TRIP) as line:
        port = int(line.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=10) as found:
            yield found


def received(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count and (data := connection.recv(1 << 16)):
        parts += data
    return bytes(parts)


def round_trip(connection: socket.socket) -> float:
    begin = time.perf_counter()
    connection.sendall(b"hello")
    assert received(connection, 5) == b"hello"
    return 1000 * (time.perf_counter() - begin)


def test_a_message_takes_the_round_trip_there_and_back(connection: socket.socket) -> None:
    # The quickest of several: a busy machine only ever adds.
    assert ROUND_TRIP <= min(round_trip(connection) for _ in range(5)) < 1.5 * ROUND_TRIP


def test_all_bytes_arrive_in_their_order(connection: socket.socket) -> None:
    sent = b"".join(number.to_bytes(4, "big") for number in range(300_000))

    def send() -> None:
        for start in range(0, len(sent), 7919):
            connection.sendall(sent[start : start + 7919])

    sender = threading.Thread(target=send)
    sender.start()
    assert received(connection, len(sent)) == sent
    sender.join()


def test_messages_under_way_do_not_wait_for_each_other(connection: socket.socket) -> None:
    begin = time.perf_counter()
    for _ in range(20):
        connection.sendall(b"x" * 10_000)
        time.sleep(0.005)
    assert received(connection, 200_000) == b"x" * 200_000
    # One after the other they would take twenty round trips.
    assert 1000 * (time.perf_counter() - begin) < 10 * ROUND_TRIP


def test_the_end_of_a_connection_arrives(connection: socket.socket) -> None:
    connection.sendall(b"last words")
    connection.shutdown(socket.SHUT_WR)
    assert received(connection, 1000) == b"last words"


def test_a_server_that_is_gone_ends_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with DelayProxy(f"http://127.0.0.1:{port}", 0) as line:
        line_port = int(line.url.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", line_port), timeout=10) as connection:
            assert connection.recv(1) == b""


@pytest.mark.parametrize(
    ("url", "round_trip", "said"),
    [("http://127.0.0.1", 100, "url"), ("http://127.0.0.1:80", -1, "round_trip")],
)
def test_a_line_that_cannot_be_is_refused(url: str, round_trip: float, said: str) -> None:
    with pytest.raises(ValueError, match=rf"{said} \(="):
        DelayProxy(url, round_trip)
