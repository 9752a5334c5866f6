"""Progress on the page: what is done and open, what comes next, and that answers count at once."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from lessons_lib import practice
from lessons_lib.practice import CheckResult, desk, places, progress, progress_map, standing
from lessons_lib.practice.exercises import EXERCISES
from lessons_lib.practice.lessons import LESSONS, Lesson, lesson_of
from lessons_lib.practice.questions import QUESTIONS, key_of
from lessons_lib.practice.standing import Standing, following
from lessons_lib.reader.progress import PROGRESS, progress_file
from lessons_lib.reader.record import Record
from lessons_lib.widgets import question
from tests.notebooks.lessons import NOTEBOOKS, read


@pytest.fixture(autouse=True)
def nothing_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(places, "_cells", {})
    monkeypatch.setattr(progress_map, "_shown", {})
    monkeypatch.setattr(PROGRESS, "_set_aside", [])


def done(record: Record) -> None:
    """Let the reader have done this."""
    progress_file().write_text(record.as_text(), "utf-8")


def all_done_in(lesson: Lesson) -> Record:
    return Record(
        dict.fromkeys(lesson.questions, "later"), dict.fromkeys(lesson.exercises, "passed")
    )


# --- the list of lessons ------------------------------------------------------------------------

ROW = re.compile(
    r"^\| (?:\*\*|\[)?(?P<title>\d\d [^\]*|(]+?)(?:\*\*|\]| \()"
    r"(?:\((?P<notebook>\w+)\.ipynb\))?(?P<coming>to come)?",
    re.MULTILINE,
)


def test_the_lessons_are_those_of_the_map_in_the_first_notebook() -> None:
    (table,) = [cell.source for cell in read(NOTEBOOKS[0]).cells if "| 12 " in cell.source]
    rows = [row.groupdict() for row in ROW.finditer(table)]
    assert [row["title"] for row in rows] == [lesson.title for lesson in LESSONS]
    linked = {row["title"]: row["notebook"] for row in rows if row["notebook"]}
    assert linked == {each.title: each.notebook for each in LESSONS[1:] if each.is_there}
    assert [row["title"] for row in rows if row["coming"]] == ["12 Playground"]


def test_the_lessons_that_are_there_have_a_notebook() -> None:
    assert [path.stem for path in NOTEBOOKS] == [each.notebook for each in LESSONS if each.is_there]


def test_each_question_and_each_exercise_belongs_to_one_lesson() -> None:
    names = [name for lesson in LESSONS for name in (*lesson.questions, *lesson.exercises)]
    assert sorted(names) == sorted([*QUESTIONS, *EXERCISES])
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_a_lesson_ends_with_its_line(path: Path) -> None:
    assert read(path).cells[-1].source.splitlines()[-1] == f'progress("{path.stem}")'


@pytest.mark.parametrize("wrong", ["02_strid", "stride", "", 2, ["02_stride"]])
def test_what_is_no_lesson_is_refused_and_is_no_visit(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"`lesson` \(=.*must be the name of a lesson's notebook"):
        progress(wrong)
    assert not progress_file().exists()


# --- what counts --------------------------------------------------------------------------------


def test_guesses_of_a_question_count() -> None:
    asked = question("stride_size", seed=4)
    states = []
    for guess in (list(asked.question.slips[0].answer), list(key_of(asked.question).answer)):
        asked.commit(guess)
        states.append(PROGRESS.record().questions)
    assert states == [{"stride_size": "tried"}, {"stride_size": "later"}]


def test_an_unfinished_guess_does_not_count_and_an_answer_shown_does() -> None:
    asked = question("stride_size", seed=4)
    asked.commit([None, 3])
    assert PROGRESS.record().questions == {}
    asked.show()
    assert PROGRESS.record().questions == {"stride_size": "shown"}


def test_with_other_settings_after_a_right_guess_nothing_is_taken_back() -> None:
    asked = question("stride_size", seed=4)
    asked.commit(list(key_of(asked.question).answer))
    asked.another()
    asked.show()
    assert PROGRESS.record().questions == {"stride_size": "first"}


def test_checks_of_a_function_with_a_body_count(monkeypatch: pytest.MonkeyPatch) -> None:
    states = []
    for is_tried, passed in ((False, False), (True, False), (True, True)):
        result = CheckResult("output_size", passed, is_tried, "")
        monkeypatch.setattr(desk, "checked", lambda *_, result=result: result)
        practice.check("output_size", None)
        states.append(PROGRESS.record().exercises.get("output_size"))
    assert states == [None, "tried", "passed"]


# --- the line of a lesson -----------------------------------------------------------------------


def test_the_line_tells_what_is_right_and_what_is_open() -> None:
    done(
        Record(
            {"stride_size": "first", "stride_kept": "later", "stride_order": "shown"},
            {"strided_correlate2d": "tried"},
        )
    )
    first, questions, exercises, onwards = repr(progress("02_stride")).splitlines()
    assert first == (
        "Lesson 02: 2 of 7 questions right (1 at the first try), 0 of 2 exercises passed."
    )
    assert questions == (
        "Open questions: stride_unread, stride_overlap, stride_window, "
        "stride_order (answer shown), stride_place."
    )
    assert exercises == "Open exercises: output_size, strided_correlate2d (tried)."
    assert onwards == "Next: 03 Pad the picture. Overview: the map of all lessons."


def test_the_line_links_to_the_next_lesson_to_the_map_and_to_cells_that_ran(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "running_cell", lambda: ("02-ask-size", "run"))
    question("stride_size", seed=4)
    monkeypatch.setattr(places, "running_cell", lambda: ("02-check", "run"))
    practice.check("output_size", ...)
    assert re.findall(r'href="([^"]*)"', progress("02_stride")._repr_html_()) == [
        "02_stride.ipynb#cell-id=02-ask-size",
        "02_stride.ipynb#cell-id=02-check",
        "03_padding.ipynb",
        "00_start_here.ipynb",
    ]


def test_the_id_of_a_cell_is_not_read_as_html(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "running_cell", lambda: ('"><b>', "run"))
    practice.check("output_size", ...)
    assert '#cell-id=&quot;&gt;&lt;b&gt;"' in progress("02_stride")._repr_html_()


def test_who_checks_without_a_cell_leaves_the_known_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for cell in ("02-check", ""):
        monkeypatch.setattr(places, "running_cell", lambda cell=cell: (cell, "run"))
        practice.check("output_size", ...)
    assert places.cell_of("output_size") == "02-check"


def test_of_a_lesson_in_which_nothing_is_right_no_first_try_is_told() -> None:
    first = repr(progress("02_stride")).splitlines()[0]
    assert first == "Lesson 02: 0 of 7 questions right, 0 of 2 exercises passed."


def test_of_a_page_with_nothing_to_answer_this_is_said() -> None:
    assert repr(progress("00_start_here")).splitlines() == [
        "✓ Lesson 00: there is nothing to answer in it.",
        "Next: 01 Slide a window. Overview: the map of all lessons.",
    ]


def test_after_the_last_lesson_of_the_series_none_follows() -> None:
    assert following(LESSONS[-1]) is None


def test_the_last_lesson_that_is_there_links_to_the_map_only() -> None:
    assert repr(progress("11_segmentation")).splitlines()[-1] == "Overview: the map of all lessons."


def test_a_lesson_with_nothing_to_answer_is_done_with_a_visit() -> None:
    lesson = Lesson("99_none", "Nothing to answer")
    assert not Standing(lesson, Record()).is_done
    assert Standing(lesson, Record(lessons={"99": "2026-03-14"})).is_done


def test_a_lesson_is_done_only_with_its_exercises() -> None:
    lesson = lesson_of("02_stride")
    questions = all_done_in(lesson).questions
    assert not Standing(lesson, Record(questions, lessons={"02": "2026-03-14"})).is_done


def test_a_lesson_is_done_though_its_last_cell_did_not_run() -> None:
    lesson = lesson_of("02_stride")
    assert Standing(lesson, all_done_in(lesson)).is_done


def test_a_lesson_with_nothing_open_has_a_mark() -> None:
    done(all_done_in(lesson_of("02_stride")))
    lines = repr(progress("02_stride")).splitlines()
    assert lines[0].startswith("✓ Lesson 02: 7 of 7 questions right (0 at the first try), 2 of 2")
    assert len(lines) == 2


def test_the_line_is_a_visit() -> None:
    progress("02_stride")
    assert PROGRESS.record().lessons == {"02": date.today().isoformat()}


# --- the map ------------------------------------------------------------------------------------


def advice() -> str:
    return repr(progress()).splitlines()[0]


def test_whoever_begins_is_sent_to_the_first_lesson() -> None:
    assert advice() == "Begin with 01 Slide a window."


def test_whoever_was_in_a_lesson_is_sent_back_into_it() -> None:
    done(Record({"stride_size": "first"}, lessons={"01": "2026-03-14", "02": "2026-03-15"}))
    said = "Go on with 02 Jump with the window: stride (6 questions and 2 exercises open)."
    assert advice() == said


@pytest.mark.parametrize(("visited", "verb"), [("00", "Go on with"), ("12", "Go back to")])
def test_whoever_was_on_a_page_without_a_lesson_is_sent_to_the_first_one(
    visited: str, verb: str
) -> None:
    done(Record(lessons={visited: "2026-03-14"}))
    assert advice().startswith(f"{verb} 01 Slide a window (")


def test_a_lesson_that_asks_nothing_is_advised_without_a_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_it = (*LESSONS[:-1], replace(LESSONS[-1], is_there=True))
    monkeypatch.setattr(standing, "LESSONS", with_it)
    done(all_done_but())
    assert advice() == "Go on with 12 Playground."


def test_whoever_has_done_all_of_a_lesson_is_sent_to_the_next() -> None:
    record = all_done_in(lesson_of("02_stride")).visited("02", date(2026, 3, 14))
    done(record)
    assert advice().startswith("Go on with 03 Pad the picture (")


def all_done_but(*but: str) -> Record:
    record = Record(lessons={each.number: "2026-03-14" for each in LESSONS[1:-1]})
    for lesson in LESSONS:
        for name in lesson.questions:
            record = record if name in but else record.guessed(name, right=True)
        for name in lesson.exercises:
            record = record if name in but else record.checked(name, passed=True)
    return record


def test_at_the_end_of_the_series_what_was_left_out_is_named() -> None:
    done(all_done_but("stride_order", "pad2d"))
    said = "Go back to 02 Jump with the window: stride (1 question open)."
    assert advice() == said


def test_whoever_has_done_all_is_told_so() -> None:
    done(all_done_but())
    assert advice() == "✓ All questions are answered, and all exercises are passed."


def test_the_map_has_all_lessons_in_order_with_what_is_done_of_each() -> None:
    done(
        Record(
            {"stride_size": "first", "stride_kept": "shown"},
            {"output_size": "passed"},
            lessons={"02": "2026-03-14"},
        )
    )
    rows = repr(progress()).splitlines()[2:]
    assert [row[:2] for row in rows] == [lesson.number for lesson in LESSONS]
    row = "02 Jump with the window: stride  ■□□□□□□ 1 of 7  ■□ 1 of 2  2026-03-14"
    assert rows[2] == row
    assert rows[-1] == "12 Playground (to come)  –  –  –"


def test_the_map_links_to_each_lesson_that_is_there() -> None:
    table = progress()._repr_html_().partition("<table")[2]
    links = re.findall(r'href="(\w+)\.ipynb"', table)
    assert links == [lesson.notebook for lesson in LESSONS if lesson.is_there]


def test_squares_are_for_the_eye_only() -> None:
    shown = progress()._repr_html_()
    heard = re.sub(r'<span aria-hidden="true">.*?</span>', "", shown)
    assert "□" in shown
    assert "□" not in heard
    assert "0 of 7" in heard


def test_targets_that_were_hit_are_listed() -> None:
    done(Record(games={"stride_game": [1, 3], "<b>": [2]}))
    shown = progress()
    assert repr(shown).splitlines()[-1] == "Targets hit, by level: <b> 2; stride_game 1, 3."
    assert "&lt;b&gt;" in shown._repr_html_()


def test_a_damaged_file_is_told_below() -> None:
    progress_file().write_text("spoilt", "utf-8")
    assert "Note: The file of your progress was damaged" in repr(progress()).splitlines()[-1]


def test_the_name_of_the_folder_is_not_read_as_html(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "<b>").mkdir()
    monkeypatch.setenv("LESSONS_DATA_DIR", str(tmp_path / "<b>"))
    progress_file().write_text("spoilt", "utf-8")
    assert "&lt;b&gt;" in progress()._repr_html_()


# --- in place -----------------------------------------------------------------------------------


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the page is told: what it is to change, and the first line."""
    told: list[tuple[str, str]] = []

    def tell(bundle: dict[str, str], *, raw: bool, display_id: str) -> None:
        assert raw
        told.append((display_id, bundle["text/plain"].splitlines()[0]))

    monkeypatch.setattr("IPython.display.display", tell)
    monkeypatch.setattr("IPython.display.update_display", tell)
    return told


