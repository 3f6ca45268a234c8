"""What is right about a dump, what a segmenter said about it, and the readers of both.

A gold line is ``{"id", "text", "units": [{"start", "end", "story", "kind"?}]}``; a prediction is a record as
`Document.to_dict` makes it and ``segmenter split --format jsonl`` writes it. Both readers go through their file line by
line and hand back an `InputError` in the place of a line that cannot be used, so one bad line never hides the others.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO, TypeVar

from ..document import KINDS, Document, Span
from ..errors import InputError

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Unit(Span):
    """A gold unit: the smallest piece of a dump whose story and kind are known.

    Parameters
    ----------
    start, end : int
        Code points of the text.
    story : int or None
        Its story, None for furniture.
    kind : str or None
        One of `KINDS`, None where it was not judged.
    """

    story: int | None = None
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Gold:
    """A dump with what is right about it.

    Parameters
    ----------
    id : str
        Name of the dump; predictions are found by it.
    text : str
        The dump.
    units : tuple of Unit
        In order, not empty, without overlap; they need not cover the text.
    source, place : str
        Where it was read ("gold.jsonl", "line 3"); for error messages only.

    Raises
    ------
    ValueError
        If a unit is empty, overlaps the one before, leaves the text, or has an unknown kind.
    """

    id: str
    text: str
    units: tuple[Unit, ...]
    source: str = "gold"
    place: str = ""

    def __post_init__(self) -> None:
        for unit in self.units:
            if not unit.start < unit.end <= len(self.text):
                raise ValueError(
                    f"the unit {unit.start}-{unit.end} is empty or leaves the text of {len(self.text)} code points"
                )
            if unit.kind is not None and unit.kind not in KINDS:
                raise ValueError(f"the unit at {unit.start} has the unknown kind {unit.kind!r}")
        for before, after in pairwise(self.units):
            if after.start < before.end:
                raise ValueError(f"the unit at {after.start} overlaps or precedes the one that ends at {before.end}")


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a segmenter said about a dump, without its text.

    Parameters
    ----------
    length : int
        Code points of the dump.
    boundaries : tuple of int
        Offsets at which stories other than the first begin, increasing.
    stories : int
        How many stories were found.
    starts, kinds, owners : tuple
        Start, kind and story (or None) of every segment; empty where the prediction has none. The segments tile
        ``[0, length)``.
    curve : tuple of (int, float)
        Every place where a story could begin with its probability; empty where it is not known.

    Raises
    ------
    ValueError
        If an offset leaves the dump, a probability leaves [0, 1], or boundaries or segments are out of order.
    """

    length: int
    boundaries: tuple[int, ...]
    stories: int
    starts: tuple[int, ...] = ()
    kinds: tuple[str, ...] = ()
    owners: tuple[int | None, ...] = ()
    curve: tuple[tuple[int, float], ...] = ()

    def __post_init__(self) -> None:
        for offset in (*self.boundaries, *self.starts, *(at for at, _ in self.curve)):
            if not 0 <= offset <= self.length:
                raise ValueError(f"the offset {offset} lies outside of the text of {self.length} code points")
        if any(after <= before for before, after in pairwise(self.boundaries)):
            raise ValueError("the boundaries do not increase")
        if self.starts and (self.starts[0] != 0 or any(after <= before for before, after in pairwise(self.starts))):
            raise ValueError("the segments do not begin at 0 or are out of order")
        if any(not 0.0 <= probability <= 1.0 for _, probability in self.curve):
            raise ValueError("a probability of the curve lies outside of [0, 1]")

    @classmethod
    def from_document(cls, document: Document) -> Prediction:
        """What `document` says."""
        segments = document.segments
        return cls(
            len(document.text),
            tuple(boundary.at for boundary in document.boundaries),
            len(document.stories),
            tuple(segment.start for segment in segments),
            tuple(segment.kind for segment in segments),
            tuple(segment.story for segment in segments),
            tuple((place.at, place.probability) for place in document.curve),
        )

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Prediction:
        """Read a record of `Document.to_dict`.

        Parameters
        ----------
        record : mapping
            Needs ``length`` and ``boundaries``. Without ``segments`` the kinds cannot be scored, without ``stories``
            there is one more than boundaries, without ``curve`` the probabilities cannot be scored.

        Raises
        ------
        ValueError
            If a needed key is missing, a value is of the wrong type, or the segments do not tile the text.
        """
        length = _number(record, "length")
        # A boundary at 0 is the start of the first story, which is none.
        boundaries = tuple(at for entry in _entries(record, "boundaries") if (at := _number(entry, "at")) > 0)
        stories = len(_entries(record, "stories")) if "stories" in record else len(boundaries) + 1
        segments = _entries(record, "segments") if "segments" in record else []
        starts = tuple(_number(segment, "start") for segment in segments)
        ends = tuple(_number(segment, "end") for segment in segments)
        if segments and ends != (*starts[1:], length):
            raise ValueError(f"the segments do not tile the {length} code points without gap or overlap")
        kinds: tuple[Any, ...] = tuple(segment.get("kind") for segment in segments)
        for start, kind in zip(starts, kinds, strict=True):
            if kind not in KINDS:
                raise ValueError(f"the segment at {start} has the unknown kind {kind!r}")
        curve = tuple((_number(entry, "at"), _probability(entry)) for entry in record.get("curve") or ())
        owners = tuple(_story(segment) for segment in segments)
        return cls(length, boundaries, stories, starts, kinds, owners, curve)


