"""What the shipped embedding is made of: a tokenizer, the passages it is trained on, and its file.

`contrast` trains the vectors. The result is a folder in the layout of model2vec: int8 rows with one weight a token, and
a tokenizer file that holds the normalisation of Arabic, so that any loader gets it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from .corpora import Article

UNKNOWN, PADDING = "[UNK]", "[PAD]"
VOCABULARY = 72_000
VOCABULARY_CHARS = {"ar": 60_000_000, "en": 40_000_000, "fr": 25_000_000}  # other languages: 8 million each
PASSAGE_TOKENS = 96

# What sentence-transformers (6.2 or later, which applies the weights of the rows) makes of the folder. It imports these
# names without a warning; the older `sentence_transformers.models` is on its way out.
MODULES = [
    {"idx": idx, "name": str(idx), "path": path, "type": f"sentence_transformers.sentence_transformer.modules.{kind}"}
    for idx, (path, kind) in enumerate([("", "StaticEmbedding"), ("1_Normalize", "Normalize")])
]

# Letters that Arabic writers use one for the other, and marks that they leave out or put in at will.
ARABIC = (
    (r"[\u064B-\u065F\u0610-\u061A\u06D6-\u06DC\u06DF-\u06E8\u06EA-\u06ED\u0640\u0670]", ""),
    (r"[\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\u00AD]", ""),
    (r"[أإآٱ]", "ا"),
    (r"[ىی]", "ي"),
    (r"ؤ", "و"),
    (r"ئ", "ي"),
    (r"ة", "ه"),
    (r"ک", "ك"),
)


def train_tokenizer(articles: Sequence[Article], *, vocabulary: int = VOCABULARY) -> Tokenizer:
    """A WordPiece tokenizer with one vocabulary for all languages, each given a fixed share of the training text."""
    tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN, max_input_chars_per_word=64))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.NFKC(),
        normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=False, lowercase=True),
        *(normalizers.Replace(Regex(pattern), by) for pattern, by in ARABIC),
    ])  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(vocab_size=vocabulary, special_tokens=[PADDING, UNKNOWN], min_frequency=4,
                                        limit_alphabet=6_000, show_progress=False)  # fmt: skip
    tokenizer.train_from_iterator(_vocabulary_text(articles), trainer)
    return tokenizer


def _vocabulary_text(articles: Sequence[Article]) -> Iterator[str]:
    used: dict[str, int] = defaultdict(int)
    for article in articles:
        if used[article.language] < VOCABULARY_CHARS.get(article.language, 8_000_000):
            text = "\n".join((article.title, *article.paragraphs))
            used[article.language] += len(text)
            yield text


class Passages:
    """The passages of all articles as one array of token numbers.

    Attributes
    ----------
    tokens : ndarray of int32
        All passages, one after the other.
    offsets : ndarray of int64, shape (n_passages + 1,)
    first : ndarray of int64, shape (n_articles + 1,)
        Passage at which an article begins. Its title, where it has one, comes first.
    """

    def __init__(self, articles: Sequence[Article], tokenizer: Tokenizer) -> None:
        tokens: list[NDArray[np.int32]] = []
        sizes, counts = [], []
        unknown = tokenizer.token_to_id(UNKNOWN)
        self.titled = np.array([bool(article.title) for article in articles])
        for start in range(0, len(articles), 2_000):
            batch = articles[start : start + 2_000]
            texts = [text for a in batch for text in (*((a.title,) if a.title else ()), *a.paragraphs)]
            for encoding in tokenizer.encode_batch_fast(texts, add_special_tokens=False):
                ids = np.asarray(encoding.ids[:PASSAGE_TOKENS], dtype=np.int32)
                ids = ids[ids != unknown]
                tokens.append(ids)
                sizes.append(len(ids))
            counts += [len(a.paragraphs) + bool(a.title) for a in batch]
        self.tokens = np.concatenate(tokens)
        self.offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self.first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def idf(self, size: int) -> NDArray[np.float32]:
        """Inverse document frequency of every token, a passage being a document; 0 for tokens never seen."""
        frequency = np.zeros(size, dtype=np.int64)
        for start, end in zip(self.offsets[:-1], self.offsets[1:], strict=True):
            frequency[np.unique(self.tokens[start:end])] += 1
        idf = np.log((len(self.offsets) + 1) / (frequency + 1.0)) / np.log(len(self.offsets) + 1)
        return np.where(frequency > 0, idf, 0.0).astype(np.float32)

    def draw(self, article: int, random: np.random.Generator) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Two passages of an article; one of them may be its title, either may be cut short."""
        low, high = self.first[article], self.first[article + 1]
        body = low + int(self.titled[article])
        if body < high and body > low and (random.random() < 0.15 or high - body < 2):
            pair = (low, int(random.integers(body, high)))
        else:
            a = int(random.integers(body, high))
            b = int(random.integers(body, high - 1))
            pair = (a, b + (b >= a))
        return self._cut(pair[0], random), self._cut(pair[1], random)

    def _cut(self, passage: int, random: np.random.Generator) -> NDArray[np.int32]:
        ids = self.tokens[self.offsets[passage] : self.offsets[passage + 1]]
        if len(ids) > 16 and random.random() < 0.4:
            size = int(random.integers(10, min(len(ids), 48)))
            start = int(random.integers(0, len(ids) - size + 1))
            ids = ids[start : start + size]
        return ids


def save_embedding(folder: Path, tokenizer: Tokenizer, vectors: NDArray[np.float32]) -> None:
    """Write the model in model2vec's layout: int8 rows, one float weight a token.

    The row of the unknown token is zero in the file itself: it says nothing, and not every loader leaves it out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scale = np.abs(vectors).max(axis=1) / 127.0
    unknown = tokenizer.token_to_id(UNKNOWN)
    if unknown is not None:
        scale[unknown] = 0.0
    rows = np.rint(vectors / np.maximum(scale, 1e-12)[:, None])
    rows[scale == 0.0] = 0.0
    tensors = {"embeddings": rows.astype(np.int8), "weights": scale.astype(np.float32)}
    save_file(tensors, folder / "model.safetensors")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"model_type": "model2vec", "architectures": ["StaticModel"], "normalize": True,
              "hidden_dim": int(vectors.shape[1]), "seq_length": 1_000_000}  # fmt: skip
    _write_json(folder / "config.json", config)
    _write_json(folder / "modules.json", MODULES)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
