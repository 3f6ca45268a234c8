"""Synthetic dumps: right about themselves, the same in every run, and as varied as they claim."""

from __future__ import annotations

import random

import pytest

from segmenter.document import KINDS, STORY_KINDS
from segmenter.evaluation.dumps import DumpGenerator, SourceStory, draw_layout
from segmenter.evaluation.wordings import FURNITURE, Filler, fold, wordings

LANGUAGES = ("ar", "en", "fr", "es", "de", "pt", "tr", "fa", "ur", "ru", "zh", "hi", "id", "vi")


def test_units_stand_where_they_say_and_leave_only_white_space(stock: list[SourceStory]) -> None:
    kinds = set()
    for dump in DumpGenerator(stock, seed=3).generate(120):
        edge, stories = 0, []
        for unit in dump.units:
            assert not dump.text[edge : unit.start].strip()
            part = dump.text[unit.start : unit.end]
            assert part and part == part.strip()
            assert (unit.story is not None) == (unit.kind in STORY_KINDS)
            if unit.story is not None:
                stories.append(unit.story)
            edge = unit.end
            kinds.add(unit.kind)
        assert edge == len(dump.text)
        assert stories == sorted(stories) and set(stories) == set(range(max(stories) + 1))
    assert kinds == set(KINDS)


def test_a_dump_depends_on_seed_and_number_alone(stock: list[SourceStory]) -> None:
    several = list(DumpGenerator(stock, seed=5).generate(12))
    assert DumpGenerator(stock, seed=5).dump(7) == several[7]
    assert DumpGenerator(stock, seed=6).dump(7) != several[7]


def test_layouts_vary() -> None:
    layouts = [draw_layout(random.Random(i)) for i in range(400)]
    assert 80 < sum(layout.stories == 1 for layout in layouts) < 180
    assert 20 < sum(layout.newlines_lost for layout in layouts) < 90
    assert len({layout.separator for layout in layouts}) >= 5


def test_wordings_left_out_are_left_out() -> None:
    draw = random.Random(1)
    without = Filler("en", draw, lambda wording: fold(wording, 5) != 0)
    only = Filler("en", draw, lambda wording: fold(wording, 5) == 0)
    for key in FURNITURE:
        assert not {without.pick(key) for _ in range(200)} & {only.pick(key) for _ in range(200)}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_wordings_that_can_be_filled(language: str) -> None:
    lists = wordings(language)
    assert all(len(lists[key]) >= 5 for key in FURNITURE)
    assert language == "en" or lists["share"] != wordings("en")["share"]
    filler = Filler(language, random.Random(0))
    for key in FURNITURE:
        for wording in lists[key]:
            filled = filler.fill(wording, title="T", sentence="S")
            assert filled and "{" not in filled, (key, wording)


def test_no_stock_is_an_error() -> None:
    with pytest.raises(ValueError, match="no story"):
        DumpGenerator([])
