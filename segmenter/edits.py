"""Corrections by hand: stories joined, cut and named anew, lines taken for something else.

Every function takes a document and returns another one. What stays as it was keeps what is known of it; of a story
whose lines have changed the title and the language are found anew. Where it was cut, or joined to one with another
topic, its topics and key phrases are dropped, for they were said of another text: `Segmenter.describe` fills them in.
The boundary curve stays what the model thought.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain
from numbers import Integral
from typing import TYPE_CHECKING

from .language import detect
from .story import KINDS, STORY_KINDS, TEXT_KINDS, Block, Boundary, Story, Topic, by_story
from .titles import lead

if TYPE_CHECKING:
    from .document import Document


LONGEST_WORD = 40
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]")


def merge(document: Document, *stories: int) -> Document:
    """Make one story of several; see `Document.merge`."""
    wanted = sorted(set(stories))
    for number in wanted:
        _known(document, number)
    if len(wanted) < 2:
        raise ValueError(f"merge takes the numbers of two different stories or more, got {list(stories)}")
    blocks = [replace(block, story=wanted[0]) if block.story in wanted else block for block in document.blocks]
    text_seen = False
    for i, block in enumerate(blocks):
        if block.story == wanted[0]:
            # What was the headline of the second story now stands inside of the first.
            if block.kind == "headline" and text_seen:
                blocks[i] = replace(block, kind="heading")
            text_seen = text_seen or block.kind in TEXT_KINDS
    first = document.stories[wanted[0]]
    same = len({story.topic and story.topic.id for story in (document.stories[n] for n in wanted)}) == 1
    said = replace(first, topics=first.topics[:1] if same else (), key_phrases=())
    return _rebuilt(document, blocks, {wanted[0]: said})


def split_at(document: Document, at: int | Boundary) -> Document:
    """Let a story begin at an offset; see `Document.split_at`."""
    at = at.at if isinstance(at, Boundary) else _whole(at, "at")
    at = _word_start(document.text, at)
    blocks = list(document.blocks)
    first = next((i for i, block in enumerate(blocks) if block.story is not None and block.end > at), None)
    if at < 0 or first is None:
        raise ValueError(f"no story has a line at offset {at} or after it; relabel a line there with `mark` first")
    block = blocks[first]
    story = document.stories[block.story or 0]
    left, right = _halves(document.text, block, at)
    if left is not None and right is not None:
        blocks[first : first + 1] = [left, right]
        first += 1
    elif block.start == story.start:
        raise ValueError(f"story {story.number} begins at {story.start} already")
    new = len(document.stories)
    for i in range(first, len(blocks)):
        if blocks[i].story == story.number:
            blocks[i] = replace(blocks[i], story=new)
    if blocks[first].kind == "heading":
        blocks[first] = replace(blocks[first], kind="headline")
    return _rebuilt(document, blocks, {})


def relabel(document: Document, story: int, topics: str | Topic | Sequence[str | Topic] | None) -> Document:
    """Say what a story is about; see `Document.relabel`."""
    old = _known(document, story)
    given = [topics] if isinstance(topics, str | Topic) else topics or ()
    new = replace(old, topics=tuple(_topic(topic, old) for topic in given))
    stories = tuple(new if other is old else other for other in document.stories)
    return replace(document, stories=stories)


def mark(document: Document, start: int, kind: str, *, end: int | None = None, story: int | None = None) -> Document:
    """Say what a line is; see `Document.mark`."""
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}; the kinds are {', '.join(KINDS)}")
    if story is not None:
        _known(document, story)
        if kind not in STORY_KINDS:
            raise ValueError(f"a block of kind {kind!r} belongs to no story; leave `story` out")
    end = start + 1 if end is None else end
    blocks = list(document.blocks)
    chosen = [i for i, block in enumerate(blocks) if block.start < end and block.end > start]
    if not chosen:
        raise ValueError(f"no block lies in [{start}, {end})")
    for i in chosen:
        owner = None
        if kind in STORY_KINDS:
            owner = next((s for s in (story, blocks[i].story, _neighbour(blocks, i)) if s is not None), 0)
        blocks[i] = replace(blocks[i], kind=kind, story=owner, probability=1.0)
    return _rebuilt(document, blocks, dict(enumerate(document.stories)))


def _rebuilt(document: Document, blocks: Sequence[Block], said: Mapping[int, Story]) -> Document:
    """The document with other blocks, whose stories may have any numbers.

    What did not change is kept; stories that did have topics and key phrases of that of their number in `said`.
    """
    numbers: dict[int, int] = {}
    for block in blocks:
        if block.story is not None:
            numbers.setdefault(block.story, len(numbers))
    renumbered = tuple(block if block.story is None else replace(block, story=numbers[block.story])
                       for block in blocks)  # fmt: skip
    known = {_shape(own): document.stories[number] for number, own in by_story(document.blocks).items()}
    stories = []
    before = {new: said.get(old) for old, new in numbers.items()}
    for number, own in sorted(by_story(renumbered).items()):
        old = known.get(_shape(own))
        stories.append(replace(old, number=number) if old is not None
                       else _story(document.text, number, own, before[number]))  # fmt: skip
    return replace(document, blocks=renumbered, stories=tuple(stories))


def _shape(blocks: Sequence[Block]) -> tuple[tuple[int, int, str], ...]:
    return tuple((block.start, block.end, block.kind) for block in blocks)


def _story(text: str, number: int, own: Sequence[Block], said: Story | None) -> Story:
    topics, phrases = ((), ()) if said is None else (said.topics, said.key_phrases)
    story = Story.from_blocks(number, text, own, topics=topics, key_phrases=phrases)
    full = story.full_text or text[story.start : story.end]
    return replace(story, language=detect(full), title=story.title if story.titled else lead(full))


def _known(document: Document, number: int) -> Story:
    _whole(number, "a story's number")
    if not 0 <= number < len(document.stories):
        raise ValueError(f"no story {number}; the document has {len(document.stories)}, numbered from 0")
    return document.stories[number]


def _whole(value: object, what: str) -> int:
    if not isinstance(value, Integral):
        raise TypeError(f"{what} is a whole number, got {value!r}")
    return int(value)


def _word_start(text: str, at: int) -> int:
    """`at`, or where the word begins within which it lies; in scripts without spaces it stays."""
    start = at
    while 0 < start < len(text) and text[start - 1].isalnum() and text[start].isalnum() and at - start <= LONGEST_WORD:
        start -= 1
    unspaced = at - start > LONGEST_WORD or any(map(_UNSPACED.match, text[start:at]))
    return at if unspaced else start


def _halves(text: str, block: Block, at: int) -> tuple[Block | None, Block | None]:
    """What of the block stands before and from `at`, without white space between; None where nothing is."""
    head, tail = text[block.start : max(at, block.start)], text[max(at, block.start) : block.end]
    left = replace(block, end=block.start + len(head.rstrip())) if head.strip() else None
    right = replace(block, start=block.end - len(tail.lstrip())) if tail.strip() else None
    return left, right


def _neighbour(blocks: Sequence[Block], i: int) -> int | None:
    """The story of the nearest block before, or else after, that has one."""
    around = chain(range(i - 1, -1, -1), range(i + 1, len(blocks)))
    return next((story for j in around if (story := blocks[j].story) is not None), None)


def _topic(topic: str | Topic, story: Story) -> Topic:
    if isinstance(topic, Topic):
        return topic
    if topic.startswith("medtop:"):
        from .topics.taxonomy import Taxonomy  # the names of IPTC, wherever they are asked for

        taxonomy = Taxonomy.iptc()
        if topic not in taxonomy:
            raise ValueError(f"IPTC Media Topics have no {topic!r}; look the id up in Taxonomy.iptc(), or take a label "
                             "of your own")  # fmt: skip
        return Topic(topic, taxonomy.name(topic, story.language), 1.0)
    return Topic(topic, topic, 1.0)
