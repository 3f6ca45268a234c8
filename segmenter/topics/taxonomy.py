"""Labels that stories are sorted under: IPTC Media Topics, or a list of the user's own."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from ..errors import InputError

IPTC = "iptc"
SEPARATOR = "|"
CSV_FIELDS = "label, optionally id, description, parent, examples and synonyms (separated by |)"


@dataclass(frozen=True, slots=True)
class Label:
    """One label of a taxonomy.

    Parameters
    ----------
    id : str
        What the label is called in data: ``medtop:15000000``.
    names : mapping of str to str
        Name by ISO 639-1 language; the first is used where a language is missing.
    description : str
        What belongs under it; may be empty.
    parent : str or None
        Id of the label above, None for a root.
    examples : tuple of str
        Texts that belong under it.
    synonyms : tuple of str
        Other wordings of the name in any language, lower case, without marks.
    """

    id: str
    names: Mapping[str, str] = field(hash=False)
    description: str = ""
    parent: str | None = None
    examples: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or not any(self.names.values()):
            raise ValueError(f"a label needs an id and a name, got id={self.id!r}, names={dict(self.names)!r}")


class Taxonomy:
    """A forest of labels.

    Parameters
    ----------
    labels : iterable of Label
        Parents may stand after their children.
    name : str
        What the taxonomy is called in output and errors.
    credit : str
        Whom to credit where the labels are shown, empty if nobody asks for it.

    Raises
    ------
    InputError
        If an id occurs twice, a parent is missing, or labels are above themselves.
    """

    def __init__(self, labels: Iterable[Label], *, name: str = "taxonomy", credit: str = "") -> None:
        self.title, self.credit = name, credit
        table: dict[str, Label] = {}
        for label in labels:
            if label.id in table:
                raise InputError(name, f"label {label.id!r}", "the id occurs twice", "give each label its own id")
            table[label.id] = label
        if not table:
            raise InputError(name, "", "it holds no label", "list at least two labels")
        self._labels: Mapping[str, Label] = MappingProxyType(table)
        self._children: dict[str | None, list[str]] = {}
        for label in table.values():
            if label.parent is not None and label.parent not in table:
                raise InputError(name, f"label {label.id!r}", f"its parent {label.parent!r} is not a label",
                                 "add the parent or leave it empty")  # fmt: skip
            self._children.setdefault(label.parent, []).append(label.id)
        self._roots: dict[str, str] = {}
        for id in table:
            self._find_root(id)

    def __len__(self) -> int:
        return len(self._labels)

    def __iter__(self) -> Iterator[Label]:
        return iter(self._labels.values())

    def __contains__(self, id: object) -> bool:
        return id in self._labels

    def __getitem__(self, id: str) -> Label:
        try:
            return self._labels[id]
        except KeyError:
            raise KeyError(f"{self.title} has no label {id!r}; its roots are {', '.join(self.roots[:20])}") from None

    def __repr__(self) -> str:
        return f"Taxonomy({self.title!r}, {len(self)} labels, {len(self.roots)} roots)"

    @property
    def roots(self) -> tuple[str, ...]:
        """Ids of the labels without a parent, in order."""
        return tuple(self._children.get(None, ()))

    def children(self, id: str) -> tuple[str, ...]:
        """Ids of the labels right below `id`, in order."""
        return tuple(self._children.get(self[id].id, ()))

    def descendants(self, id: str) -> tuple[str, ...]:
        """Ids of all labels below `id`, depth first."""
        below: list[str] = []
        ahead = list(reversed(self.children(id)))
        while ahead:
            below.append(ahead.pop())
            ahead += reversed(self.children(below[-1]))
        return tuple(below)

    def root(self, id: str) -> str:
        """Id of the root above `id`, which may be `id` itself."""
        return self._roots[self[id].id]

    def _find_root(self, id: str) -> None:
        """Note the root of a label and of all that are passed on the way up, each once."""
        way: dict[str, None] = {}
        while id not in self._roots:
            if id in way:
                raise InputError(self.title, f"label {id!r}", "it is above itself", "break the circle of parents")
            way[id] = None
            parent = self._labels[id].parent
            if parent is None:
                self._roots[id] = id
            else:
                id = parent
        for label in way:
            self._roots[label] = self._roots[id]

    def path(self, id: str) -> tuple[str, ...]:
        """Ids from the root down to `id`, both included."""
        way = [id]
        while (parent := self[way[-1]].parent) is not None:
            way.append(parent)
        return tuple(reversed(way))

    def name(self, id: str, language: str = "en") -> str:
        """Name of a label in a language (ISO 639-1); English, then any, where it has none in that language."""
        return best_name(self[id].names, language)

    @classmethod
    def from_records(cls, records: Iterable[Mapping[str, Any] | str], *, name: str = "taxonomy",
                     credit: str = "") -> Taxonomy:  # fmt: skip
        """Make a taxonomy of mappings.

        Parameters
        ----------
        records : iterable of mapping
            ``label`` (a string, or a mapping from language to string) is required; ``id`` (default: the label),
            ``description``, ``examples``, ``synonyms`` (lists of texts) and ``parent`` (an id or a label) are optional.
        name, credit : str
            See `Taxonomy`.

        Raises
        ------
        InputError
            If a record has no label or is no mapping.
        """
        labels = []
        for number, record in enumerate(records, 1):
            place = f"entry {number}"
            if isinstance(record, str):
                record = {"label": record}
            if not isinstance(record, Mapping):
                raise InputError(name, place, f"a label is a mapping or a string, not {type(record).__name__}",
                                 'write it as {"label": ...}')  # fmt: skip
            text = record.get("label")
            if isinstance(text, Mapping):
                names = {str(k): str(v).strip() for k, v in text.items() if v is not None and str(v).strip()}
            else:
                names = {} if text is None or not str(text).strip() else {"en": str(text).strip()}
            if not names:
                raise InputError(name, place, "it has no label", f"give {CSV_FIELDS}")
            own = _field(record, "id") or next(iter(names.values()))
            try:
                labels.append(Label(own, names, _field(record, "description") or "", _field(record, "parent"),
                                    _texts(record.get("examples")), _texts(record.get("synonyms"))))  # fmt: skip
                "".join(
                    (own, *names.values(), labels[-1].description, *labels[-1].examples, *labels[-1].synonyms)
                ).encode()
            except (TypeError, ValueError) as error:
                raise InputError(name, f"{place}, label {own!r}", str(error),
                                 "write examples and synonyms as a list of texts, in UTF-8") from error  # fmt: skip
        labels = _with_ids_of_parents(labels)
        return cls(labels, name=name, credit=credit)

    @classmethod
    def read(cls, path: str | Path) -> Taxonomy:
        """Read a taxonomy of one's own.

        Parameters
        ----------
        path : path
            ``.json`` or ``.yaml``/``.yml``: a list of entries, or a mapping with the list as ``labels``; ``.csv``: a
            line a label with a head line. The fields are those of `from_records`; examples in CSV are separated by |.

        Raises
        ------
        InputError
            If the file cannot be read, is of another kind, or does not hold labels.
        """
        path = Path(path)
        readers = {".json": _read_json, ".yaml": _read_yaml, ".yml": _read_yaml, ".csv": _read_csv}
        if path.suffix.lower() not in readers:
            raise InputError(str(path), "", "a taxonomy is a .json, .yaml or .csv file", "save it as one of these")
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(str(path), "", f"cannot be read ({error})", "check the path; save it as UTF-8") from error
        data = readers[path.suffix.lower()](str(path), text)
        credit = ""
        if isinstance(data, Mapping):
            credit, data = str(data.get("credit") or ""), data.get("labels")
        if not isinstance(data, list):
            raise InputError(str(path), "", "holds no list of labels", "write a list, or a mapping with `labels`")
        return cls.from_records(data, name=str(path), credit=credit)

    @classmethod
    def iptc(cls) -> Taxonomy:
        """IPTC Media Topics: 17 roots, 1,393 labels. (c) IPTC, CC BY 4.0."""
        return _iptc()


def best_name(names: Mapping[str, str], language: str, default: str = "") -> str:
    """The name in a language; in English, then in any, where there is none."""
    return names.get(language) or names.get("en") or next(filter(None, names.values()), default)


def _field(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return None if value is None or not str(value).strip() else str(value).strip()


def _texts(value: Any) -> tuple[str, ...]:
    """Texts of a list, or of what is one text alone."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = (value,)
    if not isinstance(value, list | tuple) or any(isinstance(text, Mapping | list) for text in value):
        raise TypeError(f"a list of texts is wanted, not {type(value).__name__} {str(value)[:40]!r}")
    return tuple(stripped for text in value if text is not None and (stripped := str(text).strip()))