def test_what_is_shown_changes_with_each_answer(page: list[tuple[str, str]]) -> None:
    progress("02_stride")._ipython_display_()
    PROGRESS.guessed("stride_size", right=True)
    (shown, before), (changed, after) = page
    assert shown == changed
    assert before.startswith("Lesson 02: 0 of 7")
    assert after.startswith("Lesson 02: 1 of 7")


def test_a_reset_changes_what_is_shown(page: list[tuple[str, str]]) -> None:
    PROGRESS.guessed("stride_size", right=True)
    progress("02_stride")._ipython_display_()
    practice.reset_progress(really=True)
    assert page[-1][1].startswith("Lesson 02: 0 of 7")


def test_a_reset_asks_first() -> None:
    PROGRESS.guessed("stride_size", right=True)
    told = practice.reset_progress().text
    assert told.startswith("This forgets 1 question and 0 exercises. Really?")
    assert PROGRESS.record().questions == {"stride_size": "first"}
    practice.reset_progress(really=True)
    assert PROGRESS.record() == Record()


def test_what_no_cell_shows_is_not_sent(page: list[tuple[str, str]]) -> None:
    progress("02_stride")
    PROGRESS.guessed("stride_size", right=True)
    assert page == []


def test_map_and_line_change_each_in_its_own_place(page: list[tuple[str, str]]) -> None:
    progress()._ipython_display_()
    progress("02_stride")._ipython_display_()
    page.clear()
    PROGRESS.checked("output_size", passed=True)
    assert len({place for place, _ in page}) == 2
