"""What stands around a lesson on its page: its neighbours, where it runs, what is found in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from bs4 import BeautifulSoup

from lessons_lib.site.formulas import text_as_html
from lessons_lib.site.outputs import shown_widgets

NAME = "Convolution lessons"
START = "00_start_here"
# The front page is made of two sections of the first lesson: the first words of one, and the map.
ABOUT, MAP = "What this series is", "The map of the lessons"
HERE = "| **00 Start here** | you are here |"
THERE = "| [00 Start here](00_start_here.ipynb) | how to read a lab, and what words mean |"
DRAG = (
    "Drag a slider. Each picture is what a real layer of torch has put out: here as it was saved, "
    "in JupyterLab computed at once, for all settings and for your own pictures. Each lesson asks "
    "before it answers."
)
WORDS = (
    "Look up [words](00_start_here.ipynb#Words,-and-where-you-meet-them-first), or "
    "[sentences that you may have heard]"
    "(00_start_here.ipynb#Sentences-that-you-may-have-heard) and where they fail."
)
NOTE = (
    "You read a lesson as a page: its labs live, but show only what was saved, and no cell runs. "
    "For all settings, your own pictures and training, open it in JupyterLab:"
)
_REPOSITORY = re.compile(
    r"(?:https?://github\.com/|git@github\.com:)?"
    r"(?P<name>[\w-]+/[\w.-]+?)(?:\.git)?(?:(?:@|/tree/)(?P<branch>[\w./-]+)|/)?"
)


@dataclass(frozen=True)
class Lesson:
    """One of the series.

    Attributes:
        name: of its notebook, without suffix.
        title: its first heading.
    """

    name: str
    title: str

    @property
    def href(self) -> str:
        return f"{quote(self.name)}.html"


@dataclass(frozen=True)
class Repository:
    """Where the lessons lie on GitHub.

    Attributes:
        name: "owner/name".
        branch: the links lead to this one.
    """

    name: str
    branch: str = "main"

    @classmethod
    def of(cls, text: str) -> Repository:
        """Read what somebody has written for it: its name or its address, with a branch or without.

        Raises:
            ValueError: it is neither.

        Example:
            >>> Repository.of("https://github.com/me/mine.git")
            Repository(name='me/mine', branch='main')
            >>> Repository.of("me/mine@dev")
            Repository(name='me/mine', branch='dev')
        """
        found = _REPOSITORY.fullmatch(text.strip())
        if not found:
            raise ValueError(f"repository (={text!r}) must be OWNER/NAME or OWNER/NAME@BRANCH")
        return cls(found["name"], found["branch"] or "main")


def title_of(notebook: nbformat.NotebookNode) -> str:
    """Give the first heading of a notebook.

    Raises:
        ValueError: it has none.
    """
    for cell in notebook.cells:
        found = re.match(r"# (.+)", cell.source) if cell.cell_type == "markdown" else None
        if found:
            return _plain(found[0])
    raise ValueError("a lesson begins with a heading")


def _plain(heading: str) -> str:
    page = text_as_html(heading, exclude_anchor_links=True)
    return BeautifulSoup(page, "html.parser").get_text().strip()


def list_page(lessons: Sequence[Lesson]) -> nbformat.NotebookNode:
    """Write the front page of a series that has not our first lesson: a list."""
    links = (f'<a href="{each.href}">{html.escape(each.title)}</a>' for each in lessons)
    items = "\n".join(f"<li>{link}</li>" for link in links)
    text = f"# {NAME}\n\n<ul>\n{items}\n</ul>"
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def front_page(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Choose what the front page shows of the first lesson: what it is about, a lab, and the map.

    Args:
        notebook: the first lesson, with its outputs.

    Raises:
        ValueError: one of them is missing.
    """
    about, the_map = _section(notebook, ABOUT), _section(notebook, MAP)
    labs = [cell for cell in notebook.cells if shown_widgets(nbformat.from_dict({"cells": [cell]}))]
    if not (about and the_map and labs):
        raise ValueError(f"the first lesson needs a lab, and sections {ABOUT!r} and {MAP!r}")
    words = about[0].source.split("\n\n")[1]
    for cell in the_map:
        cell.source = cell.source.replace(HERE, THERE)
    lab = nbformat.from_dict({**labs[0], "source": ""})
    front = nbformat.from_dict({**notebook, "cells": []})
    front.cells = [
        nbformat.v4.new_markdown_cell(f"# {NAME}\n\n{words}\n\n{DRAG}"),
        lab,
        *the_map,
        nbformat.v4.new_markdown_cell(WORDS),
    ]
    return front


