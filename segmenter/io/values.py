"""Values that every format can carry: what JSON knows, and text that UTF-8 can hold."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 100
"""Levels of a nested value: far fewer than what stands in the way of any program that reads it."""

# Line ends for JSON neither, but for many programs that read "lines".
_LINE_ENDS = str.maketrans({char: f"\\u{ord(char):04x}" for char in "\x85\u2028\u2029"})


def json_line(value: Any) -> bytes:
    """`value`, made `plain`, as a line of strict JSON in UTF-8."""
    return (json.dumps(plain(value), ensure_ascii=False, allow_nan=False).translate(_LINE_ENDS) + "\n").encode()


def surrogate_at(text: str) -> int | None:
    """Where `text` holds half of a surrogate pair, which UTF-8 cannot hold; None where it holds none."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start
    return None


def plain(value: Any, *, depth: int = MAX_DEPTH) -> Any:
    """Turn `value` into strict JSON.

    Dates become ISO 8601 strings, numbers that are not finite become None, bytes become their text or else base64,
    whatever else JSON does not know becomes its ``str``.

    Raises
    ------
    ValueError
        If a string in it holds half of a surrogate pair, or it is nested more than `depth` levels deep.
    """
    if isinstance(value, str):
        at = surrogate_at(value)
        if at is not None:
            raise ValueError(f"half of a surrogate pair, U+{ord(value[at]):04X}, at character {at} of a string")
        return value
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        if not depth:
            raise ValueError(f"nested more than {MAX_DEPTH} levels deep")
        depth -= 1
        if isinstance(value, Mapping):
            return {plain(key if isinstance(key, str) else str(key)): plain(item, depth=depth)
                    for key, item in value.items()}  # fmt: skip
        return [plain(item, depth=depth) for item in value]
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return base64.b64encode(value).decode("ascii")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        return plain(value.item(), depth=depth)
    return str(value)
