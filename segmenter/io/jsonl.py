"""Reader of JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..errors import InputError
from .compression import DamagedError
from .decoding import REMEDY, text_lines, undecodable, why_not
from .origin import type_name

if TYPE_CHECKING:
    from .origin import Dump, Origin

_ESCAPED = 6  # characters of a code point that JSON writes as \u0627


def read_jsonl(origin: Origin) -> Iterator[Dump | InputError]:
    """Read one dump a line, never more than a line in memory."""
    number = 0
    with origin.open() as raw:
        lines, encoding = text_lines(raw, origin.encoding, "\n", most := origin.longest(_ESCAPED))
        try:
            for number, line in enumerate(lines, 1):
                if line is None:
                    yield origin.too_long(f"line {number}", most, "write one JSON object a line")
                elif line.strip():
                    yield _json_dump(origin, line, number, encoding)
        except UnicodeError as error:
            _, reason = why_not(error, encoding)
            yield origin.error(f"line {number + 1}", f"{reason}; the lines after it were not read", REMEDY)
        except DamagedError as error:
            yield origin.damage(error, f"line {number + 1}", "lines")


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
