"""Topics of articles by careful reading: which article of the corpora has which label.

The labels were given by a large language model (Claude) that read the title and the first 270 characters of each
article and followed written conventions; the articles are not part of the package, so a label is kept beside a hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1
from importlib import resources

from .corpora import Article

KEY_CHARS, KEY_DIGITS = 350, 16
TEXT_CHARS = 1_600


@dataclass(frozen=True, slots=True)
class Labelled:
    """An article with its topics.

    Parameters
    ----------
    text : str
        The beginning of the article: title, line break, body.
    source, corpus, language : str
        Where it appeared, where it was read from, and in which language.
    topic : str
        The topic, of the top or the second level.
    also : tuple of str
        Other topics of the top level that are right too.
    """

    text: str
    source: str
    corpus: str
    language: str
    topic: str
    also: tuple[str, ...] = ()


def labelled(articles: Iterable[Article]) -> list[Labelled]:
    """Those of the articles that have labels, each text once, in the order of the articles."""
    table = read_labels()
    found = []
    for article in articles:
        text = "\n".join((article.title, *article.paragraphs))[:TEXT_CHARS]
        entry = table.pop(key(text), None)
        if entry is not None:
            found.append(Labelled(text, article.source, article.corpus, article.language, *entry))
    return found


def key(text: str) -> str:
    """What stands for a text in the table."""
    return sha1(text[:KEY_CHARS].encode()).hexdigest()[:KEY_DIGITS]


def read_labels() -> dict[str, tuple[str, tuple[str, ...]]]:
    """The table: topic and other right topics by key."""
    table = {}
    for line in (resources.files(__package__) / "topic_labels.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            name, topic, also = line.split("\t")
            table[name] = (f"medtop:{topic}", tuple(f"medtop:{one}" for one in also.split(",") if one))
    return table
