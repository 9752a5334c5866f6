"""The real JupyterLab in a real Chromium: start both, open a notebook, run its cells, look at it.

The browser tests and the bench drive the same page in the same way, so this module serves both; it
stands with the tests because neither of them is installed with the lessons, and bench/ imports it
from here (run from the top of the repository). It is not called jupyterlab.py: pytest puts this
folder on the module path, where that name would hide JupyterLab itself.

    with LiveJupyter() as jupyter, open_chromium() as chromium:
        jupyter.write("try.ipynb", notebook("1 + 1"))
        with LiveNotebook(chromium.new_page(), jupyter.url, "try.ipynb") as live:
            live.run_all()
            print(live.outputs(0), live.errors)

Nothing of the user's own Jupyter set-up is read or changed: configuration, data, settings and
workspaces are folders of their own that vanish at the end. Server extensions enabled in the Python
environment itself (`etc/jupyter` below `sys.prefix`) do load, as they do for a reader.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import nbformat
import psutil
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    sync_playwright,
)

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# A quiet, repeatable page: no news, no update check, no autosave, no theme of the operating system,
# and every cell in the page all the time ("windowing" takes cells out that are scrolled away).
SETTINGS: dict[str, dict[str, object]] = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "apputils-extension/themes": {"theme": "JupyterLab Light", "adaptive-theme": False},
    "docmanager-extension/plugin": {"autosave": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}

# What JupyterLab itself writes to the console as an error although nothing is wrong.
CONSOLE_NOISE = (
    "favicon",  # asked for by the browser on pages that are no notebook
)

# Small questions to the page; `live` is put into every page before JupyterLab starts.
PAGE_SCRIPT = """
window.live = {
  panel(path) {
    const app = window.jupyterapp;
    if (!app) return null;
    return [...app.shell.widgets('main')].find((widget) => widget.context?.path === path) ?? null;
  },
  kernel(path) { return window.live.panel(path)?.sessionContext?.session?.kernel ?? null; },
  busy(path) {
    const kernel = window.live.kernel(path);
    if (!kernel || kernel.status !== 'idle') return true;
    const cells = window.live.panel(path).content.widgets;
    return cells.some((cell) => cell.node.querySelector('.jp-InputPrompt')?.textContent === '[*]:');
  },
  start(promise) {
    window.live.task = { done: false, error: null };
    const task = window.live.task;
    promise.then(() => { task.done = true; }, (e) => { task.done = true; task.error = String(e); });
  },
};
"""


def find_chromium() -> str | None:
    """Say where a Chromium is installed: `$LESSONS_CHROMIUM` first, then the usual names, or None.

    Raises:
        FileNotFoundError: `$LESSONS_CHROMIUM` is set and names no file.
    """
    chosen = os.environ.get("LESSONS_CHROMIUM")
    if chosen:
        if shutil.which(chosen) is None:
            raise FileNotFoundError(f"LESSONS_CHROMIUM (={chosen!r}) is not a program")
        return chosen
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return next((path for path in found if path), None)


@contextmanager
def open_chromium(**launch: Any) -> Iterator[Browser]:
    """Open a headless Chromium with a fresh profile and close it at the end.

    Args:
        launch: passed on to Playwright's `chromium.launch`.

    Raises:
        FileNotFoundError: no Chromium is installed.
    """
    executable = find_chromium()
    if executable is None:
        raise FileNotFoundError(
            f"no Chromium found: none of {', '.join(CHROMIUM_NAMES)} is installed; "
            "install one or set LESSONS_CHROMIUM to its path"
        )
    with sync_playwright() as playwright:
        arguments = [*CHROMIUM_ARGUMENTS, *launch.pop("args", [])]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments, **launch)
        try:
            yield browser
        finally:
            browser.close()


def notebook(*cells: str | nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Build a notebook from the sources of its code cells (other cells: pass nbformat's own)."""
    nodes = [nbformat.v4.new_code_cell(cell) if isinstance(cell, str) else cell for cell in cells]
    kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=nodes, metadata={"kernelspec": kernelspec})


