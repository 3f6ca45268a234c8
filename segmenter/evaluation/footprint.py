"""Peak memory of one contender: run in a process of its own, which does nothing else.

``python -m segmenter.evaluation.footprint CONTENDER EMBEDDING GOLD DUMPS [MODEL]`` runs it, as `peak_memory` calls it,
once on the first DUMPS dumps of the second half of a gold file, and prints the most memory that the process ever held,
Python, packages and models included. The embedding is ``ours`` or ``transformer``.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .contenders import Contender, Ours, PeerContender
from .memory import peak
from .peers import PEERS
from .vectors import Meter, by_name


def peak_memory(name: str, embedding: str, gold: str, dumps: int, model: str | None = None) -> float | None:
    """Peak memory in MB (10**6 bytes), None where it cannot be measured.

    Parameters
    ----------
    name : str
        The contender.
    embedding : {"ours", "transformer"}
    gold : str
        What it runs on, as `read_set` takes it.
    dumps : int
    model : str, optional
        Which transformer.
    """
    command = [sys.executable, "-m", __name__, name, embedding, gold, str(dumps), *([model] if model else [])]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    return float(done.stdout.split()[-1]) if done.returncode == 0 and done.stdout.strip() else None


def main() -> None:
    """Run one contender and print its peak memory."""
    from .sets import read_set

    name, embedding, gold, dumps, *model = sys.argv[1:]
    contender: Contender
    if name == Ours.name:
        # Of the shipped embedding, what `Segmenter` loads by itself.
        contender = Ours(None if embedding == "ours" else Meter(by_name(embedding, *model)))
    else:
        peer = next(peer for peer in PEERS if peer.name == name)
        contender = PeerContender(peer, Meter(by_name(embedding, *model)) if peer.embeds else None)
    setting = {} if contender.has_default else contender.grid[0]
    for dump in read_set(Path(gold), int(dumps)).report:
        contender.answer(dump, setting)
    print(peak() / 1e6)


if __name__ == "__main__":
    main()
