"""What the output depends on besides the inputs, as JSON values that can be compared: settings, versions, models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from .. import __version__
from ..io import plain
from ..tasks import Splitter

if TYPE_CHECKING:
    from ..segmenter import Segmenter


def settings_of(splitter: Splitter, **reading: Any) -> dict[str, Any]:
    """The settings that documents depend on: those of `splitter`, and `reading`, how the inputs are read.

    Models are named by their content, not by where they lie, which differs between machines.

    Raises
    ------
    ModelError
        If a model cannot be read.
    """
    from ..segmenter import Segmenter  # here, as wherever something heavy may not be needed

    found = {"segmenter": __version__, **reading}
    if isinstance(splitter, Segmenter):
        return _plain(found | _of_segmenter(splitter))
    own = {name: value if isinstance(value, str | int | float | tuple | list | dict | Path | None)
           else type(value).__name__ for name, value in vars(splitter).items()}  # fmt: skip
    return _plain(found | {"splitter": type(splitter).__name__, **own})


def _of_segmenter(segmenter: Segmenter) -> dict[str, Any]:
    from ..inventory import model_files

    params = segmenter.get_params()
    model, topics = params.pop("model"), params.pop("topics")
    learned = segmenter.learned_topics()
    shipped = hashlib.sha256("".join(f"{file.path} {file.sha256}\n" for file in model_files()).encode())
    classifier = segmenter.classifier() if learned is not None or not isinstance(topics, bool) else None
    return params | {
        "bias": getattr(segmenter, "bias_", None),
        "models": shipped.hexdigest()[:32],
        "embedding": None if model is None else _embedding(model, segmenter),
        "topics": topics if classifier is None else _classifier(classifier),
    }


def _embedding(model: Any, segmenter: Segmenter) -> str:
    if isinstance(model, str | Path) and Path(model).is_dir():
        return _files(Path(model))
    embedder = segmenter.embedder()
    digest = getattr(embedder, "digest", None)
    return f"{embedder.name} {digest() if digest is not None else ''}".strip()


def _classifier(classifier: Any) -> str:
    with TemporaryDirectory() as folder:
        classifier.save(Path(folder))
        return _files(Path(folder))


def _files(folder: Path) -> str:
    """A fingerprint of the files in `folder`: of their names below it, and of what they hold."""
    digest = hashlib.sha256()
    paths: Iterable[Path] = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in paths:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()} {content}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()[:32]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As they come back from a file."""
    result: dict[str, Any] = json.loads(json.dumps(plain(values)))
    return result


def fingerprint(settings: dict[str, Any]) -> str:
    """One text for all settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()
