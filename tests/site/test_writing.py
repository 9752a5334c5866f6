"""The site as it is written: from the notebooks alone, again only where they have changed."""

import base64
import itertools
import json
import re
import shutil
import threading
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from nbclient.exceptions import CellExecutionError, DeadKernelError

from lessons_lib.site import __main__, writing
from lessons_lib.site.running import RunWithLabs
from lessons_lib.site.writing import write_site
from lessons_lib.widgets.saved.page import PageData
from tests.site.small_site import LAB, ON, SENTENCE, notebook_of, write_lessons

SMALL = 200_000  # bytes of a page: the first states of its lab


def write(notebooks: Path, output: Path) -> list[str]:
    said: list[str] = []
    write_site(notebooks, output, page_bytes=SMALL, say=said.append)
    return said


def things_of(site: Path, lesson: str) -> dict[str, Any]:
    text = (site / "parts" / f"{lesson}.js").read_text("utf-8")
    found = re.search(r'things: "([^"]+)"', text)
    assert found
    told: dict[str, Any] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return told


def stride_of(lab: dict[str, Any]) -> str:
    """The stride at which a lab begins."""
    (stride,) = (each for each in lab["controls"] if each.get("name") == "stride")
    part = lab["start"].split("|")[stride["place"]]
    return next(str(each["text"]) for each in stride["values"] if each["part"] == part)


@pytest.fixture(scope="module")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_lessons(tmp_path_factory.mktemp("series") / "notebooks")


@pytest.fixture(scope="module")
def site(lessons: Path, ready_kernels: None) -> Path:
    output = lessons.parent / "site"
    said = write(lessons, output)
    assert [line.split(":")[0] for line in said[:2]] in (
        ["00_start_here", "01_on"],
        ["01_on", "00_start_here"],
    )
    return output


def page_of(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text("utf-8"), "html.parser")


def test_a_lesson_s_page_has_its_text_code_and_results(site: Path) -> None:
    page = page_of(site, "01_on")
    assert page.title
    assert page.title.text == "01 Go on · Convolution lessons"
    assert page.select_one("h2#Far-away")
    assert page.select_one('.lesson-text a[href="00_start_here.html"]')
    assert page.select_one(".lesson-text math")
    code = page.select(".lesson-code")
    assert code[0].text.strip() == ON[2]
    (folded,) = page.select("details.lesson-folded")
    assert not folded.has_attr("open")
    assert folded.select_one("pre")
    assert "guess 42" in folded.text


def test_a_lab_stands_in_the_place_of_its_picture(site: Path) -> None:
    (lab,) = page_of(site, "01_on").select("[data-lesson-thing]")
    still = lab.select_one("img")
    assert still
    assert " lab. " in str(still["alt"])
    told = things_of(site, "01_on")["things"][int(str(lab["data-lesson-thing"]))]
    assert (told["kind"], told["function"]) == ("lab", "transposed_grid_lab")
    assert stride_of(told) == "3"


def test_a_figure_is_part_of_the_page(site: Path) -> None:
    figures = page_of(site, "01_on").select(".lesson-output > img, .lesson-output p > img")
    assert any(str(each["src"]).startswith("data:image/webp;base64,") for each in figures)


def test_a_page_asks_no_other_place_for_anything(site: Path) -> None:
    for path in sorted(site.glob("*.html")):
        page = page_of(site, path.stem)
        asked = [str(each.get("src") or each.get("href")) for each in page.select("[src], link")]
        away = [each for each in asked if not each.startswith(("parts/", "data:"))]
        assert away == [], path.name
        for each in asked:
            assert each.startswith("data:") or (site / each).is_file(), (path.name, each)


def test_the_front_page_shows_a_lab_and_leads_to_all_lessons(site: Path) -> None:
    page = page_of(site, "index")
    assert page.select_one("[data-lesson-thing]")
    assert not page.select(".lesson-code, .site-note")
    assert page_of(site, "01_on").select_one('.site-note a[download][href="01_on.ipynb"]')
    assert (site / "01_on.ipynb").is_file()
    links = {str(each["href"]) for each in page.select("a[href]")}
    assert {"00_start_here.html", "01_on.html", "01_on.html#Far-away"} <= links


def test_every_section_can_be_found(site: Path) -> None:
    text = (site / "parts" / "sections.js").read_text("utf-8")
    sections = json.loads(text.partition("=")[2].strip().rstrip(";"))
    assert {"href": "01_on.html#Far-away", "heading": "Far away"}.items() <= sections[-1].items()


