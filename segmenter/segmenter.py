"""The estimator that walks a dump through the house: blocks, vectors, kinds, boundaries, topics, document."""

from __future__ import annotations

import copy
import numbers
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from .boundaries import StorySequence, prepare, shipped_boundaries
from .document import KINDS, Block, Boundary, Document, Span, Story, Topic, by_story
from .embedding import Embedder, load_embedder
from .estimator import Estimator
from .evidence import observe
from .furniture import IN_STORY, shipped_kinds
from .language import UNDETERMINED, detect
from .partition import Partition
from .titles import lead

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from .topics import TopicClassifier

PROBABILITY_DIGITS = 6
"""Probabilities are rounded to this, so that the last bits of a sum never show in the output."""

_SURROGATE = re.compile("[\ud800-\udfff]")


class Segmenter(Estimator):
    """Splits dumps into stories.

    Parameters
    ----------
    model : str, path, Embedder or None
        The embedding: None for the shipped one, a folder, or any sentence-transformers name.
    threshold : float in [0, 1], optional
        Begin a story wherever that is at least so probable. By default the most probable partition is taken.
    min_chars, max_chars : int, optional
        Shortest and longest story in code points, from its first block to its last. A dump that is shorter, or a block
        that is longer, stays whole.
    n_stories : int, optional
        Find just so many stories (fewer where the dump has not so many blocks).
    topics : bool, TopicClassifier or path
        Whether to say what each story is about. In one's own labels with a classifier of one's own, the folder of one
        that was saved, or a file with a taxonomy (see `segmenter.topics.load_classifier`).
    topic_threshold : float in [0, 1], optional
        A story gets the topics that are right with at least this probability, and none where there is no such; 0: it
        always gets one. By default the classifier's own threshold.
    topic_language : str, optional
        Language of the topics' names (ISO 639-1). By default the story's own, where it has such names, or English.
    key_phrases : int
        How many key phrases a story gets, at most; none where `topics` is False.

    Attributes
    ----------
    bias_ : float
        What `fit` learned: log odds added to every boundary. 0 before.

    Examples
    --------
    >>> document = Segmenter().split("First story ...\\n\\nRead also:\\n\\nSecond story ...")
    >>> [story.title for story in document.stories]  # doctest: +SKIP
    """

    def __init__(self, model: str | Path | Embedder | None = None, *, threshold: float | None = None,
                 min_chars: int | None = None, max_chars: int | None = None, n_stories: int | None = None,
                 topics: bool | TopicClassifier | str | Path = True, topic_threshold: float | None = None,
                 topic_language: str | None = None, key_phrases: int = 5) -> None:  # fmt: skip
        self.model = model
        self.threshold = threshold
        self.min_chars = min_chars
        self.max_chars = max_chars
        self.n_stories = n_stories
        self.topics = topics
        self.topic_threshold = topic_threshold
        self.topic_language = topic_language
        self.key_phrases = key_phrases

    def __getstate__(self) -> dict[str, Any]:
        # What is sent to another process is settings; it loads the embedding for itself.
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_kept")}

    def __copy__(self) -> Self:
        other = type(self)(**self.get_params())
        other.__dict__.update(self.__dict__)
        return other

    def __sklearn_clone__(self) -> Self:
        # A fitted classifier and a loaded embedding are settings here: a clone of them would know nothing.
        return type(self)(**self.get_params())

    def __sklearn_tags__(self) -> Tags:
        from sklearn.utils import InputTags, Tags, TargetTags

        return Tags(estimator_type=None, target_tags=TargetTags(required=False),
                    input_tags=InputTags(string=True, two_d_array=False), requires_fit=False)  # fmt: skip

    def split(self, text: str, *, id: str | None = None, date: str | None = None,
              meta: Mapping[str, Any] | None = None) -> Document:  # fmt: skip
        """Split one dump.

        Parameters
        ----------
        text : str
            Any text, the empty one included.
        id, date, meta
            Carried through to the document.

        Returns
        -------
        Document

        Raises
        ------
        TypeError
            If `text` is not a string.
        ValueError
            If a setting is out of its range.
        ModelError
            If the embedding cannot be loaded.
        """
        if not isinstance(text, str):
            raise TypeError(f"split takes a string, got {type(text).__name__}; decode bytes first")
        self._check()
        # Half of a surrogate pair is no character that a tokenizer takes; features see a mark of the same length.
        readable = _SURROGATE.sub("\ufffd", text)
        evidence = observe(readable, _embedder(self))
        if evidence is None:
            return Document(text, id=id, date=date, meta=meta or {})
        kinds = shipped_kinds().predict_proba(readable, evidence)
        sequence = prepare(evidence, kinds)
        partition = shipped_boundaries().partition(
            sequence, threshold=self.threshold, min_chars=self.min_chars, max_chars=self.max_chars,
            n_stories=self.n_stories, bias=getattr(self, "bias_", 0.0))  # fmt: skip
        blocks = _blocks(evidence.spans, kinds, sequence, partition)
        stories = self._stories(text, readable, blocks)
        curve = [Boundary(int(sequence.starts[i]), round(float(partition.probability[i]), PROBABILITY_DIGITS))
                 for i in range(1, len(sequence.index))]  # fmt: skip
        return Document(text, tuple(blocks), stories, tuple(curve), id, _language(text, stories), date, meta or {})

    def split_many(self, texts: Iterable[str]) -> Iterator[Document]:
        """Split dumps one after the other, as they come; nothing but the current one is kept."""
        for text in _several(texts):
            yield self.split(text)

    def predict(self, texts: Iterable[str]) -> list[NDArray[np.int64]]:
        """The offsets of the boundaries of each text, an array of int64 for each."""
        plain = copy.copy(self).set_params(topics=False)
        return [np.array([b.at for b in d.boundaries], dtype=np.int64) for d in plain.split_many(texts)]

    def fit(self, texts: Sequence[str], boundaries: Sequence[Sequence[int]]) -> Segmenter:
        """Adapt how readily a story begins to one's own dumps.

        Parameters
        ----------
        texts : sequence of str
        boundaries : sequence of sequences of int
            For each text the offsets at which stories other than the first begin.

        Returns
        -------
        Segmenter
            Itself, with `bias_`: the log odds, out of a grid from -6 to 6, under which the true partitions are most
            probable (of equals the smallest).
        """
        if len(texts) != len(boundaries):
            raise ValueError(f"{len(texts)} texts but {len(boundaries)} lists of boundaries")
        self._check()
        decision = shipped_boundaries()
        prepared = []
        for text, offsets in zip(texts, boundaries, strict=True):
            readable = _SURROGATE.sub("\ufffd", text)
            evidence = observe(readable, _embedder(self))
            if evidence is not None:
                sequence = prepare(evidence, shipped_kinds().predict_proba(readable, evidence))
                prepared.append((sequence, _places(sequence, offsets)))
        grid = sorted(np.arange(-6.0, 6.25, 0.25).tolist(), key=lambda bias: (abs(bias), bias))
        likelihood = {bias: sum(decision.log_probability(sequence, starts, bias) for sequence, starts in prepared)
                      for bias in grid}  # fmt: skip
        self.bias_ = max(grid, key=lambda bias: likelihood[bias])
        return self

    def _check(self) -> None:
        for name in ("threshold", "topic_threshold"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, numbers.Real) and 0.0 <= float(value) <= 1.0):
                raise ValueError(f"{name} is a number in [0, 1], got {value!r}")
        if not (isinstance(self.topics, bool | str | Path) or hasattr(self.topics, "topics")):
            raise ValueError(f"topics is a bool, a path or a classifier, got {self.topics!r}")
        if not isinstance(self.topic_language, str | None):
            raise ValueError(f"topic_language is a code such as 'en', got {self.topic_language!r}")
        for name, least in (("min_chars", 0), ("max_chars", 1), ("n_stories", 1), ("key_phrases", 0)):
            value = getattr(self, name)
            if (value is not None or name == "key_phrases") and not (
                isinstance(value, numbers.Integral) and int(value) >= least
            ):
                raise ValueError(f"{name} is a whole number from {least} on, got {value!r}")
        if self.min_chars is not None and self.max_chars is not None and self.min_chars > self.max_chars:
            raise ValueError(f"min_chars ({self.min_chars}) is greater than max_chars ({self.max_chars})")

    def _stories(self, text: str, readable: str, blocks: list[Block]) -> tuple[Story, ...]:
        own = by_story(blocks)
        stories = [Story.from_blocks(number, text, own[number]) for number in sorted(own)]
        legible = stories if readable is text else [Story.from_blocks(n, readable, own[n]) for n in sorted(own)]
        full = ["\n".join(filter(None, (story.headline, story.text))) for story in legible]
        languages = [detect(part or readable[s.start : s.end]) for s, part in zip(stories, full, strict=True)]
        topics: Sequence[tuple[Topic, ...]] = [()] * len(stories)
        phrases: Sequence[tuple[str, ...]] = [()] * len(stories)
        if stories and (classifier := _classifier(self)) is not None:
            from .topics.phrases import shipped_phrases

            names = languages if self.topic_language is None else [self.topic_language] * len(stories)
            topics = classifier.topics(full, languages=names, threshold=self.topic_threshold)
            if self.key_phrases:
                phrases = shipped_phrases().extract(full, languages, limit=self.key_phrases)
        return tuple(replace(s, title=s.title if s.titled else lead(part), language=language, topics=tuple(topic),
                             key_phrases=phrase) for s, part, language, topic, phrase
                     in zip(stories, full, languages, topics, phrases, strict=True))  # fmt: skip


