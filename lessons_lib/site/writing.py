"""Write the site: run what has changed, write all pages."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
import torch
from filelock import FileLock, Timeout
from jupyter_core.utils import ensure_event_loop

import lessons_lib
from lessons_lib.images import assets_folder
from lessons_lib.machine.writing import write_whole
from lessons_lib.site.exporter import LessonExporter, site_script, site_style
from lessons_lib.site.pages import (
    START,
    Lesson,
    Repository,
    around,
    found_in,
    front_page,
    list_page,
    openings_of,
    read_lessons,
    search_script,
)
from lessons_lib.site.running import PAGE_BYTES, RunWithLabs
from lessons_lib.widgets.saved.page import PageData

PARTS = "parts"  # folder of what several pages share, beside them
RUN = ".run"  # ends the name of the folder that keeps what was run, beside the site's
_PACKAGE = Path(lessons_lib.__file__).parent
_RUNNERS = ("running.py", "outputs.py", "writing.py")  # of the site's files: what they do is kept


def write_site(
    notebooks: Path,
    output: Path,
    repository: str = "",
    processes: int = 2,
    page_bytes: int = PAGE_BYTES,
    say: Callable[[str], None] = print,
) -> None:
    """Write a page for each lesson, and a front page.

    A lesson is run again only where its notebook, the library or the pictures have changed.

    Args:
        notebooks: folder of the lessons.
        output: folder of the site; it is made. What was written of a lesson that is gone is taken
            away; what else lies in it stays.
        repository: on GitHub, for links to where a lesson runs, see `Repository.of`; or empty.
        processes: lessons that run at once.
        page_bytes: see `RunWithLabs`.
        say: takes a line for each lesson.

    Raises:
        FileNotFoundError: there are no notebooks.
        ValueError: the repository's name is none, or both folders are the same.
        RuntimeError: another process writes this site now, or a kernel dies.
        nbclient.exceptions.CellExecutionError: a cell of a lesson fails.
    """
    home = Repository.of(repository) if repository else None
    output = output.resolve()
    if output == notebooks.resolve():
        raise ValueError(f"output (={output}) must not be the folder of the notebooks")
    lessons = read_lessons(notebooks)
    if not lessons:
        raise FileNotFoundError(f"there are no lessons in {notebooks.resolve()}")
    (output / PARTS).mkdir(parents=True, exist_ok=True)
    kept = output.with_name(output.name + RUN)
    kept.mkdir(exist_ok=True)
    with _alone(kept):
        ran = _run_all(lessons, notebooks, kept, processes, page_bytes, say)
        _write_pages(ran, notebooks, output, home)
        _forget_others(lessons, kept, output)
    say(f"the site begins with {output / 'index.html'}")


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    lock = FileLock(kept / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise RuntimeError(f"another process writes the site of {kept} now") from None
    try:
        yield
    finally:
        lock.release()


def _forget_others(lessons: Mapping[Lesson, Any], kept: Path, output: Path) -> None:
    """Take away what was written of lessons that are gone."""
    names = {lesson.name for lesson in lessons}
    for file in kept.glob("*.json"):
        if file.stem not in names:
            written = (f"{file.stem}.html", f"{file.stem}.ipynb", f"{PARTS}/{file.stem}.js")
            for path in (*(output / each for each in written), file):
                path.unlink(missing_ok=True)


def _run_all(
    lessons: dict[Lesson, nbformat.NotebookNode],
    notebooks: Path,
    kept: Path,
    processes: int,
    page_bytes: int,
    say: Callable[[str], None],
) -> dict[Lesson, dict[str, Any]]:
    library = _library_word()

    runners: list[RunWithLabs] = []

    def run(item: tuple[Lesson, nbformat.NotebookNode]) -> dict[str, Any]:
        lesson, notebook = item
        runner = RunWithLabs(timeout=None, kernel_name="python3", page_bytes=page_bytes)
        runners.append(runner)
        return _run(lesson, notebook, runner, notebooks, kept, library, say)

    last_first = list(reversed(lessons.items()))  # the last ones take longest
    with ThreadPoolExecutor(processes) as pool:
        try:
            told = dict(zip(reversed(lessons), pool.map(run, last_first), strict=True))
        except KeyboardInterrupt:
            for runner in runners:
                runner.stop()
            raise
    return {lesson: told[lesson] for lesson in lessons}


def _run(
    lesson: Lesson,
    notebook: nbformat.NotebookNode,
    runner: RunWithLabs,
    folder: Path,
    kept: Path,
    library: str,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Run a lesson, or read what came of it the last time."""
    word = hashlib.sha256(
        f"{library}{runner.page_bytes}{nbformat.writes(notebook)}".encode()
    ).hexdigest()
    file = kept / f"{lesson.name}.json"
    if file.exists():
        told: dict[str, Any] = json.loads(file.read_text("utf-8"))
        if told["word"] == word:
            say(f"{lesson.name}: as before")
            return told
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as nobody:  # no reader's progress, nor picture
        runner.environment = {"LESSONS_DATA_DIR": nobody, "LESSONS_PICTURE": "lena"}
        try:
            ran, resources = runner.preprocess(notebook, {"metadata": {"path": str(folder)}})
        except Exception as error:
            error.add_note(f"in {folder / lesson.name}.ipynb")
            raise
        finally:
            ensure_event_loop().close()  # that of this thread; nobody else would
    data: PageData = resources["page_data"]
    told = {
        "word": word,
        "notebook": nbformat.writes(ran),
        "places": resources["places"],
        "things": data.things,
        "bytes": data.bytes,
    }
    write_whole(file, json.dumps(told))
    say(f"{lesson.name}: run in {time.monotonic() - begun:.0f} s")
    return told