def test_the_notebooks_are_the_only_source(site: Path, lessons: Path, tmp_path: Path) -> None:
    changed = tuple(each.replace(SENTENCE, "Ninety-nine.") for each in ON)
    changed = tuple(
        LAB.format(stride=1) if each == LAB.format(stride=3) else each for each in changed
    )
    copy = write_lessons(tmp_path / "notebooks", changed)
    output = tmp_path / "site"
    shutil.copytree(f"{site}{writing.RUN}", f"{output}{writing.RUN}")
    said = write(copy, output)
    assert [re.sub(r"\d+ s", "", line) for line in sorted(said[:2])] == [
        "00_start_here: as before",
        "01_on: run in ",
    ]
    page = page_of(output, "01_on")
    assert "Ninety-nine." in page.text
    assert page.select_one("math") is None
    assert "stride=1" in page.text
    (lab,) = things_of(output, "01_on")["things"]
    assert stride_of(lab) == "1"
    assert sorted(write(copy, output)[:2]) == ["00_start_here: as before", "01_on: as before"]


def test_no_reader_s_progress_or_picture_has_a_part_in_it(
    ready_kernels: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "reader"))
    monkeypatch.setenv("LESSONS_PICTURE", "chelsea")
    asks = (
        "# 01 Ask",
        "from lessons_lib.reader import preferences\nfrom lessons_lib.widgets import question\n"
        "question('stride_size').commit([1, 1])\nprint(preferences.default_picture())",
    )
    notebooks = write_lessons(tmp_path / "notebooks", asks)
    (notebooks / "00_start_here.ipynb").unlink()
    write(notebooks, tmp_path / "site")
    assert not (tmp_path / "reader").exists()
    assert "lena" in page_of(tmp_path / "site", "01_on").text


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("1 / 0", CellExecutionError, "ZeroDivisionError"),
        ("import os\nos._exit(1)", DeadKernelError, "Kernel died"),
    ],
)
def test_a_cell_that_fails_ends_the_writing_and_its_lesson_is_named(
    ready_kernels: None, tmp_path: Path, source: str, error: type[Exception], words: str
) -> None:
    notebooks = write_lessons(tmp_path / "notebooks", ("# 01 No", source))
    (notebooks / "00_start_here.ipynb").unlink()
    with pytest.raises(error, match=words) as raised:
        write(notebooks, tmp_path / "site")
    assert raised.value.__notes__ == [f"in {notebooks / '01_on.ipynb'}"]
    assert not list((tmp_path / "site").glob("*.html"))


