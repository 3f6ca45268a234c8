"""``python -m segmenter.evaluation``: tables over several gold files, the baselines beside the segmenter.

python -m segmenter.evaluation data/gold.jsonl --topics data/stories.jsonl --clusters data/threads.jsonl
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import InputError, SegmenterError
from .report import ROWS, Report, evaluate_files, table
from .thread_tables import thread_table
from .topic_tables import topic_tables


def main(argv: list[str] | None = None) -> int:
    """Score the default segmenter and the shipped classifier of topics and the tracker, and print tables."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation", description=__doc__.split("\n")[0])
    parser.add_argument("gold", nargs="*", metavar="GOLD.jsonl", help="dumps with units, as `segmenter evaluate` reads")
    parser.add_argument("--topics", nargs="*", default=[], metavar="STORIES.jsonl", help="stories with a topic each")
    parser.add_argument("--clusters", nargs="+", default=[], metavar="ARTICLES.jsonl",
                        help="articles with a thread each; where they are without text, a second file that holds it")
    args = parser.parse_args(argv)
    if not args.gold and not args.topics and not args.clusters:
        parser.error("name a gold file, or one of stories after --topics, or one of articles after --clusters")
    if len(args.clusters) > 2:
        parser.error("--clusters takes a file of articles, and at most one of their texts")
    errors: list[InputError] = []
    try:
        if args.gold:
            reports = {Path(path).stem: evaluate_files(path) for path in args.gold}
            errors = [error for report in reports.values() for error in report.errors]
            print(dump_tables(reports))
        if args.topics:
            print(topic_tables(args.topics))
        if args.clusters:
            print(thread_table(*args.clusters))
    except SegmenterError as error:
        parser.error(str(error))
    for failure in errors:
        print(f"segmenter: {failure}", file=sys.stderr)
    return int(bool(errors))


def dump_tables(reports: dict[str, Report]) -> str:
    """One table for the segmenter and one for each baseline, a row a file; then kinds and calibration."""
    heads = ("kind accuracy", "kind macro recall", "calibration error")
    width = max(map(len, reports))
    lines = ["  ".join((" " * width, *heads))]
    for name, report in reports.items():
        figures = report.to_dict()
        kinds, reliability = figures["kinds"] or {}, figures["reliability"] or {}
        values = (kinds.get("accuracy"), kinds.get("macro_recall"), reliability.get("calibration_error"))
        lines.append("  ".join((name.ljust(width), *map(_cell, values, heads))))
    return "\n\n".join([*(table(reports, row) for row in ROWS), "\n".join(lines)])


def _cell(value: float | None, head: str) -> str:
    return ("-" if value is None else f"{value:.3f}").rjust(max(5, len(head)))


if __name__ == "__main__":
    sys.exit(main())
