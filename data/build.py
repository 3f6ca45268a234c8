"""Write the sample dumps and their gold from the structured source.

    python data/build.py            rewrites data/dumps/*.txt and data/gold.jsonl
    python data/build.py --check    changes nothing; verifies that they are current and that the gold is sound

The source, `dumps_source.jsonl`, holds one dump a line: its `id`, its `stories`, and its `lines`, each
`[separator, text, kind, story]`, where `separator` is the white space that stands before the text. Offsets are
counted while the text is put together, in code points; nothing is ever searched for.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE / "dumps_source.jsonl"
DUMPS = HERE / "dumps"
GOLD = HERE / "gold.jsonl"

OF_A_STORY = {"body", "headline", "heading", "caption", "embed", "credit"}
FURNITURE = {"keywords", "ad", "related", "other"}


def assemble(dump: dict) -> dict:
    """One gold record: the text of a dump and where its units stand."""
    pieces: list[str] = []
    units: list[dict] = []
    boundaries: list[int] = []
    begun: set[int] = set()
    at = 0
    for separator, text, kind, story in dump["lines"]:
        start = at + len(separator)
        at = start + len(text)
        pieces += [separator, text]
        units.append({"start": start, "end": at, "story": story, "kind": kind})
        if story is not None and story not in begun:
            if begun:
                boundaries.append(start)
            begun.add(story)
    text = "".join(pieces) + dump["end"]
    return {"id": dump["id"], "text": text, "units": units, "boundaries": boundaries, "stories": dump["stories"]}


def faults(record: dict) -> list[str]:
    """What is wrong with a gold record, in words; empty when nothing is."""
    found: list[str] = []
    text, end, current = record["text"], 0, -1
    for unit in record["units"]:
        where = f"{record['id']}, unit at {unit['start']}"
        piece = text[unit["start"] : unit["end"]]
        if unit["start"] < end:
            found.append(f"{where}: overlaps the unit before it or is out of order")
        if not piece or piece != piece.strip() or "\n" in piece:
            found.append(f"{where}: is empty, not stripped, or longer than a line")
        if text[end : unit["start"]].strip():
            found.append(f"{where}: text before it belongs to no unit")
        if unit["kind"] not in (FURNITURE if unit["story"] is None else OF_A_STORY):
            found.append(f"{where}: kind {unit['kind']!r} does not fit story {unit['story']!r}")
        if unit["story"] is not None:
            if unit["story"] not in (current, current + 1):
                found.append(f"{where}: story {unit['story']} comes after story {current}")
            current = unit["story"]
        end = unit["end"]
    if text[end:].strip():
        found.append(f"{record['id']}: text after the last unit belongs to no unit")
    if [story["story"] for story in record["stories"]] != list(range(current + 1)):
        found.append(f"{record['id']}: the list of stories and the units disagree")
    return found


def files() -> tuple[dict[Path, str], list[dict]]:
    """What every generated file should hold, and the gold records."""
    lines = SOURCE.read_text(encoding="utf-8").split("\n")
    records = [assemble(json.loads(line)) for line in lines if line.strip()]
    wanted = {DUMPS / f"{record['id']}.txt": record["text"] for record in records}
    wanted[GOLD] = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return wanted, records


def stale(wanted: dict[Path, str]) -> list[str]:
    """Files that are missing, differ from the source, or have no source."""
    found = []
    for path, content in wanted.items():
        if not path.exists():
            found.append(f"{path.name}: missing; run python data/build.py")
        elif path.read_bytes() != content.encode("utf-8"):
            found.append(f"{path.name}: differs from the source; run python data/build.py")
    return found + [f"{path.name}: not in the source" for path in DUMPS.glob("*.txt") if path not in wanted]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the sample dumps and their gold from dumps_source.jsonl.")
    parser.add_argument("--check", action="store_true", help="change nothing; verify what is there")
    check = parser.parse_args(arguments).check
    wanted, records = files()
    found = [fault for record in records for fault in faults(record)]
    if check:
        found += stale(wanted)
    elif not found:
        DUMPS.mkdir(exist_ok=True)
        for path, content in wanted.items():
            path.write_bytes(content.encode("utf-8"))
    for fault in found:
        print(fault, file=sys.stderr)
    if not found:
        units = sum(len(record["units"]) for record in records)
        print(f"{'checked' if check else 'wrote'} {len(records)} dumps, {units} units")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
