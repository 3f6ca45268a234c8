"""The reliability curve: whether what is said with a probability of p is right in a share p of the cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from .canvas import Palette, axes, say

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...evaluation import Report

_Z = 1.96  # of the normal distribution, for 95 %


def reliability(report: Report | ArrayLike, probabilities: ArrayLike | None = None, ax: Axes | None = None) -> Axes:
    """Draw the share that is right over the probability that was given, in ten bins of equal width.

    A point is the mean probability and the share of a bin, its bar the 95 % interval of the share (Wilson 1927), the
    number above it how many places the bin has. On the dashed line probabilities are right.

    Parameters
    ----------
    report : Report or array_like
        A report, for the probabilities of boundaries; or for any others, such as those of topics, what is true (0 or 1,
        False or True), in the shape of `probabilities`.
    probabilities : array_like, optional
        What was said, in [0, 1], where `report` is no report.
    ax : Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the arrays differ in shape, a probability is outside of [0, 1], or a truth is neither 0 nor 1.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    of_boundaries = probabilities is None
    bins, error = _bins(report, probabilities)
    filled = [part for part in bins if part["places"]]
    ax = axes(ax, 4.8, 4.8)
    ax.set(xlabel="probability of a boundary" if of_boundaries else "probability that was given",
           ylabel="share of places that are boundaries" if of_boundaries else "share that is true")  # fmt: skip
    if not filled:
        return say(ax, "there are no probabilities")
    palette = Palette.of(ax)
    x, y, n = (np.array([part[name] for part in filled], dtype=float) for name in ("probability", "share", "places"))
    low, high = _wilson(y, n)
    ax.plot([0, 1], [0, 1], ls=(0, (4, 3)), color=palette.soft, lw=1, label="_right", zorder=1)
    ax.errorbar(x, y, yerr=[np.maximum(y - low, 0), np.maximum(high - y, 0)], fmt="o-", ms=6, lw=1.4,
                color=palette.accent, elinewidth=1, capsize=2, clip_on=False, label="_shares", zorder=3)  # fmt: skip
    for part in filled:
        ax.text((part["from"] + part["to"]) / 2, 1.03, f"{part['places']:,}", transform=ax.get_xaxis_transform(),
                ha="center", va="bottom", size="small", color=palette.soft)  # fmt: skip
    ax.text(0, 1.085, f"places in each bin; calibration error {error:.3f}", transform=ax.transAxes, ha="left",
            va="bottom", size="small", color=palette.ink)  # fmt: skip
    ax.set(xlim=(0, 1), ylim=(0, 1), xticks=np.linspace(0, 1, 6), yticks=np.linspace(0, 1, 6))
    ax.set_aspect("equal", anchor="C")
    return ax


def _bins(report: Any, probabilities: Any) -> tuple[Sequence[Mapping[str, Any]], float | None]:
    if probabilities is None:
        if not hasattr(report, "calibration"):
            raise ValueError("reliability takes a report, or what is true and the probabilities that were given")
        return report.calibration.bins(), report.calibration.value
    from ...evaluation.metrics import CalibrationError  # bins are made in one place

    truth, given = np.asarray(report, dtype=float), np.asarray(probabilities, dtype=float)
    if truth.shape != given.shape:
        raise ValueError(f"truth has the shape {truth.shape}, the probabilities {given.shape}")
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError("a probability lies outside of [0, 1]")
    if not np.isin(truth, (0, 1)).all():
        raise ValueError("the truth of a place is 0 or 1")
    calibration = CalibrationError()
    calibration.count(given.ravel(), truth.ravel())
    return calibration.bins(), calibration.value


def _wilson(share: Any, n: Any) -> tuple[Any, Any]:
    """Ends of the 95 % score intervals of shares among `n`."""
    middle = share + _Z**2 / (2 * n)
    half = _Z * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return (middle - half) / (1 + _Z**2 / n), (middle + half) / (1 + _Z**2 / n)
