"""The Gram matrix: how alike the blocks of a document are, with its stories as squares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...document import Document, by_story
from ...embedding import Embedder, load_embedder
from ...reading import legible
from .canvas import COLOURS, Palette, axes, boxes, figure_of, label, mixed, points, say, spread, words

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes

    from ...segmenter import Segmenter

MAX_CELLS = 400
"""Rows of the matrix unless told otherwise."""

_TOGETHER = 64  # cells embedded at a time
_TITLE = 32  # columns of a title


def similarity(document: Document, ax: Axes | None = None, *, model: str | Path | Embedder | Segmenter | None = None,
               vectors: ArrayLike | None = None, cells: int = MAX_CELLS) -> Axes:  # fmt: skip
    """Draw the cosine similarity of every two blocks, furniture included, with a square around each story.

    After the Gram matrices of ruptures (Truong, Oudre and Vayatis 2020): where stories differ, the matrix has dark
    squares along its diagonal, and the squares of the document lie around them.

    Parameters
    ----------
    document : Document
        Of n blocks. Of more than `cells`, neighbours are pooled: a cell is the mean vector of several blocks, as many
        as it takes, and the label of the axis says how many. So time grows with the text, and memory with `cells`.
    ax : Axes, optional
        Where to draw; by default a new figure.
    model : str, path, Embedder or Segmenter, optional
        What embeds the blocks, as in `Segmenter`, or a segmenter whose embedding is taken; by default the shipped one.
    vectors : array_like of shape (n, d), optional
        Vectors of the blocks, instead of a model's.
    cells : int
        Rows of the matrix at most.

    Returns
    -------
    Axes
        With a narrow one beside it, inside of its place in the figure, for the scale.

    Raises
    ------
    ValueError
        If there are not as many vectors as blocks, both `model` and `vectors` are given, or `cells` is less than 1.
    ModelError
        If the model cannot be loaded.
    ImportError
        If matplotlib is missing or older than 3.11.
    """
    if model is not None and vectors is not None:
        raise ValueError("pass a model or vectors, not both")
    if cells < 1:
        raise ValueError(f"cells is at least 1, not {cells}")
    n = len(document.blocks)
    given = None if vectors is None else np.asarray(vectors, dtype=np.float32)
    if given is not None and (given.ndim != 2 or len(given) != n):
        raise ValueError(f"vectors has one row for each of the {n} blocks, got an array of shape {given.shape}")
    ax = axes(ax, 7.8, 4.6)
    ax.set_xlabel("block")
    if not n:
        return say(ax, "the text has no blocks")
    each = -(-n // cells)
    rows = np.concatenate(list(_pooled(document, _embedder(model) if given is None else given, each)))
    gram = np.clip(rows @ rows.T, -1.0, 1.0)

    palette = Palette.of(ax)
    # The last cell may stand for fewer blocks than the others; the axis ends where the blocks do.
    edge = len(rows) * each
    image = ax.imshow(gram, cmap=palette.ramp(mixed(palette.paper, palette.ink, 0.85)), vmin=0, vmax=_top(gram),
                      interpolation="nearest", extent=(0, edge, edge, 0))  # fmt: skip
    ax.set(xlim=(0, n), ylim=(n, 0))
    ax.grid(False)  # which some styles would draw over the cells
    if each > 1:
        ax.set_xlabel(f"block (a cell: the mean of {each:,} blocks)")
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.locator_params("x", integer=True)
    _squares(ax, document, palette)
    scale = ax.inset_axes((1.03, 0, 0.03, 1))
    figure_of(ax).colorbar(image, cax=scale, extend="max").set_label("cosine similarity")
    scale.yaxis.label.set_color(palette.ink)
    return ax


def _embedder(model: Any) -> Embedder:
    from ...segmenter import Segmenter

    return model.embedder() if isinstance(model, Segmenter) else load_embedder(model)


def _pooled(document: Document, source: Embedder | NDArray[np.float32], each: int) -> Iterator[NDArray[np.float32]]:
    """Unit rows, each the direction of the mean of `each` neighbouring blocks; a part of the document at a time."""
    step = each * _TOGETHER
    for start in range(0, len(document.blocks), step):
        part = document.blocks[start : start + step]
        if isinstance(source, np.ndarray):
            vectors = source[start : start + step]
        else:
            vectors = source.encode([legible(block.of(document.text)) for block in part])
        sums = np.add.reduceat(_unit(vectors), np.arange(0, len(part), each), axis=0)
        yield _unit(sums)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    out: NDArray[np.float32] = np.divide(vectors, norms, out=np.zeros_like(vectors), where=norms > 1e-9)
    return out


def _top(gram: NDArray[np.float32]) -> float:
    """Where the scale ends: nearly all but the diagonal, which would leave little of it for what is of interest."""
    others = gram[~np.eye(len(gram), dtype=bool)]
    return float(np.clip(np.percentile(others, 99), 0.2, 1.0)) if others.size else 1.0


def _squares(ax: Axes, document: Document, palette: Palette) -> None:
    numbers = {block: i for i, block in enumerate(document.blocks)}
    ends = {number: (numbers[own[0]], numbers[own[-1]] + 1) for number, own in by_story(document.blocks).items()}
    places = [ends[story.number] for story in document.stories]
    boxes(ax, [(low, low, high, high) for low, high in places], facecolors="none",
          edgecolors=[COLOURS[story.number % len(COLOURS)] for story in document.stories],
          linewidths=1.6 if len(places) <= 60 else 0.8, label="_stories", zorder=3, clip_on=False)  # fmt: skip
    _, height, size = points(ax)
    middles, sizes = [(low + high) / 2 for low, high in places], [high - low for low, high in places]
    gap = 1.5 * size * len(document.blocks) / max(height, 1.0)
    shown = spread(middles, sizes, gap, int(height // size) + 1)
    titles = [document.stories[i].title for i in shown]
    names = [f"{i + 1}  {label(title, _TITLE)}" if title is not None else f"{i + 1}"
             for i, title in zip(shown, titles, strict=True)]  # fmt: skip
    ax.set_yticks([middles[i] for i in shown], names, color=palette.ink, **words())
    ax.tick_params(axis="y", length=0)
