"""Parts made by a Dask cluster are those that one process makes, whoever is killed on the way."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import ROOT, posix, process
from splitters import Lines
from test_corpus import assert_equal, jsonl, manifest, one_file, parts

import segmenter
from segmenter.corpus import EngineError, engine_of, split_corpus

distributed = pytest.importorskip("distributed", reason="Dask is not installed ([dask] or [test] brings it)")
dask = pytest.importorskip("dask")
pytestmark = posix


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes."""
    with dask.config.set({"distributed.deploy.lost-worker-timeout": "1 hour"}), \
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, silence_logs=50,
                                  dashboard_address="127.0.0.1:0") as cluster:  # fmt: skip
        yield cluster.scheduler_address


def test_ten_workers_killed_change_nothing(tmp_path: Path, scheduler: str) -> None:
    paths = []
    for n in range(5):
        texts = [f"{n} {k}" + " ONCE" * (k in (3, 6)) for k in range(9)]
        records = ({"text": text, "id": f"{n}-{k}", "n": k} for k, text in enumerate(texts))
        paths.append(jsonl(tmp_path / f"{n}.jsonl", *records))
    marks = tmp_path / "marks"
    marks.mkdir()
    summary = split_corpus(paths, tmp_path / "out", Lines(marks), engine=engine_of("dask", scheduler=scheduler))
    assert len(list(marks.iterdir())) == 10 and (summary.dumps, summary.failed, summary.lost) == (45, 0, 0)
    assert_equal(tmp_path / "out", one_file(paths, tmp_path / "one.parquet", Lines(marks)))


def test_a_text_that_kills_is_given_up_and_a_model_that_is_missing_ends_it(tmp_path: Path, scheduler: str) -> None:
    paths = [jsonl(tmp_path / f"{n}.jsonl", {"text": "fine"}, {"text": "KILL" if n == 1 else "good"}) for n in range(3)]
    said: list[str] = []
    engine = engine_of("dask", scheduler=scheduler)
    summary = split_corpus(paths, tmp_path / "out", Lines(tmp_path), engine=engine,
                           report=lambda report: said.extend(report.made.errors))  # fmt: skip
    assert (summary.dumps, summary.failed) == (5, 1) and "was killed, twice" in said[0]
    with pytest.raises(segmenter.ModelError, match="no such model"):
        split_corpus([jsonl(tmp_path / "m.jsonl", {"text": "MODEL"})], tmp_path / "no", Lines(tmp_path), engine=engine)
    assert not manifest(tmp_path / "no")["complete"]


def test_the_command_on_a_cluster_of_its_own(tmp_path: Path) -> None:
    one, inputs = tmp_path / "one.parquet", (ROOT / "data/gold.jsonl", ROOT / "data/dumps")
    assert process("split", *inputs, "-o", one, program="real").returncode == 0
    done = process("split", *inputs, "--engine", "dask", "--jobs", 2, "-o", f"{tmp_path / 'out'}/", program="real")
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1), done.stderr.decode()
    assert len(parts(tmp_path / "out")) == 2
    assert_equal(tmp_path / "out", one)


def test_no_scheduler_and_no_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmenter.corpus.dask_engine._SECONDS", 1)
    path = jsonl(tmp_path / "a.jsonl", {"text": "x"})
    with pytest.raises(EngineError, match="no Dask scheduler answers"):
        split_corpus([path], tmp_path / "out", Lines(tmp_path), engine=engine_of("dask", scheduler="tcp://127.0.0.1:9"))
    program = "import sys; sys.modules['distributed'] = None\nfrom segmenter.cli import main\nsys.exit(main())"
    arguments: list[Any] = ["split", path, "--engine", "dask", "-o", f"{tmp_path / 'out'}/"]
    done = subprocess.run([sys.executable, "-c", program, *map(str, arguments)], cwd=ROOT, capture_output=True,
                          text=True, check=False)  # fmt: skip
    assert done.returncode == 2 and "pip install 'segmenter[dask]'" in done.stderr
