"""The stories of a thread, as rows of a store: what is a copy of what, and what a line about one says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..io.terminal import cut
from .markup import value

Row = Mapping[str, Any]

NO_TITLE = "(no title)"
"""Of a story that has no text either."""


def with_copies(rows: Sequence[Row]) -> Iterator[tuple[Row, list[Row]]]:
    """The stories in the order of `rows`, each with the near-copies of it that are among them."""
    keys = {row["key"]: row for row in rows if value(row.get("key")) is not None}
    copies: dict[Any, list[Row]] = {}
    first: list[Row] = []
    for row in rows:
        of = _original(row, keys)
        if of is None:
            first.append(row)
        else:
            copies.setdefault(of, []).append(row)
    for row in first:
        yield row, copies.get(row.get("key"), [])


def heading(row: Row) -> tuple[str, bool]:
    """The title of a story, or the beginning of its text, and whether it is a title."""
    title = value(row.get("title"))
    if title is not None:
        return str(title), True
    opening = str(value(row.get("text")) or "")[:1000].strip().partition("\n")[0]
    return (cut(opening, 80) if opening else NO_TITLE), False


def below_title(row: Row) -> str:
    """The text of a story, without the title where it opens with it."""
    title, text = value(row.get("title")), value(row.get("text"))
    text = "" if text is None else str(text)
    if title is not None and text.startswith(str(title)) and text[len(title) :][:1] in ("", "\n"):
        text = text[len(title) :].lstrip("\n")
    return text


def _original(row: Row, keys: Mapping[Any, Row]) -> Any:
    """The key of the story that `row` is a copy of, through copies of copies; None if it is not shown."""
    seen = {row.get("key")}
    found = None
    while (of := value(row.get("copy_of"))) in keys and of not in seen:
        seen.add(of)
        found, row = of, keys[of]
    # In a circle every story would wait for another one.
    return None if found is None or value(row.get("copy_of")) in seen else found
