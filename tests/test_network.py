"""The network in numpy gives what the one in torch gave when it was trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmenter.errors import ModelError
from segmenter.network import SequenceNetwork, load_model

torch = pytest.importorskip("torch")


def test_numpy_and_torch_agree_on_padded_batches() -> None:
    from segmenter.training.networks import TorchSequenceNetwork

    torch.manual_seed(0)
    random = np.random.default_rng(0)
    model = TorchSequenceNetwork(7, 3, hidden=8, depth=3, buckets=50, bag=4).eval()
    model.standardise(random.normal(2.0, 3.0, size=(100, 7)).astype(np.float32))
    lengths = [1, 5, 12]
    inputs = [random.normal(size=(n, 7)).astype(np.float32) for n in lengths]
    grams = [[random.integers(0, 50, size=random.integers(0, 6)) for _ in range(n)] for n in lengths]
    x, mask = torch.zeros(3, 12, 7), torch.zeros(3, 12)
    for row, (n, values) in enumerate(zip(lengths, inputs, strict=True)):
        x[row, :n], mask[row, :n] = torch.from_numpy(values), 1.0
    flat = [bag for bags in grams for bag in bags]
    offsets = torch.tensor(np.concatenate([[0], np.cumsum([len(bag) for bag in flat])]))
    with torch.no_grad():
        expected = model(x, mask, (torch.from_numpy(np.concatenate(flat)), offsets)).numpy()
    network = SequenceNetwork(model.tensors())
    for row, (n, values) in enumerate(zip(lengths, inputs, strict=True)):
        bags = grams[row]
        own = (np.concatenate(bags).astype(np.int64), np.concatenate([[0], np.cumsum([len(bag) for bag in bags])]))
        # The n-gram vectors are kept in half precision.
        np.testing.assert_allclose(network(values, own), expected[row, :n], atol=5e-3)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_model(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"not a model")
    with pytest.raises(ModelError):
        load_model(tmp_path)


def test_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from segmenter import network
    from segmenter.training.networks import TorchSequenceNetwork

    torch.manual_seed(1)
    random = np.random.default_rng(1)
    whole = SequenceNetwork(TorchSequenceNetwork(5, 2, hidden=8, depth=3, buckets=30, bag=4).eval().tensors())
    features = random.normal(size=(200, 5)).astype(np.float32)
    sizes = random.integers(0, 4, size=200)
    bags = (random.integers(0, 30, size=sizes.sum()), np.concatenate([[0], np.cumsum(sizes)]))
    expected = whole(features, bags)
    monkeypatch.setattr(network, "CHUNK", 16)
    np.testing.assert_allclose(whole(features, bags), expected, atol=1e-5)
