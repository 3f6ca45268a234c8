"""The articles that the shipped models are trained on: which files, how much of each source, under which licence.

None of this text is part of the package. The commands of this room read it from a folder that the caller names
(``--corpora``), laid out as ``LANGUAGE_NAME.jsonl.xz`` with ``id, title, text`` and ``source`` or ``outlet``.
"""

from __future__ import annotations

import json
import lzma
import random
import unicodedata
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Corpus:
    """A file of articles.

    Parameters
    ----------
    name : str
        File name without ``.jsonl.xz``.
    language : str
        ISO 639-1.
    licence : str
        As its source states it; goes on the model card.
    per_source : int
        At most so many articles of one source.
    exclude : tuple of str
        Sources left out, because their licence forbids commercial use.
    """

    name: str
    language: str
    licence: str
    per_source: int = 100_000
    exclude: tuple[str, ...] = ()


PRESS = "press texts, no licence stated by the source"
ANT = "ANT corpus v2.1 (Chouigui, Ben Khiroun and Elayeb 2017): citation licence, badge Apache-2.0"
CORPORA = (
    Corpus("ar_ant_v2", "ar", ANT),
    Corpus("ar_sanad_khaleej", "ar", "SANAD, Al Khaleej part: freely available, believed CC BY 4.0", 26_000),
    Corpus("ar_moroccan_news", "ar", "research use, none stated"),
    Corpus("ar_ahdath_info", "ar", "research use, none stated"),
    Corpus("ar_akec", "ar", "research use, none stated"),
    Corpus("en_enwiki_wikitasks", "en", "CC BY-SA (Wikipedia)"),
    Corpus("en_reuters21578", "en", "Reuters-21578: research use"),
    Corpus("en_fnc1", "en", "FNC-1: press texts, no licence stated by the source"),
    Corpus("en_digitalgov", "en", "public domain (US government)"),
    Corpus("en_18f", "en", "CC0"),
    Corpus("en_gum", "en", "CC BY(-SA)"),
    Corpus("en_onestopenglish", "en", "CC BY-SA 4.0"),
    Corpus("fr_news", "fr", PRESS, 700, exclude=("betagouv",)),
    Corpus("es_news", "es", "fakenewscorpus CC BY 4.0; others " + PRESS),
    Corpus("de_news", "de", PRESS),
    Corpus("pt_news", "pt", "Fake.br: " + PRESS),
    Corpus("tr_news", "tr", PRESS),
    Corpus("fa_news", "fa", "Apache-2.0"),
    Corpus("ur_news", "ur", PRESS),
    Corpus("ru_news", "ru", "Wikinews and " + PRESS),
    Corpus("zh_news", "zh", "cmrc2018 CC BY-SA 4.0; others " + PRESS),
    Corpus("hi_news", "hi", PRESS),
    Corpus("id_news", "id", PRESS),
    Corpus("vi_news", "vi", PRESS),
)


@dataclass(frozen=True, slots=True)
class Article:
    """One article: paragraphs in order, without blank ones."""

    language: str
    corpus: str
    source: str
    date: str
    title: str
    label: str
    paragraphs: tuple[str, ...]


def read_corpus(folder: Path, corpus: Corpus, *, seed: int = 0) -> list[Article]:
    """The articles of one corpus, at most ``per_source`` of each source, drawn with `seed`; ``[]`` if it is absent."""
    path = folder / f"{corpus.name}.jsonl.xz"
    if not path.exists():
        return []
    sources: dict[str, list[Article]] = defaultdict(list)
    for record in _records(path):
        source = str(record.get("source") or record.get("outlet") or corpus.name)
        if any(source.startswith(name) for name in corpus.exclude):
            continue
        paragraphs = tuple(" ".join(line.split()) for line in record["text"].split("\n") if line.strip())
        title = " ".join((record.get("title") or "").split())
        if not paragraphs or not _in_language(" ".join(paragraphs)[:400], corpus.language):
            continue
        date, label = str(record.get("date") or "")[:10], str(record.get("label") or record.get("category") or "")
        sources[source].append(Article(corpus.language, corpus.name, source, date, title, label, paragraphs))
    draw = random.Random(f"{seed}/{corpus.name}")
    kept: list[Article] = []
    for source in sorted(sources):
        articles = sources[source]
        kept += draw.sample(articles, corpus.per_source) if len(articles) > corpus.per_source else articles
    return kept


def read_all(folder: Path, *, seed: int = 0, languages: set[str] | None = None) -> list[Article]:
    """All articles of `CORPORA` in a fixed order."""
    return [article for corpus in CORPORA if languages is None or corpus.language in languages
            for article in read_corpus(folder, corpus, seed=seed)]  # fmt: skip


def _records(path: Path) -> Iterator[dict[str, str]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


SCRIPTS = {"ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC", "ru": "CYRILLIC", "zh": "CJK", "hi": "DEVANAGARI"}


def _in_language(text: str, language: str) -> bool:
    """Whether most letters are of the language's script (some files hold summaries in English)."""
    letters = [char for char in text if char.isalpha()]
    if language == "vi":
        return sum(ord(char) > 127 for char in letters) > 0.08 * len(letters)
    script = SCRIPTS.get(language, "LATIN")
    return sum(unicodedata.name(char, "").startswith(script) for char in letters) > 0.5 * len(letters)


FAR_SOURCES = (
    "CNN",
    "onestopenglish",
    "18f",
    "moroccan_news",
    "feryah/gilets_jaunes:Belgique/LaLibre",
    "feryah/gilets_jaunes:Belgique/DH_CONTRAST",
    "excelsior_escom",
    "publico_magazin",
    "farsnews",
)


def for_decision(article: Article) -> bool:
    """Whether an article serves the decision (kinds, boundaries) and not the embedding.

    An embedding makes the paragraphs of its own training articles more alike than those of any other, so a decision
    learned on them would expect too much. One article in six is kept back, and some sources whole.
    """
    return article.source in FAR_SOURCES or zlib.crc32(article.paragraphs[0].encode()) % 6 == 0
