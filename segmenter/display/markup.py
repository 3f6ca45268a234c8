"""What all pages share: values that cannot act, missing ones too, and a head that lets nothing in."""

from __future__ import annotations

import html
import re
import unicodedata
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

BIDI = dict.fromkeys([0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
"""The controls of the bidirectional algorithm, for `str.translate`."""

_HARMLESS: dict[int, str] = (
    {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF)}
    | {code: " " for code in (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x1F, 0x85)}
    | {ord(c): c for c in "\t\n\r"}
)  # fmt: skip
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?")
_CODE = re.compile("[a-z]{2,3}")


def clean(text: str) -> str:
    """Escape `text` for the inside of an element or a quoted attribute; control characters are made harmless."""
    return html.escape(_harmless(text), quote=True)


def inline(text: object, longest: int = 200) -> str:
    """`clean`, on one line of at most `longest` characters and without controls of direction."""
    return html.escape(plain(text, longest), quote=True)


def plain(text: object, longest: int = 200) -> str:
    """`inline` for what is no HTML: nothing is escaped."""
    # Within a line a stray "pop" could end the isolation around it, so no bidirectional control stays.
    text = str(text)
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return _harmless(" ".join(text.translate(BIDI).split()))


def _harmless(text: str) -> str:
    return _SURROGATE.sub("\ufffd", _LINE_END.sub("\n", text).translate(_HARMLESS))


def lang(code: object) -> str:
    """The attribute that names a language, with a space before it; empty where the language is not known."""
    known = isinstance(code, str) and code != "und" and _CODE.fullmatch(code)
    return f' lang="{code}"' if known else ""


def direction(text: str) -> str:
    """The direction of a text by its first strong character, as ``dir="auto"`` finds it: "rtl" or "ltr"."""
    strong = (unicodedata.bidirectional(char) for char in text[:1000])
    return "rtl" if next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L" else "ltr"


def head(title: str, styles: str, script: str = "") -> str:
    """A page up to and with ``<body>``.

    Parameters
    ----------
    title : str
        Of the page; escaped.
    styles : str
        ``<style>`` elements.
    script : str
        Code of the one ``<script>`` that may run on the page: it is allowed by its hash, so that no other can even
        where an escape were missing. The caller writes the element.

    Returns
    -------
    str
        The page forbids every request to elsewhere.
    """
    allowed = ""
    if script:
        allowed = f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'; "
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
        f"{allowed}base-uri 'none'; form-action 'none'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{inline(title)}</title>\n{styles}</head>\n<body>\n"
    )


def level(sizes: list[int], budget: int) -> int:
    """The largest equal share, at least 1, such that no more than `budget` are taken where that can be."""
    left = budget
    for i, size in enumerate(sorted(sizes)):
        share = left // (len(sizes) - i)
        if size > share:
            return max(1, share)
        left -= size
    return max(sizes, default=1)


def value(cell: Any) -> Any:
    """The content of a cell of a frame, None where it is missing."""
    missing = cell is None or type(cell).__name__ == "NAType" or cell != cell
    return None if missing else cell


def several(cell: Any) -> list[str]:
    """The texts in a cell of a frame that holds a sequence of them, none where it is missing."""
    missing = cell is None or isinstance(cell, (str, float)) or type(cell).__name__ in ("NAType", "NaTType")
    return [] if missing else [str(text) for text in cell]


def moment(cell: Any) -> datetime:
    """The date in a cell of a frame or a record, in UTC; one without a zone is taken to be in it."""
    date = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
    if hasattr(date, "to_pydatetime"):
        date = date.to_pydatetime(warn=False)
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def day(date: datetime) -> str:
    """The date as YYYY-MM-DD, in any year."""
    return date.date().isoformat()


def minute(date: datetime) -> str:
    """The date as YYYY-MM-DD HH:MM, in any year; of one before 1000 `strftime` may write fewer digits."""
    return date.replace(tzinfo=None).isoformat(" ", "minutes")


def many(count: int, one: str, more: str = "") -> str:
    """A number with what it counts; `more` where the plural is not that of `one` with an s."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
