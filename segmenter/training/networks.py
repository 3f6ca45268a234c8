"""The network of `segmenter.network` in torch, for training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class TorchSequenceNetwork(nn.Module):
    """See `segmenter.network.SequenceNetwork`; this one takes padded batches with a mask.

    Parameters
    ----------
    features, outputs, hidden, depth : int
    buckets, bag : int
        Number of n-grams and length of their vectors; 0 for a network without.
    dropout : float
    """

    def __init__(self, features: int, outputs: int, *, hidden: int = 64, depth: int = 3, buckets: int = 0, bag: int = 0,
                 dropout: float = 0.1) -> None:  # fmt: skip
        super().__init__()
        self.mean: Tensor
        self.scale: Tensor
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))
        self.bag = nn.EmbeddingBag(buckets, bag, mode="mean", include_last_offset=True) if buckets else None
        if self.bag is not None:
            nn.init.normal_(self.bag.weight, std=0.3)
        self.input = nn.Linear(features + bag, hidden)
        self.conv = nn.ModuleList(nn.Linear(3 * hidden, hidden) for _ in range(depth))
        self.output = nn.Linear(hidden, outputs)
        self.dropout = nn.Dropout(dropout)

    def standardise(self, features: NDArray[np.float32]) -> None:
        """Take mean and scale of the inputs from a sample."""
        self.mean.copy_(torch.from_numpy(features.mean(axis=0)))
        self.scale.copy_(torch.from_numpy(np.maximum(features.std(axis=0), 0.05)))

    def forward(self, x: Tensor, mask: Tensor, bags: tuple[Tensor, Tensor] | None = None) -> Tensor:
        """Scores (batch, n, outputs) from inputs (batch, n, features); `mask` is 1 where a block stands.

        `bags` holds the n-grams of the blocks that stand, in order, with their offsets.
        """
        x = (x - self.mean) / self.scale
        if self.bag is not None and bags is not None:
            means = torch.zeros(*mask.shape, self.bag.embedding_dim)
            means[mask.bool()] = self.bag(*bags)
            x = torch.cat([x, means], dim=2)
        keep = mask.unsqueeze(2)
        h = self.dropout(torch.relu(self.input(x))) * keep
        for layer, linear in enumerate(self.conv):
            step = 1 << layer
            around = torch.cat([_shift(h, step), h, _shift(h, -step)], dim=2)
            h = (h + self.dropout(torch.relu(linear(around)))) * keep
        scores: Tensor = self.output(h)
        return scores

    def tensors(self) -> dict[str, NDArray[np.float32]]:
        """The weights as `SequenceNetwork` takes them; n-gram vectors in half precision."""
        state = {name: value.detach().numpy().astype(np.float32) for name, value in self.state_dict().items()}
        if "bag.weight" in state:
            state["bag"] = state.pop("bag.weight").astype(np.float16)
        return state


def _shift(h: Tensor, by: int) -> Tensor:
    n = h.shape[1]
    step = min(abs(by), n)
    zeros = h.new_zeros(h.shape[0], step, h.shape[2])
    return torch.cat([zeros, h[:, : n - step]], dim=1) if by > 0 else torch.cat([h[:, step:], zeros], dim=1)
