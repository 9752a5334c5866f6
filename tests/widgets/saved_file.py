"""Reading what a page without a kernel says of its things."""

from __future__ import annotations

import base64
import json
import re
import zlib
from pathlib import Path
from typing import Any


def things_in(file: Path) -> list[dict[str, Any]]:
    """All but the buffers of the things in a file, as `SavedLab.data` gives them."""
    found = re.search(r'things: "([^"]+)"', file.read_text("utf-8"))
    assert found is not None, f"{file} has no things"
    things: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(found[1])))["things"]
    return things
