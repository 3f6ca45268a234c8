"""The topic classifier's manners: as an estimator, on disk, with a taxonomy, sample by sample."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.exceptions import NotFittedError
from sklearn.utils import InputTags

from segmenter.document import Topic
from segmenter.errors import ModelError, SegmenterError
from segmenter.topics import Taxonomy, TopicClassifier, load_classifier
from segmenter.topics.calibration import acceptance, fit_acceptance, one_of, softmax
from segmenter.training.topics import examples

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


class OnVectors(TopicClassifier):
    """For the checks of scikit-learn, which know vectors only, no texts."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags = InputTags()
        return tags


def toy(**params):
    return TopicClassifier(ToyEmbedder(), words=256, **params)


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
    with pytest.raises(ValueError, match="3 features"):
        model.predict(np.zeros((1, 3)))
    with pytest.raises(ModelError, match="embedding it was made with"):
        model.predict(TEXTS[:1], vectors=np.zeros((1, 3)))


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
    with pytest.raises(NotFittedError, match="call fit"):
        toy().predict(["x"])
    with pytest.raises(SegmenterError, match="two"):
        toy().fit(TEXTS, ["a"] * 12)
    with pytest.raises(SegmenterError, match="one label a sample"):
        toy().fit(TEXTS, ["a", "b"])
    with pytest.raises(SegmenterError, match="one string"):
        toy().fit("a text", ["a"])


def test_half_characters_and_holes_are_met():
    model = toy().fit(TEXTS, LABELS)
    assert model.topics(["a \ud800 match", "a \ufffd match"], threshold=0.0)[0] == \
        model.topics(["a \ufffd match"], threshold=0.0)[0]  # fmt: skip
    for missing in (None, float("nan")):
        with pytest.raises(SegmenterError, match="no label for sample 1"):
            toy().fit(TEXTS, ["sport", missing, *LABELS[2:]])
    holes = np.full((12, 26), np.nan)
    for call in (toy().fit, model.partial_fit):
        with pytest.raises(SegmenterError, match="NaN"):
            call(TEXTS, LABELS, vectors=holes)
    with pytest.raises(ValueError, match=r"sample_weight|shape"):
        (fresh := toy()).partial_fit(TEXTS, LABELS, classes=["money", "sport"], sample_weight=[1.0])
    assert not hasattr(fresh, "classes_")


def test_topics_of_vectors_are_given():
    vectors = ToyEmbedder().encode(TEXTS)
    model = toy().fit(vectors, LABELS)
    assert model.topics(vectors, threshold=0.0) == model.topics(TEXTS, threshold=0.0)


def test_words_may_be_set_anew_after_fitting():
    model = toy().fit(TEXTS, LABELS)
    before = model.predict_proba(TEXTS)
    assert np.array_equal(model.set_params(words=1_024).predict_proba(TEXTS), before)


def test_parameters_come_back_as_they_were(tmp_path):
    model = toy(C=np.float32(2), max_iter=np.int64(50), class_weight={"money": 1.0, "sport": 2.0}).fit(TEXTS, LABELS)
    model.save(tmp_path)
    loaded = TopicClassifier.load(tmp_path, embedder=ToyEmbedder())
    assert loaded.class_weight == {"money": 1.0, "sport": 2.0} and loaded.C == 2.0
    for change, reason in (({"params": {"threshold": "x"}}, "no number"), ({"temperature": 0}, "belong"),
                           ({"names": None}, "not a topic classifier")):  # fmt: skip
        config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
        (tmp_path / "broken").mkdir(exist_ok=True)
        (tmp_path / "broken" / "model.safetensors").write_bytes((tmp_path / "model.safetensors").read_bytes())
        (tmp_path / "broken" / "config.json").write_text(json.dumps(config | change), encoding="utf-8")
        with pytest.raises(ModelError, match=reason):
            TopicClassifier.load(tmp_path / "broken", embedder=ToyEmbedder())


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


