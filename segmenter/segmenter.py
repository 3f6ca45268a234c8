"""The estimator that walks a dump through the house: blocks, vectors, kinds, boundaries, topics, document."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from .boundaries import shipped_boundaries
from .document import Document, Story
from .embedding import Embedder, load_embedder
from .estimator import Estimator
from .exact import one_thread
from .fitting import fit_bias, fit_topics, refuse_impossible
from .reading import legible, read_all
from .settling import curve, language_of, outlined, settled
from .tasks import Task

if TYPE_CHECKING:
    from sklearn.utils import Tags

    from .topics import TopicClassifier


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
        What `fit` learned: log odds added to every boundary, from a grid from -6 to 6. Without `fit` it is not there.
    topics_ : TopicClassifier
        What `fit` learned of documents with topics; it stands in for `topics` until that is changed.

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
        return self._split_all([Task(text, id, date, meta)])[0]

    def split_tasks(self, tasks: Sequence[Task]) -> list[Document]:
        """What `split` gives for each of several dumps, in less time where they are short.

        All are held in memory at once; `split_many` takes any number. Raises what `split` raises.

        Parameters
        ----------
        tasks : sequence of Task
            The arguments of `split` for each dump.

        Returns
        -------
        list of Document
        """
        if type(self).split is not Segmenter.split:  # who puts another in its place means all dumps
            return [self.split(task.text, id=task.id, date=task.date, meta=task.meta) for task in tasks]
        return self._split_all(tasks)

    @one_thread
    def _split_all(self, tasks: Sequence[Task]) -> list[Document]:
        for task in tasks:
            if not isinstance(task.text, str):
                raise TypeError(f"split takes a string, got {type(task.text).__name__}; decode bytes first")
        self.check()
        readable = [legible(task.text) for task in tasks]
        readings = read_all(readable, self.embedder())
        sequences = [reading.sequence for reading in readings if reading is not None]
        bias = getattr(self, "bias_", 0.0)
        evidence = iter(shipped_boundaries().all_evidence(sequences, bias) if sequences else ())
        drafts: list[Document] = []
        full: list[str] = []
        for task, text, reading in zip(tasks, readable, readings, strict=True):
            if reading is None:
                drafts.append(Document(task.text, id=task.id, date=task.date, meta=task.meta or {}))
                continue
            sequence = reading.sequence
            partition = shipped_boundaries().partition(
                sequence, threshold=self.threshold, min_chars=self.min_chars, max_chars=self.max_chars,
                n_stories=self.n_stories, bias=bias, gaps=next(evidence))  # fmt: skip
            blocks = settled(reading.spans, reading.kinds, sequence, partition)
            stories, own = outlined(task.text, text, blocks)
            full += own
            drafts.append(Document(task.text, tuple(blocks), stories, curve(sequence, partition), task.id,
                                   language_of(task.text, stories), task.date, task.meta or {}))  # fmt: skip
        described = iter(self._described([story for draft in drafts for story in draft.stories], full))
        return [replace(draft, stories=tuple(islice(described, len(draft.stories)))) if draft.stories else draft
                for draft in drafts]  # fmt: skip

    def split_many(self, texts: Iterable[str], *, jobs: int = 1) -> Iterator[Document]:
        """Split dumps as they come, in order and in bounded memory.

        Parameters
        ----------
        texts : iterable of str
            Read up to 64 ahead, for several short ones at once take less time. With an embedding other than the
            shipped one the vectors of each are still asked for alone, since others beside it might change them.
        jobs : int
            In how many processes; 1: in this one, 0: one a core. The documents are the same. In a script whatever
            calls it must stand below ``if __name__ == "__main__":``, since workers begin by importing it.

        Raises
        ------
        TypeError, ValueError, ModelError
            As `split` does.
        """
        from .batches import split_tasks

        self.check()
        if not isinstance(jobs, numbers.Integral) or jobs < 0:
            raise ValueError(f"jobs is a whole number from 0 on, got {jobs!r}")
        for text, answer in split_tasks(((text, Task(text)) for text in _several(texts)), self, int(jobs)):
            if not isinstance(text, str) or not isinstance(answer, Document):
                answer = self.split(text)  # here, where it raises what it raises
            yield answer

    def predict(self, texts: Iterable[str]) -> list[NDArray[np.int64]]:
        """The offsets of the boundaries of each text, an array of int64 for each."""
        plain = copy.copy(self).set_params(topics=False)
        return [np.array([b.at for b in d.boundaries], dtype=np.int64) for d in plain.split_many(texts)]

    @one_thread
    def fit(self, texts: Sequence[str] | Sequence[Document],
            boundaries: Sequence[Sequence[int]] | None = None) -> Segmenter:  # fmt: skip
        """Adapt how readily a story begins, and what stories are about, to one's own dumps.

        Parameters
        ----------
        texts : sequence of str or of Document
            Documents are taken to be right in all that they say: give those that you have looked through, and corrected
            (`Document.merge`, `split_at`, `relabel`) where they were wrong.
        boundaries : sequence of sequences of int, optional
            For each text the offsets at which stories other than the first begin. Documents have their own.

        Returns
        -------
        Segmenter
            Itself, with `bias_`, and with `topics_` where stories of the documents have topics and `topics` is not
            False: a copy of the classifier that has learned the first of each by `TopicClassifier.partial_fit`. If it
            knows none of their labels, a new one is fitted on the stories; it gives those labels and no others.

        Raises
        ------
        ValueError
            If there are no texts, the numbers of texts and of boundaries differ, texts come without boundaries, or
            boundaries lie outside of their text.
        SegmenterError
            If the labels of the documents are not those of the classifier.
        """
        self.check()
        texts = list(_several(texts))
        documents = [document for document in texts if isinstance(document, Document)]
        if boundaries is None:
            if len(documents) < len(texts):
                raise ValueError("texts need their boundaries, an array of offsets for each; only documents have them")
            boundaries = [[boundary.at for boundary in document.boundaries] for document in documents]
        if len(texts) != len(boundaries):
            raise ValueError(f"{len(texts)} texts but {len(boundaries)} lists of boundaries")
        plain = [text.text if isinstance(text, Document) else text for text in texts]
        refuse_impossible(plain, boundaries)
        self._learn_topics(None)
        topics = fit_topics(documents, self.classifier()) if self.topics is not False else None
        self.bias_ = fit_bias(plain, boundaries, self.embedder())
        self._learn_topics(topics)
        return self

    @one_thread
    def describe(self, document: Document) -> Document:
        """Fill in what the stories of a document lack: topics and key phrases.

        They are lost where lines of a story were changed by hand. What is there stays.

        Parameters
        ----------
        document : Document

        Returns
        -------
        Document
        """
        self.check()
        full = [legible(story.full_text) for story in document.stories]
        return replace(document, stories=self._described(document.stories, full))

    def save(self, folder: str | Path) -> None:
        """Write the settings, and what `fit` has learned, into `folder`: JSON and safetensors, no pickle.

        ``segmenter split --segmenter FOLDER`` and ``segmenter cluster --segmenter FOLDER`` use it.

        Parameters
        ----------
        folder : path
            Made where there is none. What an earlier call wrote there is replaced.

        Raises
        ------
        ModelError
            If the embedding is an object that no name or folder leads back to.
        """
        from .saving import save

        save(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path) -> Segmenter:
        """Read what `save` wrote.

        Raises
        ------
        ModelError
            If the folder holds no segmenter.
        """
        from .saving import load

        return load(cls, Path(folder))

    def classifier(self) -> TopicClassifier | None:
        """What says what stories are about, loaded where need be; None where nothing does."""
        if self.topics is False:
            return None
        learned = self.learned_topics()
        if learned is not None:
            return learned
        from .topics import load_classifier, shipped_classifier

        if self.topics is True:
            return shipped_classifier()
        if not isinstance(self.topics, str | Path):
            return self.topics
        kept = self.__dict__.get("_kept_classifier")
        if kept is None or kept[0] != self.topics:
            kept = self._kept_classifier = (self.topics, load_classifier(self.topics))
        return kept[1]

    def embedder(self) -> Embedder:
        """The embedding of the current `model`, kept from call to call."""
        kept = self.__dict__.get("_kept_embedder")
        if kept is None or kept[0] is not self.model:
            kept = self._kept_embedder = (self.model, load_embedder(self.model))
        return kept[1]

    def learned_topics(self) -> TopicClassifier | None:
        """What `fit` has learned of topics, until `topics` is set to something else."""
        return self.__dict__.get("topics_") if self.__dict__.get("_topics_before") is self.topics else None

    def _learn_topics(self, classifier: TopicClassifier | None) -> None:
        for name in ("topics_", "_topics_before"):
            self.__dict__.pop(name, None)
        if classifier is not None:
            self.topics_, self._topics_before = classifier, self.topics

    def check(self) -> None:
        """Raise `ValueError` if a setting is out of its range."""
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

    def _described(self, stories: Sequence[Story], full: Sequence[str]) -> tuple[Story, ...]:
        """The stories, those without topics or key phrases with those of their full texts."""
        classifier = self.classifier()
        if not stories or classifier is None:
            return tuple(stories)
        from .topics.phrases import shipped_phrases

        languages = [story.language for story in stories]
        names = languages if self.topic_language is None else [self.topic_language] * len(stories)
        topics = classifier.topics(full, languages=names, threshold=self.topic_threshold)
        phrases: Sequence[tuple[str, ...]] = [()] * len(stories)
        if self.key_phrases:
            phrases = shipped_phrases().extract(full, languages, limit=self.key_phrases)
        return tuple(replace(story, topics=story.topics or tuple(topic), key_phrases=story.key_phrases or phrase)
                     for story, topic, phrase in zip(stories, topics, phrases, strict=True))  # fmt: skip


def _several(texts: Iterable[Any]) -> Iterable[Any]:
    if isinstance(texts, str | bytes | Document):
        raise TypeError("several texts are wanted, got one: put it into a list, or call split")
    return texts
