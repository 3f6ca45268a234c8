"""The same version says the same: whatever the threads, the order of the files, and nearly so on any processor."""

from __future__ import annotations

import json
import platform

import pytest
from commands import process
from golden import COMMAND, GOLDEN, records

TOLERANCE = 2e-4
"""Of probabilities: scores of topics are rounded to four digits, and another processor may round the other way."""


@pytest.fixture(scope="module")
def output():
    return split()


def split(**environment: str) -> str:
    done = process(*COMMAND, program="real", environment=environment)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def near(found, golden):
    """`golden` with numbers that may differ a little from those of `found`; what is whole stays exact."""
    if isinstance(golden, list):
        return [near(*pair) for pair in zip(found, golden, strict=False)] + golden[len(found) :]
    return pytest.approx(golden, abs=TOLERANCE) if isinstance(golden, float) and isinstance(found, float) else golden


def differences(found, golden):
    for new, old in zip(found, golden, strict=True):
        for name in old.keys() - {"stories"}:
            if new[name] != near(new[name], old[name]):
                yield old["id"], name, new[name], old[name]
        if len(new["stories"]) != len(old["stories"]):
            yield old["id"], "stories", len(new["stories"]), len(old["stories"])
        for number, (story, before) in enumerate(zip(new["stories"], old["stories"], strict=False)):
            for name, value in before.items():
                if story[name] != near(story[name], value):
                    yield old["id"], f"stories[{number}].{name}", story[name], value


def golden():
    return [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]


def test_what_it_says_of_the_sample_dumps_has_not_changed(output):
    changed = list(differences(records(output), golden()))
    assert not changed, "the output changed; if that is meant, `python tests/golden.py` writes it anew"


def test_a_change_of_the_golden_file_is_seen():
    def changed(change):
        other = golden()
        change(other[0])
        return [name for _, name, _, _ in differences(other, golden())]

    assert changed(lambda record: None) == []
    assert changed(lambda record: record["boundaries"][0].__setitem__(0, 1)) == ["boundaries"]
    assert changed(lambda record: record["segments"].pop()) == ["segments"]
    assert changed(lambda record: record["segments"][0].__setitem__(2, "other")) == ["segments"]
    assert changed(lambda record: record["stories"].pop()) == ["stories"]
    assert changed(lambda record: record["stories"][1]["topics"][0].__setitem__(0, "x")) == ["stories[1].topics"]
    first = golden()[0]["boundaries"][0][1]
    assert changed(lambda record: record["boundaries"][0].__setitem__(1, first - 1e-3)) == ["boundaries"]
    assert changed(lambda record: record["boundaries"][0].__setitem__(1, first - 1e-6)) == []


@pytest.mark.parametrize("environment", [
    {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "RAYON_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    {"OMP_NUM_THREADS": "3", "OPENBLAS_NUM_THREADS": "3", "RAYON_NUM_THREADS": "3", "TOKENIZERS_PARALLELISM": "true"},
    {"PYTHONHASHSEED": "1"},
], ids=["one thread", "three threads", "another seed of hashes"])  # fmt: skip
def test_threads_and_hashes_change_no_byte(output, environment):
    assert split(**environment) == output


def test_jobs_change_no_byte(output):
    done = process(*COMMAND, "--jobs", "2", program="real")
    assert (done.returncode, done.stdout.decode()) == (0, output)


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="names kernels for x86-64")
def test_the_kernels_of_an_older_processor_change_last_digits_at_most(output):
    # Without fused multiply-add. Where numpy has another BLAS than OpenBLAS the variable does nothing.
    old = split(OPENBLAS_CORETYPE="Sandybridge", NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4")
    assert not list(differences(records(old), records(output)))


def test_each_dump_is_split_by_itself(output):
    one = process("split", "data/dumps/fr-three.txt", "data/dumps/ar-five.txt", "--format", "jsonl", program="real")
    lines = {json.loads(line)["id"]: line for line in output.splitlines()}
    assert one.stdout.decode().splitlines() == [lines["fr-three"], lines["ar-five"]]


@pytest.mark.parametrize("kernels", ["Nehalem", "Sandybridge"])
def test_the_kernels_of_older_processors_change_last_digits_alone(kernels):
    changed = list(differences(records(split(OPENBLAS_CORETYPE=kernels)), golden()))
    assert not changed
