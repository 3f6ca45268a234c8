"""The wordings of page furniture, by language, and how their blanks are filled.

The lists in ``wordings/`` were written for this project: what sites print around their stories, not what they print in
them.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

FURNITURE = ("related_cue", "related_inline", "ad", "share", "newsletter", "date", "copyright", "navigation",
             "media_player", "credit", "keywords", "caption", "embed_post", "embed_signature", "heading")  # fmt: skip
_BLANK = re.compile(r"\{(\w+)\}")


@cache
def wordings(language: str) -> Mapping[str, tuple[str, ...]]:
    """The lists of one language; English where there are none of its own."""
    folder = resources.files("segmenter.evaluation") / "wordings"
    path = folder / f"{language}.json"
    if not path.is_file():
        path = folder / "en.json"
    return {key: tuple(values) for key, values in json.loads(path.read_text(encoding="utf-8")).items()}


def fold(wording: str, folds: int) -> int:
    """Which of `folds` parts a wording falls in: by its words alone, so that it is the same in every run."""
    value = 2166136261
    for byte in wording.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value % folds


class Filler:
    """Draws wordings of one language and fills their blanks.

    Parameters
    ----------
    language : str
    draw : random.Random
    keep : callable, optional
        Which wordings may be drawn; all by default. Serves to leave some out of training.
    """

    def __init__(self, language: str, draw: random.Random, keep: Callable[[str], bool] | None = None) -> None:
        self._lists = wordings(language)
        self._draw = draw
        self._keep = keep

    def pick(self, key: str) -> str:
        """A wording of a list, its blanks still open."""
        choices = self._lists[key]
        if self._keep is not None:
            choices = tuple(c for c in choices if self._keep(c)) or choices
        return self._draw.choice(choices)

    def fill(self, wording: str, **known: str | Callable[[], str]) -> str:
        """Fill the blanks of a wording; `known` gives values, or functions that draw one, for some of them."""

        def value(match: re.Match[str]) -> str:
            given = known.get(match.group(1))
            if given is not None:
                return given() if callable(given) else given
            return self._value(match.group(1))

        return " ".join(_BLANK.sub(value, wording).split())

    def date(self) -> str:
        """A date as the language writes it."""
        draw = self._draw
        day, month = draw.randint(1, 28), draw.randint(1, 12)
        values = {"d": str(day), "dd": f"{day:02}", "m": str(month), "mm": f"{month:02}",
                  "y": str(year := draw.randint(2010, 2026)), "yy": f"{year % 100:02}",
                  "month": draw.choice(self._lists["month"]),
                  "weekday": draw.choice(self._lists["weekday"])}  # fmt: skip
        return _BLANK.sub(lambda m: values.get(m.group(1), ""), draw.choice(self._lists["date_format"]))

    def _value(self, name: str) -> str:
        draw = self._draw
        if name in ("name", "agency", "outlet", "place"):
            return draw.choice(self._lists[name])
        if name in ("topic", "words"):
            return draw.choice(self._lists["section"])
        if name == "date":
            return self.date()
        if name == "time":
            return f"{draw.randint(0, 23):02}:{draw.randint(0, 59):02}"
        if name in ("n", "i"):
            return str(draw.choice((draw.randint(1, 12), draw.randint(1, 999), draw.randint(1000, 90000))))
        if name == "handle":
            return self._token(4, 12) + draw.choice(("", "", str(draw.randint(1, 99)), "_news"))
        if name == "url":
            return draw.choice(
                ("https://t.co/", "pic.twitter.com/", "https://bit.ly/", "www.example.org/")
            ) + self._token(7, 10)
        if name == "email":
            return f"{self._token(4, 9)}@{self._token(4, 9)}.{draw.choice(('com', 'org', 'net'))}"
        return ""

    def _token(self, low: int, high: int) -> str:
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        return "".join(self._draw.choices(letters, k=self._draw.randint(low, high)))
