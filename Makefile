# make lab        open the lessons in JupyterLab
# make test       run every check
# make test-fast  the same without browser, whole notebooks and long training
# make site       write the lessons as a web site into build/site
# make test-front-ends  labs in Voila, Notebook, JupyterHub and Firefox
# make bench      measure from the key press to the pixels
# make bench-readers  measure 1, 10 and 30 readers of one server
# make bench-pages    measure labs on a page without a kernel
# make clean      back to a fresh clone
#
# ARGS go to JupyterLab:  make lab ARGS="--no-browser --port 9999"
# PIP_ARGS go to pip:     make lab PIP_ARGS="--extra-index-url ..."   (an index of CPU builds of PyTorch)
# PYTHON makes the .venv: make lab PYTHON=python3.12
# ARGS go to pytest too:  make test ARGS="-k geometry"

PYTHON ?= python3
# One notebook at a time, the list of files folded; a workspace apart from the reader's own.
FIRST_PAGE = /doc/workspaces/convolution-lessons/tree/notebooks/00_start_here.ipynb

# A worker that has nothing left to do takes from the other's tests.
PYTEST = .venv/bin/python -m pytest -q --dist worksteal
# A choice in ARGS may leave nothing for one of two runs.
NONE_IS_FINE = $(if $(ARGS),|| [ $$? -eq 5 ])

.PHONY: lab site test test-fast test-front-ends lint lint-python lint-page bench bench-readers bench-pages clean

lab: .venv/.installed
	@.venv/bin/jupyter lab --ServerApp.root_dir="$(CURDIR)" --LabApp.default_url=$(FIRST_PAGE) $(ARGS)

site: .venv/.installed
	@OMP_NUM_THREADS=1 .venv/bin/python -m lessons_lib.site $(ARGS)

# The browser's tests share two workers, all others the cores. One thread for each process of torch:
# two processes whose threads wait for each other take twice as long.
test: lint
	@OMP_NUM_THREADS=1 $(PYTEST) -n auto -m "not browser" $(ARGS) $(NONE_IS_FINE)
	@OMP_NUM_THREADS=1 $(PYTEST) -n 2 -m browser $(ARGS) $(NONE_IS_FINE)

test-fast: lint
	@OMP_NUM_THREADS=1 $(PYTEST) -n auto -m "not browser and not notebooks and not long" $(ARGS)

test-front-ends: .venv/.installed-front-ends
	@LESSONS_FRONT_ENDS=1 $(PYTEST) tests/browser/test_front_ends.py $(ARGS)

lint: .venv/.installed-test
	@$(MAKE) --no-print-directory -j 2 lint-python lint-page

lint-python: .venv/.installed-test
	@.venv/bin/ruff check --quiet
	@.venv/bin/ruff format --check --quiet
	@.venv/bin/mypy

lint-page: .venv/.installed-test
	@.venv/bin/python -m tests.js.checks

bench: .venv/.installed-test
	@.venv/bin/python -m bench $(ARGS)

bench-readers: .venv/.installed-test
	@.venv/bin/python -m bench.readers $(ARGS)

bench-pages: .venv/.installed-test
	@.venv/bin/python -m bench.pages $(ARGS)

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache bench/latest*.json
	find . -name __pycache__ -prune -exec rm -rf {} + -o -name .ipynb_checkpoints -prune -exec rm -rf {} +

# Each file below says that its step is done; it is done again only when what it depends on changes.
.venv/.installed: pyproject.toml constraints.txt install.py
	@$(PYTHON) install.py $(PIP_ARGS)
	@touch $@

.venv/.installed-test: .venv/.installed
	@$(PYTHON) install.py test $(PIP_ARGS)
	@touch $@

.venv/.installed-front-ends: .venv/.installed-test
	@$(PYTHON) install.py front-ends $(PIP_ARGS)
	@touch $@
