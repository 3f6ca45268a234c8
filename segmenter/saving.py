"""A segmenter on disk: its settings and what it has learned, as JSON and safetensors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ModelError
from .topics import TopicClassifier

if TYPE_CHECKING:
    from .segmenter import Segmenter

FORMAT = 1
CONFIG = "segmenter.json"
TOPICS = "topics"
"""Folder, inside of the segmenter's, of a classifier other than the one that comes with the package."""


def save(segmenter: Segmenter, folder: Path) -> None:
    """Write `segmenter`; see `Segmenter.save`."""
    params = segmenter.get_params()
    model, topics = params.pop("model"), params.pop("topics")
    if model is not None and not isinstance(model, str | Path):
        raise ModelError(f"{folder}: an embedding that is a {type(model).__name__} cannot be written down; make the "
                         "Segmenter with its name or folder as `model`")  # fmt: skip
    # A folder stays the same one wherever the segmenter is loaded; a name may look like one that is not there.
    place = None if model is None else str(Path(model).resolve()) if Path(model).exists() else str(model)
    classifier = None if isinstance(topics, bool) and segmenter.learned_topics() is None else segmenter.classifier()
    folder.mkdir(parents=True, exist_ok=True)
    if classifier is not None:
        classifier.save(folder / TOPICS)
    config = {"format": FORMAT, "model": "Segmenter", "embedding": place, "own_topics": classifier is not None,
              "topics": topics if isinstance(topics, bool) else True, "params": params,
              "bias": getattr(segmenter, "bias_", None)}  # fmt: skip
    text = json.dumps(config, ensure_ascii=False, indent=1, default=lambda number: number.item())
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")


def load(cls: type[Segmenter], folder: Path) -> Segmenter:
    """Read a segmenter; see `Segmenter.load`."""
    if not (folder / CONFIG).is_file():
        raise ModelError(f"{folder}: there is no segmenter here; name a folder that Segmenter.save wrote")
    try:
        config: dict[str, Any] = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / CONFIG}: cannot be read ({error}); save the segmenter again") from error
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        raise ModelError(f"{folder / CONFIG}: not the settings of a segmenter in format {FORMAT}, which this version "
                         "reads; save it again, or update segmenter")  # fmt: skip
    try:
        segmenter = cls(config["embedding"], topics=config["topics"], **config["params"])
        segmenter.check()
        if config["bias"] is not None:
            segmenter.bias_ = float(config["bias"])
        own = bool(config["own_topics"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{folder / CONFIG}: not the settings of a segmenter ({error!r}); save it again") from error
    if own:
        segmenter._learn_topics(TopicClassifier.load(folder / TOPICS))
    return segmenter
