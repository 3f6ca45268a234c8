"""``segmenter evaluate``."""

from __future__ import annotations

import argparse
import json

from ..errors import InputError
from ..io import open_output, plain
from .common import (
    EXIT_CODES,
    OK,
    SOME_FAILED,
    Commands,
    SegmenterFactory,
    add_command,
    add_model_options,
    add_progress,
    make_segmenter,
)
from .terminal import Progress, say

_EVALUATE_NOTES = f"""\
A gold line is
  {{"id": "...", "text": "...", "units": [{{"start": 0, "end": 120, "story": 0, "kind": "body"}}, ...]}}
and units with "story": null are furniture. PRED.jsonl holds lines that `segmenter split --format jsonl` wrote,
matched by id. Without it the segmenter runs on the texts of the gold.

examples:
  segmenter evaluate gold.jsonl
  segmenter evaluate gold.jsonl predictions.jsonl --json > scores.json

{EXIT_CODES}"""


def add_evaluate(commands: Commands) -> None:
    """Add the command."""
    parser = add_command(commands, "evaluate", _evaluate, "Score predictions against a gold standard.",
                         _EVALUATE_NOTES)  # fmt: skip
    parser.add_argument("gold", metavar="GOLD.jsonl")
    parser.add_argument("pred", nargs="?", metavar="PRED.jsonl")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    add_model_options(parser)
    add_progress(parser)


def _evaluate(args: argparse.Namespace, factory: SegmenterFactory) -> int:
    from ..evaluation import evaluate_files  # here: it loads more than splitting needs

    segmenter = None
    if args.pred is None:
        segmenter = make_segmenter(args, factory, topics=False)
    elif any(getattr(args, name) is not None for name in ("model", "threshold", "min_chars", "max_chars")):
        args.fail("options of the segmenter have no effect on predictions that are given: leave out PRED.jsonl or them")
    progress = Progress(args.progress)
    try:
        with progress:
            report = evaluate_files(args.gold, args.pred, segmenter=segmenter, progress=lambda _: progress.step())
    except InputError as error:
        say(str(error))
        return SOME_FAILED
    for failure in report.errors:
        say(str(failure))
    shown = json.dumps(plain(report.to_dict()), ensure_ascii=False, indent=2) if args.json else report.to_text()
    with open_output() as stream:  # not print: that writes in the encoding of the locale
        stream.write(f"{shown}\n".encode())
    return SOME_FAILED if report.errors else OK
