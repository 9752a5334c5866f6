# make lab    open the lessons in JupyterLab
# make test   run every check
# make bench  measure from the key press to the pixels
# make clean  back to a fresh clone
#
# ARGS go to JupyterLab:  make lab ARGS="--no-browser --port 9999"
# PIP_ARGS go to pip:     make lab PIP_ARGS="--extra-index-url ..."   (an index of CPU builds of PyTorch)
# PYTHON makes the .venv: make lab PYTHON=python3.12
# ARGS go to pytest too:  make test ARGS="-k geometry"

PYTHON ?= python3
PIP_INSTALL = .venv/bin/python -m pip install -c constraints.txt $(PIP_ARGS)

.PHONY: lab test bench clean

lab: .venv/.installed
	.venv/bin/jupyter lab --ServerApp.root_dir="$(CURDIR)" \
	--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb $(ARGS)

test: .venv/.installed-test
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	@if command -v node >/dev/null; then files=$$(find tests/js -name '*.test.*') && [ -n "$$files" ] && node --test $$files; \
	elif [ "$$LESSONS_REQUIRE_BROWSER" = 1 ]; then echo "Node.js is missing: the JavaScript tests cannot run" >&2; exit 1; \
	else echo "skipped: the JavaScript tests, because Node.js is not installed"; fi
	.venv/bin/python -m pytest $(ARGS)

bench: .venv/.installed-test
	.venv/bin/python -m bench $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache bench/latest.json
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name .ipynb_checkpoints -prune -exec rm -rf {} +

# Each file below says that its step is done; it is done again only when what it depends on changes.
.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	echo "The lessons need Python 3.11 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1)." >&2; \
	echo "Install a newer Python and name it: make lab PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
	echo "No .venv could be made. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	@touch $@

.venv/.installed: .venv/.made pyproject.toml constraints.txt
	@echo "Installing into .venv (once; a few minutes) ..."
	$(PIP_INSTALL) -e .
	@touch $@

.venv/.installed-test: .venv/.installed
	$(PIP_INSTALL) -e '.[test]'
	@touch $@
