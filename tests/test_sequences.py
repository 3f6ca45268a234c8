"""Many dumps at once give what each of them gives by itself, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import ugly_text

from segmenter import Segmenter, network, windows
from segmenter.embedding import shipped_embedder
from segmenter.evaluation.scaling_dumps import Dumps
from segmenter.exact import one_thread, product
from segmenter.reading import read, read_all
from segmenter.sequences import edges_of, pieces
from segmenter.tasks import Task

STORIES = "data/stories.jsonl"


@pytest.fixture(scope="module")
def texts() -> list[str]:
    dumps = Dumps(STORIES)
    return [dumps.dump(number).text for number in range(40)]


@given(st.lists(st.integers(0, 12), max_size=12), st.integers(1, 15), st.integers(0, 4))
def test_pieces_cover_every_row_once_and_reach_as_far_as_is_asked(sizes: list[int], size: int, margin: int) -> None:
    edges = edges_of(sizes)
    rows = np.arange(1.0, edges[-1] + 1, dtype=np.float32)
    covered: list[float] = []
    for piece in pieces(edges, size, margin):
        laid = piece.spread(rows[piece.low : piece.high])
        assert len(laid) == piece.length
        covered += piece.wanted(laid).tolist()
        for row in range(piece.start, piece.end):
            at = row - piece.low if piece.places is None else int(piece.places[row - piece.low])
            owner = np.searchsorted(edges, row, side="right") - 1
            for step in range(-margin, margin + 1):
                near = laid[at + step] if 0 <= at + step < len(laid) else 0.0
                inside = edges[owner] <= row + step < edges[owner + 1]
                assert near == (rows[row + step] if inside else 0.0)
    assert covered == rows.tolist()


@pytest.mark.parametrize(("inner", "outer"), [(71, 72), (216, 72), (72, 10), (144, 48), (48, 1), (256, 17)])
def test_a_row_of_a_product_does_not_depend_on_the_others(inner: int, outer: int) -> None:
    random = np.random.default_rng(inner)
    weights = random.normal(size=(outer, inner)).astype(np.float32)
    rows = random.normal(size=(100, inner)).astype(np.float32)
    alike = one_thread(product)
    whole = alike(rows, weights)
    np.testing.assert_allclose(whole, rows @ weights.T, rtol=1e-4, atol=1e-4)
    for start, end in random.integers(0, 101, size=(200, 2)):
        assert np.array_equal(alike(rows[start:end], weights), whole[start:end])
    assert np.array_equal(alike(np.asfortranarray(rows[:16]), weights), whole[:16])


def test_a_reading_does_not_depend_on_the_texts_beside_it(texts: list[str]) -> None:
    given_texts = ["", *texts, "\n", "x", texts[0].replace("\n", " ")]
    together = one_thread(read_all)(given_texts, shipped_embedder())
    for text, found in zip(given_texts, together, strict=True):
        alone = one_thread(read)(text, shipped_embedder())
        if alone is None or found is None:
            assert alone is found
            continue
        assert found.spans == alone.spans and np.array_equal(found.kinds, alone.kinds)
        for name in ("vectors", "weight", "inputs", "statistics"):
            assert np.array_equal(getattr(found.sequence, name), getattr(alone.sequence, name)), name


def test_documents_do_not_depend_on_the_dumps_beside_them(texts: list[str]) -> None:
    segmenter = Segmenter()
    tasks = [Task(text, str(number), None, {"n": number}) for number, text in enumerate(texts)]
    assert segmenter.split_tasks(tasks) == [segmenter.split(*task[:1], id=task.id, meta=task.meta) for task in tasks]
    assert segmenter.split_tasks(tasks[::-1]) == segmenter.split_tasks(tasks)[::-1]


def test_a_split_of_ones_own_is_used_for_many_dumps_too(texts: list[str]) -> None:
    class Shouted(Segmenter):
        def split(self, text, **others):
            return super().split(text.upper(), **others)

    assert [document.text for document in Shouted(topics=False).split_many(texts[:3])] == [t.upper() for t in texts[:3]]


@given(st.lists(ugly_text(20), max_size=5))
@settings(max_examples=40)
def test_neither_do_ugly_ones(few: list[str]) -> None:
    segmenter = Segmenter()
    assert list(segmenter.split_many(few)) == [segmenter.split(text) for text in few]


def test_pieces_of_a_text_change_little(texts: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "\n".join(texts[:10])
    whole = read(text, shipped_embedder())
    monkeypatch.setattr(network, "CHUNK", 40)
    monkeypatch.setattr(windows, "CHUNK", 30)
    parts = read(text, shipped_embedder())
    assert whole is not None and parts is not None
    np.testing.assert_allclose(parts.kinds, whole.kinds, atol=1e-4)


def test_one_bad_text_spoils_no_other(texts: list[str]) -> None:
    answers = Segmenter(topics=False).split_many([texts[0], 7, texts[1]])  # type: ignore[list-item]
    assert next(answers).text == texts[0]
    with pytest.raises(TypeError, match="int"):
        next(answers)