def _refuse_half_characters(label: Label) -> None:
    "".join((label.id, *label.names.values(), label.description, *label.examples, *label.synonyms)).encode()


def _with_ids_of_parents(labels: list[Label]) -> list[Label]:
    """The labels with the ids of their parents, which may be called by a name that only one label has."""
    ids = {label.id for label in labels}
    called: dict[str, list[str]] = {}
    for label in labels:
        for text in set(label.names.values()):
            called.setdefault(text, []).append(label.id)
    return [replace(label, parent=called[label.parent][0])
            if label.parent is not None and label.parent not in ids and len(called.get(label.parent, ())) == 1
            else label for label in labels]  # fmt: skip


@cache
def _iptc() -> Taxonomy:
    file = resources.files("segmenter") / "models" / IPTC / "media_topics.json"
    data = json.loads(file.read_text(encoding="utf-8"))
    return Taxonomy.from_records(data["labels"], name="IPTC Media Topics", credit=data["credit"])


def _read_json(source: str, text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputError(source, f"line {error.lineno}", f"no JSON ({error.msg})", "correct the file") from error
    except RecursionError as error:
        raise InputError(source, "", "JSON that is nested too deeply", "write a list of labels") from error


def _read_yaml(source: str, text: str) -> Any:
    try:
        import yaml  # an extra: most users never need it
    except ImportError as error:
        raise InputError(source, "", "reading YAML needs PyYAML, which is not installed",
                         "pip install pyyaml, or save the taxonomy as JSON or CSV") from error  # fmt: skip
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}" if mark else ""
        raise InputError(source, place, f"no YAML ({getattr(error, 'problem', error)})", "correct the file") from error


def _read_csv(source: str, text: str) -> list[dict[str, Any]]:
    rows = csv.DictReader(text.splitlines(keepends=True), strict=True)
    records: list[dict[str, Any]] = []
    try:
        if "label" not in (rows.fieldnames or ()):
            found = ", ".join(rows.fieldnames or ()) or "none"
            raise InputError(source, "line 1", f"no column is called label, the columns found are: {found}",
                             f"separate columns by commas and name them {CSV_FIELDS}")  # fmt: skip
        for row in rows:
            record: dict[str, Any] = {key: value for key, value in row.items() if key is not None}
            record |= {key: (row.get(key) or "").split(SEPARATOR) for key in ("examples", "synonyms")}
            records.append(record)
    except csv.Error as error:
        raise InputError(source, f"line {max(rows.line_num, 1)}", f"no CSV ({error})", "correct the file") from error
    return records
