"""From a dump that was read to one that is written, or to the line that says why it is not."""

from __future__ import annotations

from ..document import Document
from ..errors import InputError, SegmenterError
from ..io import Dump, Writer
from ..tasks import Task


def task_of(dump: Dump) -> Task:
    """What is to be split."""
    return Task(dump.text, dump.id, dump.date, dict(dump.meta))


def write_answer(dump: Dump, answer: Document | Exception | None, writer: Writer) -> InputError | None:
    """Write what became of `dump`; the error if it could not be split or written.

    Raises
    ------
    OSError
        If the output fails, rather than this dump.
    """
    if not isinstance(answer, Document):
        return _failure(dump, answer)
    try:
        writer.write(answer)
    except OSError:
        raise
    except Exception as error:
        return _failure(dump, error)
    return None


def _failure(dump: Dump, error: Exception | None) -> InputError:
    reason = str(error) if isinstance(error, SegmenterError) else f"{type(error).__name__}: {error}"
    return InputError(dump.source, dump.place, f"could not be split, {reason}", "please report this, with the input")
