"""A tokenizer asked word by word, so that a word seen before costs a look-up and not a tokenizer's work.

That gives the same tokens as whole texts wherever nothing in the tokenizer looks across white space; only such ones are
taken (`works_by_word`). Words are what stands between spaces: of all white space the characters that every tokenizer
of that kind takes for white space.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..lookup import halved, look_up

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Normalizer
    from tokenizers.pre_tokenizers import PreTokenizer

CACHE = 131_072
"""Words that are remembered; about 25 MB."""

LONGEST = 48
"""A longer word is not remembered: it hardly comes again, and texts without spaces would fill the memory."""

TOGETHER = 64
SEPARATOR = "¶"
"""Stands between unknown words that are tokenized together, for each one by itself takes twice the time."""

_LOCAL = {"NFC", "NFD", "NFKC", "NFKD", "BertNormalizer", "Lowercase", "StripAccents"}
_ONE_CHARACTER = re.compile(r"\[(?:\\u[0-9A-Fa-f]{4}|[^][\\^&\s])+\]|[^][\\\s.*+?|(){}^$]")


class WordTokens:
    """The token numbers of texts, from a memory of words.

    Parameters
    ----------
    tokenizer : Tokenizer
        One that `works_by_word`.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = tokenizer
        self._separator = tokenizer.token_to_id(SEPARATOR)
        self._known: dict[str, bytes] = {}

    def __reduce__(self) -> tuple[type[WordTokens], tuple[Tokenizer]]:
        return type(self), (self._tokenizer,)  # a copy for another process begins without the memory

    def of(self, texts: Iterable[str]) -> list[NDArray[np.int32]]:
        """The numbers of the tokens of each text."""
        words = list(map(_words, texts))
        tokens = iter(self._look_up(list(chain.from_iterable(words))))
        return [np.frombuffer(b"".join(islice(tokens, len(text))), dtype=np.int32) for text in words]

    def placed(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The numbers of a text's tokens and the offsets at which they begin; -1 for those within a word."""
        words = _words(text)
        found = self._look_up(words)
        tokens = np.frombuffer(b"".join(found), dtype=np.int32)
        places = np.full(len(tokens), -1, dtype=np.int64)
        offset = token = 0
        for word, own in zip(words, found, strict=True):
            if own:
                places[token] = offset
                token += len(own) // tokens.itemsize
            offset += len(word) + 1
        return tokens, places

    def _look_up(self, words: Sequence[str]) -> list[bytes]:
        self._known = halved(self._known, CACHE)
        return look_up(words, self._known, self._ask, LONGEST)

    def _ask(self, words: Sequence[str]) -> list[bytes]:
        """The tokens of each word, as bytes of int32."""
        groups = [words[i : i + TOGETHER] for i in range(0, len(words), TOGETHER)]
        joined = self._encode([f" {SEPARATOR} ".join(group) for group in groups])
        found: list[bytes] = []
        for group, tokens in zip(groups, joined, strict=True):
            cuts = np.flatnonzero(tokens == self._separator)
            if len(cuts) == len(group) - 1:
                found += [part.tobytes() for part in _between(tokens, cuts)]
            else:  # a word holds the separator itself
                found += [part.tobytes() for part in self._encode(group)]
        return found

    def _encode(self, texts: Collection[str]) -> list[NDArray[np.int32]]:
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, dtype=np.int32) for encoding in encodings]


def _words(text: str) -> list[str]:
    return text.replace("\n", " ").split(" ")


def _between(tokens: NDArray[np.int32], cuts: NDArray[np.intp]) -> list[NDArray[np.int32]]:
    starts, ends = [0, *(cuts + 1).tolist()], [*cuts.tolist(), len(tokens)]
    return [tokens[a:b] for a, b in zip(starts, ends, strict=True)]


def works_by_word(tokenizer: Tokenizer) -> bool:
    """Whether the tokens of a text are those of its words, one after the other.

    So it is with BERT's way of cutting at white space and punctuation, after normalisers that look at one character or
    at what is composed to one.
    """
    if tokenizer.pre_tokenizer is None or _state(tokenizer.pre_tokenizer)["type"] != "BertPreTokenizer":
        return False
    if tokenizer.token_to_id(SEPARATOR) is None or tokenizer.padding is not None or tokenizer.truncation is not None:
        return False
    added = tokenizer.get_added_tokens_decoder().values()
    if any(token.lstrip or token.rstrip or token.single_word or re.search(rf"\s|{SEPARATOR}", token.content)
           for token in added):  # fmt: skip
        return False
    return tokenizer.normalizer is None or _is_local(_state(tokenizer.normalizer))


def _is_local(normalizer: dict[str, Any]) -> bool:
    if normalizer["type"] == "Sequence":
        return all(_is_local(part) for part in normalizer["normalizers"])
    if normalizer["type"] == "Replace":
        pattern = normalizer["pattern"].get("Regex", "")
        return _ONE_CHARACTER.fullmatch(pattern) is not None and re.search(pattern, " \n") is None
    return normalizer["type"] in _LOCAL


def _state(part: Normalizer | PreTokenizer) -> dict[str, Any]:
    state: dict[str, Any] = json.loads(part.__getstate__())
    return state
