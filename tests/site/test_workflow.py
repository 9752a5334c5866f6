"""The workflow that puts the site on a host calls what the Makefile and the command line know."""

from pathlib import Path

import yaml

from lessons_lib.site import __main__


def test_the_workflow_writes_the_site_where_it_is_taken_from(repository: Path) -> None:
    text = (repository / ".github/workflows/site.yml").read_text("utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "run" in step]
    taken = [step["with"]["path"] for step in job["steps"] if "path" in step.get("with", {})]
    assert runs == ['make site ARGS="--repository $GITHUB_REPOSITORY" PIP_ARGS="$PIP_ARGS"']
    assert [Path(each) for each in taken] == [__main__.OUTPUT]
    makefile = (repository / "Makefile").read_text("utf-8")
    assert "\nsite: .venv/.installed\n" in makefile
    assert "-m lessons_lib.site $(ARGS)" in makefile
