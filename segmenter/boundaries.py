"""Where stories begin: what a segment is worth, learned, and the search for the best partition.

Only blocks that may belong to a story take part, so furniture cannot cut one in two; what stood between two of them is
evidence. A segment is worth

* how well its blocks hang together: the squared length of their weighted sum over the sum of weights, which is the
  kernel cost of Arlot, Celisse and Harchaoui (2019) with a linear kernel, turned round, and that length itself, as
  Alemi and Ginsparg (2015) have it; how much they count depends on the text (how alike its blocks are on the whole)
  through a small network over the segment;
* the evidence for its beginning: kinds, furniture, line breaks and how alike both sides are, by a network over blocks.

Both are trained together on synthetic dumps (`training.boundaries`) to give the true partition the highest probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .document import KINDS
from .evidence import Evidence
from .features import SURFACE
from .furniture import IN_STORY
from .network import SequenceNetwork, load_model
from .partition import Limits, Partition, SegmentScore, exactly, search
from .quantiles import quantile
from .sequences import Edges, edges_of, joined, parted
from .windows import FULL_WEIGHT_CHARS, SIMILARITIES, WINDOWS, contrasts, similarities

POSSIBLE = 0.3
"""Probability of the kinds that belong to a story, from which on a block takes part."""

SURE = 0.5
"""And from which on it belongs to one, whether a story begins with it or not."""

OUTWARD = ("chars", "stop", "line_start", "wide_gap", "narrow_gap", "relative_length", "script_change", "lower",
           "open_quote", "bullet", "repeated", "newlines_lost", "from_end")  # fmt: skip
TEXT_STATISTICS = ("adjacent", "adjacent_low", "adjacent_high", "overall", "log_blocks", "wide_adjacent")
SEGMENT_FEATURES = ("coherence", "mean_coherence", "norm", "log_weight", "log_chars", "log_blocks", "inverse")
INPUT_GROUPS = {
    "kinds": len(KINDS),
    "furniture": int((~IN_STORY).sum()) + 1,
    "likeness": len(WINDOWS) + len(SIMILARITIES),
    "layout": len(OUTWARD),
    "opening": 1,
    "text": len(TEXT_STATISTICS),
}
"""What the columns of `StorySequence.inputs` are about, in order, and how many there are of each."""

SUM_CHUNK = 8_192
HOPELESS = -9.0
"""Evidence so far against a boundary that no coherence makes up for it (-5 was the most seen): not looked at."""


@dataclass(frozen=True)
class StorySequence:
    """The blocks that may belong to a story, ready to be partitioned.

    Attributes
    ----------
    index : ndarray of int, shape (m,)
        Their numbers among all blocks.
    vectors : ndarray of shape (m, d)
    weight : ndarray of float64, shape (m,)
        How much each block's vector says: more for long text, less for captions and doubtful blocks.
    starts, ends : ndarray of int, shape (m,)
        Their places in the text.
    sure : ndarray of bool, shape (m,)
        Which belong to a story wherever it begins; the others only where it begins with them.
    inputs : ndarray of shape (m, n_gap_features)
        Evidence about the place before each block.
    statistics : ndarray of shape (len(TEXT_STATISTICS),)
        What the text is like on the whole.
    """

    index: NDArray[np.intp]
    vectors: NDArray[np.float32]
    weight: NDArray[np.float64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    sure: NDArray[np.bool_]
    inputs: NDArray[np.float32]
    statistics: NDArray[np.float32]

    @cached_property
    def sure_ends(self) -> NDArray[np.int64]:
        """End of the last sure block up to each block, 0 before the first."""
        return np.maximum.accumulate(np.where(self.sure, self.ends, 0))

    @cached_property
    def first_sure(self) -> int:
        """Number of the first sure block, 0 if there is none."""
        return int(self.sure.argmax()) if len(self.sure) else 0


def prepare(evidence: Sequence[Evidence], kinds: Sequence[NDArray[np.float32]]) -> list[StorySequence]:
    """Gather what concerns the blocks that may belong to a story, of several texts.

    Parameters
    ----------
    evidence : sequence of Evidence
        Of n blocks each.
    kinds : sequence of ndarray of shape (n, len(KINDS))
        Probabilities of their kinds.
    """
    found = [_chosen(own, probability) for own, probability in zip(evidence, kinds, strict=True)]
    edges = edges_of(len(own.index) for own, _ in found)
    vectors = joined([own.vectors for own, _ in found])
    weight = np.concatenate([own.weight for own, _ in found]).astype(np.float32)
    windows, near = parted(contrasts(vectors, weight, edges), edges), parted(similarities(vectors, edges), edges)
    columns = [SURFACE.index(name) for name in OUTWARD]
    sequences = []
    for (own, before), seen, chances, around, likeness in zip(found, evidence, kinds, windows, near, strict=True):
        statistics = _statistics(own.vectors, own.weight, around)
        inputs = np.empty((len(own.index), sum(INPUT_GROUPS.values())), dtype=np.float32)
        at = 0
        for part in (chances[own.index], before, around, likeness, seen.outward[own.index][:, columns],
                     seen.opening[own.index][:, None] / 2.0, statistics[None, :]):  # fmt: skip
            inputs[:, at : at + part.shape[1]] = part
            at += part.shape[1]
        sequences.append(replace(own, inputs=inputs, statistics=statistics))
    return sequences


def _chosen(evidence: Evidence, kinds: NDArray[np.float32]) -> tuple[StorySequence, NDArray[np.float64]]:
    """The blocks of a text that may belong to a story, without inputs yet, and what was passed over before each."""
    possible = kinds[:, IN_STORY].sum(axis=1)
    index = np.flatnonzero(possible >= POSSIBLE)
    probability, possible = kinds[index], possible[index]
    spans = [evidence.spans[i] for i in index.tolist()]
    starts = np.array([span.start for span in spans], dtype=np.int64)
    ends = np.array([span.end for span in spans], dtype=np.int64)
    body = probability[:, [KINDS.index("body"), KINDS.index("heading")]].sum(axis=1)
    weight = np.sqrt(np.minimum(ends - starts, FULL_WEIGHT_CHARS) / FULL_WEIGHT_CHARS)
    weight = np.maximum(weight * (0.3 + 0.7 * body) * possible, 0.02).astype(np.float64)
    skipped = np.zeros((len(kinds) + 1, int((~IN_STORY).sum())))
    np.cumsum(kinds[:, ~IN_STORY], axis=0, dtype=np.float64, out=skipped[1:])
    last = np.concatenate([[-1], index[:-1]]) if len(index) else index
    before = np.concatenate([np.minimum(skipped[index] - skipped[last + 1], 3.0),
                             np.minimum(index - last - 1, 4)[:, None] / 2.0], axis=1)  # fmt: skip
    nothing = np.zeros((len(index), 0), dtype=np.float32)
    return StorySequence(index, evidence.vectors[index], weight, starts, ends, possible >= SURE, nothing,
                         nothing[:0]), before  # fmt: skip


def _statistics(vectors: NDArray[np.float32], weight: NDArray[np.float64],
                windows: NDArray[np.float32]) -> NDArray[np.float32]:  # fmt: skip
    n = len(vectors)
    if n < 2:
        return np.zeros(len(TEXT_STATISTICS), dtype=np.float32)
    one, wide = windows[1:, 0], windows[1:, 2]
    overall = float(np.sum(sums(vectors, weight, np.array([n])) ** 2)) / float(weight.sum()) ** 2
    low, high = quantile(one, 0.2), quantile(one, 0.8)
    return np.array([one.mean(), low, high, overall, np.log1p(n) / 4, quantile(wide, 0.5)], dtype=np.float32)


def sums(vectors: NDArray[np.float32], weight: NDArray[np.float64],
         places: NDArray[np.intp] | None = None) -> NDArray[np.float64]:  # fmt: skip
    """Sums of the weighted vectors before each place.

    Parameters
    ----------
    vectors : ndarray of shape (m, d)
    weight : ndarray of shape (m,)
    places : ndarray of int, shape (p,), optional
        Increasing, in ``[0, m]``; by default all of them.

    Returns
    -------
    ndarray of shape (p, d)
    """
    m, d = vectors.shape
    places = np.arange(m + 1) if places is None else places
    out = np.zeros((len(places), d))
    running = np.zeros(d)
    for start in range(0, m, SUM_CHUNK):
        end = min(m, start + SUM_CHUNK)
        inner = running + np.cumsum(vectors[start:end] * weight[start:end, None], axis=0, dtype=np.float64)
        low, high = np.searchsorted(places, [start + 1, end + 1])
        out[low:high] = inner[places[low:high] - start - 1]
        running = inner[-1]
    return out


def segment_features(squares: NDArray[np.float64], weights: NDArray[np.float64], chars: NDArray[np.float64],
                     blocks: NDArray[np.float64]) -> NDArray[np.float64]:  # fmt: skip
    """The columns `SEGMENT_FEATURES` for any number of segments.

    Parameters
    ----------
    squares : ndarray
        Squared length of each segment's weighted sum of vectors.
    weights, chars, blocks : ndarray of the same shape
        Its weight, code points and number of blocks.
    """
    coherence = squares / weights
    return np.stack([coherence, coherence / weights, np.sqrt(squares), np.log(weights), np.log1p(chars) / 4,
                     np.log(blocks), 1.0 / blocks], axis=-1)  # fmt: skip


class BoundaryModel:
    """The learned decision.

    Parameters
    ----------
    folder : path
        Holds ``model.safetensors`` and ``config.json`` as `training.boundaries` writes them.
    """

    def __init__(self, folder: str | Path) -> None:
        tensors, config = load_model(Path(folder))
        self._prior = float(config.get("prior", 0.0))  # type: ignore[arg-type]
        part = len("gap.")
        self._gaps = SequenceNetwork({n[part:]: t for n, t in tensors.items() if n.startswith("gap.")})
        part = len("segment.")
        self._segment = {n[part:]: t for n, t in tensors.items() if n.startswith("segment.")}

    def evidence(self, sequence: StorySequence, bias: float = 0.0) -> NDArray[np.float64]:
        """Evidence that a story begins with each block, in log odds; 0 for the first, with which one must."""
        return self.all_evidence([sequence], bias)[0]

    def all_evidence(self, sequences: Sequence[StorySequence], bias: float = 0.0) -> list[NDArray[np.float64]]:
        """What `evidence` gives for each of several sequences."""
        edges = edges_of(len(sequence.index) for sequence in sequences)
        found = self.gap_evidence(joined([sequence.inputs for sequence in sequences]), edges) + bias
        found[edges[:-1][np.diff(edges) > 0]] = 0.0
        return parted(found, edges)

    def gap_evidence(self, inputs: NDArray[np.float32], edges: Edges | None = None) -> NDArray[np.float64]:
        """Evidence, in log odds, that a story begins with each of some blocks, by their `inputs` alone; shape (m,)."""
        return self._gaps(inputs, edges=edges)[:, 0].astype(np.float64) + self._prior

    @property
    def typical(self) -> NDArray[np.float32]:
        """The inputs of the average block that the decision was trained on, shape (n_gap_features,)."""
        return self._gaps.mean

    @property
    def reach(self) -> int:
        """How many blocks to either side have a say in the evidence for one."""
        return self._gaps.reach

    def scorer(self, sequence: StorySequence, gaps: NDArray[np.float64],
               places: NDArray[np.intp] | None = None) -> SegmentScore:  # fmt: skip
        """What each segment of the sequence is worth, the evidence `gaps` for its beginning included.

        With `places` only segments between them (and 0 and the end) can be asked for; less is kept in memory then.
        """
        m = len(sequence.index)
        nodes = np.arange(m + 1) if places is None else np.union1d(places, [0, m]).astype(np.intp)
        row = np.zeros(m + 1, dtype=np.intp)
        row[nodes] = np.arange(len(nodes))
        total = sums(sequence.vectors, sequence.weight, nodes)
        weights = np.concatenate([[0.0], np.cumsum(sequence.weight)])
        s = self._segment
        own, text = np.split(s["hidden.weight"].T, [len(SEGMENT_FEATURES)])
        shared = s["hidden.bias"] + sequence.statistics @ text
        output, linear = s["output.weight"][0], s["linear.weight"][0].astype(np.float64)

        def score(starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.float64]:
            # The square of a difference, taken apart so that it is one product of matrices for all segments; as seen
            # from the first end, so that the numbers stay small and little is lost.
            high = total[row[ends[:, 0]]]
            low = total[row[starts]] - high[0]
            high = high - high[0]
            squares = _squares(high)[:, None] + _squares(low) - 2.0 * (high @ low.T)
            # A segment that would end before it begins must have a logarithm too.
            features = segment_features(np.maximum(squares, 0.0), np.maximum(weights[ends] - weights[starts], 1e-9),
                                        np.maximum(sequence.ends[ends - 1] - sequence.starts[starts], 0.0),
                                        np.maximum(ends - starts, 1.0)).reshape(-1, len(SEGMENT_FEATURES))  # fmt: skip
            hidden = np.tanh(features.astype(np.float32) @ own + shared)  # five times as fast
            hanging = hidden @ output + features @ linear
            worth: NDArray[np.float64] = hanging.reshape(squares.shape) + gaps[starts]
            return worth

        return score

    def partition(self, sequence: StorySequence, *, threshold: float | None = None, min_chars: int | None = None,
                  max_chars: int | None = None, n_stories: int | None = None, bias: float = 0.0,
                  gaps: NDArray[np.float64] | None = None) -> Partition:  # fmt: skip
        """Partition the sequence into stories.

        Parameters
        ----------
        threshold : float, optional
            A story begins wherever that is at least so probable. By default the best partition as a whole.
        min_chars, max_chars : int, optional
            Shortest and longest story, from its first block to its last. Kept wherever the blocks allow it: a text
            shorter than `min_chars` is one story, a block longer than `max_chars` stays whole.
        n_stories : int, optional
            Just so many stories, or as many as there are blocks.
        bias : float
            Log odds added to every boundary.
        gaps : ndarray of shape (m,), optional
            What `evidence` gives for the sequence and the bias, where it is at hand.
        """
        m = len(sequence.index)
        if m == 0:
            return Partition(np.zeros(0, dtype=np.intp), np.zeros(0))
        gaps = self.evidence(sequence, bias) if gaps is None else gaps
        places = np.flatnonzero(gaps >= HOPELESS)
        found = search(m, self.scorer(sequence, gaps, places), places)
        limits = None
        if min_chars is not None or max_chars is not None:
            limits = Limits(partial(_chars, sequence), min_chars, max_chars)
        if threshold is None and n_stories is None and limits is None:
            return found
        score = self.scorer(sequence, gaps)
        if threshold is not None:
            gain = found.probability - threshold
            gain[0] = 0.0
            if n_stories is None and limits is None:
                return Partition(np.union1d([0], np.flatnonzero(gain >= 0)).astype(np.intp), found.probability)
            score = _evidence_only(gain)
        if n_stories is not None:
            return Partition(exactly(m, score, n_stories, found.probability, limits=limits), found.probability)
        return Partition(search(m, score, limits=limits).starts, found.probability)

    def log_probability(self, sequence: StorySequence, starts: Sequence[int], bias: float = 0.0) -> float:
        """Log probability of the partition with these starts (numbers of blocks, 0 first); 0 for an empty sequence."""
        m = len(sequence.index)
        if m == 0:
            return 0.0
        score = self.scorer(sequence, self.evidence(sequence, bias))
        worth = sum(float(score(np.array([a]), np.array([[b]]))[0, 0]) for a, b in pairwise([*starts, m]))
        return worth - search(m, score).log_total


def _chars(sequence: StorySequence, starts: NDArray[np.intp], end: int) -> NDArray[np.float64]:
    """Code points from the first to the last block of each segment that will belong to its story."""
    last = np.maximum(sequence.sure_ends[end - 1], sequence.ends[starts])
    head = sequence.first_sure if sequence.first_sure < end else 0
    first = np.where(starts == 0, sequence.starts[head], sequence.starts[starts])
    chars: NDArray[np.intp] = last - first
    return chars.astype(np.float64)


def _evidence_only(gain: NDArray[np.float64]) -> SegmentScore:
    return lambda starts, ends: gain[starts]


def _squares(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    squares: NDArray[np.float64] = np.einsum("ij,ij->i", vectors, vectors)
    return squares


@cache
def shipped_boundaries() -> BoundaryModel:
    """The decision that comes with the package, loaded once."""
    return BoundaryModel(str(resources.files("segmenter") / "models" / "boundaries"))
