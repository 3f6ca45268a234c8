"""A classifier on disk: weights as safetensors, the rest as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder
from ..errors import ModelError
from .finer import Finer

if TYPE_CHECKING:
    from .classifier import TopicClassifier

FORMAT = 2
WEIGHTS, CONFIG = "model.safetensors", "config.json"


def save(model: TopicClassifier, folder: Path) -> None:
    """Write `model`; half-precision weights, so that it stays small."""
    from safetensors import numpy as safetensors

    if not hasattr(model, "classes_"):
        raise ModelError(f"{folder}: a classifier that has learned nothing cannot be saved; call fit first")
    params = model.get_params()
    embedder = params.pop("embedder")
    config = {
        "format": FORMAT, "model": "TopicClassifier", "classes": model.classes_.tolist(),
        "names": [[label, names] for label, names in model.names_.items()],
        "temperature": model.temperature_, "acceptance": model.acceptance_, "none": model.none_,
        # An object cannot be written down; it must be given again when the classifier is loaded.
        "embedder": None if embedder is None else str(embedder) if isinstance(embedder, (str, Path)) else
        {"name": embedder.name},
        "params": {name: _plain(value) for name, value in params.items()},
    }  # fmt: skip
    finer = model.finer_
    if finer is not None:
        config["finer"] = {"labels": finer.labels, "parents": finer.parents.tolist()}
    folder.mkdir(parents=True, exist_ok=True)
    # safetensors writes the bytes as they lie, so a transposed array would come back scrambled.
    tensors: dict[str, NDArray[Any]] = {
        "coef": np.ascontiguousarray(model.coef_, dtype=np.float32),
               "intercept": np.ascontiguousarray(model.intercept_, dtype=np.float32),
               "word_coef": np.ascontiguousarray(model.word_coef_, dtype=np.float16)}  # fmt: skip
    if model.precision_ is not None:
        tensors["precision"] = np.ascontiguousarray(model.precision_, dtype=np.float32)
    if finer is not None:
        tensors["finer_coef"] = np.ascontiguousarray(finer.coef, dtype=np.float16)
        tensors["finer_intercept"] = np.ascontiguousarray(finer.intercept, dtype=np.float32)
    (folder / WEIGHTS).write_bytes(safetensors.save(tensors))  # save_file would make it for the owner's eyes alone
    text = json.dumps(config, ensure_ascii=False, indent=1)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def load(cls: type[TopicClassifier], folder: Path, embedder: str | Path | Embedder | None = None) -> TopicClassifier:
    """Read a classifier; see `TopicClassifier.load`."""
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    if not (folder / CONFIG).exists():
        raise ModelError(f"{folder}: there is no topic classifier here; name a folder that TopicClassifier.save wrote, "
                         "or a taxonomy (.csv, .json, .yaml)")  # fmt: skip
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
        tensors = load_file(folder / WEIGHTS)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{folder}: cannot read the topic classifier ({error}); save it again") from error
    if not isinstance(config, dict) or "embedder" not in config:
        raise ModelError(f"{folder / CONFIG}: not the settings of a topic classifier; save it again")
    if config.get("format") != FORMAT:
        raise ModelError(f"{folder / CONFIG}: format {config.get('format')!r}, this version reads {FORMAT}; "
                         "update segmenter or save the classifier again")  # fmt: skip
    known = config["embedder"]
    if embedder is None and isinstance(known, dict):
        raise ModelError(f"{folder}: made with the embedder {known['name']!r}; pass it as `embedder`")
    try:
        model = cls(embedder if embedder is not None else known, **_read_params(config["params"]))
        model.classes_ = np.array(config["classes"])
        model._forget()
        model.names_ = {label: {str(k): str(v) for k, v in names.items()} for label, names in config["names"]}
        model.temperature_ = float(config["temperature"])
        if config["acceptance"] is not None:
            slope, offset = config["acceptance"]
            model.acceptance_ = (float(slope), float(offset))
        if config.get("none") is not None:
            model.none_ = float(config["none"])
        if "finer" in config:
            model.finer_ = Finer(tuple(config["finer"]["labels"]), np.array(config["finer"]["parents"], dtype=np.intp),
                                 tensors["finer_coef"].astype(np.float32), tensors["finer_intercept"])  # fmt: skip
        model.coef_ = tensors["coef"]
        model.intercept_ = tensors["intercept"]
        model.word_coef_ = tensors["word_coef"].astype(np.float32)
        if "precision" in tensors:
            model.precision_ = tensors["precision"].astype(np.float64)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder}: not a topic classifier ({error!r}); save it again") from error
    if not _belong_together(model):
        raise ModelError(f"{folder}: classes and weights do not belong together; save it again")
    return model


def _belong_together(model: TopicClassifier) -> bool:
    finer = model.finer_
    if len({len(model.classes_), len(model.coef_), len(model.intercept_), len(model.word_coef_)}) > 1:
        return False
    if not (model.temperature_ > 0 and np.isfinite([model.temperature_, *(model.acceptance_ or ())]).all()):
        return False
    columns = model.coef_.shape[1] + model.word_coef_.shape[1] + 1
    if model.precision_ is not None and model.precision_.shape not in \
            {(len(model.classes_), columns), (len(model.classes_), model.coef_.shape[1] + 1)}:  # fmt: skip
        return False
    return finer is None or (
        len({len(finer.labels), len(finer.parents), len(finer.coef), len(finer.intercept)}) == 1
        and finer.coef.shape[1] == model.coef_.shape[1]
        and finer.parents.min() >= 0 and finer.parents.max() < len(model.classes_)
    )  # fmt: skip


def _plain(value: Any) -> Any:
    """A parameter as JSON has it: the keys of a mapping keep their types, numpy's numbers become Python's."""
    if isinstance(value, dict):
        return {"pairs": [[_plain(key), _plain(weight)] for key, weight in value.items()]}
    return value.item() if isinstance(value, np.generic) else value


def _read_params(params: dict[str, Any]) -> dict[str, Any]:
    numbers = ("C", "words", "word_scale", "max_iter", "threshold")
    wrong = [name for name in numbers if name in params and not isinstance(params[name], int | float)]
    if wrong:
        raise TypeError(f"{wrong[0]} is no number")
    return {name: dict(value["pairs"]) if isinstance(value, dict) else value for name, value in params.items()}
