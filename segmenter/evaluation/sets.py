"""The sets of dumps that the benchmark runs on: one half to tune on, the other to report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..language import detect
from .choi import read_choi
from .gold import Gold, read_golds


@dataclass(frozen=True)
class GoldSet:
    """Dumps of one source.

    Parameters
    ----------
    name : str
    path : Path
    choi : bool
        Whether it is a folder of Choi's benchmark.
    tune, report : tuple of Gold
        The first half and the second.
    """

    name: str
    path: Path
    choi: bool
    tune: tuple[Gold, ...]
    report: tuple[Gold, ...]

    @property
    def language(self) -> str:
        """The language of most of the dumps for tuning."""
        return Counter(detect(gold.text) for gold in self.tune).most_common(1)[0][0]


def read_set(path: str | Path, sample: int | None = None) -> GoldSet:
    """Read a gold file, or a folder of Choi's.

    Parameters
    ----------
    path : path
    sample : int, optional
        Take no more dumps of either half, the first of each.

    Raises
    ------
    InputError
        If it cannot be read, a line of it is no gold, or it holds fewer than two dumps.
    """
    path = Path(path)
    choi = path.is_dir()
    golds: list[Gold] = []
    for gold in read_choi(path) if choi else read_golds(str(path)):
        if isinstance(gold, InputError):
            raise gold
        if not gold.units:
            raise InputError(gold.source, gold.place, "holds no units", "a benchmark needs them: leave the line out")
        golds.append(gold)
    if len(golds) < 2:
        raise InputError(str(path), "", "holds fewer than two dumps", "one half is tuned on, the other reported")
    half = len(golds) // 2
    name = f"choi-{path.name}" if choi else path.stem
    return GoldSet(name, path, choi, tuple(golds[:half][:sample]), tuple(golds[half:][:sample]))
