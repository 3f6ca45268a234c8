"""Dumps without end for the measurement of scaling, made of a few stories and of words that come but once."""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from ..errors import InputError
from .dumps import DumpGenerator, SourceStory, SyntheticDump, draw_layout
from .lines import read_lines

NEW_WORDS = 1 / 20
"""Share of the words that are made up: so many are new in an Arabic newspaper after its first 4,000 such dumps."""

STORIES = 2
"""Times the stories that the generator draws for a dump: that makes dumps of about 5 kB."""

_WORD = re.compile(r"[^\W\d_]{5,}")


class Dumps:
    """Synthetic dumps by number. The same number is always the same dump.

    A few stories have few words, and what remembers words would never forget one. So some words of a dump end as
    another of its words of the same length does, which nearly always makes one that was not seen before.

    Parameters
    ----------
    path : path
        ``data/stories.jsonl``, or a file like it.
    language : str, optional
        Only stories in this language.

    Raises
    ------
    InputError
        If the file cannot be read, or has no such stories.
    """

    def __init__(self, path: str | Path, language: str | None = None) -> None:
        stock = [story for story in _stories(path) if language in (None, story.language)]
        if not stock:
            raise InputError(str(path), "", f"holds no story {f'in {language} ' if language else ''}",
                             "name data/stories.jsonl, or a file like it")  # fmt: skip
        self._generator = DumpGenerator(stock)

    def dump(self, number: int) -> SyntheticDump:
        """Dump `number`."""
        draw = random.Random(f"layout {number}")
        layout = draw_layout(draw)
        dump = self._generator.dump(number, replace(layout, stories=STORIES * layout.stories))
        return replace(dump, text=_with_new_words(dump.text, draw))

    def write(self, out: BinaryIO, start: int, end: int) -> int:
        """Write dumps `start` to `end` as JSON lines; the bytes of their texts, in UTF-8."""
        size = 0
        for number in range(start, end):
            dump = self.dump(number)
            size += len(dump.text.encode())
            out.write(json.dumps({"id": dump.id, "text": dump.text}, ensure_ascii=False).encode() + b"\n")
        return size

    def text(self, lines: int) -> str:
        """One text of so many lines: those of dump after dump."""
        return "\n".join(line for line, _ in zip(self._lines(), range(lines), strict=False))

    def _lines(self) -> Iterator[str]:
        number = 0
        while True:
            yield from units_of(self.dump(number))
            number += 1


def units_of(dump: SyntheticDump) -> list[str]:
    """The lines of a dump, or its sentences where its newlines are lost."""
    return [dump.text[unit.start : unit.end] for unit in dump.units]


def _with_new_words(text: str, draw: random.Random) -> str:
    by_length = defaultdict(list)
    for match in _WORD.finditer(text):
        by_length[len(match.group())].append(match.group())

    def changed(match: re.Match[str]) -> str:
        word = match.group()
        if draw.random() > NEW_WORDS:
            return word
        other = draw.choice(by_length[len(word)])
        cut = draw.randint(2, len(word) - 2)
        return word[:cut] + other[cut:]  # of the same length, so that all offsets stay

    return _WORD.sub(changed, text)


def _stories(path: str | Path) -> Iterator[SourceStory]:
    for number, line in read_lines(path):
        try:
            record = json.loads(line)
            yield SourceStory(record["language"], record["title"], tuple(record["text"].split("\n")),
                              record["outlet"], record["date"], record["topic"])  # fmt: skip
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(str(path), f"line {number}", f"no story ({type(error).__name__}: {error})",
                             "name data/stories.jsonl, or a file like it") from error  # fmt: skip
