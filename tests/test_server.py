"""The server extension is on after install: messages leave at once, threads do not spin long."""

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

import psutil
import pytest
import websocket

from lessons_lib import server
from lessons_lib.server import (
    SAYS_HOW_THREADS_WAIT,
    SHORT_WAIT,
    short_wait,
    with_short_wait,
    without_nagle,
)

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


def loaded_into(settings: dict[str, Any], **more: Any) -> dict[str, Any]:
    log = logging.getLogger("test-server")
    app = SimpleNamespace(web_app=SimpleNamespace(settings=settings), log=log, **more)
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


class Specs:
    """Knows one kernel, "python3"; its specification sets the variables that are given."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env

    def get_kernel_spec(self, name: str) -> SimpleNamespace:
        if name != "python3":
            raise LookupError(name)
        return SimpleNamespace(env=self.env)


class Kernels:
    """A server's kernel manager that only notes what it is asked for."""

    default_kernel_name = "python3"

    def __init__(self, env_of_specification: dict[str, str] | None = None) -> None:
        self.kernel_spec_manager = Specs(env_of_specification or {})
        self.log = logging.getLogger("test-server")
        self.asked: dict[str, Any] = {}

    async def start_kernel(self, **settings: Any) -> str:
        self.asked = settings
        return "its id"


def started(kernels: Kernels, **settings: Any) -> dict[str, Any]:
    assert asyncio.run(with_short_wait(kernels)(**settings)) == "its id"
    return kernels.asked


@pytest.fixture
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SAYS_HOW_THREADS_WAIT:
        monkeypatch.delenv(name, raising=False)


def test_where_nobody_has_said_how_threads_wait_they_wait_shortly() -> None:
    assert short_wait({"OMP_NUM_THREADS": "4"}) == SHORT_WAIT


@pytest.mark.parametrize("name", SAYS_HOW_THREADS_WAIT)
def test_whoever_says_how_threads_wait_is_left_alone(name: str) -> None:
    assert short_wait({name: "1"}) == {}


def test_a_kernel_gets_the_short_wait_beside_what_a_session_gives_it() -> None:
    asked = started(Kernels(), kernel_name="python3", env={"HOME": "/here"}, path="a.ipynb")
    assert asked == {
        "kernel_name": "python3",
        "env": {"HOME": "/here", **SHORT_WAIT},
        "path": "a.ipynb",
    }


@pytest.mark.usefixtures("nothing_said")
def test_a_kernel_without_a_session_gets_the_servers_variables_and_the_short_wait() -> None:
    assert started(Kernels())["env"] == {**os.environ, **SHORT_WAIT}


def test_what_a_session_says_of_waiting_is_left_alone() -> None:
    said = {"OMP_WAIT_POLICY": "ACTIVE"}
    assert started(Kernels(), env=dict(said))["env"] == said


def test_what_a_kernels_specification_says_of_waiting_is_left_alone() -> None:
    kernels = Kernels(env_of_specification={"OMP_WAIT_POLICY": "ACTIVE"})
    assert started(kernels, env={"HOME": "/here"})["env"] == {"HOME": "/here"}


def test_an_unknown_kernel_costs_a_warning_and_the_server_is_asked_all_the_same(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert started(Kernels(), kernel_name="nobody's") == {"kernel_name": "nobody's"}
    assert "a kernel's threads wait long" in caplog.text


def test_loading_gives_kernels_the_short_wait() -> None:
    kernels = Kernels()
    loaded_into({"kernel_websocket_connection_class": Connection, "kernel_manager": kernels})
    asyncio.run(kernels.start_kernel(env={"HOME": "/here"}))
    assert kernels.asked["env"] == {"HOME": "/here", **SHORT_WAIT}


def test_a_gateways_kernels_are_left_alone() -> None:
    kernels = Kernels()
    settings = {"kernel_websocket_connection_class": Connection, "kernel_manager": kernels}
    loaded_into(settings, gateway_config=SimpleNamespace(gateway_enabled=True))
    asyncio.run(kernels.start_kernel(env={"HOME": "/here"}))
    assert kernels.asked["env"] == {"HOME": "/here"}


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
    specification = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "It says itself how its threads wait",
        "language": "python",
        "env": {"OMP_WAIT_POLICY": "ACTIVE"},
    }
    (folder / "data" / "kernels" / "spinning").mkdir(parents=True)
    (folder / "data" / "kernels" / "spinning" / "kernel.json").write_text(json.dumps(specification))
    inherited = {name: os.environ[name] for name in os.environ.keys() - SAYS_HOW_THREADS_WAIT}
    return {
        **inherited,
        **{variable: str(folder / name) for variable, name in own.items()},
        "PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]),
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


# An extension of this test's own: it tells what the server's end of each websocket is set to, and
# which process each kernel is.
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

class Processes(JupyterHandler):
    def get(self):
        kernels = self.kernel_manager
        self.finish(json.dumps({
            kernel: kernels.get_kernel(kernel).provisioner.pid
            for kernel in kernels.list_kernel_ids()}))

def _jupyter_server_extension_points():
    return [{"module": "probe"}]

def _load_jupyter_server_extension(app):
    handlers = [(app.base_url + "probe", Probe), (app.base_url + "processes", Processes)]
    app.web_app.add_handlers(".*$", handlers)
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
    """A Jupyter server as the reader starts it; yields its address.

    Its environment can be added to: `@pytest.mark.parametrize("running", [{...}], indirect=True)`.
    """
    environment = {**environment, **getattr(request, "param", {})}
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


def waiting_of(running: str, kernel: str) -> dict[str, str]:
    """What the environment of a kernel's process says of waiting."""
    found = psutil.Process(ask(f"{running}/processes")[kernel]).environ()
    return {name: found[name] for name in SAYS_HOW_THREADS_WAIT if name in found}


def test_in_a_running_server_the_kernel_of_a_notebook_waits_shortly_for_its_threads(
    running: str,
) -> None:
    session = {"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}
    kernel = ask(f"{running}/api/sessions", json.dumps(session).encode())["kernel"]["id"]
    assert waiting_of(running, kernel) == SHORT_WAIT


def test_a_restarted_kernel_waits_as_shortly(running: str) -> None:
    kernel = ask(f"{running}/api/kernels", b"{}")["id"]
    before = ask(f"{running}/processes")[kernel]
    ask(f"{running}/api/kernels/{kernel}/restart", b"{}")
    assert ask(f"{running}/processes")[kernel] != before
    assert waiting_of(running, kernel) == SHORT_WAIT


def test_a_kernel_whose_specification_says_how_it_waits_does_that(running: str) -> None:
    kernel = ask(f"{running}/api/kernels", b'{"name": "spinning"}')["id"]
    assert waiting_of(running, kernel) == {"OMP_WAIT_POLICY": "ACTIVE"}


@pytest.mark.parametrize("running", [{"GOMP_SPINCOUNT": "77"}], indirect=True)
def test_what_the_servers_environment_says_of_waiting_is_left_alone(running: str) -> None:
    kernel = ask(f"{running}/api/kernels", b"{}")["id"]
    assert waiting_of(running, kernel) == {"GOMP_SPINCOUNT": "77"}
