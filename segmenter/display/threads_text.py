"""Threads as a table for terminals."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..io.terminal import cut, display_width, one_line
from .markup import BIDI, minute, moment, several, value

if TYPE_CHECKING:
    import pandas as pd

_HEADS = ("id", "last", "stories", "outlets", "topic", "title")
_RIGHT = (2, 3)
_LONGEST_ID, _LONGEST_TOPIC, _LEAST_TITLE = 40, 26, 20
_LTR = "\u200e"


def threads_text(threads: pd.DataFrame, *, width: int = 120) -> Iterator[str]:
    """Draw threads as the lines of a table, in the order of the frame.

    Parameters
    ----------
    threads : DataFrame
        As `Store.threads` gives it.
    width : int
        Columns of the terminal, by which titles are cut; they keep 20 at least.

    Yields
    ------
    str
        A line with its end: the heads, then one a thread. Columns stand below one another on a terminal that shows a
        wide character in two columns and a combining mark in none; nothing in them can drive it.
    """
    rows = [_cells(row) for row in threads.to_dict("records")]
    wide = [max(map(display_width, column)) for column in zip(_HEADS, *rows, strict=True)]
    wide[-1] = max(_LEAST_TITLE, width - sum(wide[:-1]) - 2 * (len(_HEADS) - 1))
    for cells in (_HEADS, *rows):
        out = [_pad(cell, wide[i], right=i in _RIGHT) for i, cell in enumerate(cells[:-1])]
        yield "  ".join((*out, cut(cells[-1], wide[-1]))).rstrip() + "\n"


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    topic = value(row.get("topic_name"))
    topic = value(row.get("topic")) if topic is None else topic
    title = value(row.get("title"))
    last: datetime = moment(row["last"])
    return (
        cut(_plain(row["id"]), _LONGEST_ID),
        minute(last),
        str(int(row["stories"])),
        str(len(several(row.get("outlets")))),
        "" if topic is None else cut(_plain(topic), _LONGEST_TOPIC),
        "(no title)" if title is None else _plain(title),
    )


def _plain(text: object) -> str:
    # Marks of direction have no width, yet would turn round the columns that follow.
    return " ".join(one_line(str(text).translate(BIDI)).split())


def _pad(text: str, wide: int, *, right: bool) -> str:
    space = " " * (wide - display_width(text))
    # Without a mark between them, two neighbouring right-to-left columns change places where the terminal reorders.
    turned = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return space + text if right else text + (_LTR if turned else "") + space
