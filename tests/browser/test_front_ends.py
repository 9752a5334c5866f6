"""The lessons where they are not opened in JupyterLab: alive with a kernel, else as a picture."""

import io
import itertools
import json
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from lessons_lib.reader.folding import TAG
from tests.browser.firefox import in_firefox, missing_program
from tests.browser.live_jupyter import LiveJupyter, LiveNotebook, notebook

ANSWER = "the answer of the cell"
RESULT = "Result: guess first"
ASKED = "What is the size of the output?"
OUTPUT = ".lesson-pane-output"
FILLS_THE_WINDOW = """() => {
  const large = document.querySelector('.lesson-large')?.getBoundingClientRect();
  return large?.width === innerWidth && large.height === innerHeight;
}"""
HAS_KERNEL = """() =>
  window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"""
FIRST, NEXT = "1 × 24 × 32", "1 × 18 × 24"  # of 72 × 96 pixels with kernel 3, stride 3 and 4

other_programs = pytest.mark.skipif(
    os.environ.get("LESSONS_FRONT_ENDS") != "1",
    reason="takes a minute and other programs than JupyterLab: `make test-front-ends`",
)


def small_picture() -> bytes:
    """A picture of 72 x 96 pixels in which no two rows and no two columns are alike."""
    file = io.BytesIO()
    places = itertools.product(range(72), range(96))
    colours = ((3 * row, 2 * column, row * column % 256) for row, column in places)
    flat = bytes(itertools.chain.from_iterable(colours))
    Image.frombytes("RGB", (96, 72), flat).save(file, "png")
    return file.getvalue()


def small_lesson() -> nbformat.NotebookNode:
    """A question, the result that it waits for, and the lab that it covers."""
    code, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    return notebook(
        "from lessons_lib.reader.folding import fold_results\n"
        "from lessons_lib.widgets import question, stride_lab\n\n"
        "fold_results()\n"
        'lab = stride_lab(picture="small.png", stride=2)',
        'question("stride_size", covers=lab, seed=2)',
        code(f"print({ANSWER!r})", metadata={"tags": [TAG]}),
        text("Set [stride 3](#set-stride=3)."),
        "lab",
    )


@pytest.fixture(scope="module")
def lesson(live_jupyter: LiveJupyter) -> str:
    """Its name, in the server's folder; the same server has Notebook and Voila where these are."""
    live_jupyter.write("small.png", small_picture())
    live_jupyter.write("small.ipynb", small_lesson())
    return "small.ipynb"


def answer_is_shown(page: Page, folded: bool) -> None:
    """Look at the cell whose result waits."""
    expect(page.get_by_text(RESULT)).to_be_visible()
    told = page.locator("pre", has_text=re.compile(f"^{ANSWER}\\s*$"))
    expect(told).to_be_hidden() if folded else expect(told).to_be_visible()


def give_up(page: Page) -> None:
    """Guess wrongly, then let the answer be shown."""
    card = page.locator(".lesson-question")
    for field in card.locator(".lesson-question-field").all():
        field.fill("99")
    card.get_by_role("button", name="commit your answer").click()
    card.get_by_role("button", name="show the answer").click()


def play(page: Page, lab: Locator) -> None:
    """Press a key, drag, point and enlarge: from stride 3 on."""
    shape = lab.locator(f"{OUTPUT} .lesson-pane-shape")
    handle = lab.locator(".lesson-control-stride .noUi-handle")
    expect(shape).to_have_text(FIRST)
    handle.press("ArrowRight")
    expect(shape).to_have_text(NEXT)
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=6)
    page.mouse.up()
    expect(shape).not_to_have_text(NEXT)
    lab.locator(f"{OUTPUT} .lesson-pane-picture").hover()
    expect(lab.locator(".lesson-microscope.lesson-shown")).to_contain_text("the output pixel")
    lab.locator(".lesson-large-button").click()
    page.wait_for_function(FILLS_THE_WINDOW)
    page.keyboard.press("Escape")
    expect(lab).not_to_have_class(re.compile("lesson-large"))


@other_programs
def test_voila_shows_a_lesson_without_its_code_and_with_its_questions(
    live_jupyter: LiveJupyter, lesson: str, shared_context: BrowserContext
) -> None:
    pytest.importorskip("voila")
    page = shared_context.new_page()
    page.goto(f"{live_jupyter.url}/voila/render/{lesson}?theme=dark")
    lab = page.locator(".lesson-lab-stride")
    expect(lab.locator(".lesson-sentence")).to_contain_text("Covered", timeout=60_000)
    assert lab.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
    expect(page.get_by_text("fold_results()")).to_have_count(0)
    answer_is_shown(page, folded=True)
    give_up(page)
    answer_is_shown(page, folded=False)
    page.get_by_role("link", name="stride 3").click()
    expect(page.locator(".lesson-link-said")).to_have_text("Set in the lab below: stride 3.")
    play(page, lab)
    page.close()


@other_programs
def test_notebook_7_runs_a_lesson(
    live_jupyter: LiveJupyter, lesson: str, shared_context: BrowserContext
) -> None:
    pytest.importorskip("notebook")
    page = shared_context.new_page()
    page.goto(f"{live_jupyter.url}/notebooks/{lesson}")
    page.wait_for_function(HAS_KERNEL, timeout=60_000)
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    lab = page.locator(".lesson-lab-stride")
    expect(lab.locator(".lesson-sentence")).to_contain_text("Covered", timeout=60_000)
    answer_is_shown(page, folded=True)
    give_up(page)
    answer_is_shown(page, folded=False)
    page.get_by_role("link", name="stride 3").click()
    play(page, lab)
    page.close()


# ------------------------------------------------------------------------------------ JupyterHub


