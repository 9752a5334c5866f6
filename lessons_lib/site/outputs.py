"""The outputs of a notebook: its widgets, and its pictures made smaller for a page."""

from __future__ import annotations

import base64
import io

import nbformat
from PIL import Image

WIDGET = "application/vnd.jupyter.widget-view+json"
PNG = "image/png"
WEBP = "image/webp"
_EXACT_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")  # of pictures that WebP can hold
STILL_QUALITY = 85  # of a picture that only stands in for a lab; all others stay exact


def make_pictures_small(notebook: nbformat.NotebookNode) -> None:
    """Write all PNG pictures of a notebook as WebP, in place: exact ones but for labs' stills.

    What cannot be written so stays as it is: a broken picture, a moving or a huge one, 16 bits.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            if PNG in data:
                small = _as_webp(data[PNG], exact=WIDGET not in data)
                if small is not None:
                    del data[PNG]
                    data[WEBP] = small


def _as_webp(text: str, exact: bool) -> str | None:
    file = io.BytesIO()
    try:
        with Image.open(io.BytesIO(base64.b64decode(text))) as picture:
            if picture.mode not in _EXACT_MODES or getattr(picture, "n_frames", 1) > 1:
                return None
            picture.save(file, "WEBP", lossless=exact, quality=STILL_QUALITY, method=4)
    except (OSError, ValueError):
        return None
    return base64.b64encode(file.getvalue()).decode("ascii")


def shown_widgets(notebook: nbformat.NotebookNode) -> list[str]:
    """List the model ids of the widgets in the outputs of a notebook, each once."""
    found: dict[str, None] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            view = output.get("data", {}).get(WIDGET)
            if view:
                found[view["model_id"]] = None
    return list(found)
