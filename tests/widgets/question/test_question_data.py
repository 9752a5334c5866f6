"""A question as plain data: what the page gets, and what a page without a kernel shows."""

from __future__ import annotations

import base64
import io
import re

import torch
from PIL import Image

from lessons_lib.practice.questions import Asked, Shown
from lessons_lib.practice.questions.kinds import Choice, Kind, Number, Order
from lessons_lib.widgets.question.question_data import as_html, as_text, asked_data

WIDE = torch.zeros(3, 600, 900)
WIDE[0, :, 450:] = 1  # the right half is red


def asking(kind: Kind, *shown: Shown) -> Asked:
    return Asked("Is `a < b`?", kind, "1", {}, lambda _: (1,), (), shown)


def picture(page: str) -> Image.Image:
    (data,) = re.findall('data:image/jpeg;base64,([^"]*)', page)
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_a_photo_is_sent_upright_and_not_larger_than_it_is_shown() -> None:
    (told,) = asked_data(asking(Number(), Shown("photo", WIDE)), 1)["shown"]
    assert (told["rows"], told["columns"], told["cells"]) == (600, 900, [])
    sent = picture(told["photo"])
    assert sent.size == (512, 341)
    assert sent.getpixel((10, 300))[0] < 10 < 245 < sent.getpixel((500, 40))[0]  # type: ignore[index]


def test_a_grid_is_sent_row_by_row() -> None:
    values = torch.tensor([[1.0, -2.0, 0.5], [4.0, 5.0, 6.0]])
    (told,) = asked_data(asking(Number(), Shown("grid", values)), 1)["shown"]
    assert (told["rows"], told["columns"]) == (2, 3)
    assert told["cells"] == [["1", "−2", "0.5"], ["4", "5", "6"]]


def test_as_text_the_numbers_of_a_grid_stand_below_each_other() -> None:
    text = as_text(asking(Number(), Shown("grid", torch.tensor([[1.0, -20.0], [300.0, 4.0]]))))
    assert text == "Is a < b?\n\ngrid:\n  1 −20\n300   4"


def test_without_a_page_the_options_and_the_items_are_told() -> None:
    for kind in (Choice(("`a`", "b")), Order(("`a`", "b"), "small", "large")):
        assert as_text(asking(kind)).splitlines()[-3:] == ["– a", "", "– b"]
        assert as_html(asking(kind)).count("<p>– ") == 2


def test_on_a_still_page_only_what_stands_between_backticks_is_code() -> None:
    assert "<p>Is <code>a &lt; b</code>?</p>" in as_html(asking(Number()))


def test_on_a_still_page_a_photo_is_a_picture_with_its_name() -> None:
    page = as_html(asking(Number(), Shown("a < b", WIDE)))
    assert picture(page).size == (512, 341)
    assert 'alt="a &lt; b"' in page
