"""Scores of the segmenter set by set, beside the baselines."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .canvas import Palette, axes, label, say, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...evaluation import Report

_MARKS = ("o", "x", "s")
_LABEL = 40  # columns


def scores(reports: Report | Mapping[str, Report], measure: str = "F1", ax: Axes | None = None) -> Axes:
    """Draw one measure of the segmenter, of *no boundary* and of *even spacing* for every report.

    Parameters
    ----------
    reports : Report or mapping of str to Report
        One, or several by the name to show, such as a file's.
    measure : str
        A column of the reports: "Pk", "WindowDiff", "P", "R", "F1", "F1±1", "count" or "1 whole".
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes
        One row a report. A measure that is not defined for one of the three has no mark.

    Raises
    ------
    ValueError
        If there is no such measure.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    named = dict(reports) if isinstance(reports, Mapping) else {"": reports}
    for report in named.values():
        known = next(iter(report.rows.values()))
        if measure not in known:
            raise ValueError(f"there is no measure {measure!r}; there are {', '.join(known)}")
    ax = axes(ax, 6.5, 1.2 + 0.32 * max(2, len(named)))
    lower = measure in ("Pk", "WindowDiff")
    ax.set_xlabel(f"{measure} ({'lower' if lower else 'higher'} is better)")
    if not named:
        return say(ax, "there are no reports")
    palette = Palette.of(ax)
    ax.hlines(range(len(named)), 0, 1, color=palette.faint, lw=0.8, zorder=0)
    rows = next(iter(named.values())).rows
    for name, mark in zip(rows, _MARKS, strict=True):
        own = name == next(iter(rows))
        found = [(report.rows[name][measure].value, i) for i, report in enumerate(named.values())]
        defined = [(x, i) for x, i in found if x is not None]
        xs, ys = [x for x, _ in defined], [y for _, y in defined]
        if own:
            ax.plot(xs, ys, mark, ms=8, color=palette.accent, label=name, zorder=4)
        else:
            ax.plot(xs, ys, mark, ms=6, mew=1.3, color=palette.soft, mfc="none", label=name, zorder=3)
        for x, i in defined if own else ():
            ax.annotate(f"{x:.3f}", (x, i), (0, 6), textcoords="offset points", ha="center", va="bottom", size="small",
                        color=palette.ink)  # fmt: skip
    ax.set(xlim=(-0.03, 1.03), ylim=(len(named) - 0.4, -0.7))
    ax.set_yticks(range(len(named)), [label(name, _LABEL) for name in named], color=palette.ink, **words("medium"))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.spines["bottom"].set_bounds(0, 1)
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False, borderaxespad=0.2)
    return ax
