"""Write the lessons as a web site: `python -m lessons_lib.site`."""

from __future__ import annotations

import argparse
from pathlib import Path

from lessons_lib.site.running import PAGE_BYTES
from lessons_lib.site.writing import write_site

OUTPUT = Path("build/site")


def main() -> None:
    """Read the arguments and write the site."""
    parser = argparse.ArgumentParser(
        prog="python -m lessons_lib.site",
        description="Write the lessons as pages for any static host, or for a folder on disk.",
    )
    parser.add_argument("--notebooks", type=Path, default=Path("notebooks"), metavar="FOLDER")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="FOLDER")
    parser.add_argument(
        "--repository",
        default="",
        metavar="OWNER/NAME",
        help="on GitHub, or OWNER/NAME@BRANCH: then the pages lead to Binder and Colab, too",
    )
    processes = "lessons that run at once (default: 2)"
    parser.add_argument("--processes", type=int, default=2, metavar="N", help=processes)
    page_bytes = "bytes of a page with its labs (default: %(default)s)"
    parser.add_argument("--page-bytes", type=int, default=PAGE_BYTES, metavar="N", help=page_bytes)
    asked = parser.parse_args()
    write_site(asked.notebooks, asked.output, asked.repository, asked.processes, asked.page_bytes)


if __name__ == "__main__":
    main()
