"""Stories that begin inside a sentence are offered a boundary; nothing else is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from strategies import ugly_text

from segmenter import Segmenter
from segmenter.blocks import split_blocks
from segmenter.document import Span
from segmenter.evidence import observe, shipped_reader
from segmenter.seams import find_seams

STRIKE = ("Rail workers in the north walked out on Monday over pay. The union said 4,000 drivers had joined. "
          "Trains between the two cities were cancelled. Passengers waited on the platforms for hours. "
          "Tags: strike, railway, union, train drivers ")  # fmt: skip
VOLCANO = ("Scientists announced that the volcano on the island had erupted again. Lava reached the coast by night. "
           "Ash closed the airport of the island. Geologists measured hundreds of tremors there.")  # fmt: skip
BANK = ("The central bank raised its main interest rate to six percent on Thursday. Inflation has slowed, but prices "
        "of food still climb. Economists expect another increase in June. The currency gained against the dollar "
        "after the decision. Tags bank rates ")  # fmt: skip
STRIKE_AR = ("أعلنت نقابة عمال السكك الحديدية في الشمال بدء إضراب عن العمل يوم الاثنين احتجاجا على الأجور. "
             "وقالت النقابة إن أربعة آلاف سائق انضموا إلى الإضراب. وألغيت رحلات القطارات بين المدينتين. "
             "وانتظر الركاب ساعات على الأرصفة. سمات إضراب السكك الحديدية قطارات نقابة ")  # fmt: skip
VOLCANO_AR = ("أعلن علماء أن البركان في الجزيرة ثار من جديد مساء الأحد. وبلغت الحمم الساحل ليلا وأغلق الرماد مطار "
              "الجزيرة. وسجل الجيولوجيون مئات الهزات الأرضية تحت فوهة البركان.")  # fmt: skip


def seams(text: str):
    reader = shipped_reader()
    spans = split_blocks(text)
    vectors = reader.embedder.encode([span.of(text) for span in spans])
    return spans, find_seams(text, spans, vectors, reader.embedder, reader.openings)


def test_a_story_that_begins_inside_a_sentence_gets_a_block():
    text = STRIKE + VOLCANO
    spans, found = seams(text)
    assert len(STRIKE) not in [span.start for span in spans]
    assert found is not None
    assert len(STRIKE) in [span.start for span in found.spans]
    assert [spans[i] for i in np.unique(found.source[~found.cut])] == [s for s in spans if s in found.spans]


@pytest.mark.parametrize(("first", "second"), [(STRIKE, VOLCANO), (BANK, STRIKE), (STRIKE_AR, VOLCANO_AR)])
def test_it_is_found(first: str, second: str):
    assert [boundary.at for boundary in Segmenter(topics=False).split(first + second).boundaries] == [len(first)]


def test_one_story_is_not_cut():
    assert seams(STRIKE.split("Tags")[0] * 2)[1] is None


def test_marks_that_cannot_be_seen_are_no_block():
    text = STRIKE.split("Tags")[0] * 2 + "\u200b" * 12 + " " + VOLCANO
    spans = split_blocks(text)
    number = next(i for i, span in enumerate(spans) if span.of(text).startswith("\u200b"))
    vectors = np.zeros((len(spans), shipped_reader().embedder.dimension), dtype=np.float32)
    vectors[number + 1 :, 0] = -1.0

    class Eager:
        def words(self, tokens: np.ndarray) -> np.ndarray:
            return np.where(np.arange(len(tokens)) == 0, 1e6, 1e3)

    found = find_seams(text, spans, vectors, shipped_reader().embedder, Eager())
    assert found is not None and found.cut.any()
    assert all(split_blocks(span.of(text)) for span in found.spans)


def test_a_text_with_its_newlines_is_not_cut():
    assert seams((STRIKE + VOLCANO).replace(". ", ".\n"))[1] is None


@given(ugly_text())
def test_blocks_stay_in_order_and_hold_what_can_be_seen(text: str):
    readable = text.encode("utf-8", "replace").decode()
    evidence = observe(readable, shipped_reader().embedder)
    if evidence is None:
        assert split_blocks(readable) == []
        return
    place = 0
    for span in evidence.spans:
        assert isinstance(span, Span) and place <= span.start < span.end
        assert not readable[place : span.start].strip() or not split_blocks(readable[place : span.start])
        place = span.end
    assert len(evidence.vectors) == len(evidence.outward) == len(evidence.opening) == len(evidence.spans)
