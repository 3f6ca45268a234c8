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
    from segmenter.training.lessons import draw_sentences, draw_words, lessons

    articles = [Article(s.language, "own", s.source, s.date, s.title, s.label, s.paragraphs) for s in stock] * 4
    tokenizer = train_tokenizer(articles, vocabulary=1_500)
    passages = Passages(articles, tokenizer)
    idf = passages.idf(tokenizer.get_vocab_size())
    sentences = [*draw_sentences(articles, share=0.0004), *draw_words(articles, count=20)]
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


def test_the_command_gathers_its_lessons(tmp_path: Path, stock: list[SourceStory],
                                         monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from segmenter.training import __main__ as command
    from segmenter.training import lessons
    from segmenter.training.corpora import Article

    for language, sentence in (("eng_Latn", "Rain fell in the north"), ("arb_Arab", "هطل المطر في الشمال")):
        (tmp_path / "topics" / "sib200" / language).mkdir(parents=True)
        for part in ("train", "dev"):
            table = f"index_id\tcategory\ttext\n1\tweather\t{sentence}\n"
            (tmp_path / "topics" / "sib200" / language / f"{part}.tsv").write_text(table, encoding="utf-8")
    texts, meaning = lessons.draw_translations(tmp_path)
    pairs = set(zip(texts, meaning, strict=True))
    assert {("هطل المطر في الشمال", "Rain fell in the north"), ("رياضة", "sport")} <= pairs
    asked: list[str] = []

    def teacher(texts: list[str], cache: Path, log: object) -> np.ndarray:
        asked[:] = texts
        return np.random.default_rng(0).normal(size=(len(texts), 24)).astype(np.float32)

    articles = [Article(s.language, "own", s.source, s.date, s.title, s.label, s.paragraphs) for s in stock] * 5
    monkeypatch.setattr(command, "read_all", lambda *_, **__: articles)
    monkeypatch.setattr(lessons, "ask_teacher", teacher)
    monkeypatch.setattr(lessons, "SENTENCES", {"ar": 5, "en": 5})
    command._embedding(tmp_path, tmp_path, 0, 2, tmp_path, lambda line: None)
    assert asked.count("Rain fell in the north") == 1 and "هطل المطر في الشمال" not in asked
    assert StaticEmbedder(tmp_path / "embedding").encode(["rain"]).shape == (1, 256)


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
    (sequence,) = prepare([example.evidence], [kinds])
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


def test_labels_lie_beside_their_articles_and_train_a_classifier(tmp_path: Path, stock: list[SourceStory],
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from segmenter.topics import Taxonomy, TopicClassifier
    from segmenter.training import labels, topic_card, topics
    from segmenter.training.corpora import Article

    table = labels.read_labels()
    iptc = Taxonomy.iptc()
    assert len(table) > 10_000 and all(len(key) == labels.KEY_DIGITS for key in table)
    assert all(topic in iptc and set(also) <= set(iptc.roots) for topic, also in table.values())
    articles = [Article(s.language, "ar_akec", f"outlet {n % 6}", s.date, s.title, s.label, s.paragraphs)
                for n, s in enumerate(stock)]  # fmt: skip
    own = {labels.key("\n".join((a.title, *a.paragraphs))): (a.label, ()) for a in articles[1:]}
    monkeypatch.setattr(labels, "read_labels", lambda: dict(own))
    known = labels.labelled([*articles, *articles])
    assert len(known) == len(own) == len(articles) - 1 and known[0].topic == articles[1].label
    trainer = topics.Trainer(known, shipped_embedder())
    held_out = trainer.cross_validate(2)
    assert held_out.logits.shape == held_out.right.shape == (len(known), 17)
    assert held_out.right[np.arange(len(known)), held_out.primary].all()
    model = trainer.fit(np.arange(len(known)))
    assert model.score([one.text for one in known], [one.topic for one in known]) > 0.9
    model.acceptance_, model.embedder = (1.2, 1.5), None
    model.save(tmp_path)
    topic_card.write_topic_card(tmp_path, known, model, held_out)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "| ar_akec | ar | 75 |" in card and "<!-- topics:start -->" in card and "nan of" not in card
    assert TopicClassifier.load(tmp_path).acceptance_ == (1.2, 1.5)
