"""Train the decision where stories begin: a semi-Markov model over the blocks that may belong to one."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor, nn

from ..boundaries import SEGMENT_FEATURES, TEXT_STATISTICS, prepare, segment_features, sums
from .examples import Example
from .networks import TorchSequenceNetwork

PRIOR = -0.6
"""Log odds added to every boundary: on outlets that no model has read, blocks of one story are less alike than in
training. Chosen on the development dumps (-0.4 to -1.2 are as good; without it one single story in 30 is cut)."""

LONGEST = 140
"""Dumps with more blocks are left out of training: its cost grows with their square."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dump with all its segments: features of shape (m, m + 1, F) for start and end, and the true starts."""

    inputs: NDArray[np.float32]
    segments: NDArray[np.float32]
    statistics: NDArray[np.float32]
    truth: NDArray[np.intp]


def prepare_all(examples: Sequence[Example], kinds: Sequence[NDArray[np.float32]]) -> list[Prepared]:
    """What the model is trained on; dumps that are too long or hold no story are left out."""
    out = []
    for example, probability in zip(examples, kinds, strict=True):
        (sequence,) = prepare([example.evidence], [probability])
        m = len(sequence.index)
        if not 1 <= m <= LONGEST:
            continue
        story = example.story[sequence.index]
        known = np.flatnonzero(story >= 0)
        changes = known[1:][story[known[1:]] != story[known[:-1]]]
        total, weights = sums(sequence.vectors, sequence.weight), np.concatenate([[0.0], np.cumsum(sequence.weight)])
        gram = total @ total.T
        square = np.diag(gram)
        a, b = np.meshgrid(np.arange(m), np.arange(m + 1), indexing="ij")
        squares = np.maximum(square[b] + square[a] - 2 * gram[a, b], 0.0)
        valid = b > a
        chars = np.where(valid, sequence.ends[np.maximum(b - 1, 0)] - sequence.starts[a], 1)
        features = segment_features(squares, np.where(valid, weights[b] - weights[a], 1.0), chars.astype(float),
                                    np.where(valid, b - a, 1).astype(float))  # fmt: skip
        features[~valid] = 0.0
        truth = np.concatenate([[0], changes]).astype(np.intp)
        out.append(Prepared(sequence.inputs, features.astype(np.float32), sequence.statistics, truth))
    return out


class SemiMarkov(nn.Module):
    """The score of `segmenter.boundaries.BoundaryModel` in torch, with the log probability of a partition."""

    def __init__(self, inputs: int, *, hidden: int = 24) -> None:
        super().__init__()
        self.gap = TorchSequenceNetwork(inputs, 1, hidden=48, depth=3, dropout=0.1)
        self.hidden = nn.Linear(len(SEGMENT_FEATURES) + len(TEXT_STATISTICS), hidden)
        self.output = nn.Linear(hidden, 1, bias=False)
        self.linear = nn.Linear(len(SEGMENT_FEATURES), 1, bias=False)
        nn.init.zeros_(self.linear.weight)
        with torch.no_grad():
            self.linear.weight[0, 0] = 2.0

    def worth(self, batch: Sequence[Prepared]) -> tuple[Tensor, Tensor]:
        """Worth of every segment, shape (batch, n, n + 1), and the lengths."""
        n = max(len(p.inputs) for p in batch)
        x = torch.zeros(len(batch), n, batch[0].inputs.shape[1])
        mask = torch.zeros(len(batch), n)
        segments = torch.zeros(len(batch), n, n + 1, len(SEGMENT_FEATURES))
        for row, p in enumerate(batch):
            m = len(p.inputs)
            x[row, :m], mask[row, :m] = torch.from_numpy(p.inputs), 1.0
            segments[row, :m, : m + 1] = torch.from_numpy(p.segments)
        statistics = torch.from_numpy(np.stack([p.statistics for p in batch]))
        gaps = self.gap(x, mask)[:, :, 0].clone()
        gaps[:, 0] = 0.0
        split = len(SEGMENT_FEATURES)
        shared = statistics @ self.hidden.weight[:, split:].T + self.hidden.bias
        inner = torch.tanh(segments @ self.hidden.weight[:, :split].T + shared[:, None, None])
        worth = (inner @ self.output.weight.T + segments @ self.linear.weight.T)[..., 0] + gaps[:, :, None]
        return worth, torch.tensor([len(p.inputs) for p in batch])

    def loss(self, batch: Sequence[Prepared]) -> Tensor:
        """Mean negative log probability of the true partitions.

        Its gradient with respect to the worth of a segment is the segment's posterior probability less 1 where it is
        true; that is used as it stands, which spares backpropagation through the recursion.
        """
        worth, lengths = self.worth(batch)
        with torch.no_grad():
            posterior, total = segment_posteriors(worth, lengths)
            rows, starts, ends = [], [], []
            for row, p in enumerate(batch):
                rows += [row] * len(p.truth)
                starts += p.truth.tolist()
                ends += [*p.truth[1:].tolist(), len(p.inputs)]
            value = (total.sum() - worth[rows, starts, ends].sum()) / len(batch)
            posterior[rows, starts, ends] -= 1.0
        surrogate = (worth * posterior).sum() / len(batch)
        return surrogate + (value - surrogate).detach()


