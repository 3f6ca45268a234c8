"""What several test modules share."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, find
from hypothesis import settings
from stores import fresh_url

from segmenter.evaluation.dumps import SourceStory
from segmenter.tracking import Store

# The first call of a test may import pandas or load a model, and machines differ: time is no property of a result.
settings.register_profile("segmenter", deadline=None)
settings.load_profile("segmenter")

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def stock() -> list[SourceStory]:
    """The project's own stories, as a stock to make dumps of."""
    records = map(json.loads, (DATA / "stories.jsonl").read_text(encoding="utf-8").splitlines())
    return [SourceStory(r["language"], r["title"], tuple(r["text"].split("\n")), r["outlet"], r["date"], r["topic"])
            for r in records]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a store can be made, on each database."""
    with fresh_url(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store, on each database."""
    with Store(store_url) as store:
        yield store


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser for all tests; whoever changes its settings puts them back."""
    program = find()
    if program is None:
        pytest.skip("there is no chromium on this machine")
    running = Browser(program, tmp_path_factory.mktemp("profile"))
    yield running
    running.close()
