"""The phrases that tell what a story is about, taken from its own words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from ..embedding import StaticEmbedder, shipped_embedder
from .candidates import Candidates, Said, find_candidates
from .lexis import KIND, WORD, Lexicon, sum_rows
from .memory import Memories, Memory
from .runs import MAX_CHARS, Numbers, Runs, find_runs

TITLE_CHARS = 200
LEAD_CHARS = 300
LEAD_LEAST = 60
LANGUAGES = 64
"""Languages whose words are remembered at a time: more than `language.detect` tells apart."""

TOGETHER = 64
"""Texts that are read in one go, so that memory does not grow with their number."""

_REPEATED = 0.3
_LOGS = np.array([0.0, *map(log, range(1, MAX_CHARS + 1))])


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases of several texts, in the order of the texts; where each stands best, see `Candidates`."""

    text: Numbers
    first: Numbers
    last: Numbers
    score: NDArray[np.float64]


class KeyPhrases:
    """Takes from a story the phrases that say what it is about.

    Parameters
    ----------
    embedder : StaticEmbedder or None
        Whose word vectors and vocabulary are used; None for the shipped one.

    Notes
    -----
    As in KeyBERT (Grootendorst, 2020) a phrase is as good as it is close to the whole text; the vectors are those of
    static tokens, and the words of a phrase are taken as at right angles, so that a phrase costs a few additions. As in
    YAKE (Campos et al., 2020) how often words come, where they first stand and how they are spelt count as well; as in
    RAKE (Rose et al., 2010) phrases lie between particles and punctuation. Unlike these it looks into Arabic words
    (`arabic`), counts the forms of a word together, and shuns what is cut out of a longer phrase. No phrase shares a
    word with a better one.

    Examples
    --------
    >>> KeyPhrases().extract(["The central bank raised interest rates to fight inflation."], ["en"], limit=2)
    [('central bank', 'interest rates')]
    """

    def __init__(self, embedder: StaticEmbedder | None = None) -> None:
        self._embedder = shipped_embedder() if embedder is None else embedder
        self._forget()

    def __reduce__(self) -> tuple[type[KeyPhrases], tuple[StaticEmbedder]]:
        return type(self), (self._embedder,)  # a copy for another process begins without the memory

    def extract(self, texts: Sequence[str], languages: Sequence[str], *, limit: int = 5) -> list[tuple[str, ...]]:
        """The phrases of each text.

        Parameters
        ----------
        texts : sequence of str
            Title and body with a line break between them, or a body; the first `MAX_CHARS` code points are read.
        languages : sequence of str
            ISO 639-1 code of each; "und" where it is not known.
        limit : int
            At most so many phrases a text.

        Returns
        -------
        list of tuple of str, of the length of `texts`
            Best first, each a stretch of its text: up to three words, names up to four, links (of, de, بن) not
            counted. Empty where there are none, as in scripts without spaces.

        Raises
        ------
        ValueError
            If there are not as many languages as texts, or `limit` is negative.
        """
        if limit < 0:
            raise ValueError(f"limit is 0 or more, got {limit}")
        if len(texts) != len(languages):
            raise ValueError(f"{len(texts)} texts but {len(languages)} languages: give one a text")
        return [phrases for low in range(0, len(texts), TOGETHER)
                for phrases in self._extract(texts[low : low + TOGETHER], languages[low : low + TOGETHER],
                                             limit)]  # fmt: skip

    def _extract(self, texts: Sequence[str], languages: Sequence[str], limit: int) -> Iterator[tuple[str, ...]]:
        lexicons = {language: self._lexicon(language) for language in dict.fromkeys(languages)}
        memories = self._memories.of(lexicons)
        runs = find_runs(texts, [(lexicons[language], memories[language]) for language in languages])
        said = self._said(runs, [memories[language] for language in languages])
        tops = [_top(text[: MAX_CHARS + 1]) for text in texts]
        arabic = np.array([language == "ar" for language in languages])
        phrases = _gather(find_candidates(runs, said, np.array(tops), arabic))
        edges = phrases.text.searchsorted(np.arange(len(texts) + 1)).tolist()
        numbers = np.where(runs.marks & KIND == WORD, said.number, -1).tolist()
        for text, (low, high) in zip(texts, pairwise(edges), strict=True):
            order = low + (-phrases.score[low:high]).argsort(kind="stable")
            first, last = phrases.first[order], phrases.last[order]
            places = zip(first.tolist(), last.tolist(), runs.start[first].tolist(), runs.end[last].tolist(),
                         strict=True)  # fmt: skip
            yield tuple(_choose(text, places, numbers, limit))

    def _lexicon(self, language: str) -> Lexicon:
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            if len(self._lexicons) >= LANGUAGES:
                self._forget()
            lexicon = self._lexicons[language] = Lexicon(self._embedder, language)
        return lexicon

    def _forget(self) -> None:
        self._lexicons: dict[str, Lexicon] = {}
        self._memories = Memories()

    def _said(self, runs: Runs, memories: Sequence[Memory]) -> Said:
        """What the words of each text say: how near they are to all of it, and how often they come."""
        (words,) = (runs.marks & KIND == WORD).nonzero()
        text = runs.text[words]
        number, first, last, counts = _distinct(text << 32 | runs.key[words])
        begins = text[first].searchsorted(np.arange(len(memories) + 1))
        edges = begins.tolist()
        tokens = runs.tokens[words[last]]  # of the forms of a word the last one stands for it
        vectors = self._embedder.token_vectors(np.maximum(tokens, 0))
        (several,) = (tokens < 0).nonzero()
        vectors[several] = sum_rows(self._embedder, [
            memories[text].tokens[number]
            for text, number in zip(text[first[several]].tolist(), tokens[several].tolist(), strict=True)])  # fmt: skip
        near = np.zeros(len(vectors), dtype=np.float32)
        often = counts.astype(np.float32)
        for low, high in pairwise(edges):
            whole = often[low:high] @ vectors[low:high]
            near[low:high] = vectors[low:high] @ (whole / max(sqrt(whole @ whole), 1e-9))
        numbers = np.full(len(runs), len(vectors))
        numbers[words] = number
        told = np.zeros((3, len(vectors) + 1))
        told[:, :-1] = near, np.einsum("ij,ij->i", vectors, vectors), _LOGS[counts]
        return Said(numbers, told, begins)


