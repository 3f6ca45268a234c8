"""Why a story begins at a place, or does not: the terms of the decision there, and the words that carry them.

The log odds of a boundary are a sum. What the evidence before a block says is divided among groups of inputs by their
Shapley values (Lundberg and Lee, 2017), exactly, for the groups are few: the network is run with every choice of them,
the others set to what they are on average. What is left is what the stories gain by standing apart, found by searching
once with the boundary and once without. Words are weighed by leaving them out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, combinations, pairwise
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from .boundaries import HOPELESS, INPUT_GROUPS, BoundaryModel, shipped_boundaries
from .document import KINDS, Boundary, Document, Span
from .embedding import Embedder
from .errors import SegmenterError
from .exact import one_thread
from .furniture import IN_STORY
from .partition import search
from .reading import Reading, legible, read
from .tying import ties

if TYPE_CHECKING:
    import pandas as pd

    from .segmenter import Segmenter

CERTAIN = 60.0
"""Log odds that settle a question: more than all evidence together."""

AROUND = 3
"""Blocks on either side whose words are weighed for the likeness."""

BESIDE = 8
"""And for how the stories hang together."""

SHOWN = 160
"""Code points of a line that are shown."""

_NAMES = {
    "kinds": "kinds of the lines",
    "furniture": "furniture before it",
    "likeness": "likeness to what stands before",
    "layout": "line breaks and form",
    "opening": "opening words",
    "text": "the text as a whole",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A part of the decision.

    Parameters
    ----------
    name : str
    log_odds : float
        What it adds to the log odds of a boundary: above 0 it speaks for one.
    detail : str
        The words, or what else carries it; may be empty.
    """

    name: str
    log_odds: float
    detail: str = ""


@dataclass(frozen=True)
class Explanation:
    """Why a story begins at a place, or does not.

    Attributes
    ----------
    at : int
        Where the line in question begins, in code points.
    line : str
        Its beginning.
    found : bool
        Whether a story of the document begins with it.
    probability : float
        That one does, by the decision.
    terms : tuple of Term
        They add up to the log odds of that probability. None where a story cannot begin with the line.
    verdict : str
        The answer in words.
    """

    at: int
    line: str
    found: bool
    probability: float
    terms: tuple[Term, ...]
    verdict: str

    @property
    def log_odds(self) -> float:
        """Sum of the terms."""
        return sum(term.log_odds for term in self.terms)

    def to_frame(self) -> pd.DataFrame:
        """One row a term: ``term``, ``log_odds``, ``detail``."""
        import pandas as pd

        return pd.DataFrame({"term": [term.name for term in self.terms],
                             "log_odds": [round(term.log_odds, 2) for term in self.terms],
                             "detail": [term.detail for term in self.terms]})  # fmt: skip

    def __repr__(self) -> str:
        rows = [f"{term.log_odds:+8.2f}  {term.name}{': ' if term.detail else ''}{term.detail}" for term in self.terms]
        return "\n".join([f"at {self.at}: {self.line}", self.verdict, *rows])

    def _repr_html_(self) -> str:
        from .display.explained import explanation_html  # a value shows itself, as a document does

        return explanation_html(self)


