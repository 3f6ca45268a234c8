# Everything on a fresh machine with Python 3.11 or later:
#   make demo   install into .venv, split the sample dumps in data/, show the result
#   make test   install into .venv, run the tests
#   make lint   install into .venv, check style and types
#   make notebooks   open the notebooks; `make strip` takes their output out again, as they are kept without

PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check install --quiet --constraint .ci/constraints.txt

.PHONY: demo test lint notebooks strip clean

demo: $(VENV)/demo
	$(BIN)/segmenter split data/dumps/ar-sahel-climate.txt data/dumps/en-three.txt data/dumps/fr-three.txt
	$(BIN)/segmenter evaluate data/gold.jsonl

test: $(VENV)/test
	$(BIN)/python -m pytest

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/mypy

notebooks: $(VENV)/bin/python
	$(PIP) --editable '.[notebooks]'
	$(BIN)/jupyter lab notebooks

strip: $(VENV)/bin/python
	$(PIP) nbstripout
	$(BIN)/nbstripout --keep-id --extra-keys "metadata.language_info.version metadata.language_info.codemirror_mode \
	metadata.language_info.file_extension metadata.language_info.mimetype metadata.language_info.nbconvert_exporter \
	metadata.language_info.pygments_lexer" notebooks/*.ipynb

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
