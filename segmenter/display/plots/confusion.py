"""The confusion matrix: what was taken for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .canvas import Palette, axes, label, mixed, say, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...evaluation import Report

_LABEL = 32  # columns
_WRITTEN = 30  # labels up to which counts are written into the cells


def confusion(report: Report | Sequence[Any], predicted: Sequence[Any] | None = None, ax: Axes | None = None, *,
              labels: Mapping[Any, str] | None = None) -> Axes:  # fmt: skip
    """Draw how often each kind, or label, was taken for each: counts in the cells, colour by their share of the row.

    Parameters
    ----------
    report : Report or sequence
        A report, for the kinds of its units; or the true labels, one for each of `predicted`.
    predicted : sequence, optional
        The predicted labels, where `report` is no report.
    ax : Axes, optional
        Where to draw; by default a new figure.
    labels : mapping, optional
        Names to show for labels, such as those of topics for their ids; its order is the order of rows. By default
        kinds stand in the order of `KINDS`, others in that of the alphabet.

    Returns
    -------
    Axes
        Rows are true, columns predicted. With more than 30 labels the counts are not written.

    Raises
    ------
    ValueError
        If there are not as many predictions as true labels, or `labels` lacks one of them.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    names, counts = _counts(report, predicted, labels)
    n = len(names)
    ax = axes(ax, 2.6 + 0.42 * min(max(n, 3), 30), 1.8 + 0.42 * min(max(n, 3), 30))
    what = "kind" if predicted is None else "label"
    ax.set(xlabel=f"predicted {what}", ylabel=f"true {what}")
    if not counts.sum():
        return say(ax, f"no {what}s were judged")
    palette = Palette.of(ax)
    total = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros(counts.shape), where=total > 0)
    ax.imshow(share, cmap=palette.ramp(palette.accent), vmin=0, vmax=1, interpolation="nearest")
    for row, column in zip(*np.nonzero(counts), strict=True) if n <= _WRITTEN else ():
        ground = mixed(palette.paper, palette.accent, float(share[row, column]))
        ax.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", size="small",
                color=palette.on(ground))  # fmt: skip
    shown = [label(name, _LABEL) for name in names]
    ax.set_xticks(range(n), shown, rotation=45, ha="right", rotation_mode="anchor", color=palette.ink, **words())
    ax.set_yticks(range(n), shown, color=palette.ink, **words())
    for row, units in enumerate(total[:, 0].tolist()):
        ax.text(n - 0.3, row, f"{units:,}", va="center", size="small", color=palette.soft)
    ax.text(n - 0.3, -0.75, "total", va="center", size="small", color=palette.soft)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)  # which some styles would draw over the cells
    ax.hlines(np.arange(n + 1) - 0.5, -0.5, n - 0.5, color=palette.faint, lw=0.5, label="_rows")
    return ax


def _counts(report: Any, predicted: Any, labels: Mapping[Any, str] | None) -> tuple[list[str], NDArray[np.int64]]:
    """The names of the labels, and how often each (row) was taken for each (column)."""
    if predicted is None:
        if not hasattr(report, "kinds"):
            raise ValueError("confusion takes a report, or true labels and predicted ones")
        table = report.kinds.confusion()
        present = _ordered(list(table), labels)
        counts = [[table[gold][kind] for kind in present] for gold in present]
    else:
        from sklearn.metrics import confusion_matrix

        true, given = list(report), list(predicted)
        if len(true) != len(given):
            raise ValueError(f"{len(true)} true labels, but {len(given)} predicted ones")
        present = _ordered(sorted({*true, *given}, key=str), labels)
        place = {name: i for i, name in enumerate(present)}
        counts = confusion_matrix([place[name] for name in true], [place[name] for name in given],
                                  labels=range(len(present))) if present else []  # fmt: skip
    shown = [str(labels[name]) if labels else str(name) for name in present]
    return shown, np.asarray(counts, dtype=np.int64).reshape(len(present), len(present))


def _ordered(found: list[Any], labels: Mapping[Any, str] | None) -> list[Any]:
    if labels is None:
        return found
    if missing := [name for name in found if name not in labels]:
        raise ValueError(f"labels has no name for {', '.join(map(repr, missing))}")
    return [name for name in labels if name in found]
