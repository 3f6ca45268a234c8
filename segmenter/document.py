"""What the user holds: a dump, its blocks and the stories found in it; `story` has the parts.

Values only: no model, no input or output. Every class is immutable and checks its invariants when it is made, so a
`Document` that exists is a valid one. All offsets are code points of the original text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .story import KINDS, STORY_KINDS, TEXT_KINDS, Block, Boundary, Segment, Span, Story, Topic, by_story

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from .display.view import View

__all__ = ["KINDS", "STORY_KINDS", "TEXT_KINDS", "Block", "Boundary", "Document", "Segment", "Span", "Story", "Topic",
           "by_story", "carried_name", "frame_types", "original_name"]  # fmt: skip

FRAME_COLUMNS = ("id", "segment", "start", "end", "kind", "story", "title", "language", "topic", "topic_name",
                 "topic_score", "key_phrases", "text")  # fmt: skip
FRAME_NUMBERS = {"segment": "int64", "start": "int64", "end": "int64", "story": "Int64", "topic_score": "float64"}
"""The columns that hold numbers, with their pandas types. `frame_types` has the types of all."""

PHRASE_SEPARATOR = "; "
"""Stands between the key phrases of a story in a data frame; no phrase holds punctuation."""

RECORD_KEYS = frozenset(
    {"id", "length", "language", "date", "stories", "segments", "boundaries", "blocks", "curve", "text"}
)
_CARRIED = "input_"


@dataclass(frozen=True)
class Document:
    """A dump with what was found in it.

    Parameters
    ----------
    text : str
        The dump, unchanged.
    blocks : tuple of Block
        In order, without overlap. Stories are numbered 0, 1, ... in the order in which they begin.
    stories : tuple of Story
        One for every number used by the blocks.
    curve : tuple of Boundary
        Every place where a story could begin with the probability that one does, in order; the boundary curve.
    id, date : str or None
        Carried through from the input.
    language : str
        ISO 639-1 code of most of the text, "und" where it cannot be told.
    meta : mapping
        Other columns of the input, carried through.

    Raises
    ------
    ValueError
        If blocks overlap, leave the text, or disagree with the stories.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    stories: tuple[Story, ...] = ()
    curve: tuple[Boundary, ...] = ()
    id: str | None = None
    language: str = "und"
    date: str | None = None
    meta: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "meta", MappingProxyType(dict(self.meta)))
        for before, after in pairwise(self.blocks):
            if after.start < before.end:
                raise ValueError(f"block at {after.start} overlaps the one that ends at {before.end}")
        if self.blocks and self.blocks[-1].end > len(self.text):
            raise ValueError(f"a block ends at {self.blocks[-1].end}, beyond the text of {len(self.text)} code points")
        order = list(dict.fromkeys(block.story for block in self.blocks if block.story is not None))
        if order != list(range(len(self.stories))) or order != [story.number for story in self.stories]:
            raise ValueError(
                f"stories must be numbered in order of appearance: the blocks begin {order}, "
                f"the stories are {[story.number for story in self.stories]}"
            )
        if any(b.at <= a.at for a, b in pairwise(self.curve)):
            raise ValueError("the places of the boundary curve must increase")
        if self.curve and self.curve[-1].at >= len(self.text):
            raise ValueError(f"a boundary at {self.curve[-1].at}, beyond the text of {len(self.text)} code points")
        for name in ("id", "date"):
            if not isinstance(getattr(self, name), str | None):
                raise TypeError(f"{name} is a string or None, got {getattr(self, name)!r}")
        own = by_story(self.blocks)
        for story in self.stories:
            place = (own[story.number][0].start, own[story.number][-1].end)
            if (story.start, story.end) != place:
                raise ValueError(f"story {story.number} stands at {place}, not at {(story.start, story.end)}")

    def __repr__(self) -> str:
        name = f"{self.id!r}, " if self.id is not None else ""
        return f"Document({name}{len(self.text)} code points, {len(self.stories)} stories, {self.language})"

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be sent to another process; a dict can, and construction makes a proxy of it again.
        return Document, (self.text, self.blocks, self.stories, self.curve, self.id, self.language, self.date,
                          dict(self.meta))  # fmt: skip

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Segments that tile the text: first start 0, each start the previous end, last end ``len(text)``."""
        if not self.text:
            return ()
        if not self.blocks:
            return (Segment(0, len(self.text), "other", None),)
        heads = [self.blocks[0]]
        for block in self.blocks[1:]:
            if (block.kind, block.story) != (heads[-1].kind, heads[-1].story):
                heads.append(block)
        starts = [0, *(block.start for block in heads[1:]), len(self.text)]
        return tuple(Segment(a, b, head.kind, head.story) for (a, b), head in zip(pairwise(starts), heads, strict=True))

    @property
    def boundaries(self) -> tuple[Boundary, ...]:
        """Where the stories other than the first begin."""
        probability = {point.at: point.probability for point in self.curve}
        return tuple(Boundary(story.start, probability.get(story.start, 1.0)) for story in self.stories[1:])

    def to_frame(self) -> pd.DataFrame:
        """One row a segment, with the columns `FRAME_COLUMNS`.

        Raises
        ------
        ValueError
            If the text holds half of a surrogate pair, which the strings of a frame cannot.
        """
        try:
            self.text.encode()
        except UnicodeEncodeError as error:
            raise ValueError(f"the text holds half of a surrogate pair at offset {error.start}, which a data frame "
                             "cannot: replace it, or use rows()") from error  # fmt: skip
        import pandas as pd  # only here: importing pandas takes longer than splitting most dumps

        return pd.DataFrame(self.rows(), columns=list(FRAME_COLUMNS)).astype(frame_types())

    def rows(self) -> list[dict[str, Any]]:
        """One mapping a segment: the rows of `to_frame`."""
        rows = []
        for number, segment in enumerate(self.segments):
            story = self.stories[segment.story] if segment.story is not None else None
            best = story.topic if story else None
            rows.append({
                "id": self.id, "segment": number, "start": segment.start, "end": segment.end, "kind": segment.kind,
                "story": segment.story, "title": story.title if story else None,
                "language": story.language if story else None, "topic": best.id if best else None,
                "topic_name": best.name if best else None, "topic_score": best.score if best else None,
                "key_phrases": PHRASE_SEPARATOR.join(story.key_phrases) if story else None,
                "text": segment.of(self.text),
            })  # fmt: skip
        return rows

    def to_dict(self, *, text: bool = True, blocks: bool = True) -> dict[str, Any]:
        """The document as plain JSON values.

        Parameters
        ----------
        text, blocks : bool
            Whether to write the text, and the blocks with the boundary curve. With both the document can be made
            again by `from_dict` exactly; without them it is the record that the command line writes.
        """
        record: dict[str, Any] = {"id": self.id, "length": len(self.text), "language": self.language}
        if self.date is not None:
            record["date"] = self.date
        record |= {
            "stories": [story.to_dict() for story in self.stories],
            "segments": [{"start": s.start, "end": s.end, "kind": s.kind, "story": s.story} for s in self.segments],
            "boundaries": [{"at": b.at, "probability": b.probability} for b in self.boundaries],
        }
        if blocks:
            record["blocks"] = [{"start": b.start, "end": b.end, "kind": b.kind, "story": b.story,
                                 "probability": b.probability} for b in self.blocks]  # fmt: skip
            record["curve"] = [{"at": b.at, "probability": b.probability} for b in self.curve]
        if text:
            record["text"] = self.text
        return record | {carried_name(key, RECORD_KEYS): value for key, value in self.meta.items()}

    @classmethod
    def from_dict(cls, record: Mapping[str, Any], text: str | None = None) -> Document:
        """Make a document from `to_dict` or from a record that the command line wrote.

        Parameters
        ----------
        record : mapping
            Without ``blocks`` the segments, stripped of white space, serve as blocks.
        text : str, optional
            The dump, where the record does not carry it.

        Raises
        ------
        ValueError
            If the text is missing or its length is not the record's.
        """
        text = record.get("text") if text is None else text
        if text is None:
            raise ValueError("the record holds no text: pass the dump as `text`")
        if "length" in record and record["length"] != len(text):
            raise ValueError(f"the record is of a text of {record['length']} code points, this one has {len(text)}")
        if "blocks" in record:
            blocks = [Block(b["start"], b["end"], b["kind"], b["story"], b.get("probability", 1.0))
                      for b in record["blocks"]]  # fmt: skip
        else:
            blocks = [block for s in record["segments"] if (block := _stripped(text, s)) is not None]
        own = by_story(blocks)
        stories = [
            Story.from_blocks(s["story"], text, own.get(s["story"], ()), language=s.get("language", "und"),
                              topics=[Topic.from_dict(topic) for topic in s.get("topics", ())],
                              key_phrases=s.get("key_phrases", ()), title=s.get("title"))
            for s in record.get("stories", ())
        ]  # fmt: skip
        curve = record.get("curve", record.get("boundaries", ()))
        meta = {original_name(key, RECORD_KEYS): value for key, value in record.items() if key not in RECORD_KEYS}
        return cls(text, tuple(blocks), tuple(stories), tuple(Boundary(b["at"], b["probability"]) for b in curve),
                   record.get("id"), record.get("language", "und"), record.get("date"), meta)  # fmt: skip

    def merge(self, *stories: int) -> Document:
        """A document in which several stories are one.

        What was a headline inside of the new story becomes a heading. The story has no key phrases, and no topic unless
        all had the same (`Segmenter.describe` fills them in); the boundary curve stays.

        Parameters
        ----------
        *stories : int
            Their numbers, two or more; other stories may lie between them.

        Raises
        ------
        ValueError
            If there is no such story, or only one is named.
        """
        from . import edits  # corrections know languages and titles, which a value need not load

        return edits.merge(self, *stories)

    def split_at(self, at: int | Boundary) -> Document:
        """A document in which a new story begins at an offset.

        The story that has the line at `at`, or the next line after it, ends there; what follows of it is the new one. A
        line is cut in two where `at` lies within it, before the word there. Both have neither topics nor key phrases
        (`Segmenter.describe` fills them in); the boundary curve stays.

        Parameters
        ----------
        at : int or Boundary
            Offset in code points.

        Raises
        ------
        ValueError
            If a story begins there already, or no line of a story follows.
        """
        from . import edits

        return edits.split_at(self, at)

    def relabel(self, story: int, topics: str | Topic | Sequence[str | Topic] | None) -> Document:
        """A document in which a story has other topics.

        Parameters
        ----------
        story : int
            Its number.
        topics : str, Topic, sequence of them, or None
            The best first; a string is the id of a label, named as IPTC does if it is one of theirs
            (``"medtop:15000000"``), and gets the score 1. None takes all topics away.

        Raises
        ------
        ValueError
            If there is no such story, or IPTC has no label of an id that looks like theirs.
        """
        from . import edits

        return edits.relabel(self, story, topics)

    def mark(self, start: int, kind: str, *, end: int | None = None, story: int | None = None) -> Document:
        """A document in which lines are of another kind.

        Parameters
        ----------
        start, end : int
            All blocks that overlap ``[start, end)``; without `end` the one at `start`.
        kind : str
            One of `KINDS`. Blocks of a kind that no story has leave theirs, which may end it. Topics stay as they are.
        story : int, optional
            The story to which the blocks belong from now on. By default their own, or that of the nearest before.

        Raises
        ------
        ValueError
            If no block lies there, or there is no such kind or story.
        """
        from . import edits

        return edits.mark(self, start, kind, end=end, story=story)

    def plot(self, kind: str = "boundaries", ax: Axes | None = None, **options: Any) -> Axes:
        """Draw the document with matplotlib (``pip install 'segmenter[plots]'``).

        Parameters
        ----------
        kind : {"boundaries", "similarity", "topics"}
            `plots.boundary_curve`, `plots.similarity` or `plots.topics`.
        ax : Axes, optional
            Where to draw; by default a new figure.
        **options
            Of that function, such as ``truth=``.
        """
        from .display import plots  # upwards, as `_repr_html_` looks

        kinds: dict[str, Callable[..., Axes]] = {
            "boundaries": plots.boundary_curve, "similarity": plots.similarity, "topics": plots.topics,
        }  # fmt: skip
        if kind not in kinds:
            raise ValueError(f"there is no plot {kind!r} of a document; there are {', '.join(kinds)}")
        return kinds[kind](self, ax=ax, **options)

    def show(self, story: int | None = None, start: int | None = None, stop: int | None = None) -> View:
        """A part of the document that shows itself in a notebook: whole, however long, with what stands around it.

        Parameters
        ----------
        story : int, optional
            Number of the story to show, from 0.
        start, stop : int, optional
            Or the stretch to show, in code points: its blocks, with those that it cuts. By default the whole text.

        Raises
        ------
        ValueError
            If there is no such story or stretch, or both are given.
        """
        from .display.view import View  # as below

        return View.of(self, story, start, stop)

    def _repr_html_(self) -> str:
        from .display.html import document_html  # the one look upwards: a document shows itself

        return document_html(self)


def carried_name(key: str, taken: Collection[str]) -> str:
    """The name under which the carried column `key` is written beside our own, `taken`.

    A column never stands for one of ours: ``input_`` is set before such a name, and before a name that is one of ours
    with ``input_`` before it already. So no two columns get the same name, and `original_name` finds the way back.
    """
    return f"{_CARRIED}{key}" if _without_prefixes(key) in taken else key


def original_name(name: str, taken: Collection[str]) -> str:
    """The column that `carried_name` gave `name`."""
    return name.removeprefix(_CARRIED) if _without_prefixes(name) in taken else name


def frame_types() -> dict[str, Any]:
    """The pandas type of each of `FRAME_COLUMNS`."""
    import pandas as pd

    return dict.fromkeys(FRAME_COLUMNS, "string") | FRAME_NUMBERS | {"kind": pd.CategoricalDtype(list(KINDS))}


def _without_prefixes(name: Any) -> str:
    return re.sub(f"^(?:{_CARRIED})+", "", str(name))  # the columns of a data frame may be numbers


def _stripped(text: str, segment: Mapping[str, Any]) -> Block | None:
    part = text[segment["start"] : segment["end"]]
    start = segment["start"] + len(part) - len(part.lstrip())
    end = segment["start"] + len(part.rstrip())
    return Block(start, end, segment["kind"], segment["story"]) if start < end else None