def test_topics_lists_what_passes_the_threshold_and_else_nothing():
    model = toy().fit(TEXTS, LABELS)
    (answer,) = model.topics(TEXTS[:1])
    assert isinstance(answer[0], Topic) and answer[0].score == round(answer[0].score, 4) > 0.5
    assert all(topic.score >= model.threshold for topic in answer)
    assert len(model.topics(TEXTS[:1], threshold=0.0)[0]) == 2
    assert len(model.topics(TEXTS[:1], threshold=0.0, limit=1)[0]) == 1
    assert model.topics(TEXTS[:1], threshold=1.1) == [()]
    assert toy(threshold=1.1).fit(TEXTS, LABELS).topics(TEXTS) == [()] * len(TEXTS)
    assert model.topics([]) == []


OWN = Taxonomy.from_records([
    {"id": "s", "label": {"en": "sport", "fr": "sports"}}, {"id": "b", "label": "ball games", "parent": "s"},
    {"id": "r", "label": "races", "parent": "s"}, {"id": "m", "label": "money"},
])  # fmt: skip
FINE = ["b", "b", "b", "r", "r", "b"] + ["m"] * 6


def test_a_taxonomy_gives_roots_as_classes_and_finer_labels_below_them(tmp_path):
    model = toy(calibrate=False, C=100.0).fit(TEXTS, FINE, taxonomy=OWN)
    assert model.classes_.tolist() == ["m", "s"]
    assert model.finer_.labels == ("b", "r") and model.finer_.parents.tolist() == [1, 1]
    for some, found in ((["s", *FINE[1:]], ("b", "r")), (["s", "s", *["b"] * 4, *FINE[6:]], ("b", "s"))):
        assert toy(calibrate=False).fit(TEXTS, some, taxonomy=OWN).finer_.labels == found
    ball, race, money = model.topics([TEXTS[0], TEXTS[4], TEXTS[6]], languages=["fr", "en", "xx"])
    assert (ball[0].name, ball[0].finer[0].id, race[0].finer[0].id) == ("sports", "b", "r")
    assert money[0].name == "money" and money[0].finer == ()
    assert all(below.score <= best[0].score for best in (ball, race) for below in best[0].finer)
    model.acceptance_ = (1.5, 0.5)
    model.save(tmp_path)
    loaded = TopicClassifier.load(tmp_path, embedder=ToyEmbedder())
    assert loaded.acceptance_ == (1.5, 0.5) and loaded.names_ == model.names_
    assert [[t.id for t in (best, *best.finer)] for (best, *_) in loaded.topics(TEXTS)] == \
        [[t.id for t in (best, *best.finer)] for (best, *_) in model.topics(TEXTS)]  # fmt: skip
    config = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    config["finer"]["parents"] = [1, 2]
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(ModelError, match="belong together"):
        TopicClassifier.load(tmp_path, embedder=ToyEmbedder())
    with pytest.raises(SegmenterError, match="not in the taxonomy"):
        toy().fit(TEXTS, LABELS, taxonomy=OWN)


def test_labels_alone_leave_what_is_far_from_all_of_them(tmp_path):
    own = Taxonomy.from_records([{"label": "sport", "description": "football, tennis, matches, players"},
                                 {"label": "money", "description": "banks, shares, prices, companies"}])  # fmt: skip
    model = TopicClassifier.from_taxonomy(own)
    model.save(tmp_path)
    far = [one.text for one in examples() if one.topic[7:9] in ("07", "12", "17")]
    near = [one.text for one in examples() if one.topic[7:9] in ("04", "15")]
    for one in (model, TopicClassifier.load(tmp_path)):
        answered, meant = (np.mean([bool(topics) for topics in one.topics(texts)]) for texts in (far, near))
        assert answered < 0.1 and meant > 0.4
        assert np.allclose(one.predict_proba(far).sum(axis=1), 1.0)


