# Everything on a fresh machine with Python 3.11 or later:
#   make demo   install into .venv, split the sample dumps in data/, show the result
#   make test   install into .venv, run the tests
#   make lint   install into .venv, check style and types

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint .ci/constraints.txt

.PHONY: demo test lint clean

demo: $(VENV)/demo
	$(BIN)/segmenter split data/dumps/ar-sahel-climate.txt data/dumps/en-three.txt data/dumps/fr-three.txt
	$(BIN)/segmenter evaluate data/gold.jsonl

test: $(VENV)/test
	$(BIN)/python -m pytest

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/mypy

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable .
	touch $@

$(VENV)/test: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[test]'
	touch $@

$(VENV)/dev: pyproject.toml .ci/constraints.txt | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist
