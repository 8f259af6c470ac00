# Two commands need nothing but Python 3.11 or newer and make: `make plan` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

PROGRAMMES := united_states france united_kingdom india united_arab_emirates japan south_korea

.PHONY: plan programmes pages bench test lint types lock clean

plan: $(VENV)/run.done
	$(BIN)/planner run inputs/india.xlsx --out runs/india

programmes: $(VENV)/run.done  ## the shipped workbooks again, after a change of the atlas
	for name in $(PROGRAMMES); do rm -f inputs/$$name.xlsx && $(BIN)/planner new inputs/$$name.xlsx --programme $$name || exit 1; done
	$(BIN)/python -m planner.prefill > inputs/atlas/README.md

pages: $(VENV)/dev.done  ## the shipped programmes solved, and their pages in docs/programmes
	for name in $(PROGRAMMES); do $(BIN)/planner run inputs/$$name.xlsx --out runs/$$name || exit 1; done
	$(BIN)/python docs/programmes.py $(PROGRAMMES:%=runs/%)

bench: $(VENV)/dev.done  ## docs/performance.md, measured again on this machine
	$(BIN)/python -m benchmarks

test: $(VENV)/dev.done
	$(BIN)/python -m pytest

lint: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.done
	$(BIN)/mypy

lock: $(VENV)/dev.done  ## refresh both locks after a change of pyproject.toml
	$(PIP) install --quiet uv
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-header --output-file requirements-dev.lock

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; say which with make PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/run.done: $(VENV)/bin/python requirements.lock pyproject.toml
	$(PIP) install --quiet --require-hashes --requirement requirements.lock
	$(PIP) install --quiet --no-deps --editable .
	touch $@

$(VENV)/dev.done: $(VENV)/run.done requirements-dev.lock
	$(PIP) install --quiet --require-hashes --requirement requirements-dev.lock
	touch $@

clean:
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
