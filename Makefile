# Two commands set all up: `make demo` and `make test`. Each makes .venv when it is missing or outdated.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# `make demo` keeps its corpus inside the project, away from the user's own.
DEMO_HOME := $(CURDIR)/demo/home

.PHONY: demo test test-slow lint docs bench samples clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "regloupe needs Python 3.11 or newer"'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(READY)
	REGLOUPE_HOME=$(DEMO_HOME) $(BIN)/regloupe ingest corpora/samples
	REGLOUPE_HOME=$(DEMO_HOME) $(BIN)/regloupe search "Who pays for AI tools once the pilot grant ends?" -k 3
	REGLOUPE_HOME=$(DEMO_HOME) $(BIN)/regloupe search "Que doit surveiller l'hôpital après le déploiement d'un outil ?" -k 3
	REGLOUPE_HOME=$(DEMO_HOME) $(BIN)/regloupe export demo/evidence.csv

test: $(READY)
	$(BIN)/python -m pytest

test-slow: $(READY)
	$(BIN)/python -m pytest -m slow

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python -m pytest tests/test_docs.py --update-docs

clean:
	rm -rf $(VENV) demo build *.egg-info
