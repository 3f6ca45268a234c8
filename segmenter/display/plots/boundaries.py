"""The boundary curve: how probable it is along the text that a story begins."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np

from ...document import Boundary, Document
from ...io.terminal import display_width
from ..markup import direction, plain
from .canvas import COLOURS, VERMILION, Palette, axes, boxes, points, say, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ...evaluation import Gold

COLUMNS = 1_000
"""Stems along the text at most."""

_LEAST = 0.005  # a stem lower than this is no more than the line that it stands on
_LETTER = 0.6  # mean width of a letter, in its size
_LINES = 3
_BAND = 8.0  # points


def boundary_curve(document: Document, truth: Sequence[int] | Gold | Document | None = None, ax: Axes | None = None,
                   *, right_to_left: bool = False) -> Axes:  # fmt: skip
    """Draw the probability of a boundary along the text, with the stories as bands below.

    Boundaries that were found have a filled dot on their stem; true ones a dashed line up to an open triangle. So a
    dashed line without a dot is a boundary that was missed, a dot without a dashed line one too many.

    Parameters
    ----------
    document : Document
        Of a long text the most probable place in each thousandth is drawn.
    truth : sequence of int, Gold or Document, optional
        Where the stories other than the first begin in truth: offsets in code points, or what has the stories of the
        same text, such as a line of a gold file (`segmenter.evaluation.read_golds`) or a corrected document.
    ax : Axes, optional
        Where to draw; by default a new figure.
    right_to_left : bool
        Whether the text runs from right to left in the plot. Titles read right either way.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If `truth` is of another text, or one of its offsets leaves the text.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    true = None if truth is None else _offsets(document, truth)
    ax = axes(ax, 9, 3.4)
    ax.set(xlabel="place in the text (code points)", ylabel="probability of a boundary")
    if not document.text:
        return say(ax, "the text is empty")
    length, palette = len(document.text), Palette.of(ax)
    found = _highest(document.boundaries, length)
    here = {boundary.at for boundary in document.boundaries}
    others = [b for b in _highest((b for b in document.curve if b.at not in here), length) if b.probability >= _LEAST]
    many = float(np.clip((50 / max(1, len(found))) ** 0.5, 0.3, 1))  # dots shrink before they run together
    ax.vlines([b.at for b in others], 0, [b.probability for b in others], color=palette.soft, lw=1.2, label="_others")
    ax.vlines([b.at for b in found], 0, [b.probability for b in found], color=palette.ink, lw=1.6 * many,
              label="_found")  # fmt: skip
    if true is not None:
        shown = [b.at for b in _highest((Boundary(at) for at in true), length)]
        ax.vlines(shown, 0, 1.09, color=VERMILION, lw=1.2, ls=(0, (4, 3)), label="_true")
        ax.plot(shown, [1.09] * len(shown), "v", ms=7, mec=VERMILION, mfc="none", mew=1.4, clip_on=not shown,
                label=f"true ({len(true):,})")  # fmt: skip
    ax.plot([b.at for b in found], [b.probability for b in found], "o", ms=6 * many, color=palette.ink,
            clip_on=not found, label=f"found ({len(here):,})", zorder=3)  # fmt: skip
    ax.axhline(0, color=palette.faint, lw=0.8, zorder=0)
    ax.set_xlim((length, 0) if right_to_left else (0, length))
    _bands(ax, document, palette, right_to_left)
    ax.set_yticks([0, 0.5, 1])
    ax.yaxis.label.set_y(float(np.interp(0.5, ax.get_ylim(), (0, 1))))  # beside the curve, not the bands
    ax.spines["left"].set_bounds(0, 1)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, borderaxespad=0.2)
    return ax


def _offsets(document: Document, truth: Sequence[int] | Gold | Document) -> list[int]:
    if hasattr(truth, "text"):
        known = cast("Gold | Document", truth)
        if known.text != document.text:
            raise ValueError("the truth is of another text than the document")
        if isinstance(known, Document):
            return [boundary.at for boundary in known.boundaries]
        units = [unit for unit in known.units if unit.story is not None]
        return [after.start for before, after in pairwise(units) if after.story != before.story]
    offsets = sorted({int(at) for at in truth})
    if offsets and not 0 <= offsets[0] <= offsets[-1] < max(1, len(document.text)):
        raise ValueError(f"true boundaries lie in the text of {len(document.text)} code points, got {offsets[0]} to "
                         f"{offsets[-1]}")  # fmt: skip
    return offsets


def _highest(places: Iterable[Boundary], length: int) -> list[Boundary]:
    """The most probable place in each column, the first of equals."""
    best: dict[int, Boundary] = {}
    for place in places:
        column = place.at * COLUMNS // length
        if column not in best or place.probability > best[column].probability:
            best[column] = place
    return [best[column] for column in sorted(best)]


def _bands(ax: Axes, document: Document, palette: Palette, right_to_left: bool) -> None:
    """Draw the stories below the line of zero, with as much of their titles as there is room for."""
    width, height, size = points(ax, "small")
    line = 1.3 * size
    per_letter = _LETTER * size * len(document.text) / width  # code points of the axis that a letter covers
    roomy = any(story.end - story.start >= 3 * per_letter for story in document.stories)
    lines = int(np.clip((height - 90) // line, 0, _LINES)) if roomy else 0
    below = 6 + _BAND + (4 + lines * line if lines else 2)
    unit = 1.16 / max(height - below, 1.0)  # of the axis of probability, a point
    ax.set_ylim(-below * unit, 1.16)
    top, bottom = -6 * unit, -(6 + _BAND) * unit
    runs = _runs(document)
    boxes(ax, [(start, bottom, end, top) for _, start, end in runs], linewidths=0,
          facecolors=[COLOURS[number % len(COLOURS)] for number, _, _ in runs], label="_stories")  # fmt: skip
    for story in document.stories if lines else ():
        fits = int((story.end - story.start) / per_letter)
        number = str(story.number + 1)
        if fits < len(number) + 1:
            continue
        title = plain(story.title) if story.title is not None else ""
        text = f"{number}  {title}".rstrip()
        if fits >= 9:
            narrow = max(9, fits * len(text) // max(1, display_width(text)))
            text = "\n".join(textwrap.wrap(text, narrow, max_lines=lines, placeholder=" …"))
        else:
            text = number
        rtl = direction(title) == "rtl"
        at_end = rtl != right_to_left  # of the band, where the lines begin
        # A letter from the end, where the number of the next story may begin.
        place = story.end - per_letter if at_end else story.start
        ax.text(place, bottom - 3 * unit, text, ha="right" if rtl else "left", va="top", color=palette.ink,
                linespacing=1.15, clip_on=True, **words())  # fmt: skip


def _runs(document: Document) -> list[tuple[int, int, int]]:
    """Number, start and end of the stretches of the stories; gaps too narrow to be seen are closed."""
    narrow = len(document.text) / COLUMNS
    runs: list[tuple[int, int, int]] = []
    for segment in document.segments:
        if segment.story is None:
            continue
        if runs and runs[-1][0] == segment.story and segment.start - runs[-1][2] <= narrow:
            runs[-1] = (segment.story, runs[-1][1], segment.end)
        else:
            runs.append((segment.story, segment.start, segment.end))
    return runs
