"""Train the classifier of kinds on synthetic dumps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from ..cues import BUCKETS
from ..document import KINDS
from .examples import Example
from .networks import TorchSequenceNetwork

BAG = 16


def batches(examples: Sequence[Example], size: int, random: np.random.Generator) -> Iterator[list[int]]:
    """Numbers of examples of about the same length, in random order."""
    order = np.argsort([len(e) + random.random() * 4 for e in examples], kind="stable")
    chunks = [order[i : i + size].tolist() for i in range(0, len(order), size)]
    random.shuffle(chunks)
    yield from chunks


def padded(examples: Sequence[Example], random: np.random.Generator | None = None
           ) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor], Tensor]:  # fmt: skip
    """Inputs, mask, n-grams and kinds of a batch; kinds are -100 where no block stands.

    With `random` some n-grams of each block are left out, now and then all of them.
    """
    longest = max(len(e) for e in examples)
    x = np.zeros((len(examples), longest, examples[0].inputs.shape[1]), dtype=np.float32)
    mask = np.zeros((len(examples), longest), dtype=np.float32)
    kinds = np.full((len(examples), longest), -100, dtype=np.int64)
    for row, example in enumerate(examples):
        n = len(example)
        x[row, :n], mask[row, :n], kinds[row, :n] = example.inputs, 1.0, example.kind
    grams = np.concatenate([e.bags[0] for e in examples]).astype(np.int64)
    sizes = np.concatenate([np.diff(e.bags[1]) for e in examples])
    if random is not None:
        share = random.choice((0.1, 0.3, 0.6, 1.0), size=len(sizes), p=(0.4, 0.3, 0.2, 0.1))
        owner = np.repeat(np.arange(len(sizes)), sizes)
        keep = random.random(len(grams)) >= share[owner]
        grams, sizes = grams[keep], np.bincount(owner[keep], minlength=len(sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    return (
        torch.from_numpy(x),
        torch.from_numpy(mask),
        (torch.from_numpy(grams), torch.from_numpy(starts)),
        torch.from_numpy(kinds),
    )


def train_kinds(examples: Sequence[Example], *, epochs: int = 12, rate: float = 2e-3, batch: int = 48, seed: int = 0,
                log: Callable[[str], None] | None = None) -> TorchSequenceNetwork:  # fmt: skip
    """Train on examples; a share of the n-grams is dropped so that the model learns to do without known wordings."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    model = TorchSequenceNetwork(examples[0].inputs.shape[1], len(KINDS), buckets=BUCKETS, bag=BAG, hidden=72, depth=3)
    model.standardise(np.concatenate([e.inputs for e in examples[:1500]]))
    counts = np.bincount(np.concatenate([e.kind for e in examples]), minlength=len(KINDS))
    weight = torch.from_numpy((counts.sum() / np.maximum(1, counts)) ** 0.3).float()
    weight /= float((weight * torch.from_numpy(counts)).sum() / counts.sum())
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=1e-3)
    steps = epochs * (len(examples) // batch + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps + 1)

    for epoch in range(epochs):
        model.train()
        losses = []
        for chosen in batches(examples, batch, random):
            x, mask, bags, kinds = padded([examples[i] for i in chosen], random)
            scores = model(x, mask, bags)
            loss = F.cross_entropy(scores.flatten(0, 1), kinds.flatten(), weight=weight, label_smoothing=0.02)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if log:
            log(f"kinds, epoch {epoch + 1}/{epochs}: loss {np.mean(losses):.4f}")
    return model.eval()


def predict(model: TorchSequenceNetwork, examples: Sequence[Example]) -> list[NDArray[np.float32]]:
    """Probabilities of the kinds for each example."""
    with torch.no_grad():
        out = []
        for example in examples:
            x, mask, bags, _ = padded([example])
            out.append(torch.softmax(model(x, mask, bags)[0], dim=1).numpy())
    return out


def save_kinds(model: TorchSequenceNetwork, folder: Path) -> None:
    """Write the classifier."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file(model.tensors(), folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps({"kinds": list(KINDS)}, indent=1) + "\n", encoding="utf-8")
