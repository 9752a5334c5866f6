"""Text cells as HTML: MathML, and links to other pages."""

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

from lessons_lib.site.formulas import mathml, text_as_html
from tests.notebooks.lessons import NOTEBOOKS, read

SPACE = "{http://www.w3.org/1998/Math/MathML}"


def test_a_formula_in_a_line_is_mathml_with_its_parts_in_order() -> None:
    math = ElementTree.fromstring(mathml(r"a_1 + \frac{b}{2}"))
    assert math.tag == f"{SPACE}math"
    assert math.get("display") == "inline"
    assert [each.tag.removeprefix(SPACE) for each in math[0]] == ["msub", "mo", "mfrac"]
    assert "".join(math.itertext()) == "a1+b2"


@pytest.mark.parametrize(
    "text", ["$$a < b$$", "A line.\n\n$$\na < b\n$$\n", r"\begin{equation}a < b\end{equation}"]
)
def test_a_formula_on_a_line_of_its_own_is_a_block(text: str) -> None:
    page = text_as_html(text)
    assert 'display="block"' in page
    assert "$" not in page
    assert "&lt;" in page or "&#x0003C;" in page


def test_every_formula_of_the_lessons_becomes_mathml() -> None:
    found = 0
    for path in NOTEBOOKS:
        for cell in read(path).cells:
            if cell.cell_type != "markdown":
                continue
            page = text_as_html(cell.source)
            for formula in re.findall(r"<math.*?</math>", page, re.DOTALL):
                found += 1
                text = "".join(ElementTree.fromstring(formula).itertext())
                assert text, (path.name, formula)
                assert "\\" not in text, (path.name, text)
            plain = re.sub(r"<(pre|code).*?</\1>", "", page, flags=re.DOTALL)
            assert not re.search(r"\$[^$\n]+\$", plain), (path.name, cell.id)
    assert found > 150


@pytest.mark.parametrize(
    ("url", "href"),
    [
        ("02_stride.ipynb", "02_stride.html"),
        ("./02_stride.ipynb#A-b", "02_stride.html#A-b"),
        ("03_gone.ipynb", "03_gone.ipynb"),
        ("04%20my%20own.ipynb#Gr%C3%B6%C3%9Fe", "04%20my%20own.html#Gr%C3%B6%C3%9Fe"),
        ("sub/02_stride.ipynb", "sub/02_stride.ipynb"),
        ("#set-stride=5", "#set-stride=5"),
        ("https://a.example/02_stride.ipynb", "https://a.example/02_stride.ipynb"),
    ],
)
def test_a_link_leads_to_the_page_of_a_lesson_that_has_one(url: str, href: str) -> None:
    assert f'<a href="{href}">there</a>' in text_as_html(
        f"[there]({url})", ["02_stride", "04 my own"]
    )


def test_code_is_reached_by_the_keyboard_and_a_sign_typed_as_html_is_that_sign() -> None:
    assert '<pre tabindex="0"><code>' in text_as_html("```\ncode\n```")
    assert "".join(ElementTree.fromstring(mathml("a &lt; b")).itertext()) == "a<b"


def test_a_wide_table_scrolls_in_a_box_that_the_keyboard_reaches() -> None:
    page = text_as_html("| a | b |\n| --- | --- |\n| 1 | 2 |\n")
    assert re.search(
        r'<div class="lesson-wide" tabindex="0"[^>]*><table>.*</table></div>', page, re.S
    )


@pytest.mark.parametrize("formula", ["a_", r"\left( b", "a^b^c", "a &lt; b_"])
def test_a_formula_that_cannot_be_read_stays_as_it_was_typed(formula: str) -> None:
    assert text_as_html(f"${formula}$") == f"<p><code>{formula}</code></p>\n"


@pytest.mark.parametrize(
    "text", ["$$\\begin{aligned}%s\\end{aligned}$$", "\\begin{align}%s\\end{align}"]
)
def test_lines_of_a_formula_that_are_aligned_are_rows(text: str) -> None:
    page = text_as_html(text % r"a &= b \\ c &= d")
    rows = BeautifulSoup(page, "html.parser").select("mtr")
    assert [row.text for row in rows] == ["a=b", "c=d"]


def test_a_heading_has_a_name_whatever_stands_in_it() -> None:
    page = text_as_html('## Größe "3" & $a_1$ < *b*', anchor_link_text="#")
    heading = BeautifulSoup(page, "html.parser").h2
    assert heading
    assert heading["id"] == 'Größe-"3"-&-a1-<-b'
    assert heading.select_one("math > mrow > msub")
    mark = heading.select_one("a.anchor-link")
    assert mark
    assert (mark["href"], mark.text) == ("#Gr%C3%B6%C3%9Fe-%223%22-%26-a1-%3C-b", "#")


def test_a_table_written_as_html_is_boxed_and_closed_too() -> None:
    page = text_as_html('<table class="a"><tr><td>1</td></tr></table>')
    assert page.count("<div") == page.count("</div>") == 1


def test_pictures_beside_the_notebook_become_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "my own.png").write_bytes(b"picture")
    text = (
        "![one](my%20own.png) ![two](gone.png)\n\n"
        "<details>\n<summary>S <img src='my own.png'></summary>\n\ntext\n\n</details>"
    )
    page = text_as_html(text, embed_images=True, path=str(tmp_path))
    found = [each["src"] for each in BeautifulSoup(page, "html.parser").select("img")]
    picture = f"data:image/png;base64,{base64.b64encode(b'picture').decode()}"
    assert found == [picture, "gone.png", picture]
    folded = BeautifulSoup(page, "html.parser").details
    assert folded
    assert "text" in folded.text
