"""What several test modules share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from segmenter.evaluation.dumps import SourceStory

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def stock() -> list[SourceStory]:
    """The project's own stories, as a stock to make dumps of."""
    records = map(json.loads, (DATA / "stories.jsonl").read_text(encoding="utf-8").splitlines())
    return [SourceStory(r["language"], r["title"], tuple(r["text"].split("\n")), r["outlet"], r["date"], r["topic"])
            for r in records]  # fmt: skip
