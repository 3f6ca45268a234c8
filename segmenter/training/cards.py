"""Model cards: what a shipped model is, what it was made from, and how well it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from .corpora import CORPORA


def write_card(folder: Path, title: str, text: str, *, data: str = "", results: str = "") -> None:
    """Write ``README.md`` beside a model's weights."""
    sizes = "\n".join(f"| `{path.name}` | {path.stat().st_size:,} |" for path in sorted(folder.iterdir())
                      if path.name != "README.md")  # fmt: skip
    parts = [f"# {title}", text.strip(), "## Files", f"| file | bytes |\n|---|---|\n{sizes}"]
    if data:
        parts += ["## Trained on", data.strip()]
    if results:
        parts += ["## Results", results.strip()]
    (folder / "README.md").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


class FromCorpus(Protocol):
    """An article, or what is known of one."""

    @property
    def corpus(self) -> str:
        """Where it was read from."""


def data_table(articles: Sequence[FromCorpus]) -> str:
    """The corpora with the number of articles used of each, and their licences."""
    counts: dict[str, int] = {}
    for article in articles:
        counts[article.corpus] = counts.get(article.corpus, 0) + 1
    rows = [f"| {c.name} | {c.language} | {counts[c.name]:,} | {c.licence} |" for c in CORPORA if c.name in counts]
    return "\n".join(
        ["| corpus | language | articles | licence, as its source states it |", "|---|---|---|---|", *rows]
    )


def table(rows: Mapping[str, Mapping[str, float]]) -> str:
    """Named rows of figures."""
    columns = list(next(iter(rows.values())))
    lines = ["| | " + " | ".join(columns) + " |", "|---|" + "---|" * len(columns)]
    lines += [f"| {name} | " + " | ".join(f"{row[c]:.4f}" for c in columns) + " |" for name, row in rows.items()]
    return "\n".join(lines)