def test_an_only_child_is_found_where_it_is_meant():
    own = Taxonomy.from_records([
        {"label": "sport", "description": "football, tennis, matches"},
        {"label": "money", "description": "banks, shares, prices, companies"},
        {"label": "oil", "description": "crude oil, barrels, OPEC", "parent": "money"},
    ])  # fmt: skip
    model = TopicClassifier.from_taxonomy(own)
    oil, bank = model.topics(["OPEC agreed to cut crude oil output by a million barrels a day.",
                              "The bank sold its shares in the company at a low price."], threshold=0.0)  # fmt: skip
    assert oil[0].id == bank[0].id == "money"
    assert [below.id for below in oil[0].finer] == ["oil"] and bank[0].finer == ()
    model.partial_fit(["Crude prices fell", "He won the match"], ["oil", "sport"])  # oil counts as money
    assert model.classes_.tolist() == ["money", "sport"]


@pytest.mark.filterwarnings("ignore:Estimator OnVectors does not inherit")
def test_scikit_learn_s_own_checks_pass_on_vectors():
    from sklearn.utils.estimator_checks import check_estimator

    known = {
        "check_sample_weight_equivalence_on_dense_data": "the optimum is found to three digits, in single precision"
    }
    results = check_estimator(OnVectors(words=0, calibrate=False), expected_failed_checks=known, on_skip=None)
    assert sum(result["status"] == "passed" for result in results) > 50


# Sample by sample


def test_batches_learned_one_by_one_come_near_all_at_once():
    order = np.arange(12).reshape(2, 6).T.ravel()  # sport and money in turn
    texts, labels = [TEXTS[i] for i in order], [LABELS[i] for i in order]
    model = toy()
    for start in range(0, 12, 4):
        model.partial_fit(texts[start : start + 4], labels[start : start + 4], classes=["sport", "money"])
    whole = toy(calibrate=False).fit(TEXTS, LABELS)
    assert model.classes_.tolist() == ["money", "sport"] and model.word_coef_.shape == (2, 256)
    assert (model.predict(TEXTS) == whole.predict(TEXTS)).mean() >= 0.9
    assert np.abs(model.predict_proba(TEXTS) - whole.predict_proba(TEXTS)).max() < 0.25


def test_later_samples_do_not_wipe_out_earlier_ones():
    model = toy().partial_fit(TEXTS, LABELS, classes=["money", "sport"])
    sure = model.predict_proba(TEXTS[6:])[:, 0].copy()
    model.partial_fit(TEXTS[:1], ["sport"])
    assert np.abs(model.predict_proba(TEXTS[6:])[:, 0] - sure).max() < 0.2
    assert (model.predict(TEXTS) == LABELS).mean() > 0.9


def test_a_handful_of_examples_makes_labels_alone_better():
    # Labels that say nothing: what is right shows in the examples only.
    texts, labels = zip(*((one.text, one.topic) for one in examples() if one.topic[7:9] in ("04", "15")), strict=True)
    right = np.where(np.char.endswith(labels, "15000000"), "desk one", "desk two")
    few = np.concatenate([np.flatnonzero(right == desk)[::9] for desk in ("desk one", "desk two")])
    held = np.setdiff1d(np.arange(len(texts)), few)
    model = TopicClassifier.from_taxonomy(Taxonomy.from_records([{"label": "desk one"}, {"label": "desk two"}]))
    before = model.score([texts[i] for i in held], right[held])
    model.partial_fit([texts[i] for i in few], right[few])
    after = model.score([texts[i] for i in held], right[held])
    assert len(few) == 8 and before < 0.6 and after > 0.7
    given = TopicClassifier.from_taxonomy(Taxonomy.from_records([
        {"label": desk, "examples": [texts[i] for i in few if right[i] == desk]} for desk in ("desk one", "desk two")
    ]))  # fmt: skip
    assert given.score([texts[i] for i in held], right[held]) > 0.7


def test_what_was_learned_goes_on_after_saving(tmp_path):
    model = TopicClassifier.from_taxonomy(Taxonomy.from_records([{"label": "sport"}, {"label": "money"}]))
    model.partial_fit(TEXTS[::2], LABELS[::2])
    model.save(tmp_path)
    loaded = TopicClassifier.load(tmp_path)
    for one in (model, loaded):
        one.partial_fit(TEXTS[1::2], LABELS[1::2])
    assert np.allclose(model.predict_proba(TEXTS), loaded.predict_proba(TEXTS), atol=2e-3)


