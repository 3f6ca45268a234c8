"""Kills the job at random moments, over and over, and compares the store with that of a run that was left alone.

``python tests/killing.py --kills 200 --real`` does so with the real segmenter and tracker. Each run is a fork of this
process, which has loaded everything, or else nearly all kills would meet a process that is still starting. Of several
inputs the first is filed before in half of the rounds, so that there is an archive on both sides of what comes then.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import sys
import time
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}

import alembic.command
import filelock  # noqa: F401 - loaded before the forks, as the next ones
from commands import Fake
from stores import content, fresh_url
from trackers import WordTracker

from segmenter.cli import cluster, main
from segmenter.tracking import Store, StoreMissing, job, migrations  # noqa: F401

DATA = Path(__file__).parents[1] / "data"
WORDS = [f"word{n}" for n in range(60)]


def inputs(folder: Path, real: bool) -> list[Path]:
    """Files with dumps over some days, the same ones every time."""
    if real:
        return [DATA / "stories.jsonl"]
    chance = random.Random(3)
    lines = []
    for n in range(30):
        count = chance.choice((0, 1, 2, 4))
        stories = [" ".join(chance.sample(WORDS, chance.choice((1, 2, 2, 3)))) for _ in range(count)]
        record = {"id": f"d{n}", "text": "\n".join(stories), "date": f"2024-03-{chance.randint(1, 9):02}",
                  "outlet": f"o{n % 3}"}  # fmt: skip
        lines.append(json.dumps(record) + "\n")
    lines[4], lines[11] = '{"text": \n', json.dumps({"text": "CRASH", "id": "bad", "date": "2024-03-04"}) + "\n"
    paths = [folder / f"{n}.jsonl" for n in range(3)]
    for n, path in enumerate(paths):
        path.write_text("".join(lines[n::3]))
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return paths


def run(url: str, paths: list[Path], real: bool, lines: int | None = None, delay: float = 0.0) -> int | None:
    """Run the job in a fork, and kill it `delay` seconds after so many lines of its log; None if it was killed.

    Kills follow what the job does, not the clock, which on a busy machine would meet nothing but its start.
    """
    log, said = os.pipe()
    pid = os.fork()
    if not pid:
        status = 99
        try:
            os.dup2(said, 2)
            arguments = ["cluster", "--store", url, "--wait", "60", "--log", "json", *map(str, paths)]
            status = main(arguments, segmenter_factory=None if real else Fake)
        finally:
            os._exit(status)
    os.close(said)
    with open(log, "rb") as stream:
        for number, _ in enumerate(chain([b""], stream)):
            if number == lines:
                time.sleep(delay)
                os.kill(pid, signal.SIGKILL)
                break
        _, status = os.waitpid(pid, 0)
    return None if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def settled(url: str) -> dict[str, Any]:
    """All that is to be the same, however often the job was killed."""
    with Store(url) as store:
        assert store.check() == [], store.check()
        found = content(store)
    assert found.pop("runs") and not found["inbox"]
    return found


def kill(kind: str, kills: int, seed: int, real: bool, given: list[Path]) -> dict[str, Any]:
    """Do all of it; what was done."""
    if real:
        from segmenter import Segmenter

        for path in sorted((DATA / "dumps").iterdir()):  # loads what it needs
            Segmenter().split(path.read_text(encoding="utf-8"))
    else:
        cluster.make_tracker = lambda args: WordTracker()
    migrations.revisions()
    chance = random.Random(seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        paths = given or inputs(folder, real)
        told = {"kills": 0, "rounds": 0, "halfway": 0}

        def new(archive: list[Path]) -> str:
            place = folder / secrets.token_hex(4)
            place.mkdir()
            url = stack.enter_context(fresh_url(kind, place))
            if archive:
                assert run(url, archive, real) in (0, 1)
            return url

        # Half of the kills meet a new store, the others one with an archive, if there is more than one input.
        for archive, most in (([], kills - kills // 2), (paths[:1], kills)) if len(paths) > 1 else (([], kills),):
            calm = new(archive)
            begun = time.monotonic()
            usual = run(calm, paths, real)
            length = time.monotonic() - begun
            expected = settled(calm)
            while told["kills"] < most:
                url = new(archive)
                before = progress(url)[0]
                while True:
                    # Some at once, while the store is made and dumps are staged; most while they are filed.
                    lines: int | None = chance.randint(0, 5)
                    delay = chance.uniform(0, length / (3 if lines == 0 else len(expected["dumps"])))
                    if told["kills"] >= most:
                        lines = None
                    status = run(url, paths, real, lines, delay)
                    if status is not None:
                        break
                    told["kills"] += 1
                    filed, waiting = progress(url)
                    told["halfway"] += filed > before and waiting > 0
                assert status == usual, (status, usual)
                assert settled(url) == expected, f"round {told['rounds']} with seed {seed} ended otherwise"
                told["rounds"] += 1
    rows = {table: len(found) for table, found in expected.items()}
    return told | {"status": usual, "seconds": round(length, 2)} | rows


def progress(url: str) -> tuple[int, int]:
    """How many dumps are filed or failed, and how many wait."""
    try:
        with Store(url, create=False) as store:
            assert store.check() == [], store.check()
            return len(content(store)["dumps"]), store.pending_count()
    except StoreMissing:
        return 0, 0


if __name__ == "__main__":
    assert alembic.command
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--real", action="store_true")
    parser.add_argument("inputs", nargs="*", type=Path, help="files of your own instead")
    given = parser.parse_args()
    print(json.dumps(kill(given.store, given.kills, given.seed, given.real, given.inputs)))
    sys.exit(0)