def _several(texts: Iterable[str]) -> Iterable[str]:
    if isinstance(texts, str | bytes):
        raise TypeError("several texts are wanted, got one: put it into a list, or call split")
    return texts


def _classifier(segmenter: Segmenter) -> TopicClassifier | None:
    """The classifier of the current `topics`, kept from call to call; None where there is to be none."""
    if segmenter.topics is False:
        return None
    from .topics import load_classifier, shipped_classifier

    if segmenter.topics is True:
        return shipped_classifier()
    if not isinstance(segmenter.topics, str | Path):
        return segmenter.topics
    kept = segmenter.__dict__.get("_kept_classifier")
    if kept is None or kept[0] != segmenter.topics:
        kept = (segmenter.topics, load_classifier(segmenter.topics))
        segmenter.__dict__["_kept_classifier"] = kept
    return kept[1]


def _embedder(segmenter: Segmenter) -> Embedder:
    """The embedder of the current `model`, kept from call to call."""
    kept = segmenter.__dict__.get("_kept_embedder")
    if kept is None or kept[0] is not segmenter.model:
        kept = (segmenter.model, load_embedder(segmenter.model))
        segmenter.__dict__["_kept_embedder"] = kept
    return kept[1]


def _places(sequence: StorySequence, offsets: Sequence[int]) -> list[int]:
    """Numbers of the blocks of the sequence at which the offsets lie, or which follow them; 0 first."""
    places = np.searchsorted(sequence.ends, np.asarray(list(offsets), dtype=np.int64), side="right")
    return sorted({0, *(int(place) for place in places if place < len(sequence.index))})