@one_thread
def explain(document: Document, at: int | Boundary, segmenter: Segmenter | None = None) -> Explanation:
    """Say why a story begins at a place of a document, or why none does.

    The text is read once more for it; what was read last is kept, so that other places of the same document cost less.

    Parameters
    ----------
    document : Document
        As it was split; after corrections by hand the explanation is still of what the model thinks.
    at : int or Boundary
        Offset in code points, within a line or before it.
    segmenter : Segmenter, optional
        The one that split the document. By default ``Segmenter()``.

    Returns
    -------
    Explanation

    Raises
    ------
    SegmenterError
        If there is no line at `at` or after it.
    """
    from .segmenter import Segmenter

    segmenter = segmenter if segmenter is not None else Segmenter()
    offset = at.at if isinstance(at, Boundary) else at
    text = legible(document.text)
    reading = _read(text, segmenter.embedder())
    spans = reading.spans if reading is not None else []
    i = next((i for i, span in enumerate(spans) if span.end > offset), None)
    if reading is None or i is None or offset < 0:
        raise SegmenterError(f"there is no line at offset {offset} or after it, in a text of {len(text)} code points")
    span = spans[i]
    # A line may have been cut by hand; what is asked for is then the story that begins within it.
    found = any(span.start <= story.start < span.end for story in document.stories[1:])
    line = _shown(span, document.text)
    place = int(np.searchsorted(reading.sequence.index, i))
    if place >= len(reading.sequence.index) or reading.sequence.index[place] != i:
        return Explanation(span.start, line, found, 0.0, (), _furniture(reading, i))
    if place == 0:
        return Explanation(span.start, line, found, 1.0, (), "The first story begins here: that needs no evidence.")
    bias = getattr(segmenter, "bias_", 0.0)
    decision = shipped_boundaries()
    terms = _evidence(decision, reading, place, text, segmenter.embedder())
    if bias:
        terms.append(Term("learned by fit", bias))
    terms.append(_standing_apart(decision, reading, place, bias, text, segmenter.embedder()))
    total = sum(term.log_odds for term in terms)
    probability = float(1.0 / (1.0 + np.exp(-total)))
    terms[1:] = sorted(terms[1:], key=lambda term: -abs(term.log_odds))
    return Explanation(span.start, line, found, probability, tuple(terms),
                       _verdict(document, span.start, found, probability, segmenter))  # fmt: skip


_last: tuple[str, Embedder, Reading | None] | None = None


def _read(text: str, embedder: Embedder) -> Reading | None:
    """What is known of the text, from the last time if it is asked for again: reading is most of the work."""
    global _last
    last = _last
    if last is None or last[0] != text or last[1] is not embedder:
        last = _last = (text, embedder, read(text, embedder))
    return last[2]


def _evidence(decision: BoundaryModel, reading: Reading, place: int, text: str,
              embedder: Embedder) -> list[Term]:  # fmt: skip
    """What stands before the block says, divided among `INPUT_GROUPS`; the average first."""
    sequence, typical = reading.sequence, decision.typical
    low = max(0, place - decision.reach)
    window = sequence.inputs[low : place + decision.reach + 1]
    edges = list(accumulate(INPUT_GROUPS.values(), initial=0))
    columns = {name: slice(a, b) for name, (a, b) in zip(INPUT_GROUPS, pairwise(edges), strict=True)}
    names = list(INPUT_GROUPS)
    # The same for every line, with typical ones as far as the network sees; what the ends of a text add is the text's.
    average = float(decision.gap_evidence(np.tile(typical, (2 * decision.reach + 1, 1)))[decision.reach])

    def worth(chosen: frozenset[str]) -> float:
        inputs = np.tile(typical, (len(window), 1))
        for name in chosen:
            inputs[:, columns[name]] = window[:, columns[name]]
        return float(decision.gap_evidence(inputs)[place - low])

    value = {frozenset(some): worth(frozenset(some)) for size in range(len(names) + 1)
             for some in combinations(names, size)}  # fmt: skip
    details = _details(reading, place, text, embedder)
    terms = [Term("an average line", average)]
    for name in names:
        share = value[frozenset()] - average if name == "text" else 0.0
        for some in value:
            if name not in some:
                share += (value[some | {name}] - value[some]) / (len(names) * comb(len(names) - 1, len(some)))
        terms.append(Term(_NAMES[name], share, details.get(name, "")))
    return terms


