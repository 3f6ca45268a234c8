"""An evaluation as HTML: its tables, with the best of each measure marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .markup import inline, many
from .style import REPORT

if TYPE_CHECKING:
    from ..evaluation.report import Report

MAX_ERRORS = 100
"""Errors that are listed."""

_LOWER = ("Pk", "WindowDiff")
_MEANINGS = {
    "Pk": "how often two units a certain distance apart are wrongly held to be of one story or of two; lower is better",
    "WindowDiff": "how often a window holds another number of boundaries than it should; lower is better",
    "P": "precision: boundaries found that are right", "R": "recall: boundaries of the gold that were found",
    "F1": "harmonic mean of precision and recall, at the exact unit", "F1±1": "F1 within one unit",
    "count": "dumps with the right number of stories", "1 whole": "dumps of one story that were left in one piece",
}  # fmt: skip


def report_html(report: Report) -> str:
    """Draw a report as an HTML fragment, without scripts or references to anything outside of it.

    In each column of the table of boundaries the best value is marked, by a dot and in bold, unless all are equal.
    """
    facts = [many(report.documents, "document")]
    facts += [f"{len(report.errors):,} could not be scored"] if report.errors else []
    out = [REPORT, '<div class="sgm" dir="ltr">\n<div class="sgm-head">', *(f"<span>{fact}</span> " for fact in facts),
           "</div>\n", _table("Boundaries", report.boundary_rows(), best=_best(report))]  # fmt: skip
    notes = "<br>".join(inline(note) for note in ("● the best of a column.", *report.notes()))
    out += [f'<p class="sgm-note">{notes}</p>\n']
    if report.kinds.value is not None:
        out.append(_table("Kinds", report.kind_rows(), wide=4))
        facts = [f"{inline(metric.name)}: {metric.value:.3f}" for metric in
                 (report.kinds, report.kind_recall, report.kind_and_place) if metric.value is not None]  # fmt: skip
        out.append(f'<p class="sgm-note">{" · ".join(facts)}</p>\n')
    if report.calibration.value is not None:
        from ..evaluation.report import reliability_rows  # a report imports this module only when it is drawn

        out.append(_table("Reliability of the boundary probabilities", reliability_rows(report.calibration)))
        out.append(f'<p class="sgm-note">calibration error: {report.calibration.value:.3f}</p>\n')
    return "".join((*out, _errors(report), "</div>\n"))


def _best(report: Report) -> set[tuple[int, int]]:
    """The cells of the best values, by line and column of the table."""
    names = list(next(iter(report.rows.values())))
    found = set()
    for column, name in enumerate(names, 1):
        values = [metrics[name].value for metrics in report.rows.values()]
        known = [value for value in values if value is not None]
        if known and min(known) < max(known):
            best = min(known) if name in _LOWER else max(known)
            found |= {(line, column) for line, value in enumerate(values, 1) if value == best}
    return found


def _table(caption: str, rows: list[list[str]], *, best: set[tuple[int, int]] | None = None, wide: int = -1) -> str:
    head, *body = rows
    heads = "".join(
        f'<th scope="col"{_name(i, wide)}{_meaning(cell)}>{inline(cell)}</th>' for i, cell in enumerate(head)
    )
    lines = []
    for line, row in enumerate(body, 1):
        cells = [f'<th scope="row" class="sgm-left">{inline(row[0])}</th>']
        for i, cell in enumerate(row[1:], 1):
            win = best is not None and (line, i) in best
            name = ' class="sgm-win" title="the best"' if win else _name(i, wide)
            cells.append(f"<td{name}>{inline(cell)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    return (
        f'<div class="sgm-scroll" tabindex="0" role="group" aria-label="{caption}"><table class="sgm-table">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead>\n<tbody>{''.join(lines)}</tbody></table></div>\n"
    )


def _name(column: int, wide: int) -> str:
    if column == wide:
        return ' class="sgm-left sgm-wrap"'
    return "" if column else ' class="sgm-left"'


def _meaning(cell: str) -> str:
    return f' title="{inline(_MEANINGS[cell])}"' if cell in _MEANINGS else ""


def _errors(report: Report) -> str:
    if not report.errors:
        return ""
    lines = "".join(f'<li dir="auto">{inline(error, 500)}</li>\n' for error in report.errors[:MAX_ERRORS])
    left = len(report.errors) - MAX_ERRORS
    more = f'<p class="sgm-note">{left:,} more in Report.errors</p>\n' if left > 0 else ""
    summary = f"<summary>{len(report.errors):,} could not be scored</summary>"
    return f'<details class="sgm-more">{summary}<ul class="sgm-list">\n{lines}</ul>{more}</details>\n'
