"""``python -m segmenter.evaluation GOLD.jsonl ...``: one table over several gold files, the baselines beside it."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import InputError
from .report import ROWS, Report, evaluate_files, table


def main(argv: list[str] | None = None) -> int:
    """Score the default segmenter on each file and print a table for it and for each baseline."""
    parser = argparse.ArgumentParser(prog="python -m segmenter.evaluation", description=__doc__.replace("``", ""))
    parser.add_argument("gold", nargs="+", metavar="GOLD.jsonl")
    reports: dict[str, Report] = {}
    try:
        for path in parser.parse_args(argv).gold:
            reports[Path(path).stem] = evaluate_files(path)
    except InputError as error:
        parser.error(str(error))
    for row in ROWS:
        print(table(reports, row), end="\n\n")
    names = ("kind accuracy", "kind macro recall", "calibration error")
    width = max(map(len, reports))
    print(" " * width, *names, sep="  ")
    for name, report in reports.items():
        figures = report.to_dict()
        shown = (
            figures["kinds"]["accuracy"],
            figures["kinds"]["macro_recall"],
            (figures["reliability"] or {}).get("calibration_error"),
        )
        cells = ("-" if value is None else f"{value:.3f}" for value in shown)
        print(name.ljust(width), *(cell.rjust(len(head)) for cell, head in zip(cells, names, strict=True)), sep="  ")
    for report in reports.values():
        for error in report.errors:
            print(f"segmenter: {error}", file=sys.stderr)
    return int(any(report.errors for report in reports.values()))


if __name__ == "__main__":
    sys.exit(main())
