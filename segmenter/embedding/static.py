"""The shipped embedding: one vector a token, summed. No torch, no network.

Reads any folder in model2vec's layout (``model.safetensors`` with ``embeddings`` and optionally ``weights`` and, where
tokens share rows, ``mapping``, beside ``tokenizer.json``). Memory is bounded by batches whatever the number of texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .words import WordTokens, works_by_word

BATCH_CHARS = 200_000
BATCH_TEXTS = 1_024
PART = 8_192
WEIGHTS = "model.safetensors"
TOKENIZER = "tokenizer.json"


class StaticEmbedder:
    """A static embedding model.

    Parameters
    ----------
    folder : path
        A folder in model2vec's layout.

    Raises
    ------
    ModelError
        If a file is missing or does not hold what it should.
    """

    def __init__(self, folder: str | Path) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        folder = Path(folder)
        try:
            tensors = load_file(folder / WEIGHTS)
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except (OSError, SafetensorError) as error:
            raise ModelError(f"{folder}: cannot read the static embedding ({error})") from error
        except Exception as error:  # tokenizers raises bare Exception for a bad file
            raise ModelError(f"{folder / TOKENIZER}: not a tokenizer file ({error})") from error
        if "embeddings" not in tensors:
            raise ModelError(f"{folder / WEIGHTS}: holds no tensor 'embeddings', so it is no model2vec folder")
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._words = WordTokens(self._tokenizer) if works_by_word(self._tokenizer) else None
        self._rows = tensors["embeddings"]
        self._mapping = tensors.get("mapping")
        size = len(self._rows if self._mapping is None else self._mapping)
        self._weights = tensors.get("weights", np.ones(size)).astype(np.float32)
        unknown = self._tokenizer.token_to_id("[UNK]")
        if unknown is not None and unknown < len(self._weights):
            self._weights[unknown] = 0.0  # says nothing, and would make all unreadable blocks alike
        self.name = folder.name
        self.dimension = int(self._rows.shape[1])

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start, end in _batches(texts):
            vectors[start:end] = self.sum_tokens(self._batch(texts[start:end]))
        return vectors

    def tokens(self, texts: Sequence[str]) -> list[NDArray[np.int32]]:
        """The numbers of each text's tokens."""
        return [tokens for start, end in _batches(texts) for tokens in self._batch(texts[start:end])]

    def sum_tokens(self, texts: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Vectors of texts whose tokens are known; what `encode` makes of the texts themselves."""
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, tokens in enumerate(texts):
            if len(tokens) <= PART:
                np.dot(self._weights[tokens], self._rows_of(tokens), out=vectors[row])
                continue
            for start in range(0, len(tokens), PART):  # one endless block does not need memory for all its rows
                vectors[row] += self._sum(tokens[start : start + PART])
        for start in range(0, len(texts), BATCH_TEXTS):
            batch = vectors[start : start + BATCH_TEXTS]
            norms = np.linalg.norm(batch, axis=1, keepdims=True)
            np.divide(batch, norms, out=batch, where=norms > 1e-9)
            batch[norms[:, 0] <= 1e-9] = 0.0
        return vectors

    def place_tokens(self, text: str) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The tokens of one text and the offsets in it at which they begin; -1 within words, where it is not known."""
        if self._words is None:
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
            starts = [start for start, _ in encoding.offsets]
            return np.array(encoding.ids, dtype=np.int32), np.array(starts, dtype=np.int64)
        return self._words.placed(text)

    def token_vectors(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        """One row a token, longer for those that say more."""
        rows = self._rows_of(tokens)
        rows *= self._weights[tokens][:, None]
        return rows

    def has_token(self, text: str) -> bool:
        """Whether a word, as the tokenizer's normaliser leaves it, is one token: it was common in what it learned."""
        return self._tokenizer.token_to_id(text) is not None

    def _batch(self, texts: Sequence[str]) -> Sequence[NDArray[np.int32]]:
        if self._words is not None:
            return self._words.of(texts)
        encodings = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [np.array(encoding.ids, dtype=np.int32) for encoding in encodings]

    def _sum(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        return self._weights[tokens] @ self._rows_of(tokens)

    def _rows_of(self, tokens: NDArray[np.int32]) -> NDArray[np.float32]:
        places = tokens if self._mapping is None else self._mapping[tokens]
        return self._rows.take(places, axis=0).astype(np.float32)


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(texts):
        end, size = start, 0
        limit = min(len(texts), start + BATCH_TEXTS)
        while end < limit and (end == start or size + len(texts[end]) <= BATCH_CHARS):
            size += len(texts[end])
            end += 1
        yield start, end
        start = end


def shipped_folder() -> Path:
    """Where the embedding that comes with the package lies."""
    return Path(str(resources.files("segmenter") / "models" / "embedding"))
