"""Kills the job at random moments, over and over, and compares the store with that of a run that was left alone.

``python tests/killing.py --kills 200 --real`` does so with the real segmenter and tracker. Each run is a fork of this
process, which has loaded everything, or else nearly all kills would meet a process that is still starting.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import time
from contextlib import ExitStack
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
from segmenter.tracking import Store, job, migrations  # noqa: F401

DATA = Path(__file__).parents[1] / "data"
WORDS = [f"word{n}" for n in range(60)]


def inputs(folder: Path, real: bool) -> list[Path]:
    """Files with dumps over some days, the same ones every time."""
    if real:
        return [DATA / "stories.jsonl", DATA / "dumps"]
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


def run(url: str, paths: list[Path], real: bool) -> int:
    """Start the job in a fork; its process id."""
    pid = os.fork()
    if pid:
        return pid
    status = 99
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        arguments = ["cluster", "--store", url, "--wait", "60", *map(str, paths)]
        status = main(arguments, segmenter_factory=None if real else Fake)
    finally:
        os._exit(status)


def ended(pid: int) -> int | None:
    """The exit status of a process that came to its end; None if it was killed."""
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

        def new(name: str) -> str:
            (folder / name).mkdir()
            return stack.enter_context(fresh_url(kind, folder / name))

        calm = new("calm")
        begun = time.monotonic()
        usual = ended(run(calm, paths, real))
        length = time.monotonic() - begun
        expected = settled(calm)
        done, rounds, halfway = 0, 0, 0
        while done < kills:
            rounds += 1
            url = new(f"round{rounds}")
            while True:
                pid = run(url, paths, real)
                # Some at once, while the store is made and dumps are staged; most while they are filed.
                time.sleep(chance.uniform(0, chance.choice((0.1, 0.5, 0.5, 1.0)) * length))
                if done < kills:
                    os.kill(pid, signal.SIGKILL)
                status = ended(pid)
                if status is not None:
                    break
                done += 1
                halfway += partly(url)
            assert status == usual, (status, usual)
            assert settled(url) == expected, f"round {rounds} with seed {seed} ended otherwise"
    rows = {table: len(found) for table, found in expected.items()}
    return {"kills": done, "rounds": rounds, "halfway": halfway, "status": usual, "seconds": round(length, 2)} | rows


def partly(url: str) -> bool:
    """Whether some dumps are filed and others wait."""
    try:
        with Store(url, create=False) as store:
            assert store.check() == [], store.check()
            return bool(store.pending_count() and store.last_date())
    except ValueError:  # there is no store yet
        return False


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
