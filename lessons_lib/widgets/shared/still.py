"""What a widget shows where it cannot live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lessons_lib.reader.front_end import nobody_watches

VIEW = "application/vnd.jupyter.widget-view+json"


def still_where_unwatched(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Leave the live view out of what a cell shows, where nobody watches.

    Args:
        bundle: by media type, with something else for those who have no kernel.
    """
    unwatched = nobody_watches()
    return {kind: data for kind, data in bundle.items() if not (unwatched and kind == VIEW)}
