"""What a segmenter learns of documents that somebody has corrected, and that it is there again when loaded."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
from commands import ROOT, process, records

from segmenter import Document, Segmenter, SegmenterError, split
from segmenter.errors import ModelError
from segmenter.evaluation.dumps import DumpGenerator, SourceStory

DUMPS = [json.loads(line)["text"] for line in (ROOT / "data/gold.jsonl").read_text(encoding="utf-8").splitlines()]
FERRY = "The ferry ran aground off the island. Divers search the ferry. The port closed while the ferry was towed."
HARBOUR = "Another ferry lost power near the port and was towed to the harbour. The crew of the ferry were safe."


def test_documents_bring_their_own_boundaries() -> None:
    documents = [split(text, topics=False) for text in DUMPS]
    merged = [document.merge(*range(n)) if (n := len(document.stories)) > 1 else document for document in documents]
    whole = Segmenter(topics=False).fit(merged)
    assert whole.bias_ < Segmenter(topics=False).fit(documents).bias_
    assert not hasattr(whole, "topics_")
    by_hand = Segmenter(topics=False).fit([d.text for d in merged], [[] for _ in merged])
    assert by_hand.bias_ == whole.bias_
    with pytest.raises(ValueError, match="texts need their boundaries"):
        Segmenter().fit(DUMPS)
    with pytest.raises(TypeError, match="several texts"):
        Segmenter().fit(documents[0])


def test_what_cannot_be_is_refused() -> None:
    for wrong in ([[99_999]], [[0]], [[-1]], [[1.5]]):
        with pytest.raises(ValueError, match="text 0: there can be no boundary at"):
            Segmenter(topics=False).fit([FERRY], wrong)
    with pytest.raises(TypeError, match="a list of offsets, got 50"):
        Segmenter(topics=False).fit([FERRY], [50])
    with pytest.raises(ValueError, match="nothing to learn from"):
        Segmenter().fit([])
    with pytest.raises(SegmenterError, match="a classifier needs two labels"):
        Segmenter().fit([split(FERRY).relabel(0, "mine")])


def test_one_document_does_not_move_the_decision_far() -> None:
    single = split(FERRY)
    assert abs(Segmenter(topics=False).fit([single]).bias_) <= 1


def test_topics_are_learned_of_corrected_documents() -> None:
    document = split(FERRY)
    wanted = "medtop:08000000"  # human interest, which nothing of it suggests
    assert document.stories[0].topic is None or document.stories[0].topic.id != wanted
    before = split(HARBOUR, topic_threshold=0)
    fitted = Segmenter(topic_threshold=0).fit([document.relabel(0, wanted)] * 8)
    after = fitted.split(HARBOUR)

    def score(found: Document) -> float:
        return next((t.score for t in found.stories[0].topics if t.id == wanted), 0.0)

    assert score(after) > score(before)
    again = split(HARBOUR, topic_threshold=0)
    assert again == before  # the shipped classifier has not changed
    assert fitted.set_params(topics=True) is fitted and fitted.split(HARBOUR) == after
    assert fitted.set_params(topics=False).split(HARBOUR).stories[0].topics == ()


def test_labels_of_ones_own_make_a_classifier_of_their_own(stock: list[SourceStory]) -> None:
    sport = [s for s in stock if s.label == "medtop:15000000"]
    health = [s for s in stock if s.label == "medtop:07000000"]
    documents = [Segmenter(n_stories=1).split("\n".join(s.paragraphs)).relabel(0, label)
                 for label, some in (("Sports desk", sport), ("Health desk", health)) for s in some[:4]]  # fmt: skip
    fitted = Segmenter(topic_threshold=0).fit(documents)
    assert fitted.topics_.classes_.tolist() == ["Health desk", "Sports desk"]
    held_out = [(s, "Sports desk") for s in sport[4:]] + [(s, "Health desk") for s in health[4:]]
    found = [(fitted.split("\n".join(s.paragraphs)).stories[0].topic, label) for s, label in held_out]
    assert held_out and all(topic is not None and topic.id == label for topic, label in found)
    again = [story for document in documents for story in Segmenter().fit(documents).split(document.text).stories]
    assert all(story.topic is not None for story in again)  # it knows nothing else, at its usual threshold too
    mixed = [documents[0], documents[1].relabel(0, "medtop:15000000")]
    with pytest.raises(SegmenterError, match="mix labels"):
        Segmenter().fit(mixed)


def test_a_classifier_that_cannot_learn_is_named() -> None:
    class Fixed:
        def topics(self, texts, **_):
            return [() for _ in texts]

    document = split(FERRY).relabel(0, "x")
    with pytest.raises(SegmenterError, match="Fixed cannot learn topics"):
        Segmenter(topics=Fixed()).fit([document])


def test_describe_fills_in_what_is_missing(stock: list[SourceStory]) -> None:
    found = split(next(iter(DumpGenerator(stock, seed=3).generate(1))).text)
    whole = found.merge(*range(len(found.stories))) if len(found.stories) > 1 else found
    bare = whole.relabel(0, None)
    described = Segmenter().describe(bare)
    assert described.stories[0].topics and described.stories[0].key_phrases
    kept = Segmenter().describe(found.relabel(0, "mine"))
    assert kept.stories[0].topics[0].id == "mine" and kept.stories[1:] == found.stories[1:]
    assert Segmenter().describe(found) == found
    assert Segmenter(topics=False).describe(bare) == bare


@pytest.mark.parametrize("topics", [True, False, "desks.csv"])
def test_what_is_saved_does_the_same_when_loaded(topics: bool | str, tmp_path: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("desks.csv").write_text("label,description\nsport,football match\nsea,ferry ship port\n", encoding="utf-8")
    segmenter = Segmenter(topics=topics, min_chars=20, topic_threshold=0.1)
    documents = [segmenter.split(text) for text in (FERRY, HARBOUR)]
    segmenter.fit(documents).save("mine")
    monkeypatch.chdir("/")
    again = Segmenter.load(tmp_path / "mine")
    assert again.split(HARBOUR) == segmenter.split(HARBOUR) if topics != "desks.csv" else again.split(HARBOUR).stories
    assert (again.min_chars, again.topic_threshold, again.bias_) == (20, 0.1, segmenter.bias_)
    assert pickle.loads(pickle.dumps(again)).split(HARBOUR) == again.split(HARBOUR)
    files = {path.name for path in (tmp_path / "mine").rglob("*") if path.is_file()}
    assert files <= {"segmenter.json", "config.json", "model.safetensors"}


def test_what_is_no_segmenter_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no segmenter here"):
        Segmenter.load(tmp_path)
    for content in ("{", "[]", '{"format": 9}', '{"format": 1}',
                    '{"format": 1, "embedding": null, "topics": true, "own_topics": false, "bias": null, '
                    '"params": {"threshold": 7}}'):  # fmt: skip
        (tmp_path / "segmenter.json").write_text(content, encoding="utf-8")
        with pytest.raises(ModelError, match="again"):
            Segmenter.load(tmp_path)

    class Own:
        name, dimension = "own", 2

        def encode(self, texts):
            raise AssertionError

    with pytest.raises(ModelError, match="cannot be written down"):
        Segmenter(Own()).save(tmp_path / "x")


def test_the_commands_use_a_saved_segmenter(tmp_path: Path) -> None:
    documents = [split(text, topics=False) for text in DUMPS[:4]]
    fitted = Segmenter(n_stories=1).fit([d.merge(*range(n)) if (n := len(d.stories)) > 1 else d for d in documents])
    fitted.save(tmp_path / "mine")
    (tmp_path / "dump.txt").write_text(DUMPS[0], encoding="utf-8")
    options = ("split", "--segmenter", tmp_path / "mine", "--format", "jsonl", tmp_path / "dump.txt")
    one = process(*options, program="real")
    assert one.returncode == 0 and len(records(one.stdout)[0]["stories"]) == 1
    two = process(*options, "--n-stories", "2", program="real")
    assert len(records(two.stdout)[0]["stories"]) == 2
    status = process("split", "--segmenter", tmp_path, tmp_path / "dump.txt", program="real")
    assert status.returncode == 2 and b"there is no segmenter here" in status.stderr
