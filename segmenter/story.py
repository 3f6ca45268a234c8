"""The parts of a document: spans, blocks, segments, boundaries, topics and stories.

Values only: no model, no input or output. Every class is immutable and checks its invariants when it is made. All
offsets are code points of the original text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KINDS = ("body", "headline", "heading", "caption", "embed", "credit", "keywords", "ad", "related", "other")
"""What a block can be. See `STORY_KINDS` for those that belong to a story."""

STORY_KINDS = frozenset({"body", "headline", "heading", "caption", "embed", "credit"})
TEXT_KINDS = frozenset({"body", "heading"})


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch ``[start, end)`` of a text, in code points."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, got start={self.start}, end={self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """The part of `text` that the span covers."""
        return text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Block(Span):
    """A line or sentence of a dump: where it stands, what it is and which story it belongs to.

    Parameters
    ----------
    start, end : int
        Code points; a block neither begins nor ends with white space.
    kind : str
        One of `KINDS`.
    story : int or None
        Number of the story, None where it belongs to none.
    probability : float
        Probability of `kind`, in [0, 1].
    """

    kind: str = "body"
    story: int | None = None
    probability: float = 1.0

    def __post_init__(self) -> None:
        Span.__post_init__(self)
        if self.kind not in KINDS:
            raise ValueError(f"unknown kind {self.kind!r} at {self.start}; the kinds are {', '.join(KINDS)}")
        if self.story is not None and self.story < 0:
            raise ValueError(f"story numbers start at 0, got {self.story} at {self.start}")
        if not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a probability lies in [0, 1], got {self.probability} at {self.start}")

    @property
    def span(self) -> Span:
        """The block's place alone."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Segment(Span):
    """Neighbouring blocks of one kind and one story, with the white space after them."""

    kind: str = "body"
    story: int | None = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """An offset at which a story begins, and how probable that is."""

    at: int
    probability: float = 1.0

    def __post_init__(self) -> None:
        if self.at < 0 or not 0.0 <= self.probability <= 1.0:
            raise ValueError(f"a boundary needs at >= 0 and a probability in [0, 1], got {self.at}, {self.probability}")


@dataclass(frozen=True, slots=True)
class Topic:
    """A label of a taxonomy with its score in [0, 1], and the finer labels below it, best first."""

    id: str
    name: str
    score: float
    finer: tuple[Topic, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The topic as it is written to JSON."""
        record: dict[str, Any] = {"id": self.id, "name": self.name, "score": self.score}
        return record | ({"finer": [topic.to_dict() for topic in self.finer]} if self.finer else {})

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Topic:
        """Make a topic of what `to_dict` gave."""
        finer = tuple(cls.from_dict(below) for below in record.get("finer", ()))
        return cls(record["id"], record["name"], record["score"], finer)


@dataclass(frozen=True, slots=True)
class Story:
    """One story of a dump.

    Parameters
    ----------
    number : int
        Place among the stories of the dump, from 0.
    start, end : int
        Where its first block begins and its last block ends. Furniture may lie between.
    spans : tuple of Span
        Its body and headings.
    text : str
        Those spans, one a line.
    title : str or None
        Its first headline; where the dump has none, the beginning of its text.
    language : str
        ISO 639-1 code, "und" where it cannot be told.
    topics : tuple of Topic
        Best first; none where nothing was sure enough.
    key_phrases : tuple of str
        Words of the story that tell what it is about, best first.
    titled : bool
        Whether the title is a headline of the dump.
    """

    number: int
    start: int
    end: int
    spans: tuple[Span, ...]
    text: str
    title: str | None = None
    language: str = "und"
    topics: tuple[Topic, ...] = ()
    key_phrases: tuple[str, ...] = ()
    titled: bool = False

    @classmethod
    def from_blocks(cls, number: int, text: str, blocks: Iterable[Block], *, language: str = "und",
                    topics: Sequence[Topic] = (), key_phrases: Sequence[str] = (),
                    title: str | None = None) -> Story:  # fmt: skip
        """Make story `number` of its blocks, all that a dump has of it and in order; `title` if it has no headline."""
        own = list(blocks)
        if not own or any(block.story != number for block in own):
            raise ValueError(f"story {number} needs at least one block, and only blocks of its own")
        spans = tuple(block.span for block in own if block.kind in TEXT_KINDS)
        headline = next((block.of(text) for block in own if block.kind == "headline"), None)
        return cls(number, own[0].start, own[-1].end, spans, "\n".join(span.of(text) for span in spans),
                   title if headline is None else headline, language, tuple(topics), tuple(key_phrases),
                   headline is not None)  # fmt: skip

    @property
    def headline(self) -> str | None:
        """The title, if it is a headline of the dump."""
        return self.title if self.titled else None

    @property
    def full_text(self) -> str:
        """Headline and text, which tell what it is about and in which language it is; empty without either."""
        return "\n".join(filter(None, (self.headline, self.text)))

    @property
    def topic(self) -> Topic | None:
        """The best topic, None where none was given."""
        return self.topics[0] if self.topics else None

    def to_dict(self) -> dict[str, Any]:
        """The story as it is written to JSON."""
        best = self.topic
        return {
            "story": self.number,
            "title": self.title,
            "titled": self.titled,
            "language": self.language,
            "start": self.start,
            "end": self.end,
            "topic": best.id if best else None,
            "topic_name": best.name if best else None,
            "topic_score": best.score if best else None,
            "topics": [topic.to_dict() for topic in self.topics],
            "key_phrases": list(self.key_phrases),
        }


def by_story(blocks: Iterable[Block]) -> dict[int, list[Block]]:
    """The blocks that belong to a story, gathered by its number."""
    own: dict[int, list[Block]] = {}
    for block in blocks:
        if block.story is not None:
            own.setdefault(block.story, []).append(block)
    return own
