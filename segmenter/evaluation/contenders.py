"""What the benchmark runs: the segmenter, baselines and peers, each to boundaries of a dump and the time they took.

Times are CPU seconds of one thread, the loading of models and packages left out. The segmenter is run end to end, from
the text of a dump to boundaries, blocks and kinds of its own included; its peers get the gold's units for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder, shipped_embedder
from ..segmenter import Segmenter
from .alignment import Alignment
from .gold import Gold, Prediction
from .metrics import F1, CalibrationError, Metric, Pk, WindowDiff
from .peers import Peer, Setting
from .vectors import Meter

FURNITURE = "WindowDiff with furniture"
SHIPPED = "ours"
OWN = "its own"
"""Embeddings by name: the shipped one, and one that a peer brings along, whose time is not told apart."""


@dataclass(frozen=True)
class Answer:
    """Boundaries of a dump, and the CPU seconds that embedding and segmentation took."""

    prediction: Prediction
    embedding: float = 0.0
    segmentation: float = 0.0


class Contender(Protocol):
    """What is compared.

    Attributes
    ----------
    name, embedding : str
        How tables call it; `embedding` is empty where it has none.
    grid : sequence of mapping
        Settings to choose from; empty if it is not tuned.
    has_default : bool
        Whether it runs with the empty setting.
    """

    name: str
    embedding: str
    grid: Sequence[Setting]
    has_default: bool

    def answer(self, gold: Gold, setting: Setting) -> Answer:
        """Segment a dump."""
        ...

    def forget(self) -> None:
        """Let the vectors go that were kept."""
        ...


class Ours:
    """The segmenter as it ships, untuned, or with another embedding.

    Parameters
    ----------
    embedder : Meter, optional
        None for the shipped one.
    """

    name = "segmenter"
    grid: Sequence[Setting] = ()
    has_default = True

    def __init__(self, embedder: Meter | None = None) -> None:
        self.embedding = SHIPPED if embedder is None else embedder.name
        self._meter = embedder
        self._segmenter = Segmenter(embedder, topics=False)

    def answer(self, gold: Gold, setting: Setting) -> Answer:
        """Segment the text of a dump; see `Contender.answer`."""
        if self._meter is not None:
            self._meter.restart()
        begun = time.process_time()
        document = self._segmenter.split(gold.text)
        total = time.process_time() - begun
        prediction = Prediction.from_document(document)
        if self._meter is not None:
            return Answer(prediction, self._meter.charged, max(0.0, total - self._meter.spent))
        # What of it was embedding is told by embedding the same blocks once more.
        texts = [gold.text[block.start : block.end] for block in document.blocks]
        begun = time.process_time()
        shipped_embedder().encode(texts)
        embedding = min(total, time.process_time() - begun)
        return Answer(prediction, embedding, total - embedding)

    def forget(self) -> None:
        """See `Contender.forget`."""
        if self._meter is not None:
            self._meter.forget()


class Baseline:
    """*no boundary*, or *even spacing*, which is told the true number of stories.

    Parameters
    ----------
    even : bool
    """

    embedding = ""
    grid: Sequence[Setting] = ()
    has_default = True

    def __init__(self, even: bool) -> None:
        self.name = "even spacing" if even else "no boundary"
        self._even = even

    def answer(self, gold: Gold, setting: Setting) -> Answer:
        """See `Contender.answer`."""
        starts = [unit.start for unit in gold.units if unit.story is not None]
        places = Alignment.even(gold).hypothesis.tolist() if self._even else []
        return Answer(Prediction(len(gold.text), tuple(starts[place] for place in places), len(places) + 1))

    def forget(self) -> None:
        """Nothing is kept."""


class PeerContender:
    """A peer with an embedding.

    Parameters
    ----------
    peer : Peer
    embedder : Meter or None
        None for one that brings its own.
    """

    def __init__(self, peer: Peer, embedder: Meter | None) -> None:
        self.name = peer.name
        self.grid: Sequence[Setting] = peer.grid
        self.has_default = peer.has_default
        self._peer = peer
        self._meter = embedder or Meter(_Nothing())
        self.embedding = embedder.name if embedder is not None else OWN

    def answer(self, gold: Gold, setting: Setting) -> Answer:
        """Cut the units of a dump, furniture among them; see `Contender.answer`."""
        units = [gold.text[unit.start : unit.end] for unit in gold.units]
        self._meter.restart()
        begun = time.process_time()
        starts = self._peer.cut(units, self._meter.encode, **setting) if len(units) > 1 else []
        total = time.process_time() - begun
        offsets = tuple(gold.units[start].start for start in starts)
        prediction = Prediction(len(gold.text), offsets, len(offsets) + 1)
        return Answer(prediction, self._meter.charged, max(0.0, total - self._meter.spent))

    def forget(self) -> None:
        """See `Contender.forget`."""
        self._meter.forget()


class _Nothing:
    name, dimension = OWN, 0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        raise TypeError("this peer was said to bring its own embedding")


@dataclass
class Tally:
    """What a contender scored on some dumps, and the time it took.

    ``WindowDiff with furniture`` is `WindowDiff` over all units, as `Alignment.with_furniture` lays them; the other
    measures leave furniture out and so forgive a boundary before, in or after a stretch of it.

    Attributes
    ----------
    metrics : dict of str to Metric
    calibration : CalibrationError
        Of contenders that give probabilities.
    units : int
        Gold units of the dumps.
    embedding, segmentation : float
        CPU seconds for all of them.
    """

    metrics: dict[str, Metric] = field(
        default_factory=lambda: {"Pk": Pk(), "WindowDiff": WindowDiff(), "F1": F1(), FURNITURE: WindowDiff()}
    )
    calibration: CalibrationError = field(default_factory=CalibrationError)
    units: int = 0
    embedding: float = 0.0
    segmentation: float = 0.0

    def add(self, gold: Gold, answer: Answer) -> None:
        """Count a dump."""
        pair = Alignment.of(gold, answer.prediction)
        whole = Alignment.with_furniture(gold, answer.prediction)
        for name, metric in self.metrics.items():
            metric.add(whole if name == FURNITURE else pair)
        self.calibration.add(pair)
        self.units += len(gold.units)
        self.embedding += answer.embedding
        self.segmentation += answer.segmentation

    def merge(self, other: Tally) -> None:
        """Add what another has counted."""
        for name, metric in self.metrics.items():
            metric.merge(other.metrics[name])
        self.calibration.merge(other.calibration)
        self.units += other.units
        self.embedding += other.embedding
        self.segmentation += other.segmentation

    def __getitem__(self, name: str) -> float | None:
        return self.metrics[name].value

    def per_thousand(self, seconds: float) -> float:
        """Seconds per 1,000 units."""
        return 1000 * seconds / self.units if self.units else 0.0


def score(contender: Contender, golds: Sequence[Gold], setting: Setting) -> Tally:
    """Run a contender on dumps."""
    tally = Tally()
    for gold in golds:
        tally.add(gold, contender.answer(gold, setting))
    return tally


def tune(contender: Contender, golds: Sequence[Gold], measure: str = "Pk") -> Setting:
    """The setting of the contender's grid that does best on dumps, the first of equals.

    Parameters
    ----------
    contender : Contender
    golds : sequence of Gold
    measure : {"Pk", "WindowDiff", "F1"}
        Pk and WindowDiff are made small, F1 large.
    """
    sign = -1.0 if measure == "F1" else 1.0

    def badness(setting: Setting) -> float:
        value = score(contender, golds, setting)[measure]
        return sign * value if value is not None else 0.0

    return min(contender.grid, key=badness)


def field_of(embedders: Sequence[Embedder], peers: Sequence[Peer]) -> list[Contender]:
    """Everybody who runs: baselines, the segmenter, then every peer that is installed, with each embedding."""
    shipped = Meter(shipped_embedder())
    shipped.name = SHIPPED
    meters = [shipped, *(Meter(embedder) for embedder in embedders)]
    contenders: list[Contender] = [Baseline(even=False), Baseline(even=True), Ours()]
    contenders += [Ours(meter) for meter in meters[1:]]
    for peer in peers:
        if peer.version is not None:
            contenders += [PeerContender(peer, meter) for meter in (meters if peer.embeds else [None])]
    return contenders
