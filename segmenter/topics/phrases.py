"""The phrases that tell what a story is about, taken from its own words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from math import log, sqrt
from typing import NamedTuple

import numpy as np

from ..embedding import StaticEmbedder, shipped_embedder
from .lexis import LINK, NOTHING, SUBJECT, WORD, Lexicon, Word, sum_rows

MAX_CHARS = 1_200
"""Code points of a text that are read: news tells what it is about at the top."""

TITLE_CHARS = 200
LEAD_CHARS = 300
LEAD_LEAST = 60
LONGEST, LONGEST_NAME = 3, 4
LANGUAGES = 8
"""Languages whose words are remembered at a time."""

# What multiplies a phrase's worth, set by reading what came out for a hundred stories in three languages.
_TITLE, _LEAD, _NAME = 1.5, 1.2, 1.15
_SIZES = (0.0, 0.85, 1.15, 1.15, 1.15)
_REPEATED, _FREQUENCY = 0.3, 0.35
_CUT, _CUT_NOUN, _CUT_LEFT, _CUT_RIGHT, _LOOSE = 0.6, 0.75, 0.85, 0.9, 0.7
_LEAST, _HOPELESS = 0.1, 0.3

_STRETCH = re.compile(r"\S+")
_SPACES = frozenset((" ", "\u00a0", "\u202f", "\t", "  "))


class _Token(NamedTuple):
    start: int
    end: int
    word: Word
    capital: bool


_Run = list[_Token]


class _Phrase:
    __slots__ = ("best", "closeness", "count", "end", "keys", "score", "start")

    def __init__(self, keys: tuple[str, ...], closeness: float) -> None:
        self.keys, self.closeness, self.count, self.best = keys, closeness, 0, 0.0
        self.score, self.start, self.end = 0.0, 0, 0


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
        self._lexicons: dict[str, Lexicon] = {}

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
        return [tuple(_choose(text, self._phrases(text[: MAX_CHARS + 1], self._lexicon(language)), limit))
                for text, language in zip(texts, languages, strict=True)]  # fmt: skip

    def _lexicon(self, language: str) -> Lexicon:
        lexicon = self._lexicons.get(language)
        if lexicon is None:
            if len(self._lexicons) >= LANGUAGES:
                self._lexicons = {}
            lexicon = self._lexicons[language] = Lexicon(self._embedder, language)
        return lexicon

    def _phrases(self, text: str, lexicon: Lexicon) -> list[_Phrase]:
        """Every phrase that may be said, with its score, in the order of the text."""
        runs = list(_runs(text, lexicon))
        words = {token.word.key: token.word for run in runs for token in run if token.word.kind == WORD}
        if not words:
            return []
        counts = Counter([token.word.key for run in runs for token in run if token.word.kind == WORD])
        vectors = sum_rows(self._embedder, [word.tokens for word in words.values() if word.tokens is not None])
        whole = np.array([counts[key] for key in words], dtype=np.float32) @ vectors
        near = (vectors @ (whole / max(float(np.linalg.norm(whole)), 1e-9))).tolist()
        size = np.einsum("ij,ij->i", vectors, vectors).tolist()
        said = {key: (near[i], size[i], log(counts[key])) for i, key in enumerate(words)}
        phrases: dict[tuple[str, ...], _Phrase] = {}
        title, lead = _top(text)
        names = _names(runs)
        for run in runs:
            place = _TITLE if run[0].start < title else _LEAD if run[0].start < lead else 1.0
            _collect(run, place, said, names, lexicon.language == "ar", phrases)
        for phrase in phrases.values():
            frequency = _REPEATED * log(phrase.count) if len(phrase.keys) > 1 else 0.0
            phrase.score = phrase.best * phrase.closeness * (1 + frequency)
        return list(phrases.values())


def _runs(text: str, lexicon: Lexicon) -> Iterator[_Run]:
    """Words that follow each other with nothing but a space between them, and none that ends a phrase."""
    run: _Run = []
    last, whole, word = 0, True, NOTHING
    matches = list(_STRETCH.finditer(text))
    lexicon.prepare([match.group() for match in matches])
    for match in matches:
        start, end = match.span()
        if end > MAX_CHARS:
            break  # a word may have been cut in two
        adjacent = whole and text[last:start] in _SPACES
        parts, whole = lexicon.parts(match.group())
        last, whole, near = end, whole and bool(parts), adjacent
        for begin, stop, now, joined, capital, small in parts:
            before, word = word, now
            joined = joined and near
            near = True
            kind = now.kind
            if run and (kind < LINK or not joined or now.opens):
                yield run
                run = []
            # What follows "to" or "they" in small letters is a verb.
            if kind < LINK or (joined and before.kind == SUBJECT and small):
                continue
            if kind == LINK and (not run or (now.definite and run[-1].word.kind != LINK)):
                if run:
                    yield run
                    run = []
                continue
            run.append(_Token(start + begin, start + stop, now, capital))
            if now.closes:
                yield run
                run = []
    if run:
        yield run


def _names(runs: list[_Run]) -> set[str]:
    """Words with a capital inside of a sentence; none where nearly every word has one."""
    inner = [(token.word.key, token.capital) for run in runs for token in run[1:]]
    names = {key for key, capital in inner if capital}
    return names if sum([capital for _, capital in inner]) <= 0.8 * len(inner) else set()


def _collect(run: _Run, place: float, said: dict[str, tuple[float, float, float]], names: set[str], arabic: bool,
             phrases: dict[tuple[str, ...], _Phrase]) -> None:  # fmt: skip
    """Add the phrases of a run to `phrases`."""
    keys = tuple([token.word.key for token in run])
    arabic = arabic and not keys[0].isascii()
    ends = [_end(run, j, arabic) for j in range(len(run))]
    for i, first in enumerate(run):
        if first.word.kind == LINK:
            continue
        begin = place * _begin(run, i, arabic)
        words, name, least = 0, True, 1.0
        near = size = often = 0.0
        for j in range(i, min(len(run), i + LONGEST_NAME + 1)):
            last = run[j]
            if last.word.kind == LINK:
                continue
            words += 1
            linked = j - i + 1 > words
            name = name and last.capital and last.word.key in names
            if words > LONGEST_NAME or (not name and words > (2 if linked else LONGEST)):
                break
            told = said[last.word.key]
            near, size, often = near + told[0], size + told[1], often + told[2]
            if last.word.value < least:
                least = last.word.value
            value = begin * ends[j] * (least if j > i else least * least) * _SIZES[words] * (_NAME if name else 1.0)
            if j > i:
                value *= _inside_arabic(run, i, j) if arabic else _inside(run, i, j, linked, name)
            if value < _HOPELESS:
                continue
            key = keys[i : j + 1]
            phrase = phrases.get(key)
            if phrase is None:
                closeness = max(near / sqrt(max(size, 1e-9)), _LEAST) * (1 + _FREQUENCY * often / words)
                phrase = phrases[key] = _Phrase(key, closeness)
            phrase.count += 1
            if value > phrase.best:  # the text is taken from where it stands best
                phrase.best, phrase.start, phrase.end = value, first.start, last.end


def _begin(run: _Run, i: int, arabic: bool) -> float:
    """What is lost where a phrase begins after other words of its run."""
    if i == 0:
        return 1.0
    before, first = run[i - 1], run[i]
    if before.word.kind == LINK:
        return _CUT
    if arabic:  # what follows a bare noun and has the article belongs to it: محافظ | المدينة
        return _CUT if first.word.definite and not before.word.definite else _CUT_LEFT
    return _CUT * _CUT_LEFT if before.capital and first.capital else _CUT_LEFT


def _end(run: _Run, j: int, arabic: bool) -> float:
    """What is lost where a phrase ends before other words of its run."""
    if j + 1 == len(run):
        return 1.0
    last, after = run[j], run[j + 1]
    if after.word.kind == LINK:
        return _CUT
    if arabic:
        return (_CUT_NOUN if last.word.definite else _CUT) if after.word.definite else _CUT_RIGHT
    return _CUT if last.capital and after.capital else _CUT_RIGHT


def _inside(run: _Run, i: int, j: int, linked: bool, name: bool) -> float:
    first, last = run[i], run[j]
    value = 1.0
    if i and (linked or (last.capital and not first.capital)):
        value = _CUT  # an adjective or a title that belongs to what stands before
    if not name and first.capital and not linked:
        inner = [token.capital for token in run[i + 1 : j + 1]]
        if False in inner:
            value *= _LOOSE if inner[-1] else _CUT_RIGHT  # Adele sings Skyfall
    return value


def _inside_arabic(run: _Run, i: int, j: int) -> float:
    words = [token.word for token in run[i : j + 1] if token.word.kind == WORD]
    if not words[-1].definite:
        # Two that merely meet: الحكومة خطة; of three bare words one is mostly a verb.
        return _LOOSE if words[0].definite or len(words) > 2 else _CUT_LEFT
    for first, second in pairwise(words):
        # An adjective has the article where its noun has, and follows its gender.
        if first.definite and (not second.definite or (first.feminine and not second.feminine)):
            return _LOOSE
    return 1.0


def _top(text: str) -> tuple[int, int]:
    """Where the title ends (0: there is none) and where the first sentence after it does."""
    line = text.find("\n", 0, TITLE_CHARS + 1)
    title = line if line >= 0 and text[line:].strip() else 0
    ends = [end for mark in ".!?؟\n" if (end := text.find(mark, title + LEAD_LEAST, title + LEAD_CHARS)) >= 0]
    return title, min(ends, default=title + LEAD_CHARS)


def _choose(text: str, phrases: list[_Phrase], limit: int) -> Iterator[str]:
    """The best phrases of which none says again what a better one said."""
    said: set[str] = set()
    chosen: list[str] = []
    for candidate in sorted(phrases, key=lambda phrase: -phrase.score):
        if len(chosen) == limit:
            return
        keys = {key for key in candidate.keys if key[0] != " "}
        phrase = text[candidate.start : candidate.end]
        if keys & said or any(phrase in other or other in phrase for other in chosen):
            continue
        said |= keys
        chosen.append(phrase)
        yield phrase


@cache
def shipped_phrases() -> KeyPhrases:
    """Key phrases by the shipped embedding, made once."""
    return KeyPhrases()
