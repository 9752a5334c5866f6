"""What stands around a lesson on its page."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lessons_lib.site.outputs import WIDGET
from lessons_lib.site.pages import (
    Lesson,
    Repository,
    around,
    found_in,
    front_page,
    list_page,
    openings_of,
    read_lessons,
    search_script,
    title_of,
)
from tests.site.small_site import START, notebook_of, write_lessons

LESSONS = [Lesson("00_a", "00 A"), Lesson("01_b", "01 B"), Lesson("02_c", "02 C")]


def start_page() -> NotebookNode:
    notebook = notebook_of(START)
    view = {"model_id": "lab", "version_major": 2, "version_minor": 0}
    notebook.cells[2].outputs = [new_output("display_data", data={WIDGET: view})]
    return notebook


def test_the_title_is_the_first_heading() -> None:
    notebook = new_notebook(cells=[new_code_cell("# no"), new_markdown_cell("# Yes \nmore")])
    assert title_of(notebook) == "Yes"
    with pytest.raises(ValueError, match="begins with a heading"):
        title_of(new_notebook(cells=[new_markdown_cell("## Lower")]))


def test_lessons_are_read_in_order_and_nothing_else(tmp_path: Path) -> None:
    write_lessons(tmp_path)
    (tmp_path / "notes.ipynb").write_text("{}")
    assert [lesson.title for lesson in read_lessons(tmp_path)] == ["00 Begin", "01 Go on"]


@pytest.mark.parametrize(
    ("place", "previous", "after"), [(0, None, "01 B"), (1, "00 A", "02 C"), (2, "01 B", None)]
)
def test_a_lesson_leads_to_its_neighbours(
    place: int, previous: str | None, after: str | None
) -> None:
    site = around(LESSONS, LESSONS[place], [])
    assert site["previous"] == next((x for x in LESSONS if x.title == previous), None)
    assert site["next"] == next((x for x in LESSONS if x.title == after), None)


def test_the_front_page_leads_to_the_first_lesson() -> None:
    site = around(LESSONS, None, [])
    assert (site["previous"], site["next"], site["href"]) == (None, LESSONS[0], "index.html")


def test_the_front_page_has_the_first_words_a_lab_without_its_code_and_the_map() -> None:
    first, lab, the_map, words = front_page(start_page()).cells
    assert first.source.startswith("# Convolution lessons\n\nOne thing.\n\nDrag a slider.")
    assert "Another" not in first.source
    assert (lab.source, lab.outputs[0].data[WIDGET]["model_id"]) == ("", "lab")
    assert "[00 Start here](00_start_here.ipynb)" in the_map.source
    assert "you are here" not in the_map.source
    assert "Sentences-that-you-may-have-heard" in words.source


def test_the_front_page_has_all_of_a_section_and_no_more() -> None:
    notebook = start_page()
    lower, higher = new_markdown_cell("### Below the map"), new_markdown_cell("## After it")
    notebook.cells += [lower, new_code_cell("1 + 1"), higher]
    sources = [cell.source for cell in front_page(notebook).cells[3:-1]]
    assert sources == ["### Below the map", "1 + 1"]


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_front_page_without_one_of_its_parts_is_said(missing: int) -> None:
    notebook = start_page()
    del notebook.cells[missing]
    with pytest.raises(ValueError, match="the first lesson needs a lab, and sections"):
        front_page(notebook)


def test_without_a_repository_a_page_leads_to_the_notebook_alone() -> None:
    (only,) = openings_of(LESSONS[1], None)
    assert (only["href"], only["download"]) == ("01_b.ipynb", True)


def test_with_a_repository_it_leads_to_where_the_lesson_runs() -> None:
    openings = openings_of(Lesson("01 b", "B"), Repository("me/mine", "my/dev"))
    assert [(each["text"], each["href"], each["download"]) for each in openings] == [
        ("how to install", "https://github.com/me/mine#start", False),
        (
            "Binder",
            "https://mybinder.org/v2/gh/me/mine/my%2Fdev?urlpath=lab/tree/notebooks/01%20b.ipynb",
            False,
        ),
        (
            "Colab",
            "https://colab.research.google.com/github/me/mine/blob/my/dev/notebooks/01%20b.ipynb",
            False,
        ),
        ("the notebook's file", "01%20b.ipynb", True),
    ]


def test_the_search_looks_through_sections_with_their_anchors() -> None:
    page = (
        '<div class="lesson-text"><h2 id="One-two">One two<a class="anchor-link">#</a></h2>'
        "<p>some <b>words</b></p></div><p>not text</p>"
        '<div class="lesson-text"><p>and more</p><h3>Bare</h3></div>'
    )
    first, second = found_in(page, LESSONS[1])
    assert first == {
        "lesson": "01 B",
        "href": "01_b.html#One-two",
        "heading": "One two",
        "text": " some words and more",
    }
    assert (second["heading"], second["href"]) == ("Bare", "01_b.html")


def test_text_before_the_first_heading_belongs_to_no_section() -> None:
    page = '<div class="lesson-text"><p>early</p><h2>One</h2><p>late</p></div>'
    (only,) = found_in(page, LESSONS[1])
    assert (only["heading"], only["text"]) == ("One", " late")


def test_what_is_searched_is_written_as_a_script() -> None:
    assert search_script([{"a": "é</script>"}]).startswith("window.lessonSections = [")


@pytest.mark.parametrize(
    ("text", "name", "branch"),
    [
        ("me/mine", "me/mine", "main"),
        ("me/mine.git", "me/mine", "main"),
        ("https://github.com/me/mine/", "me/mine", "main"),
        ("git@github.com:me/my.own.git", "me/my.own", "main"),
        ("me/mine@my/dev", "me/mine", "my/dev"),
        ("https://github.com/me/mine/tree/dev", "me/mine", "dev"),
    ],
)
def test_a_repository_is_known_by_its_name_and_its_address(
    text: str, name: str, branch: str
) -> None:
    assert Repository.of(text) == Repository(name, branch)


@pytest.mark.parametrize("text", ["mine", "me/mine/else", "https://host.example/me/mine", "a b/c"])
def test_what_names_no_repository_is_said(text: str) -> None:
    with pytest.raises(ValueError, match=r"repository \(='.+'\) must be OWNER/NAME"):
        Repository.of(text)


def test_a_title_is_plain_words() -> None:
    heading = new_markdown_cell("# 1. Sum *all* `k` & $a_1$ < 3")
    assert title_of(new_notebook(cells=[heading])) == "1. Sum all k & a1 < 3"


def test_a_notebook_that_is_no_lesson_is_named(tmp_path: Path) -> None:
    write_lessons(tmp_path)
    (tmp_path / "02_bad.ipynb").write_text("{")
    with pytest.raises(Exception, match="JSON") as raised:
        read_lessons(tmp_path)
    assert raised.value.__notes__ == [f"in {tmp_path / '02_bad.ipynb'}"]


def test_a_series_without_our_first_lesson_begins_with_its_list() -> None:
    (cell,) = list_page([Lesson("01 b", "B & C"), LESSONS[2]]).cells
    assert '<a href="01%20b.html">B &amp; C</a>' in cell.source
    assert '<a href="02_c.html">02 C</a>' in cell.source