def _section(notebook: nbformat.NotebookNode, name: str) -> list[nbformat.NotebookNode]:
    """List the cells below a heading, up to the next one of that rank."""
    found: list[nbformat.NotebookNode] = []
    inside = False
    for cell in notebook.cells:
        heading = re.match(r"##? (.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            inside = heading[1].strip() == name
        if inside:
            found.append(cell)
    return found


def around(
    lessons: Sequence[Lesson], lesson: Lesson | None, openings: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """Prepare what the template writes around a lesson.

    Args:
        lessons: all, in order.
        lesson: of this page; None: the front page.
        openings: from `openings_of`.
    """
    place = lessons.index(lesson) if lesson else -1
    return {
        "name": NAME,
        "title": f"{lesson.title} · {NAME}" if lesson else NAME,
        "href": lesson.href if lesson else "index.html",
        "lessons": lessons,
        "previous": lessons[place - 1] if place > 0 else None,
        "next": lessons[place + 1] if place + 1 < len(lessons) else None,
        "notebook": lesson is not None,
        "note": NOTE,
        "openings": openings,
    }


def openings_of(lesson: Lesson, repository: Repository | None) -> list[dict[str, Any]]:
    """Say where a lesson can be opened.

    Args:
        lesson: the lesson.
        repository: None: the notebook's own file only.
    """
    file = quote(f"{lesson.name}.ipynb")
    here = [{"text": "the notebook's file", "href": file, "download": True}]
    if repository is None:
        return here
    name, branch = repository.name, repository.branch
    version = f"{name}/{quote(branch, safe='')}"
    binder = f"https://mybinder.org/v2/gh/{version}?urlpath=lab/tree/notebooks/{file}"
    colab = f"https://colab.research.google.com/github/{name}/blob/{branch}/notebooks/{file}"
    home = f"https://github.com/{name}"
    return [
        {"text": "how to install", "href": f"{home}#start", "download": False},
        {"text": "Binder", "href": binder, "download": False},
        {"text": "Colab", "href": colab, "download": False},
        *here,
    ]


def found_in(page: str, lesson: Lesson) -> list[dict[str, str]]:
    """List the sections of a page, as the search looks through them.

    Args:
        page: HTML of the lesson.
        lesson: the lesson.
    """
    soup = BeautifulSoup(page, "html.parser")
    for mark in soup.select(".anchor-link"):
        mark.decompose()
    sections: list[dict[str, str]] = []
    for cell in soup.select(".lesson-text"):
        for element in cell.find_all(recursive=False):
            if re.fullmatch(r"h[123]", element.name or ""):
                heading = element.get_text(" ", strip=True)
                anchor = f"#{quote(str(element['id']))}" if element.get("id") else ""
                told = {"lesson": lesson.title, "href": lesson.href + anchor}
                sections.append({**told, "heading": heading, "text": ""})
            elif sections:
                sections[-1]["text"] += " " + element.get_text(" ", strip=True)
    return sections


def search_script(sections: Sequence[dict[str, str]]) -> str:
    """Write what the search looks through, as a classic script."""
    return f"window.lessonSections = {json.dumps(list(sections), ensure_ascii=False)};\n"


def read_lessons(folder: Path) -> dict[Lesson, nbformat.NotebookNode]:
    """Read all notebooks of a folder, in order."""
    found: dict[Lesson, nbformat.NotebookNode] = {}
    for path in sorted(folder.glob("[0-9]*.ipynb")):
        try:
            notebook = nbformat.read(path, as_version=4)
            found[Lesson(path.stem, title_of(notebook))] = notebook
        except Exception as error:
            error.add_note(f"in {path}")
            raise
    return found