def test_vectors_between_texts_leave_what_is_known_of_words():
    model = toy().partial_fit(TEXTS, LABELS, classes=["money", "sport"])
    known = model.precision_[:, 26:-1].copy()
    model.partial_fit(ToyEmbedder().encode(TEXTS[:2]), LABELS[:2])
    assert model.precision_.shape == (2, 26 + 256 + 1) and np.array_equal(model.precision_[:, 26:-1], known)
    model.partial_fit(TEXTS[:2], LABELS[:2])
    assert (model.precision_[:, 26:-1] >= known).all()


def test_partial_fit_says_what_is_wrong():
    with pytest.raises(SegmenterError, match="needs `classes`"):
        toy().partial_fit(TEXTS, LABELS)
    model = toy().partial_fit(TEXTS, LABELS, classes=["money", "sport"])
    with pytest.raises(SegmenterError, match="'rain', which is none of the classes"):
        model.partial_fit(TEXTS[:1], ["rain"])
    with pytest.raises(SegmenterError, match="`classes`"):
        model.partial_fit(TEXTS, LABELS, classes=["money", "rain"])


# Probabilities

LOGITS = arrays(np.float64, st.tuples(st.integers(0, 5), st.integers(2, 6)), elements=st.floats(-30, 30))


@given(LOGITS, st.floats(0.2, 3.0), st.floats(-2.0, 3.0))
def test_one_of_keeps_the_best_and_the_order_and_sums_to_one(logits, slope, offset):
    accepted = acceptance(logits, slope, offset)
    rows = one_of(accepted)
    assert np.allclose(rows.sum(axis=1), 1.0) and (rows >= 0).all()
    for row, was in zip(rows, accepted, strict=True):
        assert row[was.argmax()] >= row.max() - 1e-9
        if was.sum() > 1:
            assert row[was.argmax()] == pytest.approx(was.max())
        order = np.argsort(was)
        order = order[order != was.argmax()]
        assert (np.diff(row[order]) >= -1e-9).all()


def test_acceptance_learns_that_several_labels_may_be_right():
    random = np.random.default_rng(0)
    truth = random.normal(size=(4_000, 5))
    right = random.random((4_000, 5)) < 1 / (1 + np.exp(-(2.0 * truth - 1.0)))
    right[np.arange(4_000), truth.argmax(axis=1)] = True
    slope, offset = fit_acceptance(truth, right)
    score = acceptance(truth, slope, offset)
    for low in (0.1, 0.3, 0.5, 0.7, 0.9):
        near = np.abs(score - low) < 0.1
        assert abs(score[near].mean() - right[near].mean()) < 0.08
    assert softmax(truth).sum(axis=1).mean() == pytest.approx(1.0) and score.sum(axis=1).mean() > 1.5


# Without examples


def test_zero_shot_from_labels_and_descriptions():
    own = Taxonomy.from_records([
        {"label": "sport", "description": "football, tennis, players, a match, the league, goals"},
        {"label": "money", "description": "banks, shares, investors, profit, inflation, the stock market"},
    ])  # fmt: skip
    model = TopicClassifier.from_taxonomy(own)
    assert (model.predict(TEXTS) == LABELS).mean() >= 0.8
    assert model.topics(TEXTS[:1], threshold=0.0)[0][0].name == "sport"
    with pytest.raises(SegmenterError, match="two roots"):
        TopicClassifier.from_taxonomy(Taxonomy.from_records(["only"]))


def test_a_classifier_of_ones_own_is_found_by_its_path(tmp_path):
    (tmp_path / "desks.csv").write_text(
        "label,description\nsport,football match goal\nmoney,bank shares profit\n", encoding="utf-8"
    )
    assert load_classifier(tmp_path / "desks.csv").classes_.tolist() == ["money", "sport"]
    TopicClassifier().fit(TEXTS, LABELS).save(tmp_path / "own")
    assert load_classifier(str(tmp_path / "own")).classes_.tolist() == ["money", "sport"]
    with pytest.raises(ModelError, match="nowhere"):
        load_classifier(tmp_path / "nowhere")
