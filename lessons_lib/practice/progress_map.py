"""What a cell shows of the reader's progress: the map of the series, or the line of one lesson.

It is shown anew in place with each answer that this kernel hears of.
"""

from __future__ import annotations

import html
import re
import threading

from lessons_lib.practice.desk import Told
from lessons_lib.practice.lessons import LESSONS, Lesson, lesson_of
from lessons_lib.practice.places import cell_of
from lessons_lib.practice.standing import Standing, following, last_visited, next_lesson
from lessons_lib.reader.progress import PROGRESS
from lessons_lib.reader.record import Record
from lessons_lib.visualization.numbers import counted

_BOX = (
    "border: 1px solid var(--jp-border-color2, #d9dce0); "
    "border-left: 4px solid var(--jp-border-color1, #bdbdbd); padding: 8px 12px; "
    "color: var(--jp-ui-font-color1, #212121); background: var(--jp-layout-color1, #fff); "
    "max-width: 60em;"
)
_CODE = "background: none; padding: 0; color: inherit;"
_CELL = "text-align: left; vertical-align: top; padding: 3px 14px 3px 0;"


def progress(lesson: str | None = None) -> Shown:
    """Show how far you are: the map of all lessons, or one lesson's line; the cell shows it.

    Args:
        lesson: the name of its notebook, such as "02_stride"; this counts as a visit. None: the
            map.

    Returns:
        What is shown. It changes with each question that you answer and each exercise that you
        check in this notebook; what you do in another one is seen when the cell runs again.

    Raises:
        ValueError: there is no such lesson.

    Example:
        >>> progress("02_stride")  # doctest: +SKIP
        Lesson 02: 5 of 7 questions right (3 at the first try), 1 of 2 exercises passed.
    """
    if lesson is None:
        return Shown(None)
    found = lesson_of(lesson)
    PROGRESS.visited(found.number)
    return Shown(found)


def reset_progress(*, really: bool = False) -> Told:
    """Forget your progress in all lessons; it asks first.

    Args:
        really: True: forget it. False: only say what would be forgotten.

    Raises:
        OSError: the file cannot be removed.
        RuntimeError: it cannot be written, or a newer version of the lessons wrote it.

    Example:
        >>> reset_progress()  # doctest: +SKIP
        This forgets 5 questions and 1 exercise. Really? Then call `reset_progress(really=True)`.
    """
    if really:
        PROGRESS.reset()
        return Told("Your progress is forgotten.")
    record = PROGRESS.record()
    questions, exercises = len(record.questions), len(record.exercises)
    what = f"{counted(questions, 'question')} and {counted(exercises, 'exercise')}"
    return Told(f"This forgets {what}. Really? Then call `reset_progress(really=True)`.")


class Shown:
    """Progress, as a cell shows it: always as it is now."""

    def __init__(self, lesson: Lesson | None) -> None:
        self._lesson = lesson

    def __repr__(self) -> str:
        return self._bundle()["text/plain"]

    def _repr_html_(self) -> str:
        return self._bundle()["text/html"]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        _shown[self._display_id] = self
        display(self._bundle(), raw=True, display_id=self._display_id)

    def show_anew(self) -> None:
        """Change what the page shows."""
        from IPython.display import update_display

        update_display(self._bundle(), raw=True, display_id=self._display_id)

    @property
    def _display_id(self) -> str:
        """The same for all that show the same, so that a change reaches each of them."""
        return f"lesson-progress-{self._lesson.number if self._lesson else 'map'}"

    def _bundle(self) -> dict[str, str]:
        lines = self._lines()
        divisions = "".join(f"<div>{line}</div>" for line in lines)
        return {
            "text/plain": "\n".join(map(_plain, lines)),
            "text/html": f'<div class="lesson-progress" style="{_BOX}">{divisions}</div>',
        }

    def _lines(self) -> list[str]:
        """Give the lines, as HTML."""
        record = PROGRESS.record()
        lines = _map(record) if self._lesson is None else _line(Standing(self._lesson, record))
        return [*lines, *(f"<b>Note:</b> {html.escape(note)}" for note in PROGRESS.notes)]


_shown: dict[str, Shown] = {}
_one_at_a_time = threading.Lock()  # or an older state could reach the page after a newer one


def _show_all_anew() -> None:
    with _one_at_a_time:
        for shown in list(_shown.values()):
            shown.show_anew()


PROGRESS.on_change.append(_show_all_anew)


# --- one lesson ---------------------------------------------------------------------------------


