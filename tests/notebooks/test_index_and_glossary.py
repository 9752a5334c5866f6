"""The tables of lesson 00: sentences and where they fail, words and where they are first met."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import pytest

from tests.notebooks.lessons import NOTEBOOKS, read

START = "00_start_here.ipynb"
CLAIMS, WORDS = "00-claims", "00-words"
LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<lesson>[^#)\s]*)#(?P<section>[^)\s]+)\)")


class Text(NamedTuple):
    """One line of a lesson's text: in which lesson, under which heading, what cell."""

    lesson: str
    section: str
    cell: str
    line: str


@cache
def texts() -> tuple[Text, ...]:
    """All lines of text in order, but for openings and for what names other lessons."""
    found = []
    for path in NOTEBOOKS:
        section = ""
        for cell in read(path).cells[1:]:
            for line in cell.source.split("\n") if cell.cell_type == "markdown" else []:
                heading = re.match(r"##+ (.+)", line)
                section = heading[1] if heading else section
                found.append(Text(path.name, section, cell.id, line))
    return tuple(found)


def anchor(heading: str) -> str:
    """The name that JupyterLab gives a heading."""
    return heading.replace("`", "").strip().replace(" ", "-")


def rows(cell: str) -> list[list[str]]:
    """The cells of a table, without its head."""
    lines = [text.line for text in texts() if text.cell == cell and text.line.startswith("|")]
    return [[each.strip() for each in line.strip("|").split("|")] for line in lines[2:]]


def target(words: str) -> tuple[str, str]:
    """Lesson and section that a link leads to."""
    found = LINK.fullmatch(words)
    assert found, words
    return found["lesson"] or START, found["section"]


def first_met(word: str) -> tuple[str, str]:
    """Lesson and section in which a word stands for the first time."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}s?(?!\w)", re.IGNORECASE)
    for text in texts():
        names_lessons = text.section == "The map of the lessons" or "**Next:**" in text.line
        if text.cell in (CLAIMS, WORDS) or names_lessons:
            continue
        if pattern.search(re.sub(r"\]\([^)\s]*", "]", text.line)):
            return text.lesson, anchor(text.section)
    raise LookupError(word)


GLOSSARY = {row[0].strip("*`"): row[1:] for row in rows(WORDS)}


@pytest.mark.parametrize("row", rows(CLAIMS) + rows(WORDS), ids=lambda row: row[0][:60])
def test_the_link_leads_to_a_heading_that_is_there(row: list[str]) -> None:
    lesson, section = target(row[-1])
    headings = {text.section for text in texts() if text.lesson == lesson}
    (heading,) = [each for each in headings if anchor(each) == section]
    assert row[-1].startswith(f"[{lesson[:2]} {heading}](")


def test_each_lesson_shows_that_a_sentence_is_false() -> None:
    lessons = [target(row[-1])[0] for row in rows(CLAIMS)]
    assert lessons == sorted(lessons)
    assert set(lessons) == {path.name for path in NOTEBOOKS} - {START}


def test_a_sentence_fails_where_a_question_is_answered() -> None:
    for _, where in rows(CLAIMS):
        lesson, section = target(where)
        lines = [text.line for text in texts() if text.lesson == lesson]
        headings = [text.section for text in texts() if text.lesson == lesson]
        inside = [
            line for line, each in zip(lines, headings, strict=True) if anchor(each) == section
        ]
        assert any(re.match(r"<details><summary>(Answer|Verdict)", line) for line in inside), where


@pytest.mark.parametrize("word", GLOSSARY)
def test_the_word_is_first_met_where_the_glossary_says(word: str) -> None:
    assert target(GLOSSARY[word][-1]) == first_met(word)


def test_the_glossary_has_no_two_entries_for_one_thing() -> None:
    words = [row[0].strip("*`") for row in rows(WORDS)]
    others = [name for row in rows(WORDS) for name in re.findall(r"also called a (\w+)", row[1])]
    assert words == sorted(words, key=str.lower)
    assert len({*words, *others}) == len(words) + len(others)
    assert len({row[1] for row in rows(WORDS)}) == len(words)
    assert 30 <= len(words) <= 45


def test_each_word_is_told_in_one_sentence() -> None:
    for word, (words, _) in GLOSSARY.items():
        assert re.fullmatch(r"[A-Z][^.]+\.", words), word
