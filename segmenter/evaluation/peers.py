"""Other people's ways to cut a sequence of units: one function each, its package imported when it is called.

Every function takes the units of a dump as strings, a function that embeds texts, and settings, and gives the units at
which a segment begins, other than the first. The peers get the gold's units: none of them splits sentences of its own.
A peer that takes and gives strings is handed units with a mark before each, which the embedding never sees, and its
chunks are measured by the marks they hold; so no offset has to be found again where a peer joins chunks with a space.

Left out: C99 (Choi 2000), for want of a package that has it; NLTK's TextTiling, which deletes every letter but a to z
and cuts by twenty words, not by units. ruptures and textsplit have no default penalty, so they are only run tuned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate, product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..partition import search
from .probing import KernelGain
from .vectors import ngrams

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]
Setting = Mapping[str, Any]
Cut = Callable[..., list[int]]

MARK = "\ue000"
ENDLESS = 10**9
"""Size of a chunk where a peer's limit is lifted: a limit on the length of a chunk says nothing about stories."""


@dataclass(frozen=True)
class Peer:
    """A way to cut, and how it is tuned.

    Parameters
    ----------
    name : str
    package : str or None
        The distribution that must be installed; None for what needs no other.
    cut : callable
        ``cut(units, encode, **setting)``: the units at which a segment begins, increasing, in ``1 .. n-1``.
    grid : sequence of mapping
        The settings out of which one is chosen on the half of the dumps that is for tuning.
    has_default : bool
        Whether it can be run with no setting.
    embeds : bool
        Whether it is run with several embeddings.
    """

    name: str
    package: str | None
    cut: Cut
    grid: tuple[Setting, ...] = ()
    has_default: bool = True
    embeds: bool = True

    @property
    def version(self) -> str | None:
        """Version of the package; empty if it needs none, None if it is not installed."""
        if self.package is None:
            return ""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None


def grid(**values: Sequence[Any]) -> tuple[Setting, ...]:
    """Every combination of the values."""
    return tuple(dict(zip(values, combination, strict=True)) for combination in product(*values.values()))


def own_tfidf(units: Sequence[str], _: Encode, penalty: float = 1.0) -> list[int]:
    """The best partition under the kernel of the dump's own TF-IDF; all there is to set is what a boundary costs."""
    gain = KernelGain(ngrams().fit_transform(units))
    gain.penalty = penalty
    starts: list[int] = search(len(units), gain).starts[1:].tolist()
    return starts


def lists(vectors: Vectors) -> list[list[float]]:
    """Vectors as most of the libraries want them."""
    rows: list[list[float]] = vectors.tolist()
    return rows


