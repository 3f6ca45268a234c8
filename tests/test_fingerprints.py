"""What stories are compared by: exact, stored without loss, and safe for any text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ugly_text

from segmenter.tracking import Fingerprint
from segmenter.tracking.fingerprints import (
    COPY,
    EMPTY,
    HASHES,
    OPENING,
    STEP,
    WHOLE,
    Fingerprinter,
    shared,
    sketch,
    unpacked,
)
from segmenter.tracking.words import WordHashes

LETTERS = [a + b for a in "bcdfghklmnprst" for b in "aeiouy"]
ARTICLE = " ".join(a + b for a in LETTERS[:20] for b in LETTERS[20:30])


@pytest.fixture(scope="module")
def printer() -> Fingerprinter:
    return Fingerprinter()


@given(text=ugly_text(), title=st.none() | ugly_text(8))
def test_any_story_has_a_fingerprint_that_is_stored_without_loss(
    printer: Fingerprinter, text: str, title: str | None
) -> None:
    (one,) = printer.of([text], [title])
    again = Fingerprint.from_bytes(*one.to_bytes())
    assert np.array_equal(one.vector, again.vector)
    assert np.array_equal(one.words, again.words)
    assert np.array_equal(one.shingles, again.shingles)
    assert len(one.vector) == printer.dimension
    assert np.array_equal(one.vector / STEP, np.round(one.vector / STEP))


def test_half_of_a_surrogate_pair_is_no_obstacle(printer: Fingerprinter) -> None:
    (one,) = printer.of(["before \ud800 after"], ["\udfff"])
    assert len(one.words) >= 2


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1), rows=st.lists(st.integers(0, 99), min_size=1, max_size=60, unique=True))
def test_products_of_vectors_are_exact_in_any_company(printer: Fingerprinter, seed: int, rows: list[int]) -> None:
    drawn = np.random.default_rng(seed).normal(size=(100, 256))
    prints = printer.of([""] * 100, vectors=drawn)
    vectors = np.stack([one.vector for one in prints]).astype(np.float64)
    whole = [[round(value / STEP) for value in row] for row in vectors.tolist()]  # Python's numbers know no rounding
    alone = [sum(a * b for a, b in zip(whole[row], whole[0], strict=True)) for row in rows]
    assert (vectors[rows] @ vectors[0] / STEP**2).tolist() == alone


def test_the_opening_alone_is_embedded(printer: Fingerprinter) -> None:
    text = "A court in Lyon sentenced two men. " * 40
    first, second, other = printer.of([text, text[:OPENING] + "x" * 5_000, "Rain fell in Lima. " * 40])
    assert np.array_equal(first.vector, second.vector)
    assert not np.array_equal(first.vector, other.vector)


def test_words_are_counted_in_title_lead_and_whole(printer: Fingerprinter) -> None:
    filler = "filler " * 100
    (one,) = printer.of([f"comet {filler} comet comet"], ["Comet seen"])
    words, counts = unpacked(one.words)
    assert words.tolist() == sorted(set(words.tolist()))
    comet, seen, fill = (int(WordHashes().of(word)[0]) for word in ("comet", "seen", "filler"))
    by_word = dict(zip(words.tolist(), counts.T.tolist(), strict=True))
    assert by_word[comet] == [1, 2, 4]
    assert by_word[seen] == [1, 1, 1]
    assert by_word[fill][2] == 100


def test_counts_do_not_overflow_into_each_other(printer: Fingerprinter) -> None:
    (one,) = printer.of(["ab " * 6_000], ["ab " * 100])
    _, counts = unpacked(one.words)
    assert (counts[:, 0] == [min(100, counts[0, 0]), min(255, counts[1, 0]), counts[2, 0]]).all()
    assert counts[2].sum() > 5_000


def test_no_more_than_the_beginning_of_a_long_text_is_read(printer: Fingerprinter) -> None:
    text = "one two three four " * 2_000
    first, second = printer.of([text, text + "unread " * 100_000])
    assert len(text) > WHOLE
    assert np.array_equal(first.words, second.words)


def test_forms_of_an_arabic_word_are_one() -> None:
    hashes = WordHashes()
    assert hashes.of("والحكومة")[0] == hashes.of("الحكومه")[0] == hashes.of("حُكُومَة")[0]
    assert hashes.of("الحكومة")[0] != hashes.of("المحكمة")[0]


def test_scripts_without_spaces_have_words_too() -> None:
    first, second = WordHashes().of("东京发生地震"), WordHashes().of("昨天东京")
    assert len(first) == 5
    assert set(first.tolist()) & set(second.tolist())


def test_near_copies_share_their_shingles(printer: Fingerprinter) -> None:
    changed = ARTICLE.replace(ARTICLE.split()[100], "other")
    unlike = " ".join(a + b for a in LETTERS[30:50] for b in LETTERS[50:60])
    one, copy, other, short = printer.of([ARTICLE, changed, unlike, "a b"])
    assert shared(one.shingles[None], one.shingles)[0] == 1.0
    assert shared(copy.shingles[None], one.shingles)[0] >= COPY
    assert shared(other.shingles[None], one.shingles)[0] < 0.1
    assert shared(short.shingles[None], short.shingles)[0] == 0.0  # too little to be called a copy


def test_a_sketch_does_not_depend_on_the_machine() -> None:
    found = sketch(np.arange(5, dtype=np.uint32))
    assert found.shape == (HASHES,)
    assert found[:4].tolist() == [866833923, 1295987695, 1800461045, 1703274561]
    assert (sketch(np.arange(2, dtype=np.uint32)) == EMPTY).all()


def test_lengths_that_do_not_agree_are_refused(printer: Fingerprinter) -> None:
    with pytest.raises(ValueError, match="2 texts, but 1 titles"):
        printer.of(["a", "b"], ["t"])
    with pytest.raises(ValueError, match="1 texts, but vectors of the shape"):
        printer.of(["a"], vectors=np.zeros((2, 4)))
    with pytest.raises(ValueError, match="no finite numbers"):
        printer.of(["a"], vectors=[[1.0, np.nan]])