class LiveJupyter:
    """A JupyterLab server on a free local port, with a notebook folder and settings of its own."""

    query = ""  # what an address needs at its end before the server answers

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        """Prepare the folders.

        Args:
            environment: variables to add to those of this process, for the server and its kernels.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="live-jupyter-")
        self._state = Path(self._folder.name)
        self.root = self._state / "notebooks"
        self.root.mkdir()
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("JUPYTER", "LESSONS_PICTURE"))
        }
        self._environment = {**inherited, **self._private_places(), **(environment or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def write(self, name: str, content: nbformat.NotebookNode | bytes) -> Path:
        """Put a notebook, or any file as bytes, into the server's folder."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            nbformat.write(content, path)
        return path

    def start(self, timeout: float = 60.0) -> None:
        """Start the server and wait until it answers.

        Raises:
            RuntimeError: it ended, or gave no answer within `timeout` seconds; its log is shown.
        """
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with (self._state / "server.log").open("wb") as log:
            self._process = subprocess.Popen(
                self._command(port),
                cwd=self.root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_for_answer(timeout)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the server and every kernel it started, each by its process id."""
        process = self._process
        if process is not None:
            family = _family(process.pid)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            _, alive = psutil.wait_procs(family, timeout=10)
            for member in alive:
                member.kill()
            psutil.wait_procs(alive, timeout=5)
            process.wait(timeout=5)
            self._process = None
        self._folder.cleanup()

    def log(self) -> str:
        """Return what the server wrote so far."""
        return (self._state / "server.log").read_text(errors="replace")

    def kernel_process(self, kernel_id: str) -> psutil.Process:
        """Find the process of a kernel by the id the page knows it by.

        Raises:
            LookupError: the server has no such kernel.
        """
        assert self._process is not None, "the server is not running"
        for process in _family(self._process.pid):
            try:
                if any(kernel_id in word for word in process.cmdline()):
                    return process
            except psutil.Error:
                continue
        raise LookupError(f"kernel_id (={kernel_id!r}) is not a running kernel of this server")

    def _private_places(self) -> dict[str, str]:
        places = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "LESSONS_DATA_DIR": "lessons",
        }
        paths = {variable: self._state / name for variable, name in places.items()}
        for path in paths.values():
            path.mkdir(mode=0o700)
        for name, values in SETTINGS.items():
            file = paths["JUPYTERLAB_SETTINGS_DIR"] / f"@jupyterlab/{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values))
        return {variable: str(path) for variable, path in paths.items()}

    def _command(self, port: int) -> list[str]:
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": port,
            "ServerApp.root_dir": self.root,
            "ServerApp.open_browser": False,
            "ServerApp.allow_root": True,
            "ServerApp.terminals_enabled": False,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,  # gives the page window.jupyterapp
            "JupyterNotebookApp.expose_app_in_browser": True,  # where Notebook is installed too
            "LabApp.extension_manager": "readonly",  # the default one asks pypi.org
        }
        words = [f"--{name}={value}" for name, value in options.items()]
        return [sys.executable, "-m", "jupyterlab", *words]

    def _wait_for_answer(self, timeout: float) -> None:
        assert self._process is not None
        pid = self._process.pid
        # The server takes another port if ours was taken meanwhile; its own note says which.
        note = self._state / "runtime" / f"jpserver-{pid}.json"
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self._process.poll() is not None:
                raise RuntimeError(
                    f"JupyterLab ended with {self._process.returncode}:\n{self.log()}"
                )
            try:
                self.url = json.loads(note.read_text())["url"].rstrip("/")
                with urllib.request.urlopen(f"{self.url}/api/status{self.query}", timeout=5):
                    return
            except (OSError, ValueError):
                time.sleep(0.1)
        raise RuntimeError(f"JupyterLab gave no answer within {timeout:.0f} s:\n{self.log()}")


def _family(pid: int) -> list[psutil.Process]:
    """List a process and everything it started."""
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


class LiveNotebook:
    """One notebook, open in one page of the real JupyterLab.

    `errors` collects what went wrong in the page: uncaught exceptions and the console's errors.
    Times are in seconds; whatever takes longer than its `timeout` raises Playwright's TimeoutError.
    """

    def __init__(self, page: Page, url: str, path: str, timeout: float = 60.0) -> None:
        """Open the notebook and wait until its kernel is idle.

        Args:
            page: a fresh page, or one that another notebook of this server was left in.
            url: the server's address, `LiveJupyter.url`.
            path: the notebook, relative to the server's folder.
            timeout: for the whole opening.
        """
        self.page = page
        self.path = path
        self.errors: list[str] = []
        page.on("pageerror", self._uncaught)
        page.on("console", self._collect)
        if page.url.startswith(f"{url}/lab/"):
            self._open_beside()
        else:
            page.add_init_script(PAGE_SCRIPT)
            # A workspace of its own: the default one would reopen what other pages had open.
            page.goto(f"{url}/lab/workspaces/{uuid.uuid4().hex}/tree/{quote(path)}")
        self._wait("path => window.live?.kernel(path)?.status === 'idle'", timeout)
        page.evaluate("path => window.live.panel(path).revealed", path)
        self.set_theme("light")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Shut the kernel down and close the page."""
        if self.page.is_closed():
            return
        try:
            self._shut_down()
        finally:
            self.page.close()

    def leave(self) -> None:
        """Shut the kernel down and leave the page to the next notebook, as it was found."""
        self._shut_down()
        self.page.evaluate("path => window.live.panel(path)?.dispose()", self.path)
        self.page.mouse.move(0, 0)
        self.page.remove_listener("pageerror", self._uncaught)
        self.page.remove_listener("console", self._collect)

    # --- running ----------------------------------------------------------------------------------

    def command(
        self, name: str, arguments: dict[str, Any] | None = None, timeout: float = 60
    ) -> None:
        """Run one of JupyterLab's commands on this notebook and wait until it is done."""
        self._activate()
        words = f"{json.dumps(name)}, {json.dumps(arguments or {})}"
        self.start_task(f"window.jupyterapp.commands.execute({words})")
        self.wait_task(timeout)

    def run_all(self, timeout: float = 120.0) -> None:
        """Run every cell and wait until the kernel is idle."""
        self.command("notebook:run-all-cells", timeout=timeout)
        self.wait_idle(timeout)

    def run_cell(self, index: int, timeout: float = 60.0, wait: bool = True) -> None:
        """Run the cell with this index, counted from 0; again, if need be.

        With `wait=False` it is only started.
        """
        self.page.evaluate(
            "([path, index]) => { window.live.panel(path).content.activeCellIndex = index; }",
            [self.path, index],
        )
        if wait:
            self.command("notebook:run-cell", timeout=timeout)
            self.wait_idle(timeout)
        else:
            self._activate()
            self.start_task("window.jupyterapp.commands.execute('notebook:run-cell')")

    def restart_kernel(self, timeout: float = 60.0) -> None:
        """Restart the kernel without the question, and wait until it is idle."""
        restart = f"window.live.panel({json.dumps(self.path)}).sessionContext.restartKernel()"
        self.start_task(restart)
        self.wait_task(timeout)
        self.wait_idle(timeout)

    def wait_idle(self, timeout: float = 60.0, quiet: float = 0.15) -> None:
        """Wait until no cell runs or waits and the kernel stayed idle for `quiet` seconds."""
        self.page.evaluate("() => { window.live.last_busy = performance.now(); }")
        self._wait(
            """([path, quiet]) => {
              const now = performance.now();
              if (window.live.busy(path)) window.live.last_busy = now;
              return now - window.live.last_busy > quiet * 1000;
            }""",
            timeout,
            [self.path, quiet],
        )

    def start_task(self, expression: str) -> None:
        """Begin waiting for a promise in the page; `wait_task` waits for its end.

        An awaited `page.evaluate` has no time limit of its own, this pair has.
        """
        self.page.evaluate(f"() => window.live.start(Promise.resolve({expression}))")

    def wait_task(self, timeout: float) -> None:
        """Wait for the promise of `start_task`.

        Raises:
            RuntimeError: the promise was rejected.
        """
        self._wait("() => window.live.task.done", timeout)
        error = self.page.evaluate("() => window.live.task.error")
        if error:
            raise RuntimeError(f"JupyterLab refused: {error}")

    # --- looking ----------------------------------------------------------------------------------

    def cell(self, index: int) -> Locator:
        """Return the cell with this index, counted from 0."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def outputs(self, index: int) -> list[dict[str, Any]]:
        """Return the outputs of a cell as nbformat has them."""
        outputs: list[dict[str, Any]] = self.page.evaluate(
            "([p, i]) => window.live.panel(p).content.widgets[i].model.outputs?.toJSON() ?? []",
            [self.path, index],
        )
        return outputs

    def cell_errors(self) -> list[str]:
        """List the exceptions among the outputs of all cells, each with the index of its cell."""
        count: int = self.page.evaluate(
            "path => window.live.panel(path).content.widgets.length", self.path
        )
        return [
            f"cell {index}: {output['ename']}: {output['evalue']}"
            for index in range(count)
            for output in self.outputs(index)
            if output["output_type"] == "error"
        ]

    def kernel_id(self) -> str:
        """Return the kernel's id, for `LiveJupyter.kernel_process`."""
        return str(self.page.evaluate("path => window.live.kernel(path).id", self.path))

    def set_theme(self, theme: str) -> None:
        """Switch JupyterLab to the `"light"` or `"dark"` theme and wait until it shows."""
        name = THEMES[theme]
        if self.page.evaluate("() => document.body.dataset.jpThemeName") != name:
            self.command("apputils:change-theme", {"theme": name})
            self._wait("name => document.body.dataset.jpThemeName === name", 30, name)
        # JupyterLab covers the page with its splash screen at the start and between two themes.
        self._wait("() => !document.getElementById('jupyterlab-splash')", 30)

    def set_viewport(self, width: int, height: int) -> None:
        """Give the page another size, in CSS pixels."""
        self.page.set_viewport_size({"width": width, "height": height})

    def only_notebook(self) -> None:
        """Fold the side panel away, so that the notebook has the whole width."""
        if not self.page.evaluate("() => window.jupyterapp.shell.leftCollapsed"):
            self.command("application:toggle-left-area")

    def screenshot(self, path: Path, index: int | None = None) -> None:
        """Save a picture of the page, or of the cell with this index."""
        target = self.page if index is None else self.cell(index)
        target.screenshot(path=path)

    # --- inside -----------------------------------------------------------------------------------

    def _open_beside(self) -> None:
        """Open the notebook in a JupyterLab that runs; JupyterLab needs seconds to start."""
        arguments = json.dumps({"path": self.path, "factory": "Notebook"})
        self.start_task(f"window.jupyterapp.commands.execute('docmanager:open', {arguments})")
        self.wait_task(60)
        if self.page.evaluate("() => window.jupyterapp.shell.leftCollapsed"):
            self.page.evaluate("() => window.jupyterapp.shell.expandLeft()")
        # the launcher, which stands where no document is open
        self.page.evaluate(
            "path => [...window.jupyterapp.shell.widgets('main')]"
            ".filter((each) => each !== window.live.panel(path)).forEach((each) => each.dispose())",
            self.path,
        )

    def _shut_down(self) -> None:
        shut_down = "path => window.live.panel(path)?.sessionContext.shutdown()"
        self.start_task(f"({shut_down})({json.dumps(self.path)})")
        self.wait_task(10)

    def _activate(self) -> None:
        self.page.evaluate(
            "path => window.jupyterapp.shell.activateById(window.live.panel(path).id)", self.path
        )

    def _wait(self, expression: str, timeout: float, argument: object = None) -> None:
        argument = self.path if argument is None else argument
        self.page.wait_for_function(expression, arg=argument, timeout=timeout * 1000, polling=50)

    def _uncaught(self, error: Error) -> None:
        self.errors.append(f"uncaught: {error}")

    def _collect(self, message: ConsoleMessage) -> None:
        where = message.location.get("url", "")
        if message.type == "error" and not any(n in message.text + where for n in CONSOLE_NOISE):
            self.errors.append(f"console: {message.text} ({where})")


OpenNotebook = Callable[..., LiveNotebook]
"""The fixture `open_notebook` of conftest.py, for the annotations of tests."""