def _distinct(values: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The distinct ones in the order in which they first come: the number of each value, first and last place, counts.

    `numpy.unique` sorts, and knows nothing of last places.
    """
    order = values.argsort(kind="stable")
    ordered = values[order]
    new = np.ones(len(values), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    (starts,) = new.nonzero()
    counts = np.empty_like(starts)
    counts[:-1] = starts[1:] - starts[:-1]
    counts[-1:] = len(values) - starts[-1:]
    first = order[starts]
    by_place = first.argsort()
    number = np.empty_like(starts)
    number[by_place] = np.arange(len(starts))
    numbers = np.empty_like(order)
    numbers[order] = number.repeat(counts)
    last = order[starts + counts - 1]
    return numbers, first[by_place], last[by_place], counts[by_place]


def _gather(found: Candidates) -> _Phrases:
    """Each phrase once, with its score: it is taken from where it stands best."""
    number, _, _, counts = _distinct(found.phrase)
    # The best place of a phrase, of equals the first.
    order = np.lexsort((-found.value, number))
    best = order[counts.cumsum() - counts]
    frequency = np.where(found.last[best] > found.first[best], _REPEATED * _LOGS[counts], 0.0)
    score = found.value[best] * found.closeness[best] * (1 + frequency)
    return _Phrases(found.text[best], found.first[best], found.last[best], score)


def _top(text: str) -> tuple[int, int]:
    """Where the title ends (0: there is none) and where the first sentence after it does."""
    line = text.find("\n", 0, TITLE_CHARS + 1)
    title = line if line >= 0 and text[line:].strip() else 0
    ends = [end for mark in ".!?؟\n" if (end := text.find(mark, title + LEAD_LEAST, title + LEAD_CHARS)) >= 0]
    return title, min(ends, default=title + LEAD_CHARS)


def _choose(text: str, places: Iterator[tuple[int, int, int, int]], numbers: list[int], limit: int) -> Iterator[str]:
    """The best phrases of which none says again what a better one said.

    `places` are, best first, the first and the last word and the offsets of each phrase; `numbers` are those of all
    words, -1 for links.
    """
    said: set[int] = set()
    chosen: list[str] = []
    for first, last, start, end in places:
        if len(chosen) == limit:
            return
        own = {number for number in numbers[first : last + 1] if number >= 0}
        phrase = text[start:end]
        if own & said or any(phrase in other or other in phrase for other in chosen):
            continue
        said |= own
        chosen.append(phrase)
        yield phrase


@cache
def shipped_phrases() -> KeyPhrases:
    """Key phrases by the shipped embedding, made once."""
    return KeyPhrases()
