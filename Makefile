# Everything runs in this folder's own virtual environment, which each target makes when there is
# none. All paths are relative, so the folder's own path may hold spaces.

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
# Some tests wait for time to pass: four workers keep two cores busy.
WORKERS ?= 4
# What is installed for the tests, and which of them are run; `make test-oldest` sets them otherwise.
CONSTRAINTS ?= constraints.txt
EXTRAS ?= aws,aws-test,clients,package,test
TESTS ?=
DISTRIBUTIONS = build/distributions
# Such as `make mutants MUTANTS="--count 20 --seed 2 profiles"`.
MUTANTS ?=

.DEFAULT_GOAL := help
.PHONY: help demo docs test check check-package distributions tests test-all test-oldest test-real torture storm mutants fix bench error-pages trace clean

help:  ## Say what can be made
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /	/' | expand -t 12

demo: $(VENV)/.installed  ## Show the whole job on a sandbox, with no AWS account
	@$(BIN)/osdu-auth demo

# Side by side: the checks keep one core busy, and many tests wait for time to pass.
test: $(VENV)/.installed-for-tests  ## Check format, lint, types, layers, the package, and run the tests
	@$(MAKE) --no-print-directory --jobs 2 check tests

check: distributions
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/twine check --strict $(DISTRIBUTIONS)/*
	$(BIN)/check-wheel-contents $(DISTRIBUTIONS)/*.whl

distributions: $(VENV)/.installed-for-tests
	@rm -rf $(DISTRIBUTIONS)
	$(BIN)/python -m build --no-isolation --outdir $(DISTRIBUTIONS) .

check-package: distributions  ## Install the distributions into environments of their own, and use them
	$(BIN)/pytest -m package --timeout 1200 tests/test_package.py

tests: $(VENV)/.installed-for-tests
	@$(BIN)/python -m compileall -q src
	$(BIN)/pytest --numprocesses $(WORKERS) --dist worksteal $(TESTS)

test-all: check  ## Run the tests with every Python from 3.10 to 3.13 that can be found
	@sh .ci/every-python "$(MAKE)"

test-oldest:  ## Run the tests with the oldest version of each library that is allowed
	@sh .ci/oldest "$(MAKE)"

test-real: $(VENV)/.installed-for-tests  ## Run clients, an issuer, a browser and boards of others with ours
	@sh .ci/clients-of-others $(PYTHON)
	$(BIN)/pytest -m real -rs

docs: $(VENV)/.installed-for-docs  ## Make the site of the documentation, in build/site
	@$(BIN)/python docs/site/make_site.py

fix: $(VENV)/.installed-for-tests  ## Mend format and what the linter can mend by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

torture: $(VENV)/.installed-for-tests  ## Run the long forms of the tests
	$(BIN)/pytest -m torture --timeout 3600

# What it measures beside ours is installed as for a bench; about twelve minutes on two cores.
storm: $(VENV)/.installed-for-tests  ## Run a fleet of a thousand workers through all that goes wrong
	@sh .ci/engines $(PYTHON)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement bench/others.txt
	$(BIN)/pytest -m "torture or real" -k "thousand or secret" -rs --timeout 1500 \
	    tests/fleet/test_storm.py tests/fleet/test_dask.py tests/fleet/test_engines.py

mutants: $(VENV)/.installed-for-tests  ## Make a mistake at a time, and see whether the tests notice
	@PYTHONPATH=tests $(BIN)/python -m mutants $(MUTANTS)

bench: $(VENV)/.installed-for-tests  ## Measure the speeds that docs/figures.md names, side by side
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check ./bench/floor
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement bench/others.txt
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m bench

error-pages: $(VENV)/.installed-for-tests  ## Write docs/errors from the catalogue of error codes
	@PYTHONPATH=tests $(BIN)/python tests/make_error_pages.py

trace: $(VENV)/.installed-for-tests  ## Count the calls that each way through the code takes
	@$(BIN)/python -m bench.calls

clean:  ## Remove the virtual environment and what tools left behind
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "osdu-auth needs Python 3.10 or later; make PYTHON=python3.12 names one")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

$(VENV)/.installed-for-tests: $(VENV)/bin/python pyproject.toml $(CONSTRAINTS)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[$(EXTRAS)]'
	@$(BIN)/python -m compileall -q src
	@touch $@ $(VENV)/.installed

# Beside what the tests need, as the site describes adapters of libraries that are among it.
$(VENV)/.installed-for-docs: $(VENV)/.installed-for-tests
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	@touch $@
