"""Topics: the taxonomy, the classifier's manners, and what the shipped one is worth."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from segmenter.document import Topic
from segmenter.errors import InputError, ModelError, SegmenterError
from segmenter.evaluation.topics import calibration_error, evaluate_topics, read_gold_topics
from segmenter.topics import Label, Taxonomy, TopicClassifier, shipped_classifier

STORIES = Path(__file__).parents[1] / "data" / "stories.jsonl"
FLOOR = {"all": 0.84, "ar": 0.88, "en": 0.86, "fr": 0.65}

SPORT = ["the striker scored twice in the cup final", "the coach praised his goalkeeper after the match",
         "fans cheered as the team won the league", "the tennis champion lost the second set",
         "a sprinter broke the record at the games", "the club signed a young midfielder"]  # fmt: skip
MONEY = ["the central bank raised its interest rate", "shares fell after weak quarterly profit",
         "oil prices rose and the dollar slipped", "the company will buy its rival for cash",
         "inflation slowed while exports grew", "investors sold bonds and bought gold"]  # fmt: skip
TEXTS, LABELS = SPORT + MONEY, ["sport"] * 6 + ["money"] * 6


class ToyEmbedder:
    """Letters counted: enough to tell toy texts apart, and quick."""

    name, dimension = "toy", 26

    def encode(self, texts):
        rows = np.array([[text.lower().count(chr(97 + i)) for i in range(26)] for text in texts], dtype=np.float32)
        rows = rows.reshape(len(texts), 26)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def toy(**params):
    return TopicClassifier(ToyEmbedder(), words=256, **params)


# The taxonomy


def test_iptc_has_17_roots_with_definitions_names_and_credit():
    iptc = Taxonomy.iptc()
    assert len(iptc) == 1393 and len(iptc.roots) == 17
    assert all(iptc[root].description for root in iptc.roots)
    assert iptc.name("medtop:16000000") == "conflict, war and peace"
    assert iptc.name("medtop:15000000", "ar") == "رياضة"
    assert iptc.name("medtop:04000000", "fr") == "économie et finances"
    assert iptc.name("medtop:15000000", "xx") == "sport"
    assert "IPTC" in iptc.credit and "CC BY 4.0" in iptc.credit
    assert {iptc.root(below) for below in iptc.descendants("medtop:17000000")} == {"medtop:17000000"}


def test_taxonomy_refuses_doubles_unknown_parents_circles_and_nothing():
    for labels in ([Label("a", {"en": "A"}), Label("a", {"en": "B"})], [Label("a", {"en": "A"}, parent="z")],
                   [Label("a", {"en": "A"}, parent="b"), Label("b", {"en": "B"}, parent="a")], []):  # fmt: skip
        with pytest.raises(InputError):
            Taxonomy(labels)
    with pytest.raises(KeyError, match="no label"):
        Taxonomy([Label("a", {"en": "A"})])["b"]


@pytest.mark.parametrize(("suffix", "text"), [
    (".json", '[{"label": "Sport", "description": "games", "examples": ["a match"]},'
              ' {"label": "Tennis", "parent": "Sport"}]'),
    (".csv", "label,description,examples,parent\nSport,games,a match | ,\nTennis,,,Sport\n"),
    (".yaml", "labels:\n- label: Sport\n  description: games\n  examples: a match\n- {label: Tennis, parent: Sport}\n"),
])  # fmt: skip
def test_own_taxonomy_is_read(tmp_path, suffix, text):
    if suffix == ".yaml":
        pytest.importorskip("yaml")
    path = tmp_path / f"own{suffix}"
    path.write_text(text, encoding="utf-8")
    own = Taxonomy.read(path)
    assert own.roots == ("Sport",) and own.children("Sport") == ("Tennis",)
    assert own["Sport"].examples == ("a match",) and own["Sport"].description == "games"


@pytest.mark.parametrize(("name", "text", "message"), [
    ("a.json", "[{]", "line 1"), ("a.json", '{"labels": 3}', "no list"), ("a.json", '[{"name": "x"}]', "entry 1"),
    ("a.csv", "name\nx\n", "no column"), ("a.txt", "x", "a taxonomy is"),
])  # fmt: skip
def test_errors_of_own_taxonomies_name_the_place(tmp_path, name, text, message):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        Taxonomy.read(tmp_path / name)


def test_yaml_without_pyyaml_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    (tmp_path / "a.yaml").write_text("- label: x\n", encoding="utf-8")
    with pytest.raises(InputError, match="pip install pyyaml"):
        Taxonomy.read(tmp_path / "a.yaml")


# The classifier's manners


def test_fit_predict_and_shapes():
    model = toy().fit(TEXTS, LABELS)
    assert model.classes_.tolist() == ["money", "sport"]
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9
    probability = model.predict_proba(TEXTS)
    assert probability.shape == (12, 2) and np.allclose(probability.sum(axis=1), 1, atol=1e-5)
    assert model.decision_function(TEXTS).shape == (12,)
    assert np.array_equal(model.decision_function(TEXTS) > 0, model.predict(TEXTS) == "sport")
    assert model.predict_proba([]).shape == (0, 2) and len(model.predict([])) == 0


def test_three_classes_and_integer_labels():
    model = toy(calibrate=False).fit([*TEXTS, "rain and wind", "sun and clouds"], [0] * 6 + [1] * 6 + [2] * 2)
    assert model.decision_function(TEXTS).shape == (12, 3)
    assert model.predict(TEXTS[:1]).tolist() == [0]


def test_vectors_instead_of_texts():
    vectors = ToyEmbedder().encode(TEXTS)
    model = toy().fit(vectors, LABELS)
    assert model.word_coef_.shape == (2, 0)
    assert np.array_equal(model.predict(vectors), model.predict(TEXTS))
    assert np.allclose(model.predict_proba(TEXTS), model.predict_proba(TEXTS, vectors=vectors), atol=1e-6)
    with pytest.raises(ModelError, match="embedding it was made with"):
        model.predict(np.zeros((1, 3)))


def test_a_row_depends_on_its_own_text_alone():
    model = toy().fit(TEXTS, LABELS)
    alone = np.concatenate([model.predict_proba([text]) for text in ["", *TEXTS]])
    assert np.allclose(alone, model.predict_proba(["", *TEXTS]), atol=1e-6)


def test_scikit_learn_can_clone_search_and_pipe_it():
    from sklearn.base import clone, is_classifier
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.utils.validation import check_is_fitted

    model = toy(C=2.0)
    copy = clone(model)
    assert copy is not model and copy.get_params() | {"embedder": 0} == model.get_params() | {"embedder": 0}
    assert is_classifier(model)
    search = GridSearchCV(toy(calibrate=False), {"C": [0.1, 10.0], "words": [0, 64]}, cv=2).fit(TEXTS, LABELS)
    assert search.best_params_["C"] in (0.1, 10.0)
    check_is_fitted(search.best_estimator_)
    assert cross_val_score(toy(), TEXTS, LABELS, cv=2).shape == (2,)
    assert make_pipeline(toy()).fit(TEXTS, LABELS).score(TEXTS, LABELS) > 0.9
    with pytest.raises(ValueError, match="no parameter"):
        model.set_params(nothing=1)


def test_errors_say_what_to_do():
    with pytest.raises(SegmenterError, match="call fit"):
        toy().predict(["x"])
    with pytest.raises(SegmenterError, match="two"):
        toy().fit(TEXTS, ["a"] * 12)
    with pytest.raises(SegmenterError, match="one label a sample"):
        toy().fit(TEXTS, ["a", "b"])
    with pytest.raises(SegmenterError, match="one string"):
        toy().fit("a text", ["a"])


def test_save_and_load_without_pickle(tmp_path):
    model = toy().fit(TEXTS, LABELS)
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.json", "model.safetensors"]
    with pytest.raises(ModelError, match="pass it as `embedder`"):
        TopicClassifier.load(tmp_path)
    loaded = TopicClassifier.load(tmp_path, embedder=ToyEmbedder())
    assert np.allclose(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-3)
    assert loaded.get_params() | {"embedder": 0} == model.get_params() | {"embedder": 0}
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json"):
        TopicClassifier.load(tmp_path)


def test_weights_come_back_whatever_their_order_in_memory(tmp_path):
    model = toy(calibrate=False).fit([*TEXTS, "rain and wind", "sun and clouds"], [0] * 6 + [1] * 6 + [2] * 2)
    model.coef_, model.word_coef_ = np.asfortranarray(model.coef_), np.asfortranarray(model.word_coef_)
    model.save(tmp_path)
    loaded = TopicClassifier.load(tmp_path, embedder=ToyEmbedder())
    assert np.allclose(loaded.predict_proba(TEXTS), model.predict_proba(TEXTS), atol=1e-3)


def test_topics_lists_the_best_always_and_others_above_the_threshold():
    model = toy().fit(TEXTS, LABELS)
    (answer,) = model.topics(TEXTS[:1])
    assert isinstance(answer[0], Topic) and answer[0].score == round(answer[0].score, 4) > 0.5
    assert all(topic.score >= 0.15 for topic in answer[1:])
    assert len(model.topics(TEXTS[:1], threshold=0.0)[0]) == 2
    assert len(model.topics(TEXTS[:1], threshold=0.0, limit=1)[0]) == 1
    assert model.topics(TEXTS[:1], minimum=1.1) == [()]
    assert model.topics([]) == []


# Without examples, and the shipped classifier


def test_zero_shot_from_labels_and_descriptions():
    own = Taxonomy.from_records([
        {"label": "sport", "description": "football, tennis, players, a match, the league, goals"},
        {"label": "money", "description": "banks, shares, investors, profit, inflation, the stock market"},
    ])  # fmt: skip
    model = TopicClassifier.from_taxonomy(own)
    assert (model.predict(TEXTS) == LABELS).mean() >= 0.8
    assert model.topics(TEXTS[:1])[0][0].name == "sport"
    with pytest.raises(SegmenterError, match="two roots"):
        TopicClassifier.from_taxonomy(Taxonomy.from_records(["only"]))


def test_the_shipped_classifier_keeps_its_quality():
    result = evaluate_topics(STORIES, shipped_classifier())
    for language, floor in FLOOR.items():
        assert result["accuracy"][language] >= floor, result["accuracy"]
    assert result["accuracy"]["all"] > result["majority"]["all"] + 0.4


def test_shipped_names_are_iptc_and_empty_text_gets_a_label():
    model = shipped_classifier()
    assert [model.names_[label] for label in model.classes_.tolist()] == [
        Taxonomy.iptc().name(root) for root in Taxonomy.iptc().roots
    ]
    answers = model.topics(["", "Late goal wins the cup final\nThe striker scored and the coach praised his team."])
    assert len(answers[0]) >= 1 and answers[1][0].id == "medtop:15000000"


def test_mali_the_country_is_not_money():
    attack = "مسلحون يهاجمون قرى في مالي\nقتل جنود في هجوم شنه متشددون على الجيش المالي قرب الحدود، وفر السكان."
    budget = "الوزارة ترفع العجز المالي المتوقع\nقالت وزارة المالية إن القطاع المالي تأثر بارتفاع سعر الفائدة والتضخم."
    best = [answer[0].id for answer in shipped_classifier().topics([attack, budget])]
    assert best == ["medtop:16000000", "medtop:04000000"]


def test_predicting_imports_no_scientific_stack():
    code = ("import sys; from segmenter.topics import shipped_classifier; shipped_classifier().topics(['a story']);"
            "bad = {'sklearn', 'scipy', 'pandas', 'torch'} & set(sys.modules); assert not bad, bad")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[1])


# Evaluation


def test_evaluation_counts_also_as_right(tmp_path):
    class Fixed:
        classes_ = np.array(["a", "b"])

        def predict_proba(self, texts):
            return np.array([[0.8, 0.2]] * len(texts))

    lines = [{"text": "1", "topic": "a", "language": "en"},
             {"text": "2", "topic": "b", "also": ["a"], "language": "fr"},
             {"text": "3", "primary": "b", "language": "fr"}]  # fmt: skip
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    result = evaluate_topics(path, Fixed())
    assert result["accuracy"] == {"all": 0.6667, "en": 1.0, "fr": 0.5}
    assert result["macro"] == 0.75 and result["ece"] == pytest.approx(0.1333, abs=1e-3)
    assert result["confidence"][-1] == {"at_least": 0.9, "coverage": 0.0, "accuracy": None}
    path.write_text('{"text": "x"}', encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_gold_topics(path)


def test_calibration_error_of_an_honest_and_a_boasting_classifier():
    assert calibration_error(np.full(10, 0.5), np.array([True, False] * 5)) == 0.0
    assert calibration_error(np.full(10, 0.99), np.zeros(10, bool)) == 0.99
