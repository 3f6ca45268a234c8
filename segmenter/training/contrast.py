"""Token vectors by contrast, with a teacher beside it.

Two passages of one article are a pair; the other pairs of the batch, of the same language, are the negatives (InfoNCE,
van den Oord et al. 2018, in both directions). A passage is the sum of its token vectors, each scaled by the token's
inverse document frequency; a share of the tokens is dropped so that no single name carries the match. The title serves
as a passage too, so that headlines land beside their stories.

Articles teach which words go together in the news; of a language with few articles they teach little. So each step
also holds sentences that a transformer has read: a linear image of their vectors is drawn to its vectors (by cosine,
and by telling them from each other). That brings languages together as well, since the teacher's space is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from torch import Tensor

from .corpora import Article
from .embedding import Passages

TAUGHT = 1_024
"""Sentences of the teacher in each step."""

TAUGHT_DROPOUT, TAUGHT_RATE, TAUGHT_TEMPERATURE = 0.1, 2e-3, 0.07
COSINE_WEIGHT = 4.0
WARM_UP, LEAST_RATE = 100, 0.02
MOMENTUM, SQUARES = 0.9, 0.999


@dataclass(frozen=True)
class Lessons:
    """What the teacher says.

    Attributes
    ----------
    tokens : list of ndarray of int
        The tokens of each sentence, in the vocabulary that is trained.
    vectors : ndarray of shape (len(tokens), d)
        The teacher's vectors, centred and of unit length.
    """

    tokens: list[NDArray[np.int32]]
    vectors: NDArray[np.float32]


class _Rows:
    """Token vectors with Adam (Kingma and Ba 2015), for the rows that a step touches."""

    def __init__(self, rows: NDArray[np.float32]) -> None:
        self.rows = rows
        self._mean, self._square = np.zeros_like(rows), np.zeros_like(rows)

    def update(self, touched: NDArray[np.int64], gradient: NDArray[np.float32], rate: float, step: int) -> None:
        mean = MOMENTUM * self._mean[touched] + (1 - MOMENTUM) * gradient
        square = SQUARES * self._square[touched] + (1 - SQUARES) * gradient**2
        self._mean[touched], self._square[touched] = mean, square
        rate *= float(np.sqrt(1 - SQUARES ** (step + 1)) / (1 - MOMENTUM ** (step + 1)))
        self.rows[touched] -= np.float32(rate) * mean / (np.sqrt(square) + np.float32(1e-8))


def train_vectors(articles: Sequence[Article], passages: Passages, idf: NDArray[np.float32], *,
                  lessons: Lessons | None = None, lessons_weight: float = 1.5, dimension: int = 256,
                  steps: int = 2_500, batch: int = 1_024, rate: float = 0.015, temperature: float = 0.05,
                  dropout: float = 0.3, seed: int = 0,
                  log: Callable[[str], None] | None = None) -> NDArray[np.float32]:  # fmt: skip
    """Token vectors, already scaled by `idf`; shape (n_tokens, dimension)."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    groups = _groups(articles, passages)
    names = sorted(groups)
    share = np.array([len(groups[name]) for name in names], dtype=float) ** 0.7
    share /= share.sum()
    table = _Rows((random.standard_normal((len(idf), dimension)) * dimension**-0.5).astype(np.float32))
    image = torch.nn.Linear(dimension, lessons.vectors.shape[1] if lessons else 1, bias=False)
    optimizer = torch.optim.Adam(image.parameters(), lr=TAUGHT_RATE)
    running = np.zeros(2)
    for step in range(steps):
        pace = min(1.0, (step + 1) / WARM_UP) * max(LEAST_RATE, 1.0 - step / steps)
        members = groups[names[int(random.choice(len(names), p=share))]]
        chosen = random.choice(members, size=min(batch, len(members)), replace=False)
        drawn = [passages.draw(int(article), random) for article in chosen]
        pairs = len(drawn)
        texts = [first for first, _ in drawn] + [second for _, second in drawn]
        taught = random.permutation(len(lessons.tokens))[:TAUGHT] if lessons else np.zeros(0, dtype=np.int64)
        if lessons:
            texts += [lessons.tokens[i] for i in taught]
        drop = np.where(np.arange(len(texts)) < 2 * pairs, dropout, TAUGHT_DROPOUT)
        counts, touched = _counts(texts, idf, drop, random)
        sums = torch.from_numpy(counts @ table.rows[touched]).requires_grad_(True)
        unit = F.normalize(sums, dim=1)
        loss = _match(unit[:pairs], unit[pairs : 2 * pairs], temperature)
        running[0] += loss.item()
        if lessons:
            lesson = _lesson(image(unit[2 * pairs :]), torch.from_numpy(lessons.vectors[taught]))
            running[1] += lesson.item()
            loss = loss + lessons_weight * lesson
        optimizer.param_groups[0]["lr"] = TAUGHT_RATE * pace
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        assert sums.grad is not None
        table.update(touched, counts.T @ sums.grad.numpy(), rate * pace, step)
        if log and (step + 1) % 100 == 0:
            log(f"step {step + 1}/{steps}: contrast {running[0] / 100:.3f}, lessons {running[1] / 100:.3f}")
            running[:] = 0.0
    return table.rows * idf[:, None]


def _counts(texts: Sequence[NDArray[np.int32]], idf: NDArray[np.float32], drop: NDArray[np.float64],
            random: np.random.Generator) -> tuple[csr_matrix, NDArray[np.int64]]:  # fmt: skip
    """Weights of the tokens in each text, shape (n_texts, n_touched), and which tokens these are."""
    sizes = np.array([len(text) for text in texts])
    flat = np.concatenate(texts).astype(np.int64)
    keep = random.random(len(flat)) >= np.repeat(drop, sizes)
    touched, columns = np.unique(flat, return_inverse=True)
    values = (idf[flat] * keep).astype(np.float32)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return csr_matrix((values, columns, starts), shape=(len(texts), len(touched))), touched


def _match(left: Tensor, right: Tensor, temperature: float) -> Tensor:
    logits = left @ right.T / temperature
    target = torch.arange(len(left))
    return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


def _lesson(image: Tensor, teacher: Tensor) -> Tensor:
    image = F.normalize(image, dim=1)
    apart = F.cross_entropy(image @ teacher.T / TAUGHT_TEMPERATURE, torch.arange(len(image)))
    return apart + COSINE_WEIGHT * (1.0 - (image * teacher).sum(dim=1)).mean()


def _groups(articles: Sequence[Article], passages: Passages) -> dict[str, NDArray[np.int64]]:
    """Articles with at least two passages, by language: the negatives of a batch share it."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, article in enumerate(articles):
        if passages.first[number + 1] - passages.first[number] >= 2:
            groups[article.language].append(number)
    return {name: np.array(members) for name, members in groups.items() if len(members) >= 64}
