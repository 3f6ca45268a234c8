"""Texts to vectors: the shipped static model, or any sentence-transformers model."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from ..errors import ModelError
from .base import Embedder
from .centred import CentredEmbedder
from .static import TOKENIZER, WEIGHTS, StaticEmbedder, shipped_folder

__all__ = ["Embedder", "StaticEmbedder", "load_embedder", "shipped_embedder"]


@cache
def shipped_embedder() -> StaticEmbedder:
    """The embedding that comes with the package, loaded once."""
    return StaticEmbedder(shipped_folder())


def load_embedder(model: str | Path | Embedder | None = None, *, centred: bool = True) -> Embedder:
    """An embedder for `model`.

    Parameters
    ----------
    model : str, path, Embedder or None
        None for the shipped one; a folder in model2vec's layout; anything else goes to sentence-transformers. An
        object that has `encode`, `name` and `dimension` serves as well.
    centred : bool
        Whether all but the shipped one are centred (`CentredEmbedder`), which the decision relies on.

    Raises
    ------
    ModelError
        If it cannot be loaded.
    TypeError
        If it is nothing of these.
    """
    if model is None:
        return shipped_embedder()
    embedder = _load(model)
    # What was loaded by this function once and is handed to several segmenters is as it should be.
    if not centred or isinstance(embedder, CentredEmbedder) or embedder is shipped_embedder():
        return embedder
    return CentredEmbedder(embedder)


def _load(model: str | Path | Embedder) -> Embedder:
    if not isinstance(model, (str, Path)):
        if not isinstance(model, Embedder):
            raise TypeError(f"model is a name, a folder or an object with encode, name and dimension, got {model!r}")
        return model
    folder = Path(model)
    if (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file() and _only_static(folder) and _holds_rows(folder):
        return StaticEmbedder(folder)
    from .transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model)


def _only_static(folder: Path) -> bool:
    """Whether no module of sentence-transformers follows the sum but the scaling to unit length."""
    modules = folder / "modules.json"
    if not modules.exists():
        return True
    try:
        types = {module["type"].rpartition(".")[2] for module in json.loads(modules.read_text(encoding="utf-8"))}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # sentence-transformers says what is wrong with it
    return types <= {"StaticEmbedding", "Normalize"}


def _holds_rows(folder: Path) -> bool:
    """Whether the weights are model2vec's: a plain transformer has files of the same names."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / WEIGHTS), framework="numpy") as tensors:
            return "embeddings" in tensors.keys()  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / WEIGHTS}: cannot read the weights ({error})") from error
