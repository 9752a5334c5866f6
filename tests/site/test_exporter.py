"""nbconvert's exporter with our template, as a reader calls it on a notebook of their own."""

import importlib.metadata
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbconvert.nbconvertapp import NbConvertApp
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from lessons_lib.reader.folding import FOLDED, FOLDED_BY_THE_PAGE
from lessons_lib.site.exporter import LessonExporter
from lessons_lib.site.outputs import WEBP, WIDGET
from tests.site.small_site import LAB, notebook_of


def exported(notebook: nbformat.NotebookNode, **config: Any) -> BeautifulSoup:
    page, _ = LessonExporter(config=Config(config)).from_notebook_node(notebook)
    return BeautifulSoup(page, "html.parser")


def code(*outputs: nbformat.NotebookNode, source: str = "run()", **metadata: Any) -> Any:
    return new_code_cell(source, outputs=list(outputs), metadata=metadata)


def shown(**data: str) -> nbformat.NotebookNode:
    return new_output("display_data", data={k.replace("_", "/"): v for k, v in data.items()})


def test_without_running_a_lab_is_the_picture_that_the_notebook_keeps() -> None:
    lab = shown(image_png="AAAA", text_plain="A lab & its words")
    lab.data[WIDGET] = {"model_id": "gone"}
    (thing,) = exported(new_notebook(cells=[code(lab)])).select(".lesson-thing")
    still = thing.img
    assert still
    assert not thing.has_attr("data-lesson-thing")
    assert (still["alt"], still["src"]) == ("A lab & its words", "data:image/png;base64,AAAA")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ({"text_html": "<b>bold</b>", "text_plain": "plain"}, "bold"),
        ({"text_plain": "a < b"}, "a < b"),
        ({"text_markdown": "some *words*"}, "some words"),
        ({"text_latex": "$a < b$"}, "a<b"),
    ],
)
def test_each_kind_of_output_is_shown(output: dict[str, str], words: str) -> None:
    page = exported(new_notebook(cells=[code(shown(**output))]))
    (found,) = page.select(".lesson-output")
    assert found.text.strip() == words


def test_a_widget_without_picture_shows_its_words() -> None:
    widget = shown(text_plain="Button(<x>)")
    widget.data[WIDGET] = {"model_id": "gone"}
    (thing,) = exported(new_notebook(cells=[code(widget)])).select(".lesson-thing")
    assert thing.text.strip() == "Button(<x>)"


def test_what_is_printed_and_what_fails_is_shown_in_its_colours() -> None:
    printed = new_output("stream", name="stdout", text="a < \x1b[31mb\x1b[0m")
    warned = new_output("stream", name="stderr", text="careful")
    failed = new_output("error", ename="E", evalue="v", traceback=["line 1", "line 2"])
    page = exported(new_notebook(cells=[code(printed, warned, failed)]))
    texts = [each.text.strip() for each in page.select("pre.lesson-printed")]
    assert texts == ["a < b", "careful", "line 1\nline 2"]
    assert page.select_one(".ansi-red-fg")


def test_what_folds_a_result_elsewhere_is_left_out() -> None:
    folded = code(shown(text_html=FOLDED), shown(text_plain="secret"), tags=["guess-first"])
    first = code(shown(text_html=FOLDED_BY_THE_PAGE), source="fold_results()")
    page = exported(new_notebook(cells=[first, folded]))
    assert len(page.select("details, template")) == 1
    assert [each.text.strip() for each in page.select(".lesson-output")] == ["secret"]


def test_what_a_cell_prints_bit_by_bit_is_one_text() -> None:
    lines = [new_output("stream", name="stdout", text=f"line {n}\n") for n in range(3)]
    (printed,) = exported(new_notebook(cells=[code(*lines)])).select("pre.lesson-printed")
    assert printed.text.split("\n") == ["line 0", "line 1", "line 2", ""]


def test_the_result_of_a_question_is_folded_and_no_other() -> None:
    guessed = code(shown(text_plain="secret"), tags=["guess-first"])
    page = exported(new_notebook(cells=[guessed, code(shown(text_plain="open"))]))
    (folded,) = page.select("details")
    assert "secret" in folded.text
    assert "open" not in folded.text
    assert "run()" not in folded.text