def _blocks(spans: list[Span], kinds: NDArray[np.float32], sequence: StorySequence,
            partition: Partition) -> list[Block]:  # fmt: skip
    """Settle kind and story of every block: what a block is depends on whether a story begins with it."""
    best = np.where(IN_STORY, kinds, -1.0).argmax(axis=1)
    other = np.where(IN_STORY, -1.0, kinds).argmax(axis=1)
    belongs = np.zeros(len(spans), dtype=bool)
    segment = np.full(len(spans), -1)
    begins = np.zeros(len(spans), dtype=bool)
    edges = [*partition.starts.tolist(), len(sequence.index)]
    for number, (low, high) in enumerate(pairwise(edges)):
        index = sequence.index[low:high]
        segment[index] = number
        sure = sequence.sure[low:high]
        belongs[index] = sure
        # A doubtful line with which a story begins is its headline, not a link to another. With the first story that
        # is not said, for a page begins with furniture, unless nothing else of it would be left.
        if number or (len(edges) > 2 and not sure.any()):
            belongs[index[0]] = True
        begins[index[0]] = belongs[index[0]]
    blocks: list[Block] = []
    numbers: dict[int, int] = {}
    headline, heading = KINDS.index("headline"), KINDS.index("heading")
    seen_body: set[int] = set()
    for i, span in enumerate(spans):
        story = None
        choice = int(other[i])
        if belongs[i]:
            story = numbers.setdefault(int(segment[i]), len(numbers))
            choice = int(best[i])
            if choice == headline and story in seen_body:
                choice = heading
            elif choice == heading and begins[i]:
                choice = headline
            if choice == KINDS.index("body"):
                seen_body.add(story)
        probability = round(float(min(1.0, kinds[i, choice])), PROBABILITY_DIGITS)
        blocks.append(Block(span.start, span.end, KINDS[choice], story, probability))
    return blocks


def _language(text: str, stories: Sequence[Story]) -> str:
    """The language of most of the stories' text."""
    if not stories:
        return detect(text)
    share: dict[str, int] = {}
    for story in stories:
        share[story.language] = share.get(story.language, 0) + story.end - story.start
    return max(share, key=lambda language: (language != UNDETERMINED, share[language], language))
