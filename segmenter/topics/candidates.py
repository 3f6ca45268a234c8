"""Every phrase that may be said of texts, wherever it stands in them, and what it is worth there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lexis import ASCII, CAPITAL, DEFINITE, FEMININE, KIND, WORD
from .memory import LINKS
from .runs import MAX_CHARS, Flags, Numbers, Runs

LONGEST, LONGEST_NAME = 3, 4

# What multiplies a phrase's worth, set by reading what came out for a hundred stories in three languages.
_TITLE, _LEAD, _NAME = 1.5, 1.2, 1.15
_SIZES = np.array([0.0, 0.85, 1.15, 1.15, 1.15])
_FREQUENCY = 0.35
_CUT, _CUT_NOUN, _CUT_LEFT, _CUT_RIGHT, _LOOSE = 0.6, 0.75, 0.85, 0.9, 0.7
_LEAST, _HOPELESS = 0.1, 0.3

Places = tuple[Numbers, Numbers]
"""Row and column in what has shape (d, n): how far the last word is from the first, and the first."""

_BASE = LINKS + MAX_CHARS
"""Numbers of the words and links of a text are smaller."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the distinct words of texts say of them.

    Attributes
    ----------
    number : ndarray of int64, shape (n,)
        For each word of the runs which of the m distinct ones it is; m for links.
    told : ndarray of float64, shape (3, m + 1)
        How near a word is to the whole text, the square of its length, and the logarithm of how often it comes; 0 for
        links.
    begins : ndarray of int64, shape (texts + 1,)
        Where the words of each text begin.
    """

    number: Numbers
    told: NDArray[np.float64]
    begins: Numbers


@dataclass(frozen=True, slots=True)
class Candidates:
    """Phrases wherever they stand, in the order of the texts.

    Attributes
    ----------
    phrase : ndarray of int64, shape (n,)
        The same for all places of a phrase in a text.
    text, first, last : ndarray of int64, shape (n,)
        In which text it is, and which words of the runs are its first and its last.
    value : ndarray of float64, shape (n,)
        What it is worth by where and how it stands.
    closeness : ndarray of float64, shape (n,)
        How close it is to the whole text, the same in all places.
    """

    phrase: Numbers
    text: Numbers
    first: Numbers
    last: Numbers
    value: NDArray[np.float64]
    closeness: NDArray[np.float64]


def find_candidates(runs: Runs, said: Said, tops: Numbers, arabic: Flags) -> Candidates:
    """The candidates of texts.

    Parameters
    ----------
    runs : Runs
    said : Said
    tops : ndarray of int64, shape (texts, 2)
        Where the title and the first sentence of each text end.
    arabic : ndarray of bool, shape (texts,)
        Which of them are in Arabic.
    """
    words = _Words.of(runs, arabic)
    ahead = _Ahead(words.run)
    word = ahead.of(words.word, False)
    count = np.add.accumulate(word, dtype=np.int64)
    linked = np.arange(1, len(count) + 1)[:, None] > count
    names = _names(runs, said, words)
    name = np.logical_and.accumulate(ahead.of(names | ~words.word, False))
    fits = words.word & word & (count <= np.where(name, LONGEST_NAME, LONGEST - linked))
    first, far = np.nonzero(fits.T)  # in the order of the text
    at = far, first
    last = first + far

    least = np.minimum.accumulate(ahead.of(np.where(words.word, runs.value, 1.0), 1.0))[at]
    begin, end = _cuts(runs.begins, words)
    value = (_places(runs, words, tops) * begin)[first] * end[last] * np.where(far > 0, least, least * least)
    value = value * _SIZES[count[at]] * np.where(name[at], _NAME, 1.0)
    inside = _inside(runs.begins, words, ahead, (linked, name), at) if not words.arabic.all() else 1.0
    if words.arabic.any():
        inside = np.where(words.arabic[first], _inside_arabic(words, ahead, count, at), inside)
    value = value * np.where(far > 0, inside, 1.0)

    (kept,) = (value >= _HOPELESS).nonzero()
    first, last, at = first[kept], last[kept], (far[kept], first[kept])
    told = said.told.take(ahead.of(said.number, said.told.shape[1] - 1), axis=1)
    near, size, often = np.add.accumulate(told, axis=1)[:, *at]
    closeness = np.maximum(near / np.sqrt(np.maximum(size, 1e-9)), _LEAST) * (1 + _FREQUENCY * often / count[at])
    return Candidates(_phrases(runs, said, words, ahead)[at], runs.text[first], first, last, value[kept], closeness)


@dataclass(frozen=True, slots=True)
class _Words:
    """What each word or link of the runs is, arrays of shape (n,)."""

    run: Numbers
    """Where its run begins."""
    word: Flags
    """Not a link."""
    capital: Flags
    definite: Flags
    feminine: Flags
    arabic: Flags
    """In a run of Arabic words."""

    @classmethod
    def of(cls, runs: Runs, arabic: Flags) -> _Words:
        run = np.maximum.accumulate(np.where(runs.begins, np.arange(len(runs)), 0))
        return cls(run, (runs.marks & KIND) == WORD, runs.has(CAPITAL), runs.has(DEFINITE), runs.has(FEMININE),
                   (arabic[runs.text] & ~runs.has(ASCII))[run])  # fmt: skip


class _Ahead:
    """Looks from each of n words at those that follow in its run.

    Of what has shape (d, n), row i is for phrases that end i words or links after the one with which they begin.
    """

    def __init__(self, run: Numbers) -> None:
        place = np.arange(len(run))
        reach = np.minimum(np.arange(LONGEST_NAME + 1)[:, None] + place, len(run))
        self._reach = np.where(np.concatenate([run, [-1]]).take(reach) == run, reach, len(run))

    def of(self, values: NDArray[Any], beyond: Any) -> NDArray[Any]:
        """The values of the words that follow, shape (d, n), and `beyond` where the run has ended."""
        padded = np.empty(len(values) + 1, dtype=values.dtype)
        padded[:-1], padded[-1] = values, beyond
        return padded.take(self._reach)


def _names(runs: Runs, said: Said, words: _Words) -> Flags:
    """Words with a capital that have one inside of a sentence too; none where nearly every word has one."""
    texts = len(said.begins) - 1
    inner, capital = ~runs.begins, words.capital & ~runs.begins
    telling = np.bincount(runs.text[capital], minlength=texts) <= 0.8 * np.bincount(runs.text[inner], minlength=texts)
    named = np.zeros(said.begins[-1] + 1, dtype=bool)
    named[said.number[capital & words.word]] = True
    return words.word & words.capital & named[said.number] & telling[runs.text]


def _places(runs: Runs, words: _Words, tops: Numbers) -> NDArray[np.float64]:
    """What is won by standing in the title or the first sentence."""
    start = runs.start[words.run]
    title, lead = tops[runs.text].T
    return np.where(start < title, _TITLE, np.where(start < lead, _LEAD, 1.0))


def _cuts(begins: Flags, words: _Words) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What is lost where a phrase begins after other words of its run, and where it ends before others."""
    first, second = slice(None, -1), slice(1, None)
    both = words.capital[first] & words.capital[second]
    definite, next_definite = words.definite[first], words.definite[second]
    # What follows a bare noun and has the article belongs to it: محافظ | المدينة
    before = np.where(words.arabic[second], np.where(next_definite & ~definite, _CUT, _CUT_LEFT),
                      np.where(both, _CUT * _CUT_LEFT, _CUT_LEFT))  # fmt: skip
    after = np.where(words.arabic[first], np.where(next_definite, np.where(definite, _CUT_NOUN, _CUT), _CUT_RIGHT),
                     np.where(both, _CUT, _CUT_RIGHT))  # fmt: skip
    begin = np.ones(len(begins))
    end = np.ones(len(begins))
    begin[second] = np.where(begins[second], 1.0, np.where(words.word[first], before, _CUT))
    end[first] = np.where(begins[second], 1.0, np.where(words.word[second], after, _CUT))
    return begin, end