def test_an_export_is_one_file_that_asks_for_nothing() -> None:
    text = new_markdown_cell("# T\n\n$a_1$ and [on](02_on.ipynb)")
    page = exported(new_notebook(cells=[text, code(shown(text_plain="1"))]))
    assert page.select_one("math msub")
    assert [each.text for each in page.select("h1 .anchor-link")] == ["#"]
    assert not page.select("link, script[src], .site-header")
    assert page.select_one('a[href="02_on.ipynb"]')


def test_with_execute_its_labs_live_in_the_page(ready_kernels: None, tmp_path: Path) -> None:
    notebook = notebook_of(("# Own", LAB.format(stride=2)))
    config = {"ExecutePreprocessor": {"enabled": True}, "RunWithLabs": {"page_bytes": 50_000}}
    page = exported(notebook, **config)
    assert page.select_one('[data-lesson-thing="0"] img')
    scripts = "".join(each.text for each in page.select("script"))
    assert "window.lessonData = {" in scripts


def test_a_picture_has_the_size_that_its_cell_gave_it() -> None:
    drawn = shown(image_png="AAAA", text_plain="drawn")
    drawn.metadata["image/png"] = {"width": 300, "height": 200}
    small = shown(text_plain="small")
    small.data[WEBP] = "BBBB"
    small.metadata["image/png"] = {"width": 30}
    first, second = exported(new_notebook(cells=[code(drawn, small)])).select("img")
    assert (first["width"], first["height"], first["alt"]) == ("300", "200", "drawn")
    assert (second["width"], second["src"]) == ("30", "data:image/webp;base64,BBBB")


@pytest.mark.parametrize("kind", ["text/html", "image/svg+xml"])
def test_what_jupyter_shows_before_a_picture_comes_before_its_small_one(kind: str) -> None:
    output = shown(text_plain="plain")
    output.data |= {WEBP: "BBBB", kind: "<b>bold</b>"}
    page = exported(new_notebook(cells=[code(output)]))
    assert page.select("b")
    assert not page.select("img")


def test_the_result_of_a_reader_s_own_check_is_shown() -> None:
    page = exported(new_notebook(cells=[code(shown(text_plain="42"), source="check(41)")]))
    assert page.select_one("pre.lesson-printed")
    assert not page.select(".lesson-needs-kernel")


def test_nbconvert_knows_the_exporter_by_its_name(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(
        r'entry-points\."(nbconvert.exporters)"\]\n(.+?)\n\n',
        (repository / "pyproject.toml").read_text("utf-8"),
        re.DOTALL,
    )
    assert found
    installed = tmp_path / "lessons_test-0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: lessons-test\nVersion: 0\n")
    (installed / "entry_points.txt").write_text(f"[{found[1]}]\n{found[2].replace(chr(34), '')}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert importlib.metadata.version("lessons-test") == "0"
    source = tmp_path / "sub" / "my own & <b>.ipynb"
    source.parent.mkdir()
    (source.parent / "a.png").write_bytes(b"picture")
    nbformat.write(new_notebook(cells=[new_markdown_cell("# T\n\n![a](a.png)")]), source)
    app = NbConvertApp()
    app.initialize(["--to", "lessons", str(source), "--output-dir", str(tmp_path / "out")])
    app.start()
    (written,) = (tmp_path / "out").iterdir()
    page = BeautifulSoup(written.read_text("utf-8"), "html.parser")
    assert page.title
    assert (written.name, page.title.text) == ("my own & <b>.html", "my own & <b>")
    picture = page.img
    assert picture
    assert str(picture["src"]).startswith("data:image/png;base64,")


def test_a_picture_that_a_text_carries_is_part_of_the_page() -> None:
    text = new_markdown_cell("![a](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    picture = exported(new_notebook(cells=[text])).img
    assert picture
    assert picture["src"] == "data:image/png;base64,AAAA"


def test_nbconvert_s_own_settings_for_cells_work() -> None:
    cells = [
        code(shown(text_plain="one"), source="%%html\n<b>1</b>"),
        code(shown(text_plain="two"), source="two()", tags=["gone"]),
        code(source="three()"),
    ]
    page = exported(
        new_notebook(cells=cells),
        TagRemovePreprocessor={"enabled": True, "remove_cell_tags": ["gone"]},
        RegexRemovePreprocessor={"patterns": ["three"]},
        ClearOutputPreprocessor={"enabled": True},
    )
    (only,) = page.select(".lesson-code")
    assert only.select_one(".nt")  # a tag, as in HTML
    assert not page.select(".lesson-output")
