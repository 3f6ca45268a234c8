"""The folder of the shipped embedding: every loader of its layout finds the same vectors in it."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from segmenter.embedding import StaticEmbedder, load_embedder, shipped_embedder
from segmenter.embedding.static import shipped_folder

TEXTS = [
    "الجيش يعلن مقتل مسلحين في غارة جوية شمال البلاد",
    "The central bank raised interest rates to curb inflation",
    "La grève des cheminots perturbe le trafic des trains",
    "\u2603\u2603 The \U0001f9a9 cup final \u2603",  # signs that the vocabulary does not know
    "",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_folder(), tmp_path / "static"))


def test_model2vec_finds_the_same_vectors() -> None:
    model2vec = pytest.importorskip("model2vec")
    theirs = model2vec.StaticModel.from_pretrained(str(shipped_folder())).encode(TEXTS)
    np.testing.assert_allclose(theirs, shipped_embedder().encode(TEXTS), atol=1e-6)


def test_sentence_transformers_finds_the_same_vectors() -> None:
    library = pytest.importorskip("sentence_transformers")
    theirs = library.SentenceTransformer(str(shipped_folder()), device="cpu").encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(theirs, shipped_embedder().encode(TEXTS), atol=1e-6)


def test_the_modules_go_by_names_that_are_not_on_their_way_out() -> None:
    pytest.importorskip("sentence_transformers")
    for module in json.loads((shipped_folder() / "modules.json").read_text(encoding="utf-8")):
        package, _, name = module["type"].rpartition(".")
        with warnings.catch_warnings():
            warnings.filterwarnings("error", "Importing from", DeprecationWarning)
            assert hasattr(importlib.import_module(package), name)


def test_a_copy_serves_as_model_without_sentence_transformers(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.testing.assert_array_equal(StaticEmbedder(copy).encode(TEXTS), shipped_embedder().encode(TEXTS))
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)  # importing it would fail
    assert load_embedder(copy).dimension == shipped_embedder().dimension


def test_further_modules_are_left_to_sentence_transformers(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other:
        name, dimension = "other", 8

        def __init__(self, model: Path) -> None: ...

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.zeros((len(texts), 8), np.float32)

    monkeypatch.setattr("segmenter.embedding.transformer.SentenceTransformerEmbedder", Other)
    modules = json.loads((copy / "modules.json").read_text(encoding="utf-8"))
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (copy / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert load_embedder(copy).name == "other"
    (copy / "modules.json").write_text("{", encoding="utf-8")
    assert load_embedder(copy).name == "other"


def test_the_unknown_token_weighs_nothing_in_the_file(tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    from segmenter.training.embedding import PADDING, UNKNOWN, save_embedding

    tokenizer = Tokenizer(models.WordPiece({PADDING: 0, UNKNOWN: 1, "peace": 2}, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    save_embedding(tmp_path, tokenizer, np.full((3, 4), 0.5, dtype=np.float32))
    for folder in (tmp_path, shipped_folder()):
        tensors = load_file(folder / "model.safetensors")
        unknown = Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id(UNKNOWN)
        assert tensors["weights"][unknown] == 0 and not tensors["embeddings"][unknown].any()
    assert tensors["weights"].any()
    assert (tmp_path / "modules.json").read_bytes() == (shipped_folder() / "modules.json").read_bytes()
    assert StaticEmbedder(tmp_path).encode(["peace", "war"]).any(axis=1).tolist() == [True, False]


def test_tokens_may_share_rows(copy: Path) -> None:
    weights = load_file(copy / "model.safetensors")
    rows = weights["embeddings"]
    mapping = np.arange(len(rows)) // 2
    save_file({**weights, "embeddings": rows[::2].copy(), "mapping": mapping}, copy / "model.safetensors")
    ours = StaticEmbedder(copy).encode(TEXTS)
    save_file({**weights, "embeddings": rows[::2][mapping]}, copy / "model.safetensors")
    np.testing.assert_array_equal(ours, StaticEmbedder(copy).encode(TEXTS))
