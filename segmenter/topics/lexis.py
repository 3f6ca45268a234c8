"""The words of a text as they stand in it, and what each is good for in a phrase."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..embedding import StaticEmbedder
from ..lookup import look_up
from . import arabic
from .memory import ROW, Memory
from .particles import (
    ARTICLES,
    COMMON,
    COMMON_NAME,
    before_verbs,
    form,
    is_arabic_particle,
    is_english_adverb,
    links,
    particles,
)

LONGEST = 40
"""A longer run of letters is no word that would be said of a story."""

_JOINERS = "\u200c\u200d\u00ad\u2060"
_INVISIBLE = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
"""Marks of direction and the like, which stand at the edges of words and part nothing."""
_HYPHENS = "\\-\u2010\u2011"
_APOSTROPHES = "'’ʼ"
# Scripts that set no spaces between words.
_NO_WORD = re.compile(
    r"_|["
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
    "|[\U00020000-\U0003ffff]"
)
_ADDRESS = re.compile(r"https?:|www\.|@")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?")
_CONTRACTED = re.compile(r"(?:[nN][’']t|[’'](?:re|ve|ll|d|m|RE|VE|LL|D|M))$")
_POSSESSIVE = re.compile(r"[’'][sS]$|[’']$")
_ELIDED = "(?:[cdjlmnstCDJLMNST]|[Qq]u|[Jj]usqu|[Ll]orsqu|[Pp]uisqu|[Qq]uoiqu|[Dd]ell|[Nn]ell|[Aa]ll|[Uu]n)[’']"

BREAK, SUBJECT, LINK, WORD = range(4)

KIND = 3
JOINED, CAPITAL, SMALL, DEFINITE, FEMININE, OPENS, CLOSES, LAST, ASCII = (4 << bit for bit in range(9))
"""`JOINED` follows right on what stands before in the stretch, or nothing does; nothing follows on the `LAST`."""

CURATED = ("en", "fr")
"""Languages whose words are told by lists and endings; in others their weights are asked for too."""


class Word(NamedTuple):
    """What a written form is, whatever text it stands in.

    `kind` is `BREAK` for what no phrase holds, `SUBJECT` for what no phrase holds and a verb follows, `LINK` for what
    may stand inside one (`definite` if only after another link); only a `WORD` may stand at its edges. `skip` and
    `drop` characters at its ends do not belong to it. `key` is the same for all forms of a word, that of a link begins
    with a space. `value` is smaller for what hardly names anything, 0 for what only counts for its word; `tokens` are
    its numbers for the embedder. A phrase begins with what `opens`, and ends with what `closes` it.
    """

    kind: int
    key: str
    skip: int = 0
    drop: int = 0
    value: float = 1.0
    tokens: NDArray[np.int32] | None = None
    definite: bool = False
    feminine: bool = False
    opens: bool = False
    closes: bool = False


NOTHING = Word(BREAK, "")


class Lexicon:
    """What the stretches between white space hold. All is put into a memory: a text is mostly made of known ones.

    Parameters
    ----------
    embedder : StaticEmbedder
        Its vocabulary tells how common a word is.
    language : str
        ISO 639-1 code.
    """

    def __init__(self, embedder: StaticEmbedder, language: str) -> None:
        self._embedder, self.language = embedder, language
        self._particles, self._links = particles(language), links(language)
        self._subjects = before_verbs(language)
        written = sorted(f" {link}{end}" for link in self._links for end in ("", *_APOSTROPHES))
        self._link_keys = {key: number for number, key in enumerate(written)}
        self._numbers: dict[str, NDArray[np.int32]] = {}
        self._weights: dict[str, float] = {}

    def rows(self, stretches: Sequence[str], memory: Memory) -> list[bytes]:
        """The parts of each stretch as numbers, see `Memory`."""

        def take_apart(new: Sequence[str]) -> list[bytes]:
            self._prepare(new, memory)
            parts = [self._take_apart(stretch, memory) for stretch in new]
            self._numbers, self._weights = {}, {}
            return parts

        return look_up(stretches, memory.stretches, take_apart, LONGEST)

    def _prepare(self, stretches: Iterable[str], memory: Memory) -> None:
        """Look up words not seen before together, which is several times quicker than one by one."""
        written = {word for stretch in stretches for word in _pattern().findall(stretch) if len(word) <= LONGEST}
        words = sorted(set(map(form, written.difference(memory.stretches))))
        numbers = self._embedder.tokens(words)
        self._numbers = dict(zip(words, numbers, strict=True))
        if self.language in CURATED:
            return
        lengths = np.linalg.norm(sum_rows(self._embedder, [tokens.tobytes() for tokens in numbers]), axis=1)
        self._weights = dict(zip(words, lengths.tolist(), strict=True))

    def _take_apart(self, stretch: str, memory: Memory) -> bytes:
        """The words of a stretch without white space, as numbers."""
        rows: list[bytes] = []
        last = len(stretch) - len(stretch.lstrip(_INVISIBLE))
        final = len(stretch.rstrip(_INVISIBLE))
        for match in _pattern().finditer(stretch):
            start, end = match.span()
            first, after, marks, percent, key, tokens = ROW.unpack(self._alone(match.group(), memory))
            # Both are set for what stands alone.
            marks ^= JOINED * (start != last) | LAST * (end != final)
            rows.append(ROW.pack(start + first, start + after, marks, percent, key, tokens))
            last = end
        return b"".join(rows)

    def _alone(self, written: str, memory: Memory) -> bytes:
        """A word as numbers, as it is where nothing stands around it: most stretches are nothing else."""
        if written[-1] in _APOSTROPHES:  # what was elided before a word is another thing by itself
            return self._number(written, memory)
        row = memory.stretches.get(written)
        if row is None:
            row = self._number(written, memory)
            if len(written) <= LONGEST:
                memory.stretches[written] = row
        return row

    def _number(self, written: str, memory: Memory) -> bytes:
        word = self.look_at(written)
        if word.kind == WORD:
            key, tokens = memory.number(word.key, word.tokens)
        else:
            key, tokens = self._link_keys.get(word.key, 0), 0
        marks = JOINED | LAST | word.kind | CAPITAL * written[0].isupper() | SMALL * written.islower() \
            | ASCII * word.key.isascii() | DEFINITE * word.definite | FEMININE * word.feminine \
            | OPENS * word.opens | CLOSES * word.closes
        return ROW.pack(word.skip, len(written) - word.drop, marks, round(100 * word.value), key, tokens)

    def look_at(self, written: str) -> Word:
        """What a word is, whatever text it stands in."""
        if len(written) > LONGEST or _ADDRESS.match(written) or _NO_WORD.search(written):
            return NOTHING
        if any(map(str.isnumeric, written)):
            return NOTHING
        if "." in written and not _ACRONYM.fullmatch(written):
            return NOTHING
        plain = form(written)
        if plain in self._links or (plain[-1:] in _APOSTROPHES and plain[:-1] in self._links):
            return Word(LINK, " " + plain, definite=plain.rstrip(_APOSTROPHES) in ARTICLES)
        if plain in self._subjects:
            return Word(SUBJECT, "")
        if plain in self._particles or plain[-1:] in _APOSTROPHES or _CONTRACTED.search(written):
            return NOTHING
        if sum(map(str.isalpha, plain)) < 2:
            return NOTHING
        return self._arabic(written, plain) if self.language == "ar" and not plain.isascii() else \
            self._other(written, plain)  # fmt: skip

    def _other(self, written: str, plain: str) -> Word:
        drop = 0
        if self.language == "tr" and (cut := re.search(f"[{_APOSTROPHES}]", written)):
            drop = len(written) - cut.start()  # names are set off from their endings
        elif cut := _POSSESSIVE.search(written):
            drop = len(written) - cut.start()
        plain = form(written[:-drop]) if drop else plain
        if plain in self._particles or len(plain) < 2:
            return NOTHING
        capital = written[0].isupper()
        if self.language not in CURATED:
            few = len(plain) < 3 or (len(plain) < 4 and not written[0].isascii())
            common = COMMON_NAME if capital and self.language != "de" else COMMON
            if (few and not written.isupper()) or self.weight(plain) < common:
                return NOTHING
        value = 1.0
        if self.language == "en" and not capital:
            value = 0.5 if is_english_adverb(plain) or plain.endswith("ed") else 0.7 if plain.endswith("ing") else \
                0.8 if self._is_english_verb(plain) else 1.0  # fmt: skip
        elif self.language == "fr" and not capital:
            value = 0.6 if self._is_french_verb(plain) else 1.0
        key = plain[:-1] if len(plain) > 3 and plain[-1] in "sx" and plain[-2] != "s" else plain
        return Word(WORD, key[:8], 0, drop, value, self._tokens(plain), closes=drop > 0)

    def _is_english_verb(self, word: str) -> bool:
        known, stem = self._embedder.has_token, word.removesuffix("s").removesuffix("e")
        return known(stem + "ing") and known(stem + "ed")

    def _is_french_verb(self, word: str) -> bool:
        if word.endswith(("er", "é", "ée", "és", "ées", "ait", "ient", "ant")):
            return True
        return any(word.endswith(ending) and self._embedder.has_token(word[: -len(ending)] + "er")
                   for ending in ("ent", "ons", "ions", "ez", "e"))  # fmt: skip

    def _arabic(self, written: str, plain: str) -> Word:
        if is_arabic_particle(plain):
            return NOTHING
        known = self._embedder.has_token
        skip = arabic.glued(plain, known, self.weight)
        rest = plain[skip:]
        if skip and (is_arabic_particle(rest) or len(rest) < 3):
            return NOTHING
        rare = len(rest) > 4 and not known(rest) and not known(arabic.ARTICLE + rest)
        if arabic.is_verb(rest, known) or (not skip and rest[0] in "وف" and arabic.is_verb(rest[1:], known)):
            return NOTHING
        tight = plain[1:] if plain.startswith(("ولل", "فلل")) else rest
        if arabic.bound(tight, known, self.weight) or (rare and rest[0] == "ب" and self._fewer(rest[1:], rest)):
            # No part of a phrase, yet it counts for its word, and what follows may belong to it.
            definite = tight.startswith("لل")
            inner = arabic.stem(tight if definite else tight[1:])
            return Word(WORD, inner, 0, 0, 0.0, self._tokens(plain), definite, opens=True)
        doubtful = not skip and rare and rest[0] in "ول"
        if doubtful and rest[0] == "و" and self._fewer(rest[1:], rest):
            skip, rest, doubtful = 1, rest[1:], False
        value = 0.65 if arabic.is_relational(rest) else 0.6 if arabic.is_adverbial(rest, known) else 1.0
        definite = rest.startswith(arabic.ARTICLE) and len(rest) > 4
        return Word(WORD, arabic.stem(rest), _letters(written, skip), 0, 0.5 if doubtful else value,
                    self._tokens(rest), definite, rest.endswith(("ه", "ات")), skip > 0 or doubtful)  # fmt: skip

    def _fewer(self, rest: str, word: str) -> bool:
        """Whether `rest` falls into fewer tokens: it is made of better known parts."""
        few, many = self._embedder.tokens([rest, word])
        return len(few) < len(many)

    def weight(self, word: str) -> float:
        """Length of a word's vector: how much it tells."""
        weight = self._weights.get(word)
        if weight is None:
            weight = float(np.linalg.norm(sum_rows(self._embedder, [self._tokens(word).tobytes()])))
        return weight

    def _tokens(self, word: str) -> NDArray[np.int32]:
        numbers = self._numbers.get(word)
        if numbers is None:
            (numbers,) = self._embedder.tokens([word])
        return numbers


