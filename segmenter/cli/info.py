"""`segmenter info`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..io import open_output
from .common import OK, SOME_FAILED, Commands, SegmenterFactory, add_command
from .terminal import say

if TYPE_CHECKING:
    from ..inventory import Inventory

_NOTES = """\
Say it when you report a problem. Models differ where their checksums do.

examples:
  segmenter info
  segmenter info --json > info.json
  segmenter info --verify

exit status:
  0    done
  1    with --verify: a shipped file is changed or missing, each with a line on standard error
  2    wrong usage, or a shipped file cannot be read
"""


def add_info(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "info", _info, "Show versions, shipped models and default settings.", _NOTES)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--verify", action="store_true", help="compare the models with the checksums shipped with them")


def _info(args: argparse.Namespace, _: SegmenterFactory) -> int:
    from ..inventory import damage, inventory  # here, so that other commands answer at once

    found = inventory()
    shown = json.dumps(found.to_dict(), ensure_ascii=False, indent=2) if args.json else "\n".join(_lines(found))
    with open_output() as stream:
        stream.write(f"{shown}\n".encode())
    if not args.verify:
        return OK
    differences = damage()
    for line in differences:
        say(line)
    if not differences:
        say("all models are as shipped")
    return SOME_FAILED if differences else OK


def _lines(found: Inventory) -> Iterator[str]:
    yield f"segmenter {found.segmenter}"
    yield from _table({"python": found.python, "platform": found.platform, "folder": found.folder})
    yield "\ndependencies"
    yield from _table({name: version or "missing: pip install segmenter again" for name, version
                       in found.dependencies.items()})  # fmt: skip
    if found.extras:
        yield "\nextras"
        yield from _table({
            extra.name: ", ".join(f"{name} {version}" for name, version in extra.packages.items() if version)
            if extra.present else f"not installed ({extra.remedy})" for extra in found.extras
        })  # fmt: skip
    yield "\nmodels (SHA-256; their cards, README.md beside them, say what they were made of)"
    width = max((len(file.path) for file in found.models), default=0)
    for file in found.models:
        yield f"  {file.path:{width}}  {file.bytes:>10,}  {file.sha256}"
    yield "\ndefault settings"
    yield from _table({name: repr(value) for name, value in found.settings.items()})
    yield "\nLicence: Apache-2.0; the IPTC Media Topics are (c) IPTC, CC BY 4.0."


def _table(rows: Mapping[str, Any]) -> list[str]:
    width = max(map(len, rows), default=0)
    return [f"  {name:{width}}  {value}" for name, value in rows.items()]
