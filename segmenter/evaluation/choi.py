"""Choi's benchmark of linear segmentation (2000, "Advances in domain independent linear text segmentation") as gold.

A file holds ten pieces of unrelated articles, one sentence a line, and a line of equals signs before, between and after
them. It is clean text without headlines or furniture, so it tests the boundaries alone.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError
from .gold import Gold, Unit

RULE = "=========="


def parse_choi(content: str, name: str, source: str = "choi") -> Gold:
    """Make gold of the content of one file.

    Parameters
    ----------
    content : str
        Pieces between lines of `RULE`; a rule before the first and after the last may be missing.
    name : str
        The id of the gold.
    source : str
        Where it was read, for error messages.

    Returns
    -------
    Gold
        Its text holds one sentence a line, without the rules; a sentence is a unit, a piece a story.
    """
    text, story = "", 0
    units: list[Unit] = []
    for line in content.splitlines():
        sentence = line.strip()
        if sentence.startswith(RULE):
            if units and units[-1].story == story:  # two rules in a row, or one at the top, begin no empty piece
                story += 1
        elif sentence:
            units.append(Unit(len(text), len(text) + len(sentence), story, "body"))
            text += sentence + "\n"
    return Gold(name, text, tuple(units), source)


def read_choi(folder: str | Path) -> list[Gold]:
    """Read all ``*.ref`` in a folder and those below, by the numbers in their names.

    Raises
    ------
    InputError
        If there is none, or one holds no sentence or cannot be read.
    """
    folder = Path(folder)
    paths = sorted(folder.rglob("*.ref"), key=lambda path: (path.parent, len(path.stem), path.stem))
    if not paths:
        raise InputError(str(folder), "", "holds no *.ref file", "name a folder of Choi's benchmark, such as choi/3-11")
    golds = []
    for path in paths:
        try:
            content = path.read_text(encoding="latin-1")  # the Brown corpus is ASCII but for a few stray bytes
        except OSError as error:
            raise InputError(str(path), "", f"cannot be read: {error.strerror}", "check its rights") from None
        gold = parse_choi(content, path.relative_to(folder).with_suffix("").as_posix(), str(path))
        if not gold.units:
            raise InputError(str(path), "", "holds no sentence", f"write sentences between lines of {RULE}")
        golds.append(gold)
    return golds
