"""Pairs of stories: the same bits whatever else is there, and the decision on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmenter.errors import ModelError
from segmenter.tracking.decision import ThreadModel, log_odds, probability, shipped_threads
from segmenter.tracking.fingerprints import Fingerprinter
from segmenter.tracking.likeness import FEATURES, RARITIES, Background, Profile, pair_features

COMMON, RARE = 2.5, 9.0
WORDS = [a + b for a in ("bar", "cor", "del", "fam", "gil") for b in ("ana", "eko", "iru", "osta", "unde")]


@pytest.fixture(scope="module")
def printer() -> Fingerprinter:
    return Fingerprinter()


def profile(printer: Fingerprinter, text: str, day: float = 0.0, outlet: str | None = None,
            title: str | None = None) -> Profile:  # fmt: skip
    (one,) = printer.of([text], [title])
    return Profile(one, day, shipped_threads().background, outlet)


texts = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


@settings(max_examples=40)
@given(one=texts, others=st.lists(texts, min_size=1, max_size=6))
def test_a_pair_is_the_same_from_both_sides_and_in_any_company(
    printer: Fingerprinter, one: str, others: list[str]
) -> None:
    first = profile(printer, one, 1.5, "a")
    rest = [profile(printer, text, 0.25 * n, "ab"[n % 2]) for n, text in enumerate(others)]
    together = pair_features(first, rest)
    for row, other in zip(together, rest, strict=True):
        assert np.array_equal(row, pair_features(first, [other])[0])
        assert np.array_equal(row, pair_features(other, [first])[0])
    assert np.isfinite(together).all()


def test_what_the_features_say(printer: Fingerprinter) -> None:
    text = "Volcano erupts near Quito. Ash falls on Ambato."
    rows = dict(zip(FEATURES, pair_features(profile(printer, text, 1.0, "x"), [profile(printer, text, 3.5, "x")])[0],
                    strict=True))  # fmt: skip
    assert rows["embedding"] == pytest.approx(1.0, abs=0.01)
    assert rows["title words"] == rows["lead words"] == pytest.approx(1.0, abs=1e-6)
    assert rows["days apart"] == 2.5
    assert rows["difference in length"] == 0.0
    assert rows["same outlet"] == 1.0
    unlike = pair_features(profile(printer, text), [profile(printer, "Tax rises")])[0]
    assert dict(zip(FEATURES, unlike, strict=True))["all words"] == 0.0


def test_an_outlet_that_is_not_known_is_no_common_one(printer: Fingerprinter) -> None:
    assert pair_features(profile(printer, "a b"), [profile(printer, "a b")])[0, -1] == 0.0


def test_shared_words_are_counted_by_rarity(printer: Fingerprinter) -> None:
    rarity = np.full(1 << 4, round(RARE * 16), dtype=np.uint8)
    (one, two) = printer.of(["alpha beta gamma delta", "beta gamma other"])
    background = Background(rarity)
    found = pair_features(Profile(one, 0, background), [Profile(two, 0, background)])[0]
    by_name = dict(zip(FEATURES, found, strict=True))
    assert by_name[f"lead words shared, rarity {RARITIES[-1]}"] == pytest.approx(np.log1p(2))
    assert by_name[f"words shared, rarity {RARITIES[0]}"] == 0.0


def test_no_pairs_and_stories_without_words(printer: Fingerprinter) -> None:
    empty = profile(printer, "")
    assert pair_features(empty, []).shape == (0, len(FEATURES))
    assert pair_features(empty, [empty, profile(printer, "a word")])[:, :6].tolist() == [[0.0] * 6] * 2


def test_the_decision_is_saved_and_read_back(tmp_path: Path) -> None:
    model = shipped_threads()
    model.save(tmp_path)
    again = ThreadModel.load(tmp_path)
    assert np.array_equal(again.coef, model.coef)
    assert np.array_equal(again.rarity, model.rarity)
    assert (again.intercept, again.join, again.link, again.merge) == \
        (model.intercept, model.join, model.link, model.merge)  # fmt: skip
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".json", ".safetensors")]


@pytest.mark.parametrize("change", [('"join"', '"joined"'), ('"embedding"', '"other"')])
def test_another_model_is_refused_by_name(tmp_path: Path, change: tuple[str, str]) -> None:
    shipped_threads().save(tmp_path)
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace(*change))
    with pytest.raises(ModelError, match=tmp_path.name):
        ThreadModel.load(tmp_path)
    with pytest.raises(ModelError, match="cannot read"):
        ThreadModel.load(tmp_path / "none")


def test_log_odds_and_probability_are_inverse() -> None:
    assert probability(log_odds(0.3)) == pytest.approx(0.3)
    assert log_odds(1.0) == np.inf
    assert log_odds(0.0) == -np.inf
