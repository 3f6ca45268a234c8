"""The taxonomy that ships: IPTC Media Topics as one JSON file, with names as people write them."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InputError

CREDIT = "IPTC Media Topic NewsCodes, (c) IPTC, CC BY 4.0, http://cv.iptc.org/newscodes/mediatopic/"


def write_iptc(shared: Path, out: Path) -> None:
    """Write ``media_topics.json`` into `out`.

    Parameters
    ----------
    shared : path
        A folder with ``iptc/media_topics.tsv`` and ``iptc/top_level.json``.
    out : path
        Usually ``segmenter/models/iptc``.

    Raises
    ------
    InputError
        If the source cannot be read.
    """
    try:
        top = json.loads((shared / "iptc" / "top_level.json").read_text(encoding="utf-8"))
        table = (shared / "iptc" / "media_topics.tsv").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise InputError(str(shared / "iptc"), "", f"cannot be read ({error})", "name the folder above it") from error
    roots = {topic["qcode"]: topic for topic in top["topics"]}
    written = _names()
    labels = []
    for line in table:
        if line.startswith("#"):
            continue
        id, parent, name, wordings = line.split("\t")
        label: dict[str, Any] = {"id": id, "label": {"en": name} | written.get(id, {})}
        if parent != "-":
            label["parent"] = parent
        if id in roots:
            label["description"] = roots[id]["definition_en"]
        label["synonyms"] = [wording for wording in wordings.split("|") if wording != name]
        labels.append(label)
    out.mkdir(parents=True, exist_ok=True)
    head = json.dumps({"credit": CREDIT, "source": top["source"]}, ensure_ascii=False, indent=1)
    lines = ",\n".join(json.dumps(label, ensure_ascii=False, separators=(",", ":")) for label in labels)
    text = head.removesuffix("\n}") + f',\n "labels": [\n{lines}\n]}}\n'
    (out / "media_topics.json").write_text(text, encoding="utf-8")


def _names() -> dict[str, dict[str, str]]:
    """Names by topic and language; the table of the source holds them without accents and hamzas."""
    names: dict[str, dict[str, str]] = {}
    text = (resources.files(__package__) / "iptc_names.tsv").read_text(encoding="utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            id, language, name = line.split("\t")[:3]  # a fourth column marks names of our own
            names.setdefault(id, {})[language] = name
    return names
