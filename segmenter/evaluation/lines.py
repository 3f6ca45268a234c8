"""The lines of a file of gold records."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError


def read_lines(path: str | Path) -> list[tuple[int, str]]:
    """The lines of a JSONL file that are not blank, with their numbers.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").split("\n")  # not at U+2028, which may stand in a text
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(str(path), "", f"cannot be read ({error})", "check the path") from error
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
