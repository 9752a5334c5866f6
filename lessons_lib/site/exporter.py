"""A notebook as one HTML file that needs no network: nbconvert's exporter with a template of ours.

    jupyter nbconvert --to lessons --execute my_lesson.ipynb

With `--execute` the labs live in the page; without, each is the picture that the notebook keeps.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import traitlets
from jinja2 import pass_context
from jupyterlab_pygments import JupyterStyle
from nbconvert.exporters import HTMLExporter
from pygments.formatters import HtmlFormatter
from traitlets.config import Config

from lessons_lib.site.formulas import text_as_html
from lessons_lib.site.running import RunWithLabs
from lessons_lib.widgets.saved.needs_kernel import words_for
from lessons_lib.widgets.saved.page import page_script, page_style, page_theme

_HERE = Path(__file__).parent
_USUAL = (
    "TagRemovePreprocessor",
    "RegexRemovePreprocessor",
    "ClearOutputPreprocessor",
    "CoalesceStreamsPreprocessor",
    "HighlightMagicsPreprocessor",
    "ClearMetadataPreprocessor",
)


class LessonExporter(HTMLExporter):
    """Writes a page in which formulas are MathML and labs need no kernel.

    Attributes:
        pages: names of the notebooks that have a page beside this one; links lead there.
    """

    export_from_notebook = "HTML page with labs"
    pages = traitlets.List(traitlets.Unicode()).tag(config=True)

    @traitlets.default("embed_images")
    def _embed_images_default(self) -> bool:
        return True

    @traitlets.default("template_name")
    def _template_name_default(self) -> str:
        return "lessons"

    @traitlets.default("extra_template_basedirs")
    def _default_extra_template_basedirs(self) -> list[str]:
        return [str(_HERE / "templates")]

    @traitlets.default("default_preprocessors")
    def _default_preprocessors(self) -> list[Any]:
        return [*(f"nbconvert.preprocessors.{name}" for name in _USUAL), RunWithLabs]

    @property
    def default_config(self) -> Config:
        """Join what a cell prints bit by bit."""
        ours = Config({"CoalesceStreamsPreprocessor": {"enabled": True}})
        ours.merge(super().default_config)
        return ours

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Render a text cell; nbconvert's templates call it."""
        cell = context.get("cell", {})
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        return text_as_html(
            source,
            self.pages,
            attachments=cell.get("attachments", {}),
            embed_images=self.embed_images,
            path=path,
            anchor_link_text="#",
        )

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        yield from super().default_filters()
        yield "markdown2html", self.markdown2html
        yield "words_for", words_for

    def _init_resources(self, resources: Any) -> Any:
        resources = super()._init_resources(resources)
        resources.setdefault("places", {})
        resources.setdefault("page_data", None)
        resources.setdefault("site", None)
        resources["style"] = site_style()
        resources["script"] = site_script()
        resources["theme_script"] = page_theme()
        return resources


@cache
def site_style() -> str:
    """Give the style sheet of a page."""
    code = HtmlFormatter(style=JupyterStyle).get_style_defs(".highlight")
    return "\n".join([page_style(), code, (_HERE / "site.css").read_text("utf-8")])


def site_script() -> str:
    """Give the script of a page."""
    return page_script("../site/site.js", "begin_site")
