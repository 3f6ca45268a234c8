"""`split_frame` as the partition function of Dask and of Spark, as the README shows them."""

from __future__ import annotations

import re
import shutil
import sys
from typing import Any

import pytest
from commands import ROOT

import segmenter

pd = pytest.importorskip("pandas")
TEXTS = ["One story about the harbour.\nIt has two lines.", "", "قصة أخرى عن الميناء.", "A third, in a part of its own."]


def shown(marker: str) -> str:
    """The code of the README that holds `marker`."""
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if marker in block]
    return block


@pytest.mark.parametrize("given", [{"id": list("abcd")}, {"id": [1, 2, 3, 4]}, {}, {"n": [1.5, None, 2, 3]}])
def test_meta_is_true_of_every_part(given: dict[str, Any]) -> None:
    dd = pytest.importorskip("dask.dataframe", reason="dask.dataframe is not installed ([test] brings it)")
    frame = pd.DataFrame({"text": TEXTS, **given}, index=pd.Index([5, 6, 7, 8], name="row"))
    ddf = dd.from_pandas(frame, npartitions=4)
    ddf = dd.concat([ddf, ddf[ddf.text == "nowhere"]], interleave_partitions=False)
    meta = segmenter.split_frame(ddf._meta)
    out = ddf.map_partitions(segmenter.split_frame, meta=meta)
    found = [part.compute(scheduler="sync") for part in out.partitions]
    assert len(found) > 4 and sum(part.empty for part in found) >= 5
    for part in found:
        pd.testing.assert_series_equal(part.dtypes, meta.dtypes)
        assert part.index.dtype == meta.index.dtype and part.index.name == "row"
    pd.testing.assert_frame_equal(pd.concat(found), segmenter.split_frame(ddf.compute(scheduler="sync")))


def test_dask_as_the_readme_shows_it(tmp_path, monkeypatch) -> None:
    pytest.importorskip("dask.dataframe", reason="dask.dataframe is not installed ([test] brings it)")
    import dask

    pd.DataFrame({"text": TEXTS}).to_parquet(tmp_path / "dumps.parquet")
    monkeypatch.chdir(tmp_path)
    with dask.config.set(scheduler="sync"):
        exec(shown("map_partitions"), {})
    found = pd.concat(map(pd.read_parquet, sorted((tmp_path / "segments").glob("*.parquet"))))
    assert "".join(found.text) == "".join(TEXTS)


def test_spark_as_the_readme_shows_it(tmp_path, monkeypatch) -> None:
    pytest.importorskip("pyspark", reason="pyspark is not installed (400 MB, and it needs Java)")
    if shutil.which("java") is None:
        pytest.skip("there is no Java on this machine")
    from pyspark.sql import SparkSession

    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    monkeypatch.chdir(tmp_path)
    pd.DataFrame({"id": list("abcd"), "text": TEXTS}).to_parquet(tmp_path / "dumps.parquet")
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        exec(shown("mapInPandas"), {"spark": spark})
    finally:
        spark.stop()
    found = pd.read_parquet(tmp_path / "segments").sort_values(["id", "segment"])
    expected = segmenter.split_frame(pd.DataFrame({"id": list("abcd"), "text": TEXTS}))
    assert found.text.tolist() == expected.text.tolist() and found.story.tolist() == expected.story.tolist()
