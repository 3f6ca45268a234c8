"""Train the model of how stories open, on the passages that the embedding is trained on.

First tokens of titles and first paragraphs against those of later paragraphs and of sentences within paragraphs: a
logistic regression over (place, token). It sees three tokens, so that it learns manners of speaking, not subjects.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from tokenizers import Tokenizer

from ..openings import FIRST_TOKENS, FULL
from .embedding import Passages

STOPS = ".!?؟۔।。！？"
MOST = 300_000
"""Examples of each of the three sorts."""

PENALTY = 0.03
"""Inverse strength of the ridge. Of .001 to 1 it was best on sources left out (area under the curve .71 to .92 in
Arabic, English and French by source, .60 to .73 in German)."""

LEAST_ODDS, MOST_ODDS = -3.0, 5.0


def train_openings(passages: Passages, tokenizer: Tokenizer, *, seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Log odds as `segmenter.openings.OpeningModel` takes them, before rounding.

    Returns
    -------
    dict
        ``first`` of shape (FIRST_TOKENS, n_tokens), ``word`` of shape (n_tokens,), ``bias`` of shape (1,).
    """
    size, vocabulary = tokenizer.get_vocab_size(), tokenizer.get_vocab()
    random = np.random.default_rng(seed)
    sorts = _places(passages, vocabulary, size)
    firsts = sorts[0]
    chosen = [random.permutation(places)[:MOST] for places in sorts]
    places = np.concatenate(chosen)
    ids = np.stack([passages.tokens[places + j] + j * size for j in range(FIRST_TOKENS)], axis=1)
    counts = csr_matrix((np.ones(ids.size, dtype=np.float32), ids.ravel(), np.arange(0, ids.size + 1, FIRST_TOKENS)),
                        shape=(len(ids), FIRST_TOKENS * size))  # fmt: skip
    opens = np.repeat([1, 0, 0], [len(part) for part in chosen])
    model = LogisticRegression(C=PENALTY, class_weight="balanced", max_iter=200).fit(counts, opens)
    first = model.coef_.reshape(FIRST_TOKENS, size).astype(np.float32)
    word = _word_odds(passages, firsts, vocabulary, size)
    return {"first": first, "word": word, "bias": model.intercept_.astype(np.float32)}


def _places(passages: Passages, vocabulary: dict[str, int], size: int) -> tuple[NDArray[np.int64], ...]:
    """Where titles and first paragraphs begin, later paragraphs, and sentences within paragraphs."""
    starts, ends = passages.offsets[:-1], passages.offsets[1:]
    opens = np.zeros(len(starts), dtype=bool)
    titles = passages.first[:-1][passages.titled]
    bodies = passages.first[:-1] + passages.titled
    opens[titles] = True
    opens[bodies[bodies < passages.first[1:]]] = True
    full = ends - starts >= FIRST_TOKENS
    stops = np.zeros(size, dtype=bool)
    stops[[vocabulary[stop] for stop in STOPS if stop in vocabulary]] = True
    after = np.flatnonzero(stops[passages.tokens]) + 1
    within = np.searchsorted(passages.offsets, after, side="right") - 1
    after, within = after[within < len(starts)], within[within < len(starts)]
    titled = np.zeros(len(starts), dtype=bool)
    titled[titles] = True
    inner = after[(after + FIRST_TOKENS <= ends[within]) & ~titled[within]]
    return starts[opens & full], starts[~opens & full], inner


def _word_odds(passages: Passages, firsts: NDArray[np.int64], vocabulary: dict[str, int],
               size: int) -> NDArray[np.float32]:  # fmt: skip
    """Log odds of a word to stand first in a story against anywhere; the least for what is no beginning of a word."""
    first = np.bincount(passages.tokens[firsts], minlength=size).astype(float)
    anywhere = np.bincount(passages.tokens, minlength=size).astype(float)
    part = np.zeros(size, dtype=bool)
    part[[number for token, number in vocabulary.items() if token.startswith("##") or not token[:1].isalnum()]] = True
    first[part] = anywhere[part] = 0.0
    share = first.sum() / anywhere.sum()
    odds = np.log((first + 2 * share) / (anywhere + 2)) - np.log(share)
    return np.where(part, LEAST_ODDS, np.clip(odds, LEAST_ODDS, MOST_ODDS)).astype(np.float32)


def save_openings(model: dict[str, NDArray[np.float32]], folder: Path) -> None:
    """Write the model in 8 bits, with one scale for each place."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = np.vstack([model["first"], model["word"][None]])
    scale = (np.abs(rows).max(axis=1) / FULL).astype(np.float32)
    small = np.rint(rows / scale[:, None]).astype(np.int8)
    save_file({"first": small[:-1], "word": small[-1], "scale": scale}, folder / "model.safetensors")
    config = {"bias": round(float(model["bias"][0]), 6), "first_tokens": FIRST_TOKENS}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