def test_a_run_that_is_stopped_ends_within_its_cell(ready_kernels: None, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    wait = f"import pathlib, time\npathlib.Path({str(begun)!r}).touch()\ntime.sleep(100)"
    runner = RunWithLabs(timeout=None, kernel_name="python3")

    def stop() -> None:
        while not begun.exists():
            threading.Event().wait(0.05)
        runner.stop()

    thread = threading.Thread(target=stop)
    thread.start()
    with pytest.raises(CellExecutionError, match="KeyboardInterrupt"):
        runner.preprocess(notebook_of(("# 01 Wait", wait)), {"metadata": {"path": str(tmp_path)}})
    thread.join()
    with pytest.raises(RuntimeError, match="stopped"):
        runner.preprocess_cell(notebook_of(("1 + 1",)).cells[0], {}, 0)


@pytest.fixture
def unrun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lessons that are written as they are: none is run."""

    def preprocess(self: RunWithLabs, nb: Any, resources: Any) -> Any:
        return nb, {"places": {}, "page_data": PageData("", "")}

    monkeypatch.setattr(RunWithLabs, "preprocess", preprocess)


def series(folder: Path, *names: str) -> Path:
    """Lessons of these names, each of which leads to the last one."""
    write_lessons(folder, ("# A & B", f"# Größe\n\n[on]({quote(names[-1])}.ipynb#Größe)"))
    (folder / "00_start_here.ipynb").unlink()
    for name in names:
        shutil.copyfile(folder / "01_on.ipynb", folder / f"{name}.ipynb")
    (folder / "01_on.ipynb").unlink()
    return folder


def test_every_link_leads_to_a_file_whatever_the_lessons_are_called(
    unrun: None, tmp_path: Path
) -> None:
    notebooks = series(tmp_path / "notebooks", "01 it's 100% mine", "02_größe #2?")
    write(notebooks, tmp_path / "site")
    pages = sorted(path.stem for path in (tmp_path / "site").glob("*.html"))
    assert pages == ["01 it's 100% mine", "02_größe #2?", "index"]
    for name in pages:
        page = page_of(tmp_path / "site", name)
        assert page.title
        assert page.title.text.startswith("Convolution" if name == "index" else "A & B · ")
        links = [str(each.get("href") or each["src"]) for each in page.select("[href], [src]")]
        files = {unquote(re.split("[?#]", link)[0]) for link in links} - {""}
        assert {"01 it's 100% mine.html", "02_größe #2?.html"} <= files
        assert [each for each in files if not (tmp_path / "site" / each).is_file()] == []


def test_what_was_written_of_a_lesson_that_is_gone_goes_too(unrun: None, tmp_path: Path) -> None:
    notebooks, site = series(tmp_path / "notebooks", "01_a", "02_b"), tmp_path / "site"
    write(notebooks, site)
    (site / "own.html").touch()
    (notebooks / "01_a.ipynb").unlink()
    write(notebooks, site)
    assert sorted(path.name for path in site.glob("*.*")) == [
        "02_b.html",
        "02_b.ipynb",
        "index.html",
        "own.html",
    ]
    assert not (site / "parts" / "01_a.js").exists()
    assert [path.name for path in (tmp_path / f"site{writing.RUN}").glob("*.json")] == ["02_b.json"]


def test_the_folder_where_one_stands_can_be_the_site_s(
    unrun: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = series(tmp_path / "notebooks", "01_a")
    (tmp_path / "site").mkdir()
    monkeypatch.chdir(tmp_path / "site")
    write(notebooks, Path())
    assert Path("01_a.html").is_file()
    with pytest.raises(ValueError, match="must not be the folder of the notebooks"):
        write(notebooks, Path("../notebooks"))


def test_two_processes_do_not_write_one_site_at_once(unrun: None, tmp_path: Path) -> None:
    notebooks = series(tmp_path / "notebooks", "01_a")
    write(notebooks, tmp_path / "site")
    lock = tmp_path / f"site{writing.RUN}" / ".lock"
    with FileLock(lock), pytest.raises(RuntimeError, match="another process writes the site"):
        write(notebooks, tmp_path / "site")
    write(notebooks, tmp_path / "site")


def test_ctrl_c_stops_the_lessons_that_run(
    unrun: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = threading.Event()
    monkeypatch.setattr(RunWithLabs, "stop", lambda self: stopped.set())

    def interrupted(_: str) -> None:
        raise KeyboardInterrupt

    notebooks = series(tmp_path / "notebooks", "01_a")
    with pytest.raises(KeyboardInterrupt):
        write_site(notebooks, tmp_path / "site", say=interrupted)
    assert stopped.is_set()


def test_a_repository_without_a_name_is_said_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must be OWNER/NAME"):
        write_site(write_lessons(tmp_path / "notebooks"), tmp_path / "site", "mine")
    assert not (tmp_path / "site").exists()


def test_a_lesson_is_run_again_where_what_runs_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "_PACKAGE", tmp_path)
    monkeypatch.setattr(writing, "assets_folder", lambda: tmp_path / "assets")
    words = [writing._library_word()]
    for name in ("site/pages.py", "geometry.py", "site/outputs.py", "assets/own.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("changed")
        words.append(writing._library_word())
    assert [a == b for a, b in itertools.pairwise(words)] == [True, False, False, False]


def test_a_folder_without_lessons_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there are no lessons in .+nothing"):
        write(tmp_path / "nothing", tmp_path / "site")


def test_the_command_line_says_where_from_and_where_to(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(__main__, "write_site", lambda *given: asked.append(given))
    words = "site --notebooks a --output b --repository me/mine --processes 3 --page-bytes 7"
    monkeypatch.setattr("sys.argv", words.split())
    __main__.main()
    assert asked == [(Path("a"), Path("b"), "me/mine", 3, 7)]


def test_a_lesson_is_run_again_for_another_size_of_its_page(unrun: None, tmp_path: Path) -> None:
    notebooks = series(tmp_path / "notebooks", "01_a")
    said: list[str] = []
    for page_bytes in (1000, 1000, 2000):
        write_site(notebooks, tmp_path / "site", page_bytes=page_bytes, say=said.append)
    assert [line.split()[1] for line in said[::2]] == ["run", "as", "run"]