def _details(reading: Reading, place: int, text: str, embedder: Embedder) -> dict[str, str]:
    sequence, spans = reading.sequence, reading.spans
    before, own = int(sequence.index[place - 1]), int(sequence.index[place])
    kinds = [KINDS[int(reading.kinds[i].argmax())] for i in (before, own)]
    breaks = text.count("\n", spans[own - 1].end, spans[own].start)
    return {
        "kinds": f"{kinds[0]} before, {kinds[1]} here",
        "furniture": " | ".join(_shown(spans[i], text, 60) for i in range(before + 1, own)),
        "likeness": _tied(reading, text, embedder, max(0, place - AROUND), place, place + AROUND),
        "layout": f"{breaks or 'no'} line break{'' if breaks == 1 else 's'} before",
        "opening": " ".join(spans[own].of(text).split(None, 3)[:3])[:60],
    }


def _standing_apart(decision: BoundaryModel, reading: Reading, place: int, bias: float, text: str,
                    embedder: Embedder) -> Term:  # fmt: skip
    """What the stories gain by the boundary, its own evidence left out."""
    sequence = reading.sequence
    gaps = decision.evidence(sequence, bias)
    places = np.union1d(np.flatnonzero(gaps >= HOPELESS), [place]).astype(np.intp)

    def log_total(evidence: float) -> float:
        changed = gaps.copy()
        changed[place] = evidence
        return search(len(gaps), decision.scorer(sequence, changed, places), places).log_total

    gain = log_total(CERTAIN) - CERTAIN - log_total(-CERTAIN)
    best = decision.partition(sequence, bias=bias).starts
    first = int(best[best < place].max(initial=0))
    last = int(best[best > place].min(initial=len(gaps)))
    name = "the stories hang together better apart" if gain > 0 else "all hangs together better as one story"
    low, high = max(first, place - BESIDE), min(last, place + BESIDE)
    return Term(name, gain, _tied(reading, text, embedder, low, place, high))


def _tied(reading: Reading, text: str, embedder: Embedder, low: int, place: int, high: int) -> str:
    """Which words tie the blocks of the sequence before `place` to those from it on, and which set them apart."""
    spans = [reading.spans[int(i)] for i in reading.sequence.index[low:high]]
    found = ties(text, spans[: place - low], spans[place - low :], reading.sequence.weight[low:high], embedder)
    named = (("alike", found.together), ("unlike", found.apart))
    return f"cosine {found.cosine:.2f}" + "".join(f"; {what}: {_listed(words)}" for what, words in named if words)


def _listed(words: Sequence[str]) -> str:
    return ("، " if "\u0600" <= words[0][0] <= "\u06ff" else ", ").join(words)


def _furniture(reading: Reading, i: int) -> str:
    kinds = reading.kinds[i]
    kind, own = KINDS[int(kinds.argmax())], float(kinds[IN_STORY].sum())
    after = reading.sequence.index[reading.sequence.index > i]
    there = ""
    if len(after):
        there = f"; the next line that could begin one is at {reading.spans[int(after[0])].start}"
    return (f"No story can begin here: the line is taken for furniture ({kind}; the probability that it belongs to a "
            f"story is {own:.2f}){there}.")  # fmt: skip


def _verdict(document: Document, at: int, found: bool, probability: float, segmenter: Segmenter) -> str:
    known = next((point.probability for point in document.curve if point.at == at), None)
    said = "A story begins here" if found else "No story begins here"
    if known is None or abs(known - probability) > 0.01:
        return (f"{said}; this segmenter gives it the probability {probability:.2f}, which is not the document's: that "
                "was split with other settings, or changed by hand.")  # fmt: skip
    if found == (probability >= 0.5):
        return f"{said} (probability {probability:.2f})."
    limits = ("threshold", "min_chars", "max_chars", "n_stories")
    given = ", ".join(name for name in limits if getattr(segmenter, name) is not None)
    why = f"because of {given}" if given else "the best partition as a whole is another, or it was changed by hand"
    return f"{said}, though the probability is {probability:.2f}: {why}."


def _shown(span: Span, text: str, longest: int = SHOWN) -> str:
    line = " ".join(text[span.start : min(span.end, span.start + longest)].split())
    return line + "…" if len(span) > longest else line
