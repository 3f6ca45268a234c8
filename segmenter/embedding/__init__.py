"""Texts to vectors: the shipped static model, or any sentence-transformers model."""

from __future__ import annotations

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


def load_embedder(model: str | Path | Embedder | None = None) -> Embedder:
    """An embedder for `model`.

    Parameters
    ----------
    model : str, path, Embedder or None
        None for the shipped one; a folder in model2vec's layout; anything else goes to sentence-transformers. An
        object that has `encode`, `name` and `dimension` serves as well. All but the shipped one are centred.

    Raises
    ------
    ModelError
        If it cannot be loaded.
    """
    if model is None:
        return shipped_embedder()
    return CentredEmbedder(_load(model))


def _load(model: str | Path | Embedder) -> Embedder:
    if not isinstance(model, (str, Path)):
        return model
    folder = Path(model)
    if (folder / WEIGHTS).is_file() and (folder / TOKENIZER).is_file() and not (folder / "modules.json").exists():
        return _static_or_transformer(folder)
    from .transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(model)


def _static_or_transformer(folder: Path) -> Embedder:
    # A plain transformer has both files too; only the names of its tensors tell.
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(folder / WEIGHTS), framework="numpy") as tensors:
            static = "embeddings" in tensors.keys()  # noqa: SIM118 - not a mapping
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{folder / WEIGHTS}: cannot read the weights ({error})") from error
    if static:
        return StaticEmbedder(folder)
    from .transformer import SentenceTransformerEmbedder

    return SentenceTransformerEmbedder(folder)