def _write_pages(
    ran: Mapping[Lesson, dict[str, Any]],
    notebooks: Path,
    output: Path,
    repository: Repository | None,
) -> None:
    parts = output / PARTS
    (parts / "site.css").write_text(site_style(), "utf-8")
    (parts / "site.js").write_text(site_script(), "utf-8")
    shutil.copyfile(_PACKAGE / "site" / "icon.svg", parts / "icon.svg")
    lessons = list(ran)
    exporter = LessonExporter(pages=[each.name for each in lessons])
    sections = []

    def write(name: str, notebook: nbformat.NotebookNode, told: dict[str, Any], site: Any) -> str:
        data = f"{PARTS}/{quote(told['name'])}.js"
        shared = {
            "style": f"{PARTS}/site.css",
            "script": f"{PARTS}/site.js",
            "search": f"{PARTS}/sections.js",
            "icon": f"{PARTS}/icon.svg",
            "data": data if told["places"] else "",
        }
        metadata = {"path": str(notebooks)}  # pictures beside the notebooks are embedded
        resources = {"metadata": metadata, "places": told["places"], "site": {**site, **shared}}
        page, _ = exporter.from_notebook_node(notebook, resources)
        (output / name).write_text(page, "utf-8")
        return page

    for lesson, told in ran.items():
        told["name"] = lesson.name
        script = PageData(told["things"], told["bytes"]).script
        (parts / f"{lesson.name}.js").write_text(script, "utf-8")
        notebook = nbformat.reads(told["notebook"], as_version=4)
        site = around(lessons, lesson, openings_of(lesson, repository))
        sections += found_in(write(f"{lesson.name}.html", notebook, told, site), lesson)
        shutil.copyfile(notebooks / f"{lesson.name}.ipynb", output / f"{lesson.name}.ipynb")
    first = next((each for each in lessons if each.name == START), None)
    front, told = list_page(lessons), {"name": "", "places": {}}
    if first is not None:
        told = ran[first]
        front = front_page(nbformat.reads(told["notebook"], as_version=4))
    write("index.html", front, told, around(lessons, None, []))
    (parts / "sections.js").write_text(search_script(sections), "utf-8")


def _library_word() -> str:
    """Give a word for all that a lesson's results hang on, besides its notebook."""
    found = hashlib.sha256(torch.__version__.encode())
    files = [*_PACKAGE.rglob("*.py"), *assets_folder().rglob("*")]
    for path in sorted(path for path in files if path.is_file()):
        if _PACKAGE / "site" not in path.parents or path.name in _RUNNERS:
            found.update(path.read_bytes())
    return found.hexdigest()
