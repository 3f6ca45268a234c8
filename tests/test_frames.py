"""Data frames in, data frames out."""

from __future__ import annotations

import sys
import types

import pytest

import segmenter.progress
from segmenter.document import FRAME_COLUMNS, KINDS, Block, Document, Story, Topic
from segmenter.errors import InputError
from segmenter.frames import split_frame

pd = pytest.importorskip("pandas")


class Lines:
    """Makes a story of every line, and furniture of those that begin with "ad"."""

    def split(self, text, *, id=None, date=None, meta=None):
        blocks, stories, at = [], [], 0
        for line in text.splitlines(keepends=True):
            if line.strip():
                kind, story = ("ad", None) if line.startswith("ad") else ("body", len(stories))
                blocks.append(Block(at, at + len(line.rstrip()), kind, story))
                if story is not None:
                    topics = [Topic("t:1", "sport", 0.5)]
                    stories.append(Story.from_blocks(story, text, blocks[-1:], language="en", topics=topics))
            at += len(line)
        return Document(text, tuple(blocks), tuple(stories), id=id, date=date, meta=meta or {})


def test_one_row_a_segment_that_joins_back():
    df = pd.DataFrame({"text": ["one\nad\ntwo\n", "", "three"], "source": ["x", "y", "z"]}, index=[30, 10, 10])
    before = df.copy(deep=True)
    out = split_frame(df, segmenter=Lines())
    assert list(out.columns) == list(FRAME_COLUMNS)
    assert out.index.tolist() == [30, 30, 30, 10] and out["id"].tolist() == [30, 30, 30, 10]
    assert out["story"].tolist()[0] == 0 and out["story"].isna().tolist() == [False, True, False, False]
    assert "".join(out["text"].iloc[:3]) == df["text"].iloc[0]
    assert out["topic_name"].iloc[0] == "sport" and out["topic"].isna().iloc[1]
    assert out["kind"].dtype == pd.CategoricalDtype(list(KINDS))
    pd.testing.assert_frame_equal(df, before)


def test_types_are_those_of_the_frame_of_one_document():
    alone = Lines().split("one\nad\n").to_frame().dtypes.drop("id")
    pd.testing.assert_series_equal(
        split_frame(pd.DataFrame({"text": ["x"]}), segmenter=Lines()).dtypes.drop("id"), alone
    )


def test_ids_keep_their_type():
    df = pd.DataFrame({"body": ["a", "b"], "id": [5, 6]}, index=pd.MultiIndex.from_tuples([(1, "x"), (2, "y")]))
    out = split_frame(df, "body", segmenter=Lines())
    assert out["id"].dtype == df["id"].dtype and out.merge(df, on="id").shape[0] == 2
    assert out.index.equals(df.index)
    assert split_frame(df.drop(columns="id"), "body", segmenter=Lines())["id"].tolist() == [(1, "x"), (2, "y")]


@pytest.mark.parametrize("df", [
    pd.DataFrame({"text": ["a\nad"], "id": [1]}), pd.DataFrame({"text": ["a"]}, index=pd.Index(["k"], name="key")),
    pd.DataFrame({"text": ["a"], "id": ["x"]}),
])  # fmt: skip
def test_types_depend_on_types_alone(df):
    full, empty = split_frame(df, segmenter=Lines()), split_frame(df.iloc[:0])
    furniture = split_frame(df.assign(text="ad"), segmenter=Lines())
    pd.testing.assert_series_equal(full.dtypes, empty.dtypes)
    pd.testing.assert_series_equal(full.dtypes, furniture.dtypes)
    assert len(empty) == 0 and empty.index.dtype == full.index.dtype and empty.index.name == df.index.name


def test_empty_texts_alone():
    out = split_frame(pd.DataFrame({"text": ["", ""]}), segmenter=Lines())
    assert len(out) == 0 and str(out["story"].dtype) == "Int64"


