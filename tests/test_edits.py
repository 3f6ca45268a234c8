"""Corrections by hand: what changes, what stays, and that the result is a document like any other."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import documents

from segmenter.document import KINDS, STORY_KINDS, Block, Boundary, Document, Story, Topic, by_story

TEXT = "Bridge closed\nThe bridge is closed for a week.\nAD\nGold found\nMiners found gold in the hills.\nThey rejoice."
PARTS = (("Bridge closed", "headline", 0), ("The bridge is closed for a week.", "body", 0), ("AD", "ad", None),
         ("Gold found", "headline", 1), ("Miners found gold in the hills.", "body", 1),
         ("They rejoice.", "body", 1))  # fmt: skip


def make() -> Document:
    blocks, reached = [], 0
    for part, kind, story in PARTS:
        start = TEXT.index(part, reached)
        reached = start + len(part)
        blocks.append(Block(start, reached, kind, story, 0.7))
    stories = tuple(Story.from_blocks(n, TEXT, own, language="en", topics=[Topic(f"t{n}", f"topic {n}", 0.5)],
                                      key_phrases=["x"]) for n, own in by_story(blocks).items())  # fmt: skip
    return Document(TEXT, tuple(blocks), stories, (Boundary(TEXT.index("Gold found"), 0.9),), "id", "en", "2025-01-01",
                    {"outlet": "o"})  # fmt: skip


def place(part: str) -> int:
    return TEXT.index(part)


def test_merge_makes_one_story_and_its_second_headline_a_heading() -> None:
    before = make()
    after = before.merge(0, 1)
    assert before == make()
    assert len(after.stories) == 1 and not after.boundaries
    assert [b.kind for b in after.blocks] == ["headline", "body", "ad", "heading", "body", "body"]
    assert after.stories[0].title == "Bridge closed" and after.stories[0].language == "en"
    assert not after.stories[0].topics and not after.stories[0].key_phrases
    assert after.curve == before.curve and (after.id, after.date, dict(after.meta)) == ("id", "2025-01-01", before.meta)


def test_split_at_begins_a_story_and_leaves_the_others_alone() -> None:
    after = make().split_at(place("They rejoice"))
    assert [b.at for b in after.boundaries] == [place("Gold found"), place("They rejoice")]
    assert after.stories[0] == make().stories[0]
    assert after.stories[2].title == "They rejoice." and not after.stories[2].topics
    assert after.boundaries[1].probability == 1.0 and after.boundaries[0].probability == 0.9


def test_split_at_takes_the_next_line_of_a_story_or_cuts_a_line() -> None:
    assert make().split_at(place("They rejoice") - 1) == make().split_at(place("They rejoice"))
    cut = make().split_at(place("gold in the hills"))
    assert [b.of(TEXT) for b in cut.blocks[4:6]] == ["Miners found", "gold in the hills."]
    assert [s.title for s in cut.stories][1:] == ["Gold found", "gold in the hills."]
    for at in (0, place("Gold found"), place("AD"), -1):
        with pytest.raises(ValueError, match=r"already|no story"):
            make().split_at(at)
    with pytest.raises(ValueError, match="no story has a line"):
        make().split_at(len(TEXT))


def test_merge_and_split_undo_each_other_but_for_what_was_said() -> None:
    there = make().merge(0, 1).split_at(place("Gold found"))
    assert there.blocks == make().blocks
    assert [s.title for s in there.stories] == ["Bridge closed", "Gold found"]


def test_relabel_gives_topics() -> None:
    document = make().relabel(1, "mining")
    assert document.stories[1].topics == (Topic("mining", "mining", 1.0),)
    assert document.stories[0] == make().stories[0] and document.stories[1].key_phrases == ("x",)
    iptc = make().relabel(0, ["medtop:15000000", Topic("own", "Own", 0.4)])
    assert [t.name for t in iptc.stories[0].topics] == ["sport", "Own"]
    assert make().relabel(0, None).stories[0].topic is None
    with pytest.raises(ValueError, match="no story 2; the document has 2"):
        make().relabel(2, "x")


def test_what_was_said_of_topics_outlives_what_does_not_change_the_story() -> None:
    named = make().relabel(0, "mine").relabel(1, "mine")
    assert named.mark(place("The bridge"), "caption").stories[0].topics == named.stories[0].topics
    assert named.mark(place("The bridge"), "caption").stories[0].key_phrases == ("x",)
    assert named.merge(0, 1).stories[0].topics == named.stories[0].topics
    assert named.mark(0, "ad", end=place("AD")).stories[0].topics == named.stories[1].topics
    assert not named.split_at(place("They")).stories[1].topics
    with pytest.raises(ValueError, match="IPTC Media Topics have no 'medtop:99'"):
        named.relabel(0, "medtop:99")


def test_a_line_is_cut_before_a_word_and_a_boundary_is_a_place() -> None:
    assert make().split_at(place("ound gold")) == make().split_at(place("found gold"))
    assert make().split_at(Boundary(place("They rejoice"))) == make().split_at(place("They rejoice"))
    chinese = "今天天气很好我们去公园吧"
    alone = Document(chinese, (Block(0, 12, "body", 0),), (Story.from_blocks(0, chinese, [Block(0, 12, "body", 0)]),))
    assert [b.start for b in alone.split_at(6).blocks] == [0, 6]
    for wrong in (lambda d: d.split_at(1.5), lambda d: d.merge("a", "b"), lambda d: d.relabel("a", "x")):
        with pytest.raises(TypeError, match="whole number"):
            wrong(make())


def test_mark_moves_lines_in_and_out_of_stories() -> None:
    out = make().mark(place("They rejoice"), "related")
    assert out.blocks[-1] == Block(place("They"), len(TEXT), "related", None, 1.0)
    assert out.stories[1].end == place("\nThey")
    into = make().mark(place("AD"), "caption")
    assert into.blocks[2].story == 0
    assert make().mark(place("AD"), "headline", story=1).stories[1].title == "AD"
    gone = make().mark(place("Gold"), "ad", end=len(TEXT))
    assert len(gone.stories) == 1 and gone.stories[0] == make().stories[0]
    alone = Document("x", (Block(0, 1, "other", None),)).mark(0, "body")
    assert alone.stories[0].text == "x"
    for wrong in ({"kind": "poem"}, {"kind": "ad", "story": 0}, {"kind": "body", "story": 7}):
        with pytest.raises(ValueError, match=r"unknown kind|belongs to no story|no story 7"):
            make().mark(0, **wrong)
    with pytest.raises(ValueError, match="no block lies in"):
        make().mark(len(TEXT), "body")


@given(documents(), st.data())
def test_any_edit_gives_a_valid_document_of_the_same_text(document: Document, data: st.DataObject) -> None:
    assume(document.blocks)
    kind = data.draw(st.sampled_from(KINDS))
    at = data.draw(st.integers(0, len(document.text)))
    edits = [lambda d: d.split_at(at), lambda d: d.mark(at, kind), lambda d: d.mark(0, kind, end=at),
             lambda d: d.merge(*range(len(d.stories)))]  # fmt: skip
    for edit in data.draw(st.permutations(edits)):
        try:
            after = edit(document)
        except ValueError:
            continue
        assert after.text == document.text  # and the invariants, which a document checks when it is made
        assert all((block.story is not None) == (block.kind in STORY_KINDS) for block in after.blocks)
        assert all(not block.of(after.text)[:1].isspace() for block in after.blocks)
        assert Document.from_dict(after.to_dict()).blocks == after.blocks
        document = after
