"""The record that a folder of parts keeps of itself: with what settings, of what inputs, and what is made.

It is one JSON file, `MANIFEST`. While a run goes on, what it makes is added to a journal beside it, a line a part, so
that a run that is killed loses nothing and a large folder costs no more a part than a small one. The names begin with
"_" and ".", which readers of such folders (Arrow, Spark, Dask, DuckDB) pass over.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ..io import OutputError, open_output
from .settings import fingerprint

MANIFEST, JOURNAL, LOCK = "_manifest.json", ".journal.jsonl", ".lock"
FORMAT = 1
_OURS = re.compile(r"part-\d{5,}\.(?:parquet|jsonl)")
_REMAINS = re.compile(r"\.(?:part-\d{5,}\.|_manifest\.json\.|moving-).*")


class FolderRefused(OutputError):
    """A folder that holds something else than what is to be made."""


class FolderBusy(OutputError):
    """A folder that another run is working on."""


@dataclass(slots=True)
class Made:
    """A part that is made.

    Parameters
    ----------
    file, made_of : str
        Its name in the folder, and `Part.made_of`.
    bytes, sample
        Size and fingerprint of the file.
    dumps, segments : int
        What was split, and rows or segments written.
    errors, notices : list of str
        What failed, and what was left out on purpose, a line each.
    columns, schema : dict
        Of Parquet: the columns carried through, with the types of their values in this part, and with the type that
        they were written in.
    """

    file: str
    made_of: str
    bytes: int = 0
    sample: str = ""
    dumps: int = 0
    segments: int = 0
    errors: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    schema: dict[str, str] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"failed": len(self.errors)}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Made:
        """Read what `to_record` gave, and what was added to it."""
        return cls(**{name: record[name] for name in cls.__slots__})


class Folder:
    """A folder of parts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._journal: BinaryIO | None = None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Make the folder where there is none, and keep other runs away from it.

        Raises
        ------
        FolderBusy
            If there is another run.
        OutputError
            If it cannot be made.
        """
        from filelock import FileLock, Timeout

        try:
            self.path.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self.path}: the folder cannot be made, {error.strerror or error} (make the one that "
                              "it lies in first, or choose another place with -o)") from error  # fmt: skip
        lock = FileLock(self.path.resolve() / LOCK)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise FolderBusy(f"{self.path}: another run is working on this folder (let it end, or name another "
                             "folder)") from None  # fmt: skip
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written, {error.strerror or error} (choose another place with "
                              "-o)") from error  # fmt: skip
        try:
            yield
        finally:
            self.close()
            lock.release()

    def read(self, settings: Mapping[str, Any], anew: bool) -> dict[str, Made]:
        """What is made already, by `Part.made_of`.

        Raises
        ------
        FolderRefused
            If it was made with other settings, or there is something else in the folder.
        """
        made: dict[str, Made] = {}
        manifest = self._manifest(anew)
        if manifest is None:
            foreign = sorted(name for name in os.listdir(self.path) if not name.startswith(".")
                             and name != MANIFEST and not (anew and _OURS.fullmatch(name)))  # fmt: skip
            if foreign:
                raise FolderRefused(f"{self.path}: it holds {foreign[0]}, and no {MANIFEST} of an earlier run (name a "
                                    "new folder, or an empty one)")  # fmt: skip
            with suppress(FileNotFoundError):
                os.unlink(self.path / JOURNAL)
            return made
        differences = [f"{name}: {_shown(manifest['settings'], name)}, now {_shown(settings, name)}" for name in
                       sorted(manifest["settings"].keys() | settings.keys())
                       if manifest["settings"].get(name) != settings.get(name)]  # fmt: skip
        if differences:
            raise FolderRefused(f"{self.path}: its parts were made with other settings, {'; '.join(differences)} (name "
                                "another folder, or begin anew with --anew)")  # fmt: skip
        for record in (*manifest["parts"], *self._lines()):
            with suppress(KeyError, TypeError):
                found = Made.from_record(record)
                made[found.made_of] = found
        return made

    def write(self, settings: Mapping[str, Any], parts: Iterable[Mapping[str, Any]], complete: bool,
              errors: Iterable[str] = ()) -> None:  # fmt: skip
        """Write the manifest in place of what there is, journal included."""
        records = list(parts)
        head = {"format": FORMAT, "complete": complete, "fingerprint": fingerprint(dict(settings)),
                "settings": settings,
                **{name: sum(record[name] for record in records) for name in ("dumps", "segments", "failed")},
                "errors": list(errors)}  # fmt: skip
        with open_output(self.path / MANIFEST) as stream:
            text = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
            stream.write(f'{text},\n "parts": ['.encode())
            for number, record in enumerate(records):
                line = json.dumps(record, ensure_ascii=False).encode("utf-8", "replace")
                stream.write((b",\n  " if number else b"\n  ") + line)
            stream.write(b"\n ]\n}\n")
        self.close()
        with suppress(FileNotFoundError):
            os.unlink(self.path / JOURNAL)

    def add(self, made: Made) -> None:
        """Add a part to the journal."""
        if self._journal is None:
            self._journal = open(self.path / JOURNAL, "ab", buffering=0)  # noqa: SIM115 - open until `close`
        self._journal.write(json.dumps(made.to_record(), ensure_ascii=False).encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """Close the journal."""
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def clean(self, wanted: Iterable[str] | None = None) -> None:
        """Remove what runs that were killed have left, and the parts that are not `wanted` any more."""
        kept = None if wanted is None else set(wanted)
        for name in os.listdir(self.path):
            if _REMAINS.fullmatch(name) or (kept is not None and _OURS.fullmatch(name) and name not in kept):
                with suppress(FileNotFoundError):
                    os.unlink(self.path / name)

    def move(self, files: Mapping[str, str]) -> None:
        """Rename parts, where a name may be one that another gives up."""
        moving = {old: f".moving-{new}" for old, new in files.items() if old != new}
        for old, between in moving.items():
            os.replace(self.path / old, self.path / between)
        for old, between in moving.items():
            os.replace(self.path / between, self.path / files[old])

    def _manifest(self, anew: bool) -> dict[str, Any] | None:
        path = self.path / MANIFEST
        if anew:
            return None
        try:
            found = json.loads(path.read_bytes())
            if found["format"] != FORMAT:
                raise ValueError(f"format {found['format']!r}, and this version reads {FORMAT}")
            if not isinstance(found["settings"], dict) or not isinstance(found["parts"], list):
                raise ValueError("it holds something else")
            return dict(found)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise FolderRefused(f"{path}: cannot be read ({error}); name another folder, or begin anew with "
                                "--anew") from error  # fmt: skip

    def _lines(self) -> Iterator[Any]:
        with suppress(FileNotFoundError), open(self.path / JOURNAL, "rb") as file:
            for line in file:
                with suppress(ValueError):  # the last may be cut off
                    yield json.loads(line)


def _shown(settings: Mapping[str, Any], name: str) -> str:
    value = settings.get(name)
    return f"{value[:12]}..." if isinstance(value, str) and len(value) >= 32 else json.dumps(value, ensure_ascii=False)

