"""Why there is a boundary: the terms add up to what the decision says, and the words are those that matter."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from commands import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ugly_text

import segmenter
from segmenter import Document, Segmenter, SegmenterError, explain
from segmenter.boundaries import INPUT_GROUPS, prepare
from segmenter.document import Span
from segmenter.embedding import shipped_embedder
from segmenter.evidence import observe
from segmenter.furniture import shipped_kinds
from segmenter.tying import ties

GOLD = {r["id"]: r for r in map(json.loads, (ROOT / "data/gold.jsonl").read_text(encoding="utf-8").splitlines())}
NAMES = ("ar-five", "en-three", "ar-newlines-lost")
DOCUMENTS = {name: segmenter.split(GOLD[name]["text"], topics=False) for name in NAMES}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_terms_add_up_to_the_probability_of_the_curve(name: str) -> None:
    document = DOCUMENTS[name]
    curve = document.curve[::7] + tuple(document.boundaries)
    for point in curve:
        found = explain(document, point)
        assert found.at == point.at
        assert found.probability == pytest.approx(point.probability, abs=2e-4)
        assert 1 / (1 + math.exp(-found.log_odds)) == pytest.approx(found.probability, abs=1e-9)
        assert found.found == (point.at in {b.at for b in document.boundaries})
        assert ("A story begins" in found.verdict) == found.found
        assert "is not the document's" not in found.verdict


def test_the_groups_of_inputs_cover_all_columns() -> None:
    text = GOLD["en-three"]["text"]
    evidence = observe(text, shipped_embedder())
    (sequence,) = prepare([evidence], [shipped_kinds().predict_proba(text, evidence)])
    assert sequence.inputs.shape[1] == sum(INPUT_GROUPS.values())


def test_settings_and_what_was_learned_take_part() -> None:
    document = DOCUMENTS["en-three"]
    at = document.boundaries[0].at
    fitted = Segmenter(topics=False)
    fitted.bias_ = -3.0
    found = explain(document, at, fitted)
    plain = explain(document, at)
    assert next(t.log_odds for t in found.terms if t.name == "learned by fit") == -3.0
    assert found.log_odds == pytest.approx(plain.log_odds - 3.0, abs=0.5)  # what lies around may shift a little
    assert "is not the document's" in found.verdict
    strict = Segmenter(topics=False, n_stories=1)
    one = strict.split(document.text)
    verdict = explain(one, at, strict).verdict
    assert "though the probability" in verdict and "n_stories" in verdict


def test_furniture_the_first_line_and_places_beyond_the_end() -> None:
    document = DOCUMENTS["ar-five"]
    furniture = next(b for b in document.blocks if b.story is None and b.probability > 0.95)
    found = explain(document, furniture.start)
    assert not found.terms and "taken for furniture" in found.verdict and not found.found
    assert explain(document, document.stories[0].start).verdict.startswith("The first story begins here")
    inside = document.stories[1].start
    assert explain(document, inside + 3) == explain(document, inside) == explain(document, inside - 1)
    for at in (-1, len(document.text)):
        with pytest.raises(SegmenterError, match="no line at offset"):
            explain(document, at)
    with pytest.raises(SegmenterError, match="no line"):
        explain(Document(""), 0)


def test_it_shows_itself_as_text_frame_and_harmless_html() -> None:
    text = "The ferry sank.\n\nShe <b>said</b> <script>alert(1)</script> so on the quay."
    document = segmenter.split(text, topics=False)
    found = explain(document, document.blocks[-1].start)
    frame = found.to_frame()
    assert list(frame.columns) == ["term", "log_odds", "detail"] and len(frame) == len(found.terms)
    assert found.verdict in repr(found) and found.line in repr(found)
    html = found._repr_html_()
    assert "<script" not in html and "<b>" not in html and "&lt;script&gt;" in html
    assert html.count("<tr>") == len(found.terms) + 2


def test_the_words_are_those_whose_absence_changes_the_likeness() -> None:
    text = "The bridge over the river is closed. Engineers inspect the bridge. Tigers roam the bridge."
    cut = [0, text.index("Engineers"), text.index("Tigers"), len(text)]
    spans = [Span(a, b) for a, b in pairwise(cut)]
    found = ties(text, spans[:1], spans[1:], np.ones(3), shipped_embedder())
    assert "bridge" in found.together
    assert "bridge" not in found.apart and not set(found.together) & set(found.apart)

    class Blind:
        name, dimension = "blind", 2

        def encode(self, texts):
            return np.zeros((len(texts), 2), dtype=np.float32)

    assert ties(text, spans[:1], spans[1:], np.ones(3), Blind()) == type(found)(0.0, (), ())


@settings(max_examples=30)
@given(ugly_text(), st.data())
def test_any_place_of_any_text_has_an_answer(text: str, data: st.DataObject) -> None:
    document = segmenter.split(text, topics=False)
    at = data.draw(st.integers(0, max(0, len(text) - 1)))
    try:
        found = explain(document, at)
    except SegmenterError:
        assert not any(block.end > at for block in document.blocks)
        return
    assert math.isfinite(found.log_odds) and 0 <= found.probability <= 1
    assert found._repr_html_() and repr(found)