def segment_posteriors(worth: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
    """Posterior probability of every segment, as `worth`, and the log sum over all partitions, one a row."""
    size, n, _ = worth.shape
    low = -1e9
    forward = torch.full((size, n + 1), low)
    backward = torch.full((size, n + 1), low)
    forward[:, 0] = 0.0
    backward[torch.arange(size), lengths] = 0.0
    for end in range(1, n + 1):
        forward[:, end] = torch.logsumexp(forward[:, :end] + worth[:, :end, end], dim=1)
    for start in range(n - 1, -1, -1):
        onward = torch.logsumexp(worth[:, start, start + 1 :] + backward[:, start + 1 :], dim=1)
        backward[:, start] = torch.where(start < lengths, onward, backward[:, start])
    total = backward[:, 0]
    logs = forward[:, :n, None] + worth + backward[:, None, :] - total[:, None, None]
    upper = torch.ones(n, n + 1).triu(1)
    return torch.exp(logs.clamp(max=0.0)) * upper, total


def train_boundaries(prepared: Sequence[Prepared], *, epochs: int = 12, rate: float = 3e-3, batch: int = 32,
                     seed: int = 0, log: Callable[[str], None] | None = None) -> SemiMarkov:  # fmt: skip
    """Maximise the probability of the true partitions."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = SemiMarkov(prepared[0].inputs.shape[1])
    model.gap.standardise(np.concatenate([p.inputs for p in prepared[:1500]]))
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-3)
    steps = epochs * (len(prepared) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)
    for epoch in range(epochs):
        model.train()
        order = np.argsort([len(p.inputs) + random.random() * 4 for p in prepared], kind="stable")
        chunks = [order[i : i + batch] for i in range(0, len(order), batch)]
        random.shuffle(chunks)
        losses = []
        for chosen in chunks:
            loss = model.loss([prepared[i] for i in chosen])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if log:
            log(f"boundaries, epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}")
    return model.eval()


def save_boundaries(model: SemiMarkov, folder: Path) -> None:
    """Write the decision."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"gap.{name}": value for name, value in model.gap.tensors().items()}
    for name in ("hidden", "output", "linear"):
        for part, value in getattr(model, name).state_dict().items():
            tensors[f"segment.{name}.{part}"] = value.detach().numpy().astype(np.float32)
    save_file(tensors, folder / "model.safetensors")
    config = {"prior": PRIOR, "statistics": list(TEXT_STATISTICS), "segment_features": list(SEGMENT_FEATURES)}
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
