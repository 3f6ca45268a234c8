"""What is measured in a process of its own: ``python -m segmenter.evaluation.scaling_runs`` prints it as JSON.

``text N``: one text of N lines. ``peers N``: the segmenter and its peers on N dumps. ``shares N``: where the time goes
on N dumps. Each with the file of the stories behind it.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..embedding import Embedder
from ..errors import SegmenterError
from ..segmenter import Segmenter
from .memory import peak
from .peers import PEERS
from .scaling_dumps import Dumps, units_of
from .shares import shares
from .vectors import transformer

OTHERS = ("langchain-experimental", "chonkie")
"""Packages of the peers that are measured."""

LANGUAGE = "en"
"""Of the dumps for peers, since the transformer that they are run with knows no other."""

WARM, WARMER = 5, 100
"""Dumps that are split before time is taken; more of them where few follow, since words are remembered."""


def text_run(dumps: Dumps, lines: int) -> dict[str, float]:
    """Split one text of so many lines, models loaded before."""
    segmenter = _warm(dumps)
    text = dumps.text(lines)
    wall, processor = time.perf_counter(), time.process_time()
    document = segmenter.split(text)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    return {"blocks": len(document.blocks), "stories": len(document.stories), "bytes": len(text.encode()),
            "seconds": wall, "processor": processor, "memory": peak()}  # fmt: skip


def peers_run(dumps: Dumps, count: int) -> list[dict[str, Any]]:
    """Seconds of the segmenter and its peers for the same dumps, and those of them that went into embedding.

    A peer that is not installed has no seconds, and neither has any without the transformer.
    """
    given = [dumps.dump(number) for number in range(count)]
    segmenter, plain = _warm(dumps, WARMER), Segmenter(topics=False)
    rows: list[dict[str, Any]] = [
        {"name": "segmenter", "seconds": _time(_all_by(segmenter), [[dump.text for dump in given]])},
        {"name": "segmenter, no topics", "seconds": _time(_all_by(plain), [[dump.text for dump in given]])},
    ]
    encoder = transformer(None)
    clock = _Clock(encoder) if encoder is not None else None
    for peer in PEERS:
        if peer.package not in OTHERS:
            continue
        row: dict[str, Any] = {"name": peer.name, "version": peer.version, "seconds": None}
        rows.append(row)
        if clock is not None and peer.version is not None:
            units = [units_of(dump) for dump in given]
            peer.cut(units[0][:WARM], clock.encode)
            clock.seconds = 0.0
            row["seconds"] = _time(partial(peer.cut, encode=clock.encode), units)
            row["embedding"] = clock.seconds
    return rows


def shares_run(dumps: Dumps, count: int) -> dict[str, float]:
    """Seconds by part of the package for the command on a file of so many dumps, models loaded before."""
    from ..cli import main

    with tempfile.TemporaryDirectory() as folder:
        for name, start, end in (("warm", count, count + WARM), ("dumps", 0, count)):
            with open(Path(folder) / f"{name}.jsonl", "wb") as out:
                dumps.write(out, start, end)
        main(["split", f"{folder}/warm.jsonl", "-o", f"{folder}/out.jsonl", "--no-progress"])
        with shares() as seconds:
            main(["split", f"{folder}/dumps.jsonl", "-o", f"{folder}/out.jsonl", "--no-progress"])
    return dict(seconds)


class _Clock:
    """An embedder that is timed."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self.seconds = embedder, 0.0

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        begun = time.perf_counter()
        vectors = self._embedder.encode(texts)
        self.seconds += time.perf_counter() - begun
        return vectors


def _time(run: Callable[[Any], object], items: Sequence[Any]) -> float:
    begun = time.perf_counter()
    for item in items:
        run(item)
    return time.perf_counter() - begun


def _all_by(segmenter: Segmenter) -> Callable[[list[str]], object]:
    return lambda texts: list(segmenter.split_many(texts))


def _warm(dumps: Dumps, count: int = WARM) -> Segmenter:
    """A segmenter whose models are loaded, and which has seen so many other dumps."""
    segmenter = Segmenter()
    for number in range(-count, 0):
        segmenter.split(dumps.dump(number).text)
    return segmenter


RUNS: dict[str, Callable[[Dumps, int], object]] = {"text": text_run, "peers": peers_run, "shares": shares_run}


def main() -> int:
    """Run one, and print what it found."""
    name, count, stories = sys.argv[1:]
    try:
        found = RUNS[name](Dumps(stories, LANGUAGE if name == "peers" else None), int(count))
    except (SegmenterError, OSError) as error:
        print(f"segmenter: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
