"""The invariants of the values a user holds."""

from __future__ import annotations

import json
import pickle
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import documents, ugly_text

from segmenter.document import (
    FRAME_COLUMNS,
    KINDS,
    RECORD_KEYS,
    Block,
    Boundary,
    Document,
    Span,
    Story,
    carried_name,
    original_name,
)


@given(documents())
def test_segments_tile_the_text(document: Document) -> None:
    segments = document.segments
    assert "".join(segment.of(document.text) for segment in segments) == document.text
    assert all(before.end == after.start for before, after in pairwise(segments))
    assert all(len(segment) > 0 for segment in segments)
    assert all((a.kind, a.story) != (b.kind, b.story) for a, b in pairwise(segments))


@given(documents())
def test_every_block_lies_in_a_segment_of_its_kind_and_story(document: Document) -> None:
    for block in document.blocks:
        holders = [s for s in document.segments if s.start <= block.start and block.end <= s.end]
        assert [(s.kind, s.story) for s in holders] == [(block.kind, block.story)]


@given(documents())
def test_boundaries_are_where_the_later_stories_begin(document: Document) -> None:
    assert [b.at for b in document.boundaries] == [story.start for story in document.stories[1:]]
    known = {place.at: place.probability for place in document.curve}
    assert all(b.probability == known.get(b.at, 1.0) for b in document.boundaries)


@given(documents())
def test_round_trip_through_json_is_exact(document: Document) -> None:
    again = Document.from_dict(json.loads(json.dumps(document.to_dict())))
    assert again == document
    assert again.to_dict() == document.to_dict()


NAMES = st.lists(st.sampled_from(["input_", "length", "text", "title", "in"]), max_size=5).map("".join)


@given(st.dictionaries(NAMES, st.integers()), st.booleans())
def test_any_carried_columns_come_back(meta: dict[str, int], whole: bool) -> None:
    document = Document("abc", meta=meta)
    record = json.loads(json.dumps(document.to_dict(text=whole, blocks=whole)))
    assert record["length"] == 3
    assert Document.from_dict(record, "abc").meta == meta


def test_carried_columns_may_be_named_by_numbers() -> None:
    document = Document("abc", meta={0: "x"})
    assert Document.from_dict(document.to_dict()) == document


@given(st.sets(NAMES))
def test_carried_names_are_distinct_and_none_of_ours(keys: set[str]) -> None:
    for taken in (RECORD_KEYS, FRAME_COLUMNS):
        names = [carried_name(key, taken) for key in keys]
        assert len(set(names)) == len(keys) and not set(names) & set(taken)
        assert [original_name(name, taken) for name in names] == list(keys)


@given(documents())
def test_round_trip_through_pickle_is_exact(document: Document) -> None:
    assert pickle.loads(pickle.dumps(document)) == document


@given(documents(whole=True))
def test_the_written_record_keeps_segments_stories_and_boundaries(document: Document) -> None:
    record = json.loads(json.dumps(document.to_dict(text=False, blocks=False)))
    assert "text" not in record or record["text"] == document.meta["text"]
    again = Document.from_dict(record, document.text)
    assert [(s.kind, s.story) for s in again.segments if s.story is not None] == [
        (s.kind, s.story) for s in document.segments if s.story is not None
    ]
    assert [b.at for b in again.boundaries] == [b.at for b in document.boundaries]
    assert [(s.start, s.end, s.topics) for s in again.stories] == [(s.start, s.end, s.topics) for s in document.stories]


@given(ugly_text())
def test_a_document_without_blocks_is_one_segment_of_furniture(text: str) -> None:
    segments = Document(text).segments
    assert [(s.start, s.end, s.kind, s.story) for s in segments] == ([(0, len(text), "other", None)] if text else [])


@given(documents())
def test_frame_has_one_row_a_segment_and_fixed_types(document: Document) -> None:
    frame = document.to_frame()
    assert tuple(frame.columns) == FRAME_COLUMNS
    assert len(frame) == len(document.segments)
    types = {name: str(kind) for name, kind in frame.dtypes.items()}
    assert types == dict.fromkeys(FRAME_COLUMNS, "string") | {
        "segment": "int64", "start": "int64", "end": "int64", "story": "Int64", "topic_score": "float64",
        "kind": "category",
    }  # fmt: skip
    assert list(frame["kind"].cat.categories) == list(KINDS)
    assert frame.dtypes.equals(Document("").to_frame().dtypes)
    assert "".join(frame["text"]) == document.text


def test_frame_of_an_empty_document_has_the_same_columns() -> None:
    frame = Document("").to_frame()
    assert len(frame) == 0
    assert tuple(frame.columns) == FRAME_COLUMNS


def _story(number: int, *blocks: Block) -> Story:
    return Story.from_blocks(number, "a b c d e f", blocks)


@pytest.mark.parametrize(
    ("blocks", "stories", "curve", "message"),
    [
        ((Block(0, 3), Block(2, 4)), (), (), "overlaps"),
        ((Block(4, 5), Block(0, 1)), (), (), "overlaps"),
        ((Block(0, 99),), (), (), "beyond the text"),
        ((Block(0, 1, "body", 0),), (), (), "numbered in order"),
        ((Block(0, 1, "body", 1),), (_story(1, Block(0, 1, "body", 1)),), (), "numbered in order"),
        ((), (_story(0, Block(0, 1, "body", 0)),), (), "numbered in order"),
        ((), (), (Boundary(3), Boundary(3)), "must increase"),
    ],
)
def test_a_document_refuses_what_does_not_fit(
    blocks: tuple[Block, ...], stories: tuple[Story, ...], curve: tuple[Boundary, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Document("a b c d e f", blocks, stories, curve)


def test_values_refuse_what_they_cannot_be() -> None:
    for make in (
        lambda: Span(-1, 2),
        lambda: Span(3, 2),
        lambda: Block(0, 1, "poem"),
        lambda: Block(0, 1, "body", -1),
        lambda: Block(0, 1, "body", 0, 1.5),
        lambda: Block(0, 1, "body", 0, float("nan")),
        lambda: Boundary(-1),
        lambda: Boundary(0, float("nan")),
        lambda: Story.from_blocks(0, "a", []),
        lambda: Story.from_blocks(0, "a", [Block(0, 1, "body", 1)]),
    ):
        with pytest.raises(ValueError):
            make()


def test_from_dict_refuses_a_text_that_is_missing_or_another() -> None:
    record = Document("a b").to_dict(text=False)
    with pytest.raises(ValueError, match="no text"):
        Document.from_dict(record)
    with pytest.raises(ValueError, match="3 code points"):
        Document.from_dict(record, "a b c")
