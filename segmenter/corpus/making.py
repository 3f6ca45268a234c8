"""Making one part: what runs in a worker, wherever that is."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Any

from .. import __version__
from ..batches import KILLED, WARMING, attempt, attempt_all, chunks_for
from ..errors import InputError, SegmenterError
from ..io import MAX_CHARS, Dump, open_output, open_writer
from ..io.origin import Origin
from ..io.readers import read_file
from ..io.writers import JSON, LongInt, ParquetWriter, column_type, write_parquet
from ..tasks import Splitter
from .answers import task_of, write_answer
from .manifest import Made
from .plan import Input, Part, Piece, sample, size_of
from .trail import Trail

_TYPES: dict[str, type] = {"text": str, "truth": bool, "number": int, "long": LongInt, "float": float,
                           "null": type(None)}  # fmt: skip
_NAMES = {type: name for name, type in _TYPES.items()}

_lock = threading.Lock()
_splitters: dict[str, Splitter] = {}


@dataclass(frozen=True)
class Job:
    """What is the same for all parts.

    Parameters
    ----------
    folder, root : str
        Where parts are written, and what paths of inputs are relative to; whole paths, the same on all machines.
    format : {"parquet", "jsonl"}
    splitter : Splitter
    version, run : str
        Of the package, and a name of the run that no other has.
    """

    folder: str
    root: str
    format: str
    splitter: Splitter
    text_column: str = "text"
    encoding: str | None = None
    max_chars: int = MAX_CHARS
    version: str = __version__
    run: str = field(default_factory=lambda: secrets.token_hex(8))

    def path(self, number: int) -> str:
        """Where a part is written."""
        return os.path.join(self.folder, self.file(number))

    def file(self, number: int) -> str:
        """The name of its file."""
        return f"part-{number:05}.{self.format}"


def make_part(job: Job, part: Part, types: Mapping[str, list[str]] | None = None) -> Made:
    """Make a part, whole or not at all.

    Parameters
    ----------
    job : Job
    part : Part
    types : dict of str to list of str, optional
        Columns carried through, and their types, as those of all parts together; by default the part's own.

    Returns
    -------
    Made

    Raises
    ------
    SegmenterError
        If an input is not as it was planned, or a model or the output cannot be used: other parts would not fare
        better.
    """
    if job.version != __version__:
        raise SegmenterError(f"a worker has segmenter {__version__}, and the run {job.version} (install the same "
                             "version everywhere)")  # fmt: skip
    made = Made(job.file(part.number), part.made_of)
    try:
        trail = Trail(os.path.join(job.folder, f".part-{part.number:05}.trail"))
    except OSError as error:
        raise SegmenterError(f"{job.folder}: a worker cannot write there, {error.strerror or error} (every worker must "
                             "see inputs and output under the same paths)") from error  # fmt: skip
    done = False
    try:
        splitter = _own(job)
        with open_writer(job.format, job.path(part.number)) as writer:
            with closing(_dumps(job, part, made.notices)) as dumps:
                for dump, answer in _answers(splitter, dumps, trail):
                    failure = dump if isinstance(dump, InputError) else write_answer(dump, answer, writer)
                    if failure is not None:
                        made.errors.append(str(failure))
                        continue
                    made.dumps += 1
                    made.segments += len(answer.segments)
            if isinstance(writer, ParquetWriter):
                made.columns = {name: sorted(_NAMES.get(type, JSON) for type in found)
                                for name, found in writer.carried.items()}  # fmt: skip
                made.schema = schema_of(types or made.columns)
                if types is not None:
                    writer.types = _types(types)
        done = True
    finally:
        trail.close(remove=done)
    return measured(made, job.path(part.number))


def _answers(splitter: Splitter, dumps: Iterable[Dump | InputError],
             trail: Trail) -> Iterator[tuple[Dump | InputError, Any]]:  # fmt: skip
    """Each dump with its document, or what went wrong with it."""
    pairs = (((number, dump), task_of(dump) if isinstance(dump, Dump) and number not in trail.given_up else None)
             for number, dump in enumerate(dumps))  # fmt: skip
    for chunk in chunks_for(splitter, pairs):
        suspected = any(number in trail.suspects for (number, _), _ in chunk)
        for group in ([pair] for pair in chunk) if suspected else (chunk,):
            numbers = [number for (number, _), task in group if task is not None]
            answers: Iterator[Any] = iter(())
            if numbers:
                with _lock, trail.at(numbers[0], numbers[-1]):  # one at a time, so that it is known who has killed it
                    answers = iter(attempt_all(splitter, [task for _, task in group if task is not None]))
            for (_, dump), task in group:
                yield dump, SegmenterError(KILLED) if task is None else next(answers)


def align_part(job: Job, todo: tuple[Part, Made], types: Mapping[str, list[str]]) -> Made:
    """Write a part again with the columns and types of all parts together: what one file would have.

    The part is made anew only where a column holds whole and other numbers, which it does not tell apart, and is to
    become JSON, which does.
    """
    part, made = todo
    schema = schema_of(types)
    for name, found in made.columns.items():
        if schema[name] == JSON and made.schema[name] == "float64" and {"float", "number"} <= set(found):
            return make_part(job, part, types)
    path = job.path(part.number)
    with open_output(path) as stream:
        write_parquet(stream, _rows(path, made), _types(types))
    return measured(replace(made, schema=schema), path)


def schema_of(types: Mapping[str, list[str]]) -> dict[str, str]:
    """The type that each column is written in."""
    return {name: column_type(found) for name, found in _types(types).items()}


def measured(made: Made, path: str) -> Made:
    """`made` with what tells that the file is still the same."""
    return replace(made, bytes=os.stat(path).st_size, sample=sample(path))


def _own(job: Job) -> Splitter:
    """The splitter of this process, which keeps the models that it has loaded."""
    with _lock:
        if job.run not in _splitters:
            _splitters.clear()
            attempt(job.splitter, WARMING)  # not at a dump, which would be to blame where this process dies of it
            _splitters[job.run] = job.splitter
        return _splitters[job.run]


def _dumps(job: Job, part: Part, notices: list[str]) -> Generator[Dump | InputError]:
    base = Origin("", "", job.text_column, job.encoding, max_chars=job.max_chars, notice=notices.append, root=job.root)
    for piece in part.pieces:
        origin = _origin(base, piece)
        _check(origin, piece.input)
        yield from read_file(origin)


def _origin(base: Origin, piece: Piece) -> Origin:
    return replace(base, path=piece.input.path, name=piece.input.name, start=piece.start, stop=piece.stop,
                   offset=piece.offset)  # fmt: skip


def _check(origin: Origin, planned: Input) -> None:
    try:
        same = size_of(origin.file) == planned.bytes and (origin.stop is None or sample(origin.file) == planned.sample)
    except OSError:
        same = False
    if not same:
        raise SegmenterError(f"{origin.source}: it has changed since the run began, or a worker does not see it (run "
                             "again; every worker must see inputs and output under the same paths)")  # fmt: skip


def _types(names: Mapping[str, list[str]]) -> dict[str, set[type]]:
    return {column: {_TYPES.get(name, dict) for name in found} for column, found in names.items()}


def _rows(path: str, made: Made) -> Iterator[dict[str, Any]]:
    """The rows of a part with the values that they were made of."""
    import pyarrow.parquet as pq

    read = {name: _reader(kind, made.columns.get(name, [])) for name, kind in made.schema.items()}
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=64):
            for row in batch.to_pylist():
                yield {name: read[name](value) if name in read and value is not None else value
                       for name, value in row.items()}  # fmt: skip


def _reader(kind: str, types: list[str]) -> Any:
    if kind == JSON:
        return json.loads
    return int if kind == "float64" and "float" not in types else _same


def _same(value: Any) -> Any:
    return value
