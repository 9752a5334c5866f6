"""The scripts of a page are one text each, in which every name is said once."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lessons_lib.site.exporter import site_script
from lessons_lib.widgets.saved.page import page_script


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
@pytest.mark.parametrize("script", [page_script, site_script])
def test_a_browser_can_read_the_script(script: Callable[[], str], tmp_path: Path) -> None:
    file = tmp_path / "page.js"
    file.write_text(script(), "utf-8")
    done = subprocess.run(["node", "--check", file], capture_output=True, text=True, check=False)
    assert done.stderr == ""