class Hub(BaseHTTPRequestHandler):
    """A Hub as one reader's server sees it: it knows one token, and takes all notes."""

    reader: ClassVar = {
        "kind": "user",
        "name": "anna",
        "groups": [],
        "scopes": ["access:servers!user=anna/"],
    }

    def do_GET(self) -> None:
        known = self.path.endswith("/user") and self.headers["Authorization"] == "token annas"
        self.answer(self.reader if known else {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.answer({})

    def answer(self, words: object) -> None:
        body = json.dumps(words).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def running_hub() -> Iterator[str]:
    """Give the address of a Hub's interface."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hub/api"
        finally:
            server.shutdown()


class SingleUserServer(LiveJupyter):
    """What JupyterHub starts for a reader."""

    query = "?token=annas"

    def __init__(self, hub: str, kernels: dict[str, str]) -> None:
        super().__init__(kernels)
        self.hub = hub

    def _command(self, port: int) -> list[str]:
        prefix = "/user/anna/"
        given = {
            "ACTIVITY_URL": f"{self.hub}/users/anna/activity",
            "ALLOW_TOKEN_IN_URL": "1",
            "API_TOKEN": "servers",
            "API_URL": self.hub,
            "CLIENT_ID": "jupyterhub-user-anna",
            "OAUTH_ACCESS_SCOPES": json.dumps(["access:servers!user=anna/"]),
            "OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
            "SERVICE_PREFIX": prefix,
            "SERVICE_URL": f"http://127.0.0.1:{port}{prefix}",
            "USER": "anna",
        }
        self._environment |= {f"JUPYTERHUB_{name}": words for name, words in given.items()}
        words = super()._command(port)
        own = ("--ServerApp.ip", "--ServerApp.port", "--IdentityProvider")
        kept = [word for word in words if not word.startswith(own)]
        return [*kept[:1], "-m", "jupyterhub.singleuser", *kept[3:]]


@other_programs
def test_a_jupyterhub_server_has_the_fast_messages_and_a_lab_that_answers(
    ready_kernels: None, chromium: Browser
) -> None:
    pytest.importorskip("jupyterhub")
    kernels = {name: os.environ[name] for name in ["JUPYTER_PATH"] if name in os.environ}
    with running_hub() as hub, SingleUserServer(hub, kernels) as server:
        server.write("small.png", small_picture())
        server.write("small.ipynb", small_lesson())
        page = chromium.new_page()
        page.goto(f"{server.url}/api/status{server.query}")  # and has a cookie from here on
        with LiveNotebook(page, server.url, "small.ipynb") as live:
            live.run_all()
            give_up(page)
            page.get_by_role("link", name="stride 3").click()
            play(page, live.page.locator(".lesson-lab-stride"))
            assert live.errors == []
        assert "lessons_lib: kernel websockets send small messages at once" in server.log()
        assert "lessons_lib: threads of kernels do not spin long" in server.log()


# ------------------------------------------------------------------------------- without a kernel


@pytest.fixture(scope="module")
def executed(
    ready_kernels: None, tmp_path_factory: pytest.TempPathFactory
) -> nbformat.NotebookNode:
    """The lesson as `jupyter nbconvert --execute` runs it: with the state of its widgets."""
    folder = tmp_path_factory.mktemp("exported")
    (folder / "small.png").write_bytes(small_picture())
    client = NotebookClient(small_lesson(), resources={"metadata": {"path": str(folder)}})
    done = client.execute()
    assert "widgets" in done.metadata
    return done


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_nbconverts_own_pages_show_a_picture_of_the_lab_without_network(
    executed: nbformat.NotebookNode, chromium: Browser, tmp_path: Path, template: str
) -> None:
    exporter = HTMLExporter(template_name=template)
    path = tmp_path / "small.html"
    path.write_text(exporter.from_notebook_node(executed)[0], "utf-8")
    page = chromium.new_page()
    page.route("**/*", without_network)
    page.goto(path.as_uri())
    sheet = page.locator("img")
    expect(sheet).to_have_count(1)
    expect(sheet).to_be_visible()
    assert sheet.evaluate("e => e.naturalWidth > 400 && e.naturalHeight > 200")
    expect(page.get_by_text(ASKED)).to_be_visible()
    if template == "lab":  # the classic one has no names for the parts of a cell's output
        answer_is_shown(page, folded=True)
        page.get_by_text(RESULT).click()
        answer_is_shown(page, folded=False)
    page.close()


def without_network(route: Route) -> None:
    """Let only the file itself in."""
    route.continue_() if urlsplit(route.request.url).scheme in ("file", "data") else route.abort()


# ---------------------------------------------------------------------------------------- Firefox


@other_programs
def test_a_lab_answers_in_firefox(live_jupyter: LiveJupyter) -> None:
    program = missing_program()
    if program is not None and os.environ.get("LESSONS_REQUIRE_BROWSER") == "1":
        pytest.fail(f"LESSONS_REQUIRE_BROWSER=1, but {program} is not installed")
    if program is not None:
        pytest.skip(f"{program} is not installed")
    live_jupyter.write("small.png", small_picture())
    call = 'from lessons_lib.widgets import stride_lab\nstride_lab(picture="small.png", stride=3)'
    live_jupyter.write("firefox.ipynb", notebook(call))
    address = f"{live_jupyter.url}/lab/workspaces/firefox/tree/firefox.ipynb"
    seen = in_firefox(address)
    assert (seen["first"], seen["key"]) == (FIRST, NEXT)
    assert seen["drag"] not in (FIRST, NEXT)
    assert re.match(r"output \(\d+, \d+\) was computed from input rows", seen["pointer"])
    assert "the output pixel" in seen["card"]
    assert seen["errors"] == []
