"""Reader of JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ..errors import InputError
from .compression import DamagedError, unpacked
from .decoding import REMEDY, UnmarkedError, encoding_of, keeps_line_ends, text_lines, undecodable, why_not
from .origin import split_ending, type_name

if TYPE_CHECKING:
    from .origin import Dump, Origin

_ESCAPED = 6  # characters of a code point that JSON writes as \u0627
_PIECE = 1 << 16


def read_jsonl(origin: Origin) -> Iterator[Dump | InputError]:
    """Read one dump a line, never more than a line in memory."""
    number = origin.start
    with origin.open() as raw:
        lines, encoding = text_lines(raw, origin.encoding, "\n", most := origin.longest(_ESCAPED), origin.offset)
        if origin.stop is not None:
            lines = islice(lines, origin.stop - origin.start)
        try:
            for number, line in enumerate(lines, origin.start + 1):
                if line is None:
                    yield origin.too_long(f"line {number}", most, "write one JSON object a line")
                elif line.strip():
                    yield _json_dump(origin, line, number, encoding)
        except UnicodeError as error:
            _, reason = why_not(error, encoding)
            yield origin.error(f"line {number + 1}", f"{reason}; the lines after it were not read", REMEDY)
        except DamagedError as error:
            yield origin.damage(error, f"line {number + 1}", "lines")


def line_ranges(path: str, encoding: str | None, size: int) -> list[tuple[int, int, int]]:
    """Where a file can be cut so that each range of lines, but for the last, is the shortest of at least `size` bytes.

    The file is read once, in bounded memory, however long its lines are.

    Returns
    -------
    list of (int, int, int)
        The first line, from 0, the one that is not in the range any more, and the offset of the first. None where the
        file can only be read from its beginning: it is compressed, its line ends are not single bytes (UTF-16), or it
        cannot be read, as reading it says.
    """
    ranges = []
    first = line = start = at = 0
    try:
        with open(path, "rb") as raw:
            packed = unpacked(raw, split_ending(path)[2]) is not raw
            if packed or not keeps_line_ends(encoding_of(raw.peek(4), encoding)):
                return []
            while piece := raw.readline(_PIECE):
                at += len(piece)
                if not piece.endswith(b"\n"):
                    continue
                line += 1
                if at - start >= size:
                    ranges.append((first, line, start))
                    first, start = line, at
    except (DamagedError, UnmarkedError, OSError, ValueError, LookupError):
        return []
    if at > start:
        ranges.append((first, line + 1, start))
    return ranges


def _json_dump(origin: Origin, line: str, number: int, encoding: str) -> Dump | InputError:
    place = f"line {number}"
    reason = undecodable(line, encoding)
    if reason is not None:
        return origin.error(place, reason, REMEDY)
    try:
        record = json.loads(line, parse_constant=lambda _: None)
    except RecursionError:
        return origin.error(place, "JSON nested too deeply", "make the record flat")
    except json.JSONDecodeError as error:
        return origin.error(place, f"not valid JSON: {error.msg} at column {error.colno}",
                            "write one JSON object a line")  # fmt: skip
    except ValueError as error:
        return origin.error(place, f"not valid JSON: {error}", "write one JSON object a line")
    if not isinstance(record, dict):
        return origin.error(place, f"{type_name(record)}, not a JSON object", 'write lines such as {"text": "..."}')
    return origin.dump(record, place, number)
