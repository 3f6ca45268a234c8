"""From inputs to a folder of parts: plan, keep what is made, make the rest, and give all parts the same columns."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from ..errors import InputError
from ..io import MAX_CHARS
from ..io.origin import shown
from ..tasks import Splitter
from .engines import Engine, HereEngine, PartLost
from .making import Job, align_part, make_part, measured, schema_of
from .manifest import Folder, Made
from .plan import ROWS, SIZE, Part, plan, to_record
from .settings import settings_of

FORMATS = ("parquet", "jsonl")


class Report(NamedTuple):
    """What became of a part; they come in the order of the parts.

    Parameters
    ----------
    made : Made or None
        None where it could not be made.
    earlier : bool
        Whether an earlier run has made it.
    lost : str
        Why it could not be made.
    """

    made: Made | None
    earlier: bool = False
    lost: str = ""


@dataclass(slots=True)
class Summary:
    """What a run has done, and what the folder holds now.

    Parameters
    ----------
    parts, kept : int
        All of them, and those that an earlier run had made.
    dumps, segments, failed : int
        In all parts.
    failed_earlier : int
        Those of `failed` that failed in an earlier run.
    lost : int
        Parts that could not be made.
    errors : list of InputError
        Paths that stand for no file.
    """

    parts: int = 0
    kept: int = 0
    dumps: int = 0
    segments: int = 0
    failed: int = 0
    failed_earlier: int = 0
    lost: int = 0
    errors: list[InputError] = field(default_factory=list)


def split_corpus(
    paths: Iterable[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    splitter: Splitter,
    *,
    format: str = "parquet",
    engine: Engine | None = None,
    rows: int = ROWS,
    size: int = SIZE,
    anew: bool = False,
    text_column: str = "text",
    encoding: str | None = None,
    max_chars: int = MAX_CHARS,
    report: Callable[[Report], None] | None = None,
    progress: Callable[[int, int, int], None] | None = None,
) -> Summary:
    """Split inputs into a folder of parts, which together hold what one file would, row for row.

    A part that is there already, made of the same inputs, is kept; with other settings than those that the folder was
    made with nothing is done at all. A run that was killed, at whatever moment, is gone on with by the next.

    Parameters
    ----------
    paths : iterable of paths
        As for `read_dumps`, but for standard input.
    folder : path
        New, empty, or of an earlier run.
    splitter : Splitter
        With an engine of several processes it must be possible to pickle it, as a `Segmenter` is.
    format : {"parquet", "jsonl"}
    engine : Engine, optional
        Where parts are made; by default in this process. It is closed at the end.
    rows : int
        Rows of a Parquet file that make a part.
    size : int
        Bytes of a file of JSON lines, not compressed, that make a part.
    anew : bool
        Make all parts, whatever is there.
    text_column, encoding, max_chars
        As for `read_dumps`.
    report : callable, optional
        Told what became of each part, in their order.
    progress : callable, optional
        Told, at the beginning and when a part is settled: how many of those to be made are, how many there are, and
        how many dumps this one held.

    Raises
    ------
    FolderBusy
        If another run is working on the folder.
    FolderRefused
        If the folder was made with other settings, or holds something else.
    OutputError
        If the folder cannot be written.
    SegmenterError
        If a model cannot be used, or an input changes while it is read.
    """
    if format not in FORMATS:
        raise ValueError(f"unknown format {format!r} of parts; there are {' and '.join(FORMATS)}")
    settings = settings_of(splitter, format=format, rows=rows, size=size, text_column=text_column, encoding=encoding,
                           max_dump_chars=max_chars)  # fmt: skip
    place = Folder(Path(folder))
    with place.lock():
        run = _Run(place, settings, Job(str(place.path.resolve()), os.getcwd(), format, splitter,
                                        text_column, encoding, max_chars), engine or HereEngine())  # fmt: skip
        try:
            return run.all([os.fspath(path) for path in paths], rows, size, anew, report or (lambda _: None),
                           progress or (lambda *_: None))  # fmt: skip
        finally:
            run.engine.close()  # before what its workers leave is cleaned up
            place.clean()


class _Run:
    """A run on a folder that is locked."""

    def __init__(self, folder: Folder, settings: dict[str, object], job: Job, engine: Engine) -> None:
        self.folder, self.settings, self.job, self.engine = folder, settings, job, engine
        self.made: dict[int, Made] = {}
        self.lost: dict[int, str] = {}

    def all(self, paths: list[str], rows: int, size: int, anew: bool,
            report: Callable[[Report], None], progress: Callable[[int, int, int], None]) -> Summary:  # fmt: skip
        known = self.folder.read(self.settings, anew)
        parts, errors = plan(paths, rows, size, self.job.encoding)
        kept = self._keep(parts, known)
        self._write(parts, errors, complete=False)
        summary = Summary(len(parts), len(kept), errors=errors, failed=len(errors))
        told = 0
        todo = [part for part in parts if part.number not in kept]
        progress(0, len(todo), 0)
        with closing(self._make(todo)) as steps:
            for done, made in enumerate(steps, 1):
                progress(done, len(todo), made.dumps + len(made.errors) if isinstance(made, Made) else 0)
                told = self._tell(parts, told, kept, summary, report)
        self._tell(parts, told, kept, summary, report)
        if self.job.format == "parquet":
            self._align([part for part in parts if part.number in self.made])
            for number in sorted(self.lost.keys() & self.made.keys()):
                report(Report(None, lost=self._lost(parts[number])))
        self._write(parts, errors, complete=not self.lost)
        summary.lost = len(self.lost)
        return summary

    def _lost(self, part: Part) -> str:
        files = ", ".join(sorted({shown(piece.input.path) for piece in part.pieces})[:3])
        return (f"{self.job.file(part.number)}, of {files}: {self.lost[part.number]} (give it more memory, and run "
                "again to go on)")  # fmt: skip

    def _keep(self, parts: list[Part], known: dict[str, Made]) -> set[int]:
        """Take over what is made of the same inputs and still there, under the names that it is to have now."""
        files: dict[str, str] = {}
        for part in parts:
            made = known.get(part.made_of)
            if made is not None and self._unchanged(made):
                files[made.file] = self.job.file(part.number)
                self.made[part.number] = made
        self.folder.clean(files)
        self.folder.move(files)
        for number, made in self.made.items():
            made.file = self.job.file(number)
        return set(self.made)

    def _unchanged(self, made: Made) -> bool:
        try:
            found = measured(made, os.path.join(self.job.folder, made.file))
        except OSError:
            return False
        return (found.bytes, found.sample) == (made.bytes, made.sample)

    def _make(self, todo: list[Part]) -> Generator[Made | PartLost]:
        if not todo:
            return
        with closing(self.engine.run(partial(make_part, self.job), todo)) as answers:
            for part, answer in answers:
                self._note(part, answer)
                yield answer

    def _note(self, part: Part, answer: Made | PartLost) -> None:
        if isinstance(answer, PartLost):
            self.lost[part.number] = str(answer)
        else:
            self.made[part.number] = answer
            self.folder.add(answer)

    def _tell(self, parts: list[Part], told: int, kept: set[int], summary: Summary,
              report: Callable[[Report], None]) -> int:  # fmt: skip
        """Report all parts that are settled and follow those reported."""
        while told < len(parts) and (told in self.made or told in self.lost):
            made = self.made.get(told)
            if made is None:
                report(Report(None, lost=self._lost(parts[told])))
            else:
                summary.dumps += made.dumps
                summary.segments += made.segments
                summary.failed += len(made.errors)
                summary.failed_earlier += len(made.errors) if told in kept else 0
                report(Report(made, told in kept))
            told += 1
        return told

    def _align(self, parts: list[Part]) -> None:
        """Give all parts the columns, types and order that one file would have."""
        types: dict[str, set[str]] = {}
        for part in parts:
            for name, found in self.made[part.number].columns.items():
                types.setdefault(name, set()).update(found)
        names = {name: sorted(found) for name, found in types.items()}
        wanted = list(schema_of(names).items())
        todo = [(part, self.made[part.number]) for part in parts
                if list(self.made[part.number].schema.items()) != wanted]  # fmt: skip
        if todo:
            with closing(self.engine.run(partial(align_part, self.job, types=names), todo)) as answers:
                for (part, _), answer in answers:
                    self._note(part, answer)

    def _write(self, parts: list[Part], errors: list[InputError], *, complete: bool) -> None:
        records = (self.made[part.number].to_record() | {"inputs": to_record(part)}
                   for part in parts if part.number in self.made)  # fmt: skip
        self.folder.write(self.settings, records, complete, map(str, errors))
