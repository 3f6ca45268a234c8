"""The recipe runs from end to end on a handful of texts; how good it gets is not asked here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmenter.boundaries import BoundaryModel, prepare
from segmenter.document import KINDS
from segmenter.embedding import StaticEmbedder, shipped_embedder
from segmenter.evaluation.dumps import DumpGenerator, SourceStory
from segmenter.evidence import observe, shipped_reader
from segmenter.furniture import KindClassifier
from segmenter.openings import OpeningModel

pytest.importorskip("torch")


def test_embedding(tmp_path: Path, stock: list[SourceStory]) -> None:
    from segmenter.training.contrast import train_vectors
    from segmenter.training.corpora import Article
    from segmenter.training.embedding import Passages, save_embedding, train_tokenizer
    from segmenter.training.lessons import draw_sentences, lessons

    articles = [Article(s.language, "own", s.source, s.date, s.title, s.label, s.paragraphs) for s in stock] * 4
    tokenizer = train_tokenizer(articles, vocabulary=1_500)
    passages = Passages(articles, tokenizer)
    idf = passages.idf(tokenizer.get_vocab_size())
    sentences = draw_sentences(articles, share=0.002)
    taught = lessons(
        sentences, np.random.default_rng(0).normal(size=(len(sentences), 24)).astype(np.float32), tokenizer
    )
    vectors = [train_vectors(articles, passages, idf, lessons=taught, dimension=16, steps=3, batch=32)
               for _ in range(2)]  # fmt: skip
    assert np.array_equal(vectors[0], vectors[1]) and vectors[0].shape == (tokenizer.get_vocab_size(), 16)
    save_embedding(tmp_path, tokenizer, vectors[0])
    text = stock[0].paragraphs[0]
    row = StaticEmbedder(tmp_path).encode([text])[0]
    exact = vectors[0][tokenizer.encode(text, add_special_tokens=False).ids].sum(axis=0)
    assert row @ exact / np.linalg.norm(exact) > 0.999  # eight bits cost next to nothing


def test_openings(tmp_path: Path, stock: list[SourceStory]) -> None:
    from segmenter.training.corpora import Article
    from segmenter.training.embedding import Passages, train_tokenizer
    from segmenter.training.openings import save_openings, train_openings

    # In these articles every story opens in one way and goes on in another.
    articles = [Article("en", "own", "", "", f"A headline about {a}", "", (
        f"Officials announced {a} in the capital. He added that {b} was near.", f"He added that {b} would follow."))
        for a in ("bread", "rain", "trains", "gold") for b in ("spring", "war", "relief")]  # fmt: skip
    tokenizer = train_tokenizer(articles, vocabulary=300)
    save_openings(train_openings(Passages(articles, tokenizer), tokenizer), tmp_path)
    texts = ["Officials announced a new budget", "He added that nobody knew", ""]
    encodings = [np.array(tokenizer.encode(text).ids, dtype=np.int32) for text in texts]
    model = OpeningModel(tmp_path)
    opening, going_on, nothing = model.score(encodings)
    assert opening > nothing > going_on
    first, inside = (tokenizer.token_to_id(word) for word in ("officials", "capital"))
    assert model.words(np.array([first])) > model.words(np.array([inside]))


def test_decision(tmp_path: Path, stock: list[SourceStory]) -> None:
    from segmenter.training.decision import train_decision
    from segmenter.training.examples import examples

    results = train_decision(stock, shipped_reader(), tmp_path, dumps=16, checked=4, epochs=1)
    assert set(results) == {"known wordings", "wordings left out"}
    example = next(iter(examples(DumpGenerator(stock, seed=1).generate(1), shipped_reader())))
    assert len(example.kind) == len(example.story) == len(example) == len(example.evidence.spans)
    kinds = np.eye(len(KINDS), dtype=np.float32)[example.kind]
    sequence = prepare(example.evidence, kinds)
    evidence = observe("a b", shipped_embedder())
    assert evidence is not None
    assert KindClassifier(tmp_path / "kinds").predict_proba("a b", evidence).shape == (1, len(KINDS))
    found = BoundaryModel(tmp_path / "boundaries").partition(sequence)
    assert found.starts[0] == 0 and len(found.probability) == len(sequence.index)


def test_segment_posteriors_agree_with_the_search() -> None:
    import torch

    from segmenter.partition import search
    from segmenter.training.boundaries import segment_posteriors

    worth = torch.from_numpy(np.random.default_rng(0).normal(size=(2, 7, 8)).astype(np.float32))
    posterior, total = segment_posteriors(worth, torch.tensor([7, 4]))
    for row, n in enumerate((7, 4)):
        table = worth[row].numpy()
        found = search(n, lambda starts, end, table=table: table[starts, end])
        assert found.log_total == pytest.approx(float(total[row]), abs=1e-4)
        np.testing.assert_allclose(posterior[row, :n, : n + 1].sum(axis=1), found.probability, atol=1e-4)
