"""Any sentence-transformers model as an `Embedder`. Torch is imported here and nowhere else at run time."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError


class SentenceTransformerEmbedder:
    """A sentence-transformers model.

    Parameters
    ----------
    model : str or path
        A folder, or a name that sentence-transformers can find in its cache or fetch.
    batch_size : int
        Texts encoded at once.

    Raises
    ------
    ModelError
        If the model cannot be loaded, or its weights are a pickle: only safetensors are read.
    """

    def __init__(self, model: str | Path, *, batch_size: int = 64) -> None:
        folder = Path(model)
        if not folder.exists() and (folder.is_absolute() or str(model).startswith(".")):
            raise ModelError(f"{folder}: there is no such folder")
        if folder.is_dir() and not any(folder.rglob("*.safetensors")):
            pickles = sorted(p.name for pattern in ("*.bin", "*.pt", "*.pkl") for p in folder.rglob(pattern))
            what = f"holds its weights as pickle ({pickles[0]})" if pickles else "holds no weights"
            raise ModelError(
                f"{folder}: {what}; segmenter reads safetensors only (save it with safe_serialization=True)"
            )
        try:
            import logging as logs

            from sentence_transformers import SentenceTransformer
            from transformers.utils import logging

            logs.getLogger("huggingface_hub").setLevel(logs.ERROR)
            logging.set_verbosity_error()
            logging.disable_progress_bar()  # what is shown on standard error is for the command line to decide
            self._model = SentenceTransformer(str(model), device="cpu", model_kwargs={"use_safetensors": True})
        except Exception as error:  # the library and those below it raise many kinds
            reason = textwrap.shorten(str(error), 160, placeholder=" ...")
            raise ModelError(
                f"{model}: sentence-transformers cannot load it ({type(error).__name__}: {reason}); "
                "give a local folder or a model name that is in the cache or can be fetched"
            ) from error
        self._batch_size = batch_size
        self.name = str(model)
        self.dimension = int(self._model.encode(["."], convert_to_numpy=True, show_progress_bar=False).shape[1])

    def digest(self) -> str:
        """A fingerprint of the weights: a name may stand for others some day."""
        digest = hashlib.sha256()
        for name, tensor in sorted(self._model.state_dict().items()):
            digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
            digest.update(np.ascontiguousarray(tensor.detach().cpu().float().numpy()).data)
        return digest.hexdigest()[:32]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`. Padding to a batch may change the last digits of a row."""
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        vectors = self._model.encode(list(texts), batch_size=self._batch_size, convert_to_numpy=True,
                                     normalize_embeddings=True, show_progress_bar=False)  # fmt: skip
        vectors = np.asarray(vectors, dtype=np.float32)
        vectors[[not text.strip() for text in texts]] = 0.0
        return vectors
