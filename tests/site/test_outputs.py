"""Pictures in outputs, made smaller."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from PIL import Image

from lessons_lib.site.outputs import WEBP, WIDGET, make_pictures_small, shown_widgets


def shown(**data: object) -> nbformat.NotebookNode:
    return new_output("display_data", data={k.replace("_", "/", 1): v for k, v in data.items()})


def png_of(pixels: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def pixels_of(text: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(text))))


def test_a_figure_stays_exact_and_a_lab_s_still_picture_becomes_small() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 60, 3), "uint8")
    view = {"model_id": "m", "version_major": 2, "version_minor": 0}
    still = shown(image_png=png_of(pixels))
    still.data[WIDGET] = view
    cell = new_code_cell(outputs=[shown(image_png=png_of(pixels)), still])
    make_pictures_small(new_notebook(cells=[cell]))
    figure, lab = (output.data for output in cell.outputs)
    assert "image/png" not in figure
    np.testing.assert_array_equal(pixels_of(figure[WEBP]), pixels)
    assert len(lab[WEBP]) < len(figure[WEBP]) / 2
    assert np.abs(pixels_of(lab[WEBP]).astype(int) - pixels).mean() < 60


def test_a_lab_s_still_picture_stays_like_it() -> None:
    rows, columns = np.mgrid[:40, :60]
    pixels = np.stack([rows * 6, columns * 4, (rows + columns) * 2], -1).astype("uint8")
    still = shown(image_png=png_of(pixels))
    still.data[WIDGET] = {"model_id": "m"}
    make_pictures_small(new_notebook(cells=[new_code_cell(outputs=[still])]))
    assert np.abs(pixels_of(still.data[WEBP]).astype(int) - pixels).mean() < 2


def test_each_widget_is_listed_once_in_the_order_of_the_cells() -> None:
    def lab(name: str) -> nbformat.NotebookNode:
        return new_output("display_data", data={WIDGET: {"model_id": name}})

    first = new_code_cell(outputs=[lab("b"), shown(text_plain="no widget")])
    second = new_code_cell(outputs=[lab("a"), lab("b")])
    assert shown_widgets(new_notebook(cells=[first, second])) == ["b", "a"]


def test_a_picture_that_would_not_stay_exact_stays_as_it_is() -> None:
    deep = png_of(np.arange(6000, dtype="uint16").reshape(60, 100) * 10)
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    file = io.BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    moving = base64.b64encode(file.getvalue()).decode()
    tall = png_of(np.zeros((17000, 2), "uint8"))
    outputs = [shown(image_png=text) for text in ("AAAA", "no", deep, moving, tall)]
    before = [dict(output.data) for output in outputs]
    make_pictures_small(new_notebook(cells=[new_code_cell(outputs=outputs)]))
    assert [output.data for output in outputs] == before


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_every_usual_kind_of_picture_stays_exact(mode: str) -> None:
    colours = np.random.default_rng(4).integers(0, 256, (20, 30, 4), "uint8")
    colours[..., 3] |= 1  # what is behind a pixel that is not there at all may be forgotten
    picture = Image.fromarray(colours).convert("RGB" if mode in "1P" else "RGBA").convert(mode)
    file = io.BytesIO()
    picture.save(file, "PNG")
    output = shown(image_png=base64.b64encode(file.getvalue()).decode())
    make_pictures_small(new_notebook(cells=[new_code_cell(outputs=[output])]))
    written = Image.open(io.BytesIO(base64.b64decode(output.data[WEBP])))
    np.testing.assert_array_equal(written.convert("RGBA"), picture.convert("RGBA"))