@pytest.mark.parametrize(("value", "reason"), [
    (None, "missing"), (float("nan"), "missing"), (pd.NA, "missing"), (pd.NaT, "missing"), (5, "int"), (["a"], "list"),
    ("\ud83d", "surrogate"),
])  # fmt: skip
def test_rows_that_cannot_be_used(value, reason):
    df = pd.DataFrame({"text": pd.Series(["good", value], dtype=object, index=["a", "b"])})
    with pytest.raises(InputError, match=reason) as caught:
        split_frame(df, segmenter=Lines())
    assert caught.value.place == "row 'b'" and caught.value.remedy
    assert split_frame(df, segmenter=Lines(), errors="skip").index.tolist() == ["a"]


def test_wrong_usage():
    with pytest.raises(InputError, match=r"'text'.*'body'"):
        split_frame(pd.DataFrame({"body": ["a"]}))
    with pytest.raises(InputError, match="needs one column"):
        split_frame(pd.DataFrame([["a", "b"]], columns=["text", "text"]))
    with pytest.raises(ValueError, match="errors"):
        split_frame(pd.DataFrame({"text": ["a"]}), errors="ignore")


def test_missing_id_and_dask_like_partitions():
    df = pd.DataFrame({"text": [f"{i}\nad\n" for i in range(10)], "id": ["x", None] * 5})
    whole = split_frame(df, segmenter=Lines())
    parts = pd.concat([split_frame(df.iloc[i : i + 3], segmenter=Lines()) for i in range(0, 10, 3)])
    pd.testing.assert_frame_equal(whole, parts)
    assert whole["id"].isna().sum() == 10


def test_a_column_does_as_well_as_a_frame():
    df = pd.DataFrame({"text": ["one\nad\ntwo\n", "three"], "outlet": ["x", "y"]}, index=["a", "b"])
    out = df["text"].pipe(split_frame, segmenter=Lines())
    pd.testing.assert_frame_equal(out, split_frame(df, segmenter=Lines()))
    joined = df.join(out.drop(columns=["id", "text"]))
    assert joined["outlet"].tolist() == ["x", "x", "x", "y"] and joined["kind"].dtype == out["kind"].dtype
    nameless = pd.Series(["one"]).pipe(split_frame, segmenter=Lines())
    assert nameless["text"].tolist() == ["one"]


def test_a_bar_counts_where_it_is_wanted(capsys, monkeypatch):
    df = pd.DataFrame({"text": ["one", "two"]})
    split_frame(df, segmenter=Lines())
    assert capsys.readouterr() == ("", "")
    split_frame(df, segmenter=Lines(), progress=True)
    out, err = capsys.readouterr()
    assert not out and "0/2" in err

    class ZMQInteractiveShell:
        pass

    class Bar:
        def __init__(self, total):
            looks.append(total)

        def display(self):
            looks.append("shown")

        progress = property(fset=lambda self, done: looks.append(done))

    looks = []
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=ZMQInteractiveShell))
    monkeypatch.setitem(sys.modules, "IPython.display", types.SimpleNamespace(ProgressBar=Bar))
    split_frame(df, segmenter=Lines())
    assert looks == [2]  # done before anyone could get impatient
    monkeypatch.setattr(segmenter.progress, "STEP", 0.0)
    split_frame(df, segmenter=Lines(), progress=True)
    assert looks == [2, 2, "shown", 0, 1, 2]
    split_frame(df, segmenter=Lines(), progress=False)
    assert looks == [2, 2, "shown", 0, 1, 2] and capsys.readouterr() == ("", "")


def test_an_index_that_is_named_like_a_column_stays_usable():
    df = pd.DataFrame({"id": ["a", "b"], "text": ["one\ntwo", "three"]}).set_index("id")
    out = split_frame(df, segmenter=Lines())
    assert out.index.name == "input_id" and out.groupby("id").size().tolist() == [2, 1]
    assert "input_id" in out.reset_index().columns and df.join(out["kind"]).shape[0] == 3
    levels = pd.MultiIndex.from_tuples([("x", 1), ("y", 2)], names=["story", "n"])
    assert list(split_frame(df.set_index(levels), segmenter=Lines()).index.names) == ["input_story", "n"]


def test_what_is_no_frame_is_said_to_be_none():
    for wrong in (["a text"], "a text", None):
        with pytest.raises(TypeError, match="data frame or one of its columns"):
            split_frame(wrong)
    with pytest.raises(ValueError, match="half of a surrogate pair at offset 1"):
        Document("a\ud800").to_frame()