def read_golds(path: str) -> Iterator[Gold | InputError]:
    """Read gold lines one at a time.

    Parameters
    ----------
    path : str
        A JSON Lines file in UTF-8. Empty lines are skipped; a line without ``id`` goes by its line number.

    Yields
    ------
    Gold or InputError
        In file order, an error in the place of a line that cannot be used.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    remedy = 'a gold line is {"id", "text", "units": [{"start", "end", "story", "kind"?}]} with units in order'
    seen: set[str] = set()

    def gold(record: Mapping[str, Any], place: str) -> Gold:
        name = str(record["id"]) if record.get("id") is not None else place.removeprefix("line ")
        if not isinstance(record.get("text"), str):
            raise ValueError('"text" is missing or not a string')
        units = tuple(
            Unit(_number(unit, "start"), _number(unit, "end"), _story(unit), unit.get("kind"))
            for unit in _entries(record, "units")
        )
        result = Gold(name, record["text"], units, path, place)
        if name in seen:
            raise ValueError(f"the id {name!r} was used before")
        seen.add(name)
        return result

    return _read(path, gold, remedy)


def read_predictions(path: str) -> Iterator[tuple[str, Prediction] | InputError]:
    """Read predictions one at a time, as (id, prediction).

    Parameters
    ----------
    path : str
        A JSON Lines file as ``segmenter split --format jsonl`` writes it.

    Yields
    ------
    tuple of (str, Prediction) or InputError
        In file order, an error in the place of a line that cannot be used.

    Raises
    ------
    InputError
        If the file cannot be opened.
    """
    remedy = "make predictions with `segmenter split --format jsonl`"

    def prediction(record: Mapping[str, Any], place: str) -> tuple[str, Prediction]:
        name = str(record["id"]) if record.get("id") is not None else place.removeprefix("line ")
        return name, Prediction.from_record(record)

    return _read(path, prediction, remedy)


def _read(path: str, make: Callable[[Mapping[str, Any], str], _T], remedy: str) -> Iterator[_T | InputError]:
    try:
        file = open(path, "rb")  # noqa: SIM115 - opened here so that a missing file shows at once, closed below
    except OSError as error:
        raise InputError(path, "", f"cannot be opened: {error.strerror}", "check its name and rights") from None
    return _lines(file, path, make, remedy)


def _lines(
    file: BinaryIO, path: str, make: Callable[[Mapping[str, Any], str], _T], remedy: str
) -> Iterator[_T | InputError]:
    with file:
        for number, raw in enumerate(file, 1):
            place = f"line {number}"
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict):
                    raise ValueError("not a JSON object")
                yield make(record, place)
            except json.JSONDecodeError as error:
                yield InputError(path, place, f"not valid JSON: {error.msg}, column {error.colno}", "one object a line")
            except UnicodeDecodeError:
                yield InputError(path, place, "not valid UTF-8", "save the file as UTF-8")
            except RecursionError:
                yield InputError(path, place, "JSON nested too deeply", remedy)
            except (KeyError, TypeError, ValueError) as error:
                yield InputError(path, place, str(error), remedy)


def _entries(record: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    values = record.get(key)
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise ValueError(f'"{key}" is missing or not a list of objects')
    return values


def _number(record: Mapping[str, Any], key: str) -> int:
    value = record.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f'"{key}" is missing or not a whole number from 0 on, got {value!r}')
    return value


def _story(record: Mapping[str, Any]) -> int | None:
    return None if record.get("story") is None else _number(record, "story")


def _probability(record: Mapping[str, Any]) -> float:
    value = record.get("probability")
    if not isinstance(value, int | float):
        raise ValueError(f'"probability" is missing or not a number, got {value!r}')
    return float(value)