def sum_rows(embedder: StaticEmbedder, numbers: Sequence[bytes]) -> NDArray[np.float32]:
    """Sums of the vectors of tokens (int32), shape (len(numbers), dimension); 0 where there are none."""
    sums = np.zeros((len(numbers), embedder.dimension), dtype=np.float32)
    sizes = np.array(list(map(len, numbers)), dtype=np.int64) // np.dtype(np.int32).itemsize
    rows = embedder.token_vectors(np.frombuffer(b"".join(numbers), dtype=np.int32))
    # Few words are many tokens: `numpy.add.reduceat` takes ten times as long. Its order is kept, which adds what
    # follows on the first one and then the sum to that. The words of most tokens stand first, those longer than any
    # number of them together.
    order = np.argsort(-sizes, kind="stable")
    starts = (np.cumsum(sizes) - sizes)[order]
    for depth in (*range(1, sizes.max(initial=0)), 0):
        count = np.count_nonzero(sizes > depth)
        sums[:count] += rows[starts[:count] + depth]
    unsorted = np.empty_like(sums)
    unsorted[order] = sums
    return unsorted


def _letters(written: str, count: int) -> int:
    """Characters of `written` that hold its first `count` letters, with the marks on them."""
    end = 0
    while end < len(written) and (count > 0 or not form(written[end])):
        count -= bool(form(written[end]))
        end += 1
    return end


@cache
def _pattern() -> re.Pattern[str]:
    r"""A word of letters and marks. Python's \w knows no marks, and would break words at them."""
    letters = rf"[\w{_mark_ranges()}]"
    return re.compile(
        rf"(?:{_ADDRESS.pattern})\S*|(?:[^\W\d_]\.){{2,}}(?!{letters})|{_ELIDED}(?={letters})"
        rf"|{letters}+(?:[{_HYPHENS}{_APOSTROPHES}{_JOINERS}.]{letters}+)*"
    )


def _mark_ranges() -> str:
    """The combining marks of all scripts, as the inside of a character class."""
    ranges: list[list[int]] = []
    for code in (*range(0x300, 0x1_F000), *range(0xE0100, 0xE01F0)):
        if unicodedata.category(chr(code))[0] == "M":
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges if b <= sys.maxunicode)
