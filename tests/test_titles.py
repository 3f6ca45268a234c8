"""Titles for stories that have none."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ugly_text

from segmenter.titles import lead


@given(ugly_text(), st.integers(1, 120))
def test_any_text(text: str, limit: int) -> None:
    title = lead(text, limit=limit)
    assert title == lead(text, limit=limit)
    if not any(map(str.isalpha, text)):
        assert title is None
    if title is not None:
        assert 0 < len(title) <= limit + 1
        assert title == " ".join(title.split())
        # Its own words, in order.
        body = title.removesuffix("…")
        assert body in " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("باريس (أ ف ب) - أعلنت الحكومة خطة جديدة. وقالت إنها جاهزة.", "أعلنت الحكومة خطة جديدة."),
        ("وكالات - وصل الوفد إلى المدينة صباح اليوم", "وصل الوفد إلى المدينة صباح اليوم"),
        ("الوزير: لن نتراجع عن القرار أبدا.", "الوزير: لن نتراجع عن القرار أبدا."),
        ("IRAN: we will never surrender to anyone.", "IRAN: we will never surrender to anyone."),
        ("الصين - وهي أكبر مستورد للنفط - تخفض مشترياتها.", "الصين - وهي أكبر مستورد للنفط - تخفض مشترياتها."),
        ("LONDON (Reuters) - The bank raised its rates again.", "The bank raised its rates again."),
        ("PARIS, March 3 — The minister left after the vote.", "The minister left after the vote."),
        ("Reuters - Oil prices fell on Monday in Asia.", "Oil prices fell on Monday in Asia."),
        ("Genève (AFP) - Les négociations reprennent ce soir.", "Les négociations reprennent ce soir."),
        ("قال الوزير: لن نقبل بهذا الاتفاق أبدا.", "قال الوزير: لن نقبل بهذا الاتفاق أبدا."),
        ("The talks - the third this year - have failed.", "The talks - the third this year - have failed."),
        ("Breaking\n\nThe   dam above\tthe town broke.", "The dam above the town broke."),
        ("部长说会谈讨论了该地区的安全问题。他走了。", "部长说会谈讨论了该地区的安全问题。"),
        ("Two words", "Two words"),
        ("12 – 30 !!!", None),
        ("", None),
    ],
)
def test_first_sentence_without_dateline(text: str, title: str | None) -> None:
    assert lead(text) == title


def test_cut_at_a_clause_else_between_words() -> None:
    text = "The river rose again during the night, and the people of the lower town left their houses before dawn."
    assert lead(text, limit=60) == "The river rose again during the night…"
    assert lead(text, limit=30) == "The river rose again during…"
    assert lead(text, limit=38) == "The river rose again during the night…"
    arabic = "عادت المياه إلى الأحياء القديمة في المدينة، لكن السكان ينتظرون عودة الكهرباء إلى بيوتهم منذ أيام"
    assert lead(arabic, limit=70) == "عادت المياه إلى الأحياء القديمة في المدينة…"


def test_a_comma_inside_a_number_is_no_clause() -> None:
    text = "The government of the island will spend 1,500 million on dams"
    assert lead(text, limit=45) == "The government of the island will spend 1,500…"


def test_wrong_limit() -> None:
    with pytest.raises(ValueError, match="limit"):
        lead("text", limit=0)


def test_only_the_beginning_is_read() -> None:
    start = time.perf_counter()
    assert lead("a" * 1_000_000, limit=20) == "a" * 20 + "…"
    assert lead("The dam broke in the night. " * 40_000) == "The dam broke in the night."
    assert time.perf_counter() - start < 0.2