def _line(standing: Standing) -> list[str]:
    lesson = standing.lesson
    mark = "✓ " if standing.is_done else ""
    lines = [f"<b>{mark}Lesson {lesson.number}:</b> {_counts(standing)}."]
    kinds = (("questions", standing.open_questions), ("exercises", standing.open_exercises))
    for kind, found in kinds:
        if found:
            names = ", ".join(_named(lesson, name, state) for name, state in found.items())
            lines.append(f"Open {kind}: {names}.")
    return [*lines, _onwards(lesson)]


def _counts(standing: Standing) -> str:
    questions, exercises = len(standing.lesson.questions), len(standing.lesson.exercises)
    right = questions - len(standing.open_questions)
    parts = []
    if questions:
        first = f" ({standing.first} at the first try)" if right else ""
        parts.append(f"{right} of {counted(questions, 'question')} right{first}")
    if exercises:
        passed = exercises - len(standing.open_exercises)
        parts.append(f"{passed} of {counted(exercises, 'exercise')} passed")
    return ", ".join(parts) or "there is nothing to answer in it"


def _named(lesson: Lesson, name: str, state: str) -> str:
    """Name something open, with a link to its cell where that is known."""
    shown, cell = f'<code style="{_CODE}">{name}</code>', cell_of(name)
    if cell:
        address = f"{lesson.notebook}.ipynb#cell-id={html.escape(cell)}"
        shown = f'<a href="{address}" style="text-decoration: underline;">{shown}</a>'
    return f"{shown} ({state})" if state else shown


def _onwards(lesson: Lesson) -> str:
    after = following(lesson)
    overview = f"Overview: {_link(LESSONS[0], 'the map of all lessons')}."
    return overview if after is None else f"Next: {_link(after)}. {overview}"


# --- all lessons --------------------------------------------------------------------------------


def _map(record: Record) -> list[str]:
    heads = "".join(
        f'<th scope="col" style="{_CELL}">{head}</th>'
        for head in ("lesson", "questions right", "exercises passed", "last visit")
    )
    rows = "".join(_row(Standing(lesson, record)) for lesson in LESSONS)
    table = (
        '<table aria-label="Your progress in all lessons" style="margin: 6px 0;">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
    return [_advice(record), table, *_targets(record)]


def _advice(record: Record) -> str:
    """Say what to do next."""
    lesson, last = next_lesson(record), last_visited(record)
    if lesson is None:
        return "<b>✓ All questions are answered, and all exercises are passed.</b>"
    if last is None:
        return f"<b>Begin with</b> {_link(lesson)}."
    standing = Standing(lesson, record)
    kinds = (("question", standing.open_questions), ("exercise", standing.open_exercises))
    is_open = " and ".join(counted(len(found), kind) for kind, found in kinds if found)
    verb = "Go back to" if lesson.number < last.number else "Go on with"
    return f"<b>{verb}</b> {_link(lesson)}{f' ({is_open} open)' if is_open else ''}."


def _row(standing: Standing) -> str:
    lesson = standing.lesson
    if lesson.is_there:
        title = f"{'✓ ' if standing.is_done else ''}{_link(lesson)}"
    else:
        title = f"{html.escape(lesson.title)} (to come)"
    questions = _share(len(standing.open_questions), len(lesson.questions))
    exercises = _share(len(standing.open_exercises), len(lesson.exercises))
    cells = "".join(
        f'<td style="{_CELL}">{words}</td>'
        for words in (questions, exercises, standing.last_visit or "–")
    )
    return f'<tr><th scope="row" style="{_CELL} font-weight: normal;">{title}</th>{cells}</tr>'


def _share(still_open: int, total: int) -> str:
    """Show a share as squares, for the eye only, and in words."""
    if not total:
        return "–"
    done = total - still_open
    squares = "<wbr>".join("■" * done + "□" * still_open)
    words = f'<span style="white-space: nowrap;">{done} of {total}</span>'
    return f'<span aria-hidden="true">{squares}</span> {words}'


def _targets(record: Record) -> list[str]:
    found = [
        f'<code style="{_CODE}">{html.escape(game)}</code> {", ".join(map(str, levels))}'
        for game, levels in record.games.items()
    ]
    return [f"Targets hit, by level: {'; '.join(found)}."] if found else []


def _link(lesson: Lesson, words: str = "") -> str:
    return f'<a href="{lesson.notebook}.ipynb">{html.escape(words or lesson.title)}</a>'


def _plain(line: str) -> str:
    """Write a line without its marks."""
    rows = line.replace("</tr>", "\n").replace("</th><", "</th>  <").replace("</td><", "</td>  <")
    return html.unescape(re.sub("<[^>]*>", "", rows)).strip()
