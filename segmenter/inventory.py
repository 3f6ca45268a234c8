"""What is installed: versions, the shipped models with their checksums, the default settings.

Nothing heavy is imported for it: the versions are those that the installed packages state.
"""

from __future__ import annotations

import hashlib
import inspect
import platform
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from . import __version__
from .errors import ModelError

MODELS = Path(__file__).parent / "models"
SUMS = "SHA256SUMS"
"""Checksums of all files below the folder but the cards, as ``sha256sum --check`` reads them."""

BENEATH = ("torch",)
"""Not asked for by name, but brought along, and what other embedding models depend on."""

FOR_DEVELOPERS = {"dev", "peers", "test", "training"}
"""Extras that nobody needs to use the package."""

_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"extra\s*==\s*['\"]([^'\"]+)['\"]")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a shipped model.

    Parameters
    ----------
    path : str
        Below the folder of the models, with ``/``.
    bytes : int
    sha256 : str
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Extra:
    """Packages that can be installed besides.

    Parameters
    ----------
    name : str
    packages : dict of str to (str or None)
        Their versions; None where one is missing.
    """

    name: str
    packages: dict[str, str | None]

    @property
    def present(self) -> bool:
        """Whether all of them are there."""
        return None not in self.packages.values()

    @property
    def remedy(self) -> str:
        """What to do where they are not."""
        return f"pip install 'segmenter[{self.name}]'"


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is installed.

    Parameters
    ----------
    segmenter, python, platform : str
        Versions, and the machine.
    folder : str
        Where the package lies.
    dependencies : dict of str to (str or None)
        Versions; None where a package is missing.
    extras : tuple of Extra
    models : tuple of ModelFile
        In order of their paths.
    settings : dict
        The default settings of `Segmenter`.
    """

    segmenter: str
    python: str
    platform: str
    folder: str
    dependencies: dict[str, str | None]
    extras: tuple[Extra, ...]
    models: tuple[ModelFile, ...]
    settings: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """All of it, of plain values."""
        extras = {extra.name: {"packages": extra.packages, "present": extra.present, "install": extra.remedy}
                  for extra in self.extras}  # fmt: skip
        return asdict(self) | {"extras": extras, "models": [asdict(file) for file in self.models]}


def inventory() -> Inventory:
    """Take stock of this installation.

    Raises
    ------
    ModelError
        If a shipped file cannot be read.
    """
    from .segmenter import Segmenter

    dependencies, extras = _required()
    settings = {name: parameter.default for name, parameter in inspect.signature(Segmenter).parameters.items()}
    return Inventory(
        segmenter=__version__,
        python=f"{platform.python_implementation()} {platform.python_version()}",
        platform=platform.platform(),
        folder=str(Path(__file__).parent),
        dependencies={name: _version(name) for name in (*dependencies, *BENEATH)},
        extras=tuple(Extra(name, {package: _version(package) for package in packages})
                     for name, packages in sorted(extras.items()) if name not in FOR_DEVELOPERS),
        models=tuple(model_files()),
        settings=settings,
    )  # fmt: skip


def model_files(folder: Path = MODELS) -> Iterator[ModelFile]:
    """The files of the models with their checksums, but for the cards, which nothing reads.

    Raises
    ------
    ModelError
        If one cannot be read.
    """
    for path in sorted(folder.glob("*/*")):
        if path.suffix == ".md" or not path.is_file():
            continue
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            yield ModelFile(path.relative_to(folder).as_posix(), path.stat().st_size, digest)
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}); install segmenter again") from error


def damage(folder: Path = MODELS) -> list[str]:
    """What differs from the checksums that were shipped: a line for each file that is changed, missing or foreign.

    Raises
    ------
    ModelError
        If the checksums cannot be read.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ModelError(f"{folder / SUMS}: cannot be read ({error.strerror}); install segmenter again") from error
    shipped = {path: digest for digest, _, path in (line.partition("  ") for line in lines)}
    found = {file.path: file.sha256 for file in model_files(folder)}
    return [f"{folder / path}: {_difference(shipped, found, path)}; install segmenter again"
            for path in sorted(shipped.keys() | found.keys()) if shipped.get(path) != found.get(path)]  # fmt: skip


def write_sums(folder: Path = MODELS) -> None:
    """Write the checksums; to be done whenever a model was made anew."""
    text = "".join(f"{file.sha256}  {file.path}\n" for file in model_files(folder))
    (folder / SUMS).write_text(text, encoding="utf-8")


def _difference(shipped: Mapping[str, str], found: Mapping[str, str], path: str) -> str:
    if path not in found:
        return "is missing"
    return "is not what was shipped" if path in shipped else "was not shipped"


def _required() -> tuple[list[str], dict[str, list[str]]]:
    """Names of the packages that are asked for, always and by extras; none where segmenter is not installed."""
    always: list[str] = []
    extras: dict[str, list[str]] = {}
    try:
        stated = requires("segmenter") or []
    except PackageNotFoundError:
        stated = []
    for line in stated:
        name, extra = _NAME.match(line), _EXTRA.search(line)
        if name is not None:
            (always if extra is None else extras.setdefault(extra[1], [])).append(name[0])
    return always, extras


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