def langchain(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """SemanticChunker: distances of neighbouring windows above a threshold taken from the distances of the dump."""
    from langchain_experimental.text_splitter import SemanticChunker

    chunker = SemanticChunker(_langchain_embeddings()(encode), sentence_split_regex=f"(?<!^)(?={MARK})", **setting)
    return _by_marks(chunker.split_text("".join(_marked(units))))


def llama_index(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """SemanticSplitterNodeParser: the same idea, always with a percentile."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SemanticSplitterNodeParser

    pieces = [unit + " " for unit in _marked(units)]  # its windows are joined by nothing
    parser = SemanticSplitterNodeParser(embed_model=_llama_embedding()(encode), sentence_splitter=lambda _: pieces,
                                        include_metadata=False, include_prev_next_rel=False, **setting)  # fmt: skip
    nodes = parser.build_semantic_nodes_from_documents([Document(text="".join(pieces))])
    return _by_marks([node.text for node in nodes])


def chonkie(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """SemanticChunker: minima of the smoothed likeness of a window and the sentence that follows it."""
    from chonkie import SemanticChunker

    chunker = SemanticChunker(_chonkie_embeddings()(encode), delim=MARK, include_delim="next",
                              min_characters_per_sentence=1, **setting)  # fmt: skip
    return _by_marks([chunk.text for chunk in chunker.chunk(" ".join(_marked(units)))])


def consecutive(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """semantic-chunkers, ConsecutiveChunker: neighbours less alike than a threshold."""
    from semantic_chunkers.chunkers import ConsecutiveChunker, consecutive

    consecutive.tqdm = iter  # it draws a bar for every dump
    chunker = ConsecutiveChunker(_router_encoder()(encode), **setting)
    with np.errstate(invalid="ignore"):  # a unit in which the embedding finds nothing is like no other
        return _starts(len(chunk.splits) for chunk in chunker([list(units)])[0])


def statistical(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """semantic-chunkers, StatisticalChunker: a threshold that makes chunks of the wanted number of tokens.

    Its tokens are words here, for the vocabulary it counts with (tiktoken) is a download.
    """
    from semantic_chunkers.chunkers import StatisticalChunker, statistical

    statistical.tqdm = iter
    statistical.tiktoken_length = lambda text: len(text.split())
    chunks = StatisticalChunker(_router_encoder()(encode), **setting)._chunk(list(units))  # called, it splits strings
    return _starts(len(chunk.splits) for chunk in chunks)


def ruptures(units: Sequence[str], encode: Encode, *, pen: float, min_size: int) -> list[int]:
    """KernelCPD with the cosine kernel: the best partition for a penalty."""
    from ruptures import KernelCPD
    from ruptures.exceptions import BadSegmentationParameters

    try:
        ends = KernelCPD("cosine", min_size=min_size).fit(_solid(encode(units))).predict(pen=pen)
    except BadSegmentationParameters:  # too few units for two segments
        return []
    return [int(end) for end in ends[:-1]]


def textsplit(units: Sequence[str], encode: Encode, *, penalty: float) -> list[int]:
    """split_optimal: the best partition for a penalty, where a segment is worth the length of its sum of vectors."""
    from textsplit.algorithm import split_optimal

    return [int(start) for start in split_optimal(_solid(encode(units)), penalty).splits]


def wordllama(units: Sequence[str], encode: Encode, **setting: Any) -> list[int]:
    """WordLlama.split from its lines on: minima of the smoothed likeness of a window, in chunks of bounded size."""
    from wordllama.algorithms.semantic_splitter import SemanticSplitter

    options: dict[str, Any] = {"target_size": 1536, "window_size": 3, "poly_order": 2, "savgol_window": 3, **setting}
    # `split` cuts lines that are longer than a chunk before it comes to this; here a unit stays one line, shortened,
    # since only its length counts from here on.
    lines = [unit[: options["target_size"]] for unit in _marked(units)]
    if len(lines) <= max(options["window_size"], options["savgol_window"]):  # its filter needs more
        return []
    return _by_marks(SemanticSplitter.reconstruct(lines, encode(units), **options))


def wordllama_own(units: Sequence[str], _: Encode, **setting: Any) -> list[int]:
    """The same with the embedding that WordLlama brings along."""
    return wordllama(units, lambda texts: _wordllama_model().embed(list(texts), norm=True), **setting)


def _marked(units: Sequence[str]) -> list[str]:
    return [MARK + unit.replace(MARK, " ") for unit in units]


def _by_marks(chunks: Sequence[str]) -> list[int]:
    return _starts(chunk.count(MARK) for chunk in chunks)


def _starts(lengths: Iterable[int]) -> list[int]:
    ends = list(accumulate(lengths))
    return sorted({end for end in ends[:-1] if 0 < end < ends[-1]})


def _unmarked(texts: Sequence[str]) -> list[str]:
    """What the embedding sees: no marks, and the same text for the same units whoever joined them."""
    return [" ".join(text.replace(MARK, " ").split()) for text in texts]


def _solid(vectors: Vectors) -> NDArray[np.float64]:
    """With one more dimension for units in which the embedding finds nothing, since a kernel has no angle for 0."""
    return np.hstack([vectors, ~vectors.any(axis=1, keepdims=True)]).astype(np.float64)


# The peers want embeddings of classes of their own. Made in functions, since their bases may not be installed.


@cache
def _langchain_embeddings() -> Callable[[Encode], Any]:
    from langchain_core.embeddings import Embeddings

    class Ours(Embeddings):
        def __init__(self, encode: Encode) -> None:
            self._encode = encode

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return lists(self._encode(_unmarked(texts)))

        def embed_query(self, text: str) -> list[float]:
            return self.embed_documents([text])[0]

    return Ours


@cache
def _llama_embedding() -> Callable[[Encode], Any]:
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.bridge.pydantic import PrivateAttr

    class Ours(BaseEmbedding):
        _encode: Any = PrivateAttr()

        def __init__(self, encode: Encode) -> None:
            super().__init__(model_name="given", embed_batch_size=64)
            self._encode = encode

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return lists(self._encode(_unmarked(texts)))

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        _get_query_embedding = _get_text_embedding

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    return Ours


@cache
def _chonkie_embeddings() -> Callable[[Encode], Any]:
    from chonkie.embeddings import BaseEmbeddings

    class Ours(BaseEmbeddings):
        dimension = 0

        def __init__(self, encode: Encode) -> None:
            super().__init__()
            self._encode = encode

        def embed(self, text: str) -> Vectors:
            return self.embed_batch([text])[0]

        def embed_batch(self, texts: list[str]) -> list[Vectors]:
            return list(self._encode(_unmarked(texts)))

        def similarity(self, u: Vectors, v: Vectors) -> np.float32:
            return np.float32(u @ v)  # rows of unit length, or 0

        def get_tokenizer(self) -> Callable[[str], int]:
            return lambda text: len(text.split())

    return Ours


@cache
def _router_encoder() -> Callable[[Encode], Any]:
    from semantic_router.encoders.base import DenseEncoder

    class Ours(DenseEncoder):
        encode: Any
        score_threshold: float | None = None

        def __call__(self, docs: list[str]) -> list[list[float]]:
            return lists(self.encode(docs))

    return lambda encode: Ours(name="given", encode=encode)


@cache
def _wordllama_model() -> Any:
    import wordllama
    from wordllama import WordLlama

    # The wheel brings weights and vocabulary, but the second is only looked for in a cache.
    return WordLlama.load(cache_dir=Path(wordllama.__file__).parent, disable_download=True)


PEERS: tuple[Peer, ...] = (
    Peer("TF-IDF of the dump itself", None, own_tfidf, grid(penalty=(0.9, 1.0, 1.1, 1.2, 1.3, 1.5)), embeds=False),
    Peer(
        "LangChain SemanticChunker", "langchain-experimental", langchain,
        grid(breakpoint_threshold_type=["percentile"], breakpoint_threshold_amount=(75, 85, 90, 95, 98, 99))
        + grid(breakpoint_threshold_type=["standard_deviation"], breakpoint_threshold_amount=(1, 1.5, 2, 2.5, 3, 4))
        + grid(breakpoint_threshold_type=["interquartile"], breakpoint_threshold_amount=(1, 1.5, 2)),
    ),
    Peer("LlamaIndex SemanticSplitter", "llama-index-core", llama_index,
         grid(breakpoint_percentile_threshold=(75, 80, 85, 90, 95, 98, 99, 100))),
    Peer("chonkie SemanticChunker", "chonkie", chonkie,
         grid(threshold=(0.02, 0.05, 0.1, 0.2, 0.4), similarity_window=(1, 3), chunk_size=[ENDLESS])),
    Peer("semantic-chunkers Consecutive", "semantic-chunkers", consecutive,
         grid(score_threshold=(-0.1, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4))),
    Peer("semantic-chunkers Statistical", "semantic-chunkers", statistical,
         tuple({"min_split_tokens": low, "max_split_tokens": high}
               for low, high in ((100, 600), (200, 1200), (400, 2400), (800, 4800), (1600, 9600)))),
    Peer("ruptures KernelCPD", "ruptures", ruptures,
         grid(pen=(0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0), min_size=(1, 2)), has_default=False),
    Peer("textsplit split_optimal", "textsplit", textsplit,
         grid(penalty=(0.7, 0.9, 1.1, 1.4, 1.8, 2.2)), has_default=False),
    Peer("WordLlama split", "wordllama", wordllama,
         grid(max_score_pct=(0.02, 0.05, 0.1, 0.2), window_size=(3, 5), target_size=[ENDLESS])),
    Peer("WordLlama split, its embedding", "wordllama", wordllama_own,
         grid(max_score_pct=(0.02, 0.05, 0.1, 0.2), window_size=(3, 5), target_size=[ENDLESS]), embeds=False),
)  # fmt: skip
