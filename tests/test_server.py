"""The server extension is on after install, and kernel websockets send without delay."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import websocket

from lessons_lib import server
from lessons_lib.server import without_nagle

TOKEN = "only-for-this-test"


class Handler:
    def __init__(self, error: Exception | None = None) -> None:
        self.asked: list[bool] = []
        self.error = error

    def set_nodelay(self, value: bool) -> None:
        if self.error:
            raise self.error
        self.asked.append(value)


class Connection:
    def __init__(self, handler: Handler) -> None:
        self.websocket_handler = handler
        self.log = logging.getLogger("test-server")

    def connect(self) -> str:
        return "connected"


class ConnectionOfAnotherServer(Connection):
    async def connect(self) -> str:  # type: ignore[override]  # servers differ in this
        return "connected later"


# ---------------------------------------------------------------------------- without a server


def test_connecting_switches_nagle_off_and_goes_on_as_before() -> None:
    handler = Handler()
    assert without_nagle(Connection)(handler).connect() == "connected"
    assert handler.asked == [True]


def test_a_connection_that_is_awaited_still_is() -> None:
    handler = Handler()
    connection = without_nagle(ConnectionOfAnotherServer)(handler)
    assert asyncio.run(connection.connect()) == "connected later"
    assert handler.asked == [True]


def test_a_page_that_left_already_costs_a_warning_and_not_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connection = without_nagle(Connection)(Handler(AssertionError("no websocket")))
    assert connection.connect() == "connected"
    assert "Nagle's algorithm stays on" in caplog.text


def test_wrapping_twice_wraps_once() -> None:
    once = without_nagle(Connection)
    assert without_nagle(once) is once


def test_the_servers_own_class_stays_as_it_was() -> None:
    handler = Handler()
    without_nagle(Connection)
    Connection(handler).connect()
    assert handler.asked == []


def loaded_into(settings: dict[str, Any]) -> dict[str, Any]:
    app = SimpleNamespace(
        web_app=SimpleNamespace(settings=settings), log=logging.getLogger("test-server")
    )
    server._load_jupyter_server_extension(app)
    return settings


def test_loading_replaces_the_class_by_its_subclass() -> None:
    settings = loaded_into({"kernel_websocket_connection_class": Connection})
    chosen = settings["kernel_websocket_connection_class"]
    assert issubclass(chosen, Connection)
    assert chosen is not Connection


def test_a_server_without_kernels_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    assert loaded_into({}) == {}
    assert "no kernel websockets" in caplog.text


def test_the_server_imports_no_torch_for_it() -> None:
    program = (
        "import sys, lessons_lib.server\n"
        "heavy = {'torch', 'numpy', 'PIL', 'ipywidgets', 'anywidget'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------------------- the real server


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("server")
    (folder / "probe.py").write_text(PROBE)
    own = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "IPYTHONDIR": "ipython",
    }
    return {
        **os.environ,
        **{variable: str(folder / name) for variable, name in own.items()},
        "PYTHONPATH": str(folder),
        "HERE": str(folder),
    }


def test_the_extension_list_shows_it_enabled_and_valid(environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "jupyter", "server", "extension", "list"],
        capture_output=True,
        text=True,
        env={**environment, "NO_COLOR": "1"},
    )
    shown = [line.split() for line in (done.stdout + done.stderr).splitlines()]
    plain = [" ".join(words).replace("\x1b[32m", "").replace("\x1b[0m", "") for words in shown]
    assert "lessons_lib.server enabled" in plain, plain
    assert any(line.startswith("lessons_lib.server") and line.endswith("OK") for line in plain), (
        plain
    )


# An extension of this test's own: it tells what the server's end of each websocket is set to.
PROBE = """
import json, socket
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

class Probe(JupyterHandler):
    def get(self):
        self.finish(json.dumps([
            [type(c).__name__, c.websocket_handler.ws_connection.stream.socket.getsockopt(
                socket.IPPROTO_TCP, socket.TCP_NODELAY)]
            for c in ZMQChannelsWebsocketConnection._open_sockets]))

def _jupyter_server_extension_points():
    return [{"module": "probe"}]

def _load_jupyter_server_extension(app):
    app.web_app.add_handlers(".*$", [(app.base_url + "probe", Probe)])
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, data: bytes | None = None) -> Any:
    request = urllib.request.Request(url, data, {"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def running(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[str]:
    """A Jupyter server as the reader starts it; yields its address."""
    port = free_port()
    log = Path(environment["HERE"]) / "server.log"
    command = [
        *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", f"--port={port}", f"--IdentityProvider.token={TOKEN}"),
        f"--ServerApp.root_dir={environment['HERE']}",
        "--ServerApp.jpserver_extensions={'probe': True}",
    ]
    with log.open("w") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            assert process.poll() is None, log.read_text()
            try:
                ask(f"{address}/api/status")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise AssertionError(f"the server did not answer:\n{log.read_text()}")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_in_a_running_server_a_kernels_websocket_has_nagle_off(running: str) -> None:
    kernel = ask(f"{running}/api/kernels", b"{}")["id"]
    address = running.replace("http", "ws", 1)
    page = websocket.create_connection(
        f"{address}/api/kernels/{kernel}/channels?session_id={uuid.uuid4().hex}&token={TOKEN}",
        timeout=60,
    )
    try:
        header = {
            "msg_id": "1",
            "msg_type": "kernel_info_request",
            "username": "",
            "session": "s",
            "date": "",
            "version": "5.3",
        }
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": {}}
        page.send(json.dumps({**message, "channel": "shell"}))
        while json.loads(page.recv())["msg_type"] != "kernel_info_reply":
            pass  # the connection is whole once the kernel has answered through it
        connections = ask(f"{running}/probe")
    finally:
        page.close()
    assert len(connections) == 1
    name, nodelay = connections[0]
    assert name == "ZMQChannelsWebsocketConnectionWithoutNagle"
    assert nodelay == 1
