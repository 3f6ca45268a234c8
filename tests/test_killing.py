"""The job, killed at random moments; see `killing`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from commands import posix
from stores import NO_SERVER, SERVER

PROGRAM = Path(__file__).with_name("killing.py")
KILLS = int(os.environ.get("SEGMENTER_TEST_KILLS", "0"))


@posix
@pytest.mark.parametrize(("store", "kills"), [("sqlite", 18), ("postgresql", 6)])
def test_killed_at_any_moment_it_ends_as_if_left_alone(store, kills):
    if store == "postgresql" and not SERVER:
        pytest.skip(NO_SERVER)
    done = killing("--store", store, "--kills", str(kills))
    assert done["kills"] == kills and done["halfway"] >= kills // 3
    assert done["operations"] > 2 and done["failures"] == 1 and done["inbox"] == 0


@posix
@pytest.mark.skipif(not KILLS, reason="SEGMENTER_TEST_KILLS=200 kills the real job so many times, for some minutes")
def test_killed_at_any_moment_with_the_real_segmenter():
    assert killing("--real", "--kills", str(KILLS))["halfway"] >= KILLS // 4


def killing(*args: str) -> dict:
    paths = os.pathsep.join(map(str, (PROGRAM.parents[1], PROGRAM.parent)))
    done = subprocess.run([sys.executable, str(PROGRAM), *args], capture_output=True, check=False,
                          env={**os.environ, "PYTHONPATH": paths})  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)
