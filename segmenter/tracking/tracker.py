"""Which running story a new story belongs to: one pass over the stream, each story decided on as it comes.

A story joins the thread of the story that it most probably belongs with, or opens a thread of its own (single-pass
clustering by the nearest neighbour, as in topic detection and tracking; Allan, 2002). A story that is linked to several
threads may show that they are one; then they are merged, which is an operation to be recorded.
"""

from __future__ import annotations

import hashlib
import math
import numbers
from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..estimator import Estimator
from ..exact import one_thread
from .decision import ThreadModel, log_odds, probability, shipped_threads
from .fingerprints import COPY, Fingerprinter, shared
from .likeness import Floats, Profile
from .live import LiveStories, Member
from .records import Fingerprint, LiveStory, Merge, in_utc

if TYPE_CHECKING:
    from ..embedding import Embedder

Rows = NDArray[np.intp]

PROBABILITY_DIGITS = 6
CANDIDATES = 200
"""So many stories with the nearest vectors are looked at closely."""
LEAST_COSINE = 0.15
MERGE_SMALL, MERGE_LARGE = 20, 200
"""Newest stories of the smaller and of the larger thread by which it is judged whether the two are one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class Assignment(NamedTuple):
    """What the tracker says of a story.

    Parameters
    ----------
    thread : str
        Id of the thread that it joins or opens; after `merges`.
    probability : float
        That it belongs there.
    copy_of : str or None
        Key of the story that it is nearly a copy of; of several the earliest.
    merges : tuple of Merge
        Threads that it showed to be one, in the order in which they are to be merged.
    """

    thread: str
    probability: float
    copy_of: str | None = None
    merges: tuple[Merge, ...] = ()


class StoryTracker(Estimator):
    """Follows stories over time.

    What it decides on a story depends on the stories within the window around its date that were decided on before,
    and on nothing else: a tracker that is restored from a store goes on exactly as the one that filled it. Stories
    that are given together are taken in the order of date and key, whatever order they are given in; across calls the
    order matters, since a thread is opened by what comes first.

    Parameters
    ----------
    model : str, path, Embedder or None
        The embedding, as for `Segmenter`; not needed where embeddings are given.
    window : float
        Days: a story is compared with those dated at most so much before or after it.
    threshold : float in [0, 1], optional
        A story joins a thread if it belongs with one of its stories with at least this probability. By default what
        was learned.
    merge : bool
        Whether threads may be merged.
    decision : path or ThreadModel, optional
        A folder that `segmenter.training` wrote. By default the decision that is shipped.

    Attributes
    ----------
    labels_ : ndarray of str, shape (n,)
        The threads of the stories of the last `partial_fit`, in the order in which they were given.
    probabilities_ : ndarray of float64, shape (n,)
        That each belongs there.
    copies_ : list of str or None
        For each the key of the story that it is nearly a copy of.
    merged_ : dict of str to str
        For each thread that was merged away the one that it was merged into; `resolve` follows it.

    Examples
    --------
    >>> from datetime import datetime, UTC
    >>> tracker = StoryTracker()
    >>> tracker.partial_fit(["First text ...", "Second text ..."], dates=[datetime(2024, 3, 1, tzinfo=UTC)] * 2)
    StoryTracker()
    >>> tracker.labels_  # doctest: +SKIP
    """

    def __init__(self, model: str | Path | Embedder | None = None, *, window: float = 7.0,
                 threshold: float | None = None, merge: bool = True,
                 decision: str | Path | ThreadModel | None = None) -> None:  # fmt: skip
        self.model = model
        self.window = window
        self.threshold = threshold
        self.merge = merge
        self.decision = decision

    def __getstate__(self) -> dict[str, Any]:
        # What is sent to another process, or copied, loads embedding and decision for itself.
        return {name: value for name, value in self.__dict__.items() if not name.startswith("_kept")}

    def __sklearn_clone__(self) -> Self:
        return type(self)(**self.get_params())  # a loaded embedding is a setting, too

    # --- as an estimator -------------------------------------------------------------------------------------------

    def fit(self, X: Sequence[str], y: None = None, *, dates: Sequence[datetime], keys: Sequence[str] | None = None,
            titles: Sequence[str | None] | None = None, outlets: Sequence[str | None] | None = None,
            embeddings: ArrayLike | None = None) -> Self:  # fmt: skip
        """Forget everything and begin with these stories; see `partial_fit`."""
        for name in ("_live", "merged_", "_seen"):
            self.__dict__.pop(name, None)
        return self.partial_fit(X, dates=dates, keys=keys, titles=titles, outlets=outlets, embeddings=embeddings)

    def partial_fit(self, X: Sequence[str], y: None = None, *, dates: Sequence[datetime],
                    keys: Sequence[str] | None = None, titles: Sequence[str | None] | None = None,
                    outlets: Sequence[str | None] | None = None,
                    embeddings: ArrayLike | None = None) -> Self:  # fmt: skip
        """Go on with more stories.

        Parameters
        ----------
        X : sequence of str
            The texts of the stories.
        y : None
            Ignored.
        dates : sequence of datetime
            Aware.
        keys : sequence of str, optional
            A name of its own for each story. By default a hash of date and text.
        titles : sequence of str or None, optional
            Their headlines, where the texts are without.
        outlets : sequence of str or None, optional
            Who published them, where that is known.
        embeddings : array of shape (len(X), d), optional
            Their vectors, if they are there already.

        Raises
        ------
        TypeError
            If `X` is one text.
        ValueError
            If lengths do not agree, a date has no time zone, a key occurs twice, or a parameter is out of range.
        """
        if isinstance(X, str):
            raise TypeError("several texts are wanted, got one: put it into a list")
        self._merged()
        moments = [in_utc(date, f"story {i}: date") for i, date in enumerate(dates)]
        names = self._names(X, moments) if keys is None else list(keys)
        sources = [None] * len(X) if outlets is None else list(outlets)
        if not len(X) == len(moments) == len(names) == len(sources):
            sizes = f"{len(X)} texts, {len(moments)} dates, {len(names)} keys and {len(sources)} outlets"
            raise ValueError(f"{sizes} do not go together")
        prints = self.describe(X, titles, embeddings)
        order = sorted(range(len(X)), key=lambda i: (moments[i], names[i]))
        found: dict[int, Assignment] = {}
        for i in order:
            found[i] = self.assign(names[i], moments[i], prints[i], outlet=sources[i])
        self.labels_ = np.array([self.resolve(found[i].thread) for i in range(len(X))], dtype=np.str_)
        self.probabilities_ = np.array([found[i].probability for i in range(len(X))])
        self.copies_ = [found[i].copy_of for i in range(len(X))]
        if order:
            self._forget(_day(moments[order[-1]]) - self.window)
        return self

    def fit_predict(self, X: Sequence[str], y: None = None, *, dates: Sequence[datetime],
                    keys: Sequence[str] | None = None, titles: Sequence[str | None] | None = None,
                    outlets: Sequence[str | None] | None = None,
                    embeddings: ArrayLike | None = None) -> NDArray[np.str_]:  # fmt: skip
        """`fit`, and return `labels_`."""
        return self.fit(X, dates=dates, keys=keys, titles=titles, outlets=outlets, embeddings=embeddings).labels_

    def resolve(self, thread: str) -> str:
        """The thread that `thread` was merged into at last, itself where it never was."""
        merged = self._merged()
        while thread in merged:
            thread = merged[thread]
        return thread

    # --- step by step, as the job uses it --------------------------------------------------------------------------

    @one_thread
    def describe(self, texts: Sequence[str], titles: Sequence[str | None] | None = None,
                 embeddings: ArrayLike | None = None) -> list[Fingerprint]:  # fmt: skip
        """The fingerprints of stories.

        Parameters
        ----------
        texts : sequence of str
        titles : sequence of str or None, optional
            Headlines, where the texts are without.
        embeddings : array of shape (len(texts), d), optional
            Vectors that are there already.
        """
        kept = self.__dict__.get("_kept_fingerprinter")
        if kept is None or kept[0] is not self.model:
            kept = self.__dict__["_kept_fingerprinter"] = (self.model, Fingerprinter(self.model))
        return kept[1].of(texts, titles, embeddings)

    def restore(self, stories: Iterable[LiveStory]) -> None:
        """Take stories that were decided on before, in filing order, as `Store.live` gives them.

        Raises
        ------
        ValueError
            If their embeddings are not as long as those that are there.
        """
        model = self._model()
        for story in stories:
            print_ = Fingerprint.from_bytes(story.embedding, story.words, story.shingles)
            profile = Profile(print_, _day(story.date), model.background, story.outlet)
            member = Member(story.key, story.date, story.copy_of, profile)
            self._stories(len(print_.vector)).add(member, story.thread, print_.shingles)

    def forget(self, before: datetime) -> None:
        """Drop the stories dated before, which no story to come will be compared with."""
        self._forget(_day(before))

    @one_thread
    def assign(self, key: str, date: datetime, fingerprint: Fingerprint, *, outlet: str | None = None) -> Assignment:
        """Decide on a story, and remember it.

        Parameters
        ----------
        key : str
            Unique; names the thread that the story opens, and decides between stories that are equally near.
        date : datetime
            Aware.
        fingerprint : Fingerprint
            From `describe`.
        outlet : str, optional
            Who published it.
        """
        model, date = self._model(), in_utc(date)
        least = self._least(model)
        live = self._stories(len(fingerprint.vector))
        profile = Profile(fingerprint, _day(date), model.background, outlet)
        near = self._near(live, profile)
        odds = model.log_odds(profile, [live.members[i].profile for i in near], live.vectors[near])
        copy_of = self._copied(live, near, fingerprint)
        thread, sure, merges = thread_id(key, date), 1.0, []
        if len(near):
            best = self._best(live, near, odds)
            chance = probability(odds[best])
            if odds[best] >= least:
                thread, sure = live.threads[near[best]], chance
                merges = self._merges(live, model, profile, thread, near, odds) if self.merge else []
            else:
                sure = 1.0 - chance
        for merge in merges:
            live.merge(merge.keep, merge.other)
            self._merged()[merge.other] = merge.keep
            thread = merge.keep
        live.add(Member(key, date, copy_of, profile), thread, fingerprint.shingles)
        return Assignment(thread, round(sure, PROBABILITY_DIGITS), copy_of, tuple(merges))

    # --- inside ------------------------------------------------------------------------------------------------------

    def _forget(self, before: float) -> None:
        live = self.__dict__.get("_live")
        if live is not None:
            kept = np.flatnonzero(live.days >= before)
            # Seldom, for it copies all that stays. What is too old is never compared with anyway.
            if len(kept) < 0.8 * len(live):
                live.keep(kept.tolist())

    def _near(self, live: LiveStories, profile: Profile) -> Rows:
        """The rows of the stories in the window with the nearest vectors."""
        if not len(live):
            return np.empty(0, dtype=np.intp)
        cosine = live.vectors @ profile.vector  # exact, see `fingerprints.STEP`
        cosine[~self._in_window(live, profile)] = -1.0
        least = LEAST_COSINE
        if len(cosine) > CANDIDATES:
            least = max(least, float(np.partition(cosine, -CANDIDATES)[-CANDIDATES]))
        found = np.flatnonzero(cosine >= least)
        if len(found) > CANDIDATES:  # of equally near ones those are taken that no order of arrays decides
            found = np.array(sorted(found, key=lambda i: (-cosine[i], live.members[i].key))[:CANDIDATES], dtype=np.intp)
        return found

    def _best(self, live: LiveStories, near: Rows, odds: Floats) -> int:
        """Of stories that are equally likely the earliest, and of these the one with the smallest key."""
        likeliest = np.flatnonzero(odds == odds.max())
        return int(min(likeliest, key=lambda i: (live.members[near[i]].date, live.members[near[i]].key)))

    def _in_window(self, live: LiveStories, profile: Profile) -> NDArray[np.bool_]:
        return np.abs(live.days - profile.day) <= self.window

    def _copied(self, live: LiveStories, near: Rows, fingerprint: Fingerprint) -> str | None:
        rows = near[shared(live.sketches[near], fingerprint.shingles) >= COPY]
        if not len(rows):
            return None
        earliest: Member = min((live.members[i] for i in rows), key=lambda member: (member.date, member.key))
        return earliest.copy_of or earliest.key

    def _merges(self, live: LiveStories, model: ThreadModel, profile: Profile, thread: str, near: Rows,
                odds: Floats) -> list[Merge]:  # fmt: skip
        """The threads that a story, linked to them and to `thread`, shows to be one with it."""
        linked = {live.threads[row] for row in near[odds > log_odds(model.link)]} - {thread}
        if not linked:
            return []
        within = self._in_window(live, profile)  # older ones may still be there, or not: they must not count
        own, merges = [row for row in live.rows[thread] if within[row]], []
        for other in sorted(linked):
            theirs = [row for row in live.rows[other] if within[row]]
            if self._bond(live, model, own, theirs) > model.merge:
                keep, gone = min(thread, other), max(thread, other)
                merges.append(Merge(keep, gone, "a story belongs to both"))
                thread, own = keep, own + theirs
        return merges

    def _bond(self, live: LiveStories, model: ThreadModel, a: list[int], b: list[int]) -> float:
        """How much the stories of the smaller of two threads belong to the other: mean of their best log odds."""
        small, large = sorted((self._newest(live, rows) for rows in (a, b)),
                              key=lambda rows: (len(rows), live.members[rows[0]].key))  # fmt: skip
        small, large = small[:MERGE_SMALL], large[:MERGE_LARGE]
        profiles = [live.members[i].profile for i in large]
        vectors = live.vectors[large]
        return float(np.mean([model.log_odds(live.members[i].profile, profiles, vectors).max() for i in small]))

    def _newest(self, live: LiveStories, rows: list[int]) -> list[int]:
        return sorted(rows, key=lambda i: (live.members[i].date, live.members[i].key), reverse=True)

    def _least(self, model: ThreadModel) -> float:
        """The log odds from which on a story joins."""
        if not (isinstance(self.window, numbers.Real) and 0 < self.window < math.inf):
            raise ValueError(f"window is a number of days above 0, got {self.window!r}")
        if self.threshold is None:
            return log_odds(model.join)
        if not (isinstance(self.threshold, numbers.Real) and 0.0 <= self.threshold <= 1.0):
            raise ValueError(f"threshold is a number in [0, 1], got {self.threshold!r}")
        return log_odds(float(self.threshold))

    def _model(self) -> ThreadModel:
        """The decision, kept from call to call."""
        kept = self.__dict__.get("_kept_model")
        if kept is None or kept[0] is not self.decision:
            given = self.decision
            model = shipped_threads() if given is None else given if isinstance(given, ThreadModel) else \
                ThreadModel.load(given)  # fmt: skip
            kept = self.__dict__["_kept_model"] = (given, model)
        return kept[1]

    def _names(self, X: Sequence[str], dates: Sequence[datetime]) -> list[str]:
        """A hash of date and text for each story; what is given again gets a number."""
        seen: Counter[str] = self.__dict__.setdefault("_seen", Counter())
        names = []
        for text, date in zip(X, dates, strict=False):
            name = hashlib.sha256(f"{date.isoformat()}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()
            names.append(f"{name}:{seen[name]}")
            seen[name] += 1
        return names

    def _stories(self, dimension: int) -> LiveStories:
        live: LiveStories = self.__dict__.setdefault("_live", LiveStories(dimension))
        if live.dimension != dimension:
            raise ValueError(f"an embedding of {dimension} numbers among others of {live.dimension}: stories can only "
                             "be compared by one embedding (keep to one model)")  # fmt: skip
        return live

    def _merged(self) -> dict[str, str]:
        if not hasattr(self, "merged_"):
            self.merged_: dict[str, str] = {}
        return self.merged_


def thread_id(key: str, date: datetime) -> str:
    """The id of the thread that a story opens: its date, and ten letters of a hash of its key."""
    digest = b32encode(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()).decode("ascii").lower()
    return f"{date.date().isoformat()}-{digest[:10]}"


def _day(date: datetime) -> float:
    return (in_utc(date) - _EPOCH) / _DAY