def _inside(begins: Flags, words: _Words, ahead: _Ahead, kind: tuple[Flags, Flags], at: Places) -> NDArray[np.float64]:
    """What is lost by what stands together in a phrase of several words."""
    linked, name = (flags[at] for flags in kind)
    far, first = at
    capital, last_capital = words.capital[first], words.capital[first + far]
    # An adjective or a title that belongs to what stands before.
    value = np.where(~begins[first] & (linked | (last_capital & ~capital)), _CUT, 1.0)
    following = ahead.of(words.capital, True)
    following[0] = True
    mixed = ~name & capital & ~linked & ~np.logical_and.accumulate(following)[at]
    return value * np.where(mixed, np.where(last_capital, _LOOSE, _CUT_RIGHT), 1.0)  # Adele sings Skyfall


def _inside_arabic(words: _Words, ahead: _Ahead, count: Numbers, at: Places) -> NDArray[np.float64]:
    far, first = at
    place = np.arange(len(words.word))
    before = np.maximum.accumulate(np.where(words.word, place, 0))[np.maximum(place - 1, 0)]
    # An adjective has the article where its noun has, and follows its gender.
    strange = words.definite[before] & (~words.definite | (words.feminine[before] & ~words.feminine)) & words.word
    following = ahead.of(strange, False)
    following[0] = False
    agree = np.where(np.logical_or.accumulate(following)[at], _LOOSE, 1.0)
    # Two that merely meet: الحكومة خطة; of three bare words one is mostly a verb.
    meet = np.where(words.definite[first] | (count[at] > 2), _LOOSE, _CUT_LEFT)
    return np.where(words.definite[first + far], agree, meet)


def _phrases(runs: Runs, said: Said, words: _Words, ahead: _Ahead) -> Numbers:
    """One number for the text and the words and links of a phrase in it, shape (d, n): those are its digits."""
    digits = ahead.of(np.where(words.word, LINKS + said.number - said.begins[runs.text], runs.key), 0)
    numbers = np.empty(digits.shape, dtype=np.int64)
    number = runs.text + 1
    for row, digit in zip(numbers, digits, strict=True):
        row[:] = number = number * _BASE + digit
    return numbers
